#include <torch/nn/init.h>

#include <cmath>
#include <limits>

#include "kinemyo/train/layers.h"

namespace kinemyo::train {

using at::Tensor;

namespace {

void add_norm(const std::string& name, std::int64_t width, Named& out) {
  out.emplace_back(name + ".weight", at::ones({width}));
  out.emplace_back(name + ".bias", at::zeros({width}));
}

// What is added to the attention of frame i to frame j. Shape: heads x steps x steps.
Tensor bias_of_distance(const model::NetworkSpec& spec, std::int64_t steps, const Tensor& like) {
  const Tensor at = at::arange(steps, like.options());
  const Tensor back = at.unsqueeze(1) - at.unsqueeze(0);  // i - j
  const Tensor slopes = at::pow(2.0, at::arange(1, spec.heads + 1, like.options()) * (-8.0 / spec.heads));
  const Tensor bias = -slopes.view({spec.heads, 1, 1}) * back.abs().unsqueeze(0);
  if (spec.look_back_frames == 0) return bias;
  const Tensor unseen = at::logical_or(back < 0, back >= spec.look_back_frames);
  return bias.masked_fill(unseen, -std::numeric_limits<double>::infinity());
}

}  // namespace

Named make_transformer(const model::NetworkSpec& spec) {
  const std::int64_t hidden = spec.hidden;
  Named out;
  add_layer("input", {hidden, spec.inputs}, out);
  for (int layer = 0; layer < spec.layers; ++layer) {
    const std::string head = "transformer.layers." + std::to_string(layer) + ".";
    Named projection;  // drawn before the weights that stand before it
    add_layer(head + "self_attn.out_proj", {hidden, hidden}, projection);
    projection[1].second.zero_();
    const Tensor in = at::empty({3 * hidden, hidden});
    torch::nn::init::xavier_uniform_(in);
    out.emplace_back(head + "self_attn.in_proj_weight", in);
    out.emplace_back(head + "self_attn.in_proj_bias", at::zeros({3 * hidden}));
    out.insert(out.end(), projection.begin(), projection.end());
    add_layer(head + "linear1", {spec.feedforward, hidden}, out);
    add_layer(head + "linear2", {hidden, spec.feedforward}, out);
    add_norm(head + "norm1", hidden, out);
    add_norm(head + "norm2", hidden, out);
  }
  add_norm("transformer.norm", hidden, out);
  return out;
}

Tensor run_transformer(const model::NetworkSpec& spec, std::span<const Named::value_type> tensors,
                       const Tensor& input, bool training) {
  const std::int64_t steps = input.size(0), batch = input.size(1), hidden = spec.hidden;
  const std::int64_t width = hidden / spec.heads;
  const Tensor bias = bias_of_distance(spec, steps, input);
  const auto drop = [&](const Tensor& x) {
    return training && spec.dropout > 0 ? at::dropout(x, spec.dropout, true) : x;
  };
  const auto norm = [&](const Tensor& x, std::size_t i) {
    return at::layer_norm(x, {hidden}, tensors[i].second, tensors[i + 1].second);
  };
  const auto linear = [&](const Tensor& x, std::size_t i) {
    return at::linear(x, tensors[i].second, tensors[i + 1].second);
  };
  // Heads as further sequences of the batch.
  const auto by_head = [&](const Tensor& x) {
    return x.reshape({steps, batch * spec.heads, width}).transpose(0, 1);
  };
  Tensor x = linear(input, 0);
  std::size_t first = 2;
  for (int layer = 0; layer < spec.layers; ++layer, first += 12) {
    // in_proj 0, out_proj 2, linear1 4, linear2 6, norm1 8, norm2 10
    const auto parts = linear(norm(x, first + 8), first).chunk(3, -1);
    const Tensor query = by_head(parts[0]) / std::sqrt(static_cast<double>(width));
    Tensor weights = at::bmm(query, by_head(parts[1]).transpose(1, 2));
    weights = weights.view({batch, spec.heads, steps, steps}) + bias;
    weights = drop(at::softmax(weights.view({batch * spec.heads, steps, steps}), -1));
    const Tensor seen = at::bmm(weights, by_head(parts[2])).transpose(0, 1).reshape({steps, batch, hidden});
    x = x + drop(linear(seen, first + 2));
    x = x + drop(linear(drop(at::relu(linear(norm(x, first + 10), first + 4))), first + 6));
  }
  return norm(x, first);
}

}  // namespace kinemyo::train
