#include "kinemyo/synth/muscles.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "kinemyo/base/error.h"
#include "kinemyo/signal/filter.h"
#include "kinemyo/signal/smooth.h"
#include "kinemyo/synth/movement.h"

namespace kinemyo::synth {

namespace {

using Eigen::Vector3d;

constexpr double kGravity = 9.81;
constexpr double kMainsHz = 50;

struct Foot {
  Vector3d heel = Vector3d::Zero();
  Vector3d ball = Vector3d::Zero();
  double contact = 0;  // 0 in the air, 1 on the floor
  Vector3d center() const { return 0.5 * (heel + ball); }
};

// A joint axis, and the bodies that hang behind it.
struct Hinge {
  std::size_t axis = 0;  // in Pose::axes
  std::vector<std::size_t> bodies;
  bool carries_foot = false;  // the right one
};

class Mechanics {
 public:
  explicit Mechanics(const Subject& subject)
      : model_(subject.model), soles_(body::sole_points(model_, subject.size)) {
    const std::pair<const char*, const char*> hinges[kMoments] = {
        {"hip_flexion_r", "femur_r"}, {"hip_adduction_r", "femur_r"}, {"knee_angle_r", "tibia_r"},
        {"ankle_angle_r", "talus_r"}, {"lumbar_extension", "torso"},  {"lumbar_bending", "torso"},
        {"arm_flex_r", "humerus_r"},  {"arm_add_r", "humerus_r"},     {"elbow_flex_r", "ulna_r"}};
    const auto foot = *model_.find_body("calcn_r");
    for (int m = 0; m < kMoments; ++m) {
      const auto body = *model_.find_body(hinges[m].second);
      const auto coordinate = *model_.find_coordinate(hinges[m].first);
      const auto& axes = model_.joints()[body].axes;
      Hinge& hinge = hinges_[static_cast<std::size_t>(m)];
      for (std::size_t a = 0; a < axes.size(); ++a) {
        if (axes[a].coordinate == coordinate) hinge.axis = model_.first_axis(body) + a;
      }
      for (std::size_t b = 1; b < model_.bodies().size(); ++b) {
        if (descends(b, body)) hinge.bodies.push_back(b);
      }
      hinge.carries_foot = descends(foot, body);
    }
  }

  const body::Model& model() const { return model_; }
  const Hinge& hinge(std::size_t m) const { return hinges_[m]; }

  void centers(const body::Pose& pose, std::span<Vector3d> out) const {
    for (std::size_t b = 1; b < out.size(); ++b)
      out[b] = pose.bodies[b] * model_.bodies()[b].mass_center;
  }
  Foot foot(const body::Pose& pose, bool right) const {
    const std::size_t first = right ? 0 : 3;
    const auto place = [&](std::size_t i) {
      return pose.bodies[soles_[first + i].body] * soles_[first + i].location;
    };
    Foot out;
    out.heel = place(0);
    out.ball = 0.5 * (place(1) + place(2));
    const double height = std::min(out.heel.y(), out.ball.y());
    out.contact = std::clamp((0.04 - height) / 0.02, 0.0, 1.0);
    return out;
  }

