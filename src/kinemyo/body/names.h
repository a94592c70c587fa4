#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "kinemyo/motion/landmarks.h"

namespace kinemyo::body {

/// The 42 markers of the original system, in its order and spelling.
const std::vector<std::string>& original_markers();
/// The 39 coordinates of Rajagopal 2016, in the model's order (pelvis rotations, pelvis translations, legs, ...).
const std::vector<std::string>& rajagopal_coordinates();
/// The 36 joint angles of the original system: the coordinates less pelvis_tx, pelvis_ty, pelvis_tz.
const std::vector<std::string>& original_angles();
/// The 16 EMG channels of the original system.
const std::vector<std::string>& original_muscles();
/// The 20 physical markers of Plug-in-Gait's lower body and trunk: LASI, RASI, SACR, ...
const std::vector<std::string>& plug_in_gait_markers();
/// The 51 markers of OpenCap's marker-based trials (`opencap_expert1`), in the order of its TRC files.
const std::vector<std::string>& opencap_markers();
using motion::mediapipe_landmarks;
/// The 25 keypoints that the original computes from its markers, in its order.
const std::vector<std::string>& original_keypoints();
/// The 16 of them that a camera sees as well: shoulder, elbow, wrist, hip, knee, ankle, heel, toe, left before right.
const std::vector<std::string>& body_keypoints();

/// The channels of a set that recipes and commands call by name ("original-42", "body-16", ...), or nullptr.
const std::vector<std::string>* named_set(std::string_view name);
/// The names of those sets.
std::vector<std::string> named_sets();

}  // namespace kinemyo::body
