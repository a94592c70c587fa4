#include "kinemyo/body/chain.h"

#include <algorithm>
#include <cmath>

#include "kinemyo/base/error.h"

namespace kinemyo::body {

namespace {

template <typename Named>
std::optional<std::size_t> find_named(const std::vector<Named>& items, std::string_view name) {
  const auto found = std::find_if(items.begin(), items.end(),
                                  [name](const Named& item) { return item.name == name; });
  if (found == items.end()) return std::nullopt;
  return static_cast<std::size_t>(found - items.begin());
}

template <typename Named>
void require_new(const std::vector<Named>& items, const std::string& name, std::string_view kind) {
  if (find_named(items, name)) {
    throw Error("two " + std::string(kind) + " are named " + base::quoted(name));
  }
}

}  // namespace

Model::Model() {
  bodies_.push_back({"ground"});
  joints_.emplace_back();
  child_to_body_.push_back(Eigen::Isometry3d::Identity());
  parents_.push_back(0);
  first_axes_.push_back(0);
}

std::size_t Model::add_coordinate(Coordinate coordinate) {
  require_new(coordinates_, coordinate.name, "coordinates");
  require(coordinate.minimum <= coordinate.neutral && coordinate.neutral <= coordinate.maximum,
          "Model: neutral value of '" + coordinate.name + "' outside its limits");
  coordinates_.push_back(std::move(coordinate));
  return coordinates_.size() - 1;
}

std::size_t Model::add_body(Body body, std::size_t parent, Joint joint) {
  require_new(bodies_, body.name, "bodies");
  require(parent < bodies_.size(), "Model: '" + body.name + "' has no parent");
  bool rotated = false;
  for (auto& axis : joint.axes) {
    require(axis.direction.norm() > 0, "Model: axis without direction in '" + joint.name + "'");
    require(!axis.coordinate || *axis.coordinate < coordinates_.size(),
            "Model: axis of an unknown coordinate in '" + joint.name + "'");
    axis.direction.normalize();
    rotated = rotated || axis.kind == Axis::Kind::rotation;
    require(!rotated || axis.kind == Axis::Kind::rotation,
            "Model: translation after a rotation in '" + joint.name + "'");
  }
  first_axes_.push_back(axis_count_);
  axis_count_ += joint.axes.size();
  child_to_body_.push_back(joint.on_child.inverse());
  bodies_.push_back(std::move(body));
  joints_.push_back(std::move(joint));
  parents_.push_back(parent);
  return bodies_.size() - 1;
}

std::size_t Model::add_marker(Marker marker) {
  require_new(markers_, marker.name, "markers");
  require(marker.body < bodies_.size(), "Model: marker '" + marker.name + "' on an unknown body");
  markers_.push_back(std::move(marker));
  return markers_.size() - 1;
}

void Model::add_coupling(Coupling coupling) {
  require(coupling.dependent < coordinates_.size() && coupling.leading < coordinates_.size() &&
              coupling.dependent != coupling.leading,
          "Model: coupling of unknown coordinates");
  couplings_.push_back(std::move(coupling));
}

std::optional<std::size_t> Model::find_coordinate(std::string_view name) const {
  return find_named(coordinates_, name);
}

std::optional<std::size_t> Model::find_body(std::string_view name) const {
  return find_named(bodies_, name);
}

std::vector<std::string> Model::marker_names() const {
  std::vector<std::string> names;
  for (const auto& marker : markers_) names.push_back(marker.name);
  return names;
}

double Model::mass_kg() const {
  double sum = 0;
  for (const auto& body : bodies_) sum += body.mass_kg;
  return sum;
}

std::vector<double> Model::neutral() const {
  std::vector<double> values;
  for (const auto& coordinate : coordinates_) values.push_back(coordinate.neutral);
  enforce(values);
  return values;
}

void Model::enforce(std::span<double> values) const {
  require(values.size() == coordinates_.size(), "Model: wrong number of coordinates");
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (coordinates_[i].locked) values[i] = coordinates_[i].neutral;
  }
  for (const auto& coupling : couplings_) {
    values[coupling.dependent] = coupling.function.value(values[coupling.leading]);
  }
}

