#pragma once

#include <optional>
#include <string>

namespace kinemyo::features {

/// The angle of SegmentAngles that means what an output of that name does, OpenSim's or Plug-in-Gait's ("LKneeAngles_x":
/// knee_angle_l); they count in the same direction. Nothing where there is none.
std::optional<std::string> geometric_name(const std::string& output);

/// What moves together: "hip_l" of hip_flexion_l and LHipAngles_z, "lumbar" of lumbar_bending; the name itself where it
/// is no angle of a joint.
std::string joint_of(const std::string& angle);

}  // namespace kinemyo::features
