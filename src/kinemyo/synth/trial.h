#pragma once

#include <string>
#include <vector>

#include "kinemyo/motion/recording.h"
#include "kinemyo/synth/subject.h"

namespace kinemyo::synth {

constexpr double kMotionHz = 100;
constexpr double kEmgHz = 1000;
constexpr double kVideoHz = 30;

/// One trial of a made-up person: what happened, and what was measured of it. X forward, Y up.
struct SynthTrial {
  motion::TrialKey key;
  // What happened.
  motion::Series coordinates;  ///< the 39, rad and m, kMotionHz
  motion::Series activations;  ///< the 16 muscles, 0 to 1, kMotionHz; they lead the motion by the
                               ///< person's delay
  base::Matrix<double> floor_force;  ///< frames x right and left, vertical, N, kMotionHz
  // What was measured.
  motion::Series markers;    ///< the 42, m, kMotionHz; skin movement, noise, gaps
  motion::Series emg;        ///< the 16, V, kEmgHz; gaps
  motion::Series landmarks;  ///< MediaPipe's 33, kVideoHz: m, origin between the hips, y down, z
                             ///< away from the camera
  std::vector<double> frame_stamps_s;  ///< of the video; some frames were dropped
  std::vector<double> frame_blur;
};

/// The same trial for the same subject, activity, number and duration, in any order of calls.
/// Throws std::invalid_argument unless trial is at least 1 and 0.5 s <= seconds <= 600 s.
SynthTrial make_trial(const Subject& subject, const Activity& activity, int trial, double seconds);

/// Cubic (Catmull-Rom) reading of evenly sampled columns at a time; NaN beside a missing value.
/// Shape: out has a number a column. Beyond the ends the last straight piece goes on.
void read_at(const base::Matrix<double>& values, double rate_hz, double time_s,
             std::span<double> out);

}  // namespace kinemyo::synth
