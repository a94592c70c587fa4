#include "kinemyo/train/ridge.h"

#include <gmock/gmock.h>

#include <cmath>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>

#include "kinemyo/base/random.h"

namespace kinemyo::train {
namespace {

base::Matrix<float> matrix(const nlohmann::json& rows, std::size_t first, std::size_t count) {
  base::Matrix<float> out(count, rows[0].size());
  for (std::size_t r = 0; r < count; ++r) {
    for (std::size_t c = 0; c < out.columns(); ++c) out(r, c) = rows[first + r][c].get<float>();
  }
  return out;
}

TEST(Ridge, WeightsAreScikitLearns) {
  std::ifstream file(std::string(KINEMYO_GOLDEN_DIR) + "/study/ridge.json");
  const auto g = nlohmann::json::parse(file);
  std::vector<features::Example> examples(3);
  for (std::size_t e = 0; e < 3; ++e) {
    examples[e].rate_hz = 100;
    examples[e].x = matrix(g["x"], 40 * e, 40);
    examples[e].y = matrix(g["y"], 40 * e, 40);
  }
  Ridge::Settings settings;
  settings.penalties = {g["penalty"].get<double>()};
  settings.lags_s = {{0}};
  auto ridge = Ridge::fit(examples, {"a", "b", "c"}, settings);
  for (int c = 0; c < 2; ++c) {
    for (int i = 0; i < 4; ++i) EXPECT_NEAR(ridge.weights()(i, c), g["coef"][c][i].get<double>(), 1e-9);
    EXPECT_NEAR(ridge.weights()(4, c), g["intercept"][c].get<double>(), 1e-9);
  }
  for (std::size_t r = 0; r < 120; r += 3) examples[r / 40].y(r % 40, 1) = std::nanf("");
  ridge = Ridge::fit(examples, {"a", "b", "c"}, settings);
  for (int i = 0; i < 4; ++i) {
    EXPECT_NEAR(ridge.weights()(i, 0), g["coef"][0][i].get<double>(), 1e-9);
    EXPECT_NEAR(ridge.weights()(i, 1), g["coef_known"][i].get<double>(), 1e-9);
  }
  EXPECT_NEAR(ridge.weights()(4, 1), g["intercept_known"].get<double>(), 1e-9);
  const auto y = ridge.predict(examples[0].x);
  double expected = g["intercept"][0].get<double>();
  for (int i = 0; i < 4; ++i) expected += g["coef"][0][i].get<double>() * g["x"][7][i].get<double>();
  EXPECT_NEAR(y(7, 0), expected, 1e-6);
}

// Groups with offsets of their own: what tells them apart inside a group helps nobody outside it.
TEST(Ridge, ChoosesPenaltyAndLagsByLeavingGroupsOut) {
  base::Random random(5);
  std::vector<features::Example> examples(6);
  std::vector<std::string> groups;
  for (std::size_t e = 0; e < examples.size(); ++e) {
    examples[e].rate_hz = 100;
    examples[e].x = base::Matrix<float>(200, 2);
    examples[e].y = base::Matrix<float>(200, 2);
    groups.push_back("S" + std::to_string(e));
    const double person = random.normal();
    for (std::size_t f = 0; f < 200; ++f) {
      examples[e].x(f, 0) = static_cast<float>(random.normal());
      examples[e].x(f, 1) = static_cast<float>(person);
      examples[e].y(f, 0) = f < 10 ? 0.0f : examples[e].x(f - 10, 0);  // what was 0.1 s ago
      examples[e].y(f, 1) = static_cast<float>(random.normal());
    }
  }
  const auto ridge = Ridge::fit(examples, groups, {});
  EXPECT_THAT(ridge.lags_frames(), testing::Contains(10u));
  EXPECT_GT(ridge.penalties()[1], ridge.penalties()[0]);
}

TEST(Ridge, OutputThatIsNeverKnownStaysAtItsMean) {
  std::vector<features::Example> examples(2);
  for (auto& e : examples) {
    e.rate_hz = 100;
    e.x = base::Matrix<float>(10, 1, 1.0f);
    e.y = base::Matrix<float>(10, 1, std::numeric_limits<float>::quiet_NaN());
  }
  EXPECT_EQ(Ridge::fit(examples, {"a", "b"}, {}).predict(examples[0].x)(3, 0), 0.0f);
}

}  // namespace
}  // namespace kinemyo::train
