#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace kinemyo::signal {

/// When a muscle counts as active. Units: s, Hz.
struct OnsetSettings {
  double threshold = 9;         ///< energy of a pair of samples over the noise's variance: one pair in 90 of noise
  double window_s = 0.02;       ///< half of the pairs in it have to be over the threshold
  double shortest_on_s = 0.03;  ///< shorter activity is dropped
  double shortest_off_s = 0.05; ///< shorter pauses are bridged
};

/// A burst of muscle activity. Units: samples; `end` is the first sample after it.
struct Burst {
  std::size_t first = 0;
  std::size_t end = 0;
  bool operator==(const Burst&) const = default;
};

/// Onsets and ends of activity in a cleaned EMG signal (clean_emg) by a double threshold: pairs of
/// samples, over the noise's variance, beyond a first threshold, and enough of them in a window. The
/// noise is the median strength of the quietest fifth of the signal, in tenths of a second: a muscle
/// that never rests has no onsets. Missing: a NaN is no activity.
/// Source: Bonato, D'Alessio and Knaflitz 1998, doi 10.1109/10.661154. Cost: O(n).
std::vector<Burst> find_bursts(std::span<const double> clean, double rate_hz,
                               const OnsetSettings& settings = {});

}  // namespace kinemyo::signal
