#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "kinemyo/signal/gaps.h"

namespace kinemyo::signal {

/// Samples of a uniform signal at a new uniform rate, without aliasing, from its first sample to at
/// most its last. Shape: resampled_size(x.size(), from_hz, to_hz) numbers; number i is at time i /
/// to_hz. Time: zero-phase. Units: Hz. Missing: an output between (or on) missing samples is NaN;
/// for outputs beside a gap, a straight line stands in for what is missing. Method: sinc low-pass
/// in a Kaiser window (beta 6.8) of 32 samples of the lower rate a side, cut-off 0.46 of the lower
/// rate, weights summing to 1; ends extended by odd reflection. Frequencies below 0.42 of the lower
/// rate pass within 0.1 %, those above half of it are held under 0.1 % (-60 dB); constants are
/// exact. Throws std::invalid_argument unless both rates are finite and above 0. Cost: 64 * max(1,
/// from / to) multiplications a number.
std::vector<double> resample(std::span<const double> x, double from_hz, double to_hz);
std::size_t resampled_size(std::size_t samples, double from_hz, double to_hz);

/// The same low-pass, read at any instants. `keep_hz` is the rate that the result has to be good
/// for (what lies above half of it is removed): the rate of times_s. Missing: NaN outside [start_s,
/// time of the last sample] (a hundredth of a sample is forgiven), else as above.
std::vector<double> resample_at(std::span<const double> x, double rate_hz, double start_s,
                                std::span<const double> times_s, double keep_hz);

/// A signal with stamps of its own (a video's frames, a tracker that drops frames) read at other
/// instants: interpolation, no low-pass. Missing: NaN samples are left out; NaN outside the
/// measured span, and between two measured samples that are more than `reach_s` apart.
std::vector<double> interpolate_at(std::span<const double> stamps_s, std::span<const double> values,
                                   std::span<const double> times_s, double reach_s,
                                   Interpolation method);

}  // namespace kinemyo::signal
