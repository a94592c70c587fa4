#include "kinemyo/exchange/onnx/export.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "kinemyo/base/file.h"
#include "kinemyo/base/text.h"
#include "kinemyo/exchange/onnx/builder.h"
#include "kinemyo/exchange/onnx/layers.h"

namespace kinemyo::exchange {

namespace {

using nlohmann::json;

constexpr int kIrVersion = 8;  // the first that has opset 17
constexpr int kOpset = 17;

std::vector<float> narrow(const std::vector<double>& values) { return {values.begin(), values.end()}; }

// x to (x - mean) / scale, or back.
std::string build_scaler(Builder& graph, const model::Scaler& scaler, const std::string& name,
                         const std::string& x, bool back) {
  if (scaler.empty()) return x;
  const auto width = static_cast<std::int64_t>(scaler.mean.size());
  const auto mean = graph.floats(name + "_mean", {width}, narrow(scaler.mean));
  const auto scale = graph.floats(name + "_scale", {width}, narrow(scaler.scale));
  if (back) return graph.node("Add", name, {graph.node("Mul", name + "_spread", {x, scale}), mean});
  return graph.node("Div", name, {graph.node("Sub", name + "_centred", {x, mean}), scale});
}

// The named channels of the network's columns, in their order.
std::string build_channels(Builder& graph, const model::Model& model, const std::string& y) {
  using Source = model::OutputChannel::Source;
  std::vector<std::int64_t> column;
  std::vector<float> keep, constant;
  bool any_constant = false;
  for (const auto& output : model.outputs) {
    const auto& from = output.source == Source::copy ? model.outputs[output.index] : output;
    const bool fixed = from.source == Source::constant;
    any_constant = any_constant || fixed;
    column.push_back(fixed ? 0 : static_cast<std::int64_t>(from.index));
    keep.push_back(fixed ? 0.0f : 1.0f);
    constant.push_back(fixed ? static_cast<float>(from.value) : 0.0f);
  }
  const auto width = static_cast<std::int64_t>(column.size());
  const auto chosen = graph.node("Gather", "channels", {y, graph.integers("channel_columns", column)}, {{"axis", std::int64_t{2}}});
  if (!any_constant) return chosen;
  const auto kept = graph.node("Mul", "without_constants", {chosen, graph.floats("not_constant", {width}, keep)});
  return graph.node("Add", "with_constants", {kept, graph.floats("constants", {width}, constant)});
}

json column(std::string name, const char* unit) { return {{"name", std::move(name)}, {"unit", unit}}; }

// Names and units of the inputs, in the network's order.
json input_columns(const model::Model& model, bool scaled) {
  const auto& input = model.input;
  const bool relative = input.scale == model::BodyScale::segments;
  const bool pure = !scaled && !model.input_scaler.empty();  // numbers of a z-score
  const char* units[][2] = {{relative ? "1" : "m", "SI"}, {relative ? "1/s" : "m/s", "SI/s"}, {relative ? "1/s2" : "m/s2", "SI/s2"}};
  const char* behind[] = {"", " velocity", " acceleration"};
  json columns = json::array();
  for (int d = 0; d <= input.derivatives; ++d) {
    for (const auto& marker : input.positions ? input.markers : std::vector<std::string>{}) {
      for (const char* axis : {"_x", "_y", "_z"}) columns.push_back(column(marker + axis + behind[d], pure ? "1" : units[d][0]));
    }
    for (const auto& scalar : input.scalars) columns.push_back(column(scalar + behind[d], pure ? "1" : units[d][1]));
    for (const auto& angle : input.geometry) columns.push_back(column(angle + " by geometry" + behind[d], pure ? "1" : units[d][1]));
  }
  if (input.masks) {
    for (const auto& marker : input.markers) columns.push_back(column(marker + " seen", "1"));
  }
  for (const auto& angle : input.moments) columns.push_back(column(angle + " moment", pure ? "1" : "N m/kg"));
  for (int k = 1; k <= input.gait_phase; ++k) {
    for (const char* part : {" cosine", " sine"}) columns.push_back(column("gait phase x " + std::to_string(k) + part, "1"));
  }
  for (std::size_t b = 0; b < model::around_blocks(input); ++b) {
    const double lag_s = model::InputSpec::kAroundStep_s * (static_cast<double>(b) - static_cast<double>(model::around_blocks(input) / 2));
    for (const auto& angle : input.geometry) {
      columns.push_back(column(angle + " by geometry, less its mean, at " + base::to_text(lag_s) + " s", pure ? "1" : "SI"));
    }
  }
  return columns;
}

json output_columns(const model::Model& model, bool scaled) {
  json columns = json::array();
  if (scaled) {
    for (const auto& output : model.outputs) columns.push_back(column(output.name, output.unit.c_str()));
    return columns;
  }
  for (int i = 0; i < model.network.outputs; ++i) columns.push_back(column("output_" + std::to_string(i), "1"));
  for (const auto& output : model.outputs) {
    if (output.source != model::OutputChannel::Source::network) continue;
    columns[output.index] = column(output.name, model.output_scaler.empty() ? output.unit.c_str() : "1");
  }
  return columns;
}

void describe(onnx::ModelProto& out, const std::string& key, const std::string& value) {
  auto& entry = *out.add_metadata_props();
  entry.set_key(key);
  entry.set_value(value);
}

}  // namespace

std::string format_onnx(const model::Model& model, const OnnxOptions& options) {
  model::check_model(model);
  const auto& spec = model.network;
  if (options.stateful && (!spec.recurrent() || spec.bidirectional)) {
    throw Error("the network is " + std::string(spec.bidirectional ? "bidirectional" : "a " + spec.kind) +
                ": only an LSTM or GRU of one direction has a state that can go in and come out");
  }
  if (options.scaled && std::any_of(model.outputs.begin(), model.outputs.end(), [](const auto& output) { return output.root; })) {
    throw Error("the network tells roots, which the graph would not square: export it without --scaled, and square what comes out unscaled");
  }
  onnx::ModelProto out;
  out.set_ir_version(kIrVersion);
  out.set_producer_name("kinemyo");
  out.add_opset_import()->set_version(kOpset);
  auto& proto = *out.mutable_graph();
  proto.set_name(spec.kind);
  Builder graph(proto);
  const auto width = static_cast<std::int64_t>(options.scaled ? model.outputs.size() : static_cast<std::size_t>(spec.outputs));
  graph.input("frames", {"batch", "time", std::int64_t{spec.inputs}});
  graph.output("outputs", {"batch", "time", width});

  const auto x = options.scaled ? build_scaler(graph, model.input_scaler, "scaled_inputs", "frames", false) : "frames";
  auto y = spec.kind == "tcn"           ? build_tcn(graph, model, x)
           : spec.kind == "transformer" ? build_transformer(graph, model, x)
           : spec.kind == "linear"      ? build_linear(graph, model, x)
                                        : build_recurrent(graph, model, x, options.stateful);
  y = build_dense(graph, model, "fc", y, "fc.weight", "fc.bias");
  if (spec.linear) y = graph.node("Add", "with_linear", {y, build_dense(graph, model, "linear", x, "linear.weight", "")});
  if (options.scaled) y = build_channels(graph, model, build_scaler(graph, model.output_scaler, "unscaled_outputs", y, true));
  graph.node_with("Identity", "result", {y}, {"outputs"});

  describe(out, "kinemyo", model::format_metadata(model));
  describe(out, "input_columns", input_columns(model, options.scaled).dump());
  describe(out, "output_columns", output_columns(model, options.scaled).dump());
  describe(out, "rate_hz", json(model.rate_hz).dump());
  describe(out, "scaled", options.scaled ? "true" : "false");
  std::string bytes;
  if (!out.SerializeToString(&bytes)) throw Error("the model is too large for an ONNX file (2 GiB)");
  return bytes;
}

void write_onnx(const model::Model& model, const OnnxOptions& options, const std::filesystem::path& path) {
  base::write_file(path, format_onnx(model, options));
}

}  // namespace kinemyo::exchange
