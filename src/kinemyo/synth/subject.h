#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "kinemyo/base/random.h"
#include "kinemyo/body/full_body.h"
#include "kinemyo/synth/activity.h"

namespace kinemyo::synth {

constexpr std::size_t kMuscles = 16;
constexpr double kDegree = 0.017453292519943295;

/// How a person moves, in all of his or her trials.
struct Style {
  double amplitude = 1;
  double tempo = 1;      ///< above 1: slower
  double asymmetry = 0;  ///< share by which left movements are larger than right ones
  double sway = 1;
  std::array<double, kFeatures>
      posture{};  ///< quiet standing, as a change from the model's neutral
  std::array<double, kFeatures> emphasis{};  ///< factor of each change of posture
};

/// How a person's muscles answer, and what the electrodes give.
struct MuscleProfile {
  std::array<double, kMuscles> weight{};  ///< of demand, about 1
  std::array<double, kMuscles> gain_v{};  ///< RMS of the raw signal at activation 1, V
  std::array<double, kMuscles> offset_v{};
  std::array<double, kMuscles> hum_v{};  ///< amplitude at the mains frequency
  double delay_s = 0.05;                 ///< by which EMG precedes the force
  double co_contraction = 0.1;
};

/// A person made up by a seed and a number. Subject n is the same person however many others there
/// are.
struct Subject {
  std::string name;  ///< S1, S2, ...
  int number = 0;
  std::uint64_t seed = 0;
  body::Anthropometry size;
  body::Model model;      ///< with the original's 42 markers, as they were stuck on this person
  body::Model landmarks;  ///< the same body with MediaPipe's 33 landmarks
  Style style;
  MuscleProfile muscles;

  /// Random numbers of one trial, the same in any run.
  base::Random random_of(const std::string& activity, int trial) const;
};

/// Throws std::invalid_argument unless number is at least 1.
Subject sample_subject(std::uint64_t seed, int number);

}  // namespace kinemyo::synth
