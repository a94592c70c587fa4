// `kinemyo evaluate` and `kinemyo crossval` as a person runs them.
#ifdef KINEMYO_TRAIN
#include <gmock/gmock.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <utility>

#include "cli/program.h"
#include "kinemyo/base/file.h"
#include "kinemyo/body/names.h"
#include "kinemyo/dataset/store.h"
#include "kinemyo/model/model.h"

namespace kinemyo {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr const char* kRecipe = R"([inputs]
markers = "common"
[targets]
angles = "common"
[network]
layers = 1
hidden = 8
dropout = 0.0
[training]
window_frames = 30
stride_frames = 15
batch = 4
epochs = 2
[split]
by = "subject"
validation = 0.3
)";

class EvaluateCommand : public testing_cli::Program {
 protected:
  void SetUp() override {
    Program::SetUp();
    base::write_file(folder_ / "small.toml", kRecipe);
    dataset::StoreWriter writer(folder_ / "x.h5");
    for (const char* subject : {"S1", "S2", "S3"}) {
      for (const char* number : {"1", "2"}) writer.add(trial(subject, number));
    }
    writer.commit();
  }

  // Twenty markers, of which the left knee's swing is the hip's flexion.
  static dataset::PreparedTrial trial(const std::string& subject, const std::string& number) {
    constexpr std::size_t kFrames = 60;
    const auto& names = body::plug_in_gait_markers();
    base::Matrix<double> positions(kFrames, 3 * names.size()), angles(kFrames, 2, 0.25);
    for (std::size_t t = 0; t < kFrames; ++t) {
      const double swing = 0.1 * std::sin(0.2 * static_cast<double>(t) + subject[1] + 2 * number[0]);
      for (std::size_t m = 0; m < names.size(); ++m) {
        positions(t, 3 * m) = names[m] == "SACR" ? -0.2 : names[m] == "LKNE" ? swing : 0.0;
        positions(t, 3 * m + 1) = m < 3 ? 1.0 : 1.0 - 0.05 * static_cast<double>(m);
        positions(t, 3 * m + 2) = names[m][0] == 'L' ? -0.1 : names[m][0] == 'R' ? 0.1 : 0.0;
      }
      angles(t, 0) = 2 * swing;
    }
    std::vector<motion::Channel> markers;
    for (const auto& name : names) markers.push_back({name, "m"});
    const auto clock = motion::Clock::uniform(100, 0, kFrames);
    dataset::PreparedTrial out;
    out.key = {subject, "Walk", number};
    out.rate_hz = 100;
    out.markers = {motion::Series(motion::Quantity::position, markers, clock, positions),
                   base::Matrix<std::uint8_t>(kFrames, names.size(), 1)};
    out.angles = {motion::Series(motion::Quantity::coordinate, {{"hip_flexion_l", "rad"}, {"mtp_angle_l", "rad"}}, clock, angles),
                  base::Matrix<std::uint8_t>(kFrames, 2, 1)};
    return out;
  }
};

TEST_F(EvaluateCommand, ScoresAPersonNotSeenBesideRidgeAndMean) {
  ASSERT_EQ(run("train x.h5 --recipe small.toml --test S3 --out m.safetensors").code, 0);
  const auto table = run("evaluate m.safetensors x.h5");
  EXPECT_EQ(table.code, 0) << table.err;
  EXPECT_THAT(table.out, HasSubstr("2 trials, 120 frames"));
  EXPECT_THAT(table.out, HasSubstr("Joint angles (MAE and RMSE in deg)"));
  EXPECT_THAT(table.out, HasSubstr("left out of averages, constant or copied: mtp_angle_l"));
  EXPECT_THAT(table.out, Not(HasSubstr("SEEN IN TRAINING")));

  const auto document = nlohmann::json::parse(run("evaluate m.safetensors x.h5 --json").out);
  EXPECT_EQ(document["methods"], (nlohmann::json{"network", "ridge", "neighbour", "mean"}));
  EXPECT_EQ(document["trials"][0]["trial"], "S3/Walk/1");
  EXPECT_LT(document["tables"][0]["mean"]["ridge"]["rmse"].get<double>(), 1.0);
  EXPECT_GT(document["tables"][0]["mean"]["mean"]["rmse"].get<double>(), 5.0);
}

