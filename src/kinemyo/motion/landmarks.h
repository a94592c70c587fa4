#pragma once

#include <string>
#include <vector>

namespace kinemyo::motion {

/// MediaPipe Pose's 33 landmarks in its order: NOSE, LEFT_EYE_INNER, ... Source: MediaPipe's PoseLandmark.
const std::vector<std::string>& mediapipe_landmarks();

}  // namespace kinemyo::motion
