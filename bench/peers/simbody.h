#pragma once

#include <Eigen/Geometry>
#include <utility>
#include <vector>

#include "kinemyo/body/function.h"

// Simbody's headers are not C++20, so what is handed to it is C++17: bench/peers/simbody.cc.
namespace kinemyo::bench {

struct SimbodyAxis {
  bool turns = false;
  Eigen::Vector3d direction;
  int coordinate = -1;  ///< of the body's own; -1: constant
  body::Function function;
};
struct SimbodyBody {
  int parent = -1;  ///< -1: ground
  Eigen::Isometry3d on_parent, on_child;
  std::vector<SimbodyAxis> axes;  ///< translations first
  std::vector<std::pair<double, double>> ranges;  ///< one a coordinate of its own
};
struct SimbodyMarker {
  int body = 0;
  Eigen::Vector3d location;
  double weight = 0;
  int column = 0;  ///< its three numbers in a frame
};
/// A coordinate as a function of another: each by body and place in its ranges.
struct SimbodyCoupling {
  int dependent_body = 0, dependent = 0;
  int leading_body = 0, leading = 0;
  body::Function function;
};
struct SimbodyModel {
  std::vector<SimbodyBody> bodies;
  std::vector<SimbodyMarker> markers;
  std::vector<SimbodyCoupling> couplings;
};
struct SimbodyResult {
  double seconds = 0;
  double cost = 0;
  std::vector<std::vector<double>> coordinates;  ///< of every frame but the first, in the order of `start`
};

/// Tracks frames 1 and on from a start at frame 0, as OpenSim sets up its inverse kinematics: ranges of clamped coordinates,
/// couplings as constraints that are met exactly (constraint_weight Infinity).
SimbodyResult run_simbody(const SimbodyModel& model, const std::vector<std::vector<double>>& frames,
                          const std::vector<double>& start, double accuracy);

}  // namespace kinemyo::bench
