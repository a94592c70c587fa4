#include "kinemyo/train/windows.h"

#include <gmock/gmock.h>

#include <limits>

#include "train/wave.h"

namespace kinemyo::train {
namespace {

constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();

features::Example example(std::size_t frames, std::size_t inputs, std::size_t outputs,
                          float first = 0) {
  features::Example out;
  out.rate_hz = 100;
  out.x = {frames, inputs};
  out.y = {frames, outputs};
  for (std::size_t i = 0; i < frames * inputs; ++i) out.x.flat()[i] = first + static_cast<float>(i);
  for (std::size_t i = 0; i < frames * outputs; ++i)
    out.y.flat()[i] = -first - static_cast<float>(i);
  out.placements.resize(frames);
  return out;
}

model::Model two_by_one() {
  model::Model model;
  model.network.inputs = 2;
  model.network.outputs = 1;
  model.input_scaler = {{0, 0}, {1, 1}};
  return model;
}

TEST(MakeSide, ScalesTargetsAndKeepsMissingOnesMissing) {
  auto one = example(4, 2, 1);
  one.y(2, 0) = kNaN;
  model::Recipe recipe;
  recipe.training.window_frames = recipe.training.stride_frames = 4;
  const Side side = make_side({one}, {{-1}, {2}}, recipe);
  EXPECT_EQ(side.examples[0].y(0, 0), 0.5F);
  EXPECT_EQ(side.examples[0].y(3, 0), -1);
  EXPECT_TRUE(std::isnan(side.examples[0].y(2, 0)));
}

TEST(MakeSide, SmoothsScaledTargetsTrialByTrial) {
  model::Recipe recipe;
  recipe.training.window_frames = 4;
  recipe.original.windows = true;
  recipe.original.smooth_targets = 3;
  const Side side = make_side({example(6, 2, 1), example(9, 2, 1, 100)}, {{0}, {-1}}, recipe);
  EXPECT_NEAR(side.examples[0].y(0, 0), 1.0 / 3, 1e-6);  // (0 + 0 + 1) / 3: zeros beyond the ends
  EXPECT_NEAR(side.examples[0].y(3, 0), 3, 1e-6);
  EXPECT_NEAR(side.examples[1].y(0, 0), 67, 1e-4);
  ASSERT_EQ(side.windows.size(), 3u);  // range(0, 6 - 4, 4) and range(0, 9 - 4, 4)
  EXPECT_EQ(side.windows[2].example, 1u);
  EXPECT_EQ(side.windows[2].first, 4u);
}

TEST(FillBatch, PadsShortTrialsAndLaysStepsFirst) {
  model::Recipe recipe;
  recipe.training.window_frames = 4;
  const Side side{{example(4, 2, 1), example(3, 2, 1, 50)}, {{0, 0}, {1, 0}}};
  Batch batch;
  fill_batch(side, std::vector<std::int64_t>{1, 0}, two_by_one(), recipe, nullptr, 2, batch);
  EXPECT_THAT(batch.x, testing::ElementsAre(50, 51, 0, 1, 52, 53, 2, 3, 54, 55, 4, 5, 0, 0, 6, 7));
  EXPECT_EQ(batch.known, 7);
  EXPECT_TRUE(std::isnan(batch.y[6]));
  EXPECT_EQ(batch.y[7], -3);
}

TEST(Augment, NoiseHasTheSizeAskedForAndLeavesMissingMissing) {
  model::InputSpec spec;
  spec.markers = {"A"};
  spec.scalars = {"angle"};
  spec.derivatives = 1;
  model::Recipe::Inputs recipe;
  recipe.noise_mm = 10;
  base::Matrix<float> window(20000, 8);
  window(5, 1) = kNaN;
  std::vector<features::Placement> placements(window.rows());
  for (auto& p : placements) p.scale_m = 0.5;
  base::Random random(1);
  augment(window, placements, 100, spec, recipe, random);
  double squares = 0, of_velocity = 0, worst = 0;
  for (std::size_t t = 1; t < window.rows(); ++t) {
    squares += window(t, 0) * window(t, 0);
    of_velocity += window(t, 4) * window(t, 4);
    worst = std::max(worst, std::abs(window(t, 4) - 100.0 * (window(t, 0) - window(t - 1, 0))));
  }
  EXPECT_NEAR(std::sqrt(squares / 20000), 0.02, 0.0005);  // 10 mm of a body of 0.5 m
  EXPECT_NEAR(std::sqrt(of_velocity / 20000), 0.02 * 100 * std::sqrt(2.0), 0.05);
  EXPECT_LT(worst, 1e-4);  // velocities are those of the noisy positions
  EXPECT_TRUE(std::isnan(window(5, 1)));
  EXPECT_EQ(window(7, 3), 0);  // an angle is not a marker
}

TEST(Augment, TurnKeepsLengthsAndHeights) {
  model::InputSpec spec;
  spec.markers = {"A", "B"};
  spec.frame = model::Frame::laboratory;
  model::Recipe::Inputs recipe;
  recipe.turn = true;
  base::Matrix<float> window(1, 6, std::vector<float>{1, 2, 3, 4, 5, 6});
  base::Random random(1);
  augment(window, {}, 100, spec, recipe, random);
  EXPECT_NE(window(0, 0), 1);
  EXPECT_EQ(window(0, 1), 2);
  EXPECT_NEAR(std::hypot(window(0, 0), window(0, 2)), std::hypot(1, 3), 1e-6);
  EXPECT_NEAR(std::hypot(window(0, 3) - window(0, 0), window(0, 5) - window(0, 2)),
              std::hypot(3, 3), 1e-6);
}

TEST(Augment, RefusesATurnThatWouldMakeTargetsWrong) {
  model::Model model;
  model.input.frame = model::Frame::laboratory;
  model.outputs = {{.name = "knee_angle_r"}, {.name = "pelvis_rotation"}};
  model::Recipe recipe;
  check_augmentation(model, recipe);
  recipe.inputs.turn = true;
  try {
    check_augmentation(model, recipe);
    FAIL();
  } catch (const Error& problem) {
    EXPECT_THAT(problem.what(),
                testing::HasSubstr("the target pelvis_rotation, which a turn changes"));
  }
}

TEST(Augment, AnOffsetIsOneForTheWindowAndHasTheSizeAskedFor) {
  model::InputSpec spec;
  spec.markers = {"A"};
  spec.scalars = {"angle"};
  spec.derivatives = 1;
  model::Recipe::Inputs recipe;
  recipe.offset_mm = 20;
  std::vector<features::Placement> placements(3);
  for (auto& p : placements) p.scale_m = 0.5;
  base::Random random(1);
  double squares = 0;
  constexpr int kWindows = 4000;
  for (int i = 0; i < kWindows; ++i) {
    base::Matrix<float> window(3, 8);
    window(2, 0) = kNaN;
    augment(window, placements, 100, spec, recipe, random);
    for (std::size_t k = 0; k < 3; ++k) {
      EXPECT_EQ(window(1, k), window(0, k));      // it does not change with time
      EXPECT_EQ(window(1, 4 + k), 0);             // and so has no velocity
      squares += static_cast<double>(window(0, k)) * window(0, k);
    }
    EXPECT_TRUE(std::isnan(window(2, 0)));
    EXPECT_EQ(window(0, 3), 0);  // an angle is not a marker
  }
  EXPECT_NEAR(std::sqrt(squares / (3 * kWindows)), 0.04, 0.001);  // 20 mm of a body of 0.5 m
}

TEST(Widen, AddsWhatNoiseAndOffsetsAddToTheSpreadOfMarkersAlone) {
  model::InputSpec spec;
  spec.markers = {"A"};
  spec.scalars = {"angle"};
  model::Recipe::Inputs recipe;
  model::Scaler scaler{{1, 2, 3, 4}, {0.03, 1e-6, 2, 0.5}};
  auto one = example(2, 4, 1);
  one.placements[0].scale_m = 0.5;   // 1 / 0.25
  one.placements[1].scale_m = 1.0;   // 1: the mean of 4 and 1 is 2.5
  const auto before = scaler;
  widen(scaler, std::vector{one}, spec, recipe);
  EXPECT_EQ(scaler, before);  // nothing added, nothing changed
  recipe.noise_mm = 30;
  recipe.offset_mm = 40;  // 50 mm together
  widen(scaler, std::vector{one}, spec, recipe);
  EXPECT_EQ(scaler.mean, before.mean);
  EXPECT_NEAR(scaler.scale[0], std::sqrt(0.03 * 0.03 + 0.05 * 0.05 * 2.5), 1e-12);
  EXPECT_NEAR(scaler.scale[1], 0.05 * std::sqrt(2.5), 1e-6);
  EXPECT_NEAR(scaler.scale[2], std::sqrt(4 + 0.05 * 0.05 * 2.5), 1e-12);
  EXPECT_EQ(scaler.scale[3], 0.5);
}

}  // namespace
}  // namespace kinemyo::train
