#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "kinemyo/body/inverse_dynamics.h"

namespace kinemyo::features {

/// What joints' muscles must do to move the limbs: inverse dynamics of an average adult (body::make_full_body) by a frame's joint
/// angles and their causal differences. Nothing pushes from outside: it is what limbs that swing need, and of a leg that stands
/// on the ground what it would need hanging. The pelvis stays where it is, tilted as the angles say.
/// Units: N m per kg of body mass. Missing: NaN while an angle that it takes is missing, and in the two frames after.
class JointMoments {
 public:
  /// The angles that have a moment: those that are coordinates of the body model, of legs, lumbar joint and arms (OpenSim's or
  /// Plug-in-Gait's names). None where there are none.
  static std::vector<std::string> of(const std::vector<std::string>& scalars);

  /// `names`: some of of(scalars). Throws Error when one of them is not.
  JointMoments(const std::vector<std::string>& scalars, const std::vector<std::string>& names, double rate_hz);
  /// Shape: a frame's scalars (rad) to one number a name. Cost: some microseconds; no allocation.
  void step(std::span<const double> scalars, std::span<float> out);
  void reset() { frames_ = 0; }

 private:
  struct Taken {
    std::size_t scalar = 0, coordinate = 0;
    double sign = 1;
  };
  body::InverseDynamics dynamics_;
  std::vector<Taken> taken_;
  std::vector<std::size_t> told_;  // coordinates
  double rate_hz_, mass_kg_ = 0;
  int frames_ = 0;  // without a gap, up to 3
  std::vector<double> angle_, velocity_, acceleration_, moment_;
};

}  // namespace kinemyo::features
