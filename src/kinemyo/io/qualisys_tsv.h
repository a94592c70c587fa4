#pragma once

#include <string>
#include <string_view>

#include "kinemyo/motion/recording.h"

namespace kinemyo::io {

/// True if the first word is one of Qualisys Track Manager's (NO_OF_FRAMES, NO_OF_SAMPLES).
bool looks_like_qualisys_tsv(std::string_view text);

/// Reads the TSV export of Qualisys Track Manager, of markers (3D) or of analog channels: docs/formats/qualisys_tsv.md.
/// Units: positions mm, which QTM always writes. Analog: not stated, so kept as they are.
/// Missing: empty cells, "null", and markers at exactly 0 0 0.
/// Throws FormatError (line, column): counts that contradict the names, exports of bodies or skeletons, no frequency.
motion::Recording parse_qualisys_tsv(std::string_view text, const std::string& path);

}  // namespace kinemyo::io
