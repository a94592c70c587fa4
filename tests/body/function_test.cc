#include "kinemyo/body/function.h"

#include <gtest/gtest.h>

#include <cmath>

namespace kinemyo::body {
namespace {

TEST(Function, PolynomialAndItsSlope) {
  const auto f = Function::polynomial({1, -2, 0, 3});  // 1 - 2x + 3x^3
  EXPECT_DOUBLE_EQ(f.value(2), 21);
  EXPECT_DOUBLE_EQ(f.slope(2), 34);
  EXPECT_DOUBLE_EQ(Function::constant(4).slope(9), 0);
  EXPECT_DOUBLE_EQ(f.scaled(2).value(2), 42);
  EXPECT_THROW(Function::polynomial({}), std::invalid_argument);
}

TEST(Function, StraightPiecesGoOnBeyondTheirEnds) {
  const auto f = Function::piecewise({0, 1, 3}, {0, 2, 0});
  EXPECT_DOUBLE_EQ(f.value(0.5), 1);
  EXPECT_DOUBLE_EQ(f.value(2), 1);
  EXPECT_DOUBLE_EQ(f.value(-1), -2);
  EXPECT_DOUBLE_EQ(f.value(4), -1);
  EXPECT_DOUBLE_EQ(f.slope(4), -1);
  EXPECT_THROW(Function::piecewise({0, 0}, {1, 2}), std::invalid_argument);
  EXPECT_THROW(Function::piecewise({0}, {1}), std::invalid_argument);
}

// Its end conditions make the spline exact for any cubic; another spline (natural, clamped) would not be.
TEST(Function, SplineThroughACubicIsTheCubic) {
  const auto cubic = Function::polynomial({0.3, -1, 0.5, 2});
  std::vector<double> x{-1, -0.4, 0.1, 0.7, 1.5}, y;
  for (const double at : x) y.push_back(cubic.value(at));
  const auto f = Function::spline(x, y);
  for (double at = -1; at <= 1.5; at += 0.05) {
    EXPECT_NEAR(f.value(at), cubic.value(at), 1e-12) << at;
    EXPECT_NEAR(f.slope(at), cubic.slope(at), 1e-11) << at;
  }
  EXPECT_NEAR(f.value(-3), y.front() - 2 * cubic.slope(-1), 1e-12);  // straight beyond the ends
  EXPECT_NEAR(f.value(2.5), y.back() + cubic.slope(1.5), 1e-11);
}

TEST(Function, SplineMeetsItsPointsAndBendsSmoothly) {
  const std::vector<double> x{0, 0.5, 1.7, 2, 2.4, 3.1}, y{1, -1, 2, 2.5, 0, 0.2};
  const auto f = Function::spline(x, y);
  constexpr double kStep = 1e-6;
  for (std::size_t i = 0; i < x.size(); ++i) EXPECT_NEAR(f.value(x[i]), y[i], 1e-12);
  for (std::size_t i = 1; i + 1 < x.size(); ++i) {
    EXPECT_NEAR(f.slope(x[i] - kStep), f.slope(x[i] + kStep), 1e-3);
    const double before = (f.slope(x[i] - kStep) - f.slope(x[i] - 2 * kStep)) / kStep;
    const double after = (f.slope(x[i] + 2 * kStep) - f.slope(x[i] + kStep)) / kStep;
    EXPECT_NEAR(before, after, 1e-2) << i;
  }
  for (const double at : {-1.0, 0.2, 1.9, 5.0}) {
    EXPECT_NEAR(f.slope(at), (f.value(at + kStep) - f.value(at - kStep)) / (2 * kStep), 1e-7);
  }
}

TEST(Function, SplineOfThreePointsIsAParabola) {
  const auto f = Function::spline({0, 1, 3}, {1, 2, 10});  // 1 + x^2
  for (const double at : {0.0, 0.5, 2.0, 3.0}) EXPECT_NEAR(f.value(at), 1 + at * at, 1e-12);
  EXPECT_NEAR(Function::spline({1, 3}, {2, 6}).value(2), 4, 1e-12);
}

}  // namespace
}  // namespace kinemyo::body
