#include "kinemyo/train/linear.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <span>
#include <string>

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

// Three inputs and two outputs of no name.
model::Model plain_model() {
  model::Model out;
  out.input.scalars = {"a", "b", "c"};
  out.network.inputs = 3;
  out.network.outputs = 2;
  out.outputs = {{"y0", "rad", model::OutputChannel::Source::network, 0}, {"y1", "rad", model::OutputChannel::Source::network, 1}};
  return out;
}

// Two angles by geometry of different joints, and the first once more around the frame (one block), less its mean.
model::Model geometric_model(double around_s) {
  model::Model out;
  out.input.positions = false;
  out.input.geometry = {"knee_angle_l", "ankle_angle_l"};
  out.input.around_s = around_s;
  out.network.inputs = static_cast<int>(model::input_width(out.input));
  out.network.outputs = 1;
  out.outputs = {{"LKneeAngles_x", "rad", model::OutputChannel::Source::network, 0}};
  const std::vector<double> ones(static_cast<std::size_t>(out.network.inputs), 1.0), zeros(ones.size(), 0.0);
  out.input_scaler = {zeros, ones};
  out.output_scaler = {{0.0}, {1.0}};
  return out;
}

// So many people, each with inputs at random; `target(person, inputs)` is the one output.
template <typename Target>
std::vector<features::Example> people(std::size_t count, std::size_t inputs, std::uint64_t seed, Target target) {
  base::Random random(seed);
  std::vector<features::Example> out(count);
  for (std::size_t e = 0; e < count; ++e) {
    out[e].key = {"S" + std::to_string(e), "Walk", "1"};
    out[e].rate_hz = 100;
    out[e].x = {400, inputs};
    out[e].y = {400, 1};
    for (std::size_t r = 0; r < 400; ++r) {
      for (float& v : out[e].x.row(r)) v = static_cast<float>(random.normal());
      out[e].y(r, 0) = target(e, out[e].x.row(r));
    }
  }
  return out;
}

TEST(FitLinear, FindsWhatIsLinear) {
  const auto weight = fit_linear(linear_examples(), plain_model(), {}).weight;
  ASSERT_EQ(weight.shape, (std::vector<std::int64_t>{2, 3}));
  const double expected[] = {2, -1, 0, 0, 0, 0.5};
  for (int i = 0; i < 6; ++i) EXPECT_NEAR(weight.values[static_cast<std::size_t>(i)], expected[i], 0.01);
}

TEST(FitLinear, FramesWithoutATargetDoNotCountForIt) {
  auto examples = linear_examples();
  for (std::size_t r = 0; r < 300; ++r) examples[0].y(r, 1) = std::numeric_limits<float>::quiet_NaN();
  const auto weight = fit_linear(examples, plain_model(), {}).weight;
  EXPECT_NEAR(weight.values[0], 2, 0.01);
  EXPECT_NEAR(weight.values[5], 0.5, 0.01);
}

TEST(FitLinear, OnePersonsPenaltiesAreChosenByTrial) {
  auto examples = linear_examples();
  examples[1].key = {"S1", "Walk", "2"};
  for (auto& example : examples) {
    for (std::size_t r = 0; r < 400; ++r) example.y(r, 1) += 3;
  }
  const auto linear = fit_linear(examples, plain_model(), {});
  EXPECT_NEAR(linear.weight.values[0], 2, 0.01);
  EXPECT_NEAR(linear.bias.values[0], 0, 0.01);
  EXPECT_NEAR(linear.bias.values[1], 3, 0.01);
}

// Geometry is the angle itself where nothing is known of it: hardly any frames, and noise for a target.
TEST(FitLinear, BeginsAtTheJointsGeometry) {
  const auto start = linear_start(geometric_model(0));
  ASSERT_EQ(start.size(), 1u);
  EXPECT_EQ(start[0].output, 0u);
  EXPECT_EQ(start[0].input, 0u);
  EXPECT_DOUBLE_EQ(start[0].weight, 1);
}

// The ankle goes along with the knee's error in all of the training; a map of the knee's own joint does not take it up.
TEST(FitLinear, AJointSeesItsOwnGeometryAlone) {
  const auto examples = people(3, 2, 5, [](std::size_t, std::span<const float> x) { return 1.5f * x[0] + 0.2f + x[1]; });
  model::Recipe recipe;
  recipe.linear_sees = "joint";
  const auto own = fit_linear(examples, geometric_model(0), recipe);
  EXPECT_NEAR(own.weight.values[0], 1.5, 0.1);
  EXPECT_EQ(own.weight.values[1], 0);
  EXPECT_NEAR(own.bias.values[0], 0.2, 0.1);
  recipe.linear_sees = "all";
  EXPECT_NEAR(fit_linear(examples, geometric_model(0), recipe).weight.values[1], 1, 0.05);
}

// What tells the angle of everybody is seen by "best", and what went along with it in a few people is not.
TEST(FitLinear, TheBestSeesMoreThanTheJointWhereThatHoldsForPeopleLeftOut) {
  for (const bool everybody : {true, false}) {
    SCOPED_TRACE(everybody);
    base::Random noise(7);
    const auto examples = people(4, 2, 6, [&](std::size_t e, std::span<const float> x) {
      return 1.5f * x[0] + (everybody || e % 2 == 0 ? 0.5f : -0.5f) * x[1] + 0.1f * static_cast<float>(noise.normal());
    });
    model::Recipe recipe;
    recipe.linear_sees = "best";
    const auto weight = fit_linear(examples, geometric_model(0), recipe).weight;
    EXPECT_NEAR(weight.values[0], 1.5, 0.1);
    if (everybody) {
      EXPECT_NEAR(weight.values[1], 0.5, 0.05);
    } else {
      EXPECT_EQ(weight.values[1], 0);
    }
  }
}

// What stands around the frame is fitted within recordings: a person's own offset that goes with it is not learned from it.
TEST(FitLinear, AroundTheFrameMovementIsLearnedAndNotThePerson) {
  const auto model = geometric_model(0.1);  // three blocks around
  // The knee, less an error that the ankle of the frame itself (the second of the middle block) tells; a person's own offset.
  const auto examples = people(4, 8, 6, [](std::size_t e, std::span<const float> x) { return x[0] - 0.5f * x[5] + 0.3f * static_cast<float>(e); });
  model::Recipe recipe;
  recipe.linear_sees = "joint";
  const auto found = fit_linear(examples, model, recipe);
  EXPECT_NEAR(found.weight.values[0], 1, 0.05);
  EXPECT_NEAR(found.weight.values[5], -0.5, 0.05);
  EXPECT_NEAR(found.bias.values[0], 0.45, 0.1);
}

}  // namespace
}  // namespace kinemyo::train
