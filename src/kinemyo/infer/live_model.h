#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "kinemyo/infer/runner.h"

namespace kinemyo::infer {

/// A model that is fed from a frame of named numbers, shared by all streams: which number goes where, and how far each
/// output can be trusted.
class LiveModel {
 public:
  /// `points` names the frame's points (3 numbers each), `scalars` the single numbers behind them.
  /// Throws Error for a model that cannot run live, and listing what it takes and the frame lacks.
  LiveModel(model::Model model, const std::vector<std::string>& points, const std::vector<std::string>& scalars);

  LiveModel(const LiveModel&) = delete;  // streams keep references to what is inside
  LiveModel& operator=(const LiveModel&) = delete;

  const model::Model& model() const { return model_; }
  const Network& network() const { return network_; }
  std::size_t frame_numbers() const { return frame_numbers_; }
  /// The model's raw inputs from such a frame. Missing: what the frame does not have.
  void pick(std::span<const double> frame, std::span<double> raw) const;
  /// Standard deviations of the outputs, in their units: what training measured on people whom the model does not know (an
  /// output's own figure, else that of all together), widened by what is not known of the inputs. Shape: unknown is a fraction
  /// for each point and scalar of the frame: 0 seen, 1 not known at all; values (the outputs now) and out as outputs.
  /// Missing: NaN where training did not tell.
  void deviations(std::span<const double> unknown, std::span<const double> values, std::span<double> out) const;

 private:
  void measure_sensitivity();
  void read_training_variance();
  std::vector<std::vector<std::size_t>> columns_of_channels() const;
  model::Model model_;
  Network network_;
  std::size_t frame_numbers_ = 0;
  static constexpr std::size_t kAbsent = static_cast<std::size_t>(-1);
  std::vector<std::size_t> sources_;   ///< of each raw input, a number of the frame
  std::vector<std::size_t> channels_;  ///< of each input marker and scalar, a point or scalar of the frame
  base::Matrix<double> variance_;      ///< of each output (scaled) if that channel is not known: channels x network outputs
  std::vector<double> training_variance_;  ///< of each scaled network output; NaN: not told
};

/// One person's way through a model: frames at stamps of their own in, outputs at the model's rate.
/// Causal: between the last two frames the straight line is taken, so that nothing waits for a frame to come.
class LiveModelStream {
 public:
  explicit LiveModelStream(const LiveModel& model);
  /// Learns the body's size, at rest. Shape: frames as step() takes them.
  void calibrate(base::MatrixView<const double> frames);
  /// Outputs as of the last step of the model's clock at or before time_s; nothing if none has been.
  /// `fresh`: the frame before is too old to reach over. No allocation.
  std::optional<std::span<const double>> step(double time_s, std::span<const double> frame, bool fresh);

 private:
  const LiveModel& model_;
  Stream stream_;
  double start_s_ = 0, last_s_ = 0;
  std::int64_t next_ = 0;  ///< step of the model's clock
  bool started_ = false, have_output_ = false;
  std::vector<double> last_, between_, raw_, out_;
};

}  // namespace kinemyo::infer
