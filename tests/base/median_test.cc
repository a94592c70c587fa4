#include "kinemyo/base/median.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "kinemyo/base/random.h"

namespace kinemyo::base {
namespace {

TEST(Median, IsTheMiddleOrTheMeanOfTheTwoThere) {
  EXPECT_EQ(median({3}), 3);
  EXPECT_EQ(median({5, 1, 3}), 3);
  EXPECT_EQ(median({4, 1, 100, 2}), 3);
  EXPECT_TRUE(std::isnan(median({})));
}

TEST(Median, AgreesWithSortingWhateverTheNumberOfValues) {
  Random random(1);
  for (std::size_t n = 1; n < 60; ++n) {
    std::vector<double> values(n);
    for (double& value : values) value = std::floor(random.uniform(0, 20));  // equal ones among them
    auto sorted = values;
    std::sort(sorted.begin(), sorted.end());
    EXPECT_EQ(median(values), (sorted[(n - 1) / 2] + sorted[n / 2]) / 2) << n;
  }
}

TEST(RobustSpread, IsTheStandardDeviationOfNormalValuesAndMindsNoOutlier) {
  Random random(2);
  std::vector<double> values(20001);
  for (double& value : values) value = 7 + 0.5 * random.normal();
  EXPECT_NEAR(robust_spread(values, 7), 0.5, 0.02);
  for (std::size_t i = 0; i < 1000; ++i) values[i] = 1e9;
  EXPECT_NEAR(robust_spread(values, 7), 0.5, 0.05);
  EXPECT_EQ(robust_spread({1, 1, 1}, 1), 0);
}

}  // namespace
}  // namespace kinemyo::base
