#pragma once

#include <string>
#include <string_view>

#include "kinemyo/motion/recording.h"

namespace kinemyo::io {

/// True if the text begins as an export of OptiTrack Motive does.
bool looks_like_motive_csv(std::string_view text);

/// Reads the CSV export of OptiTrack Motive: markers to positions, rigid bodies and bones (quaternions) to rotations:
/// docs/formats/motive_csv.md.
/// Units: as "Length Units" states. Missing: empty cells.
/// Throws FormatError (line, column): no unit, no line of columns, an axis that a marker lacks.
motion::Recording parse_motive_csv(std::string_view text, const std::string& path);

}  // namespace kinemyo::io
