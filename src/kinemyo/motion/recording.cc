#include "kinemyo/motion/recording.h"

namespace kinemyo::motion {

std::string_view to_string(UpAxis axis) {
  switch (axis) {
    case UpAxis::x: return "X up";
    case UpAxis::y: return "Y up";
    case UpAxis::z: return "Z up";
    case UpAxis::unknown: return "up axis not stated";
  }
  return "unknown";
}

const Series* Recording::find(Quantity quantity) const {
  for (const auto& one : series) {
    if (one.quantity() == quantity) return &one;
  }
  return nullptr;
}

Series* Recording::find(Quantity quantity) {
  for (auto& one : series) {
    if (one.quantity() == quantity) return &one;
  }
  return nullptr;
}

std::string to_string(const TrialKey& key) {
  return key.subject + "/" + key.activity + "/" + key.trial;
}

}  // namespace kinemyo::motion
