#pragma once

#include <array>
#include <string>
#include <vector>

#include "kinemyo/motion/landmark_frame.h"

namespace kinemyo::serve {

/// A humanoid's bone as avatars take it. Axes: Unity's, x to the right, y up, z forward, left-handed.
struct BoneTurn {
  const char* name;                 ///< of Unity's HumanBodyBones
  std::array<double, 4> turn;       ///< quaternion x y z w, against its parent, from the T-pose
  std::array<double, 3> place_m{};  ///< against its parent; only of the hips
};

/// The bones that landmarks (as infer::LiveBody::points() gives them) tell about.
/// Missing: bones without their landmarks are left out. Twist of forearms and hands is not seen.
std::vector<BoneTurn> bones_of(const motion::LandmarkPoints& points);

/// A frame for avatars. Source: Virtual Motion Capture Protocol (protocol.vmc.info), "Performer to Marionette": /VMC/Ext/OK, T,
/// Root/Pos, Bone/Pos.
std::string vmc_packet(double time_s, const motion::LandmarkPoints& points);

}  // namespace kinemyo::serve
