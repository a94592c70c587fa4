#pragma once

#include <Eigen/Core>
#include <span>
#include <vector>

#include "kinemyo/body/chain.h"

namespace kinemyo::body {

/// The generalised forces that a movement takes: what each coordinate's actuator would have to do,
/// so that power is the sum of force times velocity. Nothing pushes from outside: of what touches
/// the ground, the force that carries it is asked of the coordinates of the root. A dependent
/// coordinate's force is its leader's; its own is 0. Locked coordinates do not move, and give the
/// moment that holds them.
/// Cost: some microseconds a frame; solve() does not allocate.
/// Source: recursive Newton-Euler (Featherstone 2008, section 5.3) over elementary axes, in ground.
class InverseDynamics {
 public:
  /// Gravity: m/s^2, in ground.
  explicit InverseDynamics(Model model,
                           const Eigen::Vector3d& gravity = Eigen::Vector3d(0, -9.80665, 0));

  /// Shape: one number a coordinate of the model in each.
  /// Units: rad or m, by s, by s^2; out: N m or N. What dependent and locked coordinates do is
  /// worked out from the others.
  void solve(std::span<const double> coordinates, std::span<const double> velocities,
             std::span<const double> accelerations, std::span<double> forces) noexcept;

  const Model& model() const { return model_; }

 private:
  // How a body's frame moves, in ground.
  struct Motion {
    Eigen::Matrix3d rotation = Eigen::Matrix3d::Identity();
    Eigen::Vector3d origin = Eigen::Vector3d::Zero();
    Eigen::Vector3d omega = Eigen::Vector3d::Zero(), alpha = Eigen::Vector3d::Zero();
    Eigen::Vector3d v = Eigen::Vector3d::Zero(), a = Eigen::Vector3d::Zero();

    void shift(const Eigen::Vector3d& by);  ///< to another point of the same rigid body
  };
  // What a body and all that it carries need, about ground's origin.
  struct Wrench {
    Eigen::Vector3d force, moment;
  };
  struct PlacedAxis {
    Eigen::Vector3d direction, point;
    double slope = 0;
  };

  void move_body(std::size_t b) noexcept;

  Model model_;
  Eigen::Vector3d gravity_;
  std::vector<double> q_, qd_, qdd_;
  std::vector<Eigen::Isometry3d> from_joint_;  ///< of the joint's moved frame, to each body's own
  std::vector<Motion> motions_;
  std::vector<Wrench> wrenches_;
  std::vector<PlacedAxis> axes_;
};

}  // namespace kinemyo::body
