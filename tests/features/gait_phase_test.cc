#include "kinemyo/features/gait_phase.h"

#include <gmock/gmock.h>

#include <cmath>
#include <limits>
#include <numbers>

#include "features/angle_inputs.h"
#include "kinemyo/features/features.h"
#include "kinemyo/features/mirror.h"

namespace kinemyo::features {
namespace {

const std::vector<std::string> kAngles = {"hip_flexion_l", "knee_angle_l", "hip_flexion_r", "knee_angle_r"};

// A walk of one stride a second; `lead_rad` moves the left leg on.
std::vector<double> posture(double t_s, double lead_rad = 0) {
  const double left = 2 * std::numbers::pi * t_s + lead_rad, right = left + std::numbers::pi;
  return {0.4 * std::cos(left), 0.3 + 0.3 * std::sin(left), 0.4 * std::cos(right), 0.3 + 0.3 * std::sin(right)};
}

std::vector<float> told(GaitPhase& phase, const std::vector<double>& posture, std::size_t harmonics) {
  std::vector<float> out(2 * harmonics);
  phase.step(posture, out);
  return out;
}

TEST(GaitPhase, TurnsOnceAStrideAndHarmonicsTurnAsManyTimes) {
  GaitPhase phase(kAngles, 100, 2);
  double turned = 0, turned_twice = 0, before = 0, before_twice = 0;
  for (int f = 0; f <= 220; ++f) {
    const auto out = told(phase, posture(0.01 * f), 2);
    const double angle = std::atan2(out[1], out[0]), twice = std::atan2(out[3], out[2]);
    if (f > 20) {
      turned += std::remainder(angle - before, 2 * std::numbers::pi);
      turned_twice += std::remainder(twice - before_twice, 2 * std::numbers::pi);
    }
    before = angle;
    before_twice = twice;
  }
  EXPECT_NEAR(turned / (2 * std::numbers::pi), 2, 0.01);
  EXPECT_NEAR(turned_twice / (2 * std::numbers::pi), 4, 0.01);
}

TEST(GaitPhase, TheOtherLegIsHalfACycleOn) {
  GaitPhase one(kAngles, 100, 3), other(kAngles, 100, 3);
  std::vector<float> a, b;
  for (int f = 0; f < 40; ++f) {
    a = told(one, posture(0.01 * f), 3);
    b = told(other, posture(0.01 * f, std::numbers::pi), 3);
  }
  for (std::size_t i = 0; i < 6; ++i) EXPECT_NEAR(b[i], (i / 2 % 2 == 0 ? -1 : 1) * a[i], 1e-6) << i;
}

TEST(GaitPhase, KneesThatBendNegativelyAreTheSameKnees) {
  GaitPhase one(kAngles, 100, 1), other(kAngles, 100, 1);
  for (int f = 0; f < 30; ++f) {
    auto negative = posture(0.01 * f);
    negative[1] *= -1;
    negative[3] *= -1;
    EXPECT_EQ(told(one, posture(0.01 * f), 1), told(other, negative, 1));
  }
}

TEST(GaitPhase, VanishesWhereNobodyWalksAndIsMissingWhereAnAngleIs) {
  GaitPhase phase(kAngles, 100, 2);
  for (const float v : told(phase, {0.1, 0.2, 0.1, 0.2}, 2)) EXPECT_EQ(v, 0);
  for (const float v : told(phase, {0.1, std::numeric_limits<double>::quiet_NaN(), 0.1, 0.2}, 2)) EXPECT_TRUE(std::isnan(v));
  // What came before a gap says nothing about what comes after it.
  GaitPhase fresh(kAngles, 100, 2);
  EXPECT_EQ(told(phase, posture(0.3), 2), told(fresh, posture(0.3), 2));
  told(phase, posture(0.31), 2);
  phase.reset();
  EXPECT_EQ(told(phase, posture(0.3), 2), told(fresh, posture(0.3), 2)) << "the first frame holds before the first";
}

TEST(GaitPhase, NamesTheAnglesThatItLacks) {
  EXPECT_THAT([] { GaitPhase({"hip_flexion_l", "LKneeAngles_x", "RHipAngles_x"}, 100, 4); },
              testing::ThrowsMessage<Error>("the gait phase needs flexion of both hips and knees among the input angles; missing are "
                                            "knee_angle_r (or RKneeAngles_x); the recipe takes hip_flexion_l, LKneeAngles_x, RHipAngles_x"));
}

TEST(GaitPhase, StandsBehindAllOtherInputsAndMirrorsWithThem) {
  auto model = angle_model(kAngles, 1);
  auto& spec = model.input;
  spec.gait_phase = 3;
  EXPECT_EQ(input_width(spec), 14u);
  const Mirror mirror(model);
  Extractor left(spec, 100), right(spec, 100);
  Example one, other;
  one.x = other.x = base::Matrix<float>(20, 14);
  one.y = base::Matrix<float>(20, 1);
  for (std::size_t f = 0; f < 20; ++f) {
    left.step(posture(0.01 * static_cast<double>(f)), one.x.row(f));
    right.step(posture(0.01 * static_cast<double>(f), std::numbers::pi), other.x.row(f));
  }
  const auto mirrored = mirror.apply(one);
  for (std::size_t c = 0; c < 14; ++c) EXPECT_NEAR(mirrored.x(19, c), other.x(19, c), 1e-4) << c;
}

}  // namespace
}  // namespace kinemyo::features
