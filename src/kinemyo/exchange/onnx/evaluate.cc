#include "kinemyo/exchange/onnx/evaluate.h"

#include <functional>
#include <map>
#include <numeric>

#include "kinemyo/base/text.h"

namespace kinemyo::exchange {

namespace {

using Type = onnx::TensorProto;
using Inputs = std::vector<Value>;

struct Call {
  const onnx::NodeProto& node;
  const Inputs& inputs;
  const Sizes& sizes;
  Plan& plan;
  Attributes attributes{node};
  const Value& in(std::size_t i) const {
    if (!has(i)) throw Unsupported{"input " + std::to_string(i) + " is absent"};
    return inputs[i];
  }
  bool has(std::size_t i) const { return i < inputs.size() && inputs[i].kind != Value::Kind::absent; }
  const Value& numbers(std::size_t i) const {
    if (!in(i).is_numbers()) throw Unsupported{"the network's input is used in a way that no layer of ours has"};
    return in(i);
  }
};

Value like(const Value& value, Cells<double> cells) { return make_numbers(std::move(cells), value.type); }
Value like(const Value& value, Cells<int> cells) { return make_rows(std::move(cells), value.layer, value.width, value.parts); }

// The same movement of cells, of numbers or of rows, whose last axis stays where it is.
template <typename Move>
Value moved(const Value& value, Move move) {
  if (value.is_numbers()) return like(value, move(*value.numbers));
  return like(value, move(*value.rows));
}
// An axis of those that can be moved.
std::size_t movable_axis(const Value& value, std::int64_t axis) {
  const auto rank = shape_of(value).size();
  const auto at = axis_index(axis, rank);
  if (value.is_rows() && at + 1 == rank) throw Unsupported{"it takes the numbers of a frame apart"};
  return at;
}

Value transpose_value(const Call& call) {
  const auto& value = call.in(0);
  const auto rank = shape_of(value).size();
  auto given = call.attributes.integers("perm");
  std::vector<std::size_t> order;
  std::vector<bool> seen(rank, false);
  for (std::size_t d = 0; d < rank && given.empty(); ++d) order.push_back(rank - 1 - d);
  for (const auto axis : given) order.push_back(axis_index(axis, rank));
  if (order.size() != rank) throw Unsupported{"perm does not name every axis once"};
  for (const auto axis : order) {
    if (seen[axis]) throw Unsupported{"perm does not name every axis once"};
    seen[axis] = true;
  }
  if (value.is_rows()) {
    if (order.back() + 1 != rank) throw Unsupported{"it takes the numbers of a frame apart"};
    order.pop_back();
  }
  return moved(value, [&](const auto& cells) { return transpose(cells, order); });
}

Value reshape_to(const Value& value, Shape shape) {
  if (value.is_numbers()) return like(value, Cells<double>{std::move(shape), value.numbers->values});
  if (shape.empty()) throw Unsupported{"it takes the numbers of a frame apart"};
  const auto last = shape.back();
  shape.pop_back();
  if (last == value.width) return like(value, Cells<int>{std::move(shape), value.rows->values});
  // Both directions of a layer side by side become one vector.
  const auto parts = value.parts;
  if (parts < 2 || last != value.width * parts) throw Unsupported{"it takes the numbers of a frame apart"};
  Cells<int> joined{std::move(shape), {}};
  const auto& cells = value.rows->values;
  for (std::size_t i = 0; i < cells.size(); i += static_cast<std::size_t>(parts)) {
    for (int part = 0; part < parts; ++part) {
      if (cells[i + static_cast<std::size_t>(part)] != cells[i] + part || cells[i] % parts != 0)
        throw Unsupported{"it joins numbers of different frames"};
    }
    joined.values.push_back(cells[i] / parts);
  }
  return make_rows(std::move(joined), value.layer, last, 1);
}

Value reshape_value(const Call& call) {
  const auto& value = call.in(0);
  const auto from = shape_of(value);
  auto to = integers_of(call.in(1));
  std::int64_t known = 1, total = 1;
  std::ptrdiff_t open = -1;
  for (const auto size : from) total *= size;
  for (std::size_t d = 0; d < to.size(); ++d) {
    if (to[d] == 0 && call.attributes.integer("allowzero", 0) == 0) {
      if (d >= from.size()) throw Unsupported{"the new shape copies an axis that does not exist"};
      to[d] = from[d];
    }
    if (to[d] == -1) {
      if (open >= 0) throw Unsupported{"two axes of the new shape are open"};
      open = static_cast<std::ptrdiff_t>(d);
    } else if (to[d] < 0 || to[d] > kMostCells || (to[d] > 0 && known > kMostCells / to[d])) {
      throw Unsupported{"the new shape has a size that no tensor has"};
    } else {
      known *= to[d];
    }
  }
  if (open >= 0) to[static_cast<std::size_t>(open)] = known == 0 ? 0 : total / known;
  if (count_cells(to) != total) throw Unsupported{"the new shape has another number of cells"};
  return reshape_to(value, std::move(to));
}

// Axes of Squeeze and Unsqueeze: an input since opset 13, an attribute before.
Shape axes_of(const Call& call) {
  return call.has(1) ? integers_of(call.in(1)) : call.attributes.integers("axes");
}

Value squeeze_value(const Call& call) {
  const auto& value = call.in(0);
  const auto shape = shape_of(value);
  std::vector<bool> gone(shape.size(), false);
  const auto axes = axes_of(call);
  for (const auto axis : axes) gone[axis_index(axis, shape.size())] = true;
  Shape left;
  for (std::size_t d = 0; d < shape.size(); ++d) {
    if (axes.empty()) gone[d] = shape[d] == 1;
    if (!gone[d]) left.push_back(shape[d]);
    if (gone[d] && shape[d] != 1) throw Unsupported{"an axis to be dropped has another size than 1"};
  }
  return reshape_to(value, std::move(left));
}

Value unsqueeze_value(const Call& call) {
  const auto& value = call.in(0);
  const auto shape = shape_of(value);
  const auto axes = axes_of(call);
  if (axes.size() > 8) throw Unsupported{"too many axes"};
  std::vector<bool> fresh(shape.size() + axes.size(), false);
  for (const auto axis : axes) fresh[axis_index(axis, fresh.size())] = true;
  Shape more;
  std::size_t from = 0;
  for (const bool is_new : fresh) {
    if (!is_new && from == shape.size()) throw Unsupported{"an axis is named twice"};
    more.push_back(is_new ? 1 : shape[from++]);
  }
  return reshape_to(value, std::move(more));
}

Value slice_value(const Call& call) {
  const auto& value = call.in(0);
  const auto shape = shape_of(value);
  const bool by_input = call.has(1);
  const auto given = [&](std::size_t i, const char* name) {
    if (by_input) return call.has(i) ? integers_of(call.in(i)) : Shape{};
    return call.attributes.integers(name);
  };
  const auto starts = given(1, "starts"), ends = given(2, "ends"), steps = given(4, "");
  auto axes = given(3, "axes");
  if (axes.empty()) {
    for (std::size_t d = 0; d < starts.size(); ++d) axes.push_back(static_cast<std::int64_t>(d));
  }
  if (ends.size() != starts.size() || axes.size() != starts.size() || (!steps.empty() && steps.size() != starts.size()))
    throw Unsupported{"starts, ends, axes and steps are not as many"};
  std::vector<Cut> cuts;
  for (std::size_t d = 0; d < shape.size() - (value.is_rows() ? 1 : 0); ++d) cuts.push_back({0, 1, shape[d]});
  for (std::size_t i = 0; i < starts.size(); ++i) {
    const auto at = axis_index(axes[i], shape.size());
    const auto size = shape[at];
    const auto step = steps.empty() ? 1 : steps[i];
    if (step == 0) throw Unsupported{"a step is 0"};
    const std::int64_t low = step > 0 ? 0 : -1, high = step > 0 ? size : size - 1;
    const auto clamp = [&](std::int64_t index) {
      return std::clamp<std::int64_t>(index < 0 ? index + size : index, low, std::max<std::int64_t>(high, low));
    };
    const auto first = clamp(starts[i]), end = clamp(ends[i]);
    const auto count = step > 0 ? std::max<std::int64_t>(0, (end - first + step - 1) / step)
                                : std::max<std::int64_t>(0, (first - end - step - 1) / -step);
    if (at >= cuts.size()) {
      if (first != 0 || count != size || step != 1) throw Unsupported{"it takes the numbers of a frame apart"};
      continue;
    }
    cuts[at] = {first, step, count};
  }
  return moved(value, [&](const auto& cells) { return slice(cells, cuts); });
}

Value gather_value(const Call& call) {
  const auto& value = call.in(0);
  const auto axis = movable_axis(value, call.attributes.integer("axis", 0));
  const auto size = shape_of(value)[axis];
  Cells<std::int64_t> chosen{call.numbers(1).numbers->shape, integers_of(call.in(1))};
  for (auto& index : chosen.values) {
    if (index < -size || index >= size) throw Unsupported{"an index lies outside of its axis"};
    if (index < 0) index += size;
  }
  return moved(value, [&](const auto& cells) { return gather(cells, axis, chosen); });
}

Value concat_value(const Call& call) {
  const auto& first = call.in(0);
  const auto axis = movable_axis(first, call.attributes.integer("axis", 0));
  const auto together = [&](const auto& cells_of) {
    std::vector<std::decay_t<decltype(cells_of(first))>> parts;
    for (std::size_t i = 0; i < call.inputs.size(); ++i) {
      const auto& value = call.in(i);
      if (value.kind != first.kind || value.layer != first.layer || value.width != first.width || value.parts != first.parts)
        throw Unsupported{"it joins different things"};
      parts.push_back(cells_of(value));
      auto shape = parts.back().shape, expected = parts.front().shape;
      if (shape.size() != expected.size()) throw Unsupported{"sizes do not go together"};
      shape[axis] = expected[axis];
      if (shape != expected) throw Unsupported{"sizes do not go together"};
    }
    return concat(parts, axis);
  };
  if (first.is_numbers()) return like(first, together([](const Value& value) { return *value.numbers; }));
  return like(first, together([](const Value& value) { return *value.rows; }));
}

Value cast_value(const Call& call) {
  auto cells = *call.numbers(0).numbers;
  const auto to = static_cast<int>(call.attributes.integer("to", Type::FLOAT));
  const bool real = to == Type::FLOAT || to == Type::DOUBLE || to == Type::FLOAT16;
  for (auto& number : cells.values) {
    if (to == Type::BOOL) number = number != 0;
    else if (!real) number = std::trunc(number);
  }
  return make_numbers(std::move(cells), to);
}

Value shape_value(const Call& call) {
  const auto shape = shape_of(call.in(0));
  return make_numbers({{static_cast<std::int64_t>(shape.size())}, {shape.begin(), shape.end()}}, Type::INT64);
}

std::vector<Value> split_value(const Call& call) {
  const auto& value = call.in(0);
  const auto axis = movable_axis(value, call.attributes.integer("axis", 0));
  const auto shape = shape_of(value);
  auto pieces = call.has(1) ? integers_of(call.in(1)) : call.attributes.integers("split");
  const auto count = static_cast<std::size_t>(call.node.output_size());
  if (pieces.empty()) {
    if (count == 0 || shape[axis] % static_cast<std::int64_t>(count) != 0) throw Unsupported{"the axis does not fall into equal parts"};
    pieces.assign(count, shape[axis] / static_cast<std::int64_t>(count));
  }
  if (pieces.size() != count) throw Unsupported{"not a size for each part"};
  std::vector<Value> out;
  std::int64_t at = 0;
  for (const auto size : pieces) {
    if (size < 0 || size > shape[axis] - at) throw Unsupported{"the parts are larger than the axis"};
    std::vector<Cut> cuts;
    for (std::size_t d = 0; d < shape.size() - (value.is_rows() ? 1 : 0); ++d) cuts.push_back({0, 1, shape[d]});
    cuts[axis] = {at, 1, size};
    out.push_back(moved(value, [&](const auto& cells) { return slice(cells, cuts); }));
    at += size;
  }
  return out;
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
  for (const auto& input : inputs) {
    if (input.kind == Value::Kind::unknown) throw Unsupported{input.why};
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