 private:
  bool descends(std::size_t body, std::size_t ancestor) const {
    for (; body != 0; body = model_.parent(body)) {
      if (body == ancestor) return true;
    }
    return false;
  }
  const body::Model& model_;
  std::vector<body::Marker> soles_;
  std::array<Hinge, kMoments> hinges_;
};

// The centre of pressure of a foot nearest to `wanted`: on the line from heel to ball.
Vector3d pressure_point(const Foot& foot, const Vector3d& wanted) {
  const Vector3d along = foot.ball - foot.heel;
  // A foot that stands on heel or ball alone is pressed there.
  double low = 0, high = 1;
  const double rise = foot.heel.y() - foot.ball.y();
  if (rise > 0.01) low = std::min(1.0, rise / 0.04);
  if (rise < -0.01) high = std::max(0.0, 1 + rise / 0.04);
  const double share = (wanted - foot.heel).dot(along) / along.squaredNorm();
  return foot.heel + std::clamp(share, low, high) * along;
}

double positive(double value) { return std::max(value, 0.0); }

// The strength that counts as activation 1. Units: N m a kg of body mass.
struct Strength {
  double flexing, extending;
};
constexpr Strength kStrength[kMoments] = {{1.8, 2.6},  {1.8, 1.8},  {1.4, 2.8},
                                          {0.6, 2.2},  {2.0, 3.6},  {2.2, 2.2},
                                          {0.75, 0.9}, {0.9, 0.75}, {0.45, 0.40}};

}  // namespace

Effort measure_effort(const Subject& subject, const base::Matrix<double>& movement,
                      double rate_hz) {
  const Mechanics mechanics(subject);
  const auto& model = mechanics.model();
  const std::size_t frames = movement.rows();
  const std::size_t bodies = model.bodies().size();
  require(frames >= 3, "measure_effort: needs three frames or more");
  // Two passes: centres of mass of all frames, then accelerations from neighbours.
  auto pose = model.make_pose();
  std::vector<Vector3d> centers(frames * bodies, Vector3d::Zero());
  for (std::size_t f = 0; f < frames; ++f) {
    model.place(movement.row(f), pose);
    mechanics.centers(pose, std::span(centers).subspan(f * bodies, bodies));
  }
  Effort effort{base::Matrix<double>(frames, kMoments), base::Matrix<double>(frames, 2)};
  std::vector<Vector3d> forces(bodies, Vector3d::Zero());
  for (std::size_t f = 0; f < frames; ++f) {
    const std::size_t middle = std::clamp<std::size_t>(f, 1, frames - 2);
    model.place(movement.row(f), pose);
    Vector3d total = Vector3d::Zero(), center = Vector3d::Zero();
    double mass = 0;
    for (std::size_t b = 1; b < bodies; ++b) {
      const Vector3d acceleration =
          (centers[(middle + 1) * bodies + b] - 2 * centers[middle * bodies + b] +
           centers[(middle - 1) * bodies + b]) *
          rate_hz * rate_hz;
      const double m = model.bodies()[b].mass_kg;
      forces[b] = m * (acceleration + Vector3d(0, kGravity, 0));
      total += forces[b];
      center += m * centers[f * bodies + b];
      mass += m;
    }
    center /= mass;
    total.y() = positive(total.y());
    // The line of the floor's force goes through the centre of mass, near enough.
    const double rise = total.y() > 0.1 * mass * kGravity ? center.y() / total.y() : 0;
    const Vector3d zero_moment(center.x() - total.x() * rise, 0, center.z() - total.z() * rise);
    const Foot right = mechanics.foot(pose, true);
    const Foot left = mechanics.foot(pose, false);
    const Vector3d apart = right.center() - left.center();
    const double along =
        std::clamp((zero_moment - left.center()).dot(apart) / apart.squaredNorm(), 0.0, 1.0);
    const double on_right = along * right.contact;
    const double on_left = (1 - along) * left.contact;
    const double sum = std::max(on_right + on_left, 1e-6);
    const double share = right.contact + left.contact < 1e-6 ? 0.0 : on_right / sum;
    effort.floor_force(f, 0) = share * total.y();
    effort.floor_force(f, 1) = (1 - share) * total.y();
    // What one foot cannot take of the wanted point, the other one does not have to.
    const Vector3d pressed = pressure_point(right, zero_moment + (1 - share) * apart);
    for (std::size_t m = 0; m < kMoments; ++m) {
      const Hinge& hinge = mechanics.hinge(m);
      const auto& axis = pose.axes[hinge.axis];
      Vector3d moment = Vector3d::Zero();
      for (const auto b : hinge.bodies)
        moment += (centers[f * bodies + b] - axis.point).cross(forces[b]);
      if (hinge.carries_foot) moment -= (pressed - axis.point).cross(share * total);
      effort.moments(f, m) = axis.direction.dot(moment);
    }
  }
  signal::smooth_columns(effort.moments, 0.02 * rate_hz);
  return effort;
}

base::Matrix<double> activate_muscles(const Subject& subject, const base::Matrix<double>& movement,
                                      const Effort& effort, double rate_hz, base::Random random) {
  const auto& profile = subject.muscles;
  const std::size_t frames = movement.rows();
  const auto pronation = *subject.model.find_coordinate("pro_sup_r");
  const auto ankle = *subject.model.find_coordinate("ankle_angle_r");
  const double weight = subject.size.mass_kg * kGravity;
  base::Matrix<double> demand(frames, kMuscles);
  for (std::size_t f = 0; f < frames; ++f) {
    double flex[kMoments], extend[kMoments];
    for (int m = 0; m < kMoments; ++m) {
      const double moment = effort.moments(f, static_cast<std::size_t>(m)) / subject.size.mass_kg;
      flex[m] = positive(moment) / kStrength[m].flexing;
      extend[m] = positive(-moment) / kStrength[m].extending;
    }
    const std::size_t before = f > 0 ? f - 1 : 0;
    const std::size_t after = std::min(f + 1, frames - 1);
    const auto speed = [&](std::size_t c) {
      return (movement(after, c) - movement(before, c)) * rate_hz /
             static_cast<double>(after - before);
    };
    const double in_air = 1 - std::min(1.0, effort.floor_force(f, 0) / (0.15 * weight));
    const double twist = std::min(std::abs(speed(pronation)) / 4, 1.0);
    const double lifting_toes = std::min(positive(speed(ankle)) / 5, 1.0);
    const double co = profile.co_contraction;
    double* a = demand.row(f).data();
    a[0] = 0.9 * flex[kAnkleDorsiflexion] + co * extend[kAnkleDorsiflexion] + 0.16 * in_air +
           0.2 * lifting_toes;
    a[1] = 0.75 * extend[kAnkleDorsiflexion] + 0.12 * flex[kKneeFlexion];
    a[2] = 0.62 * extend[kAnkleDorsiflexion] + 0.20 * flex[kKneeFlexion];
    a[3] = 0.45 * extend[kHipFlexion] + 0.60 * flex[kKneeFlexion] + co * extend[kKneeFlexion];
    a[4] = 0.65 * flex[kBackExtension] + 0.6 * flex[kBackBending] + co * extend[kBackBending];
    a[5] = 0.52 * extend[kHipFlexion] + 0.50 * flex[kKneeFlexion] + 0.15 * flex[kHipAdduction];
    a[6] = 0.85 * extend[kKneeFlexion] + co * flex[kKneeFlexion];
    a[7] = 0.80 * extend[kKneeFlexion];
    a[8] = 0.8 * extend[kElbowFlexion] + 0.3 * extend[kShoulderFlexion] + co * flex[kElbowFlexion];
    a[9] = 0.8 * flex[kElbowFlexion] + 0.15 * flex[kShoulderFlexion];
    a[10] = 0.02 + 0.35 * flex[kElbowFlexion] + 0.35 * twist;
    a[11] = 0.8 * extend[kShoulderAdduction] + 0.25 * flex[kShoulderFlexion];
    a[12] = 0.8 * flex[kShoulderFlexion] + 0.1 * extend[kShoulderAdduction];
    a[13] = 0.75 * extend[kHipFlexion] + 0.35 * extend[kHipAdduction];
    a[14] = 0.65 * flex[kBackExtension] + 0.6 * extend[kBackBending] + co * flex[kBackBending];
    a[15] = 0.50 * extend[kKneeFlexion] + 0.55 * flex[kHipFlexion];
    for (std::size_t m = 0; m < kMuscles; ++m) {
      a[m] = 0.012 + 1 - std::exp(-1.3 * profile.weight[m] * a[m]);
    }
  }
  signal::smooth_columns(demand, 0.04 * rate_hz);
  // Nobody does it twice with the same effort.
  std::array<double, kMuscles> today{};
  for (auto& factor : today) factor = std::exp(0.06 * random.normal());
  const double ahead = profile.delay_s * rate_hz;
  base::Matrix<double> activation(frames, kMuscles);
  for (std::size_t f = 0; f < frames; ++f) {
    const double at = std::min(static_cast<double>(f) + ahead, static_cast<double>(frames - 1));
    const auto low = static_cast<std::size_t>(at);
    const std::size_t high = std::min(low + 1, frames - 1);
    const double share = at - static_cast<double>(low);
    for (std::size_t m = 0; m < kMuscles; ++m) {
      const double value = (1 - share) * demand(low, m) + share * demand(high, m);
      activation(f, m) = std::clamp(today[m] * value, 0.0, 1.0);
    }
  }
  return activation;
}

base::Matrix<double> make_emg(const Subject& subject, const base::Matrix<double>& activation,
                              double activation_hz, double emg_hz, base::Random random) {
  const auto samples = static_cast<std::size_t>(
      std::llround(static_cast<double>(activation.rows()) * emg_hz / activation_hz));
  const auto band = signal::butterworth_sections(2, signal::Passband::between(30, 250), emg_hz);
  const auto slow = signal::butterworth_sections(2, signal::Passband::below(8), emg_hz);
  const auto& profile = subject.muscles;
  const double pi = std::numbers::pi;
  // A settled band-pass of white noise: its RMS from the impulse response.
  std::vector<double> impulse(2048);
  impulse[0] = 1;
  double energy = 0;
  for (const double h : signal::sosfilt(band, impulse)) energy += h * h;
  const double unit = 1 / std::sqrt(energy);

  base::Matrix<double> emg(samples, kMuscles);
  std::vector<double> noise(samples + 200);
  for (std::size_t m = 0; m < kMuscles; ++m) {
    base::Random own = random.fork(m + 1);
    for (auto& value : noise) value = unit * own.normal();
    const auto carrier = signal::sosfilt(band, noise);
    const double hum_phase = own.uniform(0, 2 * pi);
    const double drift_phase = own.uniform(0, 2 * pi);
    const double drift_hz = own.uniform(0.1, 0.4);
    for (std::size_t s = 0; s < samples; ++s) {
      const double time = static_cast<double>(s) / emg_hz;
      const double at = std::min(time * activation_hz, static_cast<double>(activation.rows() - 1));
      const auto low = static_cast<std::size_t>(at);
      const std::size_t high = std::min(low + 1, activation.rows() - 1);
      const double level = activation(low, m) + (at - static_cast<double>(low)) *
                                                    (activation(high, m) - activation(low, m));
      emg(s, m) = profile.gain_v[m] * level * carrier[s + 200] + 1.5e-6 * own.normal() +
                  profile.hum_v[m] * (std::sin(2 * pi * kMainsHz * time + hum_phase) +
                                      0.3 * std::sin(6 * pi * kMainsHz * time + hum_phase)) +
                  profile.offset_v[m] + 8e-6 * std::sin(2 * pi * drift_hz * time + drift_phase);
    }
    // A cable that swings, now and then; a spike, more seldom.
    if (own.uniform() < 0.15) {
      std::vector<double> swing(samples);
      const auto first = own.below(samples);
      for (std::size_t s = first; s < std::min(samples, first + samples / 12 + 1); ++s)
        swing[s] = own.normal();
      const auto moved = signal::sosfilt(slow, swing);
      for (std::size_t s = 0; s < samples; ++s) emg(s, m) += 4e-4 * moved[s];
    }
    if (own.uniform() < 0.08) {
      const auto s = own.below(samples);
      emg(s, m) += own.uniform() < 0.5 ? 2e-3 : -2e-3;
    }
  }
  return emg;
}

}  // namespace kinemyo::synth
