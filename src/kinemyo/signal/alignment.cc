#include "kinemyo/signal/alignment.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <string>
#include <vector>

#include "kinemyo/base/error.h"
#include "kinemyo/base/median.h"

namespace kinemyo::signal {

namespace {

constexpr double kTogether_s = 0.02;
constexpr double kClockError = 2e-4;  // that partners may have drifted apart before the drift is known
constexpr std::size_t kMostEvents = 400;

template <typename... Numbers>
std::string text(const char* format, Numbers... numbers) {
  char buffer[300];
  std::snprintf(buffer, sizeof buffer, format, numbers...);
  return buffer;
}

struct Line {
  double offset = 0, slope = 0, scale = 0;
  std::size_t inliers = 0;
};

// offset + slope * t through (t, y); slope 0 where it is not asked for.
Line fit_robustly(const std::vector<double>& t, const std::vector<double>& y, bool with_slope) {
  Line line;
  const std::size_t n = t.size();
  if (with_slope) {
    std::vector<double> slopes;
    for (std::size_t i = 0; i + n / 2 < n; ++i) {
      const std::size_t j = i + n / 2;
      if (t[j] > t[i]) slopes.push_back((y[j] - y[i]) / (t[j] - t[i]));
    }
    if (!slopes.empty()) line.slope = base::median(std::move(slopes));
  }
  std::vector<double> left(n);
  for (std::size_t i = 0; i < n; ++i) left[i] = y[i] - line.slope * t[i];
  line.offset = base::median(left);
  for (int round = 0; round < 20; ++round) {
    for (std::size_t i = 0; i < n; ++i) left[i] = std::abs(y[i] - line.offset - line.slope * t[i]);
    line.scale = 1.4826 * base::median(left);
    const double reach = 4.685 * std::max(line.scale, 1e-9);
    double w = 0, wt = 0, wy = 0, wtt = 0, wty = 0;
    line.inliers = 0;
    for (std::size_t i = 0; i < n; ++i) {
      if (left[i] >= reach) continue;
      const double u = left[i] / reach, weight = (1 - u * u) * (1 - u * u);
      ++line.inliers;
      w += weight;
      wt += weight * t[i];
      wy += weight * y[i];
      wtt += weight * t[i] * t[i];
      wty += weight * t[i] * y[i];
    }
    const double spread = wtt - wt * wt / w;
    if (with_slope && spread > 0) line.slope = (wty - wt * wy / w) / spread;
    line.offset = (wy - line.slope * wt) / w;
  }
  return line;
}

}  // namespace

Alignment align_by_stamps(std::span<const double> reference_s, std::span<const double> other_s,
                          const AlignmentLimits& limits) {
  require(reference_s.size() == other_s.size(), "align_by_stamps: one stamp of each clock an instant");
  std::vector<double> t, lags;
  for (std::size_t i = 0; i < other_s.size(); ++i) {
    if (!std::isfinite(reference_s[i]) || !std::isfinite(other_s[i])) continue;
    t.push_back(other_s[i]);
    lags.push_back(reference_s[i] - other_s[i]);
  }
  if (t.empty()) throw Error("no instant has stamps of both clocks; align by events or by activity instead");
  Alignment out;
  const auto [first, last] = std::minmax_element(t.begin(), t.end());
  const double span_s = *last - *first;
  out.origin_s = *first;
  for (double& one : t) one -= out.origin_s;
  const bool with_drift = t.size() >= 3 && span_s >= limits.drift_span_s;
  const Line line = fit_robustly(t, lags, with_drift);
  const double outliers = 1 - static_cast<double>(line.inliers) / static_cast<double>(t.size());
  if (line.scale > limits.residual_s || outliers > limits.outlier_share) {
    throw Error(text("the stamps of the two clocks scatter by %.3g ms about their line, %.0f %% far outside; "
                     "%.3g ms and %.0f %% are allowed. A clock that was reset has to be cut there first",
                     1e3 * line.scale, 100 * outliers, 1e3 * limits.residual_s, 100 * limits.outlier_share));
  }
  if (std::abs(line.slope) > 1e-6 * limits.drift_ppm) {
    throw Error(text("the clocks would drift apart by %.4g ppm, more than the %.4g ppm of any real clock: "
                     "is the unit of one of the stamps, or its rate, another one?",
                     1e6 * line.slope, limits.drift_ppm));
  }
  out.lag_s = line.offset;
  out.drift_ppm = 1e6 * line.slope;
  out.residual_s = line.scale;
  out.points = line.inliers;
  out.confidence = (1 - outliers) * (1 - line.scale / limits.residual_s / 2) * (t.size() < 3 ? 0.5 : 1.0);
  return out;
}

Alignment align_by_events(std::span<const double> reference_s, std::span<const double> other_s,
                          const AlignmentLimits& limits) {
  const auto prepared = [](std::span<const double> times) {
    std::vector<double> out(times.begin(), times.end());
    std::erase_if(out, [](double t) { return !std::isfinite(t); });
    std::sort(out.begin(), out.end());
    if (out.size() > kMostEvents) out.resize(kMostEvents);
    return out;
  };
  const auto a = prepared(reference_s), b = prepared(other_s);
  if (a.empty() || b.empty()) {
    throw Error(text("there are %zu events on one side and %zu on the other; align by activity instead", a.size(), b.size()));
  }
  struct Match {
    double lag = 0, distance = 0;
    std::vector<std::pair<double, double>> pairs;
  };
  const auto match = [&](double lag, double around) {
    Match out{lag, 0, {}};
    std::size_t i = 0;
    for (const double time : b) {
      const double at = time + lag, reach = kTogether_s + kClockError * std::abs(time - around);
      while (i < a.size() && a[i] < at - reach) ++i;
      if (i == a.size()) break;
      if (a[i] > at + reach) continue;
      if (i + 1 < a.size() && std::abs(a[i + 1] - at) < std::abs(a[i] - at)) ++i;
      out.distance += std::abs(a[i] - at);
      out.pairs.emplace_back(a[i], time);
      ++i;
    }
    return out;
  };
  const auto better = [](const Match& x, const Match& y) {
    return x.pairs.size() != y.pairs.size() ? x.pairs.size() > y.pairs.size() : x.distance < y.distance;
  };
  std::vector<Match> tries;
  for (const double r : a) {
    for (const double o : b) {
      if (limits.largest_lag_s > 0 && std::abs(r - o) > limits.largest_lag_s) continue;
      tries.push_back(match(r - o, o));
    }
  }
  if (tries.empty()) throw Error(text("no two events lie within %.4g s of each other", limits.largest_lag_s));
  const Match& best = *std::min_element(tries.begin(), tries.end(), better);
  const double span_s = std::max(b.back() - b.front(), 0.0);
  std::size_t second = 0;
  for (const auto& one : tries) {
    if (std::abs(one.lag - best.lag) > 2 * (kTogether_s + kClockError * span_s)) second = std::max(second, one.pairs.size());
  }
  const std::size_t fewer = std::min(a.size(), b.size());
  if (best.pairs.size() < (fewer + 1) / 2) {
    throw Error(text("at the best lag only %zu of %zu events find a partner: these are not the same events", best.pairs.size(), fewer));
  }
  if (second >= best.pairs.size() && !(a.size() == 1 && b.size() == 1)) {
    throw Error(text("%zu events meet at a lag of %.4g s, and as many at another: regular events do not tell which; "
                     "bound the lag, or align by activity", best.pairs.size(), best.lag));
  }
  std::vector<double> left, right;
  for (const auto& [r, o] : best.pairs) {
    left.push_back(r);
    right.push_back(o);
  }
  auto out = align_by_stamps(left, right, limits);
  out.confidence *= 1 - 0.5 * static_cast<double>(second) / static_cast<double>(best.pairs.size());
  return out;
}

}  // namespace kinemyo::signal
