#include "kinemyo/synth/leg.h"

#include <algorithm>
#include <cmath>

namespace kinemyo::synth {

using Eigen::Matrix3d;
using Eigen::Vector3d;

namespace {

// The subtalar axis of make_full_body, right side.
Vector3d subtalar_axis(const body::Model& model, bool right) {
  return model.joints()[*model.find_body(right ? "calcn_r" : "calcn_l")].axes.front().direction;
}

}  // namespace

LegAngles reach_foot(const body::Anthropometry& size, const Matrix3d& pelvis, const Vector3d& hip,
                     const FootTarget& target, bool right) {
  static const body::Model reference =
      body::make_full_body(body::Anthropometry::of_stature(1.7, 70));
  const double a = size.thigh;
  const double b = size.shank;
  const Vector3d line = target.ankle - hip;
  const double reach = std::clamp(line.norm(), std::abs(a - b) + 0.05 * a, 0.9995 * (a + b));
  LegAngles out;
  out.knee = M_PI - std::acos(std::clamp((a * a + b * b - reach * reach) / (2 * a * b), -1.0, 1.0));

  // A frame whose Y runs from the ankle to the hip and whose X points as the knee does.
  const Vector3d up = -line.normalized();
  const Vector3d forward(std::cos(target.knee_yaw), 0, -std::sin(target.knee_yaw));
  Matrix3d leg;
  leg.col(1) = up;
  leg.col(2) = forward.cross(up).normalized();
  leg.col(0) = leg.col(1).cross(leg.col(2));
  const double lead = std::asin(std::clamp(b * std::sin(out.knee) / reach, -1.0, 1.0));
  const bool folded = reach * reach + a * a < b * b;
  const Matrix3d femur =
      leg * Eigen::AngleAxisd(folded ? M_PI - lead : lead, Vector3d::UnitZ()).toRotationMatrix();
  const Vector3d angles = body::zxy_angles(pelvis.transpose() * femur);
  out.hip_flexion = angles.x();
  out.hip_adduction = right ? angles.y() : -angles.y();
  out.hip_rotation = right ? angles.z() : -angles.z();

  const Matrix3d tibia = femur * Eigen::AngleAxisd(-out.knee, Vector3d::UnitZ()).toRotationMatrix();
  const Matrix3d wanted = tibia.transpose() * target.rotation;
  const Vector3d oblique = subtalar_axis(reference, right);
  // Gauss-Newton on what is left of the sole's slope; where the toes point is not corrected.
  for (int i = 0; i < 6; ++i) {
    const Matrix3d turned = Eigen::AngleAxisd(out.subtalar, oblique).toRotationMatrix();
    const Matrix3d made =
        Eigen::AngleAxisd(out.ankle, Vector3d::UnitZ()).toRotationMatrix() * turned;
    const Eigen::AngleAxisd left(Matrix3d(made.transpose() * wanted));
    const Eigen::Vector2d rest(left.angle() * left.axis().x(), left.angle() * left.axis().z());
    const Vector3d by_ankle = turned.transpose() * Vector3d::UnitZ();
    Eigen::Matrix2d slope;
    slope << by_ankle.x(), oblique.x(), by_ankle.z(), oblique.z();
    const Eigen::Vector2d step = slope.inverse() * rest;
    out.ankle = std::clamp(out.ankle + step.x(), -1.05, 0.78);
    out.subtalar = std::clamp(out.subtalar + step.y(), -0.6, 0.6);
  }
  return out;
}

}  // namespace kinemyo::synth
