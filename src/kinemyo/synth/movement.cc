#include "kinemyo/synth/movement.h"

#include <Eigen/Geometry>
#include <algorithm>
#include <cmath>
#include <numbers>

#include "kinemyo/signal/smooth.h"
#include "kinemyo/synth/leg.h"

namespace kinemyo::synth {

namespace {

using Eigen::Matrix3d;
using Eigen::Vector3d;
using Posture = std::array<double, kFeatures>;

// From 0 to 1 without jerk at the ends. Source: Flash and Hogan 1985,
// doi 10.1523/JNEUROSCI.05-07-01688.1985.
double minimum_jerk(double s) {
  s = std::clamp(s, 0.0, 1.0);
  return s * s * s * (10 + s * (-15 + 6 * s));
}

Posture to_posture(const Changes& changes) {
  Posture posture{};
  for (const auto& [feature, value] : changes) posture[feature] = value;
  return posture;
}

bool on_left(int feature) {
  return (feature >= kFootLX && feature <= kFootLTurn) || feature == kKneeOutL ||
         feature >= kArmFlexL;
}

// Slow wandering that nobody can suppress: a few sines between 0.1 and 1.2 Hz.
class Wander {
 public:
  Wander(base::Random& random, double size) {
    for (auto& wave : waves_) {
      const double hz = random.uniform(0.1, 1.2);
      wave = {size * random.normal() / std::sqrt(1 + 3 * hz), 2 * std::numbers::pi * hz,
              random.uniform(0, 2 * std::numbers::pi)};
    }
  }
  double at(double time_s) const {
    double sum = 0;
    for (const auto& wave : waves_) sum += wave.size * std::sin(wave.speed * time_s + wave.phase);
    return sum;
  }

