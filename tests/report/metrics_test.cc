#include "kinemyo/report/metrics.h"

#include <gmock/gmock.h>

#include <cmath>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>

namespace kinemyo::report {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
const std::vector<std::string> kChannels = {"hip", "knee", "ankle", "exact", "wrong"};

nlohmann::json golden() {
  std::ifstream file(std::string(KINEMYO_GOLDEN_DIR) + "/report/metrics.json");
  return nlohmann::json::parse(file);
}

double number(const nlohmann::json& j) { return j.is_null() ? kNaN : j.get<double>(); }

base::Matrix<double> matrix(const nlohmann::json& rows) {
  base::Matrix<double> out(rows.size(), rows[0].size());
  for (std::size_t r = 0; r < out.rows(); ++r) {
    for (std::size_t c = 0; c < out.columns(); ++c) out(r, c) = number(rows[r][c]);
  }
  return out;
}

void expect_same(double found, double expected, const std::string& what) {
  if (std::isnan(expected)) {
    EXPECT_TRUE(std::isnan(found)) << what;
  } else {
    EXPECT_NEAR(found, expected, 1e-9 * std::max(1.0, std::abs(expected))) << what;
  }
}

void expect_channels(const Scores& found, const nlohmann::json& expected) {
  for (std::size_t c = 0; c < expected.size(); ++c) {
    const auto& e = expected[c];
    EXPECT_EQ(found.each[c].frames, e["frames"].get<std::size_t>());
    expect_same(found.each[c].mae, number(e["mae"]), kChannels[c] + " mae");
    expect_same(found.each[c].rmse, number(e["rmse"]), kChannels[c] + " rmse");
    expect_same(found.each[c].r2, number(e["r2"]), kChannels[c] + " r2");
    expect_same(found.each[c].r, number(e["r"]), kChannels[c] + " r");
    expect_same(found.each[c].variance, number(e["variance"]), kChannels[c] + " variance");
  }
}

TEST(Metrics, AreScikitLearns) {
  const auto g = golden();
  const auto all = score(kChannels, {}, matrix(g["truth"]), matrix(g["predicted"]));
  expect_channels(all, g["each"]);
  expect_same(all.mean.mae, g["mae"], "mae");
  expect_same(all.mean.r2, g["r2_uniform"], "uniform r2");
  expect_same(all.r2_variance_weighted, g["r2_weighted"], "weighted r2");
}

TEST(Metrics, ConstantChannelsAreNamedAndNotAveraged) {
  const auto g = golden();
  const auto moving = score(kChannels, {"exact", "wrong", "absent"}, matrix(g["truth"]), matrix(g["predicted"]));
  EXPECT_THAT(moving.left_out, testing::ElementsAre("exact", "wrong"));
  expect_same(moving.mean.r2, g["r2_uniform_moving"], "uniform r2");
  expect_same(moving.r2_variance_weighted, g["r2_weighted_moving"], "weighted r2");
  EXPECT_EQ(moving.mean.frames, 120u);
}

TEST(Metrics, MissingTruthIsLeftOut) {
  const auto g = golden();
  expect_channels(score(kChannels, {}, matrix(g["holes"]), matrix(g["predicted"])), g["each_with_holes"]);
}

TEST(Metrics, MissingPredictionIsNotHidden) {
  const std::vector<double> truth = {1, 2, 3}, predicted = {1, kNaN, 3};
  EXPECT_TRUE(std::isnan(score_channel(truth, predicted).rmse));
  const std::vector<double> none = {kNaN, kNaN, kNaN};
  EXPECT_EQ(score_channel(none, predicted).frames, 0u);
}

TEST(Metrics, SpreadIsOfASample) {
  const auto s = spread(std::vector<double>{1, kNaN, 2, 6});
  EXPECT_EQ(s.count, 3u);
  EXPECT_DOUBLE_EQ(s.mean, 3);
  EXPECT_NEAR(s.sd, std::sqrt(7.0), 1e-12);  // NumPy: std([1, 2, 6], ddof=1)
  EXPECT_EQ(s.min, 1);
  EXPECT_EQ(s.max, 6);
}

// Of many people the interval is that of the normal distribution: mean +- 1.96 sd / sqrt(n).
TEST(Metrics, SpreadsIntervalOfTheMeanIsTheStandardErrors) {
  std::vector<double> values;
  for (int i = 0; i < 400; ++i) values.push_back(10 + 2 * std::sin(0.7 * i));
  const auto s = spread(values);
  const double half = 1.96 * s.sd / 20;
  EXPECT_NEAR(s.low, s.mean - half, 0.15 * half);
  EXPECT_NEAR(s.high, s.mean + half, 0.15 * half);
  EXPECT_TRUE(std::isnan(spread(std::vector<double>{3}).low));
}

}  // namespace
}  // namespace kinemyo::report
