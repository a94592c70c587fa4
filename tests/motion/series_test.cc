#include "kinemyo/motion/series.h"

#include <gmock/gmock.h>

#include <cmath>
#include <limits>

namespace kinemyo::motion {
namespace {

TEST(Clock, RefusesTimeThatDoesNotIncrease) {
  try {
    Clock::stamped({0.0, 0.01, 0.01});
    FAIL();
  } catch (const Error& problem) {
    EXPECT_STREQ(problem.what(), "time does not increase at frame 2: 0.01 s, then 0.01 s");
  }
  EXPECT_THROW(Clock::uniform(0, 0, 5), std::invalid_argument);
  EXPECT_THROW(Clock::uniform(std::nan(""), 0, 5), std::invalid_argument);
}

TEST(Clock, RateOfStampsIsOneOverTheMedianStep) {
  EXPECT_DOUBLE_EQ(Clock::stamped({0, 0.5, 1.0, 1.5, 9.0}).rate_hz(), 2.0);
  EXPECT_DOUBLE_EQ(Clock::uniform(100, 2, 11).time_s(10), 2.1);
}

TEST(Series, SelectKeepsOrderAndNamesWhatIsMissing) {
  base::Matrix<double> values(1, 6, std::vector<double>{1, 2, 3, 4, 5, 6});
  const Series series(Quantity::position, {{"A", "m"}, {"B", "m"}}, Clock::uniform(100, 0, 1), values);
  const Series swapped = series.select({"B", "A"});
  EXPECT_EQ(swapped.at(0, 0, 2), 6.0);
  EXPECT_EQ(swapped.at(0, 1, 0), 1.0);
  try {
    series.select({"A", "C", "D"});
    FAIL();
  } catch (const Error& problem) {
    EXPECT_STREQ(problem.what(), "missing channels: C, D");
  }
}

TEST(Series, MarkerIsMissingWhenAnyComponentIs) {
  base::Matrix<double> values(1, 3, std::vector<double>{1, std::nan(""), 3});
  const Series series(Quantity::position, {{"A", "m"}}, Clock::uniform(100, 0, 1), values);
  EXPECT_TRUE(series.missing(0, 0));
}

TEST(Series, RefusesTwoChannelsOfOneName) {
  EXPECT_THROW(Series(Quantity::emg, {{"A", "V"}, {"A", "V"}}, Clock::uniform(1, 0, 0),
                      base::Matrix<double>(0, 2)),
               Error);
}

}  // namespace
}  // namespace kinemyo::motion
