#include "kinemyo/study/worst_windows.h"

#include <gtest/gtest.h>

#include <cmath>

namespace kinemyo::study {
namespace {

// Two trials of 300 frames at 100 Hz: the truth swings by 1 rad, the prediction is off by 0.5 rad from `first` for a second in the
// second one.
Evaluation off_for_a_second(std::size_t first) {
  Evaluation out;
  out.methods = {"network"};
  out.outputs = {{"knee_angle_r", "rad"}, {"mtp_angle_r", "rad"}};
  out.left_out = {"mtp_angle_r"};
  for (int t = 0; t < 2; ++t) {
    TrialResult trial;
    trial.key = {"S1", "Walk", std::to_string(t)};
    trial.rate_hz = 100;
    trial.truth = {300, 2};
    for (std::size_t f = 0; f < 300; ++f) trial.truth(f, 0) = std::sin(0.1 * static_cast<double>(f));
    trial.predicted = {trial.truth};
    for (std::size_t f = first; t == 1 && f < first + 100; ++f) trial.predicted[0](f, 0) += 0.5;
    out.trials.push_back(trial);
  }
  return out;
}

TEST(WorstWindows, TheSecondThatIsOffIsFoundFirst) {
  const auto found = worst_windows(off_for_a_second(120), 1, 5);
  ASSERT_EQ(found.size(), 1u);  // the other trial is exact, the other channel left out
  EXPECT_EQ(found[0].trial, 1u);
  EXPECT_EQ(found[0].channel, 0u);
  EXPECT_EQ(found[0].first, 120u);
  EXPECT_EQ(found[0].frames, 100u);
  EXPECT_NEAR(found[0].rmse, 0.5, 1e-9);
}

TEST(WorstWindows, WhatIsHardlyMeasuredDoesNotCount) {
  auto evaluation = off_for_a_second(120);
  for (std::size_t f = 100; f < 260; ++f) evaluation.trials[1].truth(f, 0) = std::nan("");
  for (const auto& window : worst_windows(evaluation, 1, 5)) EXPECT_LT(window.rmse, 1e-6);
}

}  // namespace
}  // namespace kinemyo::study
