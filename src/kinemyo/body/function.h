#pragma once

#include <cstddef>
#include <utility>
#include <vector>

namespace kinemyo::body {

/// How far an axis moves for a coordinate's value: a polynomial (constants and straight lines are
/// ones), or a curve through points.
/// Threads: const, safe to share.
/// Cost: no allocation after it is made.
class Function {
 public:
  /// slope * x + offset.
  static Function line(double slope = 1, double offset = 0) { return Function({offset, slope}); }
  static Function constant(double value) { return Function({value}); }
  /// Coefficients from the lowest power up.
  /// Throws std::invalid_argument if there are none.
  static Function polynomial(std::vector<double> coefficients);
  /// Straight lines between points; beyond the ends the first and last go on. At least two points,
  /// x increasing.
  static Function piecewise(const std::vector<double>& x, const std::vector<double>& y);
  /// The cubic spline of SIMM and OpenSim: the third derivative at each end is that of the cubic
  /// through the four points there; beyond the ends straight lines. Two points give a line, three a
  /// parabola.
  /// Throws std::invalid_argument unless there are at least two points and x increases strictly.
  /// Source: Forsythe, Malcolm and Moler 1977, Computer Methods for Mathematical Computations,
  /// section 4.4.
  static Function spline(const std::vector<double>& x, const std::vector<double>& y);

  /// The same, every value times `factor`.
  Function scaled(double factor) const;

  double value(double x) const noexcept;
  double slope(double x) const noexcept;
  /// Both at once.
  std::pair<double, double> value_and_slope(double x) const noexcept;
  /// The second derivative.
  double curvature(double x) const noexcept;
  /// A constant or one straight line.
  bool is_line() const { return knots_.empty() && coefficients_.size() <= 2; }

 private:
  explicit Function(std::vector<double> coefficients) : coefficients_(std::move(coefficients)) {}
  Function(std::vector<double> knots, std::vector<double> coefficients)
      : knots_(std::move(knots)), coefficients_(std::move(coefficients)) {}
  const double* piece(double x, double& from) const noexcept;

  std::vector<double>
      knots_;  ///< none: one polynomial; else a cubic from before the first on, then from each knot
  std::vector<double> coefficients_;
};

}  // namespace kinemyo::body
