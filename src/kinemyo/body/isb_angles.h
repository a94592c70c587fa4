#pragma once

#include <Eigen/Core>
#include <string>
#include <vector>

#include "kinemyo/motion/series.h"

namespace kinemyo::body {

/// Joint angles by anatomical landmarks.
struct IsbAngles {
  motion::Series angles;
  /// Joints that are left out, each with the landmarks that it lacks: "LElbow (L.WristMedial)".
  std::vector<std::string> left_out;
};

/// Joint angles as the International Society of Biomechanics recommends: hip, knee, ankle and elbow
/// about the proximal z, the floating x and the distal y axis; shoulder (humerus in thorax) about
/// y, x, y.
/// Shape: frames x channels of three angles on the markers' clock: LHip, LKnee, LAnkle, LShoulder,
/// LElbow, RHip, ..., Thorax (in the pelvis), of those whose landmarks the markers have.
/// Units: rad.
/// Signs: flexion (knee too), dorsiflexion, adduction, inversion, internal rotation, pronation are
/// positive, on both sides; Thorax: extension, bending to the right, turning to the left. Shoulder:
/// plane of elevation (0 sideways, 90 degrees forward), elevation (negative), internal rotation.
/// Landmarks, by the names of the original's markers: LASIS RASIS LPSIS RPSIS and, with L. or R.
/// before, KneeLateral KneeMedial AnkleLateral AnkleMedial ToeLateral ToeMedial (FootHeel, else the
/// ankle's centre), ShoulderFront ShoulderRear (the humerus' head lies between), LowerArmLateral
/// LowerArmMedial WristLateral WristMedial; of the thorax C7 CLAV STRN T10.
/// `standing`: frames of upright standing in which the ankle is at 0; empty: the foot as its
/// markers lie.
/// Missing: a joint is NaN where one of its landmarks is.
/// Throws Error where the markers show no joint at all.
/// Source: Wu 2002, doi 10.1016/S0021-9290(01)00222-6; Wu 2005, doi 10.1016/j.jbiomech.2004.05.042;
/// knee Grood and Suntay 1983, doi 10.1115/1.3138397; hip centre Bell, Pedersen and Brand 1990, doi
/// 10.1016/0021-9290(90)90054-7.
IsbAngles isb_angles(const motion::Series& markers, const motion::Series& standing = {});

/// Angles (a, b, c) with rotation = Ry(a) Rx(b) Ry(c), b from -180 degrees to 0. Where b is 0 or
/// 180 degrees, c is 0.
Eigen::Vector3d yxy_angles(const Eigen::Matrix3d& rotation);

}  // namespace kinemyo::body
