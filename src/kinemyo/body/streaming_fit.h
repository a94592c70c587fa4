#pragma once

#include <span>
#include <vector>

#include "kinemyo/body/inverse_kinematics.h"

namespace kinemyo::body {

/// Inverse kinematics as frames come: what a frame gives depends on it and those before alone. fit_markers with
/// FitOptions::causal gives the same numbers, bit for bit.
/// A marker that goes missing is held where it last was on its body, so that the posture does not jump.
/// Cost: tens of microseconds a frame, without allocation; some ten milliseconds, with, where it starts and when the fit is lost.
class StreamingFit {
 public:
  /// As InverseKinematics. Throws std::invalid_argument as it does.
  StreamingFit(Model model, std::vector<double> weights, const IkOptions& options = {});

  /// The next frame. Shape: 3 numbers a marker of the model, m. Missing: NaN.
  /// It starts at the first frame that shows half of the markers, 3 at least; until then, and in frames with fewer than 3,
  /// nothing is found.
  IkFrame step(std::span<const double> markers);
  bool found() const { return found_; }
  /// One number a coordinate of the model, rad or m: of the last frame in which something was found.
  std::span<const double> coordinates() const { return solver_.coordinates(); }
  const InverseKinematics& solver() const { return solver_; }
  std::size_t restarts() const { return restarts_; }

 private:
  InverseKinematics solver_;
  Pose pose_;
  std::vector<Eigen::Vector3d> on_body_;  ///< where each marker was last seen; NaN: never
  std::vector<double> filled_, kept_;
  std::size_t least_ = 3;
  std::size_t restarts_ = 0;
  double rms_before_ = 0;
  bool started_ = false;
  bool found_ = false;
};

}  // namespace kinemyo::body
