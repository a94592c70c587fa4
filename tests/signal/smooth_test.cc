#include "kinemyo/signal/smooth.h"

#include <gmock/gmock.h>

#include "kinemyo/base/error.h"
#include "signal/golden.h"

namespace kinemyo::signal {
namespace {

using testing_golden::cases;
using testing_golden::expect_close;
using testing_golden::golden;

TEST(MovingAverage, IsNumpysConvolveSame) {
  ASSERT_GE(cases("average").size(), 6u);
  for (const auto& part : cases("average")) {
    expect_close(moving_average(golden().at("short"), std::stoul(part[0])),
                 golden().at("average/" + part[0]), part[0]);
  }
}

TEST(SavitzkyGolay, IsScipysWithItsEnds) {
  ASSERT_GE(cases("savgol").size(), 4u);
  for (const auto& part : cases("savgol")) {
    const auto window = std::stoul(part[0]), order = std::stoul(part[1]);
    const std::string key = part[0] + "/" + part[1];
    expect_close(savitzky_golay(golden().at("short"), window, order), golden().at("savgol/" + key),
                 key);
    const auto slope = savitzky_golay_derivative(golden().at("short"), window, order, 100);
    const auto& expected = golden().at("savgol_slope/" + key);
    for (std::size_t i = 0; i < slope.size(); ++i) EXPECT_NEAR(slope[i], expected[i], 1e-9) << key;
  }
}

TEST(SavitzkyGolay, LeavesAPolynomialOfItsOrderAsItIs) {
  std::vector<double> cubic;
  for (int i = 0; i < 30; ++i) cubic.push_back(1 - 2.0 * i + 0.1 * i * i - 0.004 * i * i * i);
  const auto same = savitzky_golay(cubic, 11, 3);
  for (std::size_t i = 0; i < cubic.size(); ++i) EXPECT_NEAR(same[i], cubic[i], 1e-10);
}

TEST(SavitzkyGolay, RefusesWrongWindows) {
  const std::vector<double> x(10, 1.0);
  EXPECT_THROW(savitzky_golay(x, 4, 2), std::invalid_argument);
  EXPECT_THROW(savitzky_golay(x, 5, 5), std::invalid_argument);
  try {
    savitzky_golay(x, 11, 3);
    FAIL();
  } catch (const Error& problem) {
    EXPECT_STREQ(problem.what(),
                 "a signal of 10 samples is too short for a Savitzky-Golay window of 11");
  }
}

TEST(SmoothColumns, IsAGaussianOutToThreeDeviationsWithItsEndsHeld) {
  base::Matrix<double> x(41, 2, 0.0);
  x(20, 0) = 1;
  for (std::size_t r = 0; r < 41; ++r) x(r, 1) = 5;
  smooth_columns(x, 2);
  double sum = 0;
  for (int k = -6; k <= 6; ++k) sum += std::exp(-k * k / 8.0);
  for (int k = -8; k <= 8; ++k) {
    EXPECT_NEAR(x(static_cast<std::size_t>(20 + k), 0), std::abs(k) > 6 ? 0 : std::exp(-k * k / 8.0) / sum, 1e-15) << k;
  }
  for (std::size_t r = 0; r < 41; ++r) EXPECT_NEAR(x(r, 1), 5, 1e-14);
}

}  // namespace
}  // namespace kinemyo::signal
