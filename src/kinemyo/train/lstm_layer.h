#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "kinemyo/kernels/kernels.h"
#include "kinemyo/kernels/pairs.h"

namespace kinemyo::train {

/// In what products are taken. bf16 rounds both factors to 8 bits and sums in 32; what is kept from step to step and from
/// batch to batch (states, cells, gates, weights, gradients) stays in 32 bits. Where kernels::has_pairs() is false it takes
/// a little longer than fp32.
enum class Precision { fp32, bf16 };

/// Dropout of a layer's inputs, drawn anew from the seed each time: Set::drop of kernels.h. None where the share is 0.
struct Drop {
  double share = 0;
  std::uint64_t seed = 0;
};

/// One LSTM layer, one direction, over whole sequences from the zero state, on the CPU by our own kernels.
/// Weights stand in PyTorch's layout and gate order (i f g o).
/// Shape: x is steps x batch x inputs, y steps x batch x hidden, w_ih 4 hidden x inputs,
/// w_hh 4 hidden x hidden, bias 4 hidden (PyTorch's two biases added).
/// Threads: `threads` of its own, each with a part of the batch from the first step to the last, so that none waits for
/// another within a sequence. The numbers depend on `threads` and on the instruction set, not on how busy the machine
/// is. One call at a time on one object.
/// Cost: the products of a stretch of steps with w_ih, and those of the gradients, are taken at once, for as many steps
/// as the cache holds; with w_hh a step at a time.
/// Source: checked against PyTorch in double (tests/golden/train/lstm_gradients.json) and LibTorch.
class LstmLayer {
 public:
  struct Shape {
    std::int64_t steps = 0, batch = 0, inputs = 0, hidden = 0;
    bool reversed = false;  ///< from the last step to the first
    auto operator<=>(const Shape&) const = default;
  };
  struct Weights {
    const float* w_ih;
    const float* w_hh;
    const float* bias;
  };
  struct Gradients {
    float* x;  ///< null where it is not wanted, which saves its products
    float* w_ih;
    float* w_hh;
    float* bias;
  };

  /// Throws std::invalid_argument on sizes or threads below 1.
  explicit LstmLayer(const Shape& shape, int threads = 1, Precision precision = Precision::fp32);
  ~LstmLayer();
  LstmLayer(LstmLayer&&) noexcept;

  /// What forward() leaves for backward(). Units: bytes.
  std::size_t workspace_bytes() const;
  /// `workspace` starts at a multiple of 4 bytes; better, of 64.
  void forward(const float* x, const Weights& weights, float* y, std::byte* workspace, const Drop& drop = {});
  /// Overwrites `gradients` with those of a loss whose derivative by y is `dy`; the rest is what forward() got.
  void backward(const float* x, const Weights& weights, const float* y, const std::byte* workspace,
                const float* dy, const Gradients& gradients, const Drop& drop = {});

 private:
  class Part;
  // How factors are multiplied: as they are; rounded to 16 bits but multiplied as numbers of 32, where the processor has
  // nothing for pairs; in pairs.
  enum class Products { whole, rounded, in_pairs };
  // Weights as they are multiplied: of the two the one that is needed.
  struct Factor {
    kernels::Packed packed;
    kernels::Pairs pairs;
  };
  // Side by side, if there is more than one thread.
  void in_pair(const std::function<void()>& one, const std::function<void()>& other) const;
  Shape shape_;
  Products products_;
  kernels::Floats bias_;  // padded
  Factor w_ih_, w_hh_, back_w_ih_, back_w_hh_;  // the last two for the way back: transposed
  std::vector<std::unique_ptr<Part>> parts_;
};

}  // namespace kinemyo::train
