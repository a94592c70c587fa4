#include "kinemyo/features/angle_names.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

namespace kinemyo::features {

namespace {

// "LKneeAngles_x" -> {"knee", 'l', 'x'}.
struct GaitName {
  std::string joint;
  char side = 0, axis = 0;
};
std::optional<GaitName> gait_name(const std::string& output) {
  const auto at = output.find("Angles_");
  if (at == std::string::npos || at == 0 || at + 8 != output.size() || (output[0] != 'L' && output[0] != 'R')) return std::nullopt;
  GaitName out{output.substr(1, at - 1), output[0] == 'L' ? 'l' : 'r', output.back()};
  std::transform(out.joint.begin(), out.joint.end(), out.joint.begin(), [](unsigned char c) { return std::tolower(c); });
  return out;
}

}  // namespace

std::optional<std::string> geometric_name(const std::string& output) {
  const auto gait = gait_name(output);
  if (!gait) return output;
  static constexpr std::pair<const char*, std::array<const char*, 3>> kNames[] = {
      {"hip", {"hip_flexion_", "hip_adduction_", "hip_rotation_"}},
      {"knee", {"knee_angle_", "knee_adduction_", "knee_rotation_"}},
      {"ankle", {"ankle_angle_", "ankle_adduction_", "ankle_rotation_"}}};
  for (const auto& [joint, axes] : kNames) {
    if (gait->joint == joint && gait->axis >= 'x' && gait->axis <= 'z') return std::string(axes[static_cast<std::size_t>(gait->axis - 'x')]) + gait->side;
  }
  return std::nullopt;
}

std::string joint_of(const std::string& angle) {
  if (const auto gait = gait_name(angle)) return gait->joint + "_" + gait->side;
  const auto first = angle.find('_');
  if (first == std::string::npos) return angle;
  std::string joint = angle.substr(0, first);
  if (joint == "subtalar" || joint == "mtp") joint = "ankle";
  if (joint == "pro") joint = "elbow";
  const bool sided = angle.ends_with("_l") || angle.ends_with("_r");
  return sided ? joint + angle.substr(angle.size() - 2) : joint;
}

}  // namespace kinemyo::features
