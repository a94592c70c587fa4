#include "kinemyo/body/inverse_dynamics.h"

#include <Eigen/Geometry>
#include <algorithm>

namespace kinemyo::body {

using Eigen::Vector3d;

InverseDynamics::InverseDynamics(Model model, const Vector3d& gravity)
    : model_(std::move(model)),
      gravity_(gravity),
      q_(model_.coordinates().size(), 0),
      qd_(q_),
      qdd_(q_),
      motions_(model_.bodies().size()),
      wrenches_(model_.bodies().size()),
      axes_(model_.make_pose().axes.size()) {
  for (const auto& joint : model_.joints()) from_joint_.push_back(joint.on_child.inverse());
}

void InverseDynamics::Motion::shift(const Vector3d& by) {
  origin += by;
  v += omega.cross(by);
  a += alpha.cross(by) + omega.cross(omega.cross(by));
}

void InverseDynamics::move_body(std::size_t b) noexcept {
  const auto& joint = model_.joints()[b];
  Motion m = motions_[model_.parent(b)];
  m.shift(m.rotation * joint.on_parent.translation());
  m.rotation = m.rotation * joint.on_parent.linear();
  const auto first = model_.first_axis(b);
  for (std::size_t i = 0; i < joint.axes.size(); ++i) {
    const auto& axis = joint.axes[i];
    auto& placed = axes_[first + i];
    placed.direction = m.rotation * axis.direction;
    const double q = axis.coordinate ? q_[*axis.coordinate] : 0;
    const double rate = axis.coordinate ? qd_[*axis.coordinate] : 0;
    const auto [moved, slope] = axis.function.value_and_slope(q);
    placed.slope = slope;
    const double speed = slope * rate;
    const double change =
        axis.coordinate ? axis.function.curvature(q) * rate * rate + slope * qdd_[*axis.coordinate]
                        : 0;
    const Vector3d& u = placed.direction;
    if (axis.kind == Axis::Kind::translation) {
      m.shift(moved * u);
      m.v += speed * u;
      m.a += change * u + 2 * speed * m.omega.cross(u);
    } else {
      m.alpha += change * u + speed * m.omega.cross(u);
      m.omega += speed * u;
      m.rotation = m.rotation * Eigen::AngleAxisd(moved, axis.direction).toRotationMatrix();
    }
  }
  // A rotation's axis goes through where all translations have led.
  for (std::size_t i = 0; i < joint.axes.size(); ++i) axes_[first + i].point = m.origin;
  m.shift(m.rotation * from_joint_[b].translation());
  m.rotation = m.rotation * from_joint_[b].linear();
  motions_[b] = m;
}

void InverseDynamics::solve(std::span<const double> coordinates, std::span<const double> velocities,
                            std::span<const double> accelerations,
                            std::span<double> forces) noexcept {
  std::copy(coordinates.begin(), coordinates.end(), q_.begin());
  std::copy(velocities.begin(), velocities.end(), qd_.begin());
  std::copy(accelerations.begin(), accelerations.end(), qdd_.begin());
  for (std::size_t c = 0; c < q_.size(); ++c) {
    if (model_.coordinates()[c].locked)
      q_[c] = model_.coordinates()[c].neutral, qd_[c] = qdd_[c] = 0;
  }
  for (const auto& k : model_.couplings()) {
    const auto [value, slope] = k.function.value_and_slope(q_[k.leading]);
    const double rate = qd_[k.leading];
    qdd_[k.dependent] = k.function.curvature(q_[k.leading]) * rate * rate + slope * qdd_[k.leading];
    qd_[k.dependent] = slope * rate;
    q_[k.dependent] = value;
  }
  for (std::size_t b = 1; b < motions_.size(); ++b) {
    move_body(b);
    const auto& body = model_.bodies()[b];
    Motion center = motions_[b];
    center.shift(center.rotation * body.mass_center);
    const Eigen::Matrix3d inertia = center.rotation * body.inertia * center.rotation.transpose();
    auto& w = wrenches_[b];
    w.force = body.mass_kg * (center.a - gravity_);
    w.moment = inertia * center.alpha + center.omega.cross(inertia * center.omega) +
               center.origin.cross(w.force);
  }
  std::fill(forces.begin(), forces.end(), 0);
  for (std::size_t b = motions_.size(); b-- > 1;) {
    const auto& joint = model_.joints()[b];
    const auto& w = wrenches_[b];
    for (std::size_t i = 0; i < joint.axes.size(); ++i) {
      if (!joint.axes[i].coordinate) continue;
      const auto& placed = axes_[model_.first_axis(b) + i];
      const Vector3d along = joint.axes[i].kind == Axis::Kind::translation
                                 ? w.force
                                 : Vector3d(w.moment - placed.point.cross(w.force));
      forces[*joint.axes[i].coordinate] += placed.slope * placed.direction.dot(along);
    }
    auto& parent = wrenches_[model_.parent(b)];
    if (model_.parent(b) != 0) parent.force += w.force, parent.moment += w.moment;
  }
  // A follower hands its force on: the last coupling first, since a leader may follow another.
  for (auto k = model_.couplings().rbegin(); k != model_.couplings().rend(); ++k) {
    forces[k->leading] += k->function.slope(q_[k->leading]) * forces[k->dependent];
    forces[k->dependent] = 0;
  }
}

}  // namespace kinemyo::body
