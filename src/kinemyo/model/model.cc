#include "kinemyo/model/model.h"

#include <algorithm>
#include <cmath>

#include "kinemyo/base/text.h"

namespace kinemyo::model {

namespace {

constexpr int kLargestWidth = 100'000;
constexpr int kLargestHidden = 8192;
constexpr int kMostLayers = 16;
constexpr int kLongestKernel = 1024;
constexpr int kLargestDilation = 32'768;
constexpr int kLongestLookBack = 100'000;  // frames; of a convolution too

using Shapes = std::map<std::string, std::vector<std::int64_t>>;

void check_range(const char* what, int value, int low, int high) {
  if (value < low || value > high) {
    throw Error("network: " + std::string(what) + " is " + std::to_string(value) +
                ", must be from " + std::to_string(low) + " to " + std::to_string(high));
  }
}

void check_tcn(const NetworkSpec& network) {
  check_range("kernel", network.kernel, 1, kLongestKernel);
  if (!network.dilations.empty() &&
      network.dilations.size() != static_cast<std::size_t>(network.layers)) {
    throw Error("network: " + std::to_string(network.dilations.size()) + " dilations for " +
                std::to_string(network.layers) + " layers, must be one a layer");
  }
  for (int layer = 0; layer < network.layers; ++layer) {
    check_range("a dilation", network.dilation(layer), 1, kLargestDilation);
    check_range("(kernel - 1) * dilation", (network.kernel - 1) * network.dilation(layer), 0,
                kLongestLookBack);
  }
}

void check_transformer(const NetworkSpec& network) {
  check_range("heads", network.heads, 1, network.hidden);
  check_range("feedforward", network.feedforward, 1, 4 * kLargestHidden);
  check_range("look_back_frames", network.look_back_frames, 0, kLongestLookBack);
  if (network.hidden % network.heads != 0) {
    throw Error("network: hidden is " + std::to_string(network.hidden) +
                ", must be a multiple of heads, " + std::to_string(network.heads));
  }
}

void check_linear(const NetworkSpec& network) {
  if (network.lags_frames.empty()) throw Error("network: a linear one needs lags_frames");
  for (const int lag : network.lags_frames) check_range("a lag", lag, 0, kLongestLookBack);
  check_range("look_ahead_frames", network.look_ahead_frames, 0, kLongestLookBack);
  check_range("once", network.once, 0, network.inputs);
  check_range("once_lag_frames", network.once_lag_frames, 0, kLongestLookBack);
  check_range("near_frames", network.near_frames, 0, kLargestHidden);
  check_range("own_frames", network.own_frames, 0, kLargestHidden);
  if (!(network.own_penalty > 0 && std::isfinite(network.own_penalty))) {
    throw Error("network: own_penalty is " + base::to_text(network.own_penalty) + ", must be above 0");
  }
  if (network.hidden != network.features() + network.near_frames + network.own_frames) {
    throw Error("network: hidden is " + std::to_string(network.hidden) + ", a linear one with these lags has " +
                std::to_string(network.features()) + " features, " + std::to_string(network.near_frames) + " frames of people and " +
                std::to_string(network.own_frames) + " of a person");
  }
}

void check_network(const NetworkSpec& network) {
  const auto& kinds = network_kinds();
  if (std::find(kinds.begin(), kinds.end(), network.kind) == kinds.end()) {
    throw Error("network kind " + base::quoted(network.kind) + " is not known; known are " +
                base::join(kinds));
  }
  check_range("inputs", network.inputs, 1, kLargestWidth);
  check_range("outputs", network.outputs, 1, kLargestWidth);
  check_range("layers", network.layers, 1, kMostLayers);
  check_range("hidden", network.hidden, 1, kLargestHidden);
  if (!(network.dropout >= 0 && network.dropout < 1)) {
    throw Error("network: dropout is " + base::to_text(network.dropout) +
                ", must be from 0 to below 1");
  }
  if (network.bidirectional && !network.recurrent()) {
    throw Error("network: bidirectional is for lstm and gru; a " + network.kind + " has no direction");
  }
  if (network.kind == "tcn") check_tcn(network);
  if (network.kind == "transformer") check_transformer(network);
  if (network.kind == "linear") {
    check_linear(network);
  } else if (network.look_ahead_frames != 0) {
    throw Error("network: look_ahead_frames is for linear; a " + network.kind + " tells the frame that it saw last");
  }
}

std::string shape_text(const std::vector<std::int64_t>& shape) {
  std::vector<std::string> sizes;
  for (const auto size : shape) sizes.push_back(std::to_string(size));
  return "[" + base::join(sizes) + "]";
}

void check_scaler(const char* what, const Scaler& scaler, int width) {
  if (scaler.mean.size() != scaler.scale.size()) {
    throw Error(std::string(what) + ": " + std::to_string(scaler.mean.size()) + " means, " +
                std::to_string(scaler.scale.size()) + " scales");
  }
  if (scaler.empty()) return;
  if (scaler.mean.size() != static_cast<std::size_t>(width)) {
    throw Error(std::string(what) + ": has " + std::to_string(scaler.mean.size()) +
                " columns, the network has " + std::to_string(width));
  }
  for (std::size_t i = 0; i < scaler.mean.size(); ++i) {
    if (!std::isfinite(scaler.mean[i]) || !std::isfinite(scaler.scale[i]) || scaler.scale[i] == 0) {
      throw Error(std::string(what) + ": column " + std::to_string(i) + " has mean " +
                  base::to_text(scaler.mean[i]) + " and scale " + base::to_text(scaler.scale[i]));
    }
  }
}

void check_outputs(const Model& model) {
  if (model.outputs.empty()) throw Error("the model names no output channel");
  for (const auto& output : model.outputs) {
    const auto fail = [&](const std::string& why) {
      throw Error("output " + base::quoted(output.name) + ": " + why);
    };
    if (output.name.empty()) fail("has no name");
    for (const double width : {output.half_width, output.adapted_half_width}) {
      if (!(width >= 0 && std::isfinite(width))) fail("has an interval of " + base::to_text(width));
    }
    switch (output.source) {
      case OutputChannel::Source::network:
        if (output.index >= static_cast<std::size_t>(model.network.outputs)) {
          fail("takes column " + std::to_string(output.index) + " of a network with " +
               std::to_string(model.network.outputs));
        }
        break;
      case OutputChannel::Source::copy:
        if (output.index >= model.outputs.size() ||
            model.outputs[output.index].source == OutputChannel::Source::copy) {
          fail("copies channel " + std::to_string(output.index) +
               ", which is none, or a copy itself");
        }
        break;
      case OutputChannel::Source::constant:
        if (!std::isfinite(output.value)) fail("has no constant value");
        break;
    }
  }
}

void check_unique(const char* what, std::vector<std::string> names) {
  std::sort(names.begin(), names.end());
  const auto twice = std::adjacent_find(names.begin(), names.end());
  if (twice != names.end())
    throw Error(std::string(what) + " " + base::quoted(*twice) + " stands twice");
}

void check_input(const Model& model) {
  const auto& input = model.input;
  if (input.derivatives < 0 || input.derivatives > 2) {
    throw Error("input: derivatives is " + std::to_string(input.derivatives) +
                ", must be 0, 1 or 2");
  }
  if (input.gait_phase < 0 || input.gait_phase > 20) {
    throw Error("input: gait_phase is " + std::to_string(input.gait_phase) + ", must be from 0 to 20 harmonics");
  }
  if (input.calibration_frames < 1) throw Error("input: calibration_frames must be at least 1");
  check_unique("input marker", input.markers);
  check_unique("input scalar", input.scalars);
  check_unique("geometric input", input.geometry);
  check_unique("joint moment", input.moments);
  if (!(input.low_pass_hz >= 0 && std::isfinite(input.low_pass_hz))) throw Error("input: low_pass_hz must be 0 or a frequency");
  if (!(input.around_s >= 0 && input.around_s <= 10)) throw Error("input: around_s must be from 0 to 10");
  const auto& movement = input.movement;
  if (!movement.empty() && (movement.width != Movement::kFrames * 3 * input.markers.size() || movement.basis.size() % movement.width != 0)) {
    throw Error("input: movement is of " + std::to_string(movement.width) + " numbers, the markers make " +
                std::to_string(Movement::kFrames * 3 * input.markers.size()));
  }
  if (!std::all_of(movement.basis.begin(), movement.basis.end(), [](double v) { return std::isfinite(v); }) ||
      !(movement.rest_m >= 0 && std::isfinite(movement.rest_m))) {
    throw Error("input: movement has numbers that are not finite");
  }
  const auto width = input_width(input);
  if (width != static_cast<std::size_t>(model.network.inputs)) {
    throw Error("the input channels make " + std::to_string(width) +
                " columns, the network takes " + std::to_string(model.network.inputs));
  }
}

}  // namespace

std::size_t position_width(const InputSpec& input) {
  return input.positions ? 3 * input.markers.size() : 0;
}

std::size_t value_width(const InputSpec& input) {
  return position_width(input) + input.scalars.size() + input.geometry.size();
}

std::size_t around_blocks(const InputSpec& input) {
  if (input.around_s <= 0) return 0;
  return 1 + 2 * static_cast<std::size_t>(std::floor(input.around_s / InputSpec::kAroundStep_s + 1e-6));
}

std::size_t input_width(const InputSpec& input) {
  return frame_width(input) + around_blocks(input) * input.geometry.size();
}

std::size_t frame_width(const InputSpec& input) {
  return value_width(input) * static_cast<std::size_t>(1 + input.derivatives) +
         (input.masks ? input.markers.size() : 0) + input.moments.size() + 2 * static_cast<std::size_t>(input.gait_phase);
}

std::string why_not_live(const InputSpec& input) {
  if (input.around_s > 0) return "it looks at the frames to come (around_s = " + base::to_text(input.around_s) + ")";
  if (input.low_pass_hz <= 0) return "";
  return "its markers are filtered forward and backward (low_pass_hz = " + base::to_text(input.low_pass_hz) +
         "), which needs the frames to come";
}

const std::vector<std::string>& network_kinds() {
  static const std::vector<std::string> kKinds = {"lstm", "gru", "tcn", "transformer", "linear"};
  return kKinds;
}

std::string why_not_live(const NetworkSpec& network) {
  if (network.look_ahead_frames > 0) {
    return "the network looks " + std::to_string(network.look_ahead_frames) +
           " frames ahead of the one that it tells, and cannot run frame by frame (recipe: network.look_ahead_s = 0)";
  }
  return (network.kind == "transformer" ? "a transformer without look_back_frames"
                                        : "a bidirectional network") +
         std::string(" needs the whole recording, and cannot run frame by frame");
}

namespace {

void add_recurrent(const NetworkSpec& network, Shapes& shapes) {
  const std::int64_t hidden = network.hidden;
  const std::int64_t gates = network.kind == "gru" ? 3 * hidden : 4 * hidden;
  const std::int64_t directions = network.bidirectional ? 2 : 1;
  for (int layer = 0; layer < network.layers; ++layer) {
    const std::int64_t inputs = layer == 0 ? network.inputs : hidden * directions;
    for (std::int64_t direction = 0; direction < directions; ++direction) {
      const std::string tail = "_l" + std::to_string(layer) + (direction == 1 ? "_reverse" : "");
      const std::string head = network.kind + ".";
      shapes[head + "weight_ih" + tail] = {gates, inputs};
      shapes[head + "weight_hh" + tail] = {gates, hidden};
      shapes[head + "bias_ih" + tail] = {gates};
      shapes[head + "bias_hh" + tail] = {gates};
    }
  }
}

// A weight of these sizes, and its bias.
void add_layer(const std::string& name, std::vector<std::int64_t> weight, Shapes& shapes) {
  shapes[name + ".bias"] = {weight[0]};
  shapes[name + ".weight"] = std::move(weight);
}

void add_tcn(const NetworkSpec& network, Shapes& shapes) {
  const std::int64_t hidden = network.hidden, kernel = network.kernel;
  for (int layer = 0; layer < network.layers; ++layer) {
    const std::int64_t inputs = layer == 0 ? network.inputs : hidden;
    const std::string head = "tcn." + std::to_string(layer) + ".";
    add_layer(head + "conv1", {hidden, inputs, kernel}, shapes);
    add_layer(head + "conv2", {hidden, hidden, kernel}, shapes);
    if (inputs != hidden) add_layer(head + "downsample", {hidden, inputs, 1}, shapes);
  }
}

void add_transformer(const NetworkSpec& network, Shapes& shapes) {
  const std::int64_t hidden = network.hidden, wide = network.feedforward;
  add_layer("input", {hidden, network.inputs}, shapes);
  for (int layer = 0; layer < network.layers; ++layer) {
    const std::string head = "transformer.layers." + std::to_string(layer) + ".";
    shapes[head + "self_attn.in_proj_weight"] = {3 * hidden, hidden};
    shapes[head + "self_attn.in_proj_bias"] = {3 * hidden};
    add_layer(head + "self_attn.out_proj", {hidden, hidden}, shapes);
    add_layer(head + "linear1", {wide, hidden}, shapes);
    add_layer(head + "linear2", {hidden, wide}, shapes);
    add_layer(head + "norm1", {hidden}, shapes);
    add_layer(head + "norm2", {hidden}, shapes);
  }
  add_layer("transformer.norm", {hidden}, shapes);
}

}  // namespace

std::map<std::string, std::vector<std::int64_t>> weight_shapes(const NetworkSpec& network) {
  check_network(network);
  Shapes shapes;
  if (network.recurrent()) add_recurrent(network, shapes);
  if (network.kind == "tcn") add_tcn(network, shapes);
  if (network.kind == "transformer") add_transformer(network, shapes);
  const std::int64_t hidden = network.hidden;
  add_layer("fc", {network.outputs, network.bidirectional ? 2 * hidden : hidden}, shapes);
  if (network.linear) shapes["linear.weight"] = {network.outputs, network.inputs};
  if (network.kind == "linear") {
    if (network.near_frames > 0) {
      shapes["near.scale"] = {network.features()};
      shapes["near.centres"] = {network.near_frames, network.features()};
    }
    shapes["own.scale"] = {network.features()};
    if (network.own_frames > 0) shapes["own.centres"] = {network.own_frames, network.features()};
  }
  return shapes;
}

void check_weights(const NetworkSpec& network, const Weights& weights) {
  const auto shapes = weight_shapes(network);
  for (const auto& [name, shape] : shapes) {
    const auto found = weights.find(name);
    if (found == weights.end()) throw Error("tensor " + name + " is missing");
    const auto& tensor = found->second;
    if (tensor.shape != shape) {
      throw Error("tensor " + name + " has shape " + shape_text(tensor.shape) +
                  ", the network needs " + shape_text(shape));
    }
    std::size_t count = 1;
    for (const auto size : shape) count *= static_cast<std::size_t>(size);
    if (tensor.values.size() != count) {
      throw Error("tensor " + name + " holds " + std::to_string(tensor.values.size()) +
                  " numbers, its shape " + std::to_string(count));
    }
    const auto bad = std::find_if(tensor.values.begin(), tensor.values.end(),
                                  [](float value) { return !std::isfinite(value); });
    if (bad != tensor.values.end()) {
      throw Error("tensor " + name + " holds " + base::to_text(*bad) + " at element " +
                  std::to_string(bad - tensor.values.begin()));
    }
  }
  for (const auto& [name, tensor] : weights) {
    if (!shapes.contains(name)) throw Error("tensor " + name + " is not one of this network's");
  }
}

void check_model(const Model& model) {
  check_weights(model.network, model.weights);
  check_scaler("input scaler", model.input_scaler, model.network.inputs);
  check_scaler("output scaler", model.output_scaler, model.network.outputs);
  check_outputs(model);
  check_input(model);
  std::vector<std::string> names;
  for (const auto& output : model.outputs) names.push_back(output.name);
  check_unique("output", names);
  if (!std::isfinite(model.rate_hz) || model.rate_hz < 0) {
    throw Error("rate is " + base::to_text(model.rate_hz) +
                " Hz, must be above 0, or 0 where it is not known");
  }
  if (model.window_frames < 0) throw Error("window_frames is below 0");
}

}  // namespace kinemyo::model
