#include "kinemyo/signal/resample.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <unordered_map>

#include "kinemyo/base/error.h"
#include "kinemyo/base/text.h"

namespace kinemyo::signal {

namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kSide = 32;      // samples of the lower rate
constexpr double kCutoff = 0.46;  // of the lower rate
constexpr double kBeta = 6.8;
constexpr double kForgiven = 0.01;   // of a sample, past the last one
constexpr double kPhases = 1 << 30;  // phases nearer than this to each other are one

// Modified Bessel function of the first kind, order 0, by its power series.
double bessel_i0(double x) {
  double sum = 1, term = 1;
  for (int k = 1; term > sum * 1e-17; ++k) {
    term *= (x / 2 / k) * (x / 2 / k);
    sum += term;
  }
  return sum;
}

void require_rate(double hz) {
  require(std::isfinite(hz) && hz > 0, "resample: a rate of " + base::to_text(hz) + " Hz");
}

// A signal made whole, read through the low-pass at any position (in samples).
class Reader {
 public:
  // `scale`: samples of the input for one of the lower rate, at least 1.
  Reader(std::span<const double> x, double scale)
      : x_(x), whole_(x.begin(), x.end()), scale_(scale) {
    while (first_ < x.size() && std::isnan(x[first_])) ++first_;
    end_ = x.size();
    while (end_ > first_ && std::isnan(x[end_ - 1])) --end_;
    for (std::size_t i = first_; i < end_; ++i) {
      if (!std::isnan(whole_[i])) continue;
      std::size_t after = i;
      while (std::isnan(whole_[after])) ++after;
      const double step = (whole_[after] - whole_[i - 1]) / static_cast<double>(after - i + 1);
      for (; i < after; ++i) whole_[i] = whole_[i - 1] + step;
    }
    reach_ = static_cast<std::ptrdiff_t>(std::ceil(kSide * scale_));
  }

  double at(double position) {
    const double nearest = std::round(position);
    if (std::abs(position - nearest) < kForgiven / 100) position = nearest;
    if (position < 0 || position > static_cast<double>(x_.size() - 1)) return kNan;
    const auto below = static_cast<std::size_t>(std::floor(position));
    const auto above = static_cast<std::size_t>(std::ceil(position));
    if (std::isnan(x_[below]) || std::isnan(x_[above])) return kNan;
    const auto& weights = weights_of(position - std::floor(position));
    const auto base = static_cast<std::ptrdiff_t>(below) - reach_ + 1;
    double sum = 0;
    if (base >= static_cast<std::ptrdiff_t>(first_) &&
        base + static_cast<std::ptrdiff_t>(weights.size()) <= static_cast<std::ptrdiff_t>(end_)) {
      const double* from = whole_.data() + base;
      for (std::size_t k = 0; k < weights.size(); ++k) sum += weights[k] * from[k];
    } else {
      for (std::size_t k = 0; k < weights.size(); ++k) {
        sum += weights[k] * extended(base + static_cast<std::ptrdiff_t>(k));
      }
    }
    return sum;
  }

 private:
  // Turned by half a turn about the first and the last sample; constant beyond that.
  double extended(std::ptrdiff_t i) const {
    const auto first = static_cast<std::ptrdiff_t>(first_);
    const auto last = static_cast<std::ptrdiff_t>(end_) - 1;
    const auto value = [&](std::ptrdiff_t k) { return whole_[static_cast<std::size_t>(k)]; };
    if (i < first) return 2 * value(first) - value(std::min(2 * first - i, last));
    if (i > last) return 2 * value(last) - value(std::max(2 * last - i, first));
    return value(i);
  }

  // For samples floor(position) - reach + 1 ... floor(position) + reach.
  const std::vector<double>& weights_of(double fraction) {
    const auto key = static_cast<long long>(std::llround(fraction * kPhases));
    if (const auto found = cache_.find(key); found != cache_.end()) return found->second;
    if (cache_.size() > 1024) cache_.clear();
    std::vector<double> weights(static_cast<std::size_t>(2 * reach_));
    const double half_width = kSide * scale_;
    double sum = 0;
    for (std::size_t k = 0; k < weights.size(); ++k) {
      const double away =
          static_cast<double>(static_cast<std::ptrdiff_t>(k) - reach_ + 1) - fraction;
      const double in_window = 1 - (away / half_width) * (away / half_width);
      if (in_window <= 0) continue;
      const double angle = 2 * std::numbers::pi * kCutoff * away / scale_;
      const double sinc = angle == 0 ? 1 : std::sin(angle) / angle;
      weights[k] = sinc * bessel_i0(kBeta * std::sqrt(in_window));
      sum += weights[k];
    }
    for (double& w : weights) w /= sum;
    return cache_.emplace(key, std::move(weights)).first->second;
  }

  std::span<const double> x_;
  std::vector<double> whole_;
  double scale_;
  std::size_t first_ = 0;
  std::size_t end_ = 0;
  std::ptrdiff_t reach_ = 0;
  std::unordered_map<long long, std::vector<double>> cache_;
};

}  // namespace

std::size_t resampled_size(std::size_t samples, double from_hz, double to_hz) {
  require_rate(from_hz);
  require_rate(to_hz);
  if (samples == 0) return 0;
  const double last = static_cast<double>(samples - 1) / from_hz * to_hz;
  return static_cast<std::size_t>(std::floor(last + 1e-6)) + 1;
}

std::vector<double> resample(std::span<const double> x, double from_hz, double to_hz) {
  const std::size_t count = resampled_size(x.size(), from_hz, to_hz);
  if (from_hz == to_hz) return {x.begin(), x.end()};
  Reader reader(x, std::max(1.0, from_hz / to_hz));
  std::vector<double> out(count);
  for (std::size_t i = 0; i < count; ++i) {
    out[i] = reader.at(static_cast<double>(i) * from_hz / to_hz);
  }
  return out;
}

std::vector<double> resample_at(std::span<const double> x, double rate_hz, double start_s,
                                std::span<const double> times_s, double keep_hz) {
  require_rate(rate_hz);
  require_rate(keep_hz);
  std::vector<double> out(times_s.size(), kNan);
  if (x.empty()) return out;
  Reader reader(x, std::max(1.0, rate_hz / keep_hz));
  const double last = static_cast<double>(x.size() - 1);
  for (std::size_t i = 0; i < times_s.size(); ++i) {
    const double position = (times_s[i] - start_s) * rate_hz;
    if (!(position >= -kForgiven && position <= last + kForgiven)) continue;
    out[i] = reader.at(std::clamp(position, 0.0, last));
  }
  return out;
}

std::vector<double> interpolate_at(std::span<const double> stamps_s, std::span<const double> values,
                                   std::span<const double> times_s, double reach_s,
                                   Interpolation method) {
  require(stamps_s.size() == values.size(), "interpolate_at: one value a stamp");
  std::vector<double> x, y;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (std::isnan(values[i])) continue;
    x.push_back(stamps_s[i]);
    y.push_back(values[i]);
  }
  auto out = interpolate(x, y, times_s, method);
  for (std::size_t k = 0; k < out.size(); ++k) {
    if (std::isnan(out[k])) continue;
    const auto above = std::lower_bound(x.begin(), x.end(), times_s[k]);
    if (*above == times_s[k]) continue;
    if (*above - *(above - 1) > reach_s * (1 + 1e-9)) out[k] = kNan;
  }
  return out;
}

}  // namespace kinemyo::signal
