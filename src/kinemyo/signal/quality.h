#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace kinemyo::signal {

/// What makes an EMG channel unusable, or worth a remark.
enum class EmgFault {
  none,
  missing,    ///< too few samples, or too many of them NaN
  dead,       ///< nothing but the amplifier's own noise
  saturated,  ///< the amplifier sits at its rails
  clipped,    ///< peaks are cut off
  hum,        ///< the line is most of what is there
  weak,       ///< near the amplifier's own noise: a remark, still usable
};

std::string_view to_string(EmgFault fault);

/// Units: V. Files give EMG as amplified (a dead channel has 0.5 mV of noise) or at skin level (a
/// live one may have less), and seldom say which. So a small channel is dead only if it is also
/// steady: a muscle at work is at times several times stronger than at rest, an amplifier's noise
/// is not.
struct EmgQualityLimits {
  double dead_std_v = 0.001;
  double weak_std_v = 0.002;
  double steady_ratio = 4;       ///< strength that rises less than this much is steady (12 dB)
  double silent_std_v = 0.5e-6;  ///< below any amplifier's noise at the skin: dead whatever it does
  double saturated_share = 0.2;  ///< of samples within 5 % of the range from an extreme
  double clipped_share = 0.01;   ///< of samples that lie on an extreme three or more in a row
  double hum_share = 0.5;        ///< of the variance
  double missing_share = 0.5;
};

/// A verdict on one channel, with what it rests on.
struct EmgQuality {
  bool usable = true;
  EmgFault fault = EmgFault::none;
  std::string reason;  ///< for people, with the numbers; empty if nothing is wrong
  double std_v = 0;
  double peak_v = 0;  ///< largest distance from the mean
  double strength_ratio =
      0;  ///< 95th over 5th percentile of the strength in tenths of a second; 0 if too short
  double extreme_share = 0;  ///< samples within 5 % of the range from an extreme
  double clipped_share = 0;  ///< samples on an extreme, three or more in a row
  double hum_share = 0;
  double line_hz = 0;
  double missing_share = 0;
};

/// Judges one channel of raw EMG. Missing: NaN samples are counted and left out.
/// `usable` is false for every fault but weak; the first that applies, in the order of EmgFault, is
/// named. Throws std::invalid_argument unless the rate is finite and above 0.
EmgQuality judge_emg(std::span<const double> emg, double rate_hz,
                     const EmgQualityLimits& limits = {});

}  // namespace kinemyo::signal
