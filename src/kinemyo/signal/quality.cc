#include "kinemyo/signal/quality.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>
#include <vector>

#include "kinemyo/base/error.h"
#include "kinemyo/base/median.h"
#include "kinemyo/signal/filter.h"
#include "kinemyo/signal/gaps.h"
#include "kinemyo/signal/hum.h"
#include "kinemyo/signal/spectrum.h"

namespace kinemyo::signal {

namespace {

constexpr std::size_t kClippedRun = 3;
constexpr double kRail_s = 0.02;
constexpr double kStrengthFrom_hz = 80;  // cable swings and most of a jump lie below
constexpr double kWindow_s = 0.025;
constexpr std::size_t kBurstWindows = 4;
constexpr double kSilent = 0.01, kLoud = 0.5;  // of the channel's strength
constexpr std::size_t kJumps = 3;
constexpr double kMotionBelow_hz = 15;

template <typename... Numbers>
std::string text(const char* format, Numbers... numbers) {
  char buffer[200];
  std::snprintf(buffer, sizeof buffer, format, numbers...);
  return buffer;
}

double mean_of(std::span<const double> x) {
  double sum = 0;
  for (const double v : x) sum += v;
  return x.empty() ? 0 : sum / static_cast<double>(x.size());
}

double rms_of(std::span<const double> x) {
  double squares = 0;
  for (const double v : x) squares += v * v;
  return x.empty() ? 0 : std::sqrt(squares / static_cast<double>(x.size()));
}

// Samples within `margin` of a value, in runs of so many or more.
std::size_t in_runs(const std::vector<double>& x, double value, double margin, std::size_t shortest) {
  std::size_t all = 0, run = 0;
  for (std::size_t i = 0; i <= x.size(); ++i) {
    if (i < x.size() && std::abs(x[i] - value) <= margin) {
      ++run;
      continue;
    }
    if (run >= shortest) all += run;
    run = 0;
  }
  return all;
}

// Samples that lie on the lowest or highest value: in runs of three, and in runs as long as no peak is.
void measure_extremes(const std::vector<double>& x, double rate_hz, EmgQuality& out) {
  const auto [low, high] = std::minmax_element(x.begin(), x.end());
  const double flat = 1e-4 * (*high - *low), near = 5e-3 * (*high - *low);  // rails may be noisy
  const auto rail_run = std::max(static_cast<std::size_t>(std::lround(kRail_s * rate_hz)), kClippedRun);
  const double median = base::median(x);
  std::size_t clipped = 0, rail = 0;
  for (const double extreme : {*low, *high}) {
    // Where jumps go one way only, the other extreme is where the signal rests.
    if (std::abs(extreme - median) < 0.1 * (*high - *low)) continue;
    clipped += in_runs(x, extreme, flat, kClippedRun);
    rail += in_runs(x, extreme, near, rail_run);
  }
  out.clipped_share = static_cast<double>(clipped) / static_cast<double>(x.size());
  out.rail_share = static_cast<double>(rail) / static_cast<double>(x.size());
}

// What a Butterworth filter leaves from a frequency on; all of it where the rate cannot hold the filter.
std::vector<double> from(double hz, const std::vector<double>& x, double rate_hz) {
  if (rate_hz <= 2.5 * hz) return x;
  return sosfiltfilt(butterworth_sections(2, Passband::above(hz), rate_hz), x);
}

// Strength in windows: how it changes, whether there are bursts, silence, jumps out of silence.
void measure_strength(const std::vector<double>& x, double rate_hz, const EmgQualityLimits& limits,
                      EmgQuality& out, std::size_t& jumps) {
  const auto width = std::max<std::size_t>(2, static_cast<std::size_t>(std::lround(kWindow_s * rate_hz)));
  const double whole = rms_of(x);
  out.strength_v = whole;
  std::vector<double> strengths;
  for (std::size_t begin = 0; begin + width <= x.size(); begin += width) {
    strengths.push_back(rms_of(std::span(x).subspan(begin, width)));
  }
  const std::size_t n = strengths.size();
  if (n < 20) return;
  auto sorted = strengths;
  std::sort(sorted.begin(), sorted.end());
  const double quiet = sorted[n / 10], strong = sorted[n * 19 / 20];
  out.strength_ratio = quiet > 0 ? strong / quiet : std::numeric_limits<double>::infinity();
  std::size_t bursts = 0, silent = 0, kept = 0;
  double squares = 0;
  for (std::size_t i = 0; i < n;) {
    std::size_t end = i;
    while (end < n && strengths[end] > limits.burst_ratio * quiet) ++end;
    const bool burst = end - i >= kBurstWindows;
    if (burst) bursts += end - i;
    const std::size_t next = std::max(end, i + 1);
    for (; i < next; ++i) {
      if (end == next && !burst) continue;  // a short outburst: an amplifier's jump, a spike
      squares += strengths[i] * strengths[i];
      ++kept;
    }
  }
  for (std::size_t i = 0; i < n; ++i) {
    if (strengths[i] >= kSilent * whole) continue;
    ++silent;
    if (i + 2 < n && std::max(strengths[i + 1], strengths[i + 2]) > kLoud * whole) ++jumps;
  }
  out.burst_share = static_cast<double>(bursts) / static_cast<double>(n);
  out.dropout_share = static_cast<double>(silent) / static_cast<double>(n);
  if (kept > 0) out.strength_v = std::sqrt(squares / static_cast<double>(kept));
}

// How far the mean of a second wanders, relative to the signal's size.
double measure_drift(const std::vector<double>& x, double rate_hz, double std_v) {
  const auto width = static_cast<std::size_t>(std::lround(rate_hz));
  double low = std::numeric_limits<double>::infinity(), high = -low;
  for (std::size_t begin = 0; begin + width <= x.size(); begin += std::max<std::size_t>(width / 2, 1)) {
    const double mean = mean_of(std::span(x).subspan(begin, width));
    low = std::min(low, mean);
    high = std::max(high, mean);
  }
  return high > low && std_v > 0 ? (high - low) / std_v : 0;
}

double share_below(double hz, const std::vector<double>& x, double rate_hz) {
  const auto spectrum = power_spectrum(x, rate_hz, 2);
  double below = 0, all = 0;
  for (std::size_t k = 0; k < spectrum.power.size(); ++k) {
    all += spectrum.power[k];
    if (static_cast<double>(k) * spectrum.step_hz < hz) below += spectrum.power[k];
  }
  return all > 0 ? below / all : 0;
}

void find_fault(EmgQuality& quality, EmgFault fault, std::string reason) {
  quality.faults.emplace_back(fault, std::string(to_string(fault)) + ": " + std::move(reason));
}

// What a notch leaves counts; a machine of another period cannot be taken out.
void judge_periodic(EmgQuality& q, const EmgQualityLimits& limits) {
  const double share = std::max(q.periodic_share, q.hum_share);
  const bool mains = q.line_hz > 0 && q.hum_share > 0.5 * q.periodic_share;
  const bool idle = q.burst_share == 0 && q.strength_ratio > 0 && q.strength_ratio < 2;
  const double limit = idle ? limits.idle_hum_share : mains ? limits.hum_share : limits.machine_share;
  if (share <= limit) return;
  find_fault(q, EmgFault::hum,
             text("%.0f %% of the variance ", 100 * share) +
                 (mains ? text("is line hum at %.0f Hz and its harmonics", q.line_hz)
                        : std::string("repeats itself like a machine")) +
                 (idle ? ", and the strength never changes" : ""));
}

void find_remarks(EmgQuality& q, const EmgQualityLimits& limits) {
  if (q.motion_share > 0.2) {
    find_fault(q, EmgFault::motion,
               text("%.0f %% of the power lies under %.0f Hz", 100 * q.motion_share, kMotionBelow_hz));
  }
  if (q.spikes_per_s > 0.2) find_fault(q, EmgFault::spikes, text("%.2g a second", q.spikes_per_s));
  if (q.drift_share > 1) {
    find_fault(q, EmgFault::drift, text("the offset wanders by %.2g times the signal's size", q.drift_share));
  }
  if (q.strength_v < limits.weak_std_v && q.burst_share == 0) {
    find_fault(q, EmgFault::weak,
               text("strength %.3g mV, near the %.3g mV of a dead channel, and no bursts",
                    1e3 * q.strength_v, 1e3 * limits.dead_std_v));
  }
  if (q.strength_ratio > 0 && q.strength_ratio < 2) {
    find_fault(q, EmgFault::noise,
               text("the strongest moments are %.2g times the quietest", q.strength_ratio));
  }
}

double score_of(const EmgQuality& q) {
  const auto falls = [](double value, double harmless, double bad) {
    return 1 - std::clamp((value - harmless) / (bad - harmless), 0.0, 1.0);
  };
  double score = 1;
  score *= 1 - 0.7 * (1 - falls(std::max(q.periodic_share, q.hum_share), 0.05, 0.5));
  score *= 1 - 0.5 * (1 - falls(q.motion_share, 0.05, 0.6));
  score *= 1 - 0.5 * (1 - falls(q.clipped_share, 0, 0.01));
  score *= 1 - 0.3 * (1 - falls(q.spikes_per_s, 0.2, 5));
  score *= 1 - 0.2 * (1 - falls(q.drift_share, 0.5, 5));
  score *= 1 - 0.5 * (1 - falls(q.missing_share, 0, 0.5));
  // 18 dB between rest and work is a good recording, 6 dB a poor one.
  if (q.strength_ratio > 0) score *= 1 - 0.6 * falls(q.strength_ratio, 2, 8);
  return score;
}

}  // namespace

std::string_view to_string(EmgFault fault) {
  switch (fault) {
    case EmgFault::none: return "none";
    case EmgFault::missing: return "missing";
    case EmgFault::dead: return "dead";
    case EmgFault::saturated: return "saturated";
    case EmgFault::clipped: return "clipped";
    case EmgFault::dropout: return "dropout";
    case EmgFault::hum: return "hum";
    case EmgFault::motion: return "motion artefact";
    case EmgFault::spikes: return "spikes";
    case EmgFault::drift: return "drift";
    case EmgFault::weak: return "weak";
    case EmgFault::noise: return "noise";
  }
  return "";
}

bool condemns(EmgFault fault) { return fault != EmgFault::none && fault < EmgFault::motion; }

EmgQuality judge_emg(std::span<const double> emg, double rate_hz, const EmgQualityLimits& limits) {
  require(std::isfinite(rate_hz) && rate_hz > 0, "judge_emg: the rate has to be above 0");
  EmgQuality out;
  const auto conclude = [&]() -> EmgQuality& {
    if (out.faults.empty()) {
      out.score = score_of(out);
      return out;
    }
    out.fault = out.faults.front().first;
    out.reason = out.faults.front().second;
    out.usable = !condemns(out.fault);
    out.score = out.usable ? score_of(out) : 0;
    return out;
  };
  std::size_t first = emg.size(), end = 0, count = 0;
  for (std::size_t i = 0; i < emg.size(); ++i) {
    if (!std::isfinite(emg[i])) continue;
    first = std::min(first, i);
    end = i + 1;
    ++count;
  }
  out.missing_share =
      emg.empty() ? 1 : 1 - static_cast<double>(count) / static_cast<double>(emg.size());
  if (count == 0 || out.missing_share > limits.missing_share) {
    find_fault(out, EmgFault::missing,
               text("%.0f %% of the samples are no numbers, more than %.0f %%", 100 * out.missing_share,
                    100 * limits.missing_share));
    return conclude();
  }
  std::vector<double> x(emg.begin() + static_cast<std::ptrdiff_t>(first),
                        emg.begin() + static_cast<std::ptrdiff_t>(end));
  for (double& v : x) v = std::isfinite(v) ? v : std::numeric_limits<double>::quiet_NaN();
  fill_gaps(x, 1.0, std::numeric_limits<double>::infinity(), Interpolation::linear);
  const double mean = mean_of(x);
  for (double& v : x) v -= mean;
  out.std_v = rms_of(x);
  for (const double v : x) out.peak_v = std::max(out.peak_v, std::abs(v));
  if (out.std_v < limits.silent_std_v) {
    find_fault(out, EmgFault::dead, text("standard deviation %.3g mV, less than any amplifier's noise", 1e3 * out.std_v));
    return conclude();
  }
  std::size_t jumps = 0;
  measure_strength(from(kStrengthFrom_hz, x, rate_hz), rate_hz, limits, out, jumps);
  measure_extremes(x, rate_hz, out);
  const auto band = from(20, x, rate_hz);
  out.periodic_share = periodic_share(band, rate_hz);
  const Hum hum = find_hum(x, rate_hz);
  out.hum_share = hum.share;
  out.line_hz = hum.line_hz;
  out.motion_share = share_below(kMotionBelow_hz, x, rate_hz);
  out.drift_share = measure_drift(x, rate_hz, out.std_v);
  out.spikes_per_s = static_cast<double>(find_spikes(band, rate_hz).size()) * rate_hz / static_cast<double>(x.size());

  const bool small = out.std_v < limits.dead_std_v;
  const bool no_bursts = out.burst_share == 0;
  if (!small && (out.rail_share > limits.rail_share || out.clipped_share > limits.saturated_share)) {
    find_fault(out, EmgFault::saturated,
               text("%.1f %% of the samples stand at an extreme, standard deviation %.3g V",
                    100 * out.clipped_share, out.std_v));
  }
  if (!small && out.faults.empty() && out.clipped_share > limits.clipped_share) {
    find_fault(out, EmgFault::clipped,
               text("%.1f %% of the samples lie flat on an extreme, more than %.1f %%",
                    100 * out.clipped_share, 100 * limits.clipped_share));
  }
  if (out.faults.empty() && out.strength_v < limits.dead_std_v && no_bursts) {
    find_fault(out, EmgFault::dead,
               text("strength %.3g mV, under %.3g mV, and no bursts", 1e3 * out.strength_v,
                    1e3 * limits.dead_std_v));
    return conclude();
  }
  if (out.dropout_share > limits.dropout_share && jumps >= kJumps) {
    find_fault(out, EmgFault::dropout,
               text("silent for %.0f %% of the time, jumps out of it %zu times", 100 * out.dropout_share, jumps));
  }
  judge_periodic(out, limits);
  find_remarks(out, limits);
  return conclude();
}

}  // namespace kinemyo::signal
