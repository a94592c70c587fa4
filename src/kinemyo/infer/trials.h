#pragma once

#include <vector>

#include "kinemyo/motion/recording.h"

namespace kinemyo::infer {

/// The trials that a file joins one behind another, each marked by an event "Trial"; the recording
/// itself where it is one. Each part keeps its own stretch of the clock.
std::vector<motion::Recording> split_trials(const motion::Recording& recording);

/// Parts with the same channels one behind another again, every frame at its own time.
motion::Recording join_trials(const std::vector<motion::Recording>& parts);

}  // namespace kinemyo::infer
