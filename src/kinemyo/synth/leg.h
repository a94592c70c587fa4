#pragma once

#include <Eigen/Geometry>

#include "kinemyo/body/full_body.h"

namespace kinemyo::synth {

/// Where a foot shall be, in ground. Units: m, rad.
struct FootTarget {
  Eigen::Vector3d ankle = Eigen::Vector3d::Zero();
  Eigen::Matrix3d rotation = Eigen::Matrix3d::Identity();
  double yaw = 0;
  double knee_yaw = 0;  ///< heading of the knee, about the vertical
};

/// Signs as in body::make_full_body. Units: rad.
struct LegAngles {
  double hip_flexion = 0, hip_adduction = 0, hip_rotation = 0, knee = 0, ankle = 0, subtalar = 0;
};

/// The angles that bring a foot to its target: hip and knee exactly as far as the leg reaches,
/// ankle and subtalar joint as near to the foot's orientation as two axes can.
LegAngles reach_foot(const body::Anthropometry& size, const Eigen::Matrix3d& pelvis,
                     const Eigen::Vector3d& hip, const FootTarget& target, bool right);

}  // namespace kinemyo::synth
