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
struct SimbodyModel {
  std::vector<SimbodyBody> bodies;
  std::vector<SimbodyMarker> markers;
};
struct SimbodyResult {
  double seconds = 0;
  double cost = 0;
};

/// Tracks frames 1 and on from a start at frame 0, as OpenSim sets up its inverse kinematics.
SimbodyResult run_simbody(const SimbodyModel& model, const std::vector<std::vector<double>>& frames,
                          const std::vector<double>& start, double accuracy);

}  // namespace kinemyo::bench
