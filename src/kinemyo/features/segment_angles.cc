#include "kinemyo/features/segment_angles.h"

#include <Eigen/Geometry>
#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "kinemyo/base/text.h"
#include "kinemyo/body/chain.h"
#include "kinemyo/body/plug_in_gait.h"
#include "kinemyo/features/channels.h"
#include "kinemyo/features/landmark_points.h"

namespace kinemyo::features {

namespace {

using Eigen::Matrix3d;
using Eigen::Vector3d;
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
enum SegmentIndex : std::size_t { kPelvis, kTrunk, kFirstLimb };
enum LimbIndex : std::size_t { kThigh, kShank, kFoot, kUpperArm, kForearm, kLimbs };

// Shares of the leg's length, as body::complete_measures has them, from the marker beside a joint to its centre; a marker's radius
// is in them.
constexpr double kKneeHalf = 0.068, kAnkleHalf = 0.048;
// The sine of the bend from which on a knee tells its axis better than the pelvis does.
constexpr double kStraight = 0.15;
// From the acromion down to the shoulder's centre, as a share of the distance between acromia (Rab 2002, doi
// 10.1016/S0966-6362(01)00173-X).
constexpr double kShoulderDrop = 0.17;

// "r_thigh3", "L.Thigh", "RTHI2": any marker of a thigh's cluster.
bool is_on_thigh(const std::string& full_name, bool left) {
  const auto colon = full_name.rfind(':');
  const std::string name = base::lower(colon == std::string::npos ? full_name : full_name.substr(colon + 1));
  return !name.empty() && name[0] == (left ? 'l' : 'r') && (name.find("thi") != std::string::npos) && !is_computed_point(full_name);
}

// The mean of some markers; nothing where the set has none of them.
using Spot = std::vector<std::size_t>;

Vector3d unit_across(const Vector3d& v, const Vector3d& unit) { return (v - v.dot(unit) * unit).normalized(); }

// x forward, y as given, z as near to `right` as can be.
Matrix3d axes_up(const Vector3d& up, const Vector3d& right) {
  const Vector3d y = up.normalized(), z = unit_across(right, y);
  Matrix3d out;
  out << y.cross(z), y, z;
  return out;
}

// x as given, z as near to `right` as can be.
Matrix3d axes_forward(const Vector3d& forward, const Vector3d& right) {
  const Vector3d x = forward.normalized(), z = unit_across(right, x);
  Matrix3d out;
  out << x, z.cross(x), z;
  return out;
}

// Plug-in-Gait's axes (forward, left, up) as ours.
Matrix3d from_gait(const Matrix3d& axes) {
  Matrix3d out;
  out << axes.col(0), axes.col(2), -axes.col(1);
  return out;
}

// A length that does not change: its mean over the first frames that show it.
struct Length {
  double sum = 0;
  int frames = 0;
  void see(double value, int most) noexcept {
    if (value > 0) see_any(value, most);
  }
  void see_any(double value, int most) noexcept {
    if (!std::isfinite(value) || frames >= most) return;
    sum += value;
    ++frames;
  }
  double value() const noexcept { return frames > 0 ? sum / frames : kNaN; }
};

struct Limb {
  Spot knee_lateral, knee_medial, knee, ankle_lateral, ankle_medial, ankle, heel, toe, fifth, hip;
  Spot thigh_wand, shank_wand;  // Plug-in-Gait's
  Spot thigh;                   // whatever stands on the thigh between hip and knee
  Spot shoulder, elbow_lateral, elbow_medial, elbow, wrist_radius, wrist_ulna, wrist;
  bool gait = false;   // by Plug-in-Gait's geometry
  bool hinge = false;  // no medial markers: the knee's axis is found from how it bends
  Length leg_length;
  std::array<Length, 3> acromion;  // on the chest
  double turn_cos = 0, turn_sin = 0;  // from the markers on the thigh to the knee's axis, about the thigh: weighted sums
};

}  // namespace

struct SegmentAngles::State {
  std::size_t markers = 0;
  int calibration_frames = 0;
  Spot left_asis, right_asis, back, neck, sternum;
  std::array<Limb, 2> limbs;  // left, right
  bool trunk = false, pelvis_by_hips = false;
  Length pelvis_width, pelvis_depth, shoulder_width;
  std::vector<std::string> names;
  std::array<Segment, kSegments> segments;
  std::span<const double> raw;
  std::span<double> out;
  std::size_t next = 0;