 private:
  struct Wave {
    double size, speed, phase;
  };
  std::array<Wave, 3> waves_{};
};

double sway_of(int feature) {
  switch (feature) {
    case kHipsX:
    case kHipsZ:
      return 0.004;
    case kHipsDrop:
      return 0.0015;
    case kPelvisTilt:
    case kPelvisList:
    case kPelvisTurn:
      return 0.6;
    case kLumbarExtension:
    case kLumbarBending:
    case kLumbarRotation:
      return 0.8;
    case kKneeOutR:
    case kKneeOutL:
      return 1.2;
    default:
      return feature >= kArmFlexR ? 1.6 : 0.0;
  }
}

void follow_key_postures(base::Matrix<double>& plan, const Subject& subject,
                         const Activity& activity, double first_s, double rate_hz,
                         base::Random& random) {
  const Style& style = subject.style;
  std::vector<Posture> keys;
  for (const auto& posture : activity.postures) keys.push_back(to_posture(posture.changes));
  Posture factor{};
  double start = first_s - random.uniform(0, 0.1) * activity.cycle_s;
  double cycle = 0;
  double next_cycle = 0;
  const auto begin_cycle = [&] {
    cycle = activity.cycle_s * style.tempo * (1 + 0.05 * random.normal());
    next_cycle = start + cycle;
    const double amplitude = style.amplitude * (1 + 0.05 * random.normal());
    for (int f = 0; f < kFeatures; ++f) {
      const double side = on_left(f) ? 1 + style.asymmetry : 1 - style.asymmetry;
      // Where feet stand is less a matter of effort than how deep and how far one bends.
      const double effort = f >= kFootRX && f <= kFootLTurn ? 1 : amplitude;
      factor[f] = effort * side * style.emphasis[f];
    }
    // Feet and hips go together, or the legs would not reach.
    factor[kFootRX] = factor[kFootLX] = factor[kHipsX];
    factor[kFootRZ] = factor[kFootLZ] = factor[kHipsZ];
  };
  begin_cycle();
  for (std::size_t row = 0; row < plan.rows(); ++row) {
    const double time = static_cast<double>(row) / rate_hz;
    while (time >= next_cycle) {
      start = next_cycle;
      begin_cycle();
    }
    const double phase = (time - start) / cycle;
    std::size_t k = 1;
    while (k + 1 < keys.size() && activity.postures[k].phase < phase) ++k;
    const double from = activity.postures[k - 1].phase;
    const double to = activity.postures[k].phase;
    const double s = minimum_jerk((phase - from) / (to - from));
    for (int f = 0; f < kFeatures; ++f) {
      plan(row, f) = factor[f] * (keys[k - 1][f] + s * (keys[k][f] - keys[k - 1][f]));
    }
  }
}

// One foot through a stride: stance until 0.62, heel first, then over the ball; then swing.
void swing_foot(base::Matrix<double>& plan, std::size_t row, int foot, double stride_phase,
                double stride) {
  const double count = std::floor(stride_phase);
  const double p = stride_phase - count;
  double x = 0, pitch = 0, lift = 0;
  if (p < 0.62) {
    if (p < 0.10) pitch = 18 * (1 - minimum_jerk(p / 0.10));
    if (p > 0.36) pitch = -52 * std::pow((p - 0.36) / 0.26, 1.6);
  } else {
    const double s = (p - 0.62) / 0.38;
    x = minimum_jerk(s);
    pitch = -52 + 70 * minimum_jerk(s / 0.95);
    lift = 0.055 * std::pow(std::sin(std::numbers::pi * std::pow(s, 0.7)), 2);
  }
  plan(row, foot) = stride * (count + x + 0.25);
  plan(row, foot + (kFootRPitch - kFootRX)) = pitch;
  plan(row, foot + (kFootRLift - kFootRX)) = lift;
}

void walk(base::Matrix<double>& plan, const Subject& subject, const Activity& activity,
          double rate_hz, base::Random& random) {
  const Style& style = subject.style;
  const double pace = 1 + 0.04 * random.normal();
  const double cycle = activity.cycle_s * (0.5 + 0.5 * style.tempo) / std::sqrt(pace);
  const double stride = 1.42 * (0.4 + 0.6 * style.amplitude) * std::sqrt(pace);
  const double start = random.uniform();
  const double lean = random.uniform(-1, 1);
  for (std::size_t row = 0; row < plan.rows(); ++row) {
    const double strides = start + static_cast<double>(row) / rate_hz / cycle;
    swing_foot(plan, row, kFootRX, strides, stride);
    swing_foot(plan, row, kFootLX, strides - 0.5, stride);
    plan(row, kFootLX) += stride * 0.5;
    const double turn = 2 * std::numbers::pi * strides;
    const double e = style.amplitude;
    plan(row, kHipsX) = stride * strides;
    plan(row, kHipsDrop) = 0.022 + 0.016 * std::cos(2 * turn);
    plan(row, kHipsZ) = 0.025 * std::sin(turn);
    plan(row, kFootRZ) = -0.035;
    plan(row, kFootLZ) = 0.035;
    plan(row, kPelvisTilt) = lean + 1.2 * std::cos(2 * turn + 0.6);
    plan(row, kPelvisList) = -4.0 * e * std::sin(turn + 0.3);
    plan(row, kPelvisTurn) = 5.0 * e * std::cos(turn);
    plan(row, kLumbarBending) = 3.5 * e * std::sin(turn + 0.3);
    plan(row, kLumbarRotation) = -9.0 * e * std::cos(turn);
    plan(row, kLumbarExtension) = -2 + 1.0 * std::cos(2 * turn);
    const double arms = style.emphasis[kArmFlexR] * e;
    plan(row, kArmFlexR) = arms * (-3 - 19 * std::cos(turn - 0.2)) * (1 - style.asymmetry);
    plan(row, kArmFlexL) = arms * (-3 + 19 * std::cos(turn - 0.2)) * (1 + style.asymmetry);
    plan(row, kElbowR) = 10 - 9 * std::cos(turn - 0.5);
    plan(row, kElbowL) = 10 + 9 * std::cos(turn - 0.5);
  }
}

// Where the ankle is for a foot on the floor at (x, z): it turns over the heel or over the ball.
FootTarget foot_target(const body::Anthropometry& size, double leg, double hip_z,
                       const double* foot, bool right) {
  const double pitch = foot[2 + 1] * kDegree;
  const double outward = foot[4] * kDegree;
  const double yaw = right ? -outward : outward;
  const double pivot = pitch > 0 ? -0.20 * size.foot_length : 0.45 * size.foot_length;
  const Vector3d lever(-pivot, size.foot_height, 0);
  const Matrix3d heading = Eigen::AngleAxisd(yaw, Vector3d::UnitY()).toRotationMatrix();
  const Matrix3d tip = Eigen::AngleAxisd(pitch, Vector3d::UnitZ()).toRotationMatrix();
  FootTarget target;
  target.rotation = heading * tip;
  target.ankle = Vector3d(foot[0] * leg, foot[2] * leg, hip_z + foot[1] * leg) +
                 heading * (Vector3d(pivot, 0, 0) + tip * lever);
  target.yaw = yaw;
  return target;
}

void to_coordinates(const Subject& subject, std::span<const double> plan, std::span<double> q) {
  const auto& model = subject.model;
  const auto& size = subject.size;
  const double leg = size.thigh + size.shank;
  const auto set = [&](const char* name, double value) { q[*model.find_coordinate(name)] = value; };

  // Placement of the pelvis by the middle between the hips.
  const auto& hip = model.joints()[*model.find_body("femur_r")].on_parent.translation();
  const Vector3d middle(hip.x(), hip.y(), 0);
  const Matrix3d pelvis = body::zxy_rotation(
      plan[kPelvisTilt] * kDegree, plan[kPelvisList] * kDegree, plan[kPelvisTurn] * kDegree);
  const Vector3d hips(plan[kHipsX] * leg, size.foot_height + (1 - plan[kHipsDrop]) * leg,
                      plan[kHipsZ] * leg);
  const Vector3d origin = hips - pelvis * middle;
  set("pelvis_tilt", plan[kPelvisTilt] * kDegree);
  set("pelvis_list", plan[kPelvisList] * kDegree);
  set("pelvis_rotation", plan[kPelvisTurn] * kDegree);
  set("pelvis_tx", origin.x());
  set("pelvis_ty", origin.y());
  set("pelvis_tz", origin.z());

  for (const bool right : {true, false}) {
    const double hip_z = right ? hip.z() : -hip.z();
    const double* foot = plan.data() + (right ? kFootRX : kFootLX);
    FootTarget target = foot_target(size, leg, hip_z, foot, right);
    target.knee_yaw = target.yaw + (right ? -1 : 1) * plan[right ? kKneeOutR : kKneeOutL] * kDegree;
    const Vector3d joint = origin + pelvis * Vector3d(hip.x(), hip.y(), hip_z);
    const LegAngles angles = reach_foot(size, pelvis, joint, target, right);
    const std::string s = right ? "_r" : "_l";
    set(("hip_flexion" + s).c_str(), angles.hip_flexion);
    set(("hip_adduction" + s).c_str(), angles.hip_adduction);
    set(("hip_rotation" + s).c_str(), angles.hip_rotation);
    set(("knee_angle" + s).c_str(), angles.knee);
    set(("ankle_angle" + s).c_str(), angles.ankle);
    set(("subtalar_angle" + s).c_str(), angles.subtalar);
    const double* arm = plan.data() + (right ? kArmFlexR : kArmFlexL);
    set(("arm_flex" + s).c_str(), arm[0] * kDegree);
    set(("arm_add" + s).c_str(), arm[1] * kDegree);
    set(("arm_rot" + s).c_str(), arm[2] * kDegree);
    set(("elbow_flex" + s).c_str(), arm[3] * kDegree);
    set(("pro_sup" + s).c_str(), arm[4] * kDegree);
  }
  set("lumbar_extension", plan[kLumbarExtension] * kDegree);
  set("lumbar_bending", plan[kLumbarBending] * kDegree);
  set("lumbar_rotation", plan[kLumbarRotation] * kDegree);
  for (std::size_t i = 0; i < q.size(); ++i) {
    q[i] = std::clamp(q[i], model.coordinates()[i].minimum, model.coordinates()[i].maximum);
  }
  model.enforce(q);
}

// Lifts or lowers every frame so that the lowest point of the soles touches the floor.
void stand_on_floor(const Subject& subject, base::Matrix<double>& q, double rate_hz) {
  const auto soles = body::sole_points(subject.model, subject.size);
  const auto height = *subject.model.find_coordinate("pelvis_ty");
  auto pose = subject.model.make_pose();
  base::Matrix<double> lowest(q.rows(), 1, 1e9);
  for (std::size_t row = 0; row < q.rows(); ++row) {
    subject.model.place(q.row(row), pose);
    for (const auto& point : soles) {
      lowest(row, 0) = std::min(lowest(row, 0), (pose.bodies[point.body] * point.location).y());
    }
  }
  signal::smooth_columns(lowest, 0.03 * rate_hz);
  for (std::size_t row = 0; row < q.rows(); ++row) q(row, height) -= lowest(row, 0);
}

// Turns the whole person about the vertical and puts him or her elsewhere in the laboratory.
void move_in_laboratory(const Subject& subject, base::Matrix<double>& q, base::Random& random) {
  const double heading = 12 * kDegree * random.normal();
  const Vector3d place(0.25 * random.normal(), 0, 0.25 * random.normal());
  const auto index = [&](const char* name) { return *subject.model.find_coordinate(name); };
  const std::size_t tilt = index("pelvis_tilt"), list = index("pelvis_list"),
                    turn = index("pelvis_rotation");
  const std::size_t tx = index("pelvis_tx"), ty = index("pelvis_ty"), tz = index("pelvis_tz");
  const Matrix3d about = Eigen::AngleAxisd(heading, Vector3d::UnitY()).toRotationMatrix();
  for (std::size_t row = 0; row < q.rows(); ++row) {
    const Vector3d angles =
        body::zxy_angles(about * body::zxy_rotation(q(row, tilt), q(row, list), q(row, turn)));
    q(row, tilt) = angles.x();
    q(row, list) = angles.y();
    q(row, turn) = angles.z();
    const Vector3d moved = about * Vector3d(q(row, tx), q(row, ty), q(row, tz)) + place;
    q(row, tx) = moved.x();
    q(row, tz) = moved.z();
  }
}

}  // namespace

base::Matrix<double> make_movement(const Subject& subject, const Activity& activity, double seconds,
                                   double rate_hz, base::Random random) {
  // Made longer at both ends and cut, so that smoothing sees no edge.
  const auto margin = static_cast<std::size_t>(std::ceil(0.5 * rate_hz));
  const auto wanted = static_cast<std::size_t>(std::llround(seconds * rate_hz));
  const std::size_t rows = wanted + 2 * margin;
  base::Matrix<double> plan(rows, kFeatures);
  if (activity.walking()) {
    walk(plan, subject, activity, rate_hz, random);
  } else {
    follow_key_postures(plan, subject, activity, static_cast<double>(margin) / rate_hz, rate_hz,
                        random);
    signal::smooth_columns(plan, 0.07 * rate_hz);
  }
  for (int f = 0; f < kFeatures; ++f) {
    const double size = sway_of(f) * subject.style.sway;
    const double today = size * random.normal();
    const Wander wander(random, size);
    for (std::size_t row = 0; row < rows; ++row) {
      plan(row, f) +=
          subject.style.posture[f] + today + wander.at(static_cast<double>(row) / rate_hz);
    }
  }
  base::Matrix<double> q(rows, subject.model.coordinates().size());
  for (std::size_t row = 0; row < rows; ++row) to_coordinates(subject, plan.row(row), q.row(row));
  signal::smooth_columns(q, 0.02 * rate_hz);
  stand_on_floor(subject, q, rate_hz);
  move_in_laboratory(subject, q, random);
  const auto kept = q.view().rows_from(margin, wanted).flat();
  return {wanted, q.columns(), std::vector<double>(kept.begin(), kept.end())};
}

}  // namespace kinemyo::synth
