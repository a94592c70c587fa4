#include "kinemyo/signal/marker_gaps.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numbers>

namespace kinemyo::signal {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kRate_hz = 100;

// Five markers on a rigid body that turns and travels, fast enough that no spline follows it over 0.3 s.
base::Matrix<double> rigid_body(std::size_t frames = 300) {
  const double shape[5][3] = {{0, 0, 0}, {0.2, 0, 0}, {0, 0.15, 0.02}, {0.1, 0.1, 0.1}, {0.05, -0.1, 0.07}};
  base::Matrix<double> out(frames, 15);
  for (std::size_t f = 0; f < frames; ++f) {
    const double t = static_cast<double>(f) / kRate_hz;
    const double a = 2 * std::sin(2 * std::numbers::pi * 2.5 * t), b = 0.7 * std::sin(2 * std::numbers::pi * 1.1 * t + 1);
    for (std::size_t m = 0; m < 5; ++m) {
      const auto& p = shape[m];
      const double x = std::cos(a) * p[0] - std::sin(a) * p[1], y = std::sin(a) * p[0] + std::cos(a) * p[1];
      out(f, 3 * m) = x + 1.2 * t;
      out(f, 3 * m + 1) = std::cos(b) * y - std::sin(b) * p[2];
      out(f, 3 * m + 2) = std::sin(b) * y + std::cos(b) * p[2] + 0.9;
    }
  }
  return out;
}

void cut(base::Matrix<double>& positions, std::size_t marker, std::size_t first, std::size_t count) {
  for (std::size_t f = first; f < first + count; ++f) {
    for (std::size_t k = 0; k < 3; ++k) positions(f, 3 * marker + k) = kNan;
  }
}

TEST(MarkerGaps, AMarkerOfARigidBodyComesBackWhereItWas) {
  const auto truth = rigid_body();
  auto positions = truth;
  cut(positions, 3, 100, 40);
  const auto done = fill_markers(positions, kRate_hz);
  ASSERT_EQ(done.filled.size(), 1u);
  EXPECT_TRUE(done.left.empty());
  EXPECT_EQ(done.filled[0].marker, 3u);
  EXPECT_EQ(done.filled[0].gap, (Gap{100, 40}));
  EXPECT_EQ(done.filled[0].method, FillMethod::neighbours);
  EXPECT_LT(done.filled[0].error_bar_m, 1e-4);
  for (std::size_t i = 0; i < truth.flat().size(); ++i) EXPECT_NEAR(positions.flat()[i], truth.flat()[i], 1e-4);
}

TEST(MarkerGaps, WhatIsMeasuredStaysBitForBit) {
  const auto truth = rigid_body();
  auto positions = truth;
  cut(positions, 1, 50, 3);
  cut(positions, 2, 60, 30);
  fill_markers(positions, kRate_hz);
  for (std::size_t f = 0; f < 300; ++f) {
    for (std::size_t c = 0; c < 15; ++c) {
      const bool was_cut = (c / 3 == 1 && f >= 50 && f < 53) || (c / 3 == 2 && f >= 60 && f < 90);
      if (was_cut) continue;
      EXPECT_EQ(positions(f, c), truth(f, c)) << f << " " << c;
    }
  }
}

TEST(MarkerGaps, ShortGapsFollowTheMarkersOwnPath) {
  auto positions = rigid_body();
  cut(positions, 0, 80, 2);
  const auto done = fill_markers(positions, kRate_hz);
  ASSERT_EQ(done.filled.size(), 1u);
  EXPECT_EQ(done.filled[0].method, FillMethod::spline);
}

TEST(MarkerGaps, WithoutNeighboursALongGapStaysMissing) {
  auto positions = rigid_body();
  for (std::size_t m = 1; m < 5; ++m) cut(positions, m, 0, 300);
  cut(positions, 0, 100, 30);
  cut(positions, 0, 200, 10);
  const auto done = fill_markers(positions, kRate_hz);
  ASSERT_EQ(done.filled.size(), 1u);
  EXPECT_EQ(done.filled[0].gap, (Gap{200, 10}));
  ASSERT_EQ(done.left.size(), 5u);
  EXPECT_EQ(done.left[0].gap, (Gap{100, 30}));
  EXPECT_TRUE(std::isnan(positions(115, 0)));
}

TEST(MarkerGaps, EndsStayMissingAndAMarkerIsMissingWhole) {
  auto positions = rigid_body();
  cut(positions, 0, 0, 5);
  cut(positions, 1, 290, 10);
  positions(3, 14) = kNan;
  for (std::size_t f = 0; f < 4; ++f) positions(f, 13) = kNan;
  const auto done = fill_markers(positions, kRate_hz);
  EXPECT_TRUE(done.filled.empty());
  EXPECT_EQ(done.left.size(), 3u);
  EXPECT_TRUE(std::isnan(positions(2, 12)));
}

TEST(MarkerGaps, TheLimitsHold) {
  const auto with = [](const MarkerFillLimits& limits) {
    auto positions = rigid_body();
    for (std::size_t f = 0; f < 300; ++f) positions(f, 9) += 0.02 * std::sin(static_cast<double>(f * f));  // a loose marker
    cut(positions, 3, 100, 40);
    return fill_markers(positions, kRate_hz, limits);
  };
  MarkerFillLimits limits;
  EXPECT_EQ(with(limits).filled.size(), 1u);
  EXPECT_GT(with(limits).filled[0].error_bar_m, 0.01);
  limits.worst_error_m = 0.005;
  ASSERT_EQ(with(limits).left.size(), 1u);
  EXPECT_GT(with(limits).left[0].error_bar_m, 0.01);
  limits = {};
  limits.neighbours_s = 0.3;
  EXPECT_EQ(with(limits).left.size(), 1u);
}

TEST(MarkerGaps, ColumnsComeInThrees) {
  base::Matrix<double> positions(10, 4);
  EXPECT_THROW(fill_markers(positions, kRate_hz), std::invalid_argument);
  base::Matrix<double> three(10, 3);
  EXPECT_THROW(fill_markers(three, 0), std::invalid_argument);
  EXPECT_NO_THROW(fill_markers(base::Matrix<double>(), kRate_hz));
}

}  // namespace
}  // namespace kinemyo::signal
