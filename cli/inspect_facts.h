#pragma once

#include <cstddef>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "kinemyo/body/coordinate_jumps.h"
#include "kinemyo/dataset/label_faults.h"
#include "kinemyo/motion/recording.h"

namespace kinemyo::cli {

/// What is missing in a channel, in frames, and its range in SI units; NaN where it holds nothing.
struct ChannelFacts {
  std::size_t missing = 0;
  std::size_t gaps = 0;
  std::size_t longest_gap = 0;
  double low = 0;
  double high = 0;
};

struct SeriesFacts {
  std::vector<ChannelFacts> channels;
  std::size_t missing = 0;
  std::size_t gaps = 0;
  std::size_t longest_gap = 0;
};

SeriesFacts facts_of(const motion::Series& series);

/// Seconds from the first frame to the last, of the longest series.
double span_of(const motion::Recording& recording);

/// A fault of markers' names, with the sentence that people read.
nlohmann::ordered_json to_json(const dataset::MarkerFault& fault);

/// Angles that leap between two frames: of every series of coordinates.
std::vector<body::CoordinateJump> jumps_of(const motion::Recording& recording);

/// At most `digits` behind the point, without zeros at the end.
std::string trimmed(double value, int digits);

/// "12.5 %".
std::string share(std::size_t part, std::size_t whole);

/// Everything that `inspect` tells of a recording, in SI units; the faults of its markers were found before.
nlohmann::ordered_json json_of(const std::string& path, const motion::Recording& recording,
                               const std::vector<dataset::MarkerFault>& faults);

}  // namespace kinemyo::cli
