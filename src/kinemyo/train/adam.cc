#include "kinemyo/train/adam.h"

#include <cmath>

#include "kinemyo/base/error.h"

namespace kinemyo::train {

namespace {

constexpr double kBeta1 = 0.9, kBeta2 = 0.999, kEpsilon = 1e-8;

struct Rates {
  float decay;      // 1 - learning rate * weight decay
  float step;       // learning rate / (1 - beta1^t)
  float root_bias;  // sqrt(1 - beta2^t)
};

// One pass where LibTorch would take eight.
void update(float* parameter, float* mean, float* square, const float* gradient, std::int64_t count,
            const Rates& rates) {
  constexpr auto b1 = static_cast<float>(kBeta1), b2 = static_cast<float>(kBeta2);
  constexpr auto c1 = static_cast<float>(1 - kBeta1), c2 = static_cast<float>(1 - kBeta2);
  constexpr auto epsilon = static_cast<float>(kEpsilon);
  for (std::int64_t i = 0; i < count; ++i) {
    const float g = gradient[i];
    mean[i] = b1 * mean[i] + c1 * g;
    square[i] = b2 * square[i] + c2 * g * g;
    parameter[i] = rates.decay * parameter[i] -
                   rates.step * mean[i] / (std::sqrt(square[i]) / rates.root_bias + epsilon);
  }
}

void update(at::Tensor& parameter, at::Tensor& mean, at::Tensor& square, const at::Tensor& gradient,
            const Rates& rates) {
  mean.mul_(kBeta1).add_(gradient, 1 - kBeta1);
  square.mul_(kBeta2).addcmul_(gradient, gradient, 1 - kBeta2);
  if (rates.decay != 1) parameter.mul_(rates.decay);
  parameter.addcdiv_(mean, square.sqrt().div_(rates.root_bias).add_(kEpsilon), -rates.step);
}

}  // namespace

Adam::Adam(std::vector<at::Tensor> parameters, double weight_decay)
    : parameters_(std::move(parameters)), weight_decay_(weight_decay) {
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
  const Rates rates{static_cast<float>(1 - learning_rate * weight_decay_),
                    static_cast<float>(learning_rate / (1 - std::pow(kBeta1, t))),
                    static_cast<float>(std::sqrt(1 - std::pow(kBeta2, t)))};
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    auto& parameter = parameters_[i];
    if (!parameter.grad().defined()) continue;
    if (parameter.is_cpu() && parameter.is_contiguous()) {
      const at::Tensor gradient = parameter.grad().contiguous();
      update(parameter.data_ptr<float>(), means_[i].data_ptr<float>(),
             squares_[i].data_ptr<float>(), gradient.data_ptr<float>(), parameter.numel(), rates);
    } else {
      update(parameter, means_[i], squares_[i], parameter.grad(), rates);
    }
  }
}

}  // namespace kinemyo::train
