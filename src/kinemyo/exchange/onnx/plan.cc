#include "kinemyo/exchange/onnx/plan.h"

#include <algorithm>

#include "kinemyo/base/error.h"
#include "kinemyo/base/text.h"

namespace kinemyo::exchange {

namespace {

bool same(const Layer& a, const Layer& b) {
  return a.kind == b.kind && a.kind != Layer::Kind::recurrent && a.from == b.from && a.other == b.other && a.weights == b.weights;
}

// What is found from the output back to the input.
class Assembler {
 public:
  explicit Assembler(const std::vector<Layer>& layers) : layers_(layers) {}

  model::Model assemble(int last) {
    auto& network = model_.network;
    network.inputs = narrow(layers_[0].width);
    network.outputs = narrow(at(last).width);
    network.dropout = 0;
    const int beside = take_bias(last);
    int main = beside;
    if (at(beside).kind == Layer::Kind::sum) {
      const int a = take_bias(at(beside).from), b = take_bias(at(beside).other);
      const bool a_is_linear = is_linear(a);
      if (a_is_linear == is_linear(b)) fail(at(beside), "one sum of a recurrent and a linear part has a place");
      take_linear(a_is_linear ? a : b);
      main = take_bias(a_is_linear ? b : a);
    }
    take_recurrent(take_head(main));
    name_channels();
    return std::move(model_);
  }

 private:
  const Layer& at(int index) const { return layers_[static_cast<std::size_t>(index)]; }
  static int narrow(std::int64_t width) { return static_cast<int>(std::min<std::int64_t>(width, 1'000'000)); }
  [[noreturn]] static void fail(const Layer& layer, const std::string& why) {
    throw Error((layer.node.empty() ? "the network" : "node " + base::quoted(layer.node, 120)) + " has no place in a network of ours: " + why);
  }

  // Biases on the way to the output add up; the sum's first layer that is none.
  int take_bias(int index) {
    auto& bias = model_.weights["fc.bias"];
    if (bias.values.empty()) bias = {{at(index).width}, std::vector<float>(static_cast<std::size_t>(at(index).width))};
    while (at(index).kind == Layer::Kind::bias) {
      const auto& values = at(index).weights->values;
      for (std::size_t i = 0; i < bias.values.size(); ++i)
        bias.values[i] += static_cast<float>(values[values.size() == 1 ? 0 : i]);
      index = at(index).from;
    }
    return index;
  }

  static model::Tensor turned(const Cells<double>& weights) {
    const auto out = transpose(weights, {1, 0});
    return {out.shape, {out.values.begin(), out.values.end()}};
  }

  bool is_linear(int index) const { return at(index).kind == Layer::Kind::dense && at(at(index).from).kind == Layer::Kind::input; }
  void take_linear(int index) {
    model_.network.linear = true;
    model_.weights["linear.weight"] = turned(*at(index).weights);
  }

  // The linear layer behind the recurrent ones; where there is none, the identity.
  int take_head(int index) {
    auto& weight = model_.weights["fc.weight"];
    if (at(index).kind == Layer::Kind::dense) {
      weight = turned(*at(index).weights);
      return at(index).from;
    }
    const auto width = at(index).width;
    if (width > 8192) fail(at(index), "its width");
    weight = {{width, width}, std::vector<float>(static_cast<std::size_t>(width * width))};
    for (std::int64_t i = 0; i < width; ++i) weight.values[static_cast<std::size_t>(i * width + i)] = 1;
    return index;
  }

  void take_recurrent(int index) {
    auto& network = model_.network;
    std::vector<const Layer*> stack;
    for (; at(index).kind == Layer::Kind::recurrent; index = at(index).from) stack.push_back(&at(index));
    if (stack.empty() || at(index).kind != Layer::Kind::input) {
      fail(at(index), "between the input and one linear layer only LSTM or GRU layers have one");
    }
    std::reverse(stack.begin(), stack.end());
    const auto& first = *stack.front();
    network.kind = first.cell;
    network.hidden = narrow(first.hidden);
    network.bidirectional = first.directions.size() == 2;
    network.layers = static_cast<int>(stack.size());
    for (std::size_t l = 0; l < stack.size(); ++l) {
      const auto& layer = *stack[l];
      if (layer.cell != first.cell || layer.hidden != first.hidden || layer.directions.size() != first.directions.size()) {
        fail(layer, "all recurrent layers are of one kind, width and direction; the first is a " + first.cell + " of " +
                        std::to_string(first.hidden) + " and this a " + layer.cell + " of " + std::to_string(layer.hidden));
      }
      for (std::size_t d = 0; d < layer.directions.size(); ++d) {
        const std::string tail = "_l" + std::to_string(l) + (d == 1 ? "_reverse" : "");
        const auto head = first.cell + ".";
        model_.weights[head + "weight_ih" + tail] = layer.directions[d].from_input;
        model_.weights[head + "weight_hh" + tail] = layer.directions[d].from_hidden;
        model_.weights[head + "bias_ih" + tail] = layer.directions[d].input_bias;
        model_.weights[head + "bias_hh" + tail] = layer.directions[d].hidden_bias;
      }
    }
  }

  void name_channels() {
    model_.input.frame = model::Frame::laboratory;
    model_.input.scale = model::BodyScale::none;
    for (int i = 0; i < model_.network.inputs; ++i) model_.input.scalars.push_back("input_" + std::to_string(i));
    for (int i = 0; i < model_.network.outputs; ++i) {
      model_.outputs.push_back({"output_" + std::to_string(i), "1", model::OutputChannel::Source::network, static_cast<std::size_t>(i)});
    }
  }

  const std::vector<Layer>& layers_;
  model::Model model_;
};

}  // namespace

Plan::Plan(std::int64_t inputs) {
  Layer input;
  input.width = inputs;
  layers_.push_back(std::move(input));
}

int Plan::add(Layer layer) {
  constexpr std::size_t kMost = 1000;
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    if (same(layers_[i], layer)) return static_cast<int>(i);
  }
  if (layers_.size() >= kMost) throw Unsupported{"the network has more than " + std::to_string(kMost) + " layers"};
  layers_.push_back(std::move(layer));
  return static_cast<int>(layers_.size() - 1);
}

model::Model to_model(const Plan& plan, int last) { return Assembler(plan.layers()).assemble(last); }

}  // namespace kinemyo::exchange
