// `kinemyo train` as a person runs it.
#ifdef KINEMYO_TRAIN
#include <fcntl.h>
#include <gmock/gmock.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmath>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <random>

#include "cli/program.h"
#include "kinemyo/base/file.h"
#include "kinemyo/base/random.h"
#include "kinemyo/dataset/store.h"
#include "kinemyo/model/model.h"
#include "kinemyo/model/recipe.h"

namespace kinemyo {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

constexpr const char* kRecipe = R"([inputs]
markers = ["LASI", "RASI", "SACR", "LKNE"]
scale = "none"
[targets]
angles = "common"
[network]
layers = 2
hidden = 8
dropout = 0.2
[training]
window_frames = 20
stride_frames = 10
batch = 4
epochs = 2
[split]
by = "subject"
validation = 0.3
)";

class TrainCommand : public testing_cli::Program {
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

  // A pelvis that walks along X, and a knee beside it whose height is the angle.
  static dataset::PreparedTrial trial(const std::string& subject, const std::string& number) {
    constexpr std::size_t kFrames = 60;
    base::Random random(std::hash<std::string>{}(subject + number));
    const double phase = random.uniform(0, 6);
    base::Matrix<double> markers(kFrames, 12), angles(kFrames, 2);
    for (std::size_t t = 0; t < kFrames; ++t) {
      const double s = std::sin(0.2 * static_cast<double>(t) + phase),
                   x = 0.01 * static_cast<double>(t);
      const double places[12] = {x + 0.1, 1, -0.1, x + 0.1,       1,   0.1, x - 0.1,
                                 1,       0, x,    0.5 + 0.1 * s, -0.1};
      for (std::size_t k = 0; k < 12; ++k) markers(t, k) = places[k];
      angles(t, 0) = 0.5 * s;
      angles(t, 1) = -0.3 * s * s;
    }
    dataset::PreparedTrial out;
    out.key = {subject, "Walk", number};
    out.rate_hz = 100;
    const auto clock = motion::Clock::uniform(100, 0, kFrames);
    out.markers.series = {motion::Quantity::position,
                          {{"LASI", "m"}, {"RASI", "m"}, {"SACR", "m"}, {"LKNE", "m"}},
                          clock,
                          markers};
    out.markers.marks = {kFrames, 4, 1};
    out.angles.series = {motion::Quantity::coordinate,
                         {{"knee_angle_l", "rad"}, {"hip_flexion_l", "rad"}},
                         clock,
                         angles};
    out.angles.marks = {kFrames, 2, 1};
    return out;
  }

  // Starts a run that would take very long, sends a signal once `line` stands on its stderr, and
  // gives its status.
  int run_until(const std::string& line, int signal) const {
    return run_until(line, signal, {"--epochs", "100000"});
  }

  // The same with other arguments; the signal comes `later` bytes of stderr after the line.
  int run_until(const std::string& line, int signal, const std::vector<std::string>& arguments,
                std::size_t later = 0) const {
    std::vector<std::string> words = {"train", "x.h5", "--recipe", "small.toml", "--out", "m.safetensors"};
    words.insert(words.end(), arguments.begin(), arguments.end());
    return Program::run_until(words, line, signal, later).status;
  }

};

TEST_F(TrainCommand, WritesModelAndCurves) {
  const auto ran =
      run("train x.h5 --recipe small.toml --test S3 --epochs 3 --out m.safetensors --json");
  ASSERT_EQ(ran.code, 0) << ran.err;
  const auto model = model::read_model(folder_ / "m.safetensors");
  EXPECT_EQ(model.network.inputs, 12);
  EXPECT_EQ(model.network.outputs, 2);
  EXPECT_EQ(model.outputs[0].name, "knee_angle_l");
  EXPECT_EQ(model.input_scaler.mean.size(), 12u);
  EXPECT_EQ(model.rate_hz, 100);
  EXPECT_EQ(model.window_frames, 20);
  EXPECT_THAT(model.training_subjects, testing::ElementsAre("S1", "S2"));
  EXPECT_EQ(model.training_trials.size(), 4u);
  EXPECT_FALSE(model.data_hash.empty());
  EXPECT_EQ(model.weights.at("lstm.weight_ih_l0").shape, (std::vector<std::int64_t>{32, 12}));
  const auto log = nlohmann::json::parse(ran.out);
  EXPECT_EQ(log, nlohmann::json::parse(base::read_file(folder_ / "m.log.json")));
  EXPECT_EQ(log["epochs"].size(), 3u);
  EXPECT_EQ(log["training_trials"].size(), 2u);
  EXPECT_EQ(log["validation_trials"].size(), 2u);
  EXPECT_EQ(log["test_trials"], nlohmann::json({"S3/Walk/1", "S3/Walk/2"}));
  EXPECT_GT(log["epochs"][0]["validation_loss"], 0);
  EXPECT_THAT(ran.err, HasSubstr("epoch 3/3: loss "));
  EXPECT_THAT(ran.err, HasSubstr("training on 2 trials of S"));
}

