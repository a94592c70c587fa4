#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "kinemyo/io/landmarks.h"
#include "kinemyo/motion/recording.h"

namespace kinemyo::io {

/// True if the text begins as JSON and holds keypoints of video as parse_keypoints_json() reads them; a look, no proof.
bool looks_like_keypoints_json(std::string_view text);

/// Reads keypoints of video as JSON: a line a frame, or one array of frames (docs/formats/landmarks.md): MediaPipe's landmarks,
/// OpenPose's people. Of several people in the picture one is followed, and a note says so.
/// Units: world landmarks m, others as the options say; picture coordinates of OpenPose become signals in px.
/// Missing: frames without a person, points at exactly 0 0 0 or of confidence 0.
/// Throws FormatError (line or frame): picture coordinates where positions are wanted, unnamed points that are not 33, times
/// that do not increase or whose unit is not told.
motion::Recording parse_keypoints_json(std::string_view text, const std::string& path, const LandmarkOptions& options);

/// True of a folder into which OpenPose wrote its frames: <video>_<number>_keypoints.json.
bool is_openpose_folder(const std::filesystem::path& path);
/// True of one of those frames.
bool is_openpose_frame(const std::filesystem::path& path);
/// The frames of a folder as one recording. Throws FormatError as parse_keypoints_json(), and for frames of several videos.
motion::Recording read_openpose_folder(const std::filesystem::path& folder, const LandmarkOptions& options);

/// OpenPose's 25, 18 and 15 keypoints (its models BODY_25, COCO, MPI), or nullptr.
const std::vector<std::string>* openpose_names(std::size_t count);

}  // namespace kinemyo::io
