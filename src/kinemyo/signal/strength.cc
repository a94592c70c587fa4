#include "kinemyo/signal/strength.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numbers>
#include <string>

#include "kinemyo/base/error.h"
#include "kinemyo/signal/gaps.h"
#include "kinemyo/signal/spectrum.h"

namespace kinemyo::signal {

namespace {

constexpr double kPart_s = 0.005;
constexpr double kWindow_s = 0.125;  // of the spectrum
constexpr std::array kHalfHz = {0.5, 0.7, 1.0, 1.4, 2.0, 2.8, 4.0, 5.6, 8.0, 11.0, 16.0};
constexpr double kMost = 6;          // times what is expected, that a part may hold
constexpr double kSilent = 1e-8;     // of the mean square: the logarithm of nothing
constexpr int kMostRounds = 30;
constexpr double kSettled = 1e-6;    // of the logarithm

// Parts of a signal: mean square and half the independent numbers of each.
struct Parts {
  std::vector<double> mean_square;
  std::vector<double> weight;
};

// How many independent numbers there are in a sample of noise that fills only a part of the spectrum.
double independent_share(std::span<const double> x, double rate_hz) {
  const auto spectrum = power_spectrum(x, rate_hz, kWindow_s);
  double sum = 0, squares = 0;
  for (const double p : spectrum.power) {
    sum += p;
    squares += p * p;
  }
  return squares > 0 ? sum * sum / squares / static_cast<double>(spectrum.power.size()) : 1.0;
}

Parts parts_of(std::span<const double> x, std::span<const std::uint8_t> measured, std::size_t length, double share) {
  Parts out;
  double all = 0, count = 0;
  for (std::size_t begin = 0; begin < x.size(); begin += length) {
    double sum = 0, n = 0;
    for (std::size_t i = begin; i < std::min(x.size(), begin + length); ++i) {
      if (measured[i] == 0) continue;
      sum += x[i] * x[i];
      n += 1;
    }
    out.mean_square.push_back(n > 0 ? sum / n : 0);
    out.weight.push_back(0.5 * share * n);
    all += sum;
    count += n;
  }
  const double floor = count > 0 ? kSilent * all / count : 0;
  for (double& s : out.mean_square) s = std::max(s, floor);
  return out;
}

// L D L' of diag(weight) + penalty * (second differences)' (second differences).
class Bends {
 public:
  Bends(std::span<const double> weight, double penalty) : d_(weight.begin(), weight.end()), below_(d_.size(), 0.0), far_(d_.size(), 0.0) {
    const std::size_t n = d_.size();
    for (std::size_t k = 0; k + 2 < n; ++k) {  // the bend 1 -2 1 of k, k + 1, k + 2
      d_[k] += penalty;
      d_[k + 1] += 4 * penalty;
      d_[k + 2] += penalty;
      below_[k] -= 2 * penalty;
      below_[k + 1] -= 2 * penalty;
      far_[k] += penalty;
    }
    for (std::size_t k = 0; k < n; ++k) {
      const double b = below_[k] / d_[k], f = far_[k] / d_[k];
      if (k + 1 < n) d_[k + 1] -= b * below_[k];
      if (k + 2 < n) {
        below_[k + 1] -= b * far_[k];
        d_[k + 2] -= f * far_[k];
      }
      below_[k] = b;
      far_[k] = f;
    }
  }
  void solve(std::vector<double>& x) const {
    const std::size_t n = d_.size();
    for (std::size_t k = 0; k < n; ++k) {
      if (k + 1 < n) x[k + 1] -= below_[k] * x[k];
      if (k + 2 < n) x[k + 2] -= far_[k] * x[k];
    }
    for (std::size_t k = n; k-- > 0;) {
      x[k] /= d_[k];
      if (k + 1 < n) x[k] -= below_[k] * x[k + 1];
      if (k + 2 < n) x[k] -= far_[k] * x[k + 2];
    }
  }
  double log_determinant() const {
    double sum = 0;
    for (const double d : d_) sum += std::log(d);
    return sum;
  }

