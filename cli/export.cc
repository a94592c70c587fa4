#include <memory>

#include "cli/command.h"
#include "cli/commands.h"
#include "kinemyo/exchange/onnx/export.h"
#include "kinemyo/exchange/pth.h"

namespace kinemyo::cli {

namespace {

struct Options {
  std::string model;
  std::string out;
  exchange::OnnxOptions onnx;
};

void say_onnx(const model::Model& model, const Options& options) {
  const auto outputs = options.onnx.scaled ? model.outputs.size() : static_cast<std::size_t>(model.network.outputs);
  say("wrote " + options.out + ": ONNX, opset 17; frames (batch x time x " + std::to_string(model.network.inputs) +
      ") to outputs (batch x time x " + std::to_string(outputs) + "), both float32");
  if (options.onnx.scaled) {
    for (const auto& output : model.outputs) {
      if (!output.from_heading) continue;
      say(output.name + " is relative to where the pelvis faces; the heading is added outside of the network");
    }
  } else if (!model.input_scaler.empty() || !model.output_scaler.empty()) {
    say("it takes and gives the network's own, scaled numbers, as `predict --raw` does; --scaled puts the scalers into the graph");
  }
}

void run(const Options& options) {
  const auto model = model::read_model(options.model);
  const std::string extension = std::filesystem::path(options.out).extension().string();
  if (extension == ".onnx") {
    exchange::write_onnx(model, options.onnx, options.out);
    say_onnx(model, options);
    return;
  }
  if (extension != ".pth" && extension != ".pt") {
    throw UsageError("what to write is told by the extension: .onnx, .pth or .pt; " + options.out +
                     " has none of them (a model file itself is safetensors)");
  }
  if (options.onnx.scaled || options.onnx.stateful) throw UsageError("--scaled and --stateful are for .onnx");
  exchange::write_pth(model, options.out);
  say("wrote " + options.out + ": a PyTorch state dict of " + std::to_string(model.weights.size()) +
      " tensors; kinemyo import gives back the whole model");
}

}  // namespace

void add_export(CLI::App& app) {
  auto options = std::make_shared<Options>();
  app.add_option("model", options->model, "a model file (.safetensors)")->required();
  app.add_option("out", options->out,
                 "what to write, by extension: .onnx (opset 17, batch and time free), .pth or .pt (PyTorch state dict)")
      ->required();
  app.add_flag("--scaled", options->onnx.scaled,
               "ONNX: put the scalers into the graph; it then takes SI numbers and gives all named channels in their units, "
               "constant and copied ones too. Default: the network alone, on scaled numbers");
  app.add_flag("--stateful", options->onnx.stateful,
               "ONNX: the state goes in (h0, c0) and comes out (hn, cn), layers x batch x hidden, zero at the start, so that "
               "frames can be run as they arrive. For an LSTM or GRU of one direction");
  app.footer(
      "Names and units of inputs and outputs stand in the ONNX file's metadata (input_columns, output_columns).\n"
      "How markers become inputs (pelvis frame, body lengths, derivatives) is not part of the network.\n\n"
      "Example:\n"
      "  kinemyo synth people --subjects 4 --trials 2 --seconds 4\n"
      "  kinemyo prepare people/c3d --out people.h5\n"
      "  kinemyo train people.h5 --recipe angles --test S4 --epochs 3 --out angles.safetensors\n"
      "  kinemyo export angles.safetensors angles.onnx --scaled");
  app.callback([options] { run(*options); });
}

}  // namespace kinemyo::cli
