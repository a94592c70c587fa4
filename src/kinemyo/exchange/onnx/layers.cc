#include "kinemyo/exchange/onnx/layers.h"

#include <array>
#include <cmath>
#include <limits>

#include "kinemyo/exchange/onnx/cells.h"

namespace kinemyo::exchange {

namespace {

// Of each gate in ONNX's order, its place in PyTorch's: i o f c from i f g o; z r h from r z n.
constexpr std::array<std::size_t, 4> kLstmGates = {0, 3, 1, 2};
constexpr std::array<std::size_t, 3> kGruGates = {1, 0, 2};

void add_gates(const std::vector<float>& from, const std::string& kind, std::vector<float>& to) {
  const auto add = [&](const auto& order) {
    const std::size_t block = from.size() / order.size();
    for (const auto gate : order) {
      const auto first = from.begin() + static_cast<std::ptrdiff_t>(gate * block);
      to.insert(to.end(), first, first + static_cast<std::ptrdiff_t>(block));
    }
  };
  if (kind == "lstm") {
    add(kLstmGates);
  } else {
    add(kGruGates);
  }
}

std::string layer_name(const model::NetworkSpec& spec, int layer) {
  return spec.kind + "_l" + std::to_string(layer);
}

}  // namespace

std::string build_dense(Builder& graph, const model::Model& model, const std::string& name,
                        const std::string& x, const std::string& weight, const std::string& bias) {
  const auto& tensor = model.weights.at(weight);
  const auto turned = transpose(Cells<float>{tensor.shape, tensor.values}, {1, 0});
  const auto product = graph.node(
      "MatMul", name + (bias.empty() ? "" : "_product"),
      {x, graph.floats(weight, turned.shape, turned.values)});
  if (bias.empty()) return product;
  return graph.node("Add", name,
                    {product, graph.floats(bias, {tensor.shape[0]}, model.weights.at(bias).values)});
}

std::string build_recurrent(Builder& graph, const model::Model& model, const std::string& input,
                            bool stateful) {
  const auto& spec = model.network;
  const std::int64_t directions = spec.bidirectional ? 2 : 1;
  const bool lstm = spec.kind == "lstm";
  const Builder::Names states = lstm ? Builder::Names{"h", "c"} : Builder::Names{"h"};
  Builder::Names last[2];
  if (stateful) {
    for (const auto& state : states) {
      const std::vector<Builder::Axis> shape = {std::int64_t{spec.layers}, "batch", std::int64_t{spec.hidden}};
      graph.input(state + "0", shape);
      graph.output(state + "n", shape);
      if (spec.layers == 1) continue;
      Builder::Names parts;
      for (int layer = 0; layer < spec.layers; ++layer)
        parts.push_back(state + "0_l" + std::to_string(layer));
      graph.node_with("Split", state + "0_by_layer", {state + "0"}, parts, {{"axis", std::int64_t{0}}});
    }
  }
  // Time first, as ONNX's recurrent nodes have it.
  std::string x = graph.node("Transpose", "time_first", {input}, {{"perm", std::vector<std::int64_t>{1, 0, 2}}});
  for (int layer = 0; layer < spec.layers; ++layer) {
    const auto name = layer_name(spec, layer);
    std::vector<float> from_input, from_hidden, bias;
    const auto& first = model.weights.at(spec.kind + ".weight_ih_l" + std::to_string(layer));
    for (std::int64_t direction = 0; direction < directions; ++direction) {
      const std::string tail = "_l" + std::to_string(layer) + (direction == 1 ? "_reverse" : "");
      const auto add = [&](const char* which, std::vector<float>& to) {
        add_gates(model.weights.at(spec.kind + "." + which + tail).values, spec.kind, to);
      };
      add("weight_ih", from_input);
      add("weight_hh", from_hidden);
      add("bias_ih", bias);
      add("bias_hh", bias);
    }
    Builder::Names inputs = {x, graph.floats(name + "_W", {directions, first.shape[0], first.shape[1]}, from_input),
                             graph.floats(name + "_R", {directions, first.shape[0], spec.hidden}, from_hidden),
                             graph.floats(name + "_B", {directions, 2 * first.shape[0]}, bias)};
    Builder::Names outputs = {name};
    if (stateful) {
      inputs.push_back("");  // all sequences have the full length
      for (std::size_t s = 0; s < states.size(); ++s) {
        inputs.push_back(states[s] + "0" + (spec.layers == 1 ? "" : "_l" + std::to_string(layer)));
        outputs.push_back(spec.layers == 1 ? states[s] + "n" : name + "_" + states[s] + "n");
        last[s].push_back(outputs.back());
      }
    }
    Builder::Attributes attributes = {{"hidden_size", std::int64_t{spec.hidden}}};
    if (spec.bidirectional) attributes.push_back({"direction", std::string("bidirectional")});
    if (!lstm) attributes.push_back({"linear_before_reset", std::int64_t{1}});
    graph.node_with(lstm ? "LSTM" : "GRU", name, inputs, outputs, attributes);
    // time x directions x batch x hidden to time x batch x (directions * hidden)
    if (spec.bidirectional) {
      const auto turned = graph.node("Transpose", name + "_batch_before_direction", {name},
                                     {{"perm", std::vector<std::int64_t>{0, 2, 1, 3}}});
      x = graph.node("Reshape", name + "_joined",
                     {turned, graph.integers(name + "_joined_shape", {0, 0, 2 * std::int64_t{spec.hidden}})});
    } else {
      x = graph.node("Squeeze", name + "_frames", {name, graph.integers(name + "_direction_axis", {1})});
    }
  }
  for (std::size_t s = 0; s < states.size() && stateful && spec.layers > 1; ++s) {
    graph.node_with("Concat", states[s] + "n_of_all_layers", last[s], {states[s] + "n"}, {{"axis", std::int64_t{0}}});
  }
  return graph.node("Transpose", "batch_first", {x}, {{"perm", std::vector<std::int64_t>{1, 0, 2}}});
}

std::string build_tcn(Builder& graph, const model::Model& model, const std::string& input) {
  const auto& spec = model.network;
  const Builder::Attributes turn = {{"perm", std::vector<std::int64_t>{0, 2, 1}}};
  const auto convolution = [&](const std::string& name, const std::string& x, int dilation) {
    const auto& weight = model.weights.at(name + ".weight");
    const std::int64_t past = (weight.shape[2] - 1) * dilation;
    return graph.node("Conv", name,
                      {x, graph.floats(name + ".weight", weight.shape, weight.values),
                       graph.floats(name + ".bias", {weight.shape[0]}, model.weights.at(name + ".bias").values)},
                      {{"kernel_shape", std::vector<std::int64_t>{weight.shape[2]}},
                       {"dilations", std::vector<std::int64_t>{dilation}},
                       {"pads", std::vector<std::int64_t>{past, 0}}});  // the past alone
  };
  std::string x = graph.node("Transpose", "time_last", {input}, turn);
  for (int layer = 0; layer < spec.layers; ++layer) {
    const std::string head = "tcn." + std::to_string(layer) + ".";
    const auto first = graph.node("Relu", head + "relu1", {convolution(head + "conv1", x, spec.dilation(layer))});
    const auto second = graph.node("Relu", head + "relu2", {convolution(head + "conv2", first, spec.dilation(layer))});
    const bool changes = model.weights.contains(head + "downsample.weight");
    const auto beside = changes ? convolution(head + "downsample", x, 1) : x;
    x = graph.node("Relu", head + "out", {graph.node("Add", head + "sum", {second, beside})});
  }
  return graph.node("Transpose", "batch_first", {x}, turn);
}

namespace {

// What is added to the attention of frame i to frame j. Shape: heads x time x time.
std::string build_distance_bias(Builder& graph, const model::NetworkSpec& spec, const std::string& x) {
  const auto shape = graph.node("Shape", "shape", {x});
  const auto steps = graph.node("Gather", "steps", {shape, graph.integer("axis_of_time", 1)});
  const auto at = graph.node("Range", "frame_numbers", {graph.integer("first_frame", 0), steps, graph.integer("one_frame", 1)});
  const auto back = graph.node(  // i - j
      "Sub", "frames_back",
      {graph.node("Unsqueeze", "frame_of_query", {at, graph.integers("last_axis", {1})}),
       graph.node("Unsqueeze", "frame_of_key", {at, graph.integers("first_axis", {0})})});
  std::vector<float> slopes;
  for (int h = 1; h <= spec.heads; ++h) slopes.push_back(static_cast<float>(-std::pow(2.0, -8.0 * h / spec.heads)));
  const auto distance = graph.node("Cast", "distance", {graph.node("Abs", "frames_apart", {back})},
                                   {{"to", std::int64_t{onnx::TensorProto::FLOAT}}});
  const auto bias = graph.node("Mul", "distance_bias", {distance, graph.floats("slopes", {spec.heads, 1, 1}, slopes)});
  if (spec.look_back_frames == 0) return bias;
  const auto unseen = graph.node(
      "Or", "unseen",
      {graph.node("Less", "ahead", {back, graph.integer("no_frames", 0)}),
       graph.node("GreaterOrEqual", "too_old", {back, graph.integer("look_back_frames", spec.look_back_frames)})});
  return graph.node("Where", "visible_bias",
                    {unseen, graph.number("never", -std::numeric_limits<float>::infinity()), bias});
}

}  // namespace

std::string build_transformer(Builder& graph, const model::Model& model, const std::string& input) {
  const auto& spec = model.network;
  const std::int64_t width = spec.hidden / spec.heads;
  const auto dense = [&](const std::string& name, const std::string& x) {
    return build_dense(graph, model, name, x, name + ".weight", name + ".bias");
  };
  const auto norm = [&](const std::string& name, const std::string& x) {
    const auto& weight = model.weights.at(name + ".weight");
    return graph.node("LayerNormalization", name,
                      {x, graph.floats(name + ".weight", weight.shape, weight.values),
                       graph.floats(name + ".bias", weight.shape, model.weights.at(name + ".bias").values)},
                      {{"axis", std::int64_t{-1}}, {"epsilon", 1e-5f}});
  };
  const auto bias = build_distance_bias(graph, spec, input);
  const auto by_head = graph.integers("shape_by_head", {0, 0, spec.heads, width});
  const auto joined = graph.integers("shape_joined", {0, 0, spec.hidden});
  const auto scale = graph.number("scale", 1.0f / std::sqrt(static_cast<float>(width)));

  std::string x = dense("input", input);
  for (int layer = 0; layer < spec.layers; ++layer) {
    const std::string head = "transformer.layers." + std::to_string(layer) + ".";
    const std::string attention = head + "self_attn.";
    const auto all = build_dense(graph, model, attention + "in_proj", norm(head + "norm1", x),
                                 attention + "in_proj_weight", attention + "in_proj_bias");
    const Builder::Names parts = {attention + "query", attention + "key", attention + "value"};
    graph.node_with("Split", attention + "split", {all}, parts, {{"axis", std::int64_t{2}}});
    const auto split_heads = [&](const std::string& part, std::vector<std::int64_t> order) {
      return graph.node("Transpose", part + "_by_head", {graph.node("Reshape", part + "_reshaped", {part, by_head})},
                        {{"perm", std::move(order)}});
    };
    const auto query = graph.node("Mul", attention + "query_scaled", {split_heads(parts[0], {0, 2, 1, 3}), scale});
    const auto dots = graph.node("MatMul", attention + "dots", {query, split_heads(parts[1], {0, 2, 3, 1})});
    const auto shares = graph.node("Softmax", attention + "shares", {graph.node("Add", attention + "biased", {dots, bias})},
                                   {{"axis", std::int64_t{-1}}});
    const auto seen = graph.node("MatMul", attention + "seen", {shares, split_heads(parts[2], {0, 2, 1, 3})});
    const auto together = graph.node(
        "Reshape", attention + "joined",
        {graph.node("Transpose", attention + "time_before_head", {seen}, {{"perm", std::vector<std::int64_t>{0, 2, 1, 3}}}), joined});
    x = graph.node("Add", head + "after_attention", {x, dense(attention + "out_proj", together)});
    const auto wide = graph.node("Relu", head + "relu", {dense(head + "linear1", norm(head + "norm2", x))});
    x = graph.node("Add", head + "out", {x, dense(head + "linear2", wide)});
  }
  return norm("transformer.norm", x);
}

}  // namespace kinemyo::exchange
