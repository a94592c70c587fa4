#include "kinemyo/study/crossval.h"

#include <gmock/gmock.h>

#include "kinemyo/study/score_table.h"
#include "people.h"

namespace kinemyo::study {
namespace {

using testing::ElementsAre;

model::Recipe marker_recipe() {
  model::Recipe recipe;
  recipe.inputs.markers.set = "common";
  recipe.targets.angles.set = "common";
  recipe.training.window_frames = 40;
  return recipe;
}

TEST(Crossval, NoiseIsOnTheTestAloneAndCleanScoresStay) {
  const auto people = walking_people(3, 2);
  CrossvalOptions how;
  how.network = false;
  const auto clean = crossvalidate(people, marker_recipe(), how);
  how.noises = {{"white", {0, 20, 0, 0, 0}}, {"nothing", {}}};
  const auto found = crossvalidate(people, marker_recipe(), how);
  EXPECT_THAT(found.evaluation.methods, ElementsAre("ridge", "neighbour", "mean"));
  ASSERT_EQ(found.noisy.size(), 2u);
  const auto rmse = [](const Evaluation& evaluation, std::size_t method) { return tabulate(evaluation)[0].scores[method].mean.rmse; };
  EXPECT_EQ(rmse(found.evaluation, 0), rmse(clean.evaluation, 0));
  EXPECT_EQ(rmse(found.noisy[1], 0), rmse(clean.evaluation, 0));
  EXPECT_GT(rmse(found.noisy[0], 0), rmse(clean.evaluation, 0) + 1);
  EXPECT_EQ(rmse(found.noisy[0], 2), rmse(clean.evaluation, 2));  // the mean looks at no marker
}

TEST(Crossval, OnlyTheGroupsAskedForAreTested) {
  CrossvalOptions how;
  how.network = false;
  how.only = {"S2"};
  const auto found = crossvalidate(walking_people(3, 2), marker_recipe(), how);
  EXPECT_EQ(found.folds, 1u);
  ASSERT_EQ(found.evaluation.trials.size(), 2u);
  for (const auto& trial : found.evaluation.trials) EXPECT_EQ(trial.key.subject, "S2");
}

// Walking people repeat each other's postures: the nearest training frame is near, and the mean is not.
TEST(Crossval, TheNearestFrameIsOfAnotherPersonInTheSamePosture) {
  CrossvalOptions how;
  how.network = false;
  const auto table = tabulate(crossvalidate(walking_people(4, 2), marker_recipe(), how).evaluation)[0];
  ASSERT_EQ(table.methods[1], "neighbour");
  EXPECT_LT(table.scores[1].each[0].rmse, 0.5 * table.scores[2].each[0].rmse);
}

}  // namespace
}  // namespace kinemyo::study
