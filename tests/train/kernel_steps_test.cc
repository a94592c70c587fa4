#include "kinemyo/train/kernel_steps.h"

#include <gmock/gmock.h>

#include "train/wave.h"

namespace kinemyo::train {
namespace {

at::Tensor wave(at::IntArrayRef sizes, double phase) {
  std::int64_t count = 1;
  for (const auto n : sizes) count *= n;
  return at::tensor(wave_f(static_cast<std::size_t>(count), phase)).reshape(sizes);
}

double apart(const at::Tensor& a, const at::Tensor& b) {
  return ((a.to(at::kDouble) - b).norm() / b.norm()).item<double>();
}

TEST(LinearStep, GivesLibTorchsValuesAndGradients) {
  for (const std::vector<std::int64_t>& shape :
       {std::vector<std::int64_t>{1, 1, 1, 1}, {3, 5, 7, 2}, {40, 9, 33, 36}, {300, 2, 64, 17}}) {
    for (const int threads : {1, 3}) {
      const auto leaf = [](const at::Tensor& t) { return t.clone().set_requires_grad(true); };
      const at::Tensor x = wave({shape[0], shape[1], shape[2]}, 0.1), w = wave({shape[3], shape[2]}, 0.2),
                       b = wave({shape[3]}, 0.3), dy = wave({shape[0], shape[1], shape[3]}, 0.4);
      const at::Tensor our_x = leaf(x), our_w = leaf(w), our_b = leaf(b);
      const at::Tensor y = linear_step(our_x, our_w, our_b, threads);
      y.backward(dy);
      const at::Tensor x64 = leaf(x.to(at::kDouble)), w64 = leaf(w.to(at::kDouble)), b64 = leaf(b.to(at::kDouble));
      const at::Tensor expected = at::linear(x64, w64, b64);
      expected.backward(dy.to(at::kDouble));
      EXPECT_LT(apart(y.detach(), expected.detach()), 1e-5);
      EXPECT_LT(apart(our_x.grad(), x64.grad()), 1e-5);
      EXPECT_LT(apart(our_w.grad(), w64.grad()), 1e-5);
      EXPECT_LT(apart(our_b.grad(), b64.grad()), 1e-5);
    }
  }
}

TEST(DropoutStep, KeepsTheSameNumbersOnTheWayBack) {
  at::manual_seed(3);
  const at::Tensor x = at::ones({50, 4, 32}).set_requires_grad(true);
  const at::Tensor y = dropout_step(x, 0.25, 2);
  y.backward(at::full_like(y, 3));
  EXPECT_TRUE(at::equal(x.grad(), 3 * y.detach()));
  EXPECT_NEAR(y.mean().item<double>(), 1, 0.05);
  at::manual_seed(3);
  EXPECT_TRUE(at::equal(dropout_step(x, 0.25, 3), y)) << "the number of threads changes nothing";
  EXPECT_FALSE(at::equal(dropout_step(x, 0.25, 3), y)) << "the next draw is another";
}

}  // namespace
}  // namespace kinemyo::train
