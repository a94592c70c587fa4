#include "kinemyo/train/adam.h"

#include <cmath>

#include "train/wave.h"

namespace kinemyo::train {
namespace {

TEST(Adam, StepsAsPyTorchDoes) {
  for (const auto& c : golden("adam.json")) {
    auto values = wave_f(37, 0.3);
    at::Tensor p = at::from_blob(values.data(), {37}, at::kFloat).clone().set_requires_grad(true);
    Adam adam({p}, c["weight_decay"]);
    for (int step = 0; step < 12; ++step) {
      auto gradient = wave_f(37, 0.5 + step, std::pow(10.0, step % 5 - 3));
      p.mutable_grad() = at::from_blob(gradient.data(), {37}, at::kFloat).clone();
      adam.step(1e-2 / (1 + step));
    }
    for (std::size_t i = 0; i < 37; ++i) {
      EXPECT_NEAR(p.data_ptr<float>()[i], c["parameter"][i].get<double>(), 1e-6) << i;
    }
  }
}

// What is not in one piece on the CPU goes the way of tensors on a GPU: all of them in a few passes.
TEST(Adam, StepsTensorsThatKernelsCannotTake) {
  for (const auto& c : golden("adam.json")) {
    auto values = wave_f(37, 0.3);
    const at::Tensor start = at::from_blob(values.data(), {37}, at::kFloat);
    std::vector<at::Tensor> parameters;
    for (const std::int64_t stride : {2, 3})
      parameters.push_back(at::zeros({37, stride}).select(1, 0).copy_(start).set_requires_grad(true));
    ASSERT_FALSE(parameters[0].is_contiguous());
    parameters.push_back(start.clone().set_requires_grad(true));  // beside one that they can
    Adam adam(parameters, c["weight_decay"]);
    for (int step = 0; step < 12; ++step) {
      auto gradient = wave_f(37, 0.5 + step, std::pow(10.0, step % 5 - 3));
      for (auto& p : parameters) p.mutable_grad() = at::from_blob(gradient.data(), {37}, at::kFloat).clone();
      adam.step(1e-2 / (1 + step));
    }
    for (const auto& p : parameters) {
      const at::Tensor whole = p.detach().contiguous();
      for (std::size_t i = 0; i < 37; ++i)
        EXPECT_NEAR(whole.data_ptr<float>()[i], c["parameter"][i].get<double>(), 1e-6) << i;
    }
  }
}

TEST(Adam, LeavesAParameterWithoutAGradient) {
  at::Tensor p = at::ones({3}).set_requires_grad(true);
  Adam adam({p}, 0.5);
  adam.step(0.1);
  EXPECT_TRUE(at::equal(p.detach(), at::ones({3})));
}

TEST(Adam, RefusesADecayBelowZero) { EXPECT_THROW(Adam({}, -1), std::invalid_argument); }

}  // namespace
}  // namespace kinemyo::train