TEST_F(TrainCommand, GivesTheSameBytesAgain) {
  ASSERT_EQ(run("train x.h5 --recipe small.toml --out a.safetensors").code, 0);
  ASSERT_EQ(run("train x.h5 --recipe small.toml --out b.safetensors").code, 0);
  ASSERT_EQ(run("train x.h5 --recipe small.toml --seed 2 --out c.safetensors").code, 0);
  const auto a = base::read_file(folder_ / "a.safetensors");
  EXPECT_EQ(a, base::read_file(folder_ / "b.safetensors"));
  EXPECT_NE(a, base::read_file(folder_ / "c.safetensors"));
}

TEST_F(TrainCommand, CtrlCLeavesTheBestModelSoFar) {
  const int status = run_until("epoch 3/100000", SIGINT);
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0);
  EXPECT_EQ(model::read_model(folder_ / "m.safetensors").network.hidden, 8);
  const auto log = nlohmann::json::parse(base::read_file(folder_ / "m.log.json"));
  EXPECT_EQ(log["stopped"], true);
  EXPECT_GE(log["epochs"].size(), 3u);
}

TEST_F(TrainCommand, KilledLeavesTheLastWholeFile) {
  const int status = run_until("epoch 3/100000", SIGKILL);
  ASSERT_TRUE(WIFSIGNALED(status));
  EXPECT_EQ(model::read_model(folder_ / "m.safetensors").network.hidden, 8);
}

// Killed ten times, each at another random moment after its first checkpoint, and gone on with each time.
TEST_F(TrainCommand, ResumeAfterKillsGivesTheBytesOfAnUninterruptedRun) {
  ASSERT_EQ(run("train x.h5 --recipe small.toml --epochs 150 --out whole.safetensors").code, 0);
  std::random_device device;
  const std::uint64_t seed = device();
  SCOPED_TRACE("random moments of seed " + std::to_string(seed));
  base::Random random(seed);
  std::vector<std::string> arguments = {"--epochs", "150", "--checkpoint-seconds", "0"};
  int first = 1;
  for (int kill = 0; kill < 10; ++kill) {
    // A run's last epochs may be over before the signal comes: kill well before them.
    const auto last = run_until("epoch " + std::to_string(first + 2) + "/150", SIGKILL, arguments,
                                random.below(200));
    ASSERT_TRUE(WIFSIGNALED(last));
    ASSERT_TRUE(fs::exists(folder_ / "m.checkpoint"));
    arguments = {"--epochs", "150", "--checkpoint-seconds", "0", "--resume"};
    first += 10;
  }
  const auto rest = run("train x.h5 --recipe small.toml --epochs 150 --out m.safetensors --resume");
  ASSERT_EQ(rest.code, 0) << rest.err;
  EXPECT_THAT(rest.err, HasSubstr("going on after epoch "));
  EXPECT_EQ(base::read_file(folder_ / "m.safetensors"),
            base::read_file(folder_ / "whole.safetensors"));
  EXPECT_FALSE(fs::exists(folder_ / "m.checkpoint"));
  const auto log = nlohmann::json::parse(base::read_file(folder_ / "m.log.json"));
  const auto whole = nlohmann::json::parse(base::read_file(folder_ / "whole.log.json"));
  ASSERT_EQ(log["epochs"].size(), whole["epochs"].size());
  for (std::size_t i = 0; i < log["epochs"].size(); ++i) {
    EXPECT_EQ(log["epochs"][i]["training_loss"], whole["epochs"][i]["training_loss"]);
  }
}

TEST_F(TrainCommand, CtrlCLeavesACheckpointToGoOnFrom) {
  run_until("epoch 3/100000", SIGINT);
  EXPECT_TRUE(fs::exists(folder_ / "m.checkpoint"));
  const auto other = run("train x.h5 --recipe small.toml --out m.safetensors --resume");
  EXPECT_EQ(other.code, 1);
  EXPECT_THAT(other.err, HasSubstr("m.checkpoint: is of another run: line 14 of the recipe; expected "
                                   "\"epochs = 2\", found \"epochs = 100000\""));
  const auto anew = run("train x.h5 --recipe small.toml --out m.safetensors");
  EXPECT_EQ(anew.code, 0);
  EXPECT_THAT(anew.err, HasSubstr("m.checkpoint is of a run that has not ended"));
  const auto nothing = run("train x.h5 --recipe small.toml --out m.safetensors --resume");
  EXPECT_EQ(nothing.code, 1);
  EXPECT_THAT(nothing.err, HasSubstr("nothing to resume: there is no m.checkpoint"));
}

TEST_F(TrainCommand, TheModelCarriesTheRecipeAsItWasRun) {
  ASSERT_EQ(run("train x.h5 --recipe small.toml --seed 9 --epochs 1 --test S3 --out m.safetensors").code, 0);
  const auto carried = model::parse_recipe(
      "m.toml", model::read_model(folder_ / "m.safetensors").recipe);
  EXPECT_EQ(carried.training.seed, 9u);
  EXPECT_EQ(carried.training.epochs, 1);
  EXPECT_THAT(carried.split.test, testing::ElementsAre("S3"));
  EXPECT_EQ(carried.training.window_frames, 20);
}

