#pragma once

#include <Eigen/Geometry>
#include <cstddef>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "kinemyo/body/function.h"

namespace kinemyo::body {

/// One number of a posture. Units: rad, or m for a translation.
struct Coordinate {
  std::string name;
  double neutral = 0;
  double minimum = -std::numeric_limits<double>::infinity();
  double maximum = std::numeric_limits<double>::infinity();
  bool locked = false;  ///< keeps its neutral value
};

/// A coordinate that follows another one: dependent = function(leading).
struct Coupling {
  std::size_t dependent = 0;
  std::size_t leading = 0;
  Function function = Function::line();
};

/// One elementary movement of a joint: along or about `direction`, by function(coordinate).
/// A translation is in the joint's frame on the parent; a rotation is about the direction as the
/// rotations before it in the joint's list have turned it (body-fixed).
struct Axis {
  enum class Kind { translation, rotation };
  Kind kind = Kind::rotation;
  Eigen::Vector3d direction = Eigen::Vector3d::UnitZ();
  std::optional<std::size_t> coordinate;  ///< none: the function is taken at 0
  Function function = Function::line();
};

/// What ties a body to its parent: frame on the parent, axes in order, frame on the child.
struct Joint {
  std::string name;
  Eigen::Isometry3d on_parent = Eigen::Isometry3d::Identity();
  std::vector<Axis> axes;  ///< translations first
  Eigen::Isometry3d on_child = Eigen::Isometry3d::Identity();
};

struct Body {
  std::string name;
  double mass_kg = 0;
  Eigen::Vector3d mass_center = Eigen::Vector3d::Zero();  ///< m, in the body's frame
  Eigen::Matrix3d inertia = Eigen::Matrix3d::Zero();      ///< kg m^2, about the mass centre
};

/// A point fixed on a body. Units: m, in the body's frame.
struct Marker {
  std::string name;
  std::size_t body = 0;
  Eigen::Vector3d location = Eigen::Vector3d::Zero();
};

/// Where everything is for one posture, in ground. Made by Model::make_pose, filled by
/// Model::place.
struct Pose {
  std::vector<Eigen::Isometry3d> bodies;
  /// One an elementary axis, in the order of bodies and of their joints' lists.
  struct PlacedAxis {
    Eigen::Vector3d direction = Eigen::Vector3d::Zero();
    Eigen::Vector3d point = Eigen::Vector3d::Zero();  ///< a rotation's axis goes through it
    double slope = 0;  ///< of the function, at the coordinate's value
  };
  std::vector<PlacedAxis> axes;
};

/// A tree of rigid bodies; body 0 is the ground. X forward, Y up, Z to the right.
/// Threads: const after it is built, safe to share.
class Model {
 public:
  Model();

  /// Each returns the index of what was added. Throws Error when the name is taken.
  std::size_t add_coordinate(Coordinate coordinate);
  /// Throws std::invalid_argument unless the parent is there, the directions are not zero (they are
  /// made unit length) and translations come before rotations.
  std::size_t add_body(Body body, std::size_t parent, Joint joint);
  std::size_t add_marker(Marker marker);
  void add_coupling(Coupling coupling);
  void clear_markers() { markers_.clear(); }
  void move_marker(std::size_t marker, const Eigen::Vector3d& location) noexcept { markers_[marker].location = location; }

  const std::vector<Coordinate>& coordinates() const { return coordinates_; }
  const std::vector<Body>& bodies() const { return bodies_; }
  const std::vector<Joint>& joints() const { return joints_; }  ///< of the body of the same index
  const std::vector<Marker>& markers() const { return markers_; }
  const std::vector<Coupling>& couplings() const { return couplings_; }
  std::size_t parent(std::size_t body) const { return parents_[body]; }
  /// Of the first elementary axis of a body's joint in Pose::axes.
  std::size_t first_axis(std::size_t body) const { return first_axes_[body]; }
  std::optional<std::size_t> find_coordinate(std::string_view name) const;
  std::optional<std::size_t> find_body(std::string_view name) const;
  std::vector<std::string> marker_names() const;
  double mass_kg() const;  ///< of all bodies

  /// Neutral values of all coordinates, couplings followed.
  std::vector<double> neutral() const;
  /// Sets locked coordinates to their neutral and dependent ones by their couplings.
  void enforce(std::span<double> coordinates) const;

  Pose make_pose() const;
  /// Forward kinematics. Shape: one number a coordinate.
  /// Cost: O(bodies), a few microseconds; does not allocate.
  void place(std::span<const double> coordinates, Pose& pose) const noexcept;
  /// Shape: out has 3 numbers a marker, m, in ground. Does not allocate.
  void place_markers(const Pose& pose, std::span<double> out) const noexcept;
  /// How a point fixed on a body moves for a small change of each coordinate (couplings not
  /// followed). Shape: 3 x coordinates. Units: m/rad, m/m. Does not allocate when `out` has that
  /// shape.
  void jacobian(const Pose& pose, std::size_t body, const Eigen::Vector3d& point_in_ground,
                Eigen::Matrix3Xd& out) const;

 private:
  std::vector<Coordinate> coordinates_;
  std::vector<Coupling> couplings_;
  std::vector<Body> bodies_;
  std::vector<Joint> joints_;
  std::vector<Eigen::Isometry3d> child_to_body_;  ///< inverse of joint.on_child
  std::vector<std::size_t> parents_;
  std::vector<std::size_t> first_axes_;
  std::vector<Marker> markers_;
  std::size_t axis_count_ = 0;
};

/// Angles (a, b, c) with rotation = Rz(a) Rx(b) Ry(c): pelvis, hip, back and shoulder are given so.
/// b within +-90 degrees; at 90 the split between a and c is not unique, and c is 0.
Eigen::Vector3d zxy_angles(const Eigen::Matrix3d& rotation);
Eigen::Matrix3d zxy_rotation(double z_rad, double x_rad, double y_rad);

}  // namespace kinemyo::body
