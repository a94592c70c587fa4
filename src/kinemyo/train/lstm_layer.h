#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace kinemyo::train {

/// One LSTM layer, one direction, over whole sequences from the zero state, fp32 on the CPU by
/// oneDNN. Weights stand in PyTorch's layout and gate order (i f g o, which is oneDNN's i f c o).
/// Shape: x is steps x batch x inputs, y steps x batch x hidden, w_ih 4 hidden x inputs,
/// w_hh 4 hidden x hidden, bias 4 hidden (PyTorch's two biases added).
/// Threads: `threads` of its own, each with a part of the batch and one OpenMP thread: a barrier at
/// every step of the sequence, as OpenMP would have it, costs more than it gives, and far more on a
/// busy machine. The numbers depend on `threads`, not on how busy the machine is. One call at a
/// time on one object. Source: checked against PyTorch in double
/// (tests/golden/train/lstm_gradients.json).
class LstmLayer {
 public:
  struct Shape {
    std::int64_t steps = 0, batch = 0, inputs = 0, hidden = 0;
    auto operator<=>(const Shape&) const = default;
  };
  struct Weights {
    const float* w_ih;
    const float* w_hh;
    const float* bias;
  };
  struct Gradients {
    float* x;
    float* w_ih;
    float* w_hh;
    float* bias;
  };

  /// Throws std::invalid_argument on sizes or threads below 1.
  explicit LstmLayer(const Shape& shape, int threads = 1);
  ~LstmLayer();
  LstmLayer(LstmLayer&&) noexcept;

  /// What forward() leaves for backward(). Units: bytes.
  std::size_t workspace_bytes() const;
  void forward(const float* x, const Weights& weights, float* y, std::byte* workspace);
  /// Overwrites `gradients` with those of a loss whose derivative by y is `dy`.
  void backward(const float* x, const Weights& weights, const float* y, const std::byte* workspace,
                const float* dy, const Gradients& gradients);

 private:
  class Part;
  std::vector<std::unique_ptr<Part>> parts_;
  Shape shape_;
};

}  // namespace kinemyo::train
