#pragma once

#include <Eigen/Core>
#include <cstddef>
#include <span>
#include <vector>

#include "kinemyo/body/bounded_step.h"
#include "kinemyo/body/chain.h"
#include "kinemyo/body/euler_branches.h"
#include "kinemyo/body/marker_tree.h"

namespace kinemyo::body {

struct IkOptions {
  double tolerance = 1e-4;  ///< a frame is done when no coordinate moves by more; rad, m
  std::size_t most_iterations = 50;
  bool limits = true;  ///< keep coordinates inside their ranges
};

/// How a frame was solved.
struct IkFrame {
  std::size_t iterations = 0;
  std::size_t markers = 0;  ///< that were there and weigh something
  double cost = 0;          ///< sum of weight * squared distance, m^2
  bool converged = false;
};

/// The coordinates that bring a model's markers nearest to measured ones, in weighted least
/// squares, frame by frame; each frame starts from the one before. Locked coordinates keep their
/// value, dependent ones follow. Coordinates that no marker shows stay where they were.
/// Cost: a frame takes some ten microseconds, nearly independent of the number of markers; step()
/// does not allocate.
/// Source: Newton's method, and Levenberg and Marquardt's where it does not lead down, with bounds
/// (BoundedStep), on sums over the tree of bodies (MarkerTree). While steps shrink fast, the
/// equations of the one before serve again (Kelley 1995, Iterative Methods for Linear and Nonlinear
/// Equations, section 5.4: the chord method).
class InverseKinematics {
 public:
  /// Shape: one weight a marker of the model; 0 leaves it out.
  /// Throws std::invalid_argument unless weights are finite, not negative, and one at least is
  /// above 0.
  InverseKinematics(Model model, std::vector<double> weights, const IkOptions& options = {});

  /// Solves a frame from scratch, from many starting postures, and keeps the best: for the first
  /// frame, and after a loss.
  /// Shape: 3 numbers a marker of the model, m.
  /// Missing: NaN.
  /// Cost: some ten milliseconds.
  IkFrame start(std::span<const double> markers);
  /// Solves the next frame from the posture before. The same shape. Does not allocate.
  IkFrame step(std::span<const double> markers) noexcept;

  const Model& model() const { return model_; }
  std::span<const double> weights() const { return weights_; }
  const IkOptions& options() const { return options_; }
  /// Other weights from the next frame on; a weight of 0 at construction stays 0.
  void set_weights(std::span<const double> weights) noexcept;
  /// Puts a marker of the model elsewhere on its body, m, from the next frame on.
  void move_marker(std::size_t marker, const Eigen::Vector3d& location) noexcept;
  std::span<const double> coordinates() const { return coordinates_; }
  /// The posture from which the next step goes.
  /// Shape: one number a coordinate.
  void set_coordinates(std::span<const double> coordinates);
  /// Distances of the markers at coordinates() to measured ones, m; NaN where one is missing. Does
  /// not allocate.
  void distances(std::span<const double> markers, std::span<double> out) noexcept;

 private:
  IkFrame solve(double tolerance, std::size_t most) noexcept;
  void extrapolate() noexcept;

  Model model_;
  std::vector<double> weights_;
  IkOptions options_;
  MarkerTree tree_;
  BoundedStep step_;
  EulerBranches branches_;
  std::vector<double> minimum_, maximum_;  ///< of the variables
  Pose pose_;
  std::vector<double> coordinates_, before_;
  std::vector<double> at_, kept_;  ///< the variables' values: now, and where the step began
  std::vector<std::vector<std::size_t>> limbs_;  ///< variables of each
  std::vector<double> velocity_;   ///< of the coordinates, a frame
  std::size_t smooth_frames_ = 0;
  std::size_t seen_ = 0;
};

}  // namespace kinemyo::body
