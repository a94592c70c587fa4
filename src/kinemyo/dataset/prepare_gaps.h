#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "kinemyo/dataset/prepare.h"
#include "kinemyo/motion/series.h"

namespace kinemyo::dataset {

/// Markers whose gaps were filled as far as the settings allow, and which frames were invented.
/// Shape: filled is by channel, then by frame.
struct FilledMarkers {
  motion::Series series;
  std::vector<std::vector<std::uint8_t>> filled;
};

/// Fills gaps of markers on an even clock: signal::fill_markers. Adds to `count`, by channel and method.
FilledMarkers fill_marker_gaps(motion::Series markers, const PrepareSettings& settings, GapCount& count);

/// One line for people: "2 gaps filled: LTHI 1 from other markers (40 frames, within 3 mm), ...; 1 left missing".
std::string describe(const GapCount& count);

}  // namespace kinemyo::dataset
