// The model file: safetensors whose __metadata__ holds one JSON document; docs/formats/model.md
// draws it. Encode and decode stand side by side, field by field.
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>

#include "kinemyo/base/file.h"
#include "kinemyo/base/text.h"
#include "kinemyo/model/model.h"
#include "kinemyo/model/safetensors.h"

namespace kinemyo::model {

namespace {

using nlohmann::json;

constexpr const char* kKey = "kinemyo";
constexpr int kVersion = 1;

const std::vector<std::string> kFrames = {"laboratory", "canonical"};  // the order of enum Frame
const std::vector<std::string> kScales = {"none", "segments"};         // of enum BodyScale
const std::vector<std::string> kSources = {"network", "constant",
                                           "copy"};  // of OutputChannel::Source

/// The fields of one JSON object; each must be there, have its type, and be known.
class Fields {
 public:
  Fields(std::string path, std::string place, const json& object)
      : path_(std::move(path)), place_(std::move(place)), object_(object) {
    if (!object.is_object()) fail(place_, "an object", object.type_name());
  }

  [[noreturn]] void fail(const std::string& place, std::string expected, std::string found) const {
    throw FormatError(path_, Place::named(std::string("metadata")), place, std::move(expected),
                      std::move(found));
  }
  bool has(const char* key) const { return object_.contains(key); }
  const json& get(const char* key) {
    seen_.insert(key);
    if (!object_.contains(key)) fail(name(key), "this field", "none");
    return object_.at(key);
  }
  Fields object(const char* key) { return Fields(path_, name(key), get(key)); }
  std::string text(const char* key) {
    const auto& value = get(key);
    if (!value.is_string()) fail(name(key), "a text", value.type_name());
    return value.get<std::string>();
  }
  bool flag(const char* key) {
    const auto& value = get(key);
    if (!value.is_boolean()) fail(name(key), "true or false", value.type_name());
    return value.get<bool>();
  }
  double number(const char* key) {
    const auto& value = get(key);
    if (!value.is_number()) fail(name(key), "a number", value.type_name());
    return value.get<double>();
  }
  int integer(const char* key) {
    const auto& value = get(key);
    if (!value.is_number_integer() || value < json(std::numeric_limits<int>::min()) ||
        value > json(std::numeric_limits<int>::max())) {
      fail(name(key), "a whole number", base::quoted(value.dump(-1, ' ', true)));
    }
    return value.get<int>();
  }
  std::vector<std::string> texts(const char* key) {
    const auto& value = get(key);
    std::vector<std::string> out;
    if (!value.is_array()) fail(name(key), "a list of texts", value.type_name());
    for (const auto& item : value) {
      if (!item.is_string()) fail(name(key), "a list of texts", item.type_name());
      out.push_back(item.get<std::string>());
    }
    return out;
  }
  std::vector<double> numbers(const char* key) {
    const auto& value = get(key);
    std::vector<double> out;
    if (!value.is_array()) fail(name(key), "a list of numbers", value.type_name());
    for (const auto& item : value) {
      if (!item.is_number()) fail(name(key), "a list of numbers", item.type_name());
      out.push_back(item.get<double>());
    }
    return out;
  }
  template <typename Enum>
  Enum choice(const char* key, const std::vector<std::string>& words) {
    const auto word = text(key);
    for (std::size_t i = 0; i < words.size(); ++i) {
      if (words[i] == word) return static_cast<Enum>(i);
    }
    fail(name(key), "one of " + base::join(words), base::quoted(word));
  }
  /// A field that this version does not know could change what the numbers mean.
  void finish() const {
    for (const auto& [key, value] : object_.items()) {
      if (!seen_.contains(key)) fail(name(key.c_str()), "only known fields", "an unknown one");
    }
  }
  std::string name(const char* key) const { return place_.empty() ? key : place_ + "." + key; }

