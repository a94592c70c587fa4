#include "kinemyo/signal/quality.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>
#include <vector>

#include "kinemyo/base/error.h"
#include "kinemyo/signal/hum.h"

namespace kinemyo::signal {

namespace {

constexpr double kNearExtreme = 0.05;  // of the range
// A lone artefact is no rail: the range of a channel that may be saturated leaves out so many samples at each end.
constexpr double kArtefactShare = 0.005;
constexpr std::size_t kClippedRun = 3;

std::string text(const char* format, double a, double b) {
  char buffer[160];
  std::snprintf(buffer, sizeof buffer, format, a, b);
  return buffer;
}

// Samples that lie on the lowest or highest value, in runs.
std::size_t count_clipped(const std::vector<double>& x, double lowest, double highest) {
  const double same = 1e-6 * (highest - lowest);
  std::size_t clipped = 0;
  for (const double extreme : {lowest, highest}) {
    std::size_t run = 0;
    for (std::size_t i = 0; i <= x.size(); ++i) {
      if (i < x.size() && std::abs(x[i] - extreme) <= same) {
        ++run;
        continue;
      }
      if (run >= kClippedRun) clipped += run;
      run = 0;
    }
  }
  return clipped;
}

// How much stronger the signal is when it is strong than when it is weak. Each window's own mean is
// taken off, so that drift counts little.
double strength_ratio(const std::vector<double>& x, double rate_hz) {
  const auto window = static_cast<std::size_t>(std::lround(std::max(0.1 * rate_hz, 2.0)));
  std::vector<double> strengths;
  for (std::size_t begin = 0; begin + window <= x.size();
       begin += std::max<std::size_t>(window / 2, 1)) {
    double sum = 0, squares = 0;
    for (std::size_t i = begin; i < begin + window; ++i) sum += x[i];
    const double mean = sum / static_cast<double>(window);
    for (std::size_t i = begin; i < begin + window; ++i) squares += (x[i] - mean) * (x[i] - mean);
    strengths.push_back(std::sqrt(squares));
  }
  if (strengths.size() < 20) return 0;
  std::sort(strengths.begin(), strengths.end());
  const double weak = strengths[strengths.size() / 20];
  return weak > 0 ? strengths[strengths.size() * 19 / 20] / weak
                  : std::numeric_limits<double>::infinity();
}

void condemn(EmgQuality& quality, EmgFault fault, std::string reason) {
  quality.usable = fault == EmgFault::weak;
  quality.fault = fault;
  quality.reason = std::string(to_string(fault)) + ": " + std::move(reason);
}

}  // namespace

std::string_view to_string(EmgFault fault) {
  switch (fault) {
    case EmgFault::none:
      return "none";
    case EmgFault::missing:
      return "missing";
    case EmgFault::dead:
      return "dead";
    case EmgFault::saturated:
      return "saturated";
    case EmgFault::clipped:
      return "clipped";
    case EmgFault::hum:
      return "hum";
    case EmgFault::weak:
      return "weak";
  }
  return "";
}

EmgQuality judge_emg(std::span<const double> emg, double rate_hz, const EmgQualityLimits& limits) {
  require(std::isfinite(rate_hz) && rate_hz > 0, "judge_emg: the rate has to be above 0");
  EmgQuality out;
  std::vector<double> x;
  for (const double v : emg) {
    if (std::isfinite(v)) x.push_back(v);
  }
  const auto count = static_cast<double>(x.size());
  out.missing_share = emg.empty() ? 1 : 1 - count / static_cast<double>(emg.size());
  if (x.empty() || out.missing_share > limits.missing_share) {
    condemn(out, EmgFault::missing,
            text("%.0f %% of the samples are no numbers, more than %.0f %%",
                 100 * out.missing_share, 100 * limits.missing_share));
    return out;
  }
  double mean = 0;
  for (const double v : x) mean += v / count;
  double variance = 0;
  for (const double v : x) {
    variance += (v - mean) * (v - mean) / count;
    out.peak_v = std::max(out.peak_v, std::abs(v - mean));
  }
  out.std_v = std::sqrt(variance);
  out.strength_ratio = strength_ratio(x, rate_hz);
  const bool steady = out.strength_ratio < limits.steady_ratio;
  if (out.std_v < limits.silent_std_v || (out.std_v < limits.dead_std_v && steady)) {
    condemn(out, EmgFault::dead,
            text("standard deviation %.3g mV, under %.3g mV, and no bursts", 1e3 * out.std_v,
                 1e3 * limits.dead_std_v));
    return out;
  }
  const auto extremes = std::minmax_element(x.begin(), x.end());
  const auto low = extremes.first, high = extremes.second;  // clang 14 captures no structured bindings
  auto sorted = x;
  std::sort(sorted.begin(), sorted.end());
  const auto beyond = static_cast<std::size_t>(kArtefactShare * count);
  const double bottom = sorted[beyond], top = sorted[sorted.size() - 1 - beyond];
  const double margin = kNearExtreme * (top - bottom);
  const auto near_extreme = std::count_if(
      x.begin(), x.end(), [&](double v) { return v < bottom + margin || v > top - margin; });
  out.extreme_share = static_cast<double>(near_extreme) / count;
  out.clipped_share = static_cast<double>(count_clipped(x, *low, *high)) / count;
  const Hum hum = find_hum(emg, rate_hz);
  out.hum_share = hum.share;
  out.line_hz = hum.line_hz;
  if (out.extreme_share > limits.saturated_share) {
    condemn(out, EmgFault::saturated,
            text("%.0f %% of the samples are at an extreme, standard deviation %.3g V",
                 100 * out.extreme_share, out.std_v));
  } else if (out.clipped_share > limits.clipped_share) {
    condemn(out, EmgFault::clipped,
            text("%.1f %% of the samples lie flat on an extreme, more than %.1f %%",
                 100 * out.clipped_share, 100 * limits.clipped_share));
  } else if (out.hum_share > limits.hum_share) {
    condemn(out, EmgFault::hum,
            text("%.0f %% of the variance is line hum at %.0f Hz and its harmonics",
                 100 * out.hum_share, out.line_hz));
  } else if (out.std_v < limits.weak_std_v && steady) {
    condemn(out, EmgFault::weak,
            text("standard deviation %.3g mV, near the %.3g mV of a dead channel, and no bursts",
                 1e3 * out.std_v, 1e3 * limits.dead_std_v));
  }
  return out;
}

}  // namespace kinemyo::signal
