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

// With dropout the layer sees x times a mask; the mask comes to light where the layer passes its input through.
TEST(LstmStep, DropsInputsAndTheirGradientsAlike) {
  const std::int64_t steps = 6, batch = 3, inputs = 20, hidden = 5;
  const auto leaf = [](const at::Tensor& t) { return t.clone().set_requires_grad(true); };
  const at::Tensor w_ih = leaf(0.1 * wave({4 * hidden, inputs}, 0.2)), w_hh = leaf(0.1 * wave({4 * hidden, hidden}, 0.3)),
                   b_ih = leaf(wave({4 * hidden}, 0.4)), b_hh = leaf(wave({4 * hidden}, 0.5));
  at::Tensor mask = at::empty({steps, batch, inputs});
  const at::Tensor ones = at::ones_like(mask);
  kernels::chosen().drop(77, 1U << 30, 4 / 3.0F, 0, ones.data_ptr<float>(), static_cast<std::size_t>(mask.numel()),
                         mask.data_ptr<float>());
  for (const bool reversed : {false, true}) {
    LstmLayer layer({steps, batch, inputs, hidden, reversed}, 2);
    const at::Tensor x = leaf(wave(mask.sizes(), 0.6)), plain = leaf(x.detach());
    const at::Tensor dy = wave({steps, batch, hidden}, 0.7);
    const at::Tensor y = lstm_step(x, w_ih, w_hh, b_ih, b_hh, layer, {0.25, 77});
    y.backward(dy);
    const at::Tensor dw = w_ih.grad().clone();
    w_ih.mutable_grad() = at::Tensor();
    const at::Tensor expected = lstm_step(plain * mask, w_ih, w_hh, b_ih, b_hh, layer);
    expected.backward(dy);
    EXPECT_LT(apart(y.detach(), expected.detach().to(at::kDouble)), 1e-6);
    EXPECT_LT(apart(x.grad(), plain.grad().to(at::kDouble)), 1e-5);
    EXPECT_LT(apart(dw, w_ih.grad().to(at::kDouble)), 1e-5);
    w_ih.mutable_grad() = at::Tensor();
    EXPECT_NEAR(mask.mean().item<double>(), 1, 0.1);
  }
}

}  // namespace
}  // namespace kinemyo::train
