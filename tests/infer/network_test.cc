#include "kinemyo/infer/network.h"

#include <gmock/gmock.h>

#include <cmath>
#include <thread>

#include "infer/allocations.h"
#include "infer/random_model.h"
#include "kinemyo/base/file.h"
#include "kinemyo/base/random.h"
#include "kinemyo/model/safetensors.h"

namespace kinemyo::infer {
namespace {

model::Model random_model(const model::NetworkSpec& spec, std::uint64_t seed) {
  model::Model model;
  model.network = spec;
  model.weights = random_weights(spec, seed);
  return model;
}

base::Matrix<float> random_input(std::size_t rows, std::size_t columns) {
  base::Random random(7);
  base::Matrix<float> x(rows, columns);
  for (auto& value : x.flat()) value = static_cast<float>(random.normal());
  return x;
}

base::Matrix<float> steps(const Network& network, const base::Matrix<float>& x) {
  base::Matrix<float> y(x.rows(), network.outputs());
  auto state = network.make_state();
  for (std::size_t r = 0; r < x.rows(); ++r) network.step(state, x.row(r), y.row(r));
  return y;
}

model::NetworkSpec tcn(int inputs, int outputs, int hidden, int kernel, std::vector<int> dilations) {
  model::NetworkSpec out{"tcn", inputs, outputs, static_cast<int>(dilations.size()), hidden, 0};
  out.kernel = kernel;
  out.dilations = std::move(dilations);
  return out;
}

model::NetworkSpec transformer(int inputs, int outputs, int hidden, int heads, int feedforward,
                               int look_back) {
  model::NetworkSpec out{"transformer", inputs, outputs, 2, hidden, 0};
  out.heads = heads;
  out.feedforward = feedforward;
  out.look_back_frames = look_back;
  return out;
}

// Golden values from PyTorch 1.13: tests/golden/infer/make_networks.py.
struct Golden {
  const char* name;
  model::NetworkSpec spec;
};
class GoldenNetwork : public testing::TestWithParam<Golden> {};

TEST_P(GoldenNetwork, EqualsPyTorch) {
  const std::string path =
      std::string(KINEMYO_GOLDEN_DIR) + "/infer/" + GetParam().name + ".safetensors";
  auto file = model::parse_safetensors(path, base::read_file(path));
  const auto take = [&](const char* name) {
    auto tensor = file.tensors.extract(name).mapped();
    return base::Matrix<float>(static_cast<std::size_t>(tensor.shape[0]),
                               static_cast<std::size_t>(tensor.shape[1]), tensor.values);
  };
  const auto x = take("x");
  const auto expected = take("y");
  model::Model model;
  model.network = GetParam().spec;
  model.weights = file.tensors;
  for (const auto* set : kernels::sets()) {
    const Network network(model, Arithmetic{*set});
    base::Matrix<float> y(x.rows(), network.outputs());
    network.run(x, y);
    for (std::size_t i = 0; i < y.flat().size(); ++i)
      EXPECT_NEAR(y.flat()[i], expected.flat()[i], 3e-6) << set->name << " " << i;
  }
}

INSTANTIATE_TEST_SUITE_P(Kinds, GoldenNetwork,
                         testing::Values(Golden{"lstm", {"lstm", 5, 3, 2, 7, 0, false}},
                                         Golden{"bilstm", {"lstm", 5, 3, 2, 7, 0, true}},
                                         Golden{"gru", {"gru", 5, 3, 2, 7, 0, false}},
                                         Golden{"bigru", {"gru", 5, 3, 1, 7, 0, true}},
                                         Golden{"tcn", {"tcn", 5, 3, 3, 7, 0}},
                                         Golden{"tcn_same", tcn(6, 3, 6, 2, {3, 1})},
                                         Golden{"transformer", transformer(5, 3, 8, 2, 11, 0)},
                                         Golden{"transformer_causal",
                                                transformer(5, 3, 12, 4, 9, 6)}),
                         [](const auto& one) { return std::string(one.param.name); });

TEST(Network, LinearPartAddsItsProduct) {
  model::Model model = random_model({"lstm", 5, 3, 1, 7, 0, false, true}, 9);
  const auto weight = model.weights.at("linear.weight");
  const auto x = random_input(4, 5);
  base::Matrix<float> with(4, 3), without(4, 3);
  Network(model).run(x, with);
  model.network.linear = false;
  model.weights.erase("linear.weight");
  Network(model).run(x, without);
  for (std::size_t r = 0; r < 4; ++r) {
    for (std::size_t c = 0; c < 3; ++c) {
      double product = 0;
      for (std::size_t i = 0; i < 5; ++i) product += static_cast<double>(weight.values[c * 5 + i]) * x(r, i);
      EXPECT_NEAR(with(r, c) - without(r, c), product, 1e-5);
    }
  }
}

TEST(Network, StepByStepEqualsTheWholeBitForBit) {
  for (const auto& spec : {model::NetworkSpec{"lstm", 13, 5, 2, 24, 0, false},
                           model::NetworkSpec{"lstm", 6, 17, 3, 9, 0, false},
                           model::NetworkSpec{"lstm", 13, 5, 2, 24, 0, false, true},
                           model::NetworkSpec{"gru", 13, 5, 2, 11, 0, false},
                           tcn(13, 5, 24, 3, {1, 2, 4, 8}), tcn(7, 3, 9, 5, {20, 1}),
                           model::NetworkSpec{"tcn", 7, 3, 2, 7, 0, false, true}, tcn(3, 2, 5, 1, {1}),
                           transformer(13, 5, 24, 4, 30, 50), transformer(5, 17, 9, 3, 7, 1)}) {
    for (const auto* set : kernels::sets()) {
      const Network network(random_model(spec, 3), Arithmetic{*set});
      for (const std::size_t rows : {1u, 31u, 32u, 33u, 200u}) {
        const auto x = random_input(rows, network.inputs());
        base::Matrix<float> whole(rows, network.outputs());
        network.run(x, whole);
        EXPECT_EQ(whole, steps(network, x)) << set->name << " " << spec.kind << " " << rows;
      }
    }
  }
}

TEST(Network, ManyTogetherEqualEachByItselfBitForBit) {
  for (const auto& spec :
       {model::NetworkSpec{"lstm", 13, 5, 2, 24, 0, false}, model::NetworkSpec{"lstm", 13, 5, 2, 9, 0, false, true},
        model::NetworkSpec{"gru", 13, 5, 2, 17, 0, false}, model::NetworkSpec{"lstm", 13, 5, 2, 9, 0, true},
        tcn(13, 5, 9, 3, {1, 2}), transformer(13, 5, 8, 2, 9, 5), transformer(13, 5, 8, 2, 9, 0)}) {
    for (const auto* set : kernels::sets()) {
      const Network network(random_model(spec, 3), Arithmetic{*set});
      for (const std::size_t count : {0u, 1u, 2u, 33u, 70u}) {
        std::vector<base::Matrix<float>> x, expected, y;
        for (std::size_t i = 0; i < count; ++i) {
          x.push_back(random_input(i * 7 % 23, 13));  // of no frames at all, too
          for (auto& value : x.back().flat()) value *= 1 + static_cast<float>(i % 5);
          expected.emplace_back(x.back().rows(), 5);
          y.emplace_back(x.back().rows(), 5);
          network.run(x.back(), expected.back());
        }
        const std::vector<base::MatrixView<const float>> in(x.begin(), x.end());
        const std::vector<base::MatrixView<float>> out(y.begin(), y.end());
        for (const unsigned threads : {0u, 1u, 3u}) {
          for (auto& one : y) std::fill(one.flat().begin(), one.flat().end(), -1.0f);
          network.run_all(in, out, threads);
          EXPECT_EQ(y, expected) << set->name << " " << spec.kind << " " << count;
        }
      }
    }
  }
}

TEST(Network, ManyTogetherMustHaveTheNetworksShape) {
  const Network network(random_model({"lstm", 4, 2, 1, 8, 0, false}, 1));
  base::Matrix<float> x(3, 5), y(3, 2);
  const base::MatrixView<const float> in[] = {x};
  const base::MatrixView<float> out[] = {y};
  EXPECT_THAT([&] { network.run_all(in, out); },
              testing::ThrowsMessage<std::invalid_argument>(testing::HasSubstr("5 input columns for a network that takes 4")));
  EXPECT_THROW(network.run_all(in, {}), std::invalid_argument);
}

TEST(Network, SmallerWeightsGiveTheSameBitsStepByStepAndTogetherAndNearlyTheSameNumbers) {
  // Tolerance: outputs have a size of about 0.3; bf16 weights are off by 2^-9 of themselves, int8 by 1/254 of the largest of
  // their output.
  const std::pair<kernels::Storage, double> storages[] = {{kernels::Storage::bf16, 5e-3}, {kernels::Storage::int8, 1e-2}};
  for (const auto& spec : {model::NetworkSpec{"lstm", 13, 5, 2, 24, 0, false, true},
                           model::NetworkSpec{"gru", 13, 5, 2, 17, 0, false}, tcn(13, 5, 9, 3, {1, 2}),
                           transformer(13, 5, 24, 4, 30, 5)}) {
    const auto model = random_model(spec, 3);
    const auto x = random_input(40, 13);
    for (const auto* set : kernels::sets()) {
      const auto exact = steps(Network(model, Arithmetic{*set}), x);
      for (const auto& [storage, tolerance] : storages) {
        const Network network(model, Arithmetic{*set, storage});
        const auto stepped = steps(network, x);
        base::Matrix<float> whole(40, 5), together(40, 5), other(40, 5);
        network.run(x, whole);
        const std::vector<base::MatrixView<const float>> in(2, x);
        const base::MatrixView<float> out[] = {together, other};
        network.run_all(in, out);
        EXPECT_EQ(stepped, whole) << set->name << " " << spec.kind;
        EXPECT_EQ(stepped, together) << set->name << " " << spec.kind;
        EXPECT_NE(stepped, exact) << set->name << " " << spec.kind;
        for (std::size_t i = 0; i < exact.flat().size(); ++i)
          ASSERT_NEAR(stepped.flat()[i], exact.flat()[i], tolerance) << set->name << " " << spec.kind;
      }
    }
  }
}

TEST(Network, StepDoesNotAllocate) {
  for (const std::string kind : {"lstm", "gru", "tcn", "transformer"}) {
    model::NetworkSpec spec{kind, 126, 36, 2, 32, 0, false};
    spec.look_back_frames = 10;
    const Network network(random_model(spec, 5));
    auto state = network.make_state();
    const auto x = random_input(200, 126);
    std::vector<float> y(36);
    AllocationCount count;
    for (std::size_t r = 0; r < x.rows(); ++r) network.step(state, x.row(r), y);
    EXPECT_EQ(count.stop(), 0u) << kind;
  }
}

TEST(Network, EightStreamsInEightThreadsEqualEightInTurn) {
  for (const std::string kind : {"lstm", "gru", "tcn", "transformer"}) {
    model::NetworkSpec spec{kind, 20, 6, 2, 48, 0, false};
    spec.look_back_frames = 10;
    const Network network(random_model(spec, 8));
    constexpr std::size_t kStreams = 8, kFrames = 300;
    std::vector<base::Matrix<float>> x, in_turn, together;
    for (std::size_t s = 0; s < kStreams; ++s) {
      x.push_back(random_input(kFrames, 20));
      for (auto& value : x.back().flat()) value *= static_cast<float>(s + 1);
      in_turn.push_back(steps(network, x.back()));
      together.emplace_back(kFrames, 6);
    }
    std::vector<std::thread> threads;
    for (std::size_t s = 0; s < kStreams; ++s)
      threads.emplace_back([&, s] { together[s] = steps(network, x[s]); });
    for (auto& thread : threads) thread.join();
    EXPECT_EQ(together, in_turn) << kind;
  }
}

TEST(Network, ResetForgets) {
  const Network network(random_model({"lstm", 4, 2, 1, 8, 0, false}, 1));
  auto state = network.make_state();
  const auto x = random_input(1, 4);
  std::vector<float> first(2), second(2), third(2);
  network.step(state, x.row(0), first);
  network.step(state, x.row(0), second);
  state.reset();
  network.step(state, x.row(0), third);
  EXPECT_NE(first, second);
  EXPECT_EQ(first, third);
}

TEST(Network, ResetForgetsThePastOfEveryKind) {
  for (const auto& spec : {tcn(4, 2, 6, 3, {1, 2}), transformer(4, 2, 6, 2, 5, 4)}) {
    const Network network(random_model(spec, 1));
    auto state = network.make_state();
    const auto x = random_input(9, 4);
    std::vector<float> y(2);
    for (std::size_t r = 0; r < 9; ++r) network.step(state, x.row(r), y);
    state.reset();
    base::Matrix<float> again(9, 2);
    for (std::size_t r = 0; r < 9; ++r) network.step(state, x.row(r), again.row(r));
    EXPECT_EQ(again, steps(network, x)) << spec.kind;
  }
}

TEST(Network, ATransformerSeesNothingBeyondItsLookBack) {
  const Network network(random_model(transformer(4, 2, 6, 2, 5, 4), 1));
  auto x = random_input(30, 4);
  base::Matrix<float> y(30, 2), changed(30, 2);
  network.run(x, y);
  x(10, 1) += 5;
  network.run(x, changed);
  for (std::size_t r = 0; r < 30; ++r) {
    // Two blocks of four frames each: 10 to 16.
    EXPECT_EQ(y(r, 0) != changed(r, 0), r >= 10 && r <= 16) << r;
  }
}

TEST(Network, ATransformerWithoutLookBackCannotStream) {
  const Network network(random_model(transformer(4, 2, 6, 2, 5, 0), 1));
  EXPECT_FALSE(network.causal());
  EXPECT_THAT([&] { network.make_state(); },
              testing::ThrowsMessage<Error>("a transformer without look_back_frames needs the whole recording, and cannot "
                                            "run frame by frame"));
}

TEST(Network, NamesTheTensorThatDoesNotFit) {
  auto model = random_model({"lstm", 4, 2, 1, 8, 0, false}, 1);
  model.weights["fc.bias"].values[1] = std::nanf("");
  EXPECT_THAT([&] { Network network(model); },
              testing::ThrowsMessage<Error>("tensor fc.bias holds nan at element 1"));
  model.weights.erase("fc.bias");
  EXPECT_THAT([&] { Network network(model); },
              testing::ThrowsMessage<Error>("tensor fc.bias is missing"));
}

TEST(Network, ABidirectionalOneCannotStream) {
  const Network network(random_model({"lstm", 4, 2, 1, 8, 0, true}, 1));
  EXPECT_FALSE(network.causal());
  EXPECT_THAT([&] { network.make_state(); },
              testing::ThrowsMessage<Error>(testing::HasSubstr("whole recording")));
}

}  // namespace
}  // namespace kinemyo::infer
