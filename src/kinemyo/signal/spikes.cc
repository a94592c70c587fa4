#include <algorithm>
#include <cmath>
#include <deque>

#include "kinemyo/base/error.h"
#include "kinemyo/signal/filter.h"
#include "kinemyo/signal/quality.h"
#include "kinemyo/signal/whitening.h"

namespace kinemyo::signal {

namespace {

constexpr double kAround_s = 0.025, kWidth_s = 0.003;
constexpr double kStandsOut = 4;
constexpr double kSharp = 2;     // times both neighbours
constexpr double kShare = 0.33;  // of the energy around it in the whitened signal; noise of a muscle reaches 0.26

// Largest of each run of `width` values: out[i] is that of x[i] to x[i + width - 1].
std::vector<double> running_largest(const std::vector<double>& x, std::size_t width) {
  std::vector<double> out;
  std::deque<std::size_t> candidates;
  for (std::size_t i = 0; i < x.size(); ++i) {
    while (!candidates.empty() && x[candidates.back()] <= x[i]) candidates.pop_back();
    candidates.push_back(i);
    if (candidates.front() + width <= i) candidates.pop_front();
    if (i + 1 >= width) out.push_back(x[candidates.front()]);
  }
  return out;
}

// The signal with what neighbours its first and last `around` samples put beyond its ends, so that these have two sides too.
std::vector<double> with_sides(std::span<const double> x, std::size_t around) {
  const auto step = static_cast<std::ptrdiff_t>(around);
  std::vector<double> out(x.begin() + step, x.begin() + 2 * step);
  out.insert(out.end(), x.begin(), x.end());
  out.insert(out.end(), x.end() - 2 * step, x.end() - step);
  return out;
}

}  // namespace

std::vector<double> without_slow(std::span<const double> x, double rate_hz) {
  const auto around = static_cast<std::size_t>(std::lround(kAround_s * rate_hz));
  const auto high_pass = butterworth_sections(2, Passband::above(20), rate_hz);
  if (x.size() < 2 * around) return sosfiltfilt(high_pass, x);
  const auto out = sosfiltfilt(high_pass, with_sides(x, around));
  const auto step = static_cast<std::ptrdiff_t>(around);
  return {out.begin() + step, out.end() - step};
}

std::vector<std::size_t> find_spikes(std::span<const double> x, double rate_hz) {
  require(std::isfinite(rate_hz) && rate_hz > 0, "find_spikes: the rate has to be above 0");
  const auto around = static_cast<std::size_t>(std::lround(kAround_s * rate_hz));
  const auto width = static_cast<std::size_t>(std::lround(kWidth_s * rate_hz));
  std::vector<std::size_t> out;
  if (around <= width + 2 || x.size() < 2 * around + 1) return out;
  std::vector<double> size(x.size());
  for (std::size_t i = 0; i < x.size(); ++i) size[i] = std::isfinite(x[i]) ? std::abs(x[i]) : 0;
  // Of i, in what with_sides() gives: before from i to i + run - 1, after from i + around + width + 1 on.
  const auto largest = running_largest(with_sides(size, around), around - width);
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double before = largest[i], after = largest[i + around + width + 1];
    const double nearby = std::max(before, after);
    if (nearby > 0 && size[i] > kStandsOut * nearby) out.push_back(i);
  }
  return out;
}

std::vector<std::size_t> find_spikes_in_bursts(std::span<const double> x, double rate_hz) {
  require(std::isfinite(rate_hz) && rate_hz > 0, "find_spikes_in_bursts: the rate has to be above 0");
  const auto around = static_cast<std::size_t>(std::lround(kAround_s * rate_hz));
  std::vector<std::size_t> out;
  if (around < 3 || x.size() < 2 * around + 1) return out;
  const auto even = with_sides(whitened(x, rate_hz, 20, 0.45 * rate_hz), around);  // sample i of x is even[i + around]
  double energy = 0;
  for (std::size_t i = 0; i < 2 * around; ++i) energy += even[i] * even[i];
  for (std::size_t i = 0; i < x.size(); ++i) {
    energy += even[i + 2 * around] * even[i + 2 * around];
    const double mine = even[i + around] * even[i + around];
    const double beside = std::max(i > 0 ? std::abs(x[i - 1]) : 0.0, i + 1 < x.size() ? std::abs(x[i + 1]) : 0.0);
    if (mine > kShare * energy && std::abs(x[i]) > kSharp * beside) out.push_back(i);
    energy = std::max(0.0, energy - even[i] * even[i]);
  }
  return out;
}

}  // namespace kinemyo::signal
