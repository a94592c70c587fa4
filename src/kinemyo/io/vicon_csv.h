#pragma once

#include <string>
#include <string_view>

#include "kinemyo/motion/recording.h"

namespace kinemyo::io {

/// True if the first cell names a section as Vicon Nexus exports them: Trajectories, Devices, Model Outputs ...
bool looks_like_vicon_csv(std::string_view text);

/// Reads the ASCII export (.csv, .txt) of Vicon Nexus: sections of trajectories, model outputs, devices and events,
/// one behind another: docs/formats/vicon_csv.md.
/// Units: as each column states them. Missing: empty cells.
/// Time: frame 1 is 0 s, so an export that begins at frame 101 of 100 Hz begins at 1 s.
/// Throws FormatError (line, column): a unit that is unknown, frames that do not follow each other, text in a number.
motion::Recording parse_vicon_csv(std::string_view text, const std::string& path);

}  // namespace kinemyo::io
