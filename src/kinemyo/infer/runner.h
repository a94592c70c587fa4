#pragma once

#include <cstddef>
#include <memory>
#include <span>

#include "kinemyo/infer/network.h"
#include "kinemyo/model/model.h"
#include "kinemyo/motion/recording.h"

namespace kinemyo::infer {

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
