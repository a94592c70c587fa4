#include "kinemyo/train/checkpoint.h"

#include <gmock/gmock.h>

#include "train/small_run.h"

namespace kinemyo::train {
namespace {

using testing::HasSubstr;

// Everything random at once: dropout, noise, order; a schedule that watches losses; early stopping.
model::Recipe restless() {
  auto out = recipe(7);
  out.inputs.noise_mm = 300;
  out.inputs.offset_mm = 100;
  out.training.schedule = "plateau";
  out.training.plateau_epochs = 0;
  out.training.weight_decay = 0.01;
  out.training.clip_norm = 0.5;
  out.text = "a = 1\nb = 2\n";
  return out;
}

model::Model noisy_network(const std::string& kind = "lstm") {
  auto out = network(kind, 2, 0.3);
  out.input.markers = {"A"};
  out.data_hash = "1234";
  return out;
}

struct Run {
  Result result;
  std::vector<std::string> files;  // one an epoch
};

Run run_from(const std::string& kind, const Checkpoint* resume) {
  Run out;
  Options options;
  options.threads = 2;
  options.resume = resume;
  options.on_checkpoint = [&](const Checkpoint& each) {
    out.files.push_back(format_checkpoint(each));
  };
  out.result = train(noisy_network(kind), restless(), trials(), trials(true, 3), options);
  return out;
}

class Kinds : public testing::TestWithParam<std::string> {};

TEST_P(Kinds, ResumeAfterAnyEpochGivesTheSameBits) {
  const auto whole = run_from(GetParam(), nullptr);
  ASSERT_EQ(whole.files.size(), whole.result.epochs.size());
  ASSERT_GE(whole.files.size(), 5u);
  for (const auto& file : whole.files) {
    const auto checkpoint = parse_checkpoint("m.checkpoint", file);
    const auto rest = run_from(GetParam(), &checkpoint);
    EXPECT_EQ(rest.result.model.weights, whole.result.model.weights);
    EXPECT_EQ(rest.result.model.metrics, whole.result.model.metrics);
    ASSERT_EQ(rest.result.epochs.size(), whole.result.epochs.size());
    for (std::size_t i = 0; i < rest.result.epochs.size(); ++i) {
      EXPECT_EQ(rest.result.epochs[i].training_loss, whole.result.epochs[i].training_loss);
      EXPECT_EQ(rest.result.epochs[i].learning_rate, whole.result.epochs[i].learning_rate);
    }
    if (!rest.files.empty()) {
      auto last = parse_checkpoint("", rest.files.back()), expected = parse_checkpoint("", whole.files.back());
      EXPECT_EQ(last.weights, expected.weights);
      EXPECT_EQ(last.means, expected.means);
      EXPECT_EQ(last.generator, expected.generator);
      EXPECT_EQ(last.augmentation, expected.augmentation);
    }
  }
}
INSTANTIATE_TEST_SUITE_P(Checkpoint, Kinds, testing::Values("lstm", "gru", "tcn", "transformer"),
                         [](const auto& each) { return each.param; });

TEST(Checkpoint, IsWrittenWhenStoppedThoughItsTimeHasNotCome) {
  std::atomic<bool> stop{false};
  std::vector<Checkpoint> written;
  Options options;
  options.stop = &stop;
  options.checkpoint_every_s = 1e9;
  options.on_checkpoint = [&](const Checkpoint& each) { written.push_back(each); };
  options.on_batch = [&](int epoch, std::size_t, std::size_t, double) { stop = epoch == 3; };
  train(network(), recipe(9), trials(), {}, options);
  ASSERT_EQ(written.size(), 1u);
  EXPECT_EQ(written[0].epochs.size(), 2u);
}

std::string refusal(const model::Model& blank, const model::Recipe& told, int threads = 2) {
  static const std::string file = run_from("lstm", nullptr).files[1];
  const auto checkpoint = parse_checkpoint("m.checkpoint", file);
  Options options;
  options.threads = threads;
  options.resume = &checkpoint;
  try {
    train(blank, told, trials(), trials(true, 3), options);
  } catch (const Error& problem) {
    return problem.what();
  }
  return "none";
}

TEST(Checkpoint, IsRefusedByAnotherRunWithTheReason) {
  EXPECT_EQ(refusal(noisy_network(), restless()), "none");
  auto told = restless();
  told.text = "a = 1\nb = 3\n";
  EXPECT_EQ(refusal(noisy_network(), told),
            "m.checkpoint: is of another run: line 2 of the recipe; expected \"b = 3\", found \"b = 2\". "
            "Without --resume training starts anew");
  auto blank = noisy_network();
  blank.data_hash = "99";
  EXPECT_THAT(refusal(blank, restless()),
              HasSubstr("data (hash of the store); expected \"99\", found \"1234\""));
  EXPECT_THAT(refusal(noisy_network(), restless(), 3),
              HasSubstr("threads; expected \"3\", found \"2\""));
  EXPECT_THAT(refusal(noisy_network("gru"), restless()), HasSubstr("is of another run"));
}

TEST(Checkpoint, ADamagedFileIsRefusedWhereverItIsCutOrChanged) {
  Checkpoint small;
  small.run = {{"recipe", "x"}};
  small.epochs = {{.number = 1, .training_loss = 2}};
  small.generator = "ab\x01\xff";
  small.weights["w"] = small.means["w"] = small.squares["w"] = {{2}, {1, 2}};
  const auto file = format_checkpoint(small);
  const auto back = parse_checkpoint("m.checkpoint", file);
  EXPECT_EQ(back.generator, small.generator);
  EXPECT_EQ(back.weights, small.weights);
  EXPECT_EQ(format_checkpoint(back), file);
  for (std::size_t length = 0; length < file.size(); ++length) {
    EXPECT_THROW(parse_checkpoint("m.checkpoint", file.substr(0, length)), Error) << length;
  }
  for (std::size_t i = 0; i < file.size(); ++i) {
    auto changed = file;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    try {
      const auto read = parse_checkpoint("m.checkpoint", changed);
      EXPECT_EQ(format_checkpoint(read), file) << i;  // blanks of the header's padding
    } catch (const Error&) {
    }
  }
}

TEST(Checkpoint, OfAnotherVersionSaysSo) {
  auto file = format_checkpoint({});
  const auto at = file.find("\\\"version\\\":1");
  ASSERT_NE(at, std::string::npos);
  file[at + 12] = '2';
  try {
    parse_checkpoint("m.checkpoint", file);
    FAIL();
  } catch (const FormatError& problem) {
    EXPECT_THAT(problem.what(), HasSubstr("version of the checkpoint; expected 1, found \"2\""));
  }
}

}  // namespace
}  // namespace kinemyo::train
