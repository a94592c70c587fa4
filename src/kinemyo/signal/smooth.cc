#include "kinemyo/signal/smooth.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "kinemyo/base/error.h"
#include "kinemyo/base/matrix.h"

namespace kinemyo::signal {

namespace {

// Polynomials of degree 0 to `order`, orthonormal over the window's positions -half .. half, and
// their slopes. Shape: degree x position.
struct Basis {
  base::Matrix<double> value;
  base::Matrix<double> slope;
};

Basis orthonormal_basis(std::size_t window, std::size_t order) {
  Basis basis{base::Matrix<double>(order + 1, window), base::Matrix<double>(order + 1, window)};
  const double half = static_cast<double>(window - 1) / 2;
  const double unit = half > 0 ? half : 1;  // positions within [-1, 1] keep the powers small
  for (std::size_t degree = 0; degree <= order; ++degree) {
    auto value = basis.value.row(degree);
    auto slope = basis.slope.row(degree);
    for (std::size_t i = 0; i < window; ++i) {
      const double at = (static_cast<double>(i) - half) / unit;
      value[i] = degree == 0 ? 1 : at * basis.value(degree - 1, i);
      slope[i] =
          degree == 0 ? 0 : basis.value(degree - 1, i) / unit + at * basis.slope(degree - 1, i);
    }
    // Twice: the second round takes off what rounding left of the first.
    for (int round = 0; round < 2; ++round) {
      for (std::size_t lower = 0; lower < degree; ++lower) {
        double overlap = 0;
        for (std::size_t i = 0; i < window; ++i) overlap += value[i] * basis.value(lower, i);
        for (std::size_t i = 0; i < window; ++i) {
          value[i] -= overlap * basis.value(lower, i);
          slope[i] -= overlap * basis.slope(lower, i);
        }
      }
    }
    double length = 0;
    for (const double v : value) length += v * v;
    length = std::sqrt(length);
    for (std::size_t i = 0; i < window; ++i) {
      value[i] /= length;
      slope[i] /= length;
    }
  }
  return basis;
}

std::vector<double> fitted(std::span<const double> x, std::size_t window, std::size_t order,
                           bool derivative, double rate_hz) {
  require(window % 2 == 1 && order < window,
          "savitzky_golay: a window of " + std::to_string(window) + " for order " +
              std::to_string(order) + "; it has to be odd and above the order");
  if (x.size() < window) {
    throw Error("a signal of " + std::to_string(x.size()) +
                " samples is too short for a Savitzky-Golay window of " + std::to_string(window));
  }
  const Basis basis = orthonormal_basis(window, order);
  const auto& read = derivative ? basis.slope : basis.value;
  // weights(p, j): what sample j of a window gives to the curve at position p.
  base::Matrix<double> weights(window, window);
  for (std::size_t p = 0; p < window; ++p) {
    for (std::size_t j = 0; j < window; ++j) {
      double sum = 0;
      for (std::size_t k = 0; k <= order; ++k) sum += read(k, p) * basis.value(k, j);
      weights(p, j) = derivative ? sum * rate_hz : sum;
    }
  }
  const std::size_t half = window / 2;
  const std::size_t last_start = x.size() - window;
  std::vector<double> out(x.size());
  for (std::size_t i = 0; i < x.size(); ++i) {
    const std::size_t start = std::min(i < half ? 0 : i - half, last_start);
    const auto w = weights.row(i - start);
    double sum = 0;
    for (std::size_t j = 0; j < window; ++j) sum += w[j] * x[start + j];
    out[i] = sum;
  }
  return out;
}

}  // namespace

std::vector<double> moving_average(std::span<const double> x, std::size_t width) {
  require(width > 0 && !x.empty(), "moving_average: an empty window or signal");
  const std::size_t size = std::max(x.size(), width);
  const std::size_t shift = (std::min(x.size(), width) - 1) / 2;
  const double weight = 1.0 / static_cast<double>(width);
  std::vector<double> out(size);
  for (std::size_t i = 0; i < size; ++i) {
    const std::size_t newest = i + shift;
    const std::size_t first = newest + 1 < width ? 0 : newest + 1 - width;
    double sum = 0;
    for (std::size_t j = first; j <= newest && j < x.size(); ++j) sum += x[j] * weight;
    out[i] = sum;
  }
  return out;
}

std::vector<double> savitzky_golay(std::span<const double> x, std::size_t window,
                                   std::size_t order) {
  return fitted(x, window, order, false, 1);
}

std::vector<double> savitzky_golay_derivative(std::span<const double> x, std::size_t window,
                                              std::size_t order, double rate_hz) {
  return fitted(x, window, order, true, rate_hz);
}

void smooth_columns(base::Matrix<double>& values, double deviation_rows) {
  const int reach = static_cast<int>(std::ceil(3 * deviation_rows));
  std::vector<double> weights;
  double sum = 0;
  for (int i = -reach; i <= reach; ++i) {
    weights.push_back(std::exp(-0.5 * i * i / (deviation_rows * deviation_rows)));
    sum += weights.back();
  }
  const int rows = static_cast<int>(values.rows());
  base::Matrix<double> out(values.rows(), values.columns());
  for (int row = 0; row < rows; ++row) {
    for (int i = -reach; i <= reach; ++i) {
      const auto source = values.row(static_cast<std::size_t>(std::clamp(row + i, 0, rows - 1)));
      const double weight = weights[static_cast<std::size_t>(i + reach)] / sum;
      auto target = out.row(static_cast<std::size_t>(row));
      for (std::size_t c = 0; c < target.size(); ++c) target[c] += weight * source[c];
    }
  }
  values = std::move(out);
}

}  // namespace kinemyo::signal
