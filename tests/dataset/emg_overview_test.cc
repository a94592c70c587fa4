#include "kinemyo/dataset/emg_overview.h"

#include <gtest/gtest.h>

namespace kinemyo::dataset {
namespace {

PreparedTrial judged(const std::string& name, std::map<std::string, double> scores) {
  PreparedTrial out;
  out.key = {"S1", "Walk", name};
  out.emg_scores = std::move(scores);
  out.emg_edge_s = 0.0833;
  return out;
}

TEST(DescribeEmg, NamesThePoorestOfTheMusclesThatAreLearned) {
  auto one = judged("1", {{"Gast", 0.91}, {"Rect", 0}, {"Hams", 0.1}}), two = judged("2", {{"Gast", 0.553}, {"Rect", 0.8}});
  one.emg_excluded = {{"Rect", "dead: std 0.0001 V"}};
  model::Model model;
  model.outputs = {{"Gast", "1"}, {"Rect", "1"}, {"knee", "rad"}};
  model.outputs[0].reference = "peak";
  EXPECT_EQ(describe_emg({one, two}, model),
            "EMG: 3 channels, 1 left out; quality 0.8 (median), the poorest S1/Walk/2 Gast 0.55, S1/Walk/2 Rect 0.8, S1/Walk/1 Gast 0.91; "
            "100 % is peak; within 83 ms of a trial's ends envelopes lean on padding");
}

TEST(DescribeEmg, IsSilentWhereNothingWasJudgedOrNoMuscleIsLearned) {
  model::Model angles, muscles;
  angles.outputs = {{"knee", "rad"}};
  muscles.outputs = {{"Gast", "V"}};
  EXPECT_EQ(describe_emg({judged("1", {{"Gast", 0.9}})}, angles), "");
  EXPECT_EQ(describe_emg({judged("1", {})}, muscles), "");
}

}  // namespace
}  // namespace kinemyo::dataset
