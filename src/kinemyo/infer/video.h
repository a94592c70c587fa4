#pragma once

#include <cstddef>

#include "kinemyo/model/model.h"
#include "kinemyo/motion/recording.h"

namespace kinemyo::infer {

/// Predictions from keypoints of video as the original makes them: the 42 markers are made of the
/// keypoints (body::original_markers_from_keypoints; what is absent or missing is 0 0 0), and
/// windows 0, L, 2 L ... that lie within the recording go through the network one by one, each from
/// rest. Frames behind the last whole window are not predicted; the notes say how many. L is the
/// model's window_frames, 500 if it has none. Nothing is resampled. Throws Error unless the model
/// takes the 42 markers, and if there is no whole window.
motion::Recording predict_expanded(const model::Model& model, const motion::Recording& keypoints);

}  // namespace kinemyo::infer
