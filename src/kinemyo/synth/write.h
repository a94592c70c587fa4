#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "kinemyo/base/progress.h"
#include "kinemyo/synth/trial.h"

namespace kinemyo::synth {

struct Options {
  std::uint64_t seed = 1;
  int subjects = 3;
  int first_subject = 1;
  std::vector<std::string> activities = {"NormalSquat", "ForwardLungeRight", "SideLunge",
                                         "Walking"};
  int trials = 3;
  double seconds = 6;
  bool raw = true;  ///< the original's layout
  bool c3d = true;  ///< C3D and MOT
};

struct Written {
  std::vector<Subject> subjects;
  std::size_t trials = 0;
  std::size_t files = 0;
  std::uint64_t bytes = 0;
  bool stopped = false;  ///< by progress; what is there is whole
};

/// Writes made-up subjects under `folder`:
/// raw/<S>/...             the original's layout: 1000 Hz CSV in degrees, mm, V; frame stamps at 30
/// Hz c3d/<S>/<activity>/     <trial>.c3d with markers at 100 Hz and EMG at 1000 Hz, <trial>.mot
/// with the angles video/<S>_keypoints.csv MediaPipe landmarks, and <S>_mocap.csv: markers and
/// angles at the same frames truth/<S>/<activity>/   <trial>_angles.mot and
/// <trial>_activations.sto: what happened, without noise README.txt              says that all of
/// it is synthetic, and how it was made A trial's files depend on the seed, subject, activity,
/// trial and seconds alone. Throws Error for an unknown activity, std::invalid_argument for
/// impossible numbers, IoError.
Written write_synthetic(const std::filesystem::path& folder, const Options& options,
                        const base::Progress& progress);

/// The text of a trial's CSV in the original's raw layout, and of its frame CSV.
std::string format_raw(const SynthTrial& trial);
std::string format_frames(const SynthTrial& trial);

}  // namespace kinemyo::synth
