#include "kinemyo/train/train.h"

#include <gmock/gmock.h>

#include <limits>

#include "train/small_run.h"

namespace kinemyo::train {
namespace {

class GoldenRun : public testing::TestWithParam<std::string> {};

// Initial weights, order of windows, dropout, loss, Adam, schedule and clipping, all at once.
TEST_P(GoldenRun, TrainsAsPyTorchDoes) {
  int compared = 0;
  for (const auto& c : golden("training.json")) {
    SCOPED_TRACE(c["name"].get<std::string>());
    // Our kernels take LSTMs, and draw dropout in a way of their own.
    if (GetParam() == "kernels" && (c["kind"] != "lstm" || c["dropout"] > 0)) continue;
    ++compared;
    auto told = recipe(c["epochs"]);
    told.training.seed = c["seed"];
    told.training.step_every_epochs = c["step_every"];
    told.training.clip_norm = c["clip"];
    Record record;
    Options options;
    options.threads = 1;
    options.lstm = GetParam();
    options.record = &record;
    auto blank = network(c["kind"], c["layers"], c["dropout"], c["bidirectional"]);
    blank.network.feedforward = 12;
    blank.network.look_back_frames = c["look_back"];
    const auto result = train(blank, told, trials(c["missing"]), {}, options);
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
      // The bias of a transformer's keys changes no output: its gradient is rounding alone, which Adam
      // makes steps of.
      if (name.ends_with("in_proj_bias")) continue;
      EXPECT_LT(relative_error(tensor.values, c["final"].at(name)), 1e-3) << name;
    }
    for (std::size_t i = 0; i < kInputs; ++i) {
      EXPECT_NEAR(result.model.input_scaler.mean[i], c["mean_x"][i].get<double>(), 1e-6);
    }
    for (std::size_t i = 0; i < kOutputs; ++i) {
      EXPECT_NEAR(result.model.output_scaler.scale[i], c["std_y"][i].get<double>(), 1e-6);
    }
  }
  EXPECT_GT(compared, 0);
}
INSTANTIATE_TEST_SUITE_P(Train, GoldenRun, testing::Values("libtorch", "kernels"),
                         [](const auto& each) { return each.param; });

// Targets that are a linear map of the inputs and noise that nothing can learn: the linear part alone is the best.
TEST(Train, ANetworkWithALinearPartStartsAsThatAndMayStayThere) {
  auto blank = network("lstm", 1);
  blank.network.linear = true;
  auto examples = trials();
  for (auto& e : examples) {
    for (std::size_t t = 0; t < kFrames; ++t) {
      for (std::size_t c = 0; c < kOutputs; ++c) e.y(t, c) = 2 * e.x(t, c) - e.x(t, c + 1);
    }
    e.key.trial = std::to_string(&e - examples.data());
  }
  auto told = recipe(3);
  told.training.learning_rate = 1;  // so that every epoch makes it worse
  const std::vector<features::Example> against(examples.begin(), examples.begin() + 3);
  const auto result = train(blank, told, examples, against, {});
  EXPECT_THAT(result.model.metrics, testing::HasSubstr("\"epoch\": 0"));
  for (const float w : result.model.weights.at("fc.weight").values) EXPECT_EQ(w, 0);
  for (const auto& epoch : result.epochs) EXPECT_FALSE(epoch.best);
}

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

Record losses_of(const std::string& lstm, const std::string& precision, bool bidirectional, double dropout) {
  auto told = recipe(4);
  told.training.seed = 5;
  Record record;
  Options options;
  options.threads = 2;
  options.lstm = lstm;
  options.precision = precision;
  options.record = &record;
  train(network("lstm", 2, dropout, bidirectional), told, trials(), {}, options);
  return record;
}

TEST(Train, OurKernelsTrainBothDirectionsAsLibTorchDoes) {
  const auto ours = losses_of("kernels", "fp32", true, 0), theirs = losses_of("libtorch", "fp32", true, 0);
  ASSERT_EQ(ours.losses.size(), theirs.losses.size());
  for (std::size_t i = 0; i < ours.losses.size(); ++i) EXPECT_NEAR(ours.losses[i], theirs.losses[i], 2e-5) << i;
}

TEST(Train, InBf16TheLossFallsAsInFp32) {
  const auto half = losses_of("auto", "bf16", false, 0.2), whole = losses_of("auto", "fp32", false, 0.2);
  ASSERT_EQ(half.losses.size(), whole.losses.size());
  EXPECT_NE(half.losses, whole.losses);
  EXPECT_LT(whole.losses.back(), whole.losses.front());
  for (std::size_t i = 0; i < half.losses.size(); ++i) EXPECT_NEAR(half.losses[i] / whole.losses[i], 1, 0.02) << i;
}

TEST(Train, RefusesWhatItCannotDo) {
  Options options;
  options.lstm = "kernels";
  EXPECT_THROW(train(network("gru"), recipe(), trials(), {}, options), Error);
  options.lstm = "auto";
  options.precision = "bf16";
  EXPECT_THAT([&] { train(network("gru"), recipe(), trials(), {}, options); },
              testing::ThrowsMessage<Error>(testing::HasSubstr("this network is of kind gru")));
  options.precision = "fp16";
  EXPECT_THROW(train(network(), recipe(), trials(), {}, options), std::invalid_argument);
  options.precision = "fp32";
  options.lstm = "fast";
  EXPECT_THROW(train(network(), recipe(), trials(), {}, options), std::invalid_argument);
  EXPECT_THROW(train(network("cnn"), recipe(), trials(), {}, {}), Error);
  EXPECT_THROW(train(network(), recipe(0), trials(), {}, {}), std::invalid_argument);
}

// Trials in which the left knee's marker alone tells the left angle; the right side never moves. Mirrored, there are as many in
// which the right side does.
TEST(Train, MirroringAddsTheMirroredTrialsToTrainingAlone) {
  model::Model blank;
  blank.network = {"lstm", 6, 2, 1, 8, 0};
  blank.input.markers = {"LKNE", "RKNE"};
  blank.outputs = {{.name = "knee_angle_l", .index = 0}, {.name = "knee_angle_r", .index = 1}};
  std::vector<features::Example> examples(3);
  for (auto& e : examples) {
    e.rate_hz = 100;
    e.placements.resize(kFrames);
    e.x = {kFrames, 6};
    e.y = {kFrames, 2};
    for (std::size_t t = 0; t < kFrames; ++t) {
      e.x(t, 0) = e.y(t, 0) = std::sin(0.5F * static_cast<float>(t));
      e.x(t, 2) = -0.1F;
      e.x(t, 5) = 0.1F;
    }
  }
  auto told = recipe(1);
  Record plain, mirrored;
  Options options;
  options.record = &plain;
  train(blank, told, examples, examples, options);
  told.inputs.mirror = true;
  options.record = &mirrored;
  const auto result = train(blank, told, examples, examples, options);
  ASSERT_EQ(mirrored.x.rows(), 2 * plain.x.rows());
  // The scalers see both: left and right have one spread.
  EXPECT_NEAR(result.model.output_scaler.scale[0], result.model.output_scaler.scale[1], 1e-9);
  const std::size_t half = plain.x.rows();
  for (std::size_t t = 0; t < kFrames; ++t) {
    EXPECT_NEAR(mirrored.y(t, 0), mirrored.y(half + t, 1), 1e-6);
    EXPECT_NEAR(mirrored.x(t, 0), mirrored.x(half + t, 3), 1e-6);
  }
}

}  // namespace
}  // namespace kinemyo::train
