#include "kinemyo/features/joint_moments.h"

#include <gmock/gmock.h>

#include <cmath>
#include <limits>

#include "features/angle_inputs.h"
#include "kinemyo/body/full_body.h"
#include "kinemyo/features/features.h"
#include "kinemyo/features/mirror.h"

namespace kinemyo::features {
namespace {

const std::vector<std::string> kLegs = {"hip_flexion_l", "knee_angle_l", "ankle_angle_l", "hip_flexion_r", "knee_angle_r", "ankle_angle_r"};

std::vector<float> told(JointMoments& moments, const std::vector<double>& posture, std::size_t count) {
  std::vector<float> out(count);
  moments.step(posture, out);
  return out;
}

// What lifting a leg by one angle takes: the slope of its weight's height.
double holding(const std::string& coordinate, std::vector<double> q, const body::Model& model) {
  const auto height = [&](double by) {
    auto moved = q;
    moved[*model.find_coordinate(coordinate)] += by;
    auto pose = model.make_pose();
    model.place(moved, pose);
    double sum = 0;
    for (std::size_t b = 1; b < model.bodies().size(); ++b) sum += model.bodies()[b].mass_kg * (pose.bodies[b] * model.bodies()[b].mass_center).y();
    return sum;
  };
  double mass = 0;
  for (const auto& one : model.bodies()) mass += one.mass_kg;
  return 9.80665 * (height(1e-5) - height(-1e-5)) / 2e-5 / mass;
}

TEST(JointMoments, HoldALegAgainstItsWeight) {
  const auto model = body::make_full_body(body::Anthropometry::of_stature(1.75, 75));
  JointMoments moments(kLegs, kLegs, 100);
  const std::vector<double> posture{0.7, 0.4, 0.1, 0, 0, 0};
  std::vector<float> out;
  for (int f = 0; f < 3; ++f) out = told(moments, posture, 6);
  auto q = model.neutral();
  for (std::size_t i = 0; i < 6; ++i) q[*model.find_coordinate(kLegs[i])] = posture[i];
  for (std::size_t i = 0; i < 6; ++i) EXPECT_NEAR(out[i], holding(kLegs[i], q, model), 1e-5) << kLegs[i];
  EXPECT_GT(out[0], 0.2) << "a thigh lifted forwards is heavy";
}

TEST(JointMoments, SwingingTakesMoreThanHolding) {
  JointMoments moments(kLegs, kLegs, 200);
  std::vector<float> out;
  double least = 1, most = -1;
  for (int f = 0; f < 400; ++f) {
    out = told(moments, {0.3 * std::sin(2 * 3.14159265 * 2 * f / 200.0), 0, 0, 0, 0, 0}, 6);
    if (f < 3) continue;
    least = std::min(least, static_cast<double>(out[0]));
    most = std::max(most, static_cast<double>(out[0]));
  }
  // A leg swings by itself somewhat slower than once a second. Twice a second, at the far points its weight pulls it back as much as when it is
  // held there; all the rest its muscles must pull, the other way, and that is more.
  const auto model = body::make_full_body(body::Anthropometry::of_stature(1.75, 75));
  auto q = model.neutral();
  q[*model.find_coordinate("hip_flexion_l")] = 0.3;
  const double held = holding("hip_flexion_l", q, model);
  ASSERT_GT(held, 0.1);
  EXPECT_LT(least, -held);
  EXPECT_NEAR(least, -most, 0.05 * most);
}

// Plug-in-Gait's pelvis tilts forwards, the model's backwards: a hip that bends as much as the pelvis tilts leaves the leg hanging.
TEST(JointMoments, TheTiltOfThePelvisCarriesTheLeg) {
  const auto moment = [](const std::vector<std::string>& names, double hip, double tilt) {
    JointMoments moments(names, {names[0]}, 100);
    float out = 0;
    for (int f = 0; f < 3; ++f) out = told(moments, {hip, tilt}, 1)[0];
    return std::abs(static_cast<double>(out));
  };
  for (const auto& [names, forwards] : {std::pair<std::vector<std::string>, double>({"LHipAngles_x", "LPelvisAngles_x"}, 0.4), {{"hip_flexion_l", "pelvis_tilt"}, -0.4}}) {
    EXPECT_LT(moment(names, 0.4, forwards), 0.25 * moment(names, 0.4, 0)) << names[0];
  }
}

TEST(JointMoments, PlugInGaitsAnglesAreTheSameAngles) {
  const std::vector<std::string> names = {"LHipAngles_x", "LKneeAngles_x", "LAnkleAngles_x", "RHipAngles_x", "RKneeAngles_x", "RAnkleAngles_x"};
  EXPECT_EQ(JointMoments::of({"LHipAngles_x", "LKneeAngles_y", "LPelvisAngles_x", "LFootProgressAngles_z"}), (std::vector<std::string>{"LHipAngles_x"}));
  JointMoments one(kLegs, kLegs, 100), other(names, names, 100);
  for (int f = 0; f < 10; ++f) {
    const std::vector<double> posture{0.1 * f, 0.02 * f * f, 0, -0.1, 0.3, 0.01 * f};
    const auto a = told(one, posture, 6), b = told(other, posture, 6);
    for (std::size_t i = 0; i < 6; ++i) EXPECT_TRUE(a[i] == b[i] || f < 2) << f << " " << i;
  }
}

TEST(JointMoments, AreMissingWithAnAngleAndTwoFramesLonger) {
  JointMoments moments(kLegs, {"hip_flexion_r"}, 100);
  const std::vector<double> still{0.1, 0.2, 0, 0.1, 0.2, 0};
  auto hidden = still;
  hidden[1] = std::numeric_limits<double>::quiet_NaN();
  for (const auto& [posture, seen] : {std::pair(still, false), {still, false}, {still, true}, {hidden, false}, {still, false}, {still, false}, {still, true}}) {
    EXPECT_EQ(std::isfinite(told(moments, posture, 1)[0]), seen);
  }
  moments.reset();
  EXPECT_TRUE(std::isnan(told(moments, still, 1)[0]));
}

TEST(JointMoments, BothSidesAnglesOfThePelvisAreOneTilt) {
  const std::vector<std::string> one = {"LHipAngles_x", "LPelvisAngles_x"}, both = {"LHipAngles_x", "LPelvisAngles_x", "RPelvisAngles_x"};
  JointMoments a(one, {"LHipAngles_x"}, 100), b(both, {"LHipAngles_x"}, 100);
  for (int f = 0; f < 10; ++f) {
    const double hip = 0.02 * f * f, tilt = 0.01 * f * f;
    const auto x = told(a, {hip, tilt}, 1), y = told(b, {hip, tilt, tilt}, 1);
    EXPECT_TRUE(f < 2 || x == y) << f;
  }
}

TEST(JointMoments, NamesWhatItCannotTell) {
  EXPECT_THAT([] { JointMoments(kLegs, {"pelvis_tilt"}, 100); },
              testing::ThrowsMessage<Error>(testing::HasSubstr("no joint moment can be told of \"pelvis_tilt\"")));
}

TEST(JointMoments, StandBehindTheDerivativesAndMirrorWithTheAngles) {
  auto model = angle_model(kLegs, 2);
  auto& spec = model.input;
  spec.moments = JointMoments::of(kLegs);
  spec.gait_phase = 1;
  ASSERT_EQ(input_width(spec), 18u + 6u + 2u);
  const Mirror mirror(model);
  Extractor left(spec, 100), right(spec, 100);
  JointMoments alone(kLegs, kLegs, 100);
  Example one, other;
  one.x = other.x = base::Matrix<float>(20, 26);
  one.y = base::Matrix<float>(20, 1);
  std::vector<float> expected;
  for (std::size_t f = 0; f < 20; ++f) {
    const double t = 0.01 * static_cast<double>(f);
    const std::vector<double> l{0.4 * std::sin(6 * t), 0.3 + 0.3 * std::sin(6 * t), 0.1 * t}, r{-0.4 * std::sin(6 * t), 0.3, 0.2 * t};
    const std::vector<double> posture{l[0], l[1], l[2], r[0], r[1], r[2]};
    left.step(posture, one.x.row(f));
    right.step(std::vector<double>{r[0], r[1], r[2], l[0], l[1], l[2]}, other.x.row(f));
    expected = told(alone, posture, 6);
  }
  for (std::size_t i = 0; i < 6; ++i) EXPECT_EQ(one.x(19, 18 + i), expected[i]);
  const auto mirrored = mirror.apply(one);
  for (std::size_t c = 0; c < 24; ++c) EXPECT_NEAR(mirrored.x(19, c), other.x(19, c), 1e-4) << c;
}

}  // namespace
}  // namespace kinemyo::features
