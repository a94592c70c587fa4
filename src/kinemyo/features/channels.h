#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace kinemyo::features {

/// Where a marker stands in a list of names: the exact name first; then case and a subject's prefix
/// ("Anna:LASI") ignored; then another name of the same landmark (LASIS, LASI, L.ASIS): model/aliases.h.
/// Cost: O(names).
std::optional<std::size_t> find_marker(std::span<const std::string> names, std::string_view wanted);

/// The same for a channel that is one number (joint angle, muscle): exact, then case and prefix ignored.
std::optional<std::size_t> find_scalar(std::span<const std::string> names, std::string_view wanted);

/// Whether a point of a motion-capture file was computed from markers (joint centres, segment axes, centre of
/// mass, angles, forces, unnamed points) and so holds the answer: never an input.
/// Source: Vicon's Plug-in Gait output names, Oxford Foot Model output names, OpenCap's hip joint centres.
bool is_computed_point(std::string_view name);

/// A keypoint as the mean of markers.
struct Keypoint {
  std::string name;
  std::vector<std::string> markers;    ///< of the original's 42, in its way
  std::vector<std::string> otherwise;  ///< of other sets, where none of those is there
};
/// The original's map from its 42 markers to 25 keypoints, LEFT before RIGHT.
const std::vector<Keypoint>& keypoint_map();
/// Whether a name is a keypoint of the map or a landmark of MediaPipe Pose.
bool is_keypoint(std::string_view name);

/// Pelvis and shanks among the markers of a set: what the canonical frame and the body length rest on.
struct Landmarks {
  struct Pair {
    std::size_t left = 0;
    std::size_t right = 0;
  };
  std::vector<Pair> pelvis;           ///< ASIS, then PSIS; or the hips of a keypoint set
  std::optional<std::size_t> sacrum;  ///< where there is no pair of PSIS
  struct Shank {
    std::size_t knee = 0;
    std::size_t ankle = 0;
  };
  std::vector<Shank> shanks;
};
Landmarks find_landmarks(std::span<const std::string> markers);

}  // namespace kinemyo::features
