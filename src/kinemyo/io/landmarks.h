#pragma once

#include <string>

#include "kinemyo/io/csv.h"
#include "kinemyo/motion/recording.h"

namespace kinemyo::io {

/// What a CSV of keypoints leaves unsaid.
struct LandmarkOptions {
  std::string position_unit = "m";  ///< mm, cm or m
  double rate_hz = 30;              ///< of the video, where the file has no time
};

/// True if the columns are keypoints as MediaPipe names them: LEFT_HIP_X ...
bool looks_like_landmarks(const Table& table);

/// Reads keypoints from video: columns <LANDMARK>_X, _Y, _Z, with _VISIBILITY or _V where there; Frame, Activity and
/// Trial tell rows apart: docs/formats/landmarks.md. Trials are put one behind another, as by read_trial_csv.
/// Units: as the options say, and the notes tell. Missing: empty cells, keypoints at exactly 0 0 0.
/// Throws FormatError.
motion::Recording parse_landmarks(Table table, const LandmarkOptions& options = {});

}  // namespace kinemyo::io
