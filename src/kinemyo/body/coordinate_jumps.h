#pragma once

#include <string>
#include <vector>

#include "kinemyo/motion/series.h"

namespace kinemyo::body {

/// An angle that leaps between two frames, as people's do not.
struct CoordinateJump {
  std::string coordinate;
  double time_s = 0;  ///< of the frame after
  double change = 0;  ///< rad
};

/// Leaps of 10 degrees or more from one frame to the next that are three times larger than the steps around them: where a
/// solver was caught in another minimum, or took the other of two sets of Euler angles.
/// Missing: nothing is said of steps from or to NaN. Of a series of coordinates; ways are passed over.
std::vector<CoordinateJump> find_jumps(const motion::Series& coordinates);

}  // namespace kinemyo::body
