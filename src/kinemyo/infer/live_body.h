#pragma once

#include <array>
#include <cstddef>
#include <vector>

#include "kinemyo/motion/landmark_frame.h"
#include "kinemyo/signal/one_euro.h"

namespace kinemyo::infer {

/// How landmarks become a steady body.
struct LiveBodySettings {
  signal::OneEuroSettings smoothing;
  double seen = 0.3;            ///< landmarks less visible than this count as missing
  double hold_s = 0.5;          ///< a landmark out of sight stays for so long where it was
  double still_s = 2;           ///< calibration: the person stands still for so long,
  double still_m = 0.08;        ///< no joint further than this from its mean place
  double largest_tilt_deg = 25; ///< a camera tilted further is not believed
  double turn_s = 1;            ///< sides that look exchanged for so long are believed
};

/// One person's landmarks, frame by frame, as a body in space: upright, smoothed, facing +X at the start, on the floor.
/// Axes: X forward, Y up, Z to the right of the person as he stood when calibrated (till then: at first).
/// Time: causal; signal::OneEuro says how late. Missing: NaN.
class LiveBody {
 public:
  explicit LiveBody(const LiveBodySettings& settings = {});

  enum class State { calibrating, live, lost };
  /// Shape: time_s of `frame` is above that of the frame before (std::invalid_argument). No allocation once calibrated.
  void step(const motion::LandmarkFrame& frame);
  /// Starts the calibration anew.
  void calibrate();

  State state() const { return lost_ ? State::lost : calibrated_ ? State::live : State::calibrating; }
  /// Of the calibration, 0 to 1.
  double progress() const;
  /// The body now. Units: m. The lowest foot stands on y = 0; x and z are 0 between the hips.
  const motion::LandmarkPoints& points() const { return points_; }
  /// Since when each landmark has not been seen, s; 0: it is seen now.
  const std::array<double, motion::kLandmarks>& unseen_s() const { return unseen_s_; }
  /// True after the step that ended a calibration; then these are the frames of the person standing.
  bool just_calibrated() const { return just_calibrated_; }
  const std::vector<motion::LandmarkPoints>& standing() const { return standing_; }
  /// True after the step that follows a pause: what was known of speeds is old.
  bool resumed() const { return resumed_; }
  /// From the floor to the top of the head, as measured while standing, m; 0 before. True up to the camera's own scale.
  double stature_m() const { return stature_m_; }

 private:
  motion::LandmarkFrame with_steady_sides(const motion::LandmarkFrame& frame);
  void smooth(const motion::LandmarkFrame& frame);
  void watch_standing(double time_s);
  void settle();
  void place();

  LiveBodySettings settings_;
  signal::OneEuro filter_;
  motion::LandmarkPoints upright_ = motion::no_landmarks();  // smoothed, the camera's axes turned to Y up
  motion::LandmarkPoints points_ = motion::no_landmarks();
  std::array<double, motion::kLandmarks> seen_at_s_, unseen_s_;
  std::array<double, 2> across_ = {0, 0};  // from left to right, horizontally, in the last frame
  double exchanged_since_s_ = 0;
  bool exchanged_ = false;
  std::array<double, 9> turn_;  // from upright_ to points_, row-major
  double floor_m_ = -0.9;       // of the lowest foot, below the hips
  bool faced_ = false, calibrated_ = false, lost_ = true, just_calibrated_ = false, resumed_ = false, started_ = false;
  double last_time_s_ = 0, still_since_s_ = 0, still_until_s_ = 0;
  std::vector<motion::LandmarkPoints> standing_;
  motion::LandmarkPoints standing_sum_{};
  double stature_m_ = 0;
};

}  // namespace kinemyo::infer
