#pragma once

#include <Eigen/Core>

namespace kinemyo::features {

// Where a pose estimator sees hips, heels and tips of the feet, told from physical markers: the mean of the markers near them is
// another point (a hip lies a hand's breadth below the spines of its side). Missing: NaN gives NaN. No allocation.

/// Middles of the iliac spines. Units: m, any axes.
struct PelvisMarkers {
  Eigen::Vector3d left_asis, right_asis, left_psis, right_psis;  ///< a sacrum marker stands for both PSIS
};
/// The hip's centre from the middle between the anterior spines, in the pelvis' axes (forward, up, to the right). Units: m;
/// width between the anterior spines, depth from between them to between the posterior ones.
/// Source: Harrington 2007, doi 10.1016/j.jbiomech.2006.02.003.
Eigen::Vector3d hip_in_pelvis(double width, double depth, bool right);
/// The hip's centre, by hip_in_pelvis().
Eigen::Vector3d hip_landmark(const PelvisMarkers& pelvis, bool right);

/// Of one side. Units: m, any axes.
struct FootMarkers {
  Eigen::Vector3d knee, ankle;  ///< between the joint's two sides
  Eigen::Vector3d toes;         ///< between the heads of the first and fifth metatarsal
};
/// The back of the heel near the sole, and the tip of the great toe, by the proportions of body::make_full_body.
Eigen::Vector3d heel_landmark(const FootMarkers& foot);
Eigen::Vector3d foot_index_landmark(const FootMarkers& foot);
/// The same from a marker on the heel, which is higher.
Eigen::Vector3d heel_landmark(const FootMarkers& foot, const Eigen::Vector3d& heel_marker);

}  // namespace kinemyo::features
