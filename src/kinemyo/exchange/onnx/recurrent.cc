#include <array>

#include "kinemyo/exchange/onnx/evaluate.h"

namespace kinemyo::exchange {

namespace {

// Of each gate in PyTorch's order, its place in ONNX's: i f g o in i o f c; r z n in z r h.
constexpr std::array<std::int64_t, 4> kLstmGates = {0, 2, 3, 1};
constexpr std::array<std::int64_t, 3> kGruGates = {1, 0, 2};

// Of a tensor directions x (gates * hidden) x columns, or directions x (2 * gates * hidden) for biases, one direction's block of
// rows, its gates in PyTorch's order.
model::Tensor take(const Cells<double>& from, std::int64_t direction, std::int64_t first, std::int64_t columns,
                   std::int64_t rows_each_direction, std::int64_t hidden, bool lstm) {
  model::Tensor out;
  const std::int64_t gates = lstm ? 4 : 3;
  out.shape = {gates * hidden};
  if (from.shape.size() == 3) out.shape.push_back(columns);
  for (std::int64_t gate = 0; gate < gates; ++gate) {
    const auto place = lstm ? kLstmGates[static_cast<std::size_t>(gate)] : kGruGates[static_cast<std::size_t>(gate)];
    const auto begin = (direction * rows_each_direction + first + place * hidden) * columns;
    for (std::int64_t i = 0; i < hidden * columns; ++i)
      out.values.push_back(static_cast<float>(from.values[static_cast<std::size_t>(begin + i)]));
  }
  return out;
}

void require_default(bool is_default, const char* what) {
  if (!is_default) throw Unsupported{std::string(what) + " is not what layers of ours have"};
}

}  // namespace

void require_zero_state(const Value& state, const char* what) {
  if (state.kind == Value::Kind::absent) return;
  if (!state.is_numbers()) throw Unsupported{std::string(what) + " depends on the network's input"};
  for (const double number : state.numbers->values) {
    if (number != 0) throw Unsupported{std::string(what) + " is not zero"};
  }
}

std::vector<Value> evaluate_recurrent(const onnx::NodeProto& node, const std::vector<Value>& inputs, const Sizes& sizes,
                                      Plan& plan) {
  const bool lstm = node.op_type() == "LSTM";
  const Attributes attributes(node);
  const auto in = [&](std::size_t i) { return i < inputs.size() ? inputs[i] : Value{}; };
  const auto direction = attributes.text("direction", "forward");
  const std::int64_t directions = direction == "bidirectional" ? 2 : 1;
  require_default(direction == "forward" || direction == "bidirectional", "its direction");
  require_default(attributes.find("activations") == nullptr || [&] {
    static const std::vector<std::string> kUsual[2] = {{"Sigmoid", "Tanh"}, {"Sigmoid", "Tanh", "Tanh"}};
    const auto& usual = kUsual[lstm];
    const auto& given = attributes.find("activations")->strings();
    if (given.size() != static_cast<int>(usual.size() * static_cast<std::size_t>(directions))) return false;
    for (int i = 0; i < given.size(); ++i) {
      if (given[i] != usual[static_cast<std::size_t>(i) % usual.size()]) return false;
    }
    return true;
  }(), "activations");
  require_default(attributes.find("clip") == nullptr, "clip");
  require_default(attributes.integer("input_forget", 0) == 0, "input_forget");
  require_default(attributes.integer("layout", 0) == 0, "layout 1");
  require_default(lstm || attributes.integer("linear_before_reset", 0) != 0, "linear_before_reset 0");
  require_default(in(7).kind == Value::Kind::absent, "a peephole");

  const auto x = in(0);
  if (!sizes.are_frames_first(x)) throw Unsupported{"its input is not frames x sequences x numbers of a layer, in their order"};
  const auto from_input = in(1), from_hidden = in(2), bias = in(3);
  if (!from_input.is_numbers() || !from_hidden.is_numbers() || !(bias.is_numbers() || bias.kind == Value::Kind::absent))
    throw Unsupported{"its weights depend on the network's input"};
  const std::int64_t gates = lstm ? 4 : 3;
  const auto& shape = from_hidden.numbers->shape;
  const std::int64_t hidden = shape.size() == 3 ? shape[2] : 0;
  if (hidden < 1 || hidden > 1'000'000 || shape != Shape{directions, gates * hidden, hidden} ||
      from_input.numbers->shape != Shape{directions, gates * hidden, x.width} ||
      (bias.is_numbers() && bias.numbers->shape != Shape{directions, 2 * gates * hidden})) {
    throw Unsupported{"its weights do not fit each other and its input"};
  }
  if (in(4).kind != Value::Kind::absent) {
    for (const auto length : integers_of(in(4))) {
      if (length != sizes.frames) throw Unsupported{"its sequences have lengths of their own"};
    }
  }
  require_zero_state(in(5), "the state that it begins with");
  require_zero_state(in(6), "the state that it begins with");

  Layer layer;
  layer.kind = Layer::Kind::recurrent;
  layer.from = x.layer;
  layer.node = node.name();
  layer.cell = lstm ? "lstm" : "gru";
  layer.hidden = hidden;
  layer.width = directions * hidden;
  const Cells<double> no_bias{{directions, 2 * gates * hidden},
                              bias.is_numbers() ? std::vector<double>{} : std::vector<double>(static_cast<std::size_t>(directions * 2 * gates * hidden))};
  const auto& biases = bias.is_numbers() ? *bias.numbers : no_bias;
  for (std::int64_t d = 0; d < directions; ++d) {
    layer.directions.push_back({take(*from_input.numbers, d, 0, x.width, gates * hidden, hidden, lstm),
                                take(*from_hidden.numbers, d, 0, hidden, gates * hidden, hidden, lstm),
                                take(biases, d, 0, 1, 2 * gates * hidden, hidden, lstm),
                                take(biases, d, gates * hidden, 1, 2 * gates * hidden, hidden, lstm)});
  }
  const int added = plan.add(std::move(layer));
  Cells<int> rows{{sizes.frames, directions, sizes.batch}, {}};
  for (std::int64_t t = 0; t < sizes.frames; ++t) {
    for (std::int64_t d = 0; d < directions; ++d) {
      for (std::int64_t b = 0; b < sizes.batch; ++b)
        rows.values.push_back(static_cast<int>((b * sizes.frames + t) * directions + d));
    }
  }
  const auto state = make_unknown("the state at the end of node " + node.name() + " is used");
  return {make_rows(std::move(rows), added, hidden, static_cast<int>(directions)), state, state};
}

}  // namespace kinemyo::exchange
