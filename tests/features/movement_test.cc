#include "kinemyo/features/movement.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numbers>
#include <string>
#include <vector>

#include "kinemyo/base/error.h"
#include "kinemyo/base/random.h"
#include "kinemyo/features/features.h"

namespace kinemyo::features {
namespace {

constexpr double kRate = 100, kNaN = std::numeric_limits<double>::quiet_NaN();

model::InputSpec spec() {
  model::InputSpec out;
  out.markers = {"LASIS", "RASIS", "LPSIS", "RPSIS", "L.KneeLateral", "L.AnkleLateral", "R.KneeLateral", "R.AnkleLateral"};
  out.low_pass_hz = 6;
  return out;
}

// Somebody who walks into a direction of his own, legs swinging in turn, the wider `swing`; both points of a leg go together.
base::Matrix<double> walk(double swing, double begin_s, double heading, std::size_t frames = 250) {
  base::Matrix<double> out(frames, 24);
  base::Random random(static_cast<std::uint64_t>(1000 * swing));
  for (std::size_t f = 0; f < frames; ++f) {
    const double t = static_cast<double>(f) / kRate, phase = 2 * std::numbers::pi * (t + begin_s);
    const double pelvis[4][3] = {{0.1, 0, -0.12}, {0.1, 0, 0.12}, {-0.1, 0.02, -0.05}, {-0.1, 0.02, 0.05}};
    for (std::size_t m = 0; m < 8; ++m) {
      double x, y, z;
      if (m < 4) {
        x = pelvis[m][0], y = 1 + pelvis[m][1], z = pelvis[m][2];
      } else {
        const double side = m < 6 ? 1 : -1, thigh = side * swing * std::sin(phase), knee = swing * (1 + std::cos(phase + side * 1.5));
        x = 0.45 * std::sin(thigh), y = 1 - 0.45 * std::cos(thigh), z = -0.12 * side;
        if (m % 2 == 1) x += 0.42 * std::sin(thigh - knee), y -= 0.42 * std::cos(thigh - knee);
      }
      x += 1.2 * t;
      y += 0.02 * std::cos(2 * phase);
      out(f, 3 * m) = std::cos(heading) * x + std::sin(heading) * z + 0.001 * random.normal();
      out(f, 3 * m + 1) = y + 0.001 * random.normal();
      out(f, 3 * m + 2) = -std::sin(heading) * x + std::cos(heading) * z + 0.001 * random.normal();
    }
  }
  return out;
}

std::vector<base::Matrix<double>> training() { return {walk(0.35, 0, 0), walk(0.45, 0.3, 1), walk(0.5, 0.6, -2), walk(0.4, 0.8, 2.5)}; }

// How far low_pass() puts a leg that is hidden from `first` for 0.3 s from where it is, RMS over four people, before a camera that is
// a centimetre off.
double off(const model::InputSpec& with, std::size_t first) {
  double squares = 0, count = 0;
  base::Random random(9);
  for (int person = 0; person < 4; ++person) {
    const auto whole = walk(0.38 + 0.03 * person, 0.15 * person, 0.7);
    auto hidden = whole;
    for (double& v : hidden.flat()) v += 0.01 * random.normal();
    for (std::size_t f = first; f < first + 30; ++f) {
      for (std::size_t c = 12; c < 18; ++c) hidden(f, c) = kNaN;
    }
    low_pass(hidden, with, kRate);
    for (std::size_t f = first; f < first + 30; ++f) {
      for (std::size_t c = 12; c < 18; ++c) squares += std::pow(hidden(f, c) - whole(f, c), 2), ++count;
    }
  }
  return std::sqrt(squares / count);
}

TEST(Movement, TellsWhereAHiddenLegIsAtBeginningMiddleAndEnd) {
  auto learned = spec();
  learned.movement = learn_movement(training(), spec(), kRate);
  ASSERT_FALSE(learned.movement.empty());
  EXPECT_LT(off(learned, 110), 0.01);
  EXPECT_GT(off(spec(), 110), 5 * off(learned, 110));
  for (const std::size_t first : {0u, 220u}) EXPECT_LT(off(learned, first), 0.02) << first;
}

TEST(Movement, WhatIsSeenStaysAndWhatIsNeverSeenStaysMissing) {
  auto with = spec();
  with.movement = learn_movement(training(), spec(), kRate);
  const auto whole = walk(0.42, 0.15, 0.7);
  auto points = whole, seen = whole;
  for (std::size_t f = 0; f < whole.rows(); ++f) {
    for (std::size_t c = 21; c < 24; ++c) points(f, c) = seen(f, c) = kNaN;
  }
  for (std::size_t c = 12; c < 15; ++c) seen(100, c) = kNaN;
  fill_by_movement(points, seen, with, kRate);
  for (std::size_t f = 0; f < whole.rows(); ++f) {
    for (std::size_t c = 0; c < 21; ++c) {
      if (f != 100 || c < 12 || c >= 15) EXPECT_EQ(points(f, c), whole(f, c));
    }
    for (std::size_t c = 21; c < 24; ++c) EXPECT_TRUE(std::isnan(points(f, c)));
  }
  for (std::size_t c = 12; c < 15; ++c) EXPECT_NEAR(points(100, c), whole(100, c), 0.01);
}

TEST(Movement, IsNotLearnedOfTooFewMoments) {
  EXPECT_TRUE(learn_movement(std::vector{walk(0.4, 0, 0, 40)}, spec(), kRate).empty());
  EXPECT_TRUE(learn_movement({}, spec(), kRate).empty());
  auto hidden = walk(0.4, 0, 0);
  for (std::size_t f = 0; f < hidden.rows(); f += 3) hidden(f, 14) = kNaN;
  EXPECT_TRUE(learn_movement(std::vector{hidden}, spec(), kRate).empty());
}

}  // namespace
}  // namespace kinemyo::features
