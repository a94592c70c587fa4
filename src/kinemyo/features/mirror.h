#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "kinemyo/features/features.h"
#include "kinemyo/model/model.h"

namespace kinemyo::features {

/// The same movement by a person mirrored left to right: twice the training data, and no side that a network knows
/// better. Only in the canonical frame, where the mirror stands along the body.
/// Missing: a marker without its opposite becomes NaN (unseen), a target without one NaN (not to be learned).
class Mirror {
 public:
  /// Throws Error unless the inputs are markers in the canonical frame, or angles alone.
  explicit Mirror(const model::Model& model);
  /// Shape: as make_example gives it, unscaled.
  Example apply(const Example& example) const;

 private:
  struct From {
    std::size_t column = 0;
    float sign = 0;  ///< 0: no opposite
  };
  std::vector<From> inputs_, outputs_;
  std::size_t masks_ = 0, after_masks_ = 0;  // the first input that is a mask, the first behind them
};

/// The channel on the other side: LASI of RASI, LEFT_HIP of RIGHT_HIP, knee_angle_l of knee_angle_r, "Left Lumbars" of
/// "Right Lumbars"; itself with sign 1 or -1 where it is the body's own (C7, pelvis_tilt, pelvis_list).
struct Opposite {
  std::string name;
  int sign = 1;
};
Opposite opposite_marker(const std::string& name);
/// Nothing where the name tells no side.
std::optional<Opposite> opposite_output(const std::string& name);

}  // namespace kinemyo::features
