#include "kinemyo/io/coordinate_names.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "kinemyo/base/text.h"

namespace kinemyo::io {

bool is_translation_name(std::string_view name) {
  const std::string low = base::lower(name);
  for (const std::string_view end : {"_tx", "_ty", "_tz", "transx", "transy", "transz"}) {
    if (low.ends_with(end)) return true;
  }
  return false;
}

bool is_coordinate_name(std::string_view name) {
  static constexpr std::array<std::string_view, 11> kStarts = {
      "pelvis_", "hip_", "knee_", "ankle_", "subtalar_", "mtp_", "lumbar_", "arm_", "elbow_", "pro_sup", "wrist_"};
  // Joint moments and powers bear the coordinate's name and an ending.
  for (const std::string_view end : {"_moment", "_force", "_power", "_vel", "_acc", "_X", "_Y", "_Z"}) {
    if (name.ends_with(end)) return false;
  }
  return std::any_of(kStarts.begin(), kStarts.end(), [name](auto start) { return name.starts_with(start); });
}

bool is_patella_name(std::string_view name) {
  return name.starts_with("knee_angle_") && name.ends_with("_beta");
}

bool is_muscle_name(std::string_view name) {
  static constexpr std::array<std::string_view, 28> kWords = {
      "emg",      "tibialis", "dorsiflex", "gastroc",   "soleus",   "hamstring", "semitend",
      "semimemb", "biceps",   "triceps",   "vastus",    "rectus",   "glute",     "glutei",
      "deltoid",  "trapez",   "lumbars",   "erector",   "forearm m", "shoulder flexors", "peron",
      "adductor long", "pectoral", "latissimus", "voltage.l", "voltage.r", "rect fem", "tib ant"};
  const std::string low = base::lower(name);
  return std::any_of(kWords.begin(), kWords.end(), [&low](auto word) { return low.find(word) != low.npos; });
}

bool patella_in_radians(std::span<const double> patella, std::span<const double> knee_deg, bool otherwise) {
  double off_radians = 0;
  double off_degrees = 0;
  double size_deg = 0;
  for (std::size_t i = 0; i < patella.size() && i < knee_deg.size(); ++i) {
    if (std::isnan(patella[i]) || std::isnan(knee_deg[i])) continue;
    off_radians += std::abs(patella[i] - knee_deg[i] * std::numbers::pi / 180);
    off_degrees += std::abs(patella[i] - knee_deg[i]);
    size_deg += std::abs(knee_deg[i]);
  }
  // A column that copies the knee in neither unit tells nothing.
  if (size_deg == 0) return otherwise;
  if (off_radians < 0.05 * size_deg * std::numbers::pi / 180) return true;
  if (off_degrees < 0.05 * size_deg) return false;
  return otherwise;
}

}  // namespace kinemyo::io
