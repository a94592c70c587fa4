#pragma once

#include <Eigen/Core>

#include "bench/accuracy/accuracy.h"

// The walking people of biomechzoo.
namespace kinemyo::bench {

struct Walk {
  std::string person, trial;
  motion::Series standing, markers, angles;  ///< as in the files: Z up, mostly
  std::map<std::string, double> standing_measures, measures;
  Eigen::Vector3d up;
};

/// Every Straight and Turn trial with the person's Static one, people in order.
std::vector<Walk> read_walks();

inline constexpr const char* kJoints[] = {"LHipAngles", "RHipAngles", "LKneeAngles", "RKneeAngles", "LAnkleAngles", "RAnkleAngles"};

/// Of a joint's angle in a plane, where both are there.
double rms_deg(const motion::Series& got, const motion::Series& wanted, const std::string& channel, std::size_t plane);
/// Mean of hip flexion, knee flexion and ankle dorsiflexion over both sides.
double sagittal_deg(const motion::Series& got, const motion::Series& wanted);
double mean(const std::vector<double>& values);

}  // namespace kinemyo::bench
