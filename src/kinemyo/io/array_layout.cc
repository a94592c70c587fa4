#include "kinemyo/io/array_layout.h"

#include <algorithm>

namespace kinemyo::io {

namespace {

constexpr std::size_t kNone = static_cast<std::size_t>(-1);

// The only dimension among `free` of that size, or none.
std::size_t only_of_size(const std::vector<std::size_t>& shape, const std::vector<std::size_t>& free, std::size_t size) {
  std::size_t found = kNone;
  for (const auto d : free) {
    if (shape[d] != size) continue;
    if (found != kNone) return kNone;
    found = d;
  }
  return found;
}

void take_out(std::vector<std::size_t>& free, std::size_t dimension) { free.erase(std::find(free.begin(), free.end(), dimension)); }

// The longest of two or more dimensions; none if two are.
std::size_t longest(const std::vector<std::size_t>& shape, const std::vector<std::size_t>& free) {
  std::size_t best = kNone;
  bool twice = false;
  for (const auto d : free) {
    if (best == kNone || shape[d] > shape[best]) best = d, twice = false;
    else if (shape[d] == shape[best]) twice = true;
  }
  return twice ? kNone : best;
}

FrameTable turned(const Variable& array, const std::vector<std::size_t>& shape, const std::vector<std::size_t>& order) {
  std::vector<std::size_t> strides(shape.size(), 1);
  for (std::size_t d = shape.size() - 1; d > 0; --d) strides[d - 1] = strides[d] * shape[d];
  FrameTable out{shape[order[0]], array.numbers.size() / shape[order[0]], {}};
  out.values.reserve(array.numbers.size());
  const std::size_t inner = order.size() > 1 ? shape[order[1]] : 1, innermost = order.size() > 2 ? shape[order[2]] : 1;
  for (std::size_t f = 0; f < out.frames; ++f) {
    for (std::size_t i = 0; i < inner; ++i) {
      for (std::size_t k = 0; k < innermost; ++k) {
        const std::size_t at = f * strides[order[0]] + (order.size() > 1 ? i * strides[order[1]] : 0) + (order.size() > 2 ? k * strides[order[2]] : 0);
        out.values.push_back(array.numbers[at]);
      }
    }
  }
  return out;
}

}  // namespace

std::optional<FrameTable> to_table(const Variable& array, const ArrayFacts& facts, std::string& problem, std::vector<std::string>& notes,
                              const std::string& place) {
  auto shape = array.shape;
  std::erase(shape, std::size_t{1});
  if (shape.empty()) shape = {array.numbers.size()};
  if (shape.size() > 3 || (shape.size() == 3 && !facts.positions)) {
    problem = facts.positions ? "frames, markers and coordinates" : "frames and channels";
    return std::nullopt;
  }
  if (shape.size() == 1) {
    // One channel over time, or one frame of several.
    const bool one_frame = shape[0] == facts.names && facts.names > 1 && facts.stamps != shape[0];
    if (one_frame) {
      problem = "more than one frame";
      return std::nullopt;
    }
    return turned(array, shape, {0});
  }
  std::vector<std::size_t> free;
  for (std::size_t d = 0; d < shape.size(); ++d) free.push_back(d);
  std::size_t frames = kNone, channels = kNone, coordinates = kNone;
  const auto settle = [&](std::size_t& what, std::size_t dimension) {
    if (what != kNone || dimension == kNone) return;
    what = dimension;
    take_out(free, dimension);
  };
  if (shape.size() == 3) {
    if (facts.stamps > 0) settle(frames, only_of_size(shape, free, facts.stamps));
    if (facts.names != 3) settle(coordinates, only_of_size(shape, free, 3));
    if (facts.names > 0) settle(channels, only_of_size(shape, free, facts.names));
    settle(coordinates, only_of_size(shape, free, 3));
    if (coordinates == kNone) {
      problem = "one dimension of 3 coordinates, and names or times that tell the others";
      return std::nullopt;
    }
  } else {
    const std::size_t wide = facts.positions ? 3 * facts.names : facts.names;
    if (facts.stamps > 0) settle(frames, only_of_size(shape, free, facts.stamps));
    if (facts.names > 0 && free.size() == 2) settle(channels, only_of_size(shape, free, wide));
    if (facts.names > 0 && free.size() == 2) settle(channels, only_of_size(shape, free, facts.names));
  }
  if (frames == kNone && channels == kNone) {
    const auto guess = longest(shape, free);
    if (guess == kNone) {
      problem = "a time, or names, that tell frames from channels";
      return std::nullopt;
    }
    settle(frames, guess);
    notes.push_back(place + " (" + shape_text(array) + "): neither time nor names tell which dimension counts frames; the longest is taken");
  }
  if (frames == kNone) settle(frames, free.at(0));
  if (channels == kNone) settle(channels, free.at(0));
  std::vector<std::size_t> order = {frames, channels};
  if (coordinates != kNone) order.push_back(coordinates);
  return turned(array, shape, order);
}

}  // namespace kinemyo::io
