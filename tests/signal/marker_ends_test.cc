#include "kinemyo/signal/marker_ends.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <stdexcept>

namespace kinemyo::signal {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kRate = 100;

// Five points that walk forward and bend towards each other.
base::Matrix<double> walking_points(std::size_t frames) {
  base::Matrix<double> out(frames, 15);
  for (std::size_t f = 0; f < frames; ++f) {
    const double t = static_cast<double>(f) / kRate, swing = 0.2 * std::sin(2 * 3.14159265358979 * t);
    for (std::size_t m = 0; m < 5; ++m) {
      out(f, 3 * m) = 1.3 * t + 0.1 * static_cast<double>(m) * (1 + swing);
      out(f, 3 * m + 1) = 0.2 * static_cast<double>(m) + 0.3 * swing * static_cast<double>(m % 3);
      out(f, 3 * m + 2) = 0.05 * static_cast<double>(m * m);
    }
  }
  return out;
}

void hide(base::Matrix<double>& points, std::size_t marker, std::size_t first, std::size_t end) {
  for (std::size_t f = first; f < end; ++f)
    for (std::size_t c = 0; c < 3; ++c) points(f, 3 * marker + c) = kNaN;
}

double apart(const base::Matrix<double>& a, const base::Matrix<double>& b, std::size_t f, std::size_t marker) {
  double squares = 0;
  for (std::size_t c = 0; c < 3; ++c) squares += std::pow(a(f, 3 * marker + c) - b(f, 3 * marker + c), 2);
  return std::sqrt(squares);
}

TEST(MarkerEnds, GoWithTheOtherMarkers) {
  const auto whole = walking_points(150);
  auto points = whole;
  hide(points, 2, 0, 20);
  hide(points, 3, 130, 150);
  fill_marker_ends(points, kRate, 0.5);
  for (std::size_t f = 0; f < 20; ++f) EXPECT_LT(apart(points, whole, f, 2), 0.005) << f;  // held, it would be off by 0.26 m
  for (std::size_t f = 130; f < 150; ++f) EXPECT_LT(apart(points, whole, f, 3), 0.005) << f;
  for (std::size_t f = 20; f < 150; ++f) EXPECT_EQ(apart(points, whole, f, 2), 0);
}

TEST(MarkerEnds, StayWhereNothingTellsOrTheyAreLong) {
  const auto missing = [](const base::Matrix<double>& points, std::size_t f, std::size_t marker) { return std::isnan(points(f, 3 * marker)); };
  auto points = walking_points(150);
  hide(points, 0, 0, 60);   // longer than half a second
  hide(points, 1, 70, 90);  // not at an end
  hide(points, 4, 0, 150);  // never seen
  fill_marker_ends(points, kRate, 0.5);
  EXPECT_TRUE(missing(points, 59, 0) && missing(points, 80, 1) && missing(points, 100, 4));

  auto few = walking_points(150);
  for (const std::size_t marker : {0u, 1u, 2u}) hide(few, marker, 0, 20);
  fill_marker_ends(few, kRate, 0.5);
  EXPECT_TRUE(missing(few, 0, 0)) << "two others are too few";
}

TEST(MarkerEnds, RefuseWhatAreNoTriples) {
  base::Matrix<double> points(10, 4);
  EXPECT_THROW(fill_marker_ends(points, kRate, 0.5), std::invalid_argument);
  base::Matrix<double> triples(10, 3);
  EXPECT_THROW(fill_marker_ends(triples, 0, 0.5), std::invalid_argument);
}

}  // namespace
}  // namespace kinemyo::signal
