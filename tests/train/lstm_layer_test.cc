#include "kinemyo/train/lstm_layer.h"

#include <ATen/ATen.h>
#include <gmock/gmock.h>

#include <algorithm>

#include "kinemyo/base/random.h"
#include "kinemyo/kernels/half.h"
#include "train/wave.h"

namespace kinemyo::train {
namespace {

struct Outcome {
  std::vector<float> y, dx, dw_ih, dw_hh, db;
};

float rounded(float value) { return kernels::of_half(kernels::half_of(value)); }
float as_it_is(float value) { return value; }

// `of` is done to each input and each weight of the inputs.
Outcome run(LstmLayer& layer, const LstmLayer::Shape& s, float of(float) = as_it_is) {
  const auto size = [](std::int64_t n) { return static_cast<std::size_t>(n); };
  const double scale = 1 / std::sqrt(static_cast<double>(s.hidden));
  auto w_ih = wave_f(size(4 * s.hidden * s.inputs), 1, scale);
  std::transform(w_ih.begin(), w_ih.end(), w_ih.begin(), of);
  const auto w_hh = wave_f(size(4 * s.hidden * s.hidden), 2, scale);
  auto bias = wave_f(size(4 * s.hidden), 3, scale);
  const auto bias_hh = wave_f(size(4 * s.hidden), 4, scale);
  for (std::size_t i = 0; i < bias.size(); ++i) bias[i] += bias_hh[i];
  auto x = wave_f(size(s.steps * s.batch * s.inputs), 0.5);
  std::transform(x.begin(), x.end(), x.begin(), of);
  const auto dy = wave_f(size(s.steps * s.batch * s.hidden), 0.7);
  const LstmLayer::Weights weights{w_ih.data(), w_hh.data(), bias.data()};
  // Filled with rubbish: what stood in them must not matter.
  Outcome out{std::vector<float>(dy.size(), 7), std::vector<float>(x.size(), 7),
              std::vector<float>(w_ih.size(), 7), std::vector<float>(w_hh.size(), 7),
              std::vector<float>(bias.size(), 7)};
  std::vector<std::byte> workspace(layer.workspace_bytes());
  layer.forward(x.data(), weights, out.y.data(), workspace.data());
  layer.backward(x.data(), weights, out.y.data(), workspace.data(), dy.data(),
                 {out.dx.data(), out.dw_ih.data(), out.dw_hh.data(), out.db.data()});
  return out;
}

TEST(LstmLayer, GivesPyTorchsValuesAndGradients) {
  const auto cases = golden("lstm_gradients.json");
  ASSERT_EQ(cases.size(), 5u);
  for (const auto& c : cases) {
    const LstmLayer::Shape shape{c["steps"], c["batch"], c["inputs"], c["hidden"]};
    SCOPED_TRACE("hidden " + std::to_string(shape.hidden) + ", batch " +
                 std::to_string(shape.batch));
    for (const int threads : {1, 2, 3}) {
      LstmLayer layer(shape, threads);
      const Outcome out = run(layer, shape);
      EXPECT_LT(relative_error(out.y, c["y"]), 1e-4);
      EXPECT_LT(relative_error(out.dx, c["x"]), 1e-4);
      EXPECT_LT(relative_error(out.dw_ih, c["w_ih"]), 1e-4);
      EXPECT_LT(relative_error(out.dw_hh, c["w_hh"]), 1e-4);
      EXPECT_LT(relative_error(out.db, c["bias"]), 1e-4);
    }
  }
}

// |got - expected| / |expected|, both as vectors; |got| where zero is expected, as of w_hh over a single step.
double distance(const std::vector<float>& got, const at::Tensor& expected) {
  const auto want = expected.contiguous();
  const auto have =
      at::from_blob(const_cast<float*>(got.data()), want.sizes(), at::kFloat).to(at::kDouble);
  const double size = want.norm().item<double>();
  return (have - want).norm().item<double>() / (size > 0 ? size : 1);
}

TEST(LstmLayer, GivesLibTorchsGradientsInDoubleForShapesOfAllKinds) {
  std::vector<LstmLayer::Shape> shapes = {{1, 1, 1, 1}, {2, 1, 126, 256}, {1, 9, 5, 16}, {97, 1, 3, 2},
                                          {3, 33, 7, 129}, {40, 2, 126, 255}, {12, 17, 257, 31}};
  base::Random random(7);
  const auto draw = [&](int most) { return static_cast<std::int64_t>(random.uniform(1, most + 1)); };
  for (int i = 0; i < 30; ++i) shapes.push_back({draw(40), draw(12), draw(90), draw(100)});
  for (const auto& s : shapes) {
    const auto tensor = [](std::vector<std::int64_t> sizes, double phase, double scale) {
      std::int64_t count = 1;
      for (const auto n : sizes) count *= n;
      const auto values = wave_f(static_cast<std::size_t>(count), phase, scale);
      return at::tensor(values).reshape(sizes).to(at::kDouble).set_requires_grad(true);
    };
    // What run() feeds its layer.
    const double scale = 1 / std::sqrt(static_cast<double>(s.hidden));
    const at::Tensor x = tensor({s.steps, s.batch, s.inputs}, 0.5, 1),
                     w_ih = tensor({4 * s.hidden, s.inputs}, 1, scale),
                     w_hh = tensor({4 * s.hidden, s.hidden}, 2, scale),
                     b_ih = tensor({4 * s.hidden}, 3, scale), b_hh = tensor({4 * s.hidden}, 4, scale),
                     dy = tensor({s.steps, s.batch, s.hidden}, 0.7, 1).detach();
    const at::Tensor zero = at::zeros({1, s.batch, s.hidden}, at::kDouble);
    const at::Tensor y = std::get<0>(
        at::lstm(x, {zero, zero}, {w_ih, w_hh, b_ih, b_hh}, true, 1, 0.0, true, false, false));
    y.backward(dy);
    for (const int threads : {1, 2, 5}) {
      SCOPED_TRACE("steps " + std::to_string(s.steps) + ", batch " + std::to_string(s.batch) +
                   ", inputs " + std::to_string(s.inputs) + ", hidden " + std::to_string(s.hidden) +
                   ", threads " + std::to_string(threads));
      LstmLayer layer(s, threads);
      const Outcome out = run(layer, s);
      EXPECT_LT(distance(out.y, y.detach()), 1e-4);
      EXPECT_LT(distance(out.dx, x.grad()), 1e-4);
      EXPECT_LT(distance(out.dw_ih, w_ih.grad()), 1e-4);
      EXPECT_LT(distance(out.dw_hh, w_hh.grad()), 1e-4);
      EXPECT_LT(distance(out.db, b_ih.grad()), 1e-4);
    }
  }
}

// The states of run(..., rounded), in double, by plain loops: what is multiplied with w_hh is rounded, and w_hh itself.
std::vector<float> rounded_states(const LstmLayer::Shape& s) {
  const auto steps = static_cast<std::size_t>(s.steps), batch = static_cast<std::size_t>(s.batch);
  const auto inputs = static_cast<std::size_t>(s.inputs), hidden = static_cast<std::size_t>(s.hidden);
  const double scale = 1 / std::sqrt(static_cast<double>(hidden));
  const auto w_ih = wave_f(4 * hidden * inputs, 1, scale), w_hh = wave_f(4 * hidden * hidden, 2, scale);
  const auto b_ih = wave_f(4 * hidden, 3, scale), b_hh = wave_f(4 * hidden, 4, scale), x = wave_f(steps * batch * inputs, 0.5);
  const auto sigmoid = [](double v) { return 1 / (1 + std::exp(-v)); };
  std::vector<double> cell(batch * hidden), sums(4 * hidden);
  std::vector<float> y(steps * batch * hidden);
  for (std::size_t row = 0; row < steps * batch; ++row) {
    for (std::size_t g = 0; g < 4 * hidden; ++g) {
      sums[g] = b_ih[g] + b_hh[g];
      for (std::size_t i = 0; i < inputs; ++i) sums[g] += double{rounded(w_ih[g * inputs + i])} * rounded(x[row * inputs + i]);
      for (std::size_t k = 0; row >= batch && k < hidden; ++k)
        sums[g] += double{rounded(w_hh[g * hidden + k])} * rounded(y[(row - batch) * hidden + k]);
    }
    for (std::size_t k = 0; k < hidden; ++k) {
      double& c = cell[row % batch * hidden + k];
      c = sigmoid(sums[hidden + k]) * c + sigmoid(sums[k]) * std::tanh(sums[2 * hidden + k]);
      y[row * hidden + k] = static_cast<float>(sigmoid(sums[3 * hidden + k]) * std::tanh(c));
    }
  }
  return y;
}

// The way there rounds inputs, states and weights, and nothing else: a state that lies between two numbers of 8 bits may be
// rounded to the other, which is why it is not nearer. The way back rounds the gradients of the gates too, by 2^-9 at
// most, of sums whose terms partly cancel.
TEST(LstmLayer, InBf16RoundsTheFactorsOfProductsAlone) {
  const auto near = [](const std::vector<float>& got, const std::vector<float>& want) {
    return distance(got, at::tensor(want).to(at::kDouble));
  };
  for (const LstmLayer::Shape& shape : {LstmLayer::Shape{40, 8, 126, 64}, {7, 1, 5, 9}, {33, 3, 31, 40}, {1, 5, 6, 7}}) {
    LstmLayer exact(shape, 2), layer(shape, 2, Precision::bf16);
    const Outcome full = run(exact, shape), expected = run(exact, shape, rounded), out = run(layer, shape);
    EXPECT_GT(near(out.y, full.y), 1e-4) << "not in 16 bits at all";
    EXPECT_LT(near(out.y, rounded_states(shape)), 1e-4);
    if (shape.steps == 1) {
      EXPECT_LT(near(out.y, expected.y), 1e-5);
      EXPECT_LT(near(out.db, expected.db), 1e-5);
      continue;
    }
    for (const double error : {near(out.y, expected.y), near(out.dx, expected.dx), near(out.dw_ih, expected.dw_ih),
                               near(out.dw_hh, expected.dw_hh), near(out.db, expected.db)}) {
      EXPECT_LT(error, 0.01);
      EXPECT_GT(error, 0);
    }
  }
}

TEST(LstmLayer, GivesNoGradientOfInputsWhereNoneIsWanted) {
  const LstmLayer::Shape s{9, 3, 5, 8};
  LstmLayer layer(s, 2);
  const Outcome whole = run(layer, s);
  const auto x = wave_f(135, 0.5), dy = wave_f(216, 0.7);
  const double scale = 1 / std::sqrt(8.0);
  const auto w_ih = wave_f(160, 1, scale), w_hh = wave_f(256, 2, scale), b = wave_f(32, 3, scale),
             b_hh = wave_f(32, 4, scale);
  auto bias = b;
  for (std::size_t i = 0; i < bias.size(); ++i) bias[i] += b_hh[i];
  std::vector<float> y(216), dw_ih(160), dw_hh(256), db(32);
  std::vector<std::byte> workspace(layer.workspace_bytes());
  layer.forward(x.data(), {w_ih.data(), w_hh.data(), bias.data()}, y.data(), workspace.data());
  layer.backward(x.data(), {w_ih.data(), w_hh.data(), bias.data()}, y.data(), workspace.data(), dy.data(),
                 {nullptr, dw_ih.data(), dw_hh.data(), db.data()});
  EXPECT_EQ(dw_ih, whole.dw_ih);
  EXPECT_EQ(dw_hh, whole.dw_hh);
  EXPECT_EQ(db, whole.db);
}

TEST(LstmLayer, GivesTheSameNumbersAgain) {
  const LstmLayer::Shape shape{31, 5, 33, 64};
  LstmLayer layer(shape, 2), other(shape, 2);
  const Outcome first = run(layer, shape), second = run(layer, shape), third = run(other, shape);
  EXPECT_EQ(first.dw_hh, second.dw_hh);
  EXPECT_EQ(first.dw_ih, third.dw_ih);
  EXPECT_EQ(first.dx, third.dx);
}

TEST(LstmLayer, RefusesSizesBelowOne) {
  EXPECT_THROW(LstmLayer({0, 1, 1, 1}), std::invalid_argument);
  EXPECT_THROW(LstmLayer({1, 1, 1, -4}), std::invalid_argument);
  EXPECT_THROW(LstmLayer({1, 1, 1, 1}, 0), std::invalid_argument);
}

}  // namespace
}  // namespace kinemyo::train
