#include <torch/nn/init.h>

#include <cmath>

#include "kinemyo/train/layers.h"

namespace kinemyo::train {

using at::Tensor;

void add_layer(const std::string& name, at::IntArrayRef shape, Named& out) {
  const Tensor weight = at::empty(shape), bias = at::empty({shape[0]});
  torch::nn::init::kaiming_uniform_(weight, std::sqrt(5.0));
  const double bound = 1.0 / std::sqrt(static_cast<double>(weight.numel() / shape[0]));
  torch::nn::init::uniform_(bias, -bound, bound);
  out.emplace_back(name + ".weight", weight);
  out.emplace_back(name + ".bias", bias);
}

Named make_tcn(const model::NetworkSpec& spec) {
  Named out;
  for (int layer = 0; layer < spec.layers; ++layer) {
    const std::int64_t inputs = layer == 0 ? spec.inputs : spec.hidden;
    const std::string head = "tcn." + std::to_string(layer) + ".";
    add_layer(head + "conv1", {spec.hidden, inputs, spec.kernel}, out);
    add_layer(head + "conv2", {spec.hidden, spec.hidden, spec.kernel}, out);
    if (inputs != spec.hidden) add_layer(head + "downsample", {spec.hidden, inputs, 1}, out);
  }
  return out;
}

Tensor run_tcn(const model::NetworkSpec& spec, std::span<const Named::value_type> tensors,
               const Tensor& input, bool training) {
  std::size_t next = 0;
  const auto convolve = [&](const Tensor& x, std::int64_t dilation, std::int64_t kernel) {
    const Tensor &weight = tensors[next].second, &bias = tensors[next + 1].second;
    next += 2;
    // Zeros before the start: nothing of the future is seen.
    return at::conv1d(at::constant_pad_nd(x, {(kernel - 1) * dilation, 0}), weight, bias,
                      at::IntArrayRef({1}), at::IntArrayRef({0}), at::IntArrayRef({dilation}));
  };
  Tensor x = input.permute({1, 2, 0});  // batch x channels x steps
  for (int layer = 0; layer < spec.layers; ++layer) {
    const bool changes = x.size(1) != spec.hidden;
    Tensor y = x;
    for (int half = 0; half < 2; ++half) {
      y = at::relu(convolve(y, spec.dilation(layer), spec.kernel));
      if (training && spec.dropout > 0) y = at::dropout(y, spec.dropout, true);
    }
    x = at::relu(y + (changes ? convolve(x, 1, 1) : x));
  }
  return x.permute({2, 0, 1});
}

}  // namespace kinemyo::train
