#pragma once

#include <Eigen/Core>
#include <cstddef>
#include <span>
#include <vector>

#include "kinemyo/body/chain.h"

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

/// The coordinates that bring a model's markers nearest to measured ones, in weighted least squares, frame by frame;
/// each frame starts from the one before. Locked coordinates keep their value, dependent ones follow.
/// Coordinates that no marker shows stay where they were.
/// Cost: a frame takes tens of microseconds, nearly independent of the number of markers; step() does not allocate.
/// Source: Levenberg-Marquardt with bounds by an active set (Nocedal and Wright 2006, 10.3 and 16.5); J'WJ is summed up
/// the tree as in the composite-rigid-body algorithm, and factored without fill-in (Featherstone 2008, sections 6.2, 6.5).
class InverseKinematics {
 public:
  /// Shape: one weight a marker of the model; 0 leaves it out.
  /// Throws std::invalid_argument unless weights are finite, not negative, and one at least is above 0.
  InverseKinematics(Model model, std::vector<double> weights, const IkOptions& options = {});

  /// Solves a frame from scratch, from many starting postures, and keeps the best: for the first frame, and after a loss.
  /// Shape: 3 numbers a marker of the model, m. Missing: NaN. Cost: some ten milliseconds.
  IkFrame start(std::span<const double> markers);
  /// Solves the next frame from the posture before. The same shape. Does not allocate.
  IkFrame step(std::span<const double> markers) noexcept;

  const Model& model() const { return model_; }
  std::span<const double> weights() const { return weights_; }
  const IkOptions& options() const { return options_; }
  /// Other weights from the next frame on; a weight of 0 at construction stays 0.
  void set_weights(std::span<const double> weights) noexcept;
  /// Puts a marker of the model elsewhere on its body, m, from the next frame on.
  void move_marker(std::size_t marker, const Eigen::Vector3d& location) noexcept { model_.move_marker(marker, location); }
  std::span<const double> coordinates() const { return coordinates_; }
  /// The posture from which the next step goes. Shape: one number a coordinate.
  void set_coordinates(std::span<const double> coordinates);
  /// Distances of the markers at coordinates() to measured ones, m; NaN where one is missing. Does not allocate.
  void distances(std::span<const double> markers, std::span<double> out) noexcept;

 private:
  // Markers of one body: sums that do not depend on the posture.
  struct Sums {
    double weight = 0;                // sum w
    Eigen::Vector3d first;            // sum w x
    Eigen::Matrix3d second;           // sum w x x'
    Eigen::Matrix3d cross;            // sum w x y'
    Eigen::Vector3d measured;         // sum w y
    double square = 0;                // sum w y'y
  };
  // The same in ground, of a body and all that hangs on it, with the wrench of the residuals.
  struct Composite {
    double weight = 0;
    Eigen::Vector3d first;
    Eigen::Matrix3d inertia;
    Eigen::Vector3d force;
    Eigen::Vector3d moment;
  };
  // How one variable moves one body relative to its parent: a velocity field omega x p + v in ground.
  struct Column {
    std::size_t body = 0;
    std::size_t variable = 0;
    Eigen::Vector3d omega = Eigen::Vector3d::Zero();
    Eigen::Vector3d v = Eigen::Vector3d::Zero();
    std::size_t first_part = 0, last_part = 0;  // in parts_
    std::size_t before = 0;                     // columns of ancestors in ancestors_, then those of the body up to itself
    std::size_t after = 0;
  };
  struct Part {  // an elementary axis of a column
    std::size_t axis = 0;
    std::size_t coordinate = 0;
    bool turns = false;
  };
  struct Triple {  // three turns about axes at right angles: two sets of angles give one rotation
    std::size_t coordinate[3];
  };

  void arrange();
  void gather(std::span<const double> markers) noexcept;
  double place() noexcept;     // coordinates to pose and sums in ground; the cost
  void assemble() noexcept;    // normal equations
  bool factor_and_solve(double damping) noexcept;
  void bounded_step(double damping) noexcept;
  IkFrame solve(double tolerance, std::size_t most) noexcept;
  void follow() noexcept;      // dependent coordinates, and slopes
  void keep_branch(std::span<const double> near) noexcept;
  double distance_to(std::span<const double> near, const Triple& triple, bool other) const noexcept;

  Model model_;
  std::vector<double> weights_;
  IkOptions options_;

  std::vector<std::size_t> variables_;       // coordinate of each variable, root first
  std::vector<std::size_t> variable_of_;     // coordinate to variable; variables_.size() if it does not move
  std::vector<double> slope_of_;             // of each coordinate, by its variable
  std::vector<std::size_t> bodies_;          // that carry markers or have them further out, root first
  std::vector<std::vector<std::size_t>> markers_on_;  // a body
  std::vector<Column> columns_;
  std::vector<Part> parts_;
  std::vector<std::size_t> ancestors_;
  std::vector<std::vector<std::size_t>> pattern_;  // columns below the diagonal that are not zero, increasing
  std::vector<Triple> triples_;

  Pose pose_;
  std::vector<Sums> sums_;
  std::vector<Composite> composites_;
  Eigen::MatrixXd normal_, factor_;
  Eigen::VectorXd gradient_, step_, right_;
  std::vector<char> held_;
  std::vector<double> coordinates_, kept_, before_, velocity_;
  std::size_t smooth_frames_ = 0;
  std::size_t seen_ = 0;
  double least_ = 0;  // added to the diagonal of the normal equations: what nothing shows stays
};

}  // namespace kinemyo::body
