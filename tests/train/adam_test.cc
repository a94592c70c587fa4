#include "kinemyo/train/adam.h"

#include <cmath>

#include "train/wave.h"

namespace kinemyo::train {
namespace {

// As PyTorch steps, each of the parameters that `made` makes of their start.
template <typename Make>
void expect_golden_steps(const Make& made) {
  for (const auto& c : golden("adam.json")) {
    auto values = wave_f(37, 0.3);
    std::vector<at::Tensor> parameters = made(at::from_blob(values.data(), {37}, at::kFloat));
    for (auto& p : parameters) p.set_requires_grad(true);
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

TEST(Adam, StepsAsPyTorchDoes) {
  expect_golden_steps([](const at::Tensor& start) { return std::vector{start.clone()}; });
}

// What is not in one piece on the CPU goes the way of tensors on a GPU: all of them in a few passes.
TEST(Adam, StepsTensorsThatKernelsCannotTake) {
  expect_golden_steps([](const at::Tensor& start) {
    std::vector<at::Tensor> out = {start.clone()};  // beside one that they can
    for (const std::int64_t stride : {2, 3}) out.push_back(at::zeros({37, stride}).select(1, 0).copy_(start));
    EXPECT_FALSE(out[1].is_contiguous());
    return out;
  });
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
