#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "kinemyo/base/matrix.h"
#include "kinemyo/model/model.h"
#include "kinemyo/motion/recording.h"

namespace kinemyo::features {

/// Where the body stood in a frame: what was taken away from the markers, and is given back to outputs.
struct Placement {
  double root_m[3] = {0, 0, 0};
  double heading_rad = 0;  ///< about the vertical (Y), from +X; 0 in the laboratory frame
  double scale_m = 1;      ///< lengths were divided by it
};

/// From frames of named channels to network inputs, frame by frame: the same code in training,
/// offline and live, so that all three see the same numbers. Causal; Y up.
/// Canonical frame: the root is the mean of the middles of ASIS and PSIS (or sacrum, or the hips of a keypoint set);
/// the heading is that of the lines from left to right, in every frame.
/// Body length: the mean of both shanks (lateral knee to lateral ankle), a running mean over the first
/// calibration_frames in which one is seen, then fixed; 0.4 m until then.
/// Derivatives: of the finished values, this frame less the last one times the rate; NaN where either is missing.
/// Missing: a marker with a NaN gives NaN inputs (the scaler's owner turns them into the mean) and mask 0;
/// of a pelvis partly hidden, the arrangement seen last is fitted to the rest; a pelvis wholly hidden
/// keeps the last placement and makes all markers of the canonical frame missing.
/// Geometry: angles of joints as SegmentAngles makes them of the frame's markers; one that cannot be seen keeps its last value.
/// Moments: as joint_moments.h makes them of the scalars.
/// Gait phase: as gait_phase.h tells it from the scalars, which need hips and knees of both sides.
/// Cost: step() does not allocate.
class Extractor {
 public:
  /// Throws Error when the spec asks for a frame or scale that its markers cannot give, naming what it needs.
  Extractor(const model::InputSpec& spec, double rate_hz);
  ~Extractor();
  Extractor(Extractor&&) noexcept;
  Extractor& operator=(Extractor&&) noexcept;

  /// Numbers in a raw frame: 3 a marker (m), then the scalars, in the spec's order.
  std::size_t raw_width() const;
  /// Numbers that it makes of a frame: model::frame_width().
  std::size_t width() const;
  /// Shape: raw has raw_width(), inputs has width() numbers. Unscaled.
  void step(std::span<const double> raw, std::span<float> inputs);
  const Placement& placement() const;
  void reset();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

using model::input_width;

/// A trial as a network sees it: unscaled inputs and targets on one clock.
/// Missing: NaN in x (unseen) and in y (not known, not to be learned or scored).
struct Example {
  motion::TrialKey key;
  double rate_hz = 0;
  base::Matrix<float> x;  ///< frames x inputs
  base::Matrix<float> y;  ///< frames x network outputs
  std::vector<Placement> placements;  ///< one a frame
};

/// The raw frames that an Extractor takes, out of a recording whose series share one clock.
/// Names match exactly, then by the alias tables (channels.h). A keypoint that is absent is made of markers where
/// they are there: in the laboratory frame by the original's means, in the canonical one where MediaPipe sees it
/// (landmark_points.h); without markers it is 0 in the laboratory frame, as in the original, and NaN in the canonical one.
/// Throws Error listing every missing channel, with suggestions.
base::Matrix<double> raw_frames(const motion::Recording& recording, const model::InputSpec& spec);

/// Filters the markers of a trial's raw frames as the spec's low_pass_hz says (0: not at all), each stretch without gaps for
/// itself: Butterworth of order 2, forward and backward, its -3 dB point corrected for that. Gaps up to half a second are
/// bridged first: by the marker's own path and those that move with it (signal::fill_markers), at a recording's beginning and end
/// by ridge regression on the points that are seen, else by a straight line. In place.
/// Time: zero-phase. Throws Error unless the frequency is below half the rate.
void low_pass(base::Matrix<double>& raw, const model::InputSpec& spec, double rate_hz);

/// Fills in what stands around each frame of a recording (the spec's around_s), by what its frames hold: before the first and
/// after the last frame these hold. Shape: frames x model::input_width(), the first model::frame_width() columns filled in.
/// Missing: NaN stays, and counts in no mean.
void look_around(base::Matrix<float>& inputs, const model::InputSpec& spec, double rate_hz);

/// Applies a scaler: NaN (unseen) becomes 0, the mean. Shape: rows x scaler columns, in place.
void scale(base::MatrixView<float> values, const model::Scaler& scaler);

/// Population mean and standard deviation of each column over all examples, NaN left out; 0 becomes 1.
model::Scaler fit_scaler(std::span<const Example> examples, bool of_targets);

/// From scaled network outputs of a frame to the channels that a user gets: unscaled, the heading given back,
/// copies and constants filled in. Shape: network has network.outputs, named has model.outputs numbers.
void restore(const model::Model& model, std::span<const float> network, const Placement& placement,
             std::span<double> named);

/// The interval that holds 9 of 10 frames of people not seen in training (or, of an adapted model, of the person).
/// Shape: as restore(). Missing: NaN for channels whose interval is not known.
void restore_interval(const model::Model& model, std::span<const float> network, std::span<double> low,
                      std::span<double> high);

}  // namespace kinemyo::features
