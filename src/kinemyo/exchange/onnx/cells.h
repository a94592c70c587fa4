#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace kinemyo::exchange {

/// Why a node cannot be followed; the walk goes on, and says so where the network's output depends on it.
struct Unsupported {
  std::string why;
};

using Shape = std::vector<std::int64_t>;

/// Cells that an operator may make at once: far beyond sizes and weights of networks that are read.
constexpr std::int64_t kMostCells = std::int64_t{1} << 25;

/// Throws Unsupported beyond kMostCells, and for sizes below 0.
inline std::int64_t count_cells(const Shape& shape) {
  std::int64_t count = 1;
  for (const auto size : shape) {
    if (size < 0) throw Unsupported{"an axis has a size below 0"};
    if (size != 0 && count > kMostCells / size) throw Unsupported{"a tensor is larger than any of a network that is read"};
    count *= size;
  }
  return count;
}

inline std::size_t axis_index(std::int64_t axis, std::size_t rank) {
  const auto signed_rank = static_cast<std::int64_t>(rank);
  if (axis < -signed_rank || axis >= signed_rank) throw Unsupported{"axis " + std::to_string(axis) + " does not exist"};
  return static_cast<std::size_t>(axis < 0 ? axis + signed_rank : axis);
}

/// A row-major array whose cells are moved about.
template <typename T>
struct Cells {
  Shape shape;
  std::vector<T> values;
};

/// The array of shape `shape` whose cell at `index` is the one that `from(index)` says, as an offset.
template <typename T, typename From>
Cells<T> rearrange(const std::vector<T>& values, Shape shape, From from) {
  const auto count = count_cells(shape);
  Cells<T> out{std::move(shape), {}};
  out.values.reserve(static_cast<std::size_t>(count));
  Shape index(out.shape.size(), 0);
  for (std::int64_t n = 0; n < count; ++n) {
    out.values.push_back(values[static_cast<std::size_t>(from(index))]);
    for (std::size_t d = index.size(); d-- > 0;) {
      if (++index[d] < out.shape[d]) break;
      index[d] = 0;
    }
  }
  return out;
}

inline Shape strides_of(const Shape& shape) {
  Shape strides(shape.size(), 1);
  for (std::size_t d = shape.size(); d-- > 1;) strides[d - 1] = strides[d] * shape[d];
  return strides;
}

template <typename T>
Cells<T> transpose(const Cells<T>& in, const std::vector<std::size_t>& order) {
  const auto strides = strides_of(in.shape);
  Shape shape;
  for (const auto axis : order) shape.push_back(in.shape[axis]);
  return rearrange(in.values, shape, [&](const Shape& index) {
    std::int64_t at = 0;
    for (std::size_t d = 0; d < index.size(); ++d) at += index[d] * strides[order[d]];
    return at;
  });
}

/// Of each axis `count` cells from `first` in steps.
struct Cut {
  std::int64_t first = 0, step = 1, count = 0;
};
template <typename T>
Cells<T> slice(const Cells<T>& in, const std::vector<Cut>& cuts) {
  const auto strides = strides_of(in.shape);
  Shape shape;
  for (const auto& cut : cuts) shape.push_back(cut.count);
  return rearrange(in.values, shape, [&](const Shape& index) {
    std::int64_t at = 0;
    for (std::size_t d = 0; d < index.size(); ++d) at += (cuts[d].first + index[d] * cuts[d].step) * strides[d];
    return at;
  });
}

/// ONNX's Gather: axis `axis` becomes the axes of `chosen`, whose numbers are checked by the caller.
template <typename T>
Cells<T> gather(const Cells<T>& in, std::size_t axis, const Cells<std::int64_t>& chosen) {
  const auto strides = strides_of(in.shape);
  const auto chosen_strides = strides_of(chosen.shape);
  const std::size_t more = chosen.shape.size();
  Shape shape(in.shape.begin(), in.shape.begin() + static_cast<std::ptrdiff_t>(axis));
  shape.insert(shape.end(), chosen.shape.begin(), chosen.shape.end());
  shape.insert(shape.end(), in.shape.begin() + static_cast<std::ptrdiff_t>(axis) + 1, in.shape.end());
  return rearrange(in.values, shape, [&](const Shape& index) {
    std::int64_t at = 0, which = 0;
    for (std::size_t d = 0; d < axis; ++d) at += index[d] * strides[d];
    for (std::size_t d = 0; d < more; ++d) which += index[axis + d] * chosen_strides[d];
    at += chosen.values[static_cast<std::size_t>(which)] * strides[axis];
    for (std::size_t d = axis + 1; d < in.shape.size(); ++d) at += index[d + more - 1] * strides[d];
    return at;
  });
}

/// NumPy's broadcasting. Throws Unsupported where the sizes do not go together.
inline Shape broadcast_shape(const Shape& a, const Shape& b) {
  Shape out(std::max(a.size(), b.size()), 1);
  for (std::size_t d = 0; d < out.size(); ++d) {
    const auto size = [&](const Shape& s) { return d < s.size() ? s[s.size() - 1 - d] : 1; };
    if (size(a) != size(b) && size(a) != 1 && size(b) != 1) throw Unsupported{"sizes do not go together"};
    out[out.size() - 1 - d] = size(a) == 1 ? size(b) : size(a);
  }
  return out;
}
template <typename T>
Cells<T> expand(const Cells<T>& in, const Shape& shape) {
  const auto strides = strides_of(in.shape);
  const std::size_t ahead = shape.size() - in.shape.size();
  return rearrange(in.values, shape, [&](const Shape& index) {
    std::int64_t at = 0;
    for (std::size_t d = 0; d < in.shape.size(); ++d) at += in.shape[d] == 1 ? 0 : index[ahead + d] * strides[d];
    return at;
  });
}

/// Side by side along an axis; shapes agree in the others (the caller checks).
template <typename T>
Cells<T> concat(const std::vector<Cells<T>>& parts, std::size_t axis) {
  Cells<T> out{parts[0].shape, {}};
  out.shape[axis] = 0;
  for (const auto& part : parts) out.shape[axis] += part.shape[axis];
  count_cells(out.shape);
  std::int64_t outer = 1, inner = 1;
  for (std::size_t d = 0; d < axis; ++d) outer *= out.shape[d];
  for (std::size_t d = axis + 1; d < out.shape.size(); ++d) inner *= out.shape[d];
  for (std::int64_t o = 0; o < outer; ++o) {
    for (const auto& part : parts) {
      const auto run = part.shape[axis] * inner;
      const auto first = part.values.begin() + o * run;
      out.values.insert(out.values.end(), first, first + run);
    }
  }
  return out;
}

}  // namespace kinemyo::exchange
