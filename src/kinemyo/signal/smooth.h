#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "kinemyo/base/matrix.h"

namespace kinemyo::signal {

/// Mean over `width` samples, what lies outside the signal counts as 0, as NumPy's
/// `convolve(x, ones(width) / width, mode="same")`: an even window reaches one sample further back.
/// Time: zero-phase; the ends are bent towards 0. Shape: max(size of x, width) numbers, as NumPy; x
/// not empty.
std::vector<double> moving_average(std::span<const double> x, std::size_t width);

/// Savitzky-Golay: a polynomial of `order` fitted over `window` samples (odd, above the order) at
/// every sample; within half a window of an end, the polynomial of the first or last window. Time:
/// zero-phase. Missing: a NaN spoils the window around it. Throws std::invalid_argument for a wrong
/// window, Error if x has fewer samples than the window. Source: Savitzky and Golay 1964,
/// doi 10.1021/ac60214a047; checked against SciPy's `savgol_filter` (mode "interp").
std::vector<double> savitzky_golay(std::span<const double> x, std::size_t window,
                                   std::size_t order);
/// The first derivative of the same polynomials, per second.
std::vector<double> savitzky_golay_derivative(std::span<const double> x, std::size_t window,
                                              std::size_t order, double rate_hz);

/// Each column smoothed by a Gaussian of that standard deviation in rows, out to three of them; ends are held. In place.
/// Time: zero-phase. Missing: a NaN spoils what is around it. Shape: deviation_rows above 0.
void smooth_columns(base::Matrix<double>& values, double deviation_rows);

}  // namespace kinemyo::signal
