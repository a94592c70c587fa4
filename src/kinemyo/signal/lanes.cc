#include "kinemyo/signal/lanes.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "kinemyo/base/error.h"
#include "kinemyo/signal/lanes_kernels.h"

namespace kinemyo::signal {

namespace {

template <typename Signals>
void require_lanes(const Lanes& lanes, const Signals& signals) {
  require(signals.size() <= Lanes::kCount, "Lanes: " + std::to_string(signals.size()) + " signals");
  for (const auto& signal : signals)
    require(signal.size() == lanes.rows(),
            "Lanes: " + std::to_string(signal.size()) + " samples for " + std::to_string(lanes.rows()));
}

// Some rows at a time, which stay in the cache until all lanes have been there.
template <typename Copy>
void by_blocks(std::size_t rows, std::size_t lanes, const Copy& copy) {
  constexpr std::size_t kRows = 64;
  for (std::size_t first = 0; first < rows; first += kRows)
    for (std::size_t lane = 0; lane < lanes; ++lane)
      for (std::size_t r = first; r < std::min(rows, first + kRows); ++r) copy(r, lane);
}

}  // namespace

void Lanes::put(std::span<const std::span<const double>> signals) {
  require_lanes(*this, signals);
  by_blocks(rows(), signals.size(), [&](std::size_t r, std::size_t lane) { row(r)[lane] = signals[lane][r]; });
}

void Lanes::take(std::span<const std::span<double>> signals) const {
  require_lanes(*this, signals);
  by_blocks(rows(), signals.size(), [&](std::size_t r, std::size_t lane) { signals[lane][r] = row(r)[lane]; });
}

void rectify(Lanes& lanes) {
  double* const values = lanes.row(0);
  for (std::size_t i = 0; i < lanes.rows() * Lanes::kCount; ++i) values[i] = std::abs(values[i]);
}

void moving_average(Lanes& lanes, std::size_t width) {
  require(width > 0 && width <= lanes.rows(),
          "moving_average: a window of " + std::to_string(width) + " samples for " +
              std::to_string(lanes.rows()));
  // Row i of the result adds rows i + shift - (width - 1) to i + shift.
  const std::size_t shift = (width - 1) / 2, before = width - 1 - shift;
  const double weight = 1.0 / static_cast<double>(width);
  Lanes weighted(lanes.rows() + width - 1);
  const double* const from = lanes.row(0);
  double* const to = weighted.row(before);
  for (std::size_t i = 0; i < lanes.rows() * Lanes::kCount; ++i) to[i] = from[i] * weight;
  sum_lanes(weighted.row(0), width, lanes.row(0), lanes.rows());
}

}  // namespace kinemyo::signal
