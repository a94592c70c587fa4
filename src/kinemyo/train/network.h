#pragma once

#include <ATen/ATen.h>

#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "kinemyo/model/model.h"
#include "kinemyo/train/layers.h"
#include "kinemyo/train/linear_part.h"
#include "kinemyo/train/lstm_layer.h"

namespace kinemyo::train {

/// The network that is trained: layers over time (LSTM, GRU, temporal convolution, transformer), then a linear layer on every
/// step.
class Network {
 public:
  /// Who computes the recurrent layers: LibTorch, or our own kernels where they can (an LSTM on the CPU).
  enum class Backend { libtorch, kernels };

  /// Weights are drawn from LibTorch's global generator as PyTorch's nn.LSTM(...) and then
  /// nn.Linear(...) draw them (or as layers.h says): the same seed gives the same weights. Throws Error
  /// on a network that the model file could not hold. Threads: `threads` for our kernels; LibTorch has a setting of its own.
  /// bf16: as lstm_layer.h says with our kernels, LibTorch's autocast on CUDA; elsewhere an Error that says so.
  Network(const model::NetworkSpec& spec, at::Device device, Backend backend, int threads,
          Precision precision = Precision::fp32);

  static bool kernels_can(const model::NetworkSpec& spec, at::Device device);

  /// Shape: steps x batch x inputs to steps x batch x outputs. Dropout between layers in training
  /// alone.
  at::Tensor forward(const at::Tensor& input, bool training);

  /// What is trained, in PyTorch's order: all but the linear part.
  std::vector<at::Tensor> parameters() const;
  /// Their names, in the same order.
  std::vector<std::string> parameter_names() const;
  Backend backend() const { return backend_; }
  /// Sets the linear part and its bias, and the last layer's weights to zero: the network starts as
  /// the linear part alone.
  void set_linear(const Linear& linear);
  model::Weights weights() const;
  /// Throws Error naming the tensor that is missing, unknown or of another shape.
  void load(const model::Weights& weights);

 private:
  at::Tensor run(const at::Tensor& input, bool training);
  at::Tensor run_kernels(const at::Tensor& input, bool training);
  at::Tensor run_recurrent(const at::Tensor& input, bool training);
  std::span<Named::value_type> recurrent_layer(int layer);  // its weights and biases, both directions
  void join_for_cudnn();

  model::NetworkSpec spec_;
  Backend backend_;
  int threads_;
  Precision precision_;
  Named parameters_;
  std::size_t over_time_ = 0;  // so many of them are of the layers over time
  std::map<LstmLayer::Shape, std::unique_ptr<LstmLayer>> layers_;  // one a shape
};

model::Tensor to_weights(const at::Tensor& tensor);
/// The shapes must be equal.
void copy_weights(const model::Tensor& from, at::Tensor& to);

}  // namespace kinemyo::train
