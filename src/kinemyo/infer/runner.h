#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>

#include "kinemyo/base/matrix.h"
#include "kinemyo/features/features.h"
#include "kinemyo/model/model.h"
#include "kinemyo/motion/recording.h"

namespace kinemyo::infer {

/// A network ready to run, without LibTorch. Const calls; share it between streams and threads.
class Network {
 public:
  /// Throws Error when weights and specification disagree, naming the tensor.
  explicit Network(const model::Model& model);
  ~Network();
  Network(Network&&) noexcept;
  std::size_t inputs() const;
  std::size_t outputs() const;
  bool causal() const;

  /// Recurrent state of one stream. Starts at zero.
  class State;
  std::unique_ptr<State> make_state() const;
  /// One step of a causal network, no allocation. Shape: inputs(), outputs(); scaled numbers.
  void step(State& state, std::span<const float> input, std::span<float> output) const;
  /// A whole sequence from the zero state; for causal networks bit for bit what step() gives.
  /// Shape: T x inputs() to T x outputs().
  void run(base::MatrixView<const float> input, base::MatrixView<float> output) const;

 private:
  struct Layers;
  std::unique_ptr<Layers> layers_;
};

/// Named channels in, named channels out, frame by frame: features, network and way back in one.
class Stream {
 public:
  /// Throws Error for a network that is not causal, with the reason.
  Stream(const model::Model& model, const Network& network);
  ~Stream();
  Stream(Stream&&) noexcept;
  /// Shape: raw as features::Extractor takes it; out has model.outputs.size() numbers. No allocation.
  void step(std::span<const double> raw, std::span<double> out);
  void reset();

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

/// Predictions for a whole recording on its own clock (or the model's rate, if that differs: said in notes).
/// Names matched with aliases. Throws Error listing what is missing.
motion::Recording predict(const model::Model& model, const motion::Recording& input);

}  // namespace kinemyo::infer
