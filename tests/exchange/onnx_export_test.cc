#include "kinemyo/exchange/onnx/export.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>

#include "exchange/onnx_runtime.h"
#include "exchange/sample_model.h"
#include "kinemyo/base/matrix.h"
#include "kinemyo/base/random.h"
#include "kinemyo/infer/network.h"

namespace kinemyo::exchange {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

Array random_frames(std::size_t batch, std::size_t frames, const model::NetworkSpec& spec) {
  base::Random random(11);
  Array x{{batch, frames, static_cast<std::size_t>(spec.inputs)}, {}};
  for (std::size_t i = 0; i < batch * frames * x.shape[2]; ++i) x.values.push_back(static_cast<float>(random.normal()));
  return x;
}

// What infer gives, sequence by sequence.
std::vector<float> inferred(const model::Model& model, const Array& x) {
  const infer::Network network(model);
  std::vector<float> y(x.shape[0] * x.shape[1] * network.outputs());
  for (std::size_t b = 0; b < x.shape[0]; ++b) {
    network.run({x.values.data() + b * x.shape[1] * x.shape[2], x.shape[1], x.shape[2]},
                {y.data() + b * x.shape[1] * network.outputs(), x.shape[1], network.outputs()});
  }
  return y;
}

double largest_difference(const std::vector<float>& a, const std::vector<float>& b) {
  EXPECT_EQ(a.size(), b.size());
  double largest = 0;
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i)
    largest = std::max(largest, std::isnan(a[i]) ? HUGE_VAL : std::abs(double{a[i]} - double{b[i]}));
  return largest;
}

using OnnxExport = OnnxRuntime;

TEST_F(OnnxExport, EveryKindGivesTheSameNumbersInOnnxRuntime) {
  for (const auto& [name, spec] : sample_networks()) {
    const auto model = sample_model(spec, 5);
    const auto onnx = format_onnx(model, {});
    for (const auto& [batch, frames] : {std::pair<std::size_t, std::size_t>{2, 37}, {1, 1}}) {
      if (frames == 1 && spec.recurrent()) continue;
      const auto x = random_frames(batch, frames, spec);
      const auto y = run(onnx, {{"frames", x}}, {"outputs"}).at("outputs");
      EXPECT_THAT(y.shape, ElementsAre(batch, frames, static_cast<std::size_t>(spec.outputs))) << name;
      const double difference = largest_difference(y.values, inferred(model, x));
      std::printf("%s, %zu x %zu: largest difference %.3g\n", name.c_str(), batch, frames, difference);
      EXPECT_LT(difference, 1e-5) << name;
    }
  }
}

// In SI in, in named channels out: as infer's runner scales and unscales.
TEST_F(OnnxExport, ScalersConstantsAndCopiesGoInside) {
  const auto model = sample_model({"lstm", 5, 3, 2, 7, 0, false, true}, 6);
  const auto x = random_frames(2, 9, model.network);
  auto scaled = x;
  for (std::size_t i = 0; i < x.values.size(); ++i) {
    scaled.values[i] = static_cast<float>((x.values[i] - model.input_scaler.mean[i % 5]) / model.input_scaler.scale[i % 5]);
  }
  const auto raw = inferred(model, scaled);
  std::vector<float> expected;
  for (std::size_t row = 0; row < 18; ++row) {
    const auto column = [&](std::size_t c) {
      return static_cast<float>(raw[row * 3 + c] * model.output_scaler.scale[c] + model.output_scaler.mean[c]);
    };
    for (const float value : {column(2), column(1), column(0), -0.125f, column(2), -0.125f}) expected.push_back(value);
  }
  const auto y = run(format_onnx(model, {.scaled = true}), {{"frames", x}}, {"outputs"}).at("outputs");
  EXPECT_THAT(y.shape, ElementsAre(2, 9, 6));
  EXPECT_LT(largest_difference(y.values, expected), 1e-5);
}

// Piece after piece with the state handed on is the whole sequence.
TEST_F(OnnxExport, AStateThatGoesInAndOutRunsLive) {
  for (const auto& spec : {model::NetworkSpec{"lstm", 4, 2, 2, 6, 0}, model::NetworkSpec{"gru", 4, 2, 1, 6, 0}}) {
    const auto model = sample_model(spec, 7);
    const auto onnx = format_onnx(model, {.stateful = true});
    const auto x = random_frames(1, 4, spec);
    const auto expected = inferred(model, x);
    const bool lstm = spec.kind == "lstm";
    const Array zero{{static_cast<std::size_t>(spec.layers), 1, 6}, std::vector<float>(6 * static_cast<std::size_t>(spec.layers))};
    Arrays inputs = {{"h0", zero}};
    if (lstm) inputs["c0"] = zero;
    std::vector<float> y;
    for (const auto& [first, count] : {std::pair<std::ptrdiff_t, std::size_t>{0, 1}, {1, 3}}) {
      const auto begin = x.values.begin() + 4 * first;
      inputs["frames"] = {{1, count, 4}, {begin, begin + 4 * static_cast<std::ptrdiff_t>(count)}};
      auto outputs = run(onnx, inputs, lstm ? std::vector<std::string>{"outputs", "hn", "cn"} : std::vector<std::string>{"outputs", "hn"});
      y.insert(y.end(), outputs["outputs"].values.begin(), outputs["outputs"].values.end());
      EXPECT_EQ(outputs["hn"].shape, zero.shape);
      inputs["h0"] = outputs["hn"];
      if (lstm) inputs["c0"] = outputs["cn"];
    }
    EXPECT_LT(largest_difference(y, expected), 1e-5) << spec.kind;
  }
}

TEST(OnnxExportRefuses, AStateWhereThereIsNone) {
  EXPECT_THAT([] { format_onnx(sample_model({"lstm", 2, 1, 1, 2, 0, true}, 1), {.stateful = true}); },
              ThrowsMessage<Error>(HasSubstr("the network is bidirectional: only an LSTM or GRU of one direction has a state")));
  EXPECT_THAT([] { format_onnx(sample_model({"tcn", 2, 1, 1, 2, 0}, 1), {.stateful = true}); },
              ThrowsMessage<Error>(HasSubstr("the network is a tcn")));
}

}  // namespace
}  // namespace kinemyo::exchange
