#include "kinemyo/train/network.h"

#include <torch/csrc/autograd/custom_function.h>

#include <cmath>
#include <cstring>

namespace kinemyo::train {

namespace {

using at::Tensor;

// oneDNN's layer as a step of autograd. Its inputs: x, w_ih, w_hh, b_ih, b_hh.
struct OneDnnLstm : torch::autograd::Function<OneDnnLstm> {
  static Tensor forward(torch::autograd::AutogradContext* context, const Tensor& input,
                        const Tensor& w_ih, const Tensor& w_hh, const Tensor& b_ih,
                        const Tensor& b_hh, LstmLayer* layer) {
    const Tensor x = input.contiguous();
    const Tensor bias = b_ih + b_hh;
    Tensor y = at::empty({x.size(0), x.size(1), w_hh.size(1)}, x.options());
    Tensor workspace = at::empty({static_cast<std::int64_t>(layer->workspace_bytes())}, at::kByte);
    layer->forward(x.data_ptr<float>(), weights(w_ih, w_hh, bias), y.data_ptr<float>(),
                   bytes(workspace));
    context->save_for_backward({x, w_ih, w_hh, bias, y, workspace});
    context->saved_data["layer"] = reinterpret_cast<std::int64_t>(layer);
    return y;
  }

  static torch::autograd::tensor_list backward(torch::autograd::AutogradContext* context,
                                               torch::autograd::tensor_list of_outputs) {
    const auto saved = context->get_saved_variables();
    const Tensor &x = saved[0], &w_ih = saved[1], &w_hh = saved[2], &bias = saved[3], &y = saved[4];
    auto* layer = reinterpret_cast<LstmLayer*>(context->saved_data["layer"].toInt());
    const Tensor dy = of_outputs[0].contiguous();
    const Tensor dx = at::empty_like(x), dw_ih = at::empty_like(w_ih), dw_hh = at::empty_like(w_hh),
                 db = at::empty_like(bias);
    layer->backward(x.data_ptr<float>(), weights(w_ih, w_hh, bias), y.data_ptr<float>(),
                    bytes(saved[5]), dy.data_ptr<float>(),
                    {dx.data_ptr<float>(), dw_ih.data_ptr<float>(), dw_hh.data_ptr<float>(),
                     db.data_ptr<float>()});
    return {dx, dw_ih, dw_hh, db, db.clone(), Tensor()};
  }

 private:
  static LstmLayer::Weights weights(const Tensor& w_ih, const Tensor& w_hh, const Tensor& bias) {
    return {w_ih.data_ptr<float>(), w_hh.data_ptr<float>(), bias.data_ptr<float>()};
  }
  static std::byte* bytes(const Tensor& tensor) {
    return reinterpret_cast<std::byte*>(tensor.data_ptr<std::uint8_t>());
  }
};

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

std::string shape_text(at::IntArrayRef shape) {
  std::string text = "[";
  for (std::size_t i = 0; i < shape.size(); ++i)
    text += (i > 0 ? ", " : "") + std::to_string(shape[i]);
  return text + "]";
}

}  // namespace

Network::Network(const model::NetworkSpec& spec, at::Device device, Backend backend, int threads)
    : spec_(spec), backend_(backend), threads_(threads) {
  model::weight_shapes(spec);  // throws on what no model file could hold
  require(backend == Backend::libtorch || onednn_can(spec, device),
          "Network: oneDNN cannot run this network");
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
}

bool Network::onednn_can(const model::NetworkSpec& spec, at::Device device) {
  return spec.kind == "lstm" && device.is_cpu();
}

Tensor Network::forward(const Tensor& input, bool training) {
  const auto tensors = std::span(parameters_).first(over_time_);
  Tensor out = spec_.kind == "tcn"            ? run_tcn(spec_, tensors, input, training)
               : spec_.kind == "transformer"  ? run_transformer(spec_, tensors, input, training)
               : backend_ == Backend::onednn ? run_onednn(input, training)
                                             : run_recurrent(input, training);
  out = at::linear(out, parameters_[over_time_].second, parameters_[over_time_ + 1].second);
  return spec_.linear ? out + at::linear(input, parameters_.back().second) : out;
}

Tensor Network::run_recurrent(const Tensor& input, bool training) {
  std::vector<Tensor> flat;
  for (std::size_t i = 0; i < over_time_; ++i) flat.push_back(parameters_[i].second);
  const Tensor zero =
      at::zeros({spec_.layers * (spec_.bidirectional ? 2 : 1), input.size(1), spec_.hidden},
                input.options());
  return spec_.kind == "lstm"
             ? std::get<0>(at::lstm(input, {zero, zero}, flat, true, spec_.layers, spec_.dropout,
                                    training, spec_.bidirectional, false))
             : std::get<0>(at::gru(input, zero, flat, true, spec_.layers, spec_.dropout, training,
                                   spec_.bidirectional, false));
}

Tensor Network::run_onednn(const Tensor& input, bool training) {
  Tensor out = input;
  const auto* p = parameters_.data();
  for (int l = 0; l < spec_.layers; ++l) {
    const LstmLayer::Shape shape{out.size(0), out.size(1), out.size(2), spec_.hidden};
    auto& layer = layers_[shape];
    if (!layer) layer = std::make_unique<LstmLayer>(shape, threads_);
    const auto run = [&](const Tensor& x) {
      const Tensor y =
          OneDnnLstm::apply(x, p[0].second, p[1].second, p[2].second, p[3].second, layer.get());
      p += 4;
      return y;
    };
    const Tensor forward = run(out);
    // The other direction is the same layer over the steps from the last to the first.
    out = spec_.bidirectional ? at::cat({forward, run(out.flip(0)).flip(0)}, 2) : forward;
    if (training && spec_.dropout > 0 && l + 1 < spec_.layers)
      out = at::dropout(out, spec_.dropout, true);
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
