#include "kinemyo/train/adam.h"

#include <ATen/core/grad_mode.h>

#include <cmath>

#include "kinemyo/base/error.h"
#include "kinemyo/kernels/kernels.h"
#include "kinemyo/base/threads.h"

namespace kinemyo::train {

namespace {

constexpr double kBeta1 = 0.9, kBeta2 = 0.999, kEpsilon = 1e-8;

// All in a few passes: on a GPU what counts is how often something is started there.
void update(const std::vector<at::Tensor>& parameters, const std::vector<at::Tensor>& means,
            const std::vector<at::Tensor>& squares, const std::vector<at::Tensor>& gradients, const kernels::AdamRates& rates) {
  at::_foreach_mul_(means, kBeta1);
  at::_foreach_add_(means, gradients, 1 - kBeta1);
  at::_foreach_mul_(squares, kBeta2);
  at::_foreach_addcmul_(squares, gradients, gradients, 1 - kBeta2);
  if (rates.decay != 1) at::_foreach_mul_(parameters, rates.decay);
  const auto roots = at::_foreach_sqrt(squares);
  at::_foreach_div_(roots, rates.root_bias);
  at::_foreach_add_(roots, kEpsilon);
  at::_foreach_addcdiv_(parameters, means, roots, -rates.step);
}

}  // namespace

Adam::Adam(std::vector<at::Tensor> parameters, double weight_decay, int threads)
    : parameters_(std::move(parameters)), weight_decay_(weight_decay), threads_(static_cast<std::size_t>(threads)) {
  require(weight_decay >= 0, "Adam: weight decay must be 0 or more");
  for (const auto& parameter : parameters_) {
    means_.push_back(at::zeros_like(parameter, at::MemoryFormat::Contiguous));
    squares_.push_back(at::zeros_like(parameter, at::MemoryFormat::Contiguous));
  }
}

void Adam::zero_grad() {
  for (auto& parameter : parameters_) parameter.mutable_grad() = at::Tensor();
}

void Adam::step(double learning_rate) {
  const at::NoGradGuard constant;
  ++steps_;
  const auto t = static_cast<double>(steps_);
  const kernels::AdamRates rates{.beta1 = static_cast<float>(kBeta1),
                                 .new1 = static_cast<float>(1 - kBeta1),
                                 .beta2 = static_cast<float>(kBeta2),
                                 .new2 = static_cast<float>(1 - kBeta2),
                                 .epsilon = static_cast<float>(kEpsilon),
                                 .decay = static_cast<float>(1 - learning_rate * weight_decay_),
                                 .step = static_cast<float>(learning_rate / (1 - std::pow(kBeta1, t))),
                                 .root_bias = static_cast<float>(std::sqrt(1 - std::pow(kBeta2, t)))};
  std::vector<std::size_t> plain;  // those that our kernels can take
  std::vector<at::Tensor> others, their_means, their_squares, their_gradients;
  std::vector<at::Tensor> gradients(parameters_.size());
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    auto& parameter = parameters_[i];
    if (!parameter.grad().defined()) continue;
    if (parameter.is_cpu() && parameter.is_contiguous()) {
      gradients[i] = parameter.grad().contiguous();
      plain.push_back(i);
    } else {
      others.push_back(parameter);
      their_means.push_back(means_[i]);
      their_squares.push_back(squares_[i]);
      their_gradients.push_back(parameter.grad());
    }
  }
  if (!others.empty()) update(others, their_means, their_squares, their_gradients, rates);
  if (plain.empty()) return;
  base::in_threads(threads_, [&](std::size_t part) {
    for (const auto i : plain) {
      const auto count = static_cast<std::size_t>(parameters_[i].numel());
      const std::size_t begin = count * part / threads_, end = count * (part + 1) / threads_;
      kernels::chosen().adam(rates, gradients[i].data_ptr<float>() + begin, end - begin,
                             parameters_[i].data_ptr<float>() + begin, means_[i].data_ptr<float>() + begin,
                             squares_[i].data_ptr<float>() + begin);
    }
  });
}

}  // namespace kinemyo::train
