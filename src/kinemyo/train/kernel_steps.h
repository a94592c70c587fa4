#pragma once

#include <ATen/ATen.h>

#include "kinemyo/train/lstm_layer.h"

// Our kernels as steps of autograd: fp32 on the CPU.
namespace kinemyo::train {

/// Shape: x is steps x batch x inputs, as the layer's; gives steps x batch x hidden. `layer` outlives the graph. The way
/// back draws its dropout of x again: nothing is kept for it.
at::Tensor lstm_step(const at::Tensor& x, const at::Tensor& w_ih, const at::Tensor& w_hh, const at::Tensor& b_ih,
                     const at::Tensor& b_hh, LstmLayer& layer, const Drop& drop = {});

/// x w^T + b over the last dimension. Shape: x is ... x inputs, w outputs x inputs, b outputs.
at::Tensor linear_step(const at::Tensor& x, const at::Tensor& w, const at::Tensor& b, int threads);

}  // namespace kinemyo::train
