#include "kinemyo/features/landmark_points.h"

#include <Eigen/Geometry>
#include <algorithm>

#include "kinemyo/body/full_body.h"

namespace kinemyo::features {

namespace {

using Eigen::Vector2d;
using Eigen::Vector3d;

// Along the line from ankle to toes and up from it towards the knee, as shares of that line.
Vector2d share(const FootMarkers& foot, const Vector3d& offset) {
  const Vector3d along = foot.toes - foot.ankle, up = foot.knee - foot.ankle;
  const double length = along.norm();
  const Vector3d upwards = (up - up.dot(along) / (length * length) * along).normalized();
  return {offset.dot(along) / (length * length), offset.dot(upwards) / length};
}

Vector3d from_share(const FootMarkers& foot, const Vector2d& part) {
  const Vector3d along = foot.toes - foot.ankle, up = foot.knee - foot.ankle;
  const double length = along.norm();
  const Vector3d upwards = (up - up.dot(along) / (length * length) * along).normalized();
  return part[0] * along + part[1] * length * upwards;
}

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
    return FootShares{share(foot, heel - foot.ankle), share(foot, tip - foot.ankle), share(foot, heel - at("L.FootHeel"))};
  }();
  return shares;
}

}  // namespace

Vector3d hip_landmark(const PelvisMarkers& pelvis, bool right) {
  const Vector3d front = 0.5 * (pelvis.left_asis + pelvis.right_asis), back = 0.5 * (pelvis.left_psis + pelvis.right_psis);
  const Vector3d across = pelvis.right_asis - pelvis.left_asis;
  const double width = across.norm(), depth = (front - back).norm();
  const Vector3d z = across / width, deep = front - back, x = (deep - deep.dot(z) * z).normalized(), y = z.cross(x);
  return front + (-0.24 * depth - 0.0099) * x + (-0.30 * width - 0.0109) * y + (right ? 1 : -1) * (0.33 * width + 0.0073) * z;
}

Vector3d heel_landmark(const FootMarkers& foot) { return foot.ankle + from_share(foot, foot_shares().heel); }
Vector3d foot_index_landmark(const FootMarkers& foot) { return foot.ankle + from_share(foot, foot_shares().tip); }
Vector3d heel_landmark(const FootMarkers& foot, const Vector3d& heel_marker) { return heel_marker + from_share(foot, foot_shares().heel_below_marker); }

}  // namespace kinemyo::features