TEST_F(EvaluateCommand, RefusesTrialsOfTheTrainingUnlessToldAndThenSaysSo) {
  ASSERT_EQ(run("train x.h5 --recipe small.toml --test S3 --out m.safetensors").code, 0);
  const auto refused = run("evaluate m.safetensors x.h5 --subjects S1,S2");
  EXPECT_EQ(refused.code, 1);
  EXPECT_EQ(refused.out, "");
  EXPECT_THAT(refused.err, HasSubstr("the model was trained on every trial chosen"));
  const auto told = run("evaluate m.safetensors x.h5 --subjects S1,S2 --seen");
  EXPECT_EQ(told.code, 0) << told.err;
  EXPECT_THAT(told.out, HasSubstr("4 of them were SEEN IN TRAINING"));
}

TEST_F(EvaluateCommand, OriginalsOwnMetricBearsTheNameItDeserves) {
  base::write_file(folder_ / "old.toml", R"([inputs]
markers = "plug-in-gait-20"
frame = "laboratory"
scale = "none"
[targets]
angles = "common"
drop_constant = false
[network]
layers = 1
hidden = 8
dropout = 0.0
[training]
window_frames = 25
stride_frames = 25
epochs = 1
patience_epochs = 0
[split]
by = "none"
validation = 0
[original]
windows = true
)");
  ASSERT_EQ(run("train x.h5 --recipe old.toml --out m.safetensors").code, 0);
  const auto told = run("evaluate m.safetensors x.h5");
  EXPECT_EQ(told.code, 0) << told.err;
  EXPECT_THAT(told.out, HasSubstr("score on windows seen in training, original's way: 12 windows, MSE "));
  EXPECT_THAT(told.err, HasSubstr("the model was trained on every trial chosen (6)"));
}

TEST_F(EvaluateCommand, VideoAndMocapGoTogether) {
  ASSERT_EQ(run("train x.h5 --recipe small.toml --epochs 1 --test S3 --out m.safetensors").code, 0);
  const auto found = run("evaluate m.safetensors --video v.csv");
  EXPECT_EQ(found.code, 2);
  EXPECT_THAT(found.err, HasSubstr("--video and --mocap go together"));
}

TEST_F(EvaluateCommand, CrossvalTestsEveryPersonOnce) {
  const auto found = run("crossval x.h5 --recipe small.toml --by subject --json");
  ASSERT_EQ(found.code, 0) << found.err;
  const auto document = nlohmann::json::parse(found.out);
  EXPECT_EQ(document["folds_done"], 3);
  EXPECT_EQ(document["trials"].size(), 6u);
  EXPECT_EQ(document["tables"][0]["subjects"].size(), 3u);
  EXPECT_EQ(document["tables"][0]["left_out"], nlohmann::json{"mtp_angle_l"});
  EXPECT_TRUE(document["tables"][0]["rmse_over_subjects"]["network"]["sd"].is_number());
  EXPECT_THAT(found.err, HasSubstr("fold 3 of 3"));
  const auto table = run("crossval x.h5 --recipe small.toml --by trial --folds 2 --baselines");
  EXPECT_EQ(table.code, 0) << table.err;
  EXPECT_THAT(table.out, HasSubstr("each trial tested by networks that did not see it: 2 of 2 folds"));
  EXPECT_THAT(table.out, HasSubstr("in 6 of them the person was SEEN IN TRAINING (in other trials)"));
}

TEST_F(EvaluateCommand, CrossvalSaysWhyItCannot) {
  const auto found = run("crossval x.h5 --recipe small.toml --by activity");
  EXPECT_EQ(found.code, 1);
  EXPECT_THAT(found.err, HasSubstr("cross-validation by activity needs two of them at least; there is 1"));
  EXPECT_EQ(run("crossval x.h5 --by hour").code, 2);
  EXPECT_EQ(run("crossval x.h5 --recipe small.toml --folds 9").code, 1);
}

}  // namespace
}  // namespace kinemyo
#endif
