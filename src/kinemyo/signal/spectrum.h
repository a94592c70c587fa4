#pragma once

#include <complex>
#include <cstddef>
#include <span>
#include <vector>

namespace kinemyo::signal {

/// Discrete Fourier transform in place, without a factor; the inverse divides by the size.
/// Shape: a power of two. Throws std::invalid_argument for any other size. Cost: O(n log n).
void fft(std::span<std::complex<double>> x);
void inverse_fft(std::span<std::complex<double>> x);

/// The smallest power of two that is not below n.
std::size_t power_of_two(std::size_t n);

/// Mean power of a signal over Hann windows that overlap by half.
struct PowerSpectrum {
  std::vector<double> power;  ///< one number a bin from 0 to half the rate, units of variance a bin
  double step_hz = 0;         ///< between bins
  double resolution_hz = 0;   ///< what two tones need between them: one over the window
  double windows = 0;         ///< independent ones among those that were averaged
};

/// Windows of window_s (the whole signal where that is shorter); of a long signal, at most
/// `most_windows` spread evenly. The bins' sum is the variance. Missing: a NaN spoils everything.
/// Source: Welch 1967, doi 10.1109/TAU.1967.1161901; checked against SciPy's `welch`.
PowerSpectrum power_spectrum(std::span<const double> x, double rate_hz, double window_s,
                             std::size_t most_windows = 120);

/// Correlation of a signal with itself at lags 0 to max_lag, over the samples that both share; 1 at
/// lag 0 (all 0 if the signal is). The mean is not taken off. Cost: O(n log n).
std::vector<double> autocorrelation(std::span<const double> x, std::size_t max_lag);

/// sum over i of x[i + lag] * y[i] for every lag from -(size of y - 1) to size of x - 1.
/// Shape: size of x + size of y - 1. Cost: O(n log n).
std::vector<double> cross_products(std::span<const double> x, std::span<const double> y);

}  // namespace kinemyo::signal
