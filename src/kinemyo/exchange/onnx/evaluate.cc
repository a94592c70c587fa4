#include "kinemyo/exchange/onnx/evaluate.h"

#include <functional>
#include <map>

#include "kinemyo/base/text.h"
#include "kinemyo/exchange/onnx/call.h"

namespace kinemyo::exchange {

namespace {

using Type = onnx::TensorProto;

Value cast_value(const Call& call) {
  auto cells = *call.numbers(0).numbers;
  const auto to = static_cast<int>(call.attributes.integer("to", Type::FLOAT));
  for (auto& number : cells.values) {
    if (to == Type::BOOL) number = number != 0;
    else if (!is_real(to)) number = std::trunc(number);
  }
  return make_numbers(std::move(cells), to);
}

Value shape_value(const Call& call) {
  const auto shape = shape_of(call.in(0));
  return make_numbers({{static_cast<std::int64_t>(shape.size())}, {shape.begin(), shape.end()}}, Type::INT64);
}

Value filled(const Shape& shape, double number, int type) {
  return make_numbers({shape, std::vector<double>(static_cast<std::size_t>(count_cells(shape)), number)}, type);
}

Value expand_value(const Call& call) {
  const auto& value = call.numbers(0);
  return like(value, expand(*value.numbers, broadcast_shape(value.numbers->shape, integers_of(call.in(1)))));
}

Value constant_of_shape(const Call& call) {
  const auto* given = call.attributes.find("value");
  const auto shape = integers_of(call.in(0));
  if (given == nullptr) return filled(shape, 0, Type::FLOAT);
  const auto value = read_tensor(given->t());
  return filled(shape, scalar_of(value), value.type);
}

Value constant_value(const Call& call) {
  if (const auto* given = call.attributes.find("value")) return read_tensor(given->t());
  if (const auto* given = call.attributes.find("value_int")) return make_numbers({{}, {static_cast<double>(given->i())}}, Type::INT64);
  if (const auto* given = call.attributes.find("value_float")) return make_numbers({{}, {given->f()}}, Type::FLOAT);
  if (const auto* given = call.attributes.find("value_ints")) {
    return make_numbers({{given->ints_size()}, {given->ints().begin(), given->ints().end()}}, Type::INT64);
  }
  throw Unsupported{"a constant of another kind than tensors and numbers"};
}

Value range_value(const Call& call) {
  const double first = scalar_of(call.in(0)), end = scalar_of(call.in(1)), step = scalar_of(call.in(2));
  if (step == 0 || !std::isfinite(first) || !std::isfinite(end) || !std::isfinite(step)) throw Unsupported{"a range without end"};
  const double length = std::max(0.0, std::ceil((end - first) / step));
  if (length > 1e6) throw Unsupported{"a range of more than a million numbers"};
  Cells<double> cells{{static_cast<std::int64_t>(length)}, {}};
  for (double i = 0; i < length; ++i) cells.values.push_back(first + i * step);
  return make_numbers(std::move(cells), call.in(0).type);
}

Value reduce(const Call& call, double (*join)(double, double)) {
  const auto& value = call.numbers(0);
  const auto& cells = *value.numbers;
  const auto axes = axes_of(call);
  const bool all = axes.empty() || axes.size() == cells.shape.size();
  if (!all || cells.values.empty()) throw Unsupported{"only over all axes, of at least one number"};
  double out = cells.values[0];
  for (const double number : cells.values) out = join(out, number);
  Shape shape;
  if (call.attributes.integer("keepdims", 1) != 0) shape.assign(cells.shape.size(), 1);
  return like(value, Cells<double>{shape, {out}});
}

using Binary = double (*)(double, double);
Value number_by_number(const Call& call, Binary join, bool gives_boolean) {
  Value left = call.numbers(0);
  for (std::size_t i = 1; i < std::max<std::size_t>(call.inputs.size(), 2); ++i) {
    const auto& right = call.numbers(i);
    const auto shape = broadcast_shape(left.numbers->shape, right.numbers->shape);
    auto a = expand(*left.numbers, shape);
    const auto b = expand(*right.numbers, shape);
    for (std::size_t n = 0; n < a.values.size(); ++n) a.values[n] = join(a.values[n], b.values[n]);
    left = make_numbers(std::move(a), gives_boolean ? int{Type::BOOL} : right.type);
  }
  return left;
}

Value divide(const Call& call) {
  if (!call.numbers(0).is_integers()) return number_by_number(call, [](double a, double b) { return a / b; }, false);
  return number_by_number(call, [](double a, double b) { return b == 0 ? 0 : std::trunc(a / b); }, false);
}

Value where_value(const Call& call) {
  const auto& chosen = call.numbers(0);
  const auto &a = call.numbers(1), &b = call.numbers(2);
  const auto shape = broadcast_shape(broadcast_shape(chosen.numbers->shape, a.numbers->shape), b.numbers->shape);
  const auto which = expand(*chosen.numbers, shape), second = expand(*b.numbers, shape);
  auto out = expand(*a.numbers, shape);
  for (std::size_t n = 0; n < out.values.size(); ++n) {
    if (which.values[n] == 0) out.values[n] = second.values[n];
  }
  return like(a, std::move(out));
}

// The rows that a new layer gives where `from` has those of another.
Value rows_of(const Call& call, const Value& from, Layer layer) {
  layer.from = from.layer;
  layer.node = call.node.name();
  const auto width = layer.width;
  return make_rows(*from.rows, call.plan.add(std::move(layer)), width, 1);
}

void require_whole(const Value& value) {
  if (value.parts != 1) throw Unsupported{"it takes one direction of a layer alone"};
}

Value dense(const Call& call, const Value& x, const Value& weights) {
  require_whole(x);
  const auto& shape = weights.numbers->shape;
  if (shape.size() != 2 || shape[0] != x.width) throw Unsupported{"the weights are no matrix that takes the numbers of a frame"};
  Layer layer;
  layer.kind = Layer::Kind::dense;
  layer.width = shape[1];
  layer.weights = weights.numbers;
  return rows_of(call, x, std::move(layer));
}

Value matmul_value(const Call& call) {
  if (call.in(0).is_rows() && call.in(1).is_numbers()) return dense(call, call.in(0), call.in(1));
  throw Unsupported{"it is no product of a frame's numbers with a matrix of weights"};
}

Value add_bias(const Call& call, const Value& x, const Value& bias) {
  require_whole(x);
  const auto& shape = bias.numbers->shape;
  const auto count = static_cast<std::int64_t>(bias.numbers->values.size());
  for (std::size_t d = 0; d + 1 < shape.size(); ++d) {
    if (shape[d] != 1) throw Unsupported{"what is added differs from frame to frame"};
  }
  if (shape.size() > shape_of(x).size() || (count != 1 && count != x.width)) throw Unsupported{"sizes do not go together"};
  Layer layer;
  layer.kind = Layer::Kind::bias;
  layer.width = x.width;
  layer.weights = bias.numbers;
  return rows_of(call, x, std::move(layer));
}

Value add_value(const Call& call) {
  const auto &a = call.in(0), &b = call.in(1);
  if (a.is_rows() && b.is_numbers()) return add_bias(call, a, b);
  if (a.is_numbers() && b.is_rows()) return add_bias(call, b, a);
  if (!a.is_rows() || !b.is_rows()) return number_by_number(call, [](double x, double y) { return x + y; }, false);
  require_whole(a);
  require_whole(b);
  if (a.width != b.width || a.rows->shape != b.rows->shape || a.rows->values != b.rows->values)
    throw Unsupported{"it adds different frames"};
  Layer layer;
  layer.kind = Layer::Kind::sum;
  layer.width = a.width;
  layer.other = b.layer;
  return rows_of(call, a, std::move(layer));
}

Value gemm_value(const Call& call) {
  const auto& x = call.in(0);
  if (call.attributes.real("alpha", 1) != 1 || call.attributes.real("beta", 1) != 1 || call.attributes.integer("transA", 0) != 0)
    throw Unsupported{"alpha, beta and transA of Gemm must be 1, 1 and 0"};
  if (!x.is_rows() || shape_of(x).size() != 2) throw Unsupported{"its first input must be frames x numbers"};
  Value weights = call.numbers(1);
  if (call.attributes.integer("transB", 0) != 0) {
    if (weights.numbers->shape.size() != 2) throw Unsupported{"the weights are no matrix"};
    weights = like(weights, transpose(*weights.numbers, {1, 0}));
  }
  const auto y = dense(call, x, weights);
  return call.has(2) ? add_bias(call, y, call.numbers(2)) : y;
}

using Operator = std::function<std::vector<Value>(const Call&)>;
const std::map<std::string, Operator>& operators() {
  const auto one = [](auto value) -> Operator { return [value](const Call& call) { return std::vector<Value>{value(call)}; }; };
  const auto binary = [&](Binary join, bool boolean = false) {
    return one([join, boolean](const Call& call) { return number_by_number(call, join, boolean); });
  };
  const auto recurrent = [](const Call& call) { return evaluate_recurrent(call.node, call.inputs, call.sizes, call.plan); };
  static const std::map<std::string, Operator> kOperators = {
      {"Identity", one([](const Call& call) { return call.in(0); })},
      {"Dropout", one([](const Call& call) { return call.in(0); })},  // nothing outside of training
      {"Transpose", one(transpose_value)},
      {"Reshape", one(reshape_value)},
      {"Squeeze", one(squeeze_value)},
      {"Unsqueeze", one(unsqueeze_value)},
      {"Slice", one(slice_value)},
      {"Gather", one(gather_value)},
      {"Concat", one(concat_value)},
      {"Split", split_value},
      {"Cast", one(cast_value)},
      {"Shape", one(shape_value)},
      {"Expand", one(expand_value)},
      {"ConstantOfShape", one(constant_of_shape)},
      {"Constant", one(constant_value)},
      {"Range", one(range_value)},
      {"ReduceMax", one([](const Call& call) { return reduce(call, [](double a, double b) { return std::max(a, b); }); })},
      {"ReduceMin", one([](const Call& call) { return reduce(call, [](double a, double b) { return std::min(a, b); }); })},
      {"ReduceProd", one([](const Call& call) { return reduce(call, [](double a, double b) { return a * b; }); })},
      {"Add", one(add_value)},
      {"Sub", binary([](double a, double b) { return a - b; })},
      {"Mul", binary([](double a, double b) { return a * b; })},
      {"Div", one(divide)},
      {"Max", binary([](double a, double b) { return std::max(a, b); })},
      {"Min", binary([](double a, double b) { return std::min(a, b); })},
      {"Less", binary([](double a, double b) -> double { return a < b; }, true)},
      {"LessOrEqual", binary([](double a, double b) -> double { return a <= b; }, true)},
      {"Greater", binary([](double a, double b) -> double { return a > b; }, true)},
      {"GreaterOrEqual", binary([](double a, double b) -> double { return a >= b; }, true)},
      {"Equal", binary([](double a, double b) -> double { return a == b; }, true)},
      {"And", binary([](double a, double b) -> double { return a != 0 && b != 0; }, true)},
      {"Or", binary([](double a, double b) -> double { return a != 0 || b != 0; }, true)},
      {"Not", one([](const Call& call) {
         auto cells = *call.numbers(0).numbers;
         for (auto& number : cells.values) number = number == 0;
         return make_numbers(std::move(cells), Type::BOOL);
       })},
      {"Where", one(where_value)},
      {"MatMul", one(matmul_value)},
      {"Gemm", one(gemm_value)},
      {"LSTM", recurrent},
      {"GRU", recurrent},
  };
  return kOperators;
}

}  // namespace

bool Sizes::are_frames_first(const Value& value) const {
  if (!value.is_rows() || value.parts != 1 || value.rows->shape != Shape{frames, batch}) return false;
  for (std::int64_t t = 0; t < frames; ++t) {
    for (std::int64_t b = 0; b < batch; ++b) {
      if (value.rows->values[static_cast<std::size_t>(t * batch + b)] != b * frames + t) return false;
    }
  }
  return true;
}

bool Sizes::are_batch_first(const Value& value) const {
  if (!value.is_rows() || value.parts != 1 || value.rows->shape != Shape{batch, frames}) return false;
  for (std::size_t i = 0; i < value.rows->values.size(); ++i) {
    if (value.rows->values[i] != static_cast<int>(i)) return false;
  }
  return true;
}

std::vector<Value> evaluate(const onnx::NodeProto& node, const std::vector<Value>& inputs, const Sizes& sizes, Plan& plan) {
  const auto& known = operators();
  const auto found = known.find(node.op_type());
  if (found == known.end() || !(node.domain().empty() || node.domain() == "ai.onnx")) {
    throw Unsupported{"the operator is not known; known are " + known_operators()};
  }
  return found->second(Call{node, inputs, sizes, plan});
}

std::string known_operators() {
  std::vector<std::string> names;
  for (const auto& [name, call] : operators()) names.push_back(name);
  names.push_back("Loop");
  return base::join(names);
}

}  // namespace kinemyo::exchange
