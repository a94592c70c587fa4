#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "kinemyo/motion/recording.h"

// Where each series of a recording goes on the one grid of frames that a C3D file has.
namespace kinemyo::io::c3d {

/// How far a series may lie off the grid. Units: frames.
constexpr double kClockTolerance = 0.02;

/// A series that goes into the file, and its first frame on the grid of its own rate.
struct Placed {
  const motion::Series* series = nullptr;
  long long first = 0;
  long long end() const { return first + static_cast<long long>(series->frames()); }
};

struct Plan {
  double rate_hz = 0;  ///< frames a second
  double start_s = 0;  ///< of grid place 0
  std::size_t samples_per_frame = 0;
  std::size_t rotations_per_frame = 1;
  std::vector<Placed> points, analogs, rotations;
  long long first = 0;     ///< the file's first frame on the grid
  std::size_t frames = 0;
};

/// The first positions set the frame rate (else other points, rotations, EMG, analogs, in this order);
/// what has the same rate, or a whole multiple for samples, and lies on the same grid is placed;
/// shorter series are padded. `notes` says what was not placed, and what was padded.
/// The plan points into the recording. Throws Error if nothing can be placed.
Plan make_plan(const motion::Recording& recording, std::vector<std::string>& notes);

}  // namespace kinemyo::io::c3d
