// Residual blocks of two dilated causal convolutions. A convolution is one product a tap, each with the rows of another time.
#include <string>

#include "kinemyo/infer/sequence.h"

namespace kinemyo::infer {

namespace {

struct Convolution {
  std::vector<kernels::Packed> taps;  ///< the oldest first, as PyTorch has them
  kernels::Floats bias;
  std::size_t inputs = 0;
  std::size_t dilation = 1;

  std::size_t past() const noexcept { return (taps.size() - 1) * dilation; }
  /// `x` has past() rows before it. Shape: rows x inputs to rows x padded outputs.
  void run(const float* x, std::size_t rows, float* y) const noexcept {
    for (std::size_t r = 0; r < rows; ++r) std::copy(bias.begin(), bias.end(), y + r * bias.size());
    for (std::size_t k = 0; k < taps.size(); ++k) {
      const float* then = x - (taps.size() - 1 - k) * dilation * inputs;
      kernels::accumulate(taps[k], then, inputs, rows, y, bias.size());
    }
  }
};

Convolution make_convolution(const Arithmetic& with, const model::Weights& weights,
                             const std::string& name, int dilation) {
  const auto& weight = weights.at(name + ".weight");
  const auto outputs = static_cast<std::size_t>(weight.shape[0]);
  const auto inputs = static_cast<std::size_t>(weight.shape[1]);
  const auto kernel = static_cast<std::size_t>(weight.shape[2]);
  Convolution out{{}, pad(weights.at(name + ".bias").values), inputs, static_cast<std::size_t>(dilation)};
  std::vector<float> tap(outputs * inputs);
  for (std::size_t k = 0; k < kernel; ++k) {
    for (std::size_t i = 0; i < tap.size(); ++i) tap[i] = weight.values[i * kernel + k];
    out.taps.push_back(kernels::pack(with.set, tap.data(), outputs, inputs, with.storage));
  }
  return out;
}

class Tcn final : public Sequence {
 public:
  Tcn(const model::NetworkSpec& spec, const model::Weights& weights, const Arithmetic& with)
      : hidden_(static_cast<std::size_t>(spec.hidden)) {
    for (int layer = 0; layer < spec.layers; ++layer) {
      const std::string head = "tcn." + std::to_string(layer) + ".";
      auto& block = blocks_.emplace_back();
      block.first = make_convolution(with, weights, head + "conv1", spec.dilation(layer));
      block.second = make_convolution(with, weights, head + "conv2", spec.dilation(layer));
      if (weights.contains(head + "downsample.weight")) {
        block.changes = true;
        block.across = make_convolution(with, weights, head + "downsample", 1);
      }
    }
  }

  Memory make_memory(std::size_t block) const override {
    Memory out;
    for (const auto& each : blocks_) {
      out.past.emplace_back(each.first.inputs, each.first.past(), block);
      out.past.emplace_back(hidden_, each.second.past(), block);
    }
    out.room.assign(3, std::vector<float>(block * width()));
    return out;
  }

  const float* run(Memory& memory, const float* input, std::size_t rows) const noexcept override {
    float* sums = memory.room[0].data();
    float* beside = memory.room[1].data();
    float* out = memory.room[2].data();
    const float* x = input;
    std::size_t x_stride = blocks_.front().first.inputs;
    for (std::size_t b = 0; b < blocks_.size(); ++b) {
      const auto& block = blocks_[b];
      const std::size_t inputs = block.first.inputs;
      float* into = memory.past[2 * b].push(rows);
      for (std::size_t r = 0; r < rows; ++r) std::copy_n(x + r * x_stride, inputs, into + r * inputs);
      block.first.run(into, rows, sums);
      float* between = memory.past[2 * b + 1].push(rows);
      for (std::size_t r = 0; r < rows; ++r) {
        for (std::size_t i = 0; i < hidden_; ++i)
          between[r * hidden_ + i] = std::max(sums[r * width() + i], 0.0f);
      }
      block.second.run(between, rows, sums);
      if (block.changes) block.across.run(into, rows, beside);
      for (std::size_t r = 0; r < rows; ++r) {
        const float* past = block.changes ? beside + r * width() : into + r * hidden_;
        for (std::size_t i = 0; i < hidden_; ++i) {
          out[r * width() + i] = std::max(std::max(sums[r * width() + i], 0.0f) + past[i], 0.0f);
        }
      }
      x = out;
      x_stride = width();
    }
    return out;
  }

  std::size_t width() const noexcept override { return kernels::padded(hidden_); }

 private:
  struct Block {
    Convolution first, second, across;  ///< across: from inputs to hidden, where the width changes
    bool changes = false;
  };
  std::vector<Block> blocks_;
  std::size_t hidden_;
};

}  // namespace

std::unique_ptr<const Sequence> make_tcn(const model::NetworkSpec& spec, const model::Weights& weights,
                                         const Arithmetic& with) {
  return std::make_unique<Tcn>(spec, weights, with);
}

}  // namespace kinemyo::infer
