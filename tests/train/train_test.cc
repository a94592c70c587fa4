#include "kinemyo/train/train.h"

#include <gmock/gmock.h>

#include <limits>

#include "train/wave.h"

namespace kinemyo::train {
namespace {

// Eleven trials of 20 frames, as tests/golden/train/make_golden.py has them.
constexpr std::size_t kInputs = 5, kOutputs = 3, kFrames = 20, kTrials = 11;

std::vector<features::Example> trials(bool missing = false, std::size_t count = kTrials) {
  auto x = wave(kTrials * kFrames * kInputs, 0.1);
  auto y = wave(kTrials * kFrames * kOutputs, 0.2);
  for (auto& v : x) v = 3 + 2 * v;
  for (auto& v : y) v = -1 + 0.5 * v;
  if (missing) {
    for (std::size_t i = 0; i < y.size(); i += 7) y[i] = std::numeric_limits<double>::quiet_NaN();
  }
  std::vector<features::Example> out(count);
  for (std::size_t i = 0; i < count; ++i) {
    out[i].rate_hz = 100;
    out[i].placements.resize(kFrames);
    out[i].x = {kFrames, kInputs};
    out[i].y = {kFrames, kOutputs};
    for (std::size_t k = 0; k < out[i].x.flat().size(); ++k) {
      out[i].x.flat()[k] = static_cast<float>(x[i * kFrames * kInputs + k]);
    }
    for (std::size_t k = 0; k < out[i].y.flat().size(); ++k) {
      out[i].y.flat()[k] = static_cast<float>(y[i * kFrames * kOutputs + k]);
    }
  }
  return out;
}

model::Model network(const std::string& kind = "lstm", int layers = 2, double dropout = 0,
                     bool both = false) {
  model::Model out;
  out.network = {kind, kInputs, kOutputs, layers, 8, dropout, both};
  out.rate_hz = 100;
  return out;
}

model::Recipe recipe(int epochs = 4) {
  model::Recipe out;
  out.training.window_frames = out.training.stride_frames = kFrames;
  out.training.batch = 4;
  out.training.epochs = epochs;
  out.training.clip_norm = 0;
  out.training.seed = 3;
  return out;
}

class GoldenRun : public testing::TestWithParam<std::string> {};

// Initial weights, order of windows, dropout, loss, Adam, schedule and clipping, all at once.
TEST_P(GoldenRun, TrainsAsPyTorchDoes) {
  for (const auto& c : golden("training.json")) {
    SCOPED_TRACE(c["name"].get<std::string>());
    if (GetParam() == "onednn" && (c["kind"] != "lstm" || c["bidirectional"])) continue;
    auto told = recipe(c["epochs"]);
    told.training.seed = c["seed"];
    told.training.step_every_epochs = c["step_every"];
    told.training.clip_norm = c["clip"];
    Record record;
    Options options;
    options.threads = 1;
    options.lstm = GetParam();
    options.record = &record;
    const auto result = train(network(c["kind"], c["layers"], c["dropout"], c["bidirectional"]),
                              told, trials(c["missing"]), {}, options);
    ASSERT_EQ(record.initial.size(), c["initial"].size());
    for (const auto& [name, tensor] : record.initial) {
      EXPECT_LT(relative_error(tensor.values, c["initial"].at(name)), 1e-6) << name;
    }
    EXPECT_EQ(record.order, c["order"].get<std::vector<std::int64_t>>());
    ASSERT_EQ(record.losses.size(), c["losses"].size());
    for (std::size_t i = 0; i < record.losses.size(); ++i) {
      EXPECT_NEAR(record.losses[i], c["losses"][i].get<double>(), 2e-5) << "step " << i;
    }
    for (const auto& [name, tensor] : result.model.weights) {
      EXPECT_LT(relative_error(tensor.values, c["final"].at(name)), 1e-3) << name;
    }
    for (std::size_t i = 0; i < kInputs; ++i) {
      EXPECT_NEAR(result.model.input_scaler.mean[i], c["mean_x"][i].get<double>(), 1e-6);
    }
    for (std::size_t i = 0; i < kOutputs; ++i) {
      EXPECT_NEAR(result.model.output_scaler.scale[i], c["std_y"][i].get<double>(), 1e-6);
    }
  }
}
INSTANTIATE_TEST_SUITE_P(Train, GoldenRun, testing::Values("libtorch", "onednn"),
                         [](const auto& each) { return each.param; });

TEST(Train, GivesTheSameWeightsForTheSameSeed) {
  const auto once = train(network("lstm", 2, 0.3), recipe(), trials(), {}, {});
  const auto again = train(network("lstm", 2, 0.3), recipe(), trials(), {}, {});
  auto other = recipe();
  other.training.seed = 4;
  const auto different = train(network("lstm", 2, 0.3), other, trials(), {}, {});
  EXPECT_EQ(once.model.weights, again.model.weights);
  EXPECT_EQ(once.model.metrics, again.model.metrics);
  EXPECT_NE(once.model.weights, different.model.weights);
}

TEST(Train, AugmentsBySeedAndOnTrainingAlone) {
  auto told = recipe(2);
  auto blank = network();
  blank.input.markers = {"A"};
  const auto plain = train(blank, told, trials(), trials(), {});
  told.inputs.noise_mm = 500;
  const auto once = train(blank, told, trials(), trials(), {});
  const auto again = train(blank, told, trials(), trials(), {});
  EXPECT_EQ(once.model.weights, again.model.weights);
  EXPECT_NE(once.model.weights, plain.model.weights);
}

TEST(Train, StopsEarlyAndReturnsTheBestOnValidation) {
  // What is to be learned and what is validated on have opposite signs: validation only gets worse.
  auto told = recipe(40);
  told.training.learning_rate = 0.02;
  told.training.patience_epochs = 3;
  auto with = trials(), against = trials();
  for (std::size_t i = 0; i < kTrials; ++i) {
    for (std::size_t t = 0; t < kFrames; ++t) {
      for (std::size_t c = 0; c < kOutputs; ++c) {
        with[i].y(t, c) = with[i].x(t, c);
        against[i].y(t, c) = 6 - with[i].x(t, c);
      }
    }
  }
  std::vector<model::Weights> bests;
  std::vector<Epoch> seen;
  Options options;
  options.on_best = [&](const model::Model& model) { bests.push_back(model.weights); };
  options.on_epoch = [&](const Epoch& epoch) { seen.push_back(epoch); };
  const auto result = train(network(), told, with, against, options);
  ASSERT_FALSE(bests.empty());
  EXPECT_EQ(result.model.weights, bests.back());
  EXPECT_FALSE(result.stopped);
  ASSERT_EQ(result.epochs.size(), bests.size() + 3);
  EXPECT_LT(result.epochs.size(), 40u);
  EXPECT_EQ(seen.size(), result.epochs.size());
  EXPECT_TRUE(seen[0].best);
  EXPECT_FALSE(seen.back().best);
  EXPECT_GT(seen.back().validation_loss, seen[bests.size() - 1].validation_loss);
  EXPECT_LT(seen.back().training_loss, seen[0].training_loss);
}

TEST(Train, LearnsWhatCanBeLearned) {
  auto told = recipe(150);
  told.training.learning_rate = 0.02;
  auto examples = trials();
  for (auto& e : examples) {
    for (std::size_t t = 0; t < kFrames; ++t) {
      for (std::size_t c = 0; c < kOutputs; ++c) e.y(t, c) = e.x(t, c) - e.x(t, c + 1);
    }
  }
  const auto result = train(network("lstm", 1), told, examples, {}, {});
  EXPECT_LT(result.epochs.back().training_loss, 0.1 * result.epochs.front().training_loss);
}

TEST(Train, StopLeavesTheBestSoFar) {
  std::atomic<bool> stop{false};
  Options options;
  options.stop = &stop;
  model::Weights best;
  options.on_best = [&](const model::Model& model) { best = model.weights; };
  options.on_batch = [&](int epoch, std::size_t done, std::size_t total, double loss) {
    EXPECT_EQ(total, 3u);
    EXPECT_GT(loss, 0);
    if (epoch == 3 && done == 1) stop = true;
  };
  const auto result = train(network(), recipe(9), trials(), {}, options);
  EXPECT_TRUE(result.stopped);
  EXPECT_EQ(result.epochs.size(), 2u);
  EXPECT_EQ(result.model.weights, best);
}

TEST(Train, StopInTheFirstEpochLeavesWhatWasLearned) {
  const std::atomic<bool> stop{true};
  Options options;
  options.stop = &stop;
  Record record;
  options.record = &record;
  const auto result = train(network(), recipe(9), trials(), {}, options);
  EXPECT_TRUE(result.stopped);
  EXPECT_EQ(result.model.weights, record.initial);
  EXPECT_THAT(result.model.metrics, testing::HasSubstr("\"training_loss\": null"));
}

TEST(Train, StartsFromGivenWeights) {
  Record first, second;
  Options options;
  options.record = &first;
  const auto trained = train(network(), recipe(2), trials(), {}, options);
  options.record = &second;
  options.initial = &trained.model.weights;
  train(network(), recipe(1), trials(), {}, options);
  EXPECT_EQ(second.initial, trained.model.weights);
  EXPECT_EQ(second.x, first.x);
}

TEST(Train, RefusesInitialWeightsThatDoNotFit) {
  auto weights = train(network(), recipe(1), trials(), {}, {}).model.weights;
  Options options;
  options.initial = &weights;
  weights["fc.bias"].shape = {4};
  try {
    train(network(), recipe(1), trials(), {}, options);
    FAIL();
  } catch (const Error& problem) {
    EXPECT_STREQ(problem.what(),
                 "initial weights: tensor \"fc.bias\" has shape [4]; the network needs [3]");
  }
  weights.erase("fc.bias");
  try {
    train(network(), recipe(1), trials(), {}, options);
    FAIL();
  } catch (const Error& problem) {
    EXPECT_STREQ(problem.what(), "initial weights: tensor \"fc.bias\" is missing");
  }
  weights["fc.bais"] = {{3}, {0, 0, 0}};
  EXPECT_THROW(train(network(), recipe(1), trials(), {}, options), Error);
}

TEST(Train, SaysWhyThereIsNothingToTrainOn) {
  auto told = recipe();
  told.original.windows = true;
  try {
    train(network(), told, trials(false, 2), {}, {});
    FAIL();
  } catch (const Error& problem) {
    EXPECT_STREQ(
        problem.what(),
        "nothing to train on: no trial fills a window of 20 frames; the longest has 20 (recipe: "
        "training.window_frames)");
  }
}

TEST(Train, SaysThatItDiverged) {
  auto told = recipe();
  auto examples = trials();
  examples[4].y(3, 1) = std::numeric_limits<float>::infinity();
  EXPECT_THROW(train(network(), told, examples, {}, {}), Error);
}

TEST(Train, RefusesWhatItCannotDo) {
  Options options;
  options.lstm = "onednn";
  EXPECT_THROW(train(network("gru"), recipe(), trials(), {}, options), Error);
  options.lstm = "fast";
  EXPECT_THROW(train(network(), recipe(), trials(), {}, options), std::invalid_argument);
  EXPECT_THROW(train(network("tcn"), recipe(), trials(), {}, {}), Error);
  EXPECT_THROW(train(network(), recipe(0), trials(), {}, {}), std::invalid_argument);
}

}  // namespace
}  // namespace kinemyo::train