TEST_F(TrainCommand, TrainsATemporalConvolutionAndATransformer) {
  const std::string recipe = kRecipe;
  const auto kind = [&](const std::string& settings) {
    auto text = recipe;
    return text.replace(text.find("layers = 2\n"), 11, settings);
  };
  base::write_file(folder_ / "tcn.toml", kind("kind = \"tcn\"\ndilations = [1, 3]\n"));
  base::write_file(folder_ / "transformer.toml",
                   kind("kind = \"transformer\"\nlayers = 1\nlook_back_frames = 9\n"));
  for (const std::string name : {"tcn", "transformer"}) {
    const auto ran = run("train x.h5 --recipe " + name + ".toml --out " + name + ".safetensors");
    ASSERT_EQ(ran.code, 0) << ran.err;
    EXPECT_THAT(ran.err, HasSubstr(name));
    const auto model = model::read_model(folder_ / (name + ".safetensors"));
    EXPECT_EQ(model.network.kind, name);
    EXPECT_TRUE(model.network.causal());
  }
}

TEST_F(TrainCommand, StartsFromAnotherModel) {
  ASSERT_EQ(run("train x.h5 --recipe small.toml --out a.safetensors").code, 0);
  ASSERT_EQ(run("train x.h5 --recipe small.toml --initial a.safetensors --epochs 1 --dump-peer "
                "peer --out b.safetensors")
                .code,
            0);
  EXPECT_TRUE(fs::exists(folder_ / "peer/initial/fc.bias.npy"));
  EXPECT_TRUE(fs::exists(folder_ / "peer/order.npy"));
  const auto ran =
      run("train x.h5 --recipe original-angles --initial a.safetensors --out c.safetensors");
  EXPECT_EQ(ran.code, 1);
}

TEST_F(TrainCommand, NamesTheNearestKeyOfABadRecipe) {
  base::write_file(folder_ / "bad.toml", std::string(kRecipe) + "[trainin]\nbatch = 4\n");
  const auto ran = run("train x.h5 --recipe bad.toml --out m.safetensors");
  EXPECT_EQ(ran.code, 1);
  EXPECT_THAT(ran.err,
              testing::AllOf(HasSubstr("bad.toml"), HasSubstr("trainin"), HasSubstr("training")));
  EXPECT_EQ(run("train x.h5 --recipe angels --out m.safetensors").code, 1);
  EXPECT_FALSE(fs::exists(folder_ / "m.safetensors"));
}

TEST_F(TrainCommand, SaysWhatTheStoreLacks) {
  const auto emg = run("train x.h5 --recipe emg --out m.safetensors");
  EXPECT_EQ(emg.code, 1);
  EXPECT_THAT(emg.err, HasSubstr("no common EMG"));
  const auto markers = run("train x.h5 --recipe original-angles --out m.safetensors");
  EXPECT_EQ(markers.code, 1);
  EXPECT_THAT(markers.err,
              HasSubstr("kinemyo: no training trial has the angles that the recipe asks for"));
  base::write_file(folder_ / "markers.toml",
                   "[inputs]\nmarkers = [\"LASI\", \"RASI\", \"SACR\", \"LTOE\"]\nscale = \"none\"\n"
                   "[targets]\nangles = \"common\"\n");
  const auto toe = run("train x.h5 --recipe markers.toml --out m.safetensors");
  EXPECT_EQ(toe.code, 1);
  EXPECT_THAT(toe.err, HasSubstr("LTOE"));
}

TEST_F(TrainCommand, RefusesAWrongStoreAPersonWhoIsNotThereAndAFolderThatIsNotThere) {
  base::write_file(folder_ / "text.h5", "Time,LASI_X\n");
  const auto text = run("train text.h5 --recipe small.toml --out m.safetensors");
  EXPECT_EQ(text.code, 1);
  EXPECT_THAT(text.err, HasSubstr("text.h5"));
  EXPECT_EQ(run("train nothing.h5 --recipe small.toml --out m.safetensors").code, 1);
  const auto person = run("train x.h5 --recipe small.toml --test S9 --out m.safetensors");
  EXPECT_EQ(person.code, 1);
  EXPECT_THAT(
      person.err,
      HasSubstr("no subject, activity or trial is named \"S9\"; the subjects are S1, S2, S3"));
  const auto folder = run("train x.h5 --recipe small.toml --out nowhere/m.safetensors");
  EXPECT_EQ(folder.code, 1);
  EXPECT_THAT(folder.err, HasSubstr("nowhere/m.safetensors"));
  EXPECT_EQ(run("train x.h5 --recipe small.toml --out m.safetensors --device tpu").code, 2);
}

}  // namespace
}  // namespace kinemyo
#endif
