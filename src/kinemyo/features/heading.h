#pragma once

#include <span>
#include <vector>

#include "kinemyo/model/model.h"

namespace kinemyo::features {

/// Takes the heading away from a frame's target angles, or gives it back to a network's (channels with from_heading).
/// Where pelvis_tilt, pelvis_list and pelvis_rotation are all there, the pelvis as a whole is turned, so that tilt
/// and list too mean the same in every direction of walking; else pelvis_rotation alone is shifted.
/// Source: Rajagopal 2016, ground_pelvis: body-fixed rotations about Z (tilt), X (list), Y (rotation).
/// Units: rad. Missing: any of the three NaN makes all three NaN.
class HeadingTurn {
 public:
  explicit HeadingTurn(const std::vector<model::OutputChannel>& outputs);
  /// `turn_rad` about the vertical: minus the heading to take it away, plus to give it back. No allocation.
  void apply(double turn_rad, std::span<double> named) const;

 private:
  static constexpr std::size_t kNone = static_cast<std::size_t>(-1);
  std::size_t tilt_ = kNone, list_ = kNone, rotation_ = kNone;
};

}  // namespace kinemyo::features
