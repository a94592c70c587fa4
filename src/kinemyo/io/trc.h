#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "kinemyo/motion/recording.h"

namespace kinemyo::io {

/// Reads marker positions from a TRC file (Motion Analysis, OpenSim, OpenCap): docs/formats/trc.md.
/// Units: from the header (mm, cm, m ...) to m. The up axis is not stated by the format.
/// Missing: empty cells, nan in any case, and markers at exactly 0 0 0, which are counted in the notes.
/// Time: the time column; even clocks at DataRate where the two agree.
/// Throws FormatError (line, column) and IoError.
/// Cost: O(bytes).
motion::Recording read_trc(const std::filesystem::path& path);
motion::Recording parse_trc(std::string_view text, const std::string& path);

/// Writes the first series of positions as TRC, in mm; missing markers are NaN. Returns what was left out, for people.
/// Throws Error if there is no series of positions; IoError.
std::vector<std::string> write_trc(const motion::Recording& recording, const std::filesystem::path& path);
std::string format_trc(const motion::Series& markers, std::string_view file_name);

}  // namespace kinemyo::io
