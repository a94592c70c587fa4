#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace kinemyo::signal {

/// Smoothing of noisy points for live use: a first-order low-pass whose cut-off rises with the point's speed, so that a
/// point at rest does not tremble and a moving one hardly lags.
/// Source: Casiez, Roussel and Vogel 2012, doi 10.1145/2207676.2208639.
struct OneEuroSettings {
  double rest_hz = 2.5;        ///< cut-off at rest
  double hz_per_speed = 12.0;  ///< added to it for each unit a second (m/s of points in m)
  double speed_hz = 2.0;       ///< cut-off of the speed itself
  double forget_s = 0.5;       ///< a channel that was missing for longer starts anew
};

/// Points of three numbers each at instants of their own.
/// Time: causal; at rest 1 / (2 pi rest_hz) late, less when moving. Missing: a point with a NaN gives NaN and leaves its
/// state as it was. No allocation in step().
class OneEuro {
 public:
  /// Throws std::invalid_argument unless the settings are finite, cut-offs above 0 and the rest not below.
  OneEuro(std::size_t points, const OneEuroSettings& settings);
  /// Smooths one frame in place. Shape: 3 numbers a point. time_s is after that of the frame before.
  void step(double time_s, std::span<double> frame);
  void reset();
  /// How late a point at rest is, s: the most.
  static double delay_s(const OneEuroSettings& settings);

 private:
  struct State {
    double time_s = 0;
    double value[3] = {0, 0, 0};
    double speed[3] = {0, 0, 0};
    bool started = false;
  };
  OneEuroSettings settings_;
  std::vector<State> states_;
};

}  // namespace kinemyo::signal