  void look_up(std::span<const std::string> names);
  void give(double value) noexcept { out[next++] = value; }
  void give(const Vector3d& values) noexcept {
    for (const double value : values) give(value);
  }
  Vector3d at(const Spot& spot) const noexcept {
    if (spot.empty()) return Vector3d::Constant(kNaN);
    Vector3d sum = Vector3d::Zero();
    for (const auto marker : spot) sum += Vector3d(raw[3 * marker], raw[3 * marker + 1], raw[3 * marker + 2]);
    return sum / static_cast<double>(spot.size());
  }
  // Between two sides of a joint, or where the one point is.
  Vector3d middle(const Spot& lateral, const Spot& medial, const Spot& centre) const noexcept {
    if (!centre.empty()) return at(centre);
    return medial.empty() ? at(lateral) : Vector3d(0.5 * (at(lateral) + at(medial)));
  }
  Segment& limb_segment(std::size_t side, LimbIndex which) noexcept { return segments[kFirstLimb + side * kLimbs + which]; }
  void place_pelvis() noexcept;
  Vector3d hinge_axis(std::size_t side, const Vector3d& hip, const Vector3d& knee_lateral, const Vector3d& ankle_lateral) noexcept;
  void measure_leg(std::size_t side) noexcept;
  void leg(std::size_t side) noexcept;
  void trunk_angles(double heading_rad) noexcept;
  void arm(std::size_t side) noexcept;
};

void SegmentAngles::State::look_up(std::span<const std::string> known) {
  const auto spot = [&](std::initializer_list<const char*> wanted) {
    Spot out;
    for (const char* name : wanted) {
      if (const auto found = find_marker(known, name)) out.push_back(*found);
    }
    return out;
  };
  const auto first_of = [&](std::initializer_list<std::string> wanted) {
    for (const auto& name : wanted) {
      if (const auto found = find_marker(known, name)) return Spot{*found};
    }
    return Spot{};
  };
  markers = known.size();
  left_asis = spot({"LASIS"});
  right_asis = spot({"RASIS"});
  back = spot({"LPSIS", "RPSIS"});
  if (back.size() != 2) back = spot({"SACR"});
  neck = spot({"C7"});
  sternum = spot({"CLAV"});
  if (sternum.empty()) sternum = spot({"R_Sternum", "L_Sternum"});
  const bool pelvis = !left_asis.empty() && !right_asis.empty() && !back.empty();
  for (const std::size_t side : {0u, 1u}) {
    Limb& limb = limbs[side];
    const std::string s = side == 0 ? "L" : "R", key = side == 0 ? "LEFT_" : "RIGHT_", low = side == 0 ? "L_" : "r_";
    limb.knee_lateral = first_of({s + ".KneeLateral"});
    limb.knee_medial = first_of({s + ".KneeMedial"});
    limb.ankle_lateral = first_of({s + ".AnkleLateral"});
    limb.ankle_medial = first_of({s + ".AnkleMedial"});
    limb.heel = first_of({s + ".FootHeel", key + "HEEL"});
    limb.toe = first_of({s + "TOE", low + "toe"});
    limb.fifth = first_of({low + "5meta", s + ".ToeLateral"});
    if (limb.toe.empty()) {
      for (const auto& name : {s + ".ToeLateral", s + ".ToeMedial"}) {
        if (const auto found = find_marker(known, name)) limb.toe.push_back(*found);
      }
    }
    if (limb.toe.empty()) limb.toe = first_of({key + "FOOT_INDEX"});
    limb.thigh_wand = first_of({s + "THI"});
    limb.shank_wand = first_of({s + "TIB"});
    limb.shoulder = first_of({s + "ACR", key + "SHOULDER"});
    limb.elbow_lateral = first_of({s + ".LowerArmLateral"});
    limb.elbow_medial = first_of({s + ".LowerArmMedial"});
    limb.wrist_radius = first_of({s + "_wrist_radius", s + "WRA"});
    limb.wrist_ulna = first_of({s + "_wrist_ulna", s + "WRB"});
    if (limb.wrist_radius.empty()) {  // the original's do not say which bone: palms forward, the lateral one is the radius'
      limb.wrist_radius = first_of({s + ".WristLateral"});
      limb.wrist_ulna = first_of({s + ".WristMedial"});
    }
    if (limb.knee_lateral.empty()) limb.knee = first_of({key + "KNEE"});
    if (limb.ankle_lateral.empty()) limb.ankle = first_of({key + "ANKLE"});
    if (limb.elbow_lateral.empty()) limb.elbow = first_of({key + "ELBOW"});
    if (limb.wrist_radius.empty()) limb.wrist = first_of({key + "WRIST"});
    if (!pelvis) limb.hip = first_of({key + "HIP"});
    for (std::size_t m = 0; m < known.size(); ++m) {
      if (is_on_thigh(known[m], side == 0)) limb.thigh.push_back(m);
    }
    limb.gait = pelvis && limb.knee_medial.empty() && limb.ankle_medial.empty() && !limb.thigh_wand.empty() &&
                !limb.shank_wand.empty() && !limb.knee_lateral.empty() && !limb.ankle_lateral.empty() && !limb.toe.empty();
    limb.hinge = pelvis && !limb.gait && limb.knee_medial.empty() && !limb.knee_lateral.empty() && !limb.ankle_lateral.empty();
  }
  pelvis_by_hips = !pelvis && !limbs[0].hip.empty() && !limbs[1].hip.empty();
  trunk = (pelvis || pelvis_by_hips) && !limbs[0].shoulder.empty() && !limbs[1].shoulder.empty();
  if (!pelvis && !pelvis_by_hips) return;
  if (pelvis) names = {"pelvis_tilt", "pelvis_list", "pelvis_rotation"};
  for (const std::size_t side : {0u, 1u}) {
    const Limb& limb = limbs[side];
    const std::string s = side == 0 ? "_l" : "_r";
    const bool knee = !limb.knee_lateral.empty() || !limb.knee.empty(), ankle = !limb.ankle_lateral.empty() || !limb.ankle.empty();
    if (knee && ankle) {
      for (const char* name : {"hip_flexion", "hip_adduction", "hip_rotation", "knee_angle", "knee_adduction", "knee_rotation"}) {
        names.push_back(name + s);
      }
      if (!limb.toe.empty()) {
        if (limb.gait) {
          for (const char* name : {"ankle_angle", "ankle_adduction", "ankle_rotation"}) names.push_back(name + s);
        }
        if (!limb.heel.empty()) {
          names.push_back((limb.gait ? "ankle_heel_toe" : "ankle_angle") + s);
          if (!limb.gait) {
            names.push_back("ankle_rotation" + s);
            names.push_back("ankle_toe" + s);
          }
          if (!limb.fifth.empty()) names.push_back("subtalar_angle" + s);
        }
      }
    }
  }
  if (!trunk) return;
  for (const char* name : {"lumbar_extension", "lumbar_bending", "lumbar_rotation", "trunk_tilt", "trunk_list", "trunk_rotation"}) {
    names.emplace_back(name);
  }
  if (!neck.empty() && !sternum.empty()) names.emplace_back("lumbar_thorax");
  for (const std::size_t side : {0u, 1u}) {
    const Limb& limb = limbs[side];
    const std::string s = side == 0 ? "_l" : "_r";
    const bool elbow = !limb.elbow_lateral.empty() || !limb.elbow.empty();
    const bool wrist = !limb.wrist_radius.empty() || !limb.wrist.empty();
    if (!elbow || !wrist) continue;
    const bool turns = !limb.elbow_medial.empty();
    for (const char* name : {"arm_flex", "arm_add"}) names.push_back(name + s);
    names.push_back("arm_rot" + s);
    names.push_back("elbow_flex" + s);
    if (turns && !limb.wrist_ulna.empty()) names.push_back("pro_sup" + s);
  }
}

// By the iliac spines; of keypoints, upright over the line between the hips.
void SegmentAngles::State::place_pelvis() noexcept {
  Segment& pelvis = segments[kPelvis];
  if (pelvis_by_hips) {
    const Vector3d left = at(limbs[0].hip), right = at(limbs[1].hip);
    pelvis.origin = 0.5 * (left + right);
    const Vector3d z = (right - left).normalized(), y = unit_across(Vector3d::UnitY(), z);
    pelvis.axes << y.cross(z), y, z;
    return;
  }
  const Vector3d left = at(left_asis), right = at(right_asis);
  pelvis.origin = 0.5 * (left + right);
  const Vector3d z = (right - left).normalized(), x = unit_across(pelvis.origin - at(back), z);
  pelvis.axes << x, z.cross(x), z;
  pelvis_width.see((right - left).norm(), calibration_frames);
  pelvis_depth.see((pelvis.origin - at(back)).norm(), calibration_frames);
}

// The axis about which a knee bends, to the right. Bent, it is square to thigh and shank; straight, the markers on the thigh tell
// it, which keep their turn from it (a running mean over the frames so far, of which those count that bend).
Vector3d SegmentAngles::State::hinge_axis(std::size_t side, const Vector3d& hip, const Vector3d& knee_lateral, const Vector3d& ankle_lateral) noexcept {
  Limb& limb = limbs[side];
  const double s = side == 0 ? -1 : 1;
  const Vector3d pelvis_right = segments[kPelvis].axes.col(2);
  const Vector3d thigh_marker = at(limb.thigh);
  Vector3d right = pelvis_right;
  for (int round = 0; round < 3; ++round) {
    const Vector3d knee = knee_lateral - s * kKneeHalf * limb.leg_length.value() * right;
    const Vector3d ankle = ankle_lateral - s * kAnkleHalf * limb.leg_length.value() * right;
    const Vector3d up = (hip - knee).normalized();
    const Vector3d bend = (knee - ankle).normalized().cross(up);  // to the right where the knee bends backwards; its length is the sine
    const Vector3d straight = unit_across(right, up);
    const Vector3d forward = straight.cross(up);
    if (limb.thigh.empty()) {
      right = unit_across(bend.dot(straight) > 0 ? Vector3d(kStraight * pelvis_right + bend.norm() * bend) : pelvis_right, up);
      continue;
    }
    // Turns about the thigh, from the direction of its markers.
    const auto turn = [&](const Vector3d& v) { return std::atan2(v.dot(forward), v.dot(straight)); };
    const double from = turn(s * (thigh_marker - knee));
    if (round == 0) {
      const double to_pelvis = turn(pelvis_right) - from;
      if (std::isfinite(to_pelvis)) {
        limb.turn_cos += kStraight * kStraight * std::cos(to_pelvis);
        limb.turn_sin += kStraight * kStraight * std::sin(to_pelvis);
      }
      const double to_axis = turn(bend) - from, weight = bend.dot(pelvis_right) > 0 ? bend.squaredNorm() : 0;
      if (std::isfinite(to_axis)) {
        limb.turn_cos += weight * std::cos(to_axis);
        limb.turn_sin += weight * std::sin(to_axis);
      }
    }
    const double to = from + std::atan2(limb.turn_sin, limb.turn_cos);
    right = std::cos(to) * straight + std::sin(to) * forward;
  }
  return right;
}

void SegmentAngles::State::measure_leg(std::size_t side) noexcept {
  Limb& limb = limbs[side];
  if (!limb.gait) return;
  const Vector3d asis = at(side == 0 ? left_asis : right_asis), knee = at(limb.knee_lateral), ankle = at(limb.ankle_lateral);
  limb.leg_length.see((asis - knee).norm() + (knee - ankle).norm(), calibration_frames);
}

void SegmentAngles::State::leg(std::size_t side) noexcept {
  Limb& limb = limbs[side];
  if ((limb.knee_lateral.empty() && limb.knee.empty()) || (limb.ankle_lateral.empty() && limb.ankle.empty())) return;
  const double s = side == 0 ? -1 : 1;  // flips what counts towards the body's middle
  const Segment& pelvis = segments[kPelvis];
  Segment &thigh = limb_segment(side, kThigh), &shank = limb_segment(side, kShank), &foot = limb_segment(side, kFoot);
  const Vector3d toe = at(limb.toe), heel = at(limb.heel);
  Vector3d ankle_at = Vector3d::Constant(kNaN);
  Vector3d ankle = Vector3d::Zero();  // Plug-in-Gait's, less what a static trial would tell of the foot
  const Vector3d knee_lateral = at(limb.knee_lateral), ankle_lateral = at(limb.ankle_lateral);
  if (limb.gait) {
    body::GaitMeasures measures;
    measures.marker_diameter = 0.014;
    measures.inter_asis = pelvis_width.value();
    for (const std::size_t i : {0u, 1u}) {
      const double own = limb.leg_length.value(), length = limbs[i].leg_length.value();
      measures.leg_length[i] = std::isfinite(length) ? length : own;
    }
    const double mean_leg = 0.5 * (measures.leg_length[0] + measures.leg_length[1]);
    measures.knee_width = {0.12 * mean_leg, 0.12 * mean_leg};  // as body::complete_measures
    measures.ankle_width = {0.08 * mean_leg, 0.08 * mean_leg};
    const auto placed = body::place_gait_leg({at(left_asis), at(right_asis), at(back), at(limb.thigh_wand), knee_lateral,
                                              at(limb.shank_wand), ankle_lateral, toe}, measures, side);
    thigh = {placed.hip, from_gait(placed.femur)};
    shank = {placed.knee, from_gait(placed.tibia)};
    foot = {placed.ankle, axes_forward(toe - placed.ankle, shank.axes.col(2))};
    const Matrix3d r = placed.tibia.transpose() * placed.foot;
    ankle = {-std::atan2(r(0, 2), r(2, 2)) - std::numbers::pi / 2, s * std::atan2(r(1, 0), r(1, 1)), s * std::asin(std::clamp(-r(1, 2), -1.0, 1.0))};
  } else {
    Vector3d hip = at(limb.hip);
    if (limb.hip.empty()) hip = pelvis.origin + pelvis.axes * hip_in_pelvis(pelvis_width.value(), pelvis_depth.value(), side == 1);
    Vector3d knee = middle(limb.knee_lateral, limb.knee_medial, limb.knee);
    Vector3d ankle_centre = middle(limb.ankle_lateral, limb.ankle_medial, limb.ankle);
    Vector3d right_of_knee = limb.knee_medial.empty() ? pelvis.axes.col(2) : Vector3d(s * (knee_lateral - at(limb.knee_medial)));
    if (limb.hinge) {
      const Vector3d asis = at(side == 0 ? left_asis : right_asis);
      limb.leg_length.see((asis - knee_lateral).norm() + (knee_lateral - ankle_lateral).norm(), calibration_frames);
      right_of_knee = hinge_axis(side, hip, knee_lateral, ankle_lateral);
      knee -= s * kKneeHalf * limb.leg_length.value() * right_of_knee;
      ankle_centre -= s * kAnkleHalf * limb.leg_length.value() * right_of_knee;
    }
    const Vector3d right_of_ankle = limb.ankle_medial.empty() ? right_of_knee : Vector3d(s * (ankle_lateral - at(limb.ankle_medial)));
    ankle_at = ankle_centre;
    thigh = {hip, axes_up(hip - knee, right_of_knee)};
    shank = {knee, axes_up(knee - ankle_centre, right_of_ankle)};
    const bool sole = !limb.fifth.empty() && limb.fifth != limb.toe;
    foot = {heel, axes_forward(toe - heel, sole ? Vector3d(s * (at(limb.fifth) - toe)) : shank.axes.col(2))};
  }
  // Rotations about Z (right), X (forward), Y (up): what is flexion, adduction and internal rotation of the right leg.
  const auto joint = [&](const Segment& parent, const Segment& child) {
    const Vector3d a = body::zxy_angles(parent.axes.transpose() * child.axes);
    return Vector3d(a[0], s * a[1], s * a[2]);
  };
  give(joint(pelvis, thigh));
  Vector3d knee = joint(thigh, shank);
  knee[0] = -knee[0];
  give(knee);
  if (limb.toe.empty()) return;
  // The long axis of the foot in the shank: dorsiflexion, and turning inwards.
  const auto pointing = [&](const Vector3d& along, double& dorsiflexion, double& inwards) {
    const Vector3d x = shank.axes.transpose() * along.normalized();
    dorsiflexion = std::atan2(x[1], x[0]);
    inwards = -s * std::asin(std::clamp(x[2], -1.0, 1.0));
  };
  double dorsiflexion = 0, inwards = 0;
  if (limb.gait) give(ankle);
  if (limb.heel.empty()) return;
  pointing(toe - heel, dorsiflexion, inwards);
  give(dorsiflexion);
  if (!limb.gait) {
    give(inwards);
    pointing(toe - ankle_at, dorsiflexion, inwards);
    give(dorsiflexion);
  }
  if (!limb.fifth.empty()) {
    const Vector3d lying = shank.axes.transpose() * foot.axes.col(2);
    give(s * std::atan2(lying[1], lying[2]));
  }
}

void SegmentAngles::State::trunk_angles(double heading_rad) noexcept {
  if (!trunk) return;
  const Segment& pelvis = segments[kPelvis];
  Segment& chest = segments[kTrunk];
  const Vector3d left = at(limbs[0].shoulder), right = at(limbs[1].shoulder);
  const Vector3d middle = 0.5 * (left + right);
  shoulder_width.see((right - left).norm(), calibration_frames);
  // From between the hips, which no tilt of the pelvis moves much, to between the shoulders. Raised arms lift the acromia, and not
  // the top of the chest.
  const Vector3d hips = 0.5 * (limb_segment(0, kThigh).origin + limb_segment(1, kThigh).origin);
  const Vector3d top = neck.empty() || sternum.empty() ? middle : Vector3d(0.5 * (at(neck) + at(sternum)));
  chest = {top, axes_up(middle - hips, right - left)};
  const Matrix3d heading = Eigen::AngleAxisd(heading_rad, Vector3d::UnitY()).toRotationMatrix();
  give(body::zxy_angles(pelvis.axes.transpose() * chest.axes));
  give(body::zxy_angles(heading.transpose() * chest.axes));
  if (neck.empty() || sternum.empty()) return;
  const Vector3d forward = pelvis.axes.transpose() * (at(sternum) - at(neck));
  give(std::atan2(forward[1], forward[0]));
}

void SegmentAngles::State::arm(std::size_t side) noexcept {
  Limb& limb = limbs[side];
  if ((limb.elbow_lateral.empty() && limb.elbow.empty()) || (limb.wrist_radius.empty() && limb.wrist.empty())) return;
  const double s = side == 0 ? -1 : 1;
  const Segment& chest = segments[kTrunk];
  Segment &upper = limb_segment(side, kUpperArm), &fore = limb_segment(side, kForearm);
  // The joint's centre lies below where the acromion usually is on the chest.
  Vector3d shoulder = at(limb.shoulder);
  if (limb.elbow.empty()) {
    const Vector3d on_chest = chest.axes.transpose() * (shoulder - chest.origin);
    for (std::size_t c = 0; c < 3; ++c) limb.acromion[c].see_any(on_chest[static_cast<Eigen::Index>(c)], calibration_frames);
    const Vector3d usual(limb.acromion[0].value(), limb.acromion[1].value() - kShoulderDrop * shoulder_width.value(), limb.acromion[2].value());
    shoulder = chest.origin + chest.axes * usual;
  }
  const Vector3d elbow = middle(limb.elbow_lateral, limb.elbow_medial, limb.elbow);
  const Vector3d wrist = middle(limb.wrist_radius, limb.wrist_ulna, limb.wrist);
  const bool turns = !limb.elbow_medial.empty();
  Vector3d right = turns ? Vector3d(s * (at(limb.elbow_lateral) - at(limb.elbow_medial))) : chest.axes.col(2);
  upper = {shoulder, axes_up(shoulder - elbow, right)};
  if (!turns) {  // bent, the forearm tells how the upper arm is turned
    const Vector3d axis = (elbow - wrist).cross(shoulder - elbow);
    const double bent = axis.norm() / ((elbow - wrist).norm() * (shoulder - elbow).norm());
    if (bent > 0.17) {
      right = axis;
      upper.axes = axes_up(shoulder - elbow, right);
    }
  }
  const bool palm = !limb.wrist_ulna.empty();
  fore = {elbow, axes_up(elbow - wrist, palm ? Vector3d(s * (at(limb.wrist_radius) - at(limb.wrist_ulna))) : upper.axes.col(2))};
  const Vector3d a = body::zxy_angles(chest.axes.transpose() * upper.axes);
  give(Vector3d(a[0], s * a[1], s * a[2]));
  const Vector3d e = body::zxy_angles(upper.axes.transpose() * fore.axes);
  give(e[0]);
  if (turns && palm) give(s * e[2]);
}

SegmentAngles::SegmentAngles(std::span<const std::string> markers, int calibration_frames) : state_(std::make_unique<State>()) {
  state_->calibration_frames = std::max(1, calibration_frames);
  state_->look_up(markers);
  reset();
}
SegmentAngles::~SegmentAngles() = default;
SegmentAngles::SegmentAngles(SegmentAngles&&) noexcept = default;
SegmentAngles& SegmentAngles::operator=(SegmentAngles&&) noexcept = default;

const std::vector<std::string>& SegmentAngles::names() const { return state_->names; }
const std::array<SegmentAngles::Segment, SegmentAngles::kSegments>& SegmentAngles::segments() const { return state_->segments; }

void SegmentAngles::reset() noexcept {
  State& s = *state_;
  s.pelvis_width = s.pelvis_depth = s.shoulder_width = {};
  for (auto& limb : s.limbs) {
    limb.leg_length = {};
    limb.acromion = {};
    limb.turn_cos = limb.turn_sin = 0;
  }
  s.segments.fill({Vector3d::Constant(kNaN), Matrix3d::Constant(kNaN)});
}

void SegmentAngles::step(std::span<const double> raw, double heading_rad, std::span<double> out) noexcept {
  State& s = *state_;
  if (s.names.empty()) return;
  s.raw = raw;
  s.out = out;
  s.next = 0;
  s.place_pelvis();
  if (!s.pelvis_by_hips) {
    const Matrix3d heading = Eigen::AngleAxisd(heading_rad, Vector3d::UnitY()).toRotationMatrix();
    s.give(body::zxy_angles(heading.transpose() * s.segments[kPelvis].axes));
  }
  for (const std::size_t side : {0u, 1u}) s.measure_leg(side);  // hip centres go by the mean of both
  for (const std::size_t side : {0u, 1u}) s.leg(side);
  s.trunk_angles(heading_rad);
  if (s.trunk) {
    for (const std::size_t side : {0u, 1u}) s.arm(side);
  }
}

}  // namespace kinemyo::features
