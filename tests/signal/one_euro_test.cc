#include "kinemyo/signal/one_euro.h"

#include <gmock/gmock.h>

#include <cmath>
#include <limits>
#include <numbers>

#include "kinemyo/base/random.h"

namespace kinemyo::signal {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

TEST(OneEuro, LeavesAPointAtRestWhereItIs) {
  OneEuro filter(2, {});
  for (int f = 0; f < 50; ++f) {
    std::vector<double> frame = {1, 2, 3, -4, -5, -6};
    filter.step(f / 30.0, frame);
    EXPECT_THAT(frame, testing::ElementsAre(1, 2, 3, -4, -5, -6));
  }
}

// The filter by its paper's formulas, for a point that moves along one axis.
TEST(OneEuro, FollowsTheFormulasOfItsPaper) {
  const OneEuroSettings settings{1.5, 4, 1, 0.5};
  OneEuro filter(1, settings);
  const auto alpha = [](double hz, double dt) { return 1 / (1 + 1 / (2 * std::numbers::pi * hz * dt)); };
  double x = 0, speed = 0, last = 0;
  for (int f = 0; f < 60; ++f) {
    const double t = f / 25.0 + 0.003 * (f % 3), raw = std::sin(3 * t);
    std::vector<double> frame = {raw, 0, 0};
    filter.step(t, frame);
    if (f == 0) {
      x = raw;
    } else {
      const double dt = t - last;
      speed += alpha(1, dt) * ((raw - x) / dt - speed);
      x += alpha(1.5 + 4 * std::abs(speed), dt) * (raw - x);
    }
    last = t;
    ASSERT_NEAR(frame[0], x, 1e-12) << f;
  }
}

TEST(OneEuro, SmoothsNoiseOfAPointAtRestAndHardlyDelaysOneThatMoves) {
  OneEuro resting(1, {}), moving(1, {});
  base::Random random(1);
  double noise = 0, left = 0, late_m = 0;
  for (int f = 0; f < 300; ++f) {
    const double t = f / 30.0, e = 0.01 * random.normal();
    std::vector<double> rest = {e, 0, 0}, move = {t, 0, 0};
    resting.step(t, rest);
    moving.step(t, move);
    if (f < 60) continue;
    noise += e * e;
    left += rest[0] * rest[0];
    late_m = t - move[0];
  }
  EXPECT_LT(left, 0.5 * noise);
  EXPECT_LT(late_m, 0.03);  // at 1 m/s: 30 ms
}

TEST(OneEuro, AMissingPointGivesNaNAndSpoilsNothing) {
  OneEuro filter(2, {});
  std::vector<double> frame = {1, 1, 1, 2, 2, 2};
  filter.step(0, frame);
  frame = {1, kNaN, 1, 2, 2, 2};
  filter.step(0.03, frame);
  EXPECT_TRUE(std::isnan(frame[0]) && std::isnan(frame[1]) && std::isnan(frame[2]));
  EXPECT_EQ(frame[3], 2);
  frame = {1, 1, 1, 2, 2, 2};
  filter.step(0.06, frame);
  EXPECT_EQ(frame[0], 1);
}

TEST(OneEuro, StartsAnewAfterALongPause) {
  OneEuro filter(1, {});
  std::vector<double> frame = {0, 0, 0};
  filter.step(0, frame);
  frame = {5, 5, 5};
  filter.step(0.6, frame);
  EXPECT_EQ(frame[0], 5);
}

TEST(OneEuro, RefusesSettingsThatMakeNoSense) {
  EXPECT_THROW(OneEuro(1, {.rest_hz = 0}), std::invalid_argument);
  EXPECT_THROW(OneEuro(1, {.hz_per_speed = -1}), std::invalid_argument);
  EXPECT_THROW(OneEuro(1, {.speed_hz = kNaN}), std::invalid_argument);
}

}  // namespace
}  // namespace kinemyo::signal
