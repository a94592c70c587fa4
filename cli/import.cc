#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "cli/commands.h"
#include "kinemyo/base/file.h"
#include "kinemyo/base/text.h"
#include "kinemyo/body/names.h"
#include "kinemyo/exchange/onnx/import.h"
#include "kinemyo/exchange/pth.h"
#include "kinemyo/exchange/recognise.h"
#include "kinemyo/io/npy.h"
#include "kinemyo/model/safetensors.h"

namespace kinemyo::cli {

namespace {

struct Options {
  std::string file;
  std::string out;
  std::string inputs;
  std::string outputs;
  std::string input_mean, input_scale, output_mean, output_scale;
  double rate_hz = 0;
  bool json = false;
};

// A comma-separated list of names and of sets of names.
std::vector<std::string> spell_out(const std::string& list) {
  std::vector<std::string> names;
  for (const auto item : base::split(list, ',')) {
    const auto word = base::trim(item);
    if (const auto* set = body::named_set(word)) {
      names.insert(names.end(), set->begin(), set->end());
    } else {
      names.emplace_back(word);
    }
  }
  return names;
}

std::string usual_inputs(int count) {
  switch (count) {
    case 126:
      return "original-42";
    case 75:
      return "original-25";
    case 99:
      return "mediapipe-33";
    default:
      return "";
  }
}

std::string usual_outputs(int count) {
  switch (count) {
    case 36:
      return "original-angles";
    case 39:
      return "rajagopal-39";
    case 16:
      return "original-emg";
    case 55:
      return "rajagopal-39,original-emg";
    default:
      return "";
  }
}

void name_inputs(model::Model& model, const std::string& list) {
  if (list.empty()) return;
  const auto names = spell_out(list);
  const auto count = static_cast<std::size_t>(model.network.inputs);
  model.input.markers.clear();
  model.input.scalars.clear();
  if (3 * names.size() == count) {
    model.input.markers = names;
  } else if (names.size() == count) {
    model.input.scalars = names;
  } else {
    throw UsageError("--inputs names " + std::to_string(names.size()) +
                     " channels; the network takes " + std::to_string(count) +
                     " numbers: a name each, or a marker for three");
  }
}

void name_outputs(model::Model& model, const std::string& list) {
  if (list.empty()) return;
  const auto names = spell_out(list);
  if (names.size() != model.outputs.size()) {
    throw UsageError("--outputs names " + std::to_string(names.size()) +
                     " channels; the network gives " + std::to_string(model.outputs.size()));
  }
  for (std::size_t i = 0; i < names.size(); ++i) model.outputs[i].name = names[i];
}

// A scaler of two arrays, one number a column of the network; either may be absent.
void read_scaler(const char* what, const std::string& mean, const std::string& scale, int width, model::Scaler& scaler) {
  if (mean.empty() && scale.empty()) return;
  const auto read = [&](const std::string& path, double otherwise) {
    if (path.empty()) return std::vector<double>(static_cast<std::size_t>(width), otherwise);
    auto array = io::read_npy(path);
    if (array.values.size() != static_cast<std::size_t>(width)) {
      throw Error(path + ": " + std::to_string(array.values.size()) + " numbers, the network has " + std::to_string(width) + " " + what);
    }
    return std::move(array.values);
  };
  scaler = {read(mean, 0), read(scale, 1)};
}

/// The model of a file, and whether the file says what its channels are.
struct Imported {
  model::Model model;
  bool named = false;
};

Imported read_foreign(const std::string& path) {
  const std::string extension = std::filesystem::path(path).extension().string();
  if (extension == ".pth" || extension == ".pt") {
    auto state = exchange::read_pth(path);
    if (!state.document.empty())
      return {model::parse_metadata(path, state.document, std::move(state.weights)), true};
    return {exchange::recognise(path, std::move(state.weights)), false};
  }
  if (extension == ".safetensors") {
    auto file = model::parse_safetensors(path, base::read_file(path));
    if (const auto ours = file.metadata.find("kinemyo"); ours != file.metadata.end()) {
      return {model::parse_metadata(path, ours->second, std::move(file.tensors)), true};
    }
    return {exchange::recognise(path, std::move(file.tensors)), false};
  }
  if (extension == ".onnx") return {exchange::read_onnx(path), false};
  throw UsageError("what a file holds is told by its extension: .onnx, .pth, .pt, .safetensors; " + path +
                   " has none of them");
}

void run(const Options& options) {
  auto [model, named] = read_foreign(options.file);
  const auto inputs =
      options.inputs.empty() && !named ? usual_inputs(model.network.inputs) : options.inputs;
  const auto outputs =
      options.outputs.empty() && !named ? usual_outputs(model.network.outputs) : options.outputs;
  name_inputs(model, inputs);
  name_outputs(model, outputs);
  read_scaler("inputs", options.input_mean, options.input_scale, model.network.inputs, model.input_scaler);
  read_scaler("outputs", options.output_mean, options.output_scale, model.network.outputs, model.output_scaler);
  if (options.rate_hz > 0) model.rate_hz = options.rate_hz;
  model::write_model(model, options.out);
  const bool scaled = !model.input_scaler.empty() || !model.output_scaler.empty();
  if (!scaled) {
    warn(options.file +
         " has no scaler: the model takes scaled numbers and gives scaled numbers, as `predict "
         "--raw` does; --input-mean, --input-scale, --output-mean, --output-scale give it one");
  }

  const auto& network = model.network;
  std::size_t parameters = 0;
  for (const auto& [name, tensor] : model.weights) parameters += tensor.values.size();
  if (options.json) {
    const nlohmann::json document = {
        {"file", options.file},       {"model", options.out},
        {"network", network.kind},    {"inputs", network.inputs},
        {"outputs", network.outputs}, {"layers", network.layers},
        {"hidden", network.hidden},   {"bidirectional", network.bidirectional},
        {"parameters", parameters},   {"input_names", inputs},
        {"output_names", outputs},    {"scaler", scaled}};
    std::printf("%s\n", document.dump(2).c_str());
    return;
  }
  print_table(
      {"property", "value"},
      {{"network", network.kind + (network.bidirectional ? ", bidirectional" : "")},
       {"inputs", std::to_string(network.inputs) + (inputs.empty() ? "" : " (" + inputs + ")")},
       {"layers", std::to_string(network.layers) + " x " + std::to_string(network.hidden)},
       {"outputs", std::to_string(network.outputs) + (outputs.empty() ? "" : " (" + outputs + ")")},
       {"parameters", std::to_string(parameters)},
       {"scaler", scaled ? "yes" : "none"}});
}

}  // namespace

void add_import(CLI::App& app) {
  auto options = std::make_shared<Options>();
  app.add_option("file", options->file,
                 "an LSTM or GRU with one linear layer: a network in ONNX (.onnx), a PyTorch state dict (.pth, .pt) or the "
                 "same tensors in .safetensors; or a .pth that `kinemyo export` wrote, of any network")
      ->required();
  app.add_option("--out", options->out, "the model file to write (.safetensors)")->required();
  app.add_option("--inputs", options->inputs,
                 "names of the inputs, in order: sets and names, separated by commas; a marker "
                 "counts three numbers. "
                 "Default: original-42 for 126 inputs, original-25 for 75, mediapipe-33 for 99");
  app.add_option(
      "--outputs", options->outputs,
      "names of the outputs, in order. Default: original-angles for 36, original-emg for 16, "
      "rajagopal-39 for 39, rajagopal-39,original-emg for 55");
  app.add_option("--input-mean", options->input_mean,
                 "what is taken from each input, .npy: one number each, SI units. Default: 0");
  app.add_option("--input-scale", options->input_scale,
                 "by what each input is then divided (standard deviations), .npy. Default: 1");
  app.add_option("--output-mean", options->output_mean, "what is added to each output at the end, .npy. Default: 0");
  app.add_option("--output-scale", options->output_scale, "by what each output is multiplied before that, .npy. Default: 1");
  app.add_option("--rate", options->rate_hz,
                 "rate of the frames that it was trained on, Hz. Default: not known")
      ->check(CLI::PositiveNumber);
  app.add_flag("--json", options->json, "print one JSON document instead of a table");
  app.footer("Sets: " + base::join(body::named_sets()) +
             ".\n\nNothing in the file is executed. Files of others hold no scaler: without one given here the model "
             "takes\n"
             "and gives the numbers of its training (z-scores).\n\n"
             "Example, with weights of your own (torch.save of a state dict):\n"
             "  kinemyo import lstm_joint_angle_model.pth --out original.safetensors");
  app.callback([options] { run(*options); });
}

}  // namespace kinemyo::cli
