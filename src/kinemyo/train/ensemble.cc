#include "kinemyo/train/ensemble.h"

#include <algorithm>

#include "kinemyo/base/error.h"

namespace kinemyo::train {

namespace {

// A tensor's rows or columns: blocks of units, one of each member in turn. Source blocks lie `unit` long one after another.
struct Grid {
  std::size_t blocks = 1, unit = 1;
  std::size_t size() const { return blocks * unit; }
  // Where the member's row or column stands in the wide tensor.
  std::size_t placed(std::size_t at, std::size_t member, std::size_t members) const {
    return at / unit * members * unit + member * unit + at % unit;
  }
};

std::size_t size(std::int64_t n) { return static_cast<std::size_t>(n); }

}  // namespace

model::Model mean_of(std::span<const model::Model> members) {
  require(!members.empty() && members[0].network.recurrent(), "mean_of: one or more recurrent networks");
  model::Model out = members[0];
  const auto& spec = members[0].network;
  const std::size_t count = members.size(), hidden = size(spec.hidden), directions = spec.bidirectional ? 2 : 1;
  out.network.hidden *= static_cast<int>(count);
  const auto wide = model::weight_shapes(out.network);
  for (auto& [name, tensor] : out.weights) {
    if (name == "linear.weight") continue;
    const auto is = [&](const char* part) { return name.find(part) != std::string::npos; };
    const bool last = name.starts_with("fc."), matrix = tensor.shape.size() == 2;
    const bool of_inputs = is("weight_ih_l0");  // which all members share
    const std::size_t height = size(tensor.shape[0]), width = matrix ? size(tensor.shape[1]) : 1;
    const Grid rows = last ? Grid{1, height} : Grid{height / hidden, hidden};
    const Grid columns = !matrix || of_inputs ? Grid{1, width} : is("weight_hh") ? Grid{1, hidden} : Grid{directions, hidden};
    model::Tensor& to = tensor;
    to.shape = wide.at(name);
    const std::size_t wide_columns = matrix ? size(to.shape[1]) : 1;
    to.values.assign(size(to.shape[0]) * wide_columns, 0);
    const float share = last ? 1 / static_cast<float>(count) : 1;
    for (std::size_t m = 0; m < count; ++m) {
      const auto& from = members[m].weights.at(name);
      require(from.values.size() == height * width, "mean_of: members of one specification");
      for (std::size_t r = 0; r < height; ++r) {
        const std::size_t row = last ? r : rows.placed(r, m, count);
        for (std::size_t c = 0; c < width; ++c) {
          const std::size_t column = !matrix || of_inputs ? c : columns.placed(c, m, count);
          to.values[row * wide_columns + column] += share * from.values[r * width + c];
        }
      }
    }
  }
  return out;
}

}  // namespace kinemyo::train
