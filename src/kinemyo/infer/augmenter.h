#pragma once

#include <string>
#include <vector>

#include "kinemyo/model/model.h"
#include "kinemyo/motion/series.h"

namespace kinemyo::infer {

/// Who is seen, which pictures do not tell.
struct Person {
  double stature_m = 0;
  double mass_kg = 0;
};

/// Markers that a network puts on a person's trunk and legs, where a camera's system would have them, from keypoints of video: the
/// published augmenter of OpenCap for the lower limbs (47 numbers in: 15 keypoints less the middle of the hips, by stature, then
/// stature and mass; 105 out: 35 markers likewise), imported with its scaler. Markers have the names of opencap-51, which are
/// those of OpenCap's models; what it calls r_sh1 has no namesake there.
/// Keypoints: names of MediaPipe or OpenPose; a neck that is absent is the middle of the shoulders, toes are the foot's tip.
/// Time: causal; the keypoints' own clock, at the model's rate where that is known and differs: said in `notes`.
/// Missing: gaps up to 0.2 s are bridged by straight lines; where a keypoint is missing longer, or at an end, all markers
/// are.
/// Throws Error when a keypoint is absent, the network has other sizes or no scaler, or stature (0.5 to 2.5 m) or mass (5 to 300 kg)
/// cannot be a person's.
/// Source: Uhlrich et al. 2023, PLOS Computational Biology 19, e1011462.
motion::Series augment_markers(const model::Model& augmenter, const motion::Series& keypoints, const Person& person,
                               std::vector<std::string>& notes);

/// The 35 markers in the network's order.
const std::vector<std::string>& augmented_markers();

}  // namespace kinemyo::infer
