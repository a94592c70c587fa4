#include "kinemyo/signal/spectrum.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <numbers>

#include "kinemyo/base/error.h"

namespace kinemyo::signal {

namespace {

using Complex = std::complex<double>;

// Decimation in time: bits reversed, then butterflies. Twiddles are computed, not multiplied up, so
// that rounding does not grow with the size.
// Of every stage side by side, so that each is read in order: those of `half` turns begin at half - 1. Kept for a
// thread's next transform of the same or a smaller size: a stage's twiddles do not depend on the size.
const Complex* twiddles_of(std::size_t n) {
  thread_local std::vector<Complex> kept;
  for (std::size_t half = std::bit_floor(kept.size() + 1); half < n; half *= 2) {
    for (std::size_t k = 0; k < half; ++k) {
      const double turn = std::numbers::pi * static_cast<double>(k) / static_cast<double>(half);
      kept.emplace_back(std::cos(turn), std::sin(turn));
    }
  }
  return kept.data();
}

void transform(std::span<Complex> x, double sign) {
  const std::size_t n = x.size();
  require(std::has_single_bit(n), "fft: the size has to be a power of two");
  for (std::size_t i = 1, j = 0; i < n; ++i) {
    std::size_t bit = n / 2;
    for (; j & bit; bit /= 2) j ^= bit;
    j ^= bit;
    if (i < j) std::swap(x[i], x[j]);
  }
  const Complex* const twiddles = twiddles_of(n);
  for (std::size_t half = 1; half < n; half *= 2) {
    const Complex* const w = twiddles + half - 1;
    for (std::size_t begin = 0; begin < n; begin += 2 * half) {
      Complex* const low = x.data() + begin;
      Complex* const high = low + half;
      for (std::size_t k = 0; k < half; ++k) {
        // Spelt out: std::complex's product also looks for infinities.
        const double wr = w[k].real(), wi = sign * w[k].imag(), hr = high[k].real(), hi = high[k].imag();
        const double odd_r = hr * wr - hi * wi, odd_i = hr * wi + hi * wr;
        const double even_r = low[k].real(), even_i = low[k].imag();
        low[k] = {even_r + odd_r, even_i + odd_i};
        high[k] = {even_r - odd_r, even_i - odd_i};
      }
    }
  }
}

std::vector<Complex> padded(std::span<const double> x, std::size_t size) {
  std::vector<Complex> out(size);
  std::copy(x.begin(), x.end(), out.begin());
  return out;
}

}  // namespace

void fft(std::span<std::complex<double>> x) { transform(x, -1); }

void inverse_fft(std::span<std::complex<double>> x) {
  transform(x, 1);
  for (auto& v : x) v /= static_cast<double>(x.size());
}

std::size_t power_of_two(std::size_t n) { return std::bit_ceil(std::max<std::size_t>(n, 1)); }

PowerSpectrum power_spectrum(std::span<const double> x, double rate_hz, double window_s,
                             std::size_t most_windows) {
  require(std::isfinite(rate_hz) && rate_hz > 0 && window_s > 0,
          "power_spectrum: rate and window have to be above 0");
  PowerSpectrum out;
  const std::size_t width =
      std::min(x.size(), static_cast<std::size_t>(std::lround(window_s * rate_hz)));
  if (width < 2) return out;
  const std::size_t size = power_of_two(width);
  out.step_hz = rate_hz / static_cast<double>(size);
  out.resolution_hz = rate_hz / static_cast<double>(width);
  out.power.assign(size / 2 + 1, 0.0);
  std::vector<double> hann(width);
  double squares = 0;
  for (std::size_t i = 0; i < width; ++i) {
    hann[i] = 0.5 - 0.5 * std::cos(2 * std::numbers::pi * static_cast<double>(i) /
                                   static_cast<double>(width));
    squares += hann[i] * hann[i];
  }
  const std::size_t step =
      std::max<std::size_t>({width / 2, (x.size() - width) / std::max<std::size_t>(most_windows, 1), 1});
  std::size_t count = 0;
  std::vector<Complex> work(size);
  for (std::size_t begin = 0; begin + width <= x.size(); begin += step, ++count) {
    std::fill(work.begin(), work.end(), Complex());
    double mean = 0;
    for (std::size_t i = 0; i < width; ++i) mean += x[begin + i] / static_cast<double>(width);
    for (std::size_t i = 0; i < width; ++i) work[i] = (x[begin + i] - mean) * hann[i];
    fft(work);
    for (std::size_t k = 0; k <= size / 2; ++k) {
      const double sides = k == 0 || k == size / 2 ? 1 : 2;
      out.power[k] += sides * std::norm(work[k]) / (squares * static_cast<double>(size));
    }
  }
  for (double& p : out.power) p /= static_cast<double>(count);
  // Half overlapping Hann windows share a sixth of their noise's amplitude.
  out.windows = static_cast<double>(count) * (count > 1 && step < width ? 0.95 : 1.0);
  return out;
}

std::vector<double> autocorrelation(std::span<const double> x, std::size_t max_lag) {
  std::vector<double> out(max_lag + 1, 0.0);
  auto work = padded(x, power_of_two(x.size() + max_lag + 1));
  fft(work);
  for (auto& v : work) v = std::norm(v);
  inverse_fft(work);
  const double whole = work[0].real(), n = static_cast<double>(x.size());
  if (!(whole > 0)) return out;
  for (std::size_t lag = 0; lag <= max_lag && lag < x.size(); ++lag) {
    out[lag] = work[lag].real() / whole * n / (n - static_cast<double>(lag));
  }
  return out;
}

std::vector<double> cross_products(std::span<const double> x, std::span<const double> y) {
  if (x.empty() || y.empty()) return {};
  const std::size_t lags = x.size() + y.size() - 1, size = power_of_two(lags);
  auto a = padded(x, size), b = padded(y, size);
  fft(a);
  fft(b);
  for (std::size_t k = 0; k < size; ++k) a[k] *= std::conj(b[k]);
  inverse_fft(a);
  std::vector<double> out(lags);
  for (std::size_t i = 0; i < lags; ++i) {
    // Negative lags stand at the end of the circle.
    out[i] = a[(i + size - (y.size() - 1)) % size].real();
  }
  return out;
}

}  // namespace kinemyo::signal
