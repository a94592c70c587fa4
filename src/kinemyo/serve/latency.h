#pragma once

#include <array>
#include <chrono>
#include <cstdint>

namespace kinemyo::serve {

/// How long answers took, in steps of 5 % from 1 microsecond to a minute. No allocation.
class Latency {
 public:
  void add(std::chrono::steady_clock::duration took);
  std::uint64_t count() const { return count_; }
  /// The time, s, that this part (0 to 1) of the answers stayed under; 0 if there are none.
  double quantile_s(double part) const;
  double worst_s() const { return worst_s_; }

 private:
  std::array<std::uint64_t, 400> steps_{};
  std::uint64_t count_ = 0;
  double worst_s_ = 0;
};

}  // namespace kinemyo::serve
