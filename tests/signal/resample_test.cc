#include "kinemyo/signal/resample.h"

#include <gmock/gmock.h>

#include <cmath>
#include <limits>
#include <numbers>

namespace kinemyo::signal {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

std::vector<double> wave(double hz, double rate_hz, double seconds) {
  std::vector<double> out(static_cast<std::size_t>(seconds * rate_hz) + 1);
  for (std::size_t i = 0; i < out.size(); ++i) {
    out[i] = std::cos(2 * std::numbers::pi * hz * static_cast<double>(i) / rate_hz + 0.4);
  }
  return out;
}

// Largest distance from the true wave, in the middle three fifths.
double error_of(const std::vector<double>& found, double hz, double rate_hz, double gain) {
  double worst = 0;
  for (std::size_t i = found.size() / 5; i < found.size() * 4 / 5; ++i) {
    const double t = static_cast<double>(i) / rate_hz;
    worst =
        std::max(worst, std::abs(found[i] - gain * std::cos(2 * std::numbers::pi * hz * t + 0.4)));
  }
  return worst;
}

TEST(Resample, PassesWhatTheLowerRateHoldsAndStopsTheRest) {
  for (const auto& [from, to] : {std::pair{1000.0, 100.0},
                                 {2000.0, 100.0},
                                 {1000.0, 60.0},
                                 {100.0, 100.5},
                                 {100.0, 250.0},
                                 {120.0, 100.0}}) {
    const double lower = std::min(from, to);
    for (const double share : {0.0, 0.05, 0.2, 0.35, 0.42}) {
      const auto x = wave(share * lower, from, 10);
      EXPECT_LT(error_of(resample(x, from, to), share * lower, to, 1), 1e-3)
          << from << " to " << to << " at " << share;
    }
    for (const double share : {0.5, 0.6, 1.0, 3.3}) {
      if (share * lower > from / 2) continue;
      if (to > from) continue;  // there is nothing above half of `from` to stop
      EXPECT_LT(error_of(resample(wave(share * lower, from, 10), from, to), share * lower, to, 0),
                1e-3)
          << from << " to " << to << " at " << share;
    }
  }
}

TEST(Resample, KeepsConstantsToTheVeryEnds) {
  const std::vector<double> level(437, 2.5);
  const auto out = resample(level, 1000, 30);
  ASSERT_EQ(out.size(), resampled_size(437, 1000, 30));
  ASSERT_EQ(out.size(), 14u);
  for (const double v : out) EXPECT_NEAR(v, 2.5, 1e-12);
}

TEST(Resample, HasOneNumberForEveryInstantUpToTheLast) {
  EXPECT_EQ(resampled_size(1001, 1000, 100), 101u);
  EXPECT_EQ(resampled_size(1000, 1000, 100), 100u);
  EXPECT_EQ(resampled_size(1, 1000, 100), 1u);
  EXPECT_EQ(resampled_size(0, 1000, 100), 0u);
  EXPECT_THAT(resample(std::vector<double>{4}, 1000, 100),
              testing::ElementsAre(testing::DoubleNear(4, 1e-12)));
  EXPECT_THROW(resample(std::vector<double>{4}, 0, 100), std::invalid_argument);
  EXPECT_THROW(resample(std::vector<double>{4}, 100, kNan), std::invalid_argument);
}

TEST(Resample, LeavesGapsMissingAndTheirNeighboursNear) {
  auto x = wave(2, 1000, 4);
  for (std::size_t i = 1500; i < 1530; ++i) x[i] = kNan;
  for (std::size_t i = 0; i < 100; ++i) x[i] = kNan;
  const auto out = resample(x, 1000, 100);
  for (std::size_t i = 0; i < out.size(); ++i) {
    EXPECT_EQ(std::isnan(out[i]), i < 10 || (i >= 150 && i <= 152)) << i;
  }
  EXPECT_NEAR(out[149], wave(2, 100, 4)[149], 0.02);
  EXPECT_NEAR(out[153], wave(2, 100, 4)[153], 0.02);
}

TEST(ResampleAt, ReadsAnyInstantInsideAndNothingOutside) {
  const auto x = wave(3, 1000, 5);
  std::vector<double> stamps;
  for (int i = -3; i < 170; ++i) stamps.push_back(10 + i / 33.3);
  const auto out = resample_at(x, 1000, 10, stamps, 33.3);
  for (std::size_t i = 0; i < stamps.size(); ++i) {
    const double t = stamps[i] - 10;
    EXPECT_EQ(std::isnan(out[i]), t < 0 || t > 5) << t;
    if (t > 1 && t < 4) {
      EXPECT_NEAR(out[i], std::cos(2 * std::numbers::pi * 3 * t + 0.4), 1e-3);
    }
  }
}

TEST(ResampleAt, EqualsResampleOnItsGrid) {
  const auto x = wave(7, 1000, 3);
  const auto uniform = resample(x, 1000, 50);
  std::vector<double> stamps;
  for (std::size_t i = 0; i < uniform.size(); ++i) stamps.push_back(static_cast<double>(i) / 50);
  const auto at = resample_at(x, 1000, 0, stamps, 50);
  for (std::size_t i = 0; i < uniform.size(); ++i) EXPECT_NEAR(at[i], uniform[i], 1e-9);
}

TEST(InterpolateAt, DoesNotReachOverLongGaps) {
  const std::vector<double> stamps = {0, 0.1, 0.2, 0.3, 0.8, 0.9};
  const std::vector<double> values = {0, 1, kNan, 3, 8, 9};
  const std::vector<double> times = {-0.1, 0, 0.15, 0.3, 0.5, 0.8, 0.85, 1};
  const auto out = interpolate_at(stamps, values, times, 0.2, Interpolation::linear);
  const std::vector<double> expected = {kNan, 0, 1.5, 3, kNan, 8, 8.5, kNan};
  for (std::size_t i = 0; i < times.size(); ++i) {
    if (std::isnan(expected[i])) {
      EXPECT_TRUE(std::isnan(out[i])) << times[i];
    } else {
      EXPECT_NEAR(out[i], expected[i], 1e-9);
    }
  }
}

}  // namespace
}  // namespace kinemyo::signal
