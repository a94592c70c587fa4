#include "kinemyo/body/function.h"

#include <Eigen/Dense>
#include <algorithm>

#include "kinemyo/base/error.h"

namespace kinemyo::body {

namespace {

void require_points(const std::vector<double>& x, const std::vector<double>& y) {
  require(x.size() == y.size() && x.size() >= 2,
          "Function: a curve needs two points at least, as many x as y");
  for (std::size_t i = 1; i < x.size(); ++i)
    require(x[i] > x[i - 1], "Function: x of a curve must increase");
}

// Cubics from before the first knot, then from each: value, slope, and the rest at the knot.
std::vector<double> with_straight_ends(const std::vector<double>& x, const std::vector<double>& y,
                                       const std::vector<double>& cubics) {
  const auto* last = cubics.data() + cubics.size() - 4;
  const double h = x.back() - x[x.size() - 2];
  std::vector<double> out{y.front(), cubics[1], 0, 0};
  out.insert(out.end(), cubics.begin(), cubics.end());
  out.insert(out.end(), {y.back(), last[1] + h * (2 * last[2] + 3 * h * last[3]), 0, 0});
  return out;
}

}  // namespace

Function Function::polynomial(std::vector<double> coefficients) {
  require(!coefficients.empty(), "Function: a polynomial without coefficients");
  return Function(std::move(coefficients));
}

Function Function::piecewise(const std::vector<double>& x, const std::vector<double>& y) {
  require_points(x, y);
  std::vector<double> cubics;
  for (std::size_t i = 0; i + 1 < x.size(); ++i) {
    cubics.insert(cubics.end(), {y[i], (y[i + 1] - y[i]) / (x[i + 1] - x[i]), 0, 0});
  }
  return {x, with_straight_ends(x, y, cubics)};
}

Function Function::spline(const std::vector<double>& x, const std::vector<double>& y) {
  require_points(x, y);
  const auto n = static_cast<Eigen::Index>(x.size());
  const auto at = [](const std::vector<double>& v, Eigen::Index i) {
    return v[static_cast<std::size_t>(i)];
  };
  const auto step = [&](Eigen::Index i) { return at(x, i + 1) - at(x, i); };
  const auto rise = [&](Eigen::Index i) { return (at(y, i + 1) - at(y, i)) / step(i); };
  // A sixth of the second derivative at every point.
  Eigen::VectorXd bend = Eigen::VectorXd::Zero(n);
  if (n > 2) {
    Eigen::MatrixXd a = Eigen::MatrixXd::Zero(n, n);
    Eigen::VectorXd b = Eigen::VectorXd::Zero(n);
    for (Eigen::Index i = 1; i + 1 < n; ++i) {
      a(i, i - 1) = step(i - 1);
      a(i, i) = 2 * (step(i - 1) + step(i));
      a(i, i + 1) = step(i);
      b[i] = rise(i) - rise(i - 1);
    }
    const auto third = [&](Eigen::Index i) {  // divided difference of points i .. i + 3
      const auto second = [&](Eigen::Index k) {
        return (rise(k + 1) - rise(k)) / (at(x, k + 2) - at(x, k));
      };
      return (second(i + 1) - second(i)) / (at(x, i + 3) - at(x, i));
    };
    a(0, 0) = a(n - 1, n - 2) = -1;
    a(0, 1) = a(n - 1, n - 1) = 1;
    if (n > 3) {
      b[0] = step(0) * third(0);
      b[n - 1] = step(n - 2) * third(n - 4);
    }
    bend = a.partialPivLu().solve(b);
  }
  std::vector<double> cubics;
  for (Eigen::Index i = 0; i + 1 < n; ++i) {
    const double h = step(i);
    cubics.insert(cubics.end(), {at(y, i), rise(i) - h * (2 * bend[i] + bend[i + 1]), 3 * bend[i],
                                 (bend[i + 1] - bend[i]) / h});
  }
  return {x, with_straight_ends(x, y, cubics)};
}

Function Function::scaled(double factor) const {
  Function out = *this;
  for (auto& c : out.coefficients_) c *= factor;
  return out;
}

const double* Function::piece(double x, double& from) const noexcept {
  const auto after = std::upper_bound(knots_.begin(), knots_.end(), x) - knots_.begin();
  from = knots_[static_cast<std::size_t>(std::max<std::ptrdiff_t>(after - 1, 0))];
  return coefficients_.data() + 4 * after;
}

std::pair<double, double> Function::value_and_slope(double x) const noexcept {
  if (!knots_.empty()) {
    double from = 0;
    const double* c = piece(x, from);
    const double t = x - from;
    return {c[0] + t * (c[1] + t * (c[2] + t * c[3])), c[1] + t * (2 * c[2] + t * 3 * c[3])};
  }
  double value = 0, slope = 0;
  for (std::size_t i = coefficients_.size(); i-- > 0;) {
    slope = slope * x + value;
    value = value * x + coefficients_[i];
  }
  return {value, slope};
}

double Function::value(double x) const noexcept { return value_and_slope(x).first; }

double Function::slope(double x) const noexcept { return value_and_slope(x).second; }

double Function::curvature(double x) const noexcept {
  if (!knots_.empty()) {
    double from = 0;
    const double* c = piece(x, from);
    return 2 * c[2] + 6 * c[3] * (x - from);
  }
  double sum = 0;
  for (std::size_t i = coefficients_.size(); i-- > 2;) {
    sum = sum * x + static_cast<double>(i * (i - 1)) * coefficients_[i];
  }
  return sum;
}

}  // namespace kinemyo::body
