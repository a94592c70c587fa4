#include "kinemyo/serve/vmc.h"

#include <Eigen/Geometry>
#include <cmath>
#include <optional>

#include "kinemyo/serve/osc.h"

namespace kinemyo::serve {

namespace {

using Eigen::Matrix3d;
using Eigen::Vector3d;
using Maybe = std::optional<Matrix3d>;

const Vector3d kRight(1, 0, 0), kUp(0, 1, 0), kForward(0, 0, 1);

// Landmarks in Unity's axes; NaN where one is missing.
class Body {
 public:
  explicit Body(const motion::LandmarkPoints& points) : points_(points) {}
  Vector3d at(std::size_t i) const { return {points_[i][2], points_[i][1], points_[i][0]}; }
  Vector3d middle(std::size_t a, std::size_t b) const { return 0.5 * (at(a) + at(b)); }

 private:
  const motion::LandmarkPoints& points_;
};

// Axes made of a direction and another one beside it.
Maybe axes(const Vector3d& first, const Vector3d& beside) {
  const Vector3d third = first.cross(beside);
  if (!third.allFinite() || !(third.norm() > 1e-3 * first.norm() * beside.norm())) return std::nullopt;
  Matrix3d out;
  out.col(0) = first.normalized();
  out.col(2) = third.normalized();
  out.col(1) = out.col(2).cross(out.col(0));
  return out;
}

// The turn from the T-pose, where the two directions were `first` and `beside`.
Maybe turn(const Vector3d& first, const Vector3d& beside, const Vector3d& first_now, const Vector3d& beside_now) {
  const auto now = axes(first_now, beside_now);
  if (!now) return std::nullopt;
  return Matrix3d(*now * axes(first, beside)->transpose());
}

}  // namespace

std::vector<BoneTurn> bones_of(const motion::LandmarkPoints& points) {
  const Body body(points);
  std::vector<BoneTurn> out;
  const auto add = [&](const char* name, const Maybe& parent, const Maybe& global, const Vector3d& place = Vector3d::Zero()) {
    if (!parent || !global) return;
    const Eigen::Quaterniond local(Matrix3d(parent->transpose() * *global));
    out.push_back({name, {local.x(), local.y(), local.z(), local.w()}, {place.x(), place.y(), place.z()}});
  };
  const Vector3d hips = body.middle(23, 24), shoulders = body.middle(11, 12), ears = body.middle(7, 8);
  const Vector3d across_hips = body.at(24) - body.at(23), across_shoulders = body.at(12) - body.at(11);
  const Vector3d up = shoulders - hips;
  const auto pelvis = turn(kRight, kUp, across_hips, up);
  const auto chest = turn(kUp, kRight, up, across_shoulders);
  add("Hips", Matrix3d::Identity(), pelvis, hips);
  add("Spine", pelvis, chest);
  add("Head", chest, turn(kRight, kForward, body.at(8) - body.at(7), body.at(0) - ears));
  for (const bool right : {false, true}) {
    const std::size_t s = right ? 1 : 0;
    const Vector3d shoulder = body.at(11 + s), elbow = body.at(13 + s), wrist = body.at(15 + s);
    const Vector3d hip = body.at(23 + s), knee = body.at(25 + s), ankle = body.at(27 + s), heel = body.at(29 + s), toe = body.at(31 + s);
    const auto thigh = turn(-kUp, kRight, knee - hip, across_hips);
    const auto shank = turn(-kUp, kRight, ankle - knee, across_hips);
    add(right ? "RightUpperLeg" : "LeftUpperLeg", pelvis, thigh);
    add(right ? "RightLowerLeg" : "LeftLowerLeg", thigh, shank);
    add(right ? "RightFoot" : "LeftFoot", shank, turn(kForward, kRight, toe - heel, across_hips));
    if (!chest) continue;
    // The elbow bends forward in the T-pose; where it is straight, nothing tells the arm's twist, and the chest does.
    const Vector3d outward = right ? kRight : Vector3d(-kRight);
    const Vector3d upper = elbow - shoulder, fore = wrist - elbow;
    const bool bent = upper.cross(fore).norm() > 0.25 * upper.norm() * fore.norm();
    const auto arm = bent ? turn(outward, kForward, upper, fore) : turn(outward, kForward, upper, *chest * kForward);
    add(right ? "RightUpperArm" : "LeftUpperArm", chest, arm);
    if (arm) add(right ? "RightLowerArm" : "LeftLowerArm", arm, turn(outward, kUp, fore, *arm * kUp));
  }
  return out;
}

std::string vmc_packet(double time_s, const motion::LandmarkPoints& points) {
  OscBundle bundle;
  const auto f = [](double v) { return static_cast<float>(v); };
  const auto bones = bones_of(points);
  bundle.add("/VMC/Ext/OK", {std::int32_t{bones.empty() ? 0 : 1}});
  bundle.add("/VMC/Ext/T", {f(time_s)});
  bundle.add("/VMC/Ext/Root/Pos", {std::string_view("root"), 0.f, 0.f, 0.f, 0.f, 0.f, 0.f, 1.f});
  for (const auto& bone : bones) {
    bundle.add("/VMC/Ext/Bone/Pos", {std::string_view(bone.name), f(bone.place_m[0]), f(bone.place_m[1]), f(bone.place_m[2]), f(bone.turn[0]),
                                     f(bone.turn[1]), f(bone.turn[2]), f(bone.turn[3])});
  }
  return bundle.bytes();
}

}  // namespace kinemyo::serve
