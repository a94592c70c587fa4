#include "kinemyo/signal/hum.h"

#include <algorithm>
#include <cmath>
#include <complex>
#include <numbers>

#include "kinemyo/base/error.h"
#include "kinemyo/base/median.h"
#include "kinemyo/signal/filter.h"
#include "kinemyo/signal/spectrum.h"

namespace kinemyo::signal {

namespace {

constexpr double kWindow_s = 4;
constexpr double kDeviation_hz = 0.2;  // of the mains, at the fundamental
constexpr double kNear_hz = 1.5, kFar_hz = 8;
constexpr double kEnd_s = 1;    // of which a line's amplitude at an end is taken
constexpr double kSettled = 5;  // time constants of a notch
// One chance in 100,000 a bin: some 30 bins of up to 18 harmonics are looked at, of which two have to show.
constexpr double kChance = 4.26;

// How far above the median the mean power of so many windows of noise may come. Source: Wilson and
// Hilferty 1931, doi 10.1073/pnas.17.12.684, for chi-squared with two degrees of freedom a window.
double chance_contrast(double windows) {
  const double spread = 1 / (9 * windows);
  return std::pow((1 - spread + kChance * std::sqrt(spread)) / (1 - spread), 3);
}

struct Line {
  double power = 0;  // variance of what stands above the neighbourhood
  double contrast = 0;
};

Line measure_line(const PowerSpectrum& s, double hz, double deviation_hz) {
  const auto bin = [&](double at_hz) {
    return std::min(static_cast<std::size_t>(std::lround(std::max(at_hz, 0.0) / s.step_hz)),
                    s.power.size() - 1);
  };
  const double reach_hz = std::max(deviation_hz, s.resolution_hz / 2);
  const double near_hz = std::max(kNear_hz, reach_hz + 2 * s.resolution_hz);
  // On a slope (a steep high-pass) the two sides differ; the louder one counts.
  std::vector<double> below, above;
  for (std::size_t k = bin(hz - kFar_hz - near_hz); k <= bin(hz + kFar_hz + near_hz); ++k) {
    const double away = static_cast<double>(k) * s.step_hz - hz;
    if (away <= -near_hz) below.push_back(s.power[k]);
    if (away >= near_hz) above.push_back(s.power[k]);
  }
  if (below.empty() || above.empty()) return {};
  const double floor = std::max(base::median(std::move(below)), base::median(std::move(above)));
  std::size_t peak = bin(hz - reach_hz);
  for (std::size_t k = peak; k <= bin(hz + reach_hz); ++k) {
    if (s.power[k] > s.power[peak]) peak = k;
  }
  Line out;
  out.contrast = floor > 0 ? s.power[peak] / floor : 0;
  // The whole main lobe: two resolutions to each side.
  const auto lobe = static_cast<std::size_t>(std::lround(2 * s.resolution_hz / s.step_hz));
  for (std::size_t k = peak - std::min(lobe, peak); k <= std::min(peak + lobe, s.power.size() - 1); ++k) {
    out.power += std::max(s.power[k] - floor, 0.0);
  }
  return out;
}

// A line's amplitude and phase at the first sample: the cosine that fits best, turning by `turn` a sample.
std::complex<double> amplitude_of(std::span<const double> x, double turn) {
  double cc = 0, ss = 0, cs = 0, xc = 0, xs = 0;
  std::complex<double> now = 1;
  const auto step = std::polar(1.0, turn);
  for (const double v : x) {
    const double c = now.real(), s = now.imag();
    cc += c * c;
    ss += s * s;
    cs += c * s;
    xc += v * c;
    xs += v * s;
    now *= step;
  }
  const double all = cc * ss - cs * cs;
  if (!(all > 0)) return 0;
  return {(xc * ss - xs * cs) / all, -(xs * cc - xc * cs) / all};
}

// The mains are off their nominal frequency by a little: where the fit is best.
double exact_line(std::span<const double> x, double line_hz, double rate_hz) {
  constexpr int kSteps = 8;
  double best = line_hz, most = -1;
  double reach_hz = line_hz / 50 * kDeviation_hz;
  for (int round = 0; round < 3; ++round, reach_hz /= kSteps) {
    const double middle = best;
    for (int i = -kSteps; i <= kSteps; ++i) {
      const double hz = middle + reach_hz * i / kSteps;
      const double power = std::norm(amplitude_of(x, 2 * std::numbers::pi * hz / rate_hz));
      if (power <= most) continue;
      most = power;
      best = hz;
    }
  }
  return best;
}

// How a line goes on behind the last of x.
std::vector<double> line_behind(std::span<const double> x, std::size_t samples, double line_hz, double rate_hz) {
  const auto last = [&](double seconds) { return x.last(std::min(x.size(), static_cast<std::size_t>(std::lround(seconds * rate_hz)))); };
  const double turn = 2 * std::numbers::pi * exact_line(last(kWindow_s), line_hz, rate_hz) / rate_hz;
  const auto near = last(kEnd_s);
  const auto amplitude = amplitude_of(near, turn);
  std::vector<double> out(samples);
  for (std::size_t i = 0; i < samples; ++i) out[i] = (amplitude * std::polar(1.0, turn * static_cast<double>(near.size() + i))).real();
  return out;
}

}  // namespace

Hum find_hum(std::span<const double> x, double rate_hz, double contrast) {
  require(std::isfinite(rate_hz) && rate_hz > 0, "find_hum: the rate has to be above 0");
  double mean = 0, count = 0;
  for (const double v : x) {
    if (std::isnan(v)) continue;
    mean += v;
    count += 1;
  }
  mean /= std::max(count, 1.0);
  double variance = 0;
  std::vector<double> values;
  values.reserve(x.size());
  for (const double v : x) {
    values.push_back(std::isnan(v) ? 0 : v - mean);
    variance += values.back() * values.back() / std::max(count, 1.0);
  }
  Hum best;
  if (!(variance > 0) || static_cast<double>(values.size()) < rate_hz || rate_hz < 150) return best;
  const auto spectrum = power_spectrum(values, rate_hz, kWindow_s);
  contrast = std::max(contrast, chance_contrast(spectrum.windows));
  const double shown_variance = variance * count / static_cast<double>(values.size());
  for (const double line : {50.0, 60.0}) {
    Hum hum;
    bool fundamental = false;
    for (int harmonic = 1; harmonic * line + kFar_hz + kNear_hz < rate_hz / 2; ++harmonic) {
      const double hz = harmonic * line;
      const auto found = measure_line(spectrum, hz, harmonic * kDeviation_hz);
      if (found.contrast <= contrast) continue;
      fundamental |= harmonic == 1;
      hum.harmonics_hz.push_back(hz);
      hum.share += found.power / shown_variance;
    }
    if (!fundamental && hum.harmonics_hz.size() < 2) continue;
    hum.line_hz = line;
    if (hum.share > best.share) best = hum;
  }
  best.share = std::min(best.share, 1.0);
  return best;
}

std::vector<double> remove_line(std::span<const double> x, double line_hz, double quality, double rate_hz) {
  require(line_hz > 0 && std::isfinite(rate_hz) && rate_hz > 2 * line_hz, "remove_line: the rate has to be above twice the line");
  if (x.empty()) return {};
  const auto pad = static_cast<std::size_t>(std::ceil(kSettled * quality / (std::numbers::pi * line_hz) * rate_hz));
  const std::vector<double> turned(x.rbegin(), x.rend());
  const auto before = line_behind(turned, pad, line_hz, rate_hz), behind = line_behind(x, pad, line_hz, rate_hz);
  std::vector<double> longer(before.rbegin(), before.rend());
  longer.insert(longer.end(), x.begin(), x.end());
  longer.insert(longer.end(), behind.begin(), behind.end());
  const auto done = sosfiltfilt({notch_section(line_hz, quality, rate_hz)}, longer);
  return {done.begin() + static_cast<std::ptrdiff_t>(pad), done.end() - static_cast<std::ptrdiff_t>(pad)};
}

double periodic_share(std::span<const double> x, double rate_hz) {
  require(std::isfinite(rate_hz) && rate_hz > 0, "periodic_share: the rate has to be above 0");
  if (static_cast<double>(x.size()) < rate_hz) return 0;
  const auto at = [&](double time_s) { return static_cast<std::size_t>(std::lround(time_s * rate_hz)); };
  const auto correlation = autocorrelation(x, at(0.25));
  double least = 1;
  for (int range = 1; range <= 4; ++range) {
    const auto first = correlation.begin() + static_cast<std::ptrdiff_t>(at(0.05 * range));
    const auto last = correlation.begin() + static_cast<std::ptrdiff_t>(at(0.05 * (range + 1)));
    least = std::min(least, *std::max_element(first, last));
  }
  return std::clamp(least, 0.0, 1.0);
}

}  // namespace kinemyo::signal
