#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include "kinemyo/infer/network.h"
#include "kinemyo/model/model.h"
#include "kinemyo/motion/recording.h"

namespace kinemyo::infer {

/// Named channels in, named channels out, frame by frame: features, network and way back in one.
/// Keeps references to the model and the network, which must outlive it.
class Stream {
 public:
  /// Throws Error for a network that is not causal, with the reason, and for a model whose input
  /// channels and network disagree.
  Stream(const model::Model& model, const Network& network);
  ~Stream();
  Stream(Stream&&) noexcept;
  /// Numbers in a raw frame: 3 a marker (m, Y up), then the scalars.
  std::size_t raw_width() const;
  /// Learns the body's size from frames that are not part of what follows; the network stays at
  /// rest. Shape: frames x raw_width().
  void calibrate(base::MatrixView<const double> raw);
  /// The next frame. Shape: raw has raw_width(), out has model.outputs.size() numbers.
  /// Missing: NaN in raw counts as the mean. Cost: no allocation.
  void step(std::span<const double> raw, std::span<double> out);
  /// Forgets everything, calibration too.
  void reset();

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

/// Predictions for a whole recording (Y up) on its own clock, or at the model's rate, if that
/// differs: said in notes. Names matched with aliases. `calibration`: a recording that the body's
/// size is learned from first, or nullptr. Trials that the recording joins (events "Trial") are
/// predicted one by one, each from rest. For causal models bit for bit what Stream::step() gives
/// for the same frames of a trial. Channels whose interval the model knows are followed by two more, "NAME low" and
/// "NAME high". Throws Error listing what is missing.
motion::Recording predict(const model::Model& model, const motion::Recording& input,
                          const motion::Recording* calibration = nullptr,
                          kernels::Storage weights = kernels::Storage::fp32);

/// What 9 of 10 frames lie within. Shape: frames x model.outputs. Missing: NaN for channels that the model knows none of.
struct Interval {
  base::Matrix<double> low, high;
};

/// Frames of the model's raw inputs (Stream::raw_width() numbers each) to frames of its outputs, every recording from
/// rest and, for causal models, bit for bit as Stream::step() gives them. `calibration`: raw frames that the body's size is
/// learned from first, or nullptr. Missing: NaN in raw counts as the mean. `intervals`: filled, one a recording, unless nullptr.
/// Threads: one of its own a core.
std::vector<base::Matrix<double>> predict_frames(const model::Model& model, const Network& network,
                                                 std::span<const base::MatrixView<const double>> recordings,
                                                 const base::Matrix<double>* calibration = nullptr,
                                                 std::vector<Interval>* intervals = nullptr);

/// The part of a recording that networks look at (positions and single numbers), at a rate in Hz:
/// resampled without aliasing where it is another one (by more than 0.1 %), interpolated where its
/// clock is uneven, and then said in the notes. rate_hz 0: as it is.
motion::Recording at_rate(const motion::Recording& input, double rate_hz);

}  // namespace kinemyo::infer
