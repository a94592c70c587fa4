#include "kinemyo/train/network.h"

#include <ATen/autocast_mode.h>
#include <torch/version.h>

#include <cmath>
#include <cstring>

#include "kinemyo/train/kernel_steps.h"

namespace kinemyo::train {

namespace {

using at::Tensor;

constexpr const char* kLinear = "linear.weight";

// nn.LSTM's and nn.GRU's.
Named make_recurrent(const model::NetworkSpec& spec) {
  Named out;
  const std::int64_t rows = (spec.kind == "lstm" ? 4 : 3) * spec.hidden;
  const int directions = spec.bidirectional ? 2 : 1;
  for (int layer = 0; layer < spec.layers; ++layer) {
    const std::int64_t inputs = layer == 0 ? spec.inputs : directions * spec.hidden;
    for (int direction = 0; direction < directions; ++direction) {
      const std::string end = "_l" + std::to_string(layer) + (direction == 1 ? "_reverse" : "");
      out.emplace_back(spec.kind + ".weight_ih" + end, at::empty({rows, inputs}));
      out.emplace_back(spec.kind + ".weight_hh" + end, at::empty({rows, spec.hidden}));
      out.emplace_back(spec.kind + ".bias_ih" + end, at::empty({rows}));
      out.emplace_back(spec.kind + ".bias_hh" + end, at::empty({rows}));
    }
  }
  const double bound = 1.0 / std::sqrt(static_cast<double>(spec.hidden));
  for (auto& [name, tensor] : out) tensor.uniform_(-bound, bound);
  return out;
}

constexpr int kTensorsALayer = 4;  // of a recurrent layer in one direction: two weights, two biases

std::string shape_text(at::IntArrayRef shape) {
  std::string text = "[";
  for (std::size_t i = 0; i < shape.size(); ++i)
    text += (i > 0 ? ", " : "") + std::to_string(shape[i]);
  return text + "]";
}

// LibTorch takes large products on CUDA in bf16 while this lives.
struct Autocast {
  Autocast() { enable(true); }
  ~Autocast() {
    at::autocast::clear_cache();
    enable(false);
  }
  static void enable(bool on) {
#if TORCH_VERSION_MAJOR > 2 || (TORCH_VERSION_MAJOR == 2 && TORCH_VERSION_MINOR >= 4)
    at::autocast::set_autocast_dtype(at::kCUDA, at::kBFloat16);
    at::autocast::set_autocast_enabled(at::kCUDA, on);
#else
    at::autocast::set_autocast_gpu_dtype(at::kBFloat16);
    at::autocast::set_enabled(on);
#endif
  }
  Autocast(const Autocast&) = delete;
  Autocast& operator=(const Autocast&) = delete;
};

}  // namespace

Network::Network(const model::NetworkSpec& spec, at::Device device, Backend backend, int threads, Precision precision)
    : spec_(spec), backend_(backend), threads_(threads), precision_(precision) {
  model::weight_shapes(spec);  // throws on what no model file could hold
  require(backend == Backend::libtorch || kernels_can(spec, device),
          "Network: our kernels cannot run this network");
  if (precision == Precision::bf16 && backend != Backend::kernels && !device.is_cuda()) {
    throw Error("precision bf16: on the CPU for LSTMs by our own kernels alone; this network is of kind " + spec.kind +
                (kernels_can(spec, device) ? ", computed by LibTorch" : "") + "; use fp32");
  }
  const at::NoGradGuard constant;
  // The order of the draws is PyTorch's: the layers over time, then the linear layer.
  parameters_ = spec.kind == "tcn"           ? make_tcn(spec)
                : spec.kind == "transformer" ? make_transformer(spec)
                                             : make_recurrent(spec);
  over_time_ = parameters_.size();
  add_layer("fc", {spec.outputs, (spec.bidirectional ? 2 : 1) * spec.hidden}, parameters_);
  if (spec.linear) parameters_.emplace_back(kLinear, at::zeros({spec.outputs, spec.inputs}));
  for (auto& [name, tensor] : parameters_) {
    tensor = tensor.to(device);
    tensor.set_requires_grad(name != kLinear);  // fitted in closed form, not trained
  }
  if (spec.recurrent() && device.is_cuda() && at::cudnn_is_acceptable(parameters_[0].second)) join_for_cudnn();
}

std::span<Named::value_type> Network::recurrent_layer(int layer) {
  const std::size_t count = kTensorsALayer * (spec_.bidirectional ? 2 : 1);
  return std::span(parameters_).subspan(count * static_cast<std::size_t>(layer), count);
}

// A layer in one piece, which cuDNN wants: it would put it together for every step else. They stay the tensors they are.
void Network::join_for_cudnn() {
  constexpr int kLstm = 2, kGru = 3;  // cuDNN's numbers of the kinds
  for (int layer = 0; layer < spec_.layers; ++layer) {
    std::vector<Tensor> flat;
    for (const auto& [name, tensor] : recurrent_layer(layer)) flat.push_back(tensor);
    at::_cudnn_rnn_flatten_weight(flat, kTensorsALayer, flat[0].size(1), spec_.kind == "lstm" ? kLstm : kGru, spec_.hidden,
                                  /*proj_size=*/0, /*num_layers=*/1, /*batch_first=*/false, spec_.bidirectional);
  }
}

bool Network::kernels_can(const model::NetworkSpec& spec, at::Device device) {
  return spec.kind == "lstm" && device.is_cpu();
}

Tensor Network::forward(const Tensor& input, bool training) {
  if (precision_ == Precision::fp32 || backend_ == Backend::kernels) return run(input, training);
  const Autocast in_bf16;
  return run(input, training).to(at::kFloat);
}

Tensor Network::run(const Tensor& input, bool training) {
  const auto tensors = std::span(parameters_).first(over_time_);
  Tensor out = spec_.kind == "tcn"            ? run_tcn(spec_, tensors, input, training)
               : spec_.kind == "transformer"  ? run_transformer(spec_, tensors, input, training)
               : backend_ == Backend::kernels ? run_kernels(input, training)
                                             : run_recurrent(input, training);
  const Tensor &w = parameters_[over_time_].second, &b = parameters_[over_time_ + 1].second;
  out = backend_ == Backend::kernels ? linear_step(out, w, b, threads_) : at::linear(out, w, b);
  return spec_.linear ? out + at::linear(input, parameters_.back().second) : out;
}

// A layer at a time: dropout between them is then drawn from the generator that a checkpoint keeps. cuDNN's own has a state
// that nobody can read.
Tensor Network::run_recurrent(const Tensor& input, bool training) {
  const int directions = spec_.bidirectional ? 2 : 1;
  const Tensor zero = at::zeros({directions, input.size(1), spec_.hidden}, input.options());
  Tensor out = input;
  for (int layer = 0; layer < spec_.layers; ++layer) {
    if (training && layer > 0 && spec_.dropout > 0) out = at::dropout(out, spec_.dropout, true);
    std::vector<Tensor> flat;
    for (const auto& [name, tensor] : recurrent_layer(layer)) flat.push_back(tensor);
    out = spec_.kind == "lstm" ? std::get<0>(at::lstm(out, {zero, zero}, flat, true, 1, 0.0, training, directions == 2, false))
                               : std::get<0>(at::gru(out, zero, flat, true, 1, 0.0, training, directions == 2, false));
  }
  return out;
}

Tensor Network::run_kernels(const Tensor& input, bool training) {
  Tensor out = input;
  const auto* p = parameters_.data();
  for (int l = 0; l < spec_.layers; ++l) {
    Drop drop;  // of what the layer gets from the one before
    if (training && l > 0 && spec_.dropout > 0) {
      const auto drawn = at::empty({}, at::kLong).random_().item<std::int64_t>();
      drop = {spec_.dropout, static_cast<std::uint64_t>(drawn)};
    }
    std::vector<Tensor> directions;
    for (int direction = 0; direction < (spec_.bidirectional ? 2 : 1); ++direction, p += 4) {
      const LstmLayer::Shape shape{out.size(0), out.size(1), out.size(2), spec_.hidden, direction == 1};
      auto& layer = layers_[shape];
      if (!layer) layer = std::make_unique<LstmLayer>(shape, threads_, precision_);
      directions.push_back(lstm_step(out, p[0].second, p[1].second, p[2].second, p[3].second, *layer, drop));
    }
    out = spec_.bidirectional ? at::cat(directions, 2) : directions[0];
  }
  return out;
}

std::vector<Tensor> Network::parameters() const {
  std::vector<Tensor> out;
  for (const auto& [name, tensor] : parameters_) {
    if (tensor.requires_grad()) out.push_back(tensor);
  }
  return out;
}

void Network::set_linear(const Linear& linear) {
  require(spec_.linear, "Network::set_linear: the network has no linear part");
  const at::NoGradGuard constant;
  const std::size_t last = parameters_.size() - 1;  // ..., fc.weight, fc.bias, linear.weight
  auto& weight = parameters_[last].second;
  require(weight.sizes().vec() == linear.weight.shape, "Network::set_linear: another shape");
  weight.copy_(at::tensor(linear.weight.values).reshape(linear.weight.shape));
  parameters_[last - 1].second.copy_(at::tensor(linear.bias.values));
  parameters_[last - 2].second.zero_();
}

std::vector<std::string> Network::parameter_names() const {
  std::vector<std::string> out;
  for (const auto& [name, tensor] : parameters_) {
    if (tensor.requires_grad()) out.push_back(name);
  }
  return out;
}

model::Weights Network::weights() const {
  model::Weights out;
  for (const auto& [name, tensor] : parameters_) out[name] = to_weights(tensor);
  return out;
}

model::Tensor to_weights(const Tensor& tensor) {
  const Tensor cpu = tensor.detach().to(at::kCPU).contiguous();
  const float* data = cpu.data_ptr<float>();
  return {cpu.sizes().vec(), std::vector<float>(data, data + cpu.numel())};
}

void copy_weights(const model::Tensor& from, Tensor& to) {
  require(to.sizes() == at::IntArrayRef(from.shape) &&
              from.values.size() == static_cast<std::size_t>(to.numel()),
          "copy_weights: another shape");
  to.copy_(at::from_blob(const_cast<float*>(from.values.data()), to.sizes(), at::kFloat));
}

void Network::load(const model::Weights& weights) {
  const at::NoGradGuard constant;
  for (const auto& [name, tensor] : weights) {
    bool known = false;
    for (const auto& parameter : parameters_) known = known || parameter.first == name;
    if (!known) throw Error("initial weights: the network has no tensor \"" + name + "\"");
  }
  for (auto& [name, tensor] : parameters_) {
    const auto found = weights.find(name);
    if (found == weights.end()) throw Error("initial weights: tensor \"" + name + "\" is missing");
    const auto& given = found->second;
    if (tensor.sizes() != at::IntArrayRef(given.shape) ||
        given.values.size() != static_cast<std::size_t>(tensor.numel())) {
      throw Error("initial weights: tensor \"" + name + "\" has shape " + shape_text(given.shape) +
                  "; the network needs " + shape_text(tensor.sizes()));
    }
    copy_weights(given, tensor);
  }
}

}  // namespace kinemyo::train