 private:
  std::string path_;
  std::string place_;
  const json& object_;
  std::set<std::string> seen_;
};

// The settings of one kind stand in files of that kind alone.
json encode_network(const NetworkSpec& network) {
  json out = {{"kind", network.kind},
          {"inputs", network.inputs},
          {"outputs", network.outputs},
          {"layers", network.layers},
          {"hidden", network.hidden},
          {"dropout", network.dropout},
          {"bidirectional", network.bidirectional},
          {"linear", network.linear}};
  if (network.kind == "tcn") {
    out["kernel"] = network.kernel;
    out["dilations"] = network.dilations;
  }
  if (network.kind == "transformer") {
    out["heads"] = network.heads;
    out["feedforward"] = network.feedforward;
    out["look_back_frames"] = network.look_back_frames;
  }
  if (network.kind == "linear") {
    out["lags_frames"] = network.lags_frames;
    out["look_ahead_frames"] = network.look_ahead_frames;
    out["once"] = network.once;
    out["once_lag_frames"] = network.once_lag_frames;
    if (network.near_frames > 0) out["near_frames"] = network.near_frames;
    out["own_frames"] = network.own_frames;
    out["own_penalty"] = network.own_penalty;
  }
  return out;
}

NetworkSpec decode_network(Fields fields) {
  NetworkSpec network;
  network.kind = fields.text("kind");
  network.inputs = fields.integer("inputs");
  network.outputs = fields.integer("outputs");
  network.layers = fields.integer("layers");
  network.hidden = fields.integer("hidden");
  network.dropout = fields.number("dropout");
  network.bidirectional = fields.flag("bidirectional");
  network.linear = fields.flag("linear");
  if (network.kind == "tcn") {
    network.kernel = fields.integer("kernel");
    for (const double dilation : fields.numbers("dilations")) {
      if (!(dilation >= 1 && dilation <= 1e6 && dilation == std::floor(dilation))) {
        fields.fail(fields.name("dilations"), "whole numbers from 1", base::to_text(dilation));
      }
      network.dilations.push_back(static_cast<int>(dilation));
    }
  }
  if (network.kind == "transformer") {
    network.heads = fields.integer("heads");
    network.feedforward = fields.integer("feedforward");
    network.look_back_frames = fields.integer("look_back_frames");
  }
  if (network.kind == "linear") {
    for (const double lag : fields.numbers("lags_frames")) {
      if (!(lag >= 0 && lag <= 1e6 && lag == std::floor(lag))) {
        fields.fail(fields.name("lags_frames"), "whole numbers from 0", base::to_text(lag));
      }
      network.lags_frames.push_back(static_cast<int>(lag));
    }
    network.look_ahead_frames = fields.integer("look_ahead_frames");
    network.once = fields.integer("once");
    network.once_lag_frames = fields.integer("once_lag_frames");
    if (fields.has("near_frames")) network.near_frames = fields.integer("near_frames");
    network.own_frames = fields.integer("own_frames");
    network.own_penalty = fields.number("own_penalty");
  }
  fields.finish();
  return network;
}

// What came later stands in files that use it alone, so that older programs read the others.
json encode_input(const InputSpec& input) {
  json out = {{"markers", input.markers},
          {"scalars", input.scalars},
          {"frame", kFrames[static_cast<std::size_t>(input.frame)]},
          {"scale", kScales[static_cast<std::size_t>(input.scale)]},
          {"derivatives", input.derivatives},
          {"masks", input.masks},
          {"calibration_frames", input.calibration_frames}};
  if (!input.positions) out["positions"] = false;
  if (!input.geometry.empty()) out["geometry"] = input.geometry;
  if (input.around_s > 0) out["around_s"] = input.around_s;
  if (input.low_pass_hz > 0) out["low_pass_hz"] = input.low_pass_hz;
  if (!input.movement.empty()) {
    out["movement"] = {{"width", input.movement.width}, {"basis", input.movement.basis}, {"rest_m", input.movement.rest_m}};
  }
  if (!input.moments.empty()) out["moments"] = input.moments;
  if (input.gait_phase > 0) out["gait_phase"] = input.gait_phase;
  return out;
}

InputSpec decode_input(Fields fields) {
  InputSpec input;
  input.markers = fields.texts("markers");
  input.scalars = fields.texts("scalars");
  input.frame = fields.choice<Frame>("frame", kFrames);
  input.scale = fields.choice<BodyScale>("scale", kScales);
  input.derivatives = fields.integer("derivatives");
  input.masks = fields.flag("masks");
  input.calibration_frames = fields.integer("calibration_frames");
  if (fields.has("positions")) input.positions = fields.flag("positions");
  if (fields.has("geometry")) input.geometry = fields.texts("geometry");
  if (fields.has("around_s")) input.around_s = fields.number("around_s");
  if (fields.has("low_pass_hz")) input.low_pass_hz = fields.number("low_pass_hz");
  if (fields.has("movement")) {
    auto movement = fields.object("movement");
    input.movement.width = static_cast<std::size_t>(std::max(0, movement.integer("width")));
    input.movement.basis = movement.numbers("basis");
    input.movement.rest_m = movement.number("rest_m");
    movement.finish();
  }
  if (fields.has("moments")) input.moments = fields.texts("moments");
  if (fields.has("gait_phase")) input.gait_phase = fields.integer("gait_phase");
  fields.finish();
  return input;
}

json encode_output(const OutputChannel& output) {
  json out = {{"name", output.name},
              {"unit", output.unit},
              {"source", kSources[static_cast<std::size_t>(output.source)]},
              {"index", output.index},
              {"value", output.value},
              {"from_heading", output.from_heading}};
  if (!output.reference.empty()) out["reference"] = output.reference;
  if (output.root) out["root"] = true;
  if (output.half_width > 0) out["half_width"] = output.half_width;
  if (output.adapted_half_width > 0) out["adapted_half_width"] = output.adapted_half_width;
  return out;
}

OutputChannel decode_output(Fields fields) {
  OutputChannel output;
  output.name = fields.text("name");
  output.unit = fields.text("unit");
  output.source = fields.choice<OutputChannel::Source>("source", kSources);
  const int index = fields.integer("index");
  if (index < 0) fields.fail(fields.name("index"), "0 or more", std::to_string(index));
  output.index = static_cast<std::size_t>(index);
  output.value = fields.number("value");
  output.from_heading = fields.flag("from_heading");
  if (fields.has("reference")) output.reference = fields.text("reference");
  if (fields.has("root")) output.root = fields.flag("root");
  if (fields.has("half_width")) output.half_width = fields.number("half_width");
  if (fields.has("adapted_half_width")) output.adapted_half_width = fields.number("adapted_half_width");
  fields.finish();
  return output;
}

json encode_scaler(const Scaler& scaler) {
  return {{"mean", scaler.mean}, {"scale", scaler.scale}};
}

Scaler decode_scaler(Fields fields) {
  Scaler scaler{fields.numbers("mean"), fields.numbers("scale")};
  fields.finish();
  return scaler;
}

json encode(const Model& model) {
  json outputs = json::array();
  for (const auto& output : model.outputs) outputs.push_back(encode_output(output));
  json metrics = nullptr;
  if (!model.metrics.empty()) {
    metrics = json::parse(model.metrics, nullptr, false);
    require(!metrics.is_discarded(), "write_model: metrics are not JSON");
  }
  return {{"version", kVersion},
          {"network", encode_network(model.network)},
          {"input", encode_input(model.input)},
          {"outputs", outputs},
          {"input_scaler", encode_scaler(model.input_scaler)},
          {"output_scaler", encode_scaler(model.output_scaler)},
          {"rate_hz", model.rate_hz},
          {"window_frames", model.window_frames},
          {"recipe", model.recipe},
          {"data_hash", model.data_hash},
          {"metrics", metrics},
          {"training_subjects", model.training_subjects},
          {"training_trials", model.training_trials}};
}

Model decode(const std::string& path, const json& document) {
  Fields fields(path, "", document);
  const int version = fields.integer("version");
  if (version != kVersion) {
    fields.fail("version of the model file" +
                    std::string(version > kVersion ? ": made by a newer kinemyo" : ""),
                std::to_string(kVersion), std::to_string(version));
  }
  Model model;
  model.network = decode_network(fields.object("network"));
  model.input = decode_input(fields.object("input"));
  const auto& outputs = fields.get("outputs");
  if (!outputs.is_array()) fields.fail("outputs", "a list", outputs.type_name());
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    model.outputs.push_back(
        decode_output(Fields(path, "outputs[" + std::to_string(i) + "]", outputs[i])));
  }
  model.input_scaler = decode_scaler(fields.object("input_scaler"));
  model.output_scaler = decode_scaler(fields.object("output_scaler"));
  model.rate_hz = fields.number("rate_hz");
  model.window_frames = fields.integer("window_frames");
  model.recipe = fields.text("recipe");
  model.data_hash = fields.text("data_hash");
  const auto& metrics = fields.get("metrics");
  if (!metrics.is_null()) model.metrics = metrics.dump();
  model.training_subjects = fields.texts("training_subjects");
  model.training_trials = fields.texts("training_trials");
  fields.finish();
  return model;
}

}  // namespace

