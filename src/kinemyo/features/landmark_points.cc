#include "kinemyo/features/landmark_points.h"

#include <Eigen/Geometry>
#include <algorithm>

#include "kinemyo/body/full_body.h"

namespace kinemyo::features {

namespace {

using Eigen::Vector2d;
using Eigen::Vector3d;

// From ankle to toes, and as far up from there towards the knee.
struct FootAxes {
  Vector3d along, up;
  explicit FootAxes(const FootMarkers& foot) : along(foot.toes - foot.ankle) {
    const Vector3d shank = foot.knee - foot.ankle;
    up = along.norm() * (shank - shank.dot(along) / along.squaredNorm() * along).normalized();
  }
  Vector2d share(const Vector3d& offset) const { return Vector2d(offset.dot(along), offset.dot(up)) / along.squaredNorm(); }
  Vector3d offset(const Vector2d& share) const { return share[0] * along + share[1] * up; }
};

struct FootShares {
  Vector2d heel, tip;           // from the ankle
  Vector2d heel_below_marker;   // from the marker on the heel
};

// Of our own body, standing.
const FootShares& foot_shares() {
  static const FootShares shares = [] {
    const auto size = body::Anthropometry::of_stature(1.75, 70);
    auto model = body::make_full_body(size);
    body::add_mediapipe_landmarks(model, size);
    const auto at = [&](const char* name) {
      auto pose = model.make_pose();
      model.place(model.neutral(), pose);
      const auto& markers = model.markers();
      const auto marker = std::find_if(markers.begin(), markers.end(), [&](const auto& one) { return one.name == name; });
      return Vector3d(pose.bodies[marker->body] * marker->location);
    };
    FootMarkers foot{at("LEFT_KNEE"), at("LEFT_ANKLE"), {}};
    const Vector3d heel = at("LEFT_HEEL"), tip = at("LEFT_FOOT_INDEX");
    model.clear_markers();
    body::add_original_markers(model, size);
    foot.toes = 0.5 * (at("L.ToeLateral") + at("L.ToeMedial"));
    const FootAxes axes(foot);
    return FootShares{axes.share(heel - foot.ankle), axes.share(tip - foot.ankle), axes.share(heel - at("L.FootHeel"))};
  }();
  return shares;
}

}  // namespace

Vector3d hip_in_pelvis(double width, double depth, bool right) {
  return {-0.24 * depth - 0.0099, -0.30 * width - 0.0109, (right ? 1 : -1) * (0.33 * width + 0.0073)};
}

Vector3d hip_landmark(const PelvisMarkers& pelvis, bool right) {
  const Vector3d front = 0.5 * (pelvis.left_asis + pelvis.right_asis), back = 0.5 * (pelvis.left_psis + pelvis.right_psis);
  const Vector3d across = pelvis.right_asis - pelvis.left_asis, deep = front - back;
  Eigen::Matrix3d axes;
  axes.col(2) = across.normalized();
  axes.col(0) = (deep - deep.dot(axes.col(2)) * axes.col(2)).normalized();
  axes.col(1) = axes.col(2).cross(axes.col(0));
  return front + axes * hip_in_pelvis(across.norm(), deep.norm(), right);
}

Vector3d heel_landmark(const FootMarkers& foot) { return foot.ankle + FootAxes(foot).offset(foot_shares().heel); }
Vector3d foot_index_landmark(const FootMarkers& foot) { return foot.ankle + FootAxes(foot).offset(foot_shares().tip); }
Vector3d heel_landmark(const FootMarkers& foot, const Vector3d& heel_marker) { return heel_marker + FootAxes(foot).offset(foot_shares().heel_below_marker); }

}  // namespace kinemyo::features
