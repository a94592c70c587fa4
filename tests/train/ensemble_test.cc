#include "kinemyo/train/ensemble.h"

#include <gmock/gmock.h>

#include <ATen/ATen.h>

#include <atomic>

#include "kinemyo/base/random.h"
#include "kinemyo/train/checkpoint.h"
#include "kinemyo/train/network.h"
#include "kinemyo/train/train.h"
#include "train/small_run.h"

namespace kinemyo::train {
namespace {

at::Tensor outputs(const model::Model& model, const at::Tensor& x) {
  Network network(model.network, at::kCPU, Network::Backend::libtorch, 1);
  network.load(model.weights);
  const at::NoGradGuard constant;
  return network.forward(x, false);
}

TEST(MeanOf, GivesTheMeanOfItsMembersOutputs) {
  for (const std::string kind : {"lstm", "gru"}) {
    for (const int layers : {1, 3}) {
      for (const bool both : {false, true}) {
        auto blank = network(kind, layers, 0, both);
        blank.network.linear = true;
        std::vector<model::Model> members;
        at::manual_seed(5);
        base::Random random(6);
        for (int m = 0; m < 3; ++m) {
          Network drawn(blank.network, at::kCPU, Network::Backend::libtorch, 1);
          drawn.set_linear({{{static_cast<std::int64_t>(kOutputs), static_cast<std::int64_t>(kInputs)}, std::vector<float>(kOutputs * kInputs, 0.1f)},
                            {{static_cast<std::int64_t>(kOutputs)}, std::vector<float>(kOutputs, 0.2f)}});
          members.push_back(blank);
          members.back().weights = drawn.weights();
          for (float& w : members.back().weights.at("fc.weight").values) w = static_cast<float>(random.normal());
        }
        const auto x = at::randn({7, 4, static_cast<std::int64_t>(kInputs)});
        at::Tensor expected = at::zeros({7, 4, static_cast<std::int64_t>(kOutputs)});
        for (const auto& member : members) expected += outputs(member, x) / 3;
        const auto wide = mean_of(members);
        EXPECT_EQ(wide.network.hidden, 3 * blank.network.hidden);
        EXPECT_LT((outputs(wide, x) - expected).abs().max().item<double>(), 1e-5) << kind << layers << both;
        EXPECT_EQ(model::metric(wide, "members"), 3);
        EXPECT_EQ(mean_of({members.data(), 1}).weights, members[0].weights);
      }
    }
  }
}

TEST(Members, AreTheNetworksOfTheNextSeedsAndTheirMeanIsTheModel) {
  auto told = recipe(3);
  told.training.members = 3;
  std::vector<int> numbers;
  std::vector<model::Weights> bests;
  Options options;
  options.on_epoch = [&](const Epoch& epoch) { numbers.push_back(epoch.number); };
  options.on_best = [&](const model::Model& best) { bests.push_back(best.weights); };
  bool checkpoints = false;
  options.on_checkpoint = [&](const Checkpoint&) { checkpoints = true; };
  const auto together = train(network(), told, trials(), {}, options);
  std::vector<model::Model> alone;
  for (int m = 0; m < 3; ++m) {
    auto own = recipe(3);
    own.training.seed += 1000 * static_cast<std::uint64_t>(m);
    alone.push_back(train(network(), own, trials(), {}, {}).model);
  }
  EXPECT_EQ(together.model.weights, mean_of(alone).weights);
  EXPECT_THAT(numbers, testing::ElementsAre(1, 2, 3, 4, 5, 6, 7, 8, 9));
  EXPECT_EQ(bests.back(), together.model.weights);
  EXPECT_FALSE(checkpoints);
}

// Ctrl-C while the second is trained: the first is what there is, and the second's beginnings do not spoil it.
TEST(Members, StoppedWithinALaterOneTheWholeOnesAreTheModel) {
  auto told = recipe(3);
  told.training.members = 3;
  std::atomic<bool> stop = false;
  Options options;
  options.stop = &stop;
  options.on_batch = [&](int epoch, std::size_t, std::size_t, double) { stop = epoch > 3; };
  const auto stopped = train(network(), told, trials(), {}, options);
  EXPECT_TRUE(stopped.stopped);
  EXPECT_EQ(stopped.epochs.size(), 3u);
  EXPECT_EQ(stopped.model.weights, train(network(), recipe(3), trials(), {}, {}).model.weights);
}

TEST(Members, HaveNoCheckpointToGoOnFrom) {
  auto told = recipe(1);
  told.training.members = 2;
  Checkpoint from;
  Options options;
  options.resume = &from;
  EXPECT_THAT([&] { train(network(), told, trials(), {}, options); },
              testing::ThrowsMessage<Error>(testing::HasSubstr("training.members = 2: a mean of several networks has no checkpoint")));
}

}  // namespace
}  // namespace kinemyo::train