std::string format_metadata(const Model& model) {
  check_model(model);
  try {
    return encode(model).dump();
  } catch (const json::type_error&) {
    throw Error("a channel's name or a text of the model is not UTF-8, and cannot be written");
  }
}

Model parse_metadata(const std::string& path, std::string_view text, Weights weights) {
  const json document = json::parse(text, nullptr, false);
  if (document.is_discarded()) {
    throw FormatError(path, Place::named("metadata"), "kinemyo", "JSON", base::quoted(text));
  }
  Model model = decode(path, document);
  model.weights = std::move(weights);
  try {
    check_model(model);
  } catch (const Error& problem) {
    throw Error(path + ": " + problem.what());
  }
  return model;
}

std::string format_model(const Model& model) {
  return format_safetensors({{{kKey, format_metadata(model)}}, model.weights});
}

Model parse_model(const std::string& path, std::string_view bytes) {
  TensorFile file = parse_safetensors(path, bytes);
  const auto found = file.metadata.find(kKey);
  if (found == file.metadata.end()) {
    throw FormatError(path, Place::named("metadata"), "a safetensors file, but no kinemyo model",
                      "the key \"kinemyo\" (kinemyo import reads weights without it)", "none");
  }
  return parse_metadata(path, found->second, std::move(file.tensors));
}

Model read_model(const std::filesystem::path& path) {
  return parse_model(path.string(), base::read_file(path));
}

void write_model(const Model& model, const std::filesystem::path& path) {
  base::write_file(path, format_model(model));
}

double metric(const Model& model, std::string_view name) {
  const json metrics = json::parse(model.metrics, nullptr, false);
  const auto found = metrics.find(std::string(name));  // of what is no object: the end
  return found != metrics.end() && found->is_number() ? found->get<double>() : std::numeric_limits<double>::quiet_NaN();
}

std::vector<double> metrics_of(const Model& model, std::string_view name) {
  const json metrics = json::parse(model.metrics, nullptr, false);
  const auto found = metrics.find(std::string(name));
  const bool numbers = found != metrics.end() && found->is_array() && std::all_of(found->begin(), found->end(), [](const json& one) { return one.is_number(); });
  return numbers ? found->get<std::vector<double>>() : std::vector<double>();
}

}  // namespace kinemyo::model
