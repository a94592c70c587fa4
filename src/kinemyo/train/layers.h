#pragma once

#include <ATen/ATen.h>

#include <span>
#include <string>
#include <utility>
#include <vector>

#include "kinemyo/model/model.h"

namespace kinemyo::train {

/// Tensors under PyTorch's names, in PyTorch's order.
using Named = std::vector<std::pair<std::string, at::Tensor>>;

/// The layers over time of a network of one kind: its tensors, drawn from LibTorch's global generator in the order and the way
/// in which PyTorch's modules draw them, and what they compute. The linear layer behind them is Network's.
/// Shape of run_: steps x batch x inputs to steps x batch x hidden; `tensors` as make_ gave them. Dropout in training alone.

/// Residual blocks of two dilated causal convolutions (nn.Conv1d).
Named make_tcn(const model::NetworkSpec& spec);
at::Tensor run_tcn(const model::NetworkSpec& spec, std::span<const Named::value_type> tensors,
                   const at::Tensor& input, bool training);

/// nn.Linear, then blocks of nn.TransformerEncoderLayer(norm_first=True), each drawn anew, then nn.LayerNorm.
Named make_transformer(const model::NetworkSpec& spec);
at::Tensor run_transformer(const model::NetworkSpec& spec, std::span<const Named::value_type> tensors,
                           const at::Tensor& input, bool training);

/// nn.Linear's and nn.Conv1d's initial weight and bias, added under `name`.
void add_layer(const std::string& name, at::IntArrayRef shape, Named& out);

}  // namespace kinemyo::train
