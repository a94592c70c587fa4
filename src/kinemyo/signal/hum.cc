#include "kinemyo/signal/hum.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <span>

#include "kinemyo/base/error.h"

namespace kinemyo::signal {

namespace {

constexpr std::size_t kMostWindows = 240;

// Mean power at whole frequencies over windows of one second; each is computed once, when asked
// for.
class Spectrum {
 public:
  Spectrum(std::span<const double> x, double rate_hz)
      : x_(x), rate_hz_(rate_hz), window_(static_cast<std::size_t>(std::lround(rate_hz))) {
    for (std::size_t i = 0; i < window_.size(); ++i) {
      const double turn =
          2 * std::numbers::pi * static_cast<double>(i) / static_cast<double>(window_.size());
      window_[i] = 0.5 - 0.5 * std::cos(turn);
      sum_ += window_[i];
    }
    powers_.assign(static_cast<std::size_t>(rate_hz / 2) + 1, -1.0);
  }

  // The variance of a sine that stands on this frequency.
  double power(std::size_t hz) {
    double& power = powers_.at(hz);
    if (power >= 0) return power;
    // Half overlapping; in long recordings, kMostWindows of them spread evenly.
    const std::size_t step =
        std::max(window_.size() / 2, (x_.size() - window_.size()) / kMostWindows);
    const double cosine = 2 * std::cos(2 * std::numbers::pi * static_cast<double>(hz) / rate_hz_);
    std::size_t windows = 0;
    power = 0;
    for (std::size_t begin = 0; begin + window_.size() <= x_.size(); begin += step, ++windows) {
      double before = 0, last = 0;  // Goertzel's recursion
      for (std::size_t i = 0; i < window_.size(); ++i) {
        const double next = x_[begin + i] * window_[i] + cosine * last - before;
        before = last;
        last = next;
      }
      power += last * last + before * before - cosine * last * before;
    }
    power *= 2 / (sum_ * sum_ * static_cast<double>(windows));
    return power;
  }

 private:
  std::span<const double> x_;
  double rate_hz_;
  std::vector<double> window_;
  double sum_ = 0;
  std::vector<double> powers_;
};

constexpr std::size_t kNear = 3;  // Hz; nearer bins may hold the line itself
constexpr std::size_t kFar = 9;

double neighbourhood(Spectrum& spectrum, std::size_t hz) {
  std::vector<double> powers;
  for (std::size_t away = kNear; away <= kFar; ++away) {
    powers.push_back(spectrum.power(hz - away));
    powers.push_back(spectrum.power(hz + away));
  }
  std::nth_element(powers.begin(), powers.begin() + static_cast<std::ptrdiff_t>(powers.size() / 2),
                   powers.end());
  return powers[powers.size() / 2];
}

}  // namespace

Hum find_hum(std::span<const double> x, double rate_hz, double contrast) {
  require(std::isfinite(rate_hz) && rate_hz > 0, "find_hum: the rate has to be above 0");
  std::vector<double> values;
  double mean = 0;
  std::size_t count = 0;
  for (const double v : x) {
    if (std::isnan(v)) continue;
    mean += v;
    ++count;
  }
  mean /= static_cast<double>(std::max<std::size_t>(count, 1));
  double variance = 0;
  for (const double v : x) {
    values.push_back(std::isnan(v) ? 0 : v - mean);
    variance += values.back() * values.back();
  }
  variance /= static_cast<double>(std::max<std::size_t>(count, 1));
  Hum best;
  if (variance <= 0 || static_cast<double>(values.size()) < rate_hz || rate_hz < 150) return best;
  Spectrum spectrum(values, rate_hz);
  for (const std::size_t line : {50, 60}) {
    Hum hum;
    bool fundamental = false;
    for (std::size_t hz = line; static_cast<double>(hz + kFar) < rate_hz / 2; hz += line) {
      const double floor = neighbourhood(spectrum, hz);
      const double power =
          std::max({spectrum.power(hz - 1), spectrum.power(hz), spectrum.power(hz + 1)});
      if (power <= contrast * floor) continue;
      fundamental |= hz == line;
      hum.harmonics_hz.push_back(static_cast<double>(hz));
      hum.share += (power - floor) / variance;
    }
    if (!fundamental && hum.harmonics_hz.size() < 2) continue;
    hum.line_hz = static_cast<double>(line);
    if (hum.share > best.share) best = hum;
  }
  best.share = std::min(best.share, 1.0);
  return best;
}

}  // namespace kinemyo::signal
