#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <vector>

namespace kinemyo::train {

/// Adam with decoupled weight decay (AdamW); without decay it is Adam.
/// Source: Kingma and Ba 2015, arXiv 1412.6980; Loshchilov and Hutter 2019, arXiv 1711.05101; checked
/// against PyTorch's torch.optim.Adam and AdamW.
class Adam {
 public:
  /// The parameters are shared, not copied. Throws std::invalid_argument on a decay below 0.
  explicit Adam(std::vector<at::Tensor> parameters, double weight_decay = 0, int threads = 1);

  void zero_grad();
  /// One step by the gradients that stand; a parameter without one stays.
  /// Cost: one pass over the numbers, no allocation on the CPU.
  void step(double learning_rate);

  /// What it remembers, in the order of the parameters; to be saved, and written into to go on.
  std::vector<at::Tensor>& means() { return means_; }      ///< running means of gradients
  std::vector<at::Tensor>& squares() { return squares_; }  ///< and of their squares
  std::int64_t steps() const { return steps_; }
  void set_steps(std::int64_t steps) { steps_ = steps; }

 private:
  std::vector<at::Tensor> parameters_, means_, squares_;
  double weight_decay_;
  std::size_t threads_;
  std::int64_t steps_ = 0;
};

}  // namespace kinemyo::train
