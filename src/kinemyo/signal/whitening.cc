#include "kinemyo/signal/whitening.h"

#include <algorithm>
#include <cmath>
#include <complex>
#include <numeric>

#include "kinemyo/signal/spectrum.h"

namespace kinemyo::signal {

namespace {

constexpr double kWindow_s = 0.125;  // 8 Hz: finer than the spectrum of a muscle, coarser than a notch
constexpr std::size_t kFewest = 10;  // windows that a spectrum is told from
constexpr double kAtRest = 0.25;     // of the mean square: a muscle that is never below works all the time
constexpr double kLeast = 0.001;     // of the strongest part: weaker ones are not raised as far, since edges and rounding would be heard

double mean_square(std::span<const double> x) {
  return std::inner_product(x.begin(), x.end(), x.begin(), 0.0) / static_cast<double>(x.size());
}

// Of the quietest tenth of the windows, put one after the other.
std::vector<double> quietest(std::span<const double> x, std::size_t window) {
  std::vector<std::pair<double, std::size_t>> by_power;
  for (std::size_t begin = 0; begin + window <= x.size(); begin += window)
    by_power.emplace_back(mean_square(x.subspan(begin, window)), begin);
  std::sort(by_power.begin(), by_power.end());
  std::vector<double> out;
  for (std::size_t k = 0; k < std::max<std::size_t>(1, by_power.size() / 10); ++k) {
    const auto part = x.subspan(by_power[k].second, window);
    out.insert(out.end(), part.begin(), part.end());
  }
  return out;
}

}  // namespace

std::vector<double> whitened(std::span<const double> x, double rate_hz, double low_hz, double high_hz) {
  std::vector<double> out(x.begin(), x.end());
  const auto window = static_cast<std::size_t>(std::lround(kWindow_s * rate_hz));
  const double before = x.empty() ? 0 : mean_square(x);
  if (window < 2 || x.size() < kFewest * window || !(before > 0)) return out;
  const auto all = power_spectrum(x, rate_hz, kWindow_s, x.size() / window * 2);
  const auto quiet = quietest(x, window);
  std::vector<double> noise(all.power.size(), 0.0);
  if (mean_square(quiet) < kAtRest * before) noise = power_spectrum(quiet, rate_hz, kWindow_s).power;
  const double least = kLeast * *std::max_element(all.power.begin(), all.power.end());
  std::vector<double> gain(all.power.size(), 0.0);
  for (std::size_t k = 0; k < gain.size(); ++k) {
    const double muscle = all.power[k] - noise[k];
    if (muscle > 0) gain[k] = std::sqrt(muscle) / std::max(all.power[k], least);
  }
  std::vector<std::complex<double>> spectrum(power_of_two(x.size() + window));
  std::copy(x.begin(), x.end(), spectrum.begin());
  fft(spectrum);
  const std::size_t size = spectrum.size();
  for (std::size_t i = 0; i < size; ++i) {
    const double hz = static_cast<double>(std::min(i, size - i)) * rate_hz / static_cast<double>(size);
    const double at = std::min(hz / all.step_hz, static_cast<double>(gain.size() - 1));
    const auto k = std::min(static_cast<std::size_t>(at), gain.size() - 2);
    const double part = at - static_cast<double>(k);
    spectrum[i] *= hz < low_hz || hz > high_hz ? 0.0 : (1 - part) * gain[k] + part * gain[k + 1];
  }
  inverse_fft(spectrum);
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = spectrum[i].real();
  const double after = mean_square(out);
  if (!(after > 0)) return {x.begin(), x.end()};
  for (double& v : out) v *= std::sqrt(before / after);
  return out;
}

}  // namespace kinemyo::signal
