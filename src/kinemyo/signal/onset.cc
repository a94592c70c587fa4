#include "kinemyo/signal/onset.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "kinemyo/base/error.h"

namespace kinemyo::signal {

namespace {

double quiet_variance(std::span<const double> x, double rate_hz) {
  const auto width = std::max<std::size_t>(2, static_cast<std::size_t>(std::lround(0.1 * rate_hz)));
  std::vector<double> variances;
  for (std::size_t begin = 0; begin + width <= x.size(); begin += width) {
    double squares = 0;
    for (std::size_t i = begin; i < begin + width; ++i) squares += x[i] * x[i];
    if (std::isfinite(squares)) variances.push_back(squares / static_cast<double>(width));
  }
  if (variances.empty()) return 0;
  std::sort(variances.begin(), variances.end());
  return variances[variances.size() / 10];
}

}  // namespace

std::vector<Burst> find_bursts(std::span<const double> clean, double rate_hz,
                               const OnsetSettings& settings) {
  require(std::isfinite(rate_hz) && rate_hz > 0, "find_bursts: the rate has to be above 0");
  const double noise = quiet_variance(clean, rate_hz);
  if (!(noise > 0)) return {};
  // Pairs lie 2 ms apart at most, so that they are independent at any rate.
  const auto apart = std::max<std::size_t>(1, static_cast<std::size_t>(std::lround(0.001 * rate_hz)));
  const std::size_t pairs = clean.size() / (2 * apart);
  std::vector<std::size_t> over(pairs + 1, 0);
  for (std::size_t p = 0; p < pairs; ++p) {
    const double a = clean[2 * p * apart], b = clean[(2 * p + 1) * apart];
    over[p + 1] = over[p] + (a * a + b * b > settings.threshold * noise ? 1 : 0);
  }
  const auto window = std::max<std::size_t>(
      2, static_cast<std::size_t>(std::lround(settings.window_s * rate_hz / static_cast<double>(2 * apart))));
  std::vector<std::uint8_t> active(pairs, 0);
  for (std::size_t p = 0; p + window <= pairs; ++p) {
    if (2 * (over[p + window] - over[p]) < window) continue;
    // From the first pair over the threshold to the last: the window's own width is no activity.
    std::size_t from = p, to = p + window;
    while (over[from + 1] == over[from]) ++from;
    while (over[to] == over[to - 1]) --to;
    std::fill(active.begin() + static_cast<std::ptrdiff_t>(from), active.begin() + static_cast<std::ptrdiff_t>(to), 1);
  }
  const auto samples = [&](double time_s) { return static_cast<std::size_t>(std::lround(time_s * rate_hz)); };
  std::vector<Burst> bursts;
  for (std::size_t p = 0; p < pairs; ++p) {
    if (active[p] == 0) continue;
    const std::size_t first = 2 * p * apart, end = 2 * (p + 1) * apart;
    if (!bursts.empty() && first - bursts.back().end < samples(settings.shortest_off_s)) {
      bursts.back().end = end;
    } else {
      bursts.push_back({first, end});
    }
  }
  std::erase_if(bursts, [&](const Burst& b) { return b.end - b.first < samples(settings.shortest_on_s); });
  return bursts;
}

}  // namespace kinemyo::signal
