#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include "kinemyo/base/matrix.h"
#include "kinemyo/infer/sequence.h"
#include "kinemyo/model/model.h"

namespace kinemyo::infer {

/// A network ready to run, without LibTorch. Const calls; share it between streams and threads.
class Network {
 public:
  /// Throws Error when weights and specification disagree, naming the tensor, and as kernels::chosen() does.
  explicit Network(const model::Model& model, kernels::Storage storage = kernels::Storage::fp32)
      : Network(model, Arithmetic{kernels::chosen(), storage}) {}
  Network(const model::Model& model, const Arithmetic& with);
  ~Network();
  Network(Network&&) noexcept;
  Network& operator=(Network&&) noexcept;
  std::size_t inputs() const;
  std::size_t outputs() const;
  bool causal() const;

  /// What a network remembers of one stream, and room to compute in. Starts at zero.
  class State {
   public:
    void reset();

   private:
    friend class Network;
    std::vector<kernels::Floats> hidden_;  ///< one a layer: streams x hidden
    std::vector<kernels::Floats> cell_;    ///< the same, of an LSTM
    kernels::Floats rows_[2];              ///< a block's rows into and out of a layer
    kernels::Floats sums_;                 ///< a block's gates from the input
    kernels::Floats recurrent_;            ///< a GRU's gates from the hidden state
    Memory memory_;                           ///< of layers that are not recurrent
  };
  /// Throws Error for a network that is not causal.
  State make_state() const;
  /// One step of a causal network. Shape: inputs(), outputs(); scaled numbers.
  /// Cost: no allocation. Throws std::invalid_argument on a wrong length.
  void step(State& state, std::span<const float> input, std::span<float> output) const;
  /// A whole sequence from the zero state; for causal networks bit for bit what step() gives.
  /// Shape: T x inputs() to T x outputs().
  /// Cost: a few blocks of rows for causal networks, two rows of each layer a frame for others.
  void run(base::MatrixView<const float> input, base::MatrixView<float> output) const;
  /// Many sequences, bit for bit what run() gives for each. Recurrent causal networks take up to 32 together, so that
  /// a weight that is fetched serves all of them. Shape: as run(), one output an input; lengths may differ.
  /// Threads: that many of its own, 0 for one a core. Cost: as run(), times what runs together.
  void run_all(std::span<const base::MatrixView<const float>> inputs,
               std::span<const base::MatrixView<float>> outputs, unsigned threads = 0) const;

 private:
  struct Direction;
  struct Layers;
  void check(base::MatrixView<const float> input, base::MatrixView<float> output) const;
  void run_block(State& state, const float* input, std::span<const std::size_t> streams, float* output) const;
  void run_layer(const Direction& layer, const float* x, std::size_t x_stride,
                 std::span<const std::size_t> streams, bool backwards, float* out,
                 std::size_t out_stride, State& state, std::size_t index) const;
  void run_head(const float* x, std::size_t x_stride, const float* input, std::size_t rows,
                float* output, State& state) const;
  void run_together(std::span<const base::MatrixView<const float>> inputs,
                    std::span<const base::MatrixView<float>> outputs,
                    std::span<const std::size_t> picked) const;
  State make_state(std::size_t streams, std::size_t rows, std::size_t width) const;
  std::unique_ptr<Layers> layers_;
};

}  // namespace kinemyo::infer
