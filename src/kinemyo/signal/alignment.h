#pragma once

#include <cstddef>
#include <span>

namespace kinemyo::signal {

/// How another clock lies to the reference's. Units: s; ppm: the other clock is too slow by so many
/// microseconds a second (reference seconds last longer on it are positive).
struct Alignment {
  double lag_s = 0;        ///< reference time less other time, at origin_s
  double drift_ppm = 0;
  double origin_s = 0;     ///< on the other clock
  double correlation = 0;  ///< of activity at the lag; 0 where there was none to correlate
  double residual_s = 0;   ///< typical distance of the points from the line
  double confidence = 0;   ///< 0 to 1; what is refused is never returned
  std::size_t points = 0;  ///< pairs, or pieces of activity, that the line rests on
  double reference_time(double other_s) const {
    return other_s + lag_s + 1e-6 * drift_ppm * (other_s - origin_s);
  }
};

/// Units: s, ppm.
struct AlignmentLimits {
  double residual_s = 0.02;       ///< stamps and events that scatter more are refused
  double outlier_share = 0.4;     ///< of stamps
  double drift_ppm = 1000;        ///< no quartz is as far off
  double drift_span_s = 10;       ///< a shorter overlap gives no drift: it is taken as 0
  double correlation = 0.4;       ///< of activity
  double chance = 1e-4;           ///< that unrelated signals correlate so somewhere
  double largest_lag_s = 0;       ///< 0: any that leaves half of the shorter signal, and 3 s, in common
};

/// Offset and drift from stamps of the same instants on both clocks, by a line that outliers do not
/// move: Theil's slope (pairs half of the points apart), then Tukey's biweight, by least squares weighted anew 20 times; of
/// fewer than three points, or over less than drift_span_s, an offset alone. Shape: one number an instant, each increasing.
/// Throws std::invalid_argument unless both have one number an instant, Error with the numbers and
/// what to do when there is none, the stamps scatter too much or the drift is none of a clock.
/// Source: Theil 1950 (the incomplete method); Beaton and Tukey 1974, doi 10.1080/00401706.1974.10489171.
Alignment align_by_stamps(std::span<const double> reference_s, std::span<const double> other_s,
                          const AlignmentLimits& limits = {});

/// The same from events (triggers, claps, foot strikes) whose partners are not known: the lag that
/// brings most of them together within 20 ms. Some may be missing on either side.
/// Throws Error also when another lag would bring as many together.
Alignment align_by_events(std::span<const double> reference_s, std::span<const double> other_s,
                          const AlignmentLimits& limits = {});

/// A signal that tells when something moved, evenly sampled.
struct Activity {
  std::span<const double> values;
  double rate_hz = 0;
  double start_s = 0;
};

/// Offset by the peak of the correlation coefficient over all lags, refined by least squares (the lag at which a
/// straight line of one signal fits the other best); where five pieces of 20 s have peaks of their own near it,
/// offset and drift by align_by_stamps() of these. Units of the signals are of no matter, only where they rise and fall together. Missing: NaN
/// is bridged. Refused, by Error with the numbers and what to do: signals too short, no correlation
/// above the limit or above chance (Bartlett's variance of the coefficient over what both share at the lag, all lags counted), and
/// repeating movements of which another lag fits about as well.
/// Source: Bartlett 1946, doi 10.2307/2983611. Cost: O(n log n).
Alignment align_by_activity(const Activity& reference, const Activity& other,
                            const AlignmentLimits& limits = {});

}  // namespace kinemyo::signal
