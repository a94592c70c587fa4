#include "kinemyo/body/marker_fit.h"

#include <gtest/gtest.h>

#include <numbers>

#include "kinemyo/base/random.h"
#include "kinemyo/body/full_body.h"

namespace kinemyo::body {
namespace {

Model person() {
  const auto size = Anthropometry::of_stature(1.75, 70);
  auto model = make_full_body(size);
  add_original_markers(model, size);
  return model;
}

// The right arm goes once round, past what the model allows, in three seconds; markers stand up to `placement` (m) beside where
// the model has them.
motion::Series arm_going_round(const Model& model, double placement) {
  const std::size_t frames = 300;
  std::vector<motion::Channel> channels;
  for (const auto& marker : model.markers()) channels.push_back({marker.name, "m"});
  base::Random random(3);
  std::vector<double> offsets(3 * channels.size());
  for (double& offset : offsets) offset = random.uniform(-placement, placement);
  base::Matrix<double> values(frames, offsets.size());
  auto pose = model.make_pose();
  for (std::size_t f = 0; f < frames; ++f) {
    auto q = model.neutral();
    q[*model.find_coordinate("arm_flex_r")] = 2 * std::numbers::pi * static_cast<double>(f) / static_cast<double>(frames);
    model.place(q, pose);
    model.place_markers(pose, values.row(f));
    for (std::size_t i = 0; i < offsets.size(); ++i) values(f, i) += offsets[i];
  }
  return {motion::Quantity::position, channels, motion::Clock::uniform(100, 0, frames), std::move(values)};
}

// Past its limit the arm can only be reached the other way round, and the distance grows little by little: without a new start it
// is dragged along the limit for half a second, and markers are 28 mm off.
TEST(MarkerFit, AnArmThatGoesPastItsLimitIsFoundAgain) {
  const auto model = person();
  InverseKinematics solver(model, task_weights(model));
  const auto fit = fit_markers(solver, arm_going_round(model, 0.015));
  EXPECT_GE(fit.restarts, 1u);
  EXPECT_LT(fit.rms, 0.02);
}

TEST(MarkerFit, WithinItsLimitsNothingIsStartedAnew) {
  const auto model = person();
  const auto whole = arm_going_round(model, 0);
  base::Matrix<double> values(140, whole.values().columns());  // up to 168 degrees
  for (std::size_t f = 0; f < values.rows(); ++f) std::copy_n(whole.values().row(f).begin(), values.columns(), values.row(f).begin());
  InverseKinematics solver(model, task_weights(model));
  const auto fit = fit_markers(solver, {whole.quantity(), whole.channels(), motion::Clock::uniform(100, 0, 140), std::move(values)});
  EXPECT_EQ(fit.restarts, 0u);
  EXPECT_LT(fit.rms, 1e-4);
}

}  // namespace
}  // namespace kinemyo::body
