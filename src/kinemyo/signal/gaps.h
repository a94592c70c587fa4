#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "kinemyo/base/matrix.h"

namespace kinemyo::signal {

/// A run of missing samples.
struct Gap {
  std::size_t first = 0;
  std::size_t count = 0;
  bool operator==(const Gap&) const = default;
};

/// Runs of rows in which any number is NaN. A span is a matrix of one column.
std::vector<Gap> find_gaps(base::MatrixView<const double> values);
std::vector<Gap> find_gaps(std::span<const double> values);

enum class Interpolation {
  linear,
  pchip,  ///< no overshoot; for envelopes and angles
  cubic,  ///< not-a-knot spline through all measured samples; for markers
};

/// What fill_gaps did. Shape of `filled`: one number a row, 1 where the row was invented.
struct Filled {
  std::vector<std::uint8_t> filled;
  std::vector<Gap> left;  ///< gaps that stay: too long, or at an end
  std::size_t rows = 0;   ///< rows filled
};

/// Fills gaps that are at most `limit_s` long, in place, between the samples around them; never
/// before the first or after the last measured row. All columns of a row go together (a marker's x,
/// y, z): a row with one NaN is missing whole, and is made NaN whole where it is not filled. Units:
/// s. A gap of n rows lasts n steps: n / rate_hz; between stamps, n / (n + 1) of the time from the
/// row before it to the row after it. Throws std::invalid_argument unless times_s has one
/// increasing number a row. Cost: O(rows * columns).
Filled fill_gaps(base::MatrixView<double> values, double rate_hz, double limit_s,
                 Interpolation method);
Filled fill_gaps(std::span<double> values, double rate_hz, double limit_s, Interpolation method);
Filled fill_gaps_at(base::MatrixView<double> values, std::span<const double> times_s,
                    double limit_s, Interpolation method);

/// Values of the curve through (x, y), x increasing strictly, y finite, at points in any order.
/// Missing: NaN outside [x front, x back]; a NaN point gives NaN.
/// Source: Fritsch and Butland 1984, doi 10.1137/0905021 (pchip), de Boor 1978 (spline); checked
/// against SciPy's PchipInterpolator and CubicSpline.
std::vector<double> interpolate(std::span<const double> x, std::span<const double> y,
                                std::span<const double> points, Interpolation method);

}  // namespace kinemyo::signal
