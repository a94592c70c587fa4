#include "kinemyo/exchange/onnx/call.h"

namespace kinemyo::exchange {

namespace {

// The same movement of cells, of numbers or of rows.
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

}  // namespace

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

}  // namespace kinemyo::exchange