Pose Model::make_pose() const {
  Pose pose;
  pose.bodies.assign(bodies_.size(), Eigen::Isometry3d::Identity());
  pose.axes.resize(axis_count_);
  return pose;
}

void Model::place(std::span<const double> coordinates, Pose& pose) const noexcept {
  for (std::size_t b = 1; b < bodies_.size(); ++b) {
    const Joint& joint = joints_[b];
    const Eigen::Isometry3d frame = pose.bodies[parents_[b]] * joint.on_parent;
    Eigen::Matrix3d rotation = frame.linear();
    Eigen::Vector3d origin = frame.translation();
    for (std::size_t a = 0; a < joint.axes.size(); ++a) {
      const Axis& axis = joint.axes[a];
      const double q = axis.coordinate ? coordinates[*axis.coordinate] : 0.0;
      const double moved = axis.function.value(q);
      auto& placed = pose.axes[first_axes_[b] + a];
      placed.direction = rotation * axis.direction;
      placed.slope = axis.function.slope(q);
      if (axis.kind == Axis::Kind::translation) {
        origin += moved * placed.direction;
      } else {
        rotation = rotation * Eigen::AngleAxisd(moved, axis.direction).toRotationMatrix();
      }
    }
    for (std::size_t a = 0; a < joint.axes.size(); ++a)
      pose.axes[first_axes_[b] + a].point = origin;
    Eigen::Isometry3d placed_joint = Eigen::Isometry3d::Identity();
    placed_joint.linear() = rotation;
    placed_joint.translation() = origin;
    pose.bodies[b] = placed_joint * child_to_body_[b];
  }
}

void Model::place_markers(const Pose& pose, std::span<double> out) const noexcept {
  for (std::size_t m = 0; m < markers_.size(); ++m) {
    Eigen::Map<Eigen::Vector3d>(out.data() + 3 * m) =
        pose.bodies[markers_[m].body] * markers_[m].location;
  }
}

void Model::jacobian(const Pose& pose, std::size_t body, const Eigen::Vector3d& point,
                     Eigen::Matrix3Xd& out) const {
  out.resize(3, static_cast<Eigen::Index>(coordinates_.size()));
  out.setZero();
  for (std::size_t b = body; b != 0; b = parents_[b]) {
    const auto& axes = joints_[b].axes;
    for (std::size_t a = 0; a < axes.size(); ++a) {
      if (!axes[a].coordinate) continue;
      const auto& placed = pose.axes[first_axes_[b] + a];
      const Eigen::Vector3d unit = axes[a].kind == Axis::Kind::translation
                                       ? placed.direction
                                       : placed.direction.cross(point - placed.point);
      out.col(static_cast<Eigen::Index>(*axes[a].coordinate)) += placed.slope * unit;
    }
  }
}

Eigen::Matrix3d zxy_rotation(double z, double x, double y) {
  return (Eigen::AngleAxisd(z, Eigen::Vector3d::UnitZ()) *
          Eigen::AngleAxisd(x, Eigen::Vector3d::UnitX()) *
          Eigen::AngleAxisd(y, Eigen::Vector3d::UnitY()))
      .toRotationMatrix();
}

// The product's last row is (-cos x sin y, sin x, cos x cos y); its middle column is
// (-sin z cos x, cos z cos x, sin x).
Eigen::Vector3d zxy_angles(const Eigen::Matrix3d& r) {
  const double cos_x = std::hypot(r(2, 0), r(2, 2));
  const double x = std::atan2(r(2, 1), cos_x);
  if (cos_x < 1e-9) return {std::atan2(r(1, 0), r(0, 0)), x, 0.0};
  return {std::atan2(-r(0, 1), r(1, 1)), x, std::atan2(-r(2, 0), r(2, 2))};
}

}  // namespace kinemyo::body
