#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "kinemyo/io/landmarks.h"
#include "kinemyo/motion/landmark_frame.h"

namespace kinemyo::io {

/// MediaPipe's 33 landmarks of a video, picture by picture, at the very stamps and numbers of the file, as live use takes
/// them: docs/formats/landmarks.md. A trial begins where the columns Activity or Trial change, or time goes back.
/// Clock: Time (s), Timestamp (ms), else Frame at the options' rate, else the rows.
/// Missing: empty cells, points at exactly 0 0 0, landmarks that the file does not have. Without a column of visibility, what
/// is there is visible (1). Throws FormatError (no hips, no shoulders; text in a column; a row without time), IoError.
std::vector<motion::LandmarkTrial> read_landmark_trials(const std::filesystem::path& path, const LandmarkOptions& options = {});
std::vector<motion::LandmarkTrial> parse_landmark_trials(const Table& table, const LandmarkOptions& options = {});

/// The line of names, and a line for each frame, of such a file with Time and visibilities; reading gives the same bits.
std::string landmark_header();
void append_landmark_row(std::string& out, const motion::LandmarkFrame& frame);

}  // namespace kinemyo::io
