#include "kinemyo/study/evaluation.h"

#include <gmock/gmock.h>

#include <cmath>
#include <filesystem>
#include <numbers>

#include "kinemyo/model/recipe.h"
#include "kinemyo/study/crossval.h"
#include "kinemyo/study/original_score.h"
#include "kinemyo/study/score_table.h"
#include "study/people.h"

namespace kinemyo::study {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

model::Recipe small_recipe() {
  model::Recipe recipe;
  recipe.inputs.markers.set = "common";
  recipe.targets.angles.set = "common";
  recipe.network.layers = 1;
  recipe.network.hidden = 8;
  recipe.network.dropout = 0;
  recipe.training.window_frames = 40;
  recipe.training.stride_frames = 40;
  recipe.training.epochs = 2;
  return recipe;
}

class Evaluated : public testing::Test {
 protected:
  void SetUp() override {
    path_ = std::filesystem::path(testing::TempDir()) /
            ("kinemyo_evaluated_" + std::string(testing::UnitTest::GetInstance()->current_test_info()->name()) + ".h5");
    const auto people = walking_people(3, 2);
    {
      dataset::StoreWriter writer(path_);
      for (const auto& trial : people) writer.add(trial);
      writer.commit();
    }
    model_ = dataset::settle(small_recipe(), people);
    give_back(model_, 9, 12);  // LTHI and LKNE forward, in shanks
    model_.training_trials = {"S1/Walk/1", "S1/Turn/2", "S2/Walk/1"};
    model_.training_subjects = {"S1", "S2"};
  }
  void TearDown() override { std::filesystem::remove(path_); }
  std::filesystem::path path_;
  model::Model model_;
};

TEST_F(Evaluated, TrialsOfTheTrainingAreLeftOut) {
  const auto found = evaluate(model_, dataset::Store(path_), {});
  std::vector<std::string> scored;
  for (const auto& trial : found.trials) scored.push_back(motion::to_string(trial.key) + ", " + std::string(to_string(trial.seen)));
  EXPECT_THAT(scored, ElementsAre("S2/Turn/2, person seen in training", "S3/Turn/2, not seen in training",
                                  "S3/Walk/1, not seen in training"));
  EXPECT_THAT(found.methods, ElementsAre("network", "ridge", "neighbour", "mean"));
  EXPECT_THAT(found.left_out, ElementsAre("mtp_angle_r"));
  EXPECT_THAT(found.notes, testing::Contains("3 trials seen in training are left out"));
}

TEST_F(Evaluated, SeenTrialsAreScoredOnlyWhenAskedForAndLabelled) {
  EvaluateOptions options;
  options.subjects = {"S1"};
  try {
    evaluate(model_, dataset::Store(path_), options);
    FAIL();
  } catch (const Error& problem) {
    EXPECT_THAT(problem.what(), HasSubstr("the model was trained on every trial chosen (2)"));
  }
  options.include_seen = true;
  const auto found = evaluate(model_, dataset::Store(path_), options);
  ASSERT_EQ(found.trials.size(), 2u);
  EXPECT_EQ(found.trials[0].seen, Seen::trial);
}

TEST_F(Evaluated, NamesASubjectThatThereIsNot) {
  EvaluateOptions options;
  options.subjects = {"S4"};
  try {
    evaluate(model_, dataset::Store(path_), options);
    FAIL();
  } catch (const Error& problem) {
    EXPECT_THAT(problem.what(), HasSubstr("the store has no subject \"S4\"; there is S"));
  }
}

TEST_F(Evaluated, RidgeFindsWhatIsLinearAndTablesAreInDegrees) {
  const auto found = evaluate(model_, dataset::Store(path_), {});
  const auto tables = tabulate(found);
  ASSERT_EQ(tables.size(), 1u);
  const auto& table = tables[0];
  EXPECT_EQ(table.unit, "deg");
  EXPECT_LT(table.scores[1].each[0].rmse, 0.05);  // hip_flexion_r is linear in LTHI
  // The mean of the training is 4 * 0.05 rad * sqrt(1/2) wrong at least, where the thigh swings by 0.05 m.
  EXPECT_NEAR(table.scores[3].each[0].rmse, 0.2 * std::sqrt(0.5) * 180 / std::numbers::pi, 0.8);
  ASSERT_EQ(table.subjects.size(), 2u);
  EXPECT_EQ(table.rmse_over_subjects[1].count, 2u);
  EXPECT_THAT(table.sagittal.channels, ElementsAre("hip_flexion_r", "knee_angle_r"));
  EXPECT_NEAR(table.sagittal.mean[1], 0.5 * (table.scores[1].each[0].rmse + table.scores[1].each[1].rmse), 1e-12);
}

TEST(Unwind, HeadingsAreComparedWithinHalfATurn) {
  std::vector<model::OutputChannel> outputs(1);
  outputs[0].from_heading = true;
  base::Matrix<double> predicted(1, 1, -3.0);
  unwind(outputs, base::Matrix<double>(1, 1, 3.2), predicted);
  EXPECT_NEAR(predicted(0, 0), -3.0 + 2 * std::numbers::pi, 1e-12);
}

TEST(OriginalScoring, CountsTheOriginalsWindowsAndConstantChannels) {
  auto recipe = small_recipe();
  recipe.targets.drop_constant = false;
  recipe.original.windows = true;
  const auto people = walking_people(1, 2);
  auto model = dataset::settle(recipe, people);
  give_back(model, 9, 12);
  model.network.outputs = 3;
  model.weights["fc.weight"] = {{3, 2}, {0, 0, 0, 0, 0, 0}};
  model.weights["fc.bias"] = {{3}, {0, 0, 0.25f}};
  const auto score = score_as_original(model, recipe, people);
  EXPECT_EQ(score.windows, 4u);  // range(0, 120 - 40, 40) has two
  recipe.training.window_frames = 500;
  EXPECT_THROW(score_as_original(model, recipe, people), Error);
}

TEST(Crossval, EveryPersonIsTestedByNetworksThatDidNotSeeThem) {
  CrossvalOptions options;
  options.threads = 1;
  std::vector<std::string> names;
  options.on_fold = [&](std::size_t, std::size_t, const Fold& fold) { names.push_back(fold.name); };
  const auto result = crossvalidate(walking_people(3, 2), small_recipe(), options);
  EXPECT_THAT(names, ElementsAre("S1", "S2", "S3"));
  EXPECT_EQ(result.folds_done, 3u);
  EXPECT_EQ(result.evaluation.trials.size(), 6u);
  for (const auto& trial : result.evaluation.trials) EXPECT_EQ(trial.seen, Seen::no);
  EXPECT_THAT(result.evaluation.left_out, ElementsAre("mtp_angle_r"));
  const auto table = tabulate(result.evaluation).at(0);
  EXPECT_LT(table.scores[1].each[0].rmse, 0.05);
  EXPECT_GT(table.scores[3].each[0].rmse, 5);
  EXPECT_TRUE(std::isfinite(table.scores[0].mean.rmse));
}

TEST(Crossval, StopsWithTheFoldsDoneSoFar) {
  std::atomic<bool> stop = false;
  CrossvalOptions options;
  options.network = false;
  options.stop = &stop;
  options.on_result = [&](const Evaluation& so_far) { stop = so_far.trials.size() >= 2; };
  const auto result = crossvalidate(walking_people(3, 2), small_recipe(), options);
  EXPECT_EQ(result.folds_done, 1u);
  EXPECT_THAT(result.evaluation.notes.back(), HasSubstr("stopped: 1 of 3 folds"));
}

}  // namespace
}  // namespace kinemyo::study
