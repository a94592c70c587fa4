#include "kinemyo/signal/gaps.h"

#include <gmock/gmock.h>

#include <cmath>
#include <limits>

#include "signal/golden.h"

namespace kinemyo::signal {
namespace {

using testing::ElementsAre;
using testing_golden::cases;
using testing_golden::expect_close;
using testing_golden::golden;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

TEST(Interpolate, IsScipys) {
  ASSERT_EQ(cases("knots").size(), 4u);
  for (const auto& part : cases("knots")) {
    const auto& at = golden().at("knots/" + part[0]);
    const auto& values = golden().at("values/" + part[0]);
    const auto& points = golden().at("points/" + part[0]);
    for (const auto& [name, method] :
         {std::pair{"linear/", Interpolation::linear}, std::pair{"pchip/", Interpolation::pchip},
          std::pair{"cubic/", Interpolation::cubic}}) {
      expect_close(interpolate(at, values, points, method), golden().at(name + part[0]),
                   name + part[0]);
    }
  }
}

TEST(Interpolate, NeverLeavesTheMeasuredSpan) {
  const std::vector<double> x = {1, 2}, y = {5, 7};
  const auto out =
      interpolate(x, y, std::vector<double>{0.999, 1, 2, 2.001, kNan}, Interpolation::cubic);
  EXPECT_TRUE(std::isnan(out[0]));
  EXPECT_EQ(out[1], 5);
  EXPECT_EQ(out[2], 7);
  EXPECT_TRUE(std::isnan(out[3]));
  EXPECT_TRUE(std::isnan(out[4]));
  EXPECT_THROW(interpolate(std::vector<double>{1, 1}, y, x, Interpolation::linear),
               std::invalid_argument);
}

TEST(FindGaps, NamesEveryRun) {
  EXPECT_THAT(find_gaps(std::vector<double>{kNan, 1, kNan, kNan, 2, kNan}),
              ElementsAre(Gap{0, 1}, Gap{2, 2}, Gap{5, 1}));
  EXPECT_TRUE(find_gaps(std::vector<double>{}).empty());
}

TEST(FillGaps, FillsShortOnesAndLeavesLongOnesAndEnds) {
  std::vector<double> x(40);
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = 0.01 * std::pow(static_cast<double>(i), 3);
  const auto truth = x;
  for (const std::size_t i : {0u, 5u, 6u, 7u, 20u, 21u, 22u, 23u, 39u}) x[i] = kNan;
  const auto done = fill_gaps(x, 100, 0.03, Interpolation::cubic);
  EXPECT_EQ(done.rows, 3u);
  EXPECT_THAT(done.left, ElementsAre(Gap{0, 1}, Gap{20, 4}, Gap{39, 1}));
  for (std::size_t i = 0; i < x.size(); ++i) {
    const bool left = i == 0 || i == 39 || (i >= 20 && i <= 23);
    EXPECT_EQ(std::isnan(x[i]), left) << i;
    EXPECT_EQ(done.filled[i], i >= 5 && i <= 7 ? 1 : 0);
    if (!left) {
      EXPECT_NEAR(x[i], truth[i], 1e-9);  // a cubic is a cubic's own spline
    }
  }
}

TEST(FillGaps, TakesAMarkerWhole) {
  base::Matrix<double> marker(5, 3, 1.0);
  for (std::size_t r = 0; r < 5; ++r) marker(r, 0) = static_cast<double>(r);
  marker(2, 1) = kNan;
  marker(4, 2) = kNan;
  const auto done = fill_gaps(marker.view(), 100, 1, Interpolation::pchip);
  EXPECT_THAT(done.filled, ElementsAre(0, 0, 1, 0, 0));
  EXPECT_NEAR(marker(2, 0), 2, 1e-12);
  EXPECT_NEAR(marker(2, 1), 1, 1e-12);
  EXPECT_TRUE(std::isnan(marker(4, 0)));  // one coordinate alone says nothing
}

TEST(FillGaps, MeasuresAGapInSecondsBetweenStamps) {
  const std::vector<double> stamps = {0, 0.1, 0.2, 0.9, 1.0};
  base::Matrix<double> x(5, 1, {1, 2, kNan, 4, 5});
  auto longer = x;
  EXPECT_EQ(fill_gaps_at(x.view(), stamps, 0.4, Interpolation::linear).rows, 1u);
  EXPECT_NEAR(x(2, 0), 2.25, 1e-12);
  EXPECT_EQ(fill_gaps_at(longer.view(), stamps, 0.39, Interpolation::linear).rows, 0u);
}

TEST(FillGaps, LeavesASignalOfNaNAlone) {
  std::vector<double> x(6, kNan);
  EXPECT_EQ(fill_gaps(x, 100, 10, Interpolation::cubic).rows, 0u);
}

}  // namespace
}  // namespace kinemyo::signal
