#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace kinemyo::signal {

/// What makes an EMG channel unusable, or is worth a remark. In the order in which they are named.
enum class EmgFault {
  none,
  missing,    ///< too few samples, or too many of them NaN
  dead,       ///< nothing but the amplifier's own noise
  saturated,  ///< the amplifier sits at its rails
  clipped,    ///< peaks are cut off
  dropout,    ///< the contact comes and goes
  hum,        ///< mains, or another machine, is most of what is there
  // Remarks: still usable.
  motion,  ///< much of the power lies under 15 Hz: cable and electrode moved
  spikes,  ///< single samples far outside what surrounds them
  drift,   ///< the offset wanders
  weak,    ///< near the amplifier's own noise
  noise,   ///< bursts hardly rise above the noise between them
};

std::string_view to_string(EmgFault fault);
/// Whether a channel with this fault is no use to anybody.
bool condemns(EmgFault fault);

/// Units: V. Files give EMG as amplified (a dead channel has 0.5 mV of noise) or at skin level (a
/// live one may have less), and seldom say which. So a small channel is dead only if it has no
/// bursts too: a muscle at work is at times several times stronger than at rest, an amplifier's
/// noise is not.
struct EmgQualityLimits {
  double dead_std_v = 0.001;
  double weak_std_v = 0.002;
  double silent_std_v = 0.5e-6;   ///< below any amplifier's noise at the skin: dead whatever it does
  double burst_ratio = 3.5;       ///< strength over the quiet level for 0.1 s or more: a burst (11 dB)
  double rail_share = 0.01;       ///< of samples that stay on an extreme for 20 ms or more
  double saturated_share = 0.2;   ///< of samples that lie on an extreme three or more in a row
  double clipped_share = 0.01;    ///< the same
  double dropout_share = 0.2;     ///< of the time under a hundredth of the channel's strength
  double hum_share = 0.5;         ///< of the variance from 20 Hz, whatever the period
  double machine_share = 0.3;     ///< the same where it is not the mains, which a notch could take
  double idle_hum_share = 0.15;   ///< the same in a channel whose strength never changes
  double missing_share = 0.5;
};

/// A verdict on one channel, with what it rests on.
struct EmgQuality {
  bool usable = true;
  EmgFault fault = EmgFault::none;  ///< the first of `faults`
  std::string reason;               ///< the first of them for people; empty if nothing is wrong
  std::vector<std::pair<EmgFault, std::string>> faults;  ///< all, with their numbers
  double score = 1;  ///< 1 clean; falls with every remark; 0 for a channel that is not usable
  double std_v = 0;
  double peak_v = 0;          ///< largest distance from the mean
  double strength_v = 0;      ///< RMS from 80 Hz without short outbursts (jumps of the amplifier)
  double strength_ratio = 0;  ///< 95th over 10th percentile of the strength in 25 ms; 0 if too short
  double burst_share = 0;     ///< of the time
  double rail_share = 0;      ///< of samples that stay on an extreme for 20 ms or more
  double clipped_share = 0;   ///< samples on an extreme, three or more in a row
  double dropout_share = 0;   ///< of the time under a hundredth of the channel's strength
  double periodic_share = 0;  ///< of the variance from 20 Hz
  double hum_share = 0;       ///< of the variance: lines of the mains that show
  double line_hz = 0;         ///< 50 or 60; 0 if neither shows
  double motion_share = 0;    ///< of the variance: what lies under 15 Hz
  double drift_share = 0;     ///< how far the mean of a second wanders, over std_v
  double spikes_per_s = 0;
  double missing_share = 0;
};

/// Judges one channel of raw EMG. Missing: NaN samples are counted, and bridged by straight lines.
/// Throws std::invalid_argument unless the rate is finite and above 0. Cost: O(n log n).
/// Checked against verdicts that a person gave on 144 channels of nine people
/// (tests/golden/dataset/biomechzoo_verdicts.tsv).
EmgQuality judge_emg(std::span<const double> emg, double rate_hz,
                     const EmgQualityLimits& limits = {});

/// A signal without what is slower than 20 Hz, zero-phase: what find_spikes() and find_spikes_in_bursts() expect. A spike on the
/// first or last sample stays one, which a filter's padding alone would make a step of. Missing: none may be.
std::vector<double> without_slow(std::span<const double> x, double rate_hz);

/// Samples that stand out of their neighbourhood (25 ms to each side) four times as far as anything
/// else there, at most 3 ms wide: no muscle makes them. Expects a signal without offset.
/// Returns their places, increasing. Missing: NaN samples are no spikes. Cost: O(n).
std::vector<std::size_t> find_spikes(std::span<const double> x, double rate_hz);

/// Single samples that are more than twice as far out as both neighbours and hold a third of what is in the 25 ms to each side
/// once the signal is whitened: spikes that a working muscle hides from find_spikes(). Expects and returns the same, but NaN
/// spoils all. Cost: O(n log n).
std::vector<std::size_t> find_spikes_in_bursts(std::span<const double> x, double rate_hz);

}  // namespace kinemyo::signal
