#include "kinemyo/train/linear.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "kinemyo/base/random.h"

namespace kinemyo::train {
namespace {

// Targets that are linear in the inputs: y0 = 2 x0 - x1, y1 = 0.5 x2.
std::vector<features::Example> linear_examples() {
  base::Random random(4);
  std::vector<features::Example> out(2);
  out[0].key = {"S1", "Walk", "1"};
  out[1].key = {"S2", "Walk", "1"};
  for (auto& example : out) {
    example.rate_hz = 100;
    example.x = {400, 3};
    example.y = {400, 2};
    for (std::size_t r = 0; r < 400; ++r) {
      for (std::size_t c = 0; c < 3; ++c) example.x(r, c) = static_cast<float>(random.normal());
      example.y(r, 0) = 2 * example.x(r, 0) - example.x(r, 1);
      example.y(r, 1) = 0.5f * example.x(r, 2);
    }
  }
  return out;
}

TEST(FitLinear, FindsWhatIsLinear) {
  const auto weight = fit_linear(linear_examples(), {}, "subject").weight;
  ASSERT_EQ(weight.shape, (std::vector<std::int64_t>{2, 3}));
  const double expected[] = {2, -1, 0, 0, 0, 0.5};
  for (int i = 0; i < 6; ++i) EXPECT_NEAR(weight.values[static_cast<std::size_t>(i)], expected[i], 0.01);
}

TEST(FitLinear, FramesWithoutATargetDoNotCountForIt) {
  auto examples = linear_examples();
  for (std::size_t r = 0; r < 300; ++r) examples[0].y(r, 1) = std::numeric_limits<float>::quiet_NaN();
  const auto weight = fit_linear(examples, {}, "subject").weight;
  EXPECT_NEAR(weight.values[0], 2, 0.01);
  EXPECT_NEAR(weight.values[5], 0.5, 0.01);
}

TEST(FitLinear, OnePersonsPenaltiesAreChosenByTrial) {
  auto examples = linear_examples();
  examples[1].key = {"S1", "Walk", "2"};
  for (auto& example : examples) {
    for (std::size_t r = 0; r < 400; ++r) example.y(r, 1) += 3;
  }
  const auto linear = fit_linear(examples, {}, "subject");
  EXPECT_NEAR(linear.weight.values[0], 2, 0.01);
  EXPECT_NEAR(linear.bias.values[0], 0, 0.01);
  EXPECT_NEAR(linear.bias.values[1], 3, 0.01);
}

}  // namespace
}  // namespace kinemyo::train