 private:
  std::vector<double> d_, below_, far_;  // below_[k]: row k + 1 of column k; far_[k]: row k + 2
};

// What a part costs that holds so many times what is expected: less than in noise from kMost on.
double surprise(double ratio) { return ratio < kMost ? ratio : kMost * (1 + std::log(ratio / kMost)); }

// Logarithms of the variance that are likeliest under a penalty, by scoring; from `log_variance` on. Returns the logarithm
// of the marginal likelihood, but for a constant.
double fit(const Parts& parts, double penalty, std::vector<double>& log_variance) {
  const std::size_t n = parts.weight.size();
  const Bends bends(parts.weight, penalty);
  std::vector<double> next(n);
  for (int round = 0; round < kMostRounds; ++round) {
    for (std::size_t k = 0; k < n; ++k) {
      const double ratio = std::min(parts.mean_square[k] * std::exp(-log_variance[k]), kMost);
      next[k] = parts.weight[k] * (log_variance[k] + ratio - 1);
    }
    bends.solve(next);
    double moved = 0;
    for (std::size_t k = 0; k < n; ++k) moved = std::max(moved, std::abs(next[k] - log_variance[k]));
    log_variance.swap(next);
    if (moved < kSettled) break;
  }
  double likelihood = 0, bent = 0;
  for (std::size_t k = 0; k < n; ++k) {
    likelihood -= parts.weight[k] * (log_variance[k] + surprise(parts.mean_square[k] * std::exp(-log_variance[k])));
    if (k + 2 < n) bent += std::pow(log_variance[k] - 2 * log_variance[k + 1] + log_variance[k + 2], 2);
  }
  return likelihood - 0.5 * penalty * bent - 0.5 * bends.log_determinant() + 0.5 * static_cast<double>(n - 2) * std::log(penalty);
}

}  // namespace

Strength likeliest_strength(std::span<const double> x, double rate_hz, std::span<const std::uint8_t> measured) {
  require(std::isfinite(rate_hz) && rate_hz > 0, "likeliest_strength: the rate has to be above 0");
  require(measured.size() == x.size(), "likeliest_strength: " + std::to_string(x.size()) + " samples, but " + std::to_string(measured.size()) + " marks");
  const auto length = std::max<std::size_t>(1, static_cast<std::size_t>(std::lround(kPart_s * rate_hz)));
  const double share = independent_share(x, rate_hz);
  const auto parts = parts_of(x, measured, length, share);
  Strength out{std::vector<double>(x.size(), 0.0), kHalfHz.back()};
  const std::size_t n = parts.weight.size();
  double sum = 0, weights = 0;
  for (std::size_t k = 0; k < n; ++k) {
    sum += parts.weight[k] * parts.mean_square[k];
    weights += parts.weight[k];
  }
  if (!(sum > 0)) return out;
  require(n >= 3, "likeliest_strength: a signal of " + std::to_string(x.size()) + " samples is too short");

  std::vector<double> log_variance(n, std::log(sum / weights)), best;
  double likeliest = -std::numeric_limits<double>::infinity();
  const double typical = 0.5 * share * static_cast<double>(length);
  for (const double hz : kHalfHz) {  // from stiff to soft: each begins where the one before ended
    const double penalty = typical / std::pow(2 * std::sin(std::numbers::pi * hz * static_cast<double>(length) / rate_hz), 4);
    const double marginal = fit(parts, penalty, log_variance);
    if (!(marginal > likeliest)) continue;
    likeliest = marginal;
    best = log_variance;
    out.half_hz = hz;
  }
  std::vector<double> middles, points;
  for (std::size_t first = 0; first < x.size(); first += length) middles.push_back(0.5 * static_cast<double>(first + std::min(first + length, x.size()) - 1));
  for (std::size_t i = 0; i < x.size(); ++i) points.push_back(std::clamp(static_cast<double>(i), middles.front(), middles.back()));
  out.values = interpolate(middles, best, points, Interpolation::linear);
  for (double& v : out.values) v = std::exp(0.5 * v);
  return out;
}

}  // namespace kinemyo::signal
