#pragma once

#include <string>
#include <string_view>

#include "kinemyo/motion/recording.h"

namespace kinemyo::io {

/// True if the bytes begin as EDF or BDF (a version field that both define); a look, no proof.
bool looks_like_edf(std::string_view bytes);

/// Reads EDF, EDF+, BDF and BDF+: docs/formats/edf.md. Signals of one rate and kind become one series; annotations
/// become events (of a file of annotations alone there is nothing else); records that do not follow each other (EDF+D) leave missing samples between them.
/// Units: as each signal states (volts of EMG to V); numbers = (digital - minimum) scaled to the physical range.
/// Time: s after the first record.
/// Throws FormatError (byte, field): text in a number, ranges of no width, a file that ends before its last record.
motion::Recording parse_edf(std::string_view bytes, const std::string& path);

}  // namespace kinemyo::io
