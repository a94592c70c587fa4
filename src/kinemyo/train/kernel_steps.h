#pragma once

#include <ATen/ATen.h>

#include "kinemyo/train/lstm_layer.h"

// Our kernels as steps of autograd: fp32 on the CPU.
namespace kinemyo::train {

/// Shape: x is steps x batch x inputs, as the layer's; gives steps x batch x hidden. `layer` outlives the graph.
at::Tensor lstm_step(const at::Tensor& x, const at::Tensor& w_ih, const at::Tensor& w_hh, const at::Tensor& b_ih,
                     const at::Tensor& b_hh, LstmLayer& layer);

/// `share` of the numbers become zero by a seed from LibTorch's global generator, the others grow by 1 / (1 - share).
/// The way back draws them again: nothing is kept.
at::Tensor dropout_step(const at::Tensor& x, double share, int threads);

/// x w^T + b over the last dimension. Shape: x is ... x inputs, w outputs x inputs, b outputs.
at::Tensor linear_step(const at::Tensor& x, const at::Tensor& w, const at::Tensor& b, int threads);

}  // namespace kinemyo::train
