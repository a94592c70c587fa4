#include "kinemyo/signal/lanes.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "kinemyo/base/error.h"
#include "kinemyo/signal/lanes_kernels.h"

namespace kinemyo::signal {

void Lanes::put(std::size_t lane, std::span<const double> signal) {
  require(lane < kCount && signal.size() == rows(),
          "Lanes::put: lane " + std::to_string(lane) + ", " + std::to_string(signal.size()) +
              " samples for " + std::to_string(rows()));
  for (std::size_t r = 0; r < signal.size(); ++r) row(r)[lane] = signal[r];
}

void Lanes::take(std::size_t lane, std::span<double> signal) const {
  require(lane < kCount && signal.size() == rows(),
          "Lanes::take: lane " + std::to_string(lane) + ", " + std::to_string(signal.size()) +
              " samples for " + std::to_string(rows()));
  for (std::size_t r = 0; r < signal.size(); ++r) signal[r] = row(r)[lane];
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
