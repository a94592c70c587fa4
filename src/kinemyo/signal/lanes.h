#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "kinemyo/signal/filter.h"

// A recursive filter cannot go faster along time, but many channels can go side by side.
namespace kinemyo::signal {

/// Up to kCount signals of equal length, sample by sample: one instruction filters several of them.
/// Shape: rows x kCount, row-major; lanes that no signal is put into are 0.
class Lanes {
 public:
  static constexpr std::size_t kCount = 8;  ///< a cache line: threads that have lanes of their own do not meet in one
  explicit Lanes(std::size_t rows) : values_(rows * kCount, 0.0) {}
  std::size_t rows() const { return values_.size() / kCount; }
  /// Signal i is lane i. Throws std::invalid_argument unless there are at most kCount, of rows() samples each.
  void put(std::span<const std::span<const double>> signals);
  void take(std::span<const std::span<double>> signals) const;
  double* row(std::size_t row) { return values_.data() + row * kCount; }
  const double* row(std::size_t row) const { return values_.data() + row * kCount; }

 private:
  std::vector<double> values_;
};

/// As filtfilt on each lane alone, to the last bit, on every instruction set. Throws as filtfilt.
/// Cost: O(rows), two copies of the lanes.
void filtfilt(const TransferFunction& filter, Lanes& lanes);
void rectify(Lanes& lanes);
/// As moving_average on each lane alone, to the last bit. Throws std::invalid_argument unless 0 < width <= rows.
void moving_average(Lanes& lanes, std::size_t width);

}  // namespace kinemyo::signal
