// Linear networks beside plain loops.
#include <gmock/gmock.h>

#include <cmath>

#include "infer/random_model.h"
#include "kinemyo/base/random.h"
#include "kinemyo/features/features.h"
#include "kinemyo/infer/network.h"

namespace kinemyo::infer {
namespace {

model::Model linear_model(int look_ahead, int near_frames, int own_frames) {
  model::Model model;
  auto& spec = model.network;
  spec.kind = "linear";
  spec.inputs = 5;
  spec.outputs = 3;
  spec.layers = 1;
  spec.dropout = 0;
  spec.lags_frames = {0, 3, 7};
  spec.look_ahead_frames = look_ahead;
  spec.once = 2;
  spec.once_lag_frames = 1;
  spec.near_frames = near_frames;
  spec.own_frames = own_frames;
  spec.hidden = spec.features() + near_frames + own_frames;
  model.weights = random_weights(spec, 4);
  auto& scale = model.weights["own.scale"].values;
  for (std::size_t i = 0; i < scale.size(); ++i) scale[i] = i % 3 == 0 ? 0.0f : 2.0f + static_cast<float>(i);
  if (near_frames > 0) {
    auto& of_people = model.weights["near.scale"].values;
    for (std::size_t i = 0; i < of_people.size(); ++i) of_people[i] = i % 4 == 1 ? 0.0f : 5.0f - 0.2f * static_cast<float>(i);
  }
  return model;
}

base::Matrix<float> random_input(std::size_t rows) {
  base::Random random(7);
  base::Matrix<float> x(rows, 5);
  for (auto& v : x.flat()) v = static_cast<float>(random.normal());
  return x;
}

double plain(const model::Model& model, const base::Matrix<float>& x, std::size_t frame, std::size_t output) {
  const auto& spec = model.network;
  const auto at = [&](int lag, std::size_t column) {
    const auto f = std::clamp<std::ptrdiff_t>(static_cast<std::ptrdiff_t>(frame) + spec.look_ahead_frames - lag, 0,
                                              static_cast<std::ptrdiff_t>(x.rows()) - 1);
    return double{x(static_cast<std::size_t>(f), column)};
  };
  std::vector<double> features;
  for (const int lag : spec.lags_frames) {
    for (std::size_t i = 0; i < 3; ++i) features.push_back(at(lag, i));
  }
  features.push_back(at(1, 3));
  features.push_back(at(1, 4));
  const std::size_t count = features.size();
  for (const auto& [kind, frames] : {std::pair(std::string("near"), spec.near_frames), std::pair(std::string("own"), spec.own_frames)}) {
    for (int k = 0; k < frames; ++k) {
      double distance = 0;
      for (std::size_t i = 0; i < count; ++i) {
        const double scale = model.weights.at(kind + ".scale").values[i];
        const double off = features[i] - model.weights.at(kind + ".centres").values[static_cast<std::size_t>(k) * count + i];
        if (scale > 0) distance += off * off / (scale * scale);
      }
      features.push_back(std::exp(-distance / 2));
    }
  }
  double out = model.weights.at("fc.bias").values[output];
  for (std::size_t i = 0; i < features.size(); ++i) out += model.weights.at("fc.weight").values[output * features.size() + i] * features[i];
  return out;
}

TEST(LinearNetwork, EqualsPlainLoops) {
  for (const int ahead : {0, 4, 50}) {
    for (const auto& [near, own] : {std::pair(0, 0), std::pair(0, 6), std::pair(5, 0), std::pair(5, 6)}) {
      const auto model = linear_model(ahead, near, own);
      const Network network(model);
      EXPECT_EQ(network.causal(), ahead == 0);
      const auto x = random_input(40);
      base::Matrix<float> y(40, 3);
      network.run(x, y);
      for (std::size_t f = 0; f < 40; ++f) {
        for (std::size_t c = 0; c < 3; ++c) EXPECT_NEAR(y(f, c), plain(model, x, f, c), 1e-5) << ahead << " " << near << " " << own << " " << f;
      }
    }
  }
}

TEST(LinearNetwork, FrameByFrameGivesTheSameBits) {
  const Network network(linear_model(0, 5, 6));
  const auto x = random_input(75);
  base::Matrix<float> whole(75, 3), steps(75, 3);
  network.run(x, whole);
  auto state = network.make_state();
  for (int twice = 0; twice < 2; ++twice) {
    for (std::size_t f = 0; f < 75; ++f) network.step(state, x.row(f), steps.row(f));
    EXPECT_EQ(whole, steps);
    state.reset();
  }
}

TEST(LinearNetwork, OneThatLooksAheadDoesNotStream) {
  const Network network(linear_model(4, 0, 0));
  EXPECT_THAT([&] { network.make_state(); },
              testing::ThrowsMessage<Error>("the network looks 4 frames ahead of the one that it tells, and cannot run frame by frame "
                                            "(recipe: network.look_ahead_s = 0)"));
}

// 1 + 0.5 in roots is 2.25 of what people get; its interval is that of the root, squared.
TEST(Roots, AreSquaredForPeopleWithTheirIntervals) {
  model::Model model;
  model.network.outputs = 2;
  model.outputs = {{"Gast", "1"}, {"Copy of it", "1", model::OutputChannel::Source::copy, 0}, {"Rect", "1", model::OutputChannel::Source::network, 1}};
  model.outputs[0].root = true;
  model.outputs[0].half_width = 0.8;
  model.outputs[2].root = true;
  model.output_scaler = {{1, 0}, {0.5, 1}};
  std::vector<double> named(3), low(3), high(3);
  const std::vector<float> network = {1, -2};
  features::restore(model, network, {}, named);
  features::restore_interval(model, network, low, high);
  const double deviation = 0.8 / 1.6449;
  EXPECT_NEAR(named[0], 2.25 + deviation * deviation, 1e-9);
  EXPECT_EQ(named[1], named[0]);
  EXPECT_EQ(named[2], 0) << "never negative";
  EXPECT_NEAR(low[0], 0.49, 1e-9);
  EXPECT_NEAR(high[1], 2.3 * 2.3, 1e-9);
  EXPECT_TRUE(std::isnan(low[2]) && std::isnan(high[2]));
}

}  // namespace
}  // namespace kinemyo::infer
