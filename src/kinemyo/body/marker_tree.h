#pragma once

#include <Eigen/Geometry>
#include <cstddef>
#include <span>
#include <vector>

#include "kinemyo/body/chain.h"

namespace kinemyo::body {

/// A symmetric matrix of least squares over a tree's variables: of each row what may be other than
/// zero below the diagonal, packed. Row k has a number for each variable that moves something with
/// k and comes before it; those of the p-th such variable are the first p of row k's, so that
/// eliminating k from the leaves fills nothing in.
struct TreeMatrix {
  std::vector<std::vector<std::size_t>> columns;  ///< of each row, increasing
  std::vector<std::size_t> starts;                ///< of each row in `below`
  std::vector<double> below, diagonal;

  /// `columns` are completed so that they nest.
  explicit TreeMatrix(std::vector<std::vector<std::size_t>> columns);
  std::size_t size() const { return diagonal.size(); }
  double* row(std::size_t k) { return below.data() + starts[k]; }
  const double* row(std::size_t k) const { return below.data() + starts[k]; }
};

/// The weighted squared distances of a model's markers from measured ones as a function of its free
/// coordinates ("variables"): their sum, its gradient, and the normal equations, each summed up the
/// tree of bodies. Holds what it needs of the model. Nothing but the constructor allocates.
/// Source: marker inertias are composed as in the composite-rigid-body algorithm (Featherstone
/// 2008, section 6.2).
class MarkerTree {
 public:
  /// Bodies without markers that weigh something, and coordinates that move none, are left out.
  /// Shape: one weight a marker of the model.
  MarkerTree(const Model& model, std::span<const double> weights);

  /// The coordinate of each variable, root first.
  const std::vector<std::size_t>& variables() const { return variables_; }
  /// A coordinate's variable, or that of the one it follows; variables().size() if it does not
  /// move.
  std::size_t variable_of(std::size_t coordinate) const { return variable_of_[coordinate]; }
  /// Markers that weigh something.
  std::size_t markers() const { return marker_count_; }
  /// The body that carries all others; 0 if none does.
  std::size_t root_body() const { return links_.empty() ? 0 : links_.front().body; }

  void move_marker(std::size_t marker, const Eigen::Vector3d& location) noexcept;
  /// Takes a frame.
  /// Shape: 3 numbers and one weight a marker of the model.
  /// Missing: NaN; a weight of 0 leaves it out. Returns how many markers there are.
  std::size_t gather(std::span<const double> markers, std::span<const double> weights) noexcept;
  /// Puts the model into a posture, dependent coordinates set; returns the cost.
  double place(std::span<double> coordinates) noexcept;
  /// Dependent coordinates from those that lead them.
  void follow(std::span<double> coordinates) noexcept;
  /// Where the posture's markers would have to go as one to meet the measured ones, m: of their
  /// weighted centres.
  Eigen::Vector3d center_gap() const noexcept;
  /// At the posture of the last place(), once after it. Half the cost's, the sign turned: downhill
  /// is positive.
  const std::vector<double>& differentiate() noexcept;
  /// J'WJ at the posture of the last place(), to `out`, made by make_normal(). Once, after
  /// differentiate().
  /// `curved`: with how the residuals bend, that is half the cost's second derivatives (but for
  /// those of the axes' functions): steps then converge quadratically near the optimum; far from it
  /// the matrix may not be positive.
  void assemble(TreeMatrix& out, bool curved) noexcept;
  TreeMatrix make_normal() const { return pattern_; }

 private:
  struct MarkerOnLink {
    std::size_t marker = 0;
    Eigen::Vector3d location;  // in the link's frame
  };
  // A body in the frame that its joint moves: a constant frame is then never applied twice.
  struct Link {
    std::size_t body = 0;
    std::size_t parent = 0;                                  // links_.size(): ground
    Eigen::Matrix3d rotation = Eigen::Matrix3d::Identity();  // of the joint's frame in the parent's
    Eigen::Vector3d origin = Eigen::Vector3d::Zero();
    bool turned = false;  // that rotation is not the identity
    Eigen::Isometry3d from_body = Eigen::Isometry3d::Identity();
    std::size_t first_axis = 0, last_axis = 0;
    std::size_t first_column = 0, last_column = 0;
    std::vector<MarkerOnLink> markers;
  };
  struct PlacedLink {
    Eigen::Matrix3d rotation;
    Eigen::Vector3d origin;
  };
  struct LinkAxis {
    Axis::Kind kind = Axis::Kind::rotation;
    Eigen::Vector3d direction;
    int along = -1;  // it is that axis of the frame, or its opposite; -1: neither
    double sign = 1;
    bool moves = false;  // by a coordinate
    std::size_t coordinate = 0;
    std::size_t column = 0;  // columns_.size(): a constant, or locked
    bool straight = false;   // value = slope * q + offset
    double slope = 0, offset = 0;
    Function function = Function::line();
  };
  // A column that moves the same body too, and where the product of both belongs.
  struct Pair {
    std::size_t column = 0;
    bool diagonal = false;  // of one variable
    double times = 1;       // 2: one variable moves two bodies in a row, and the product comes once
    std::size_t below = 0;  // in TreeMatrix::below
  };
  // How one variable moves one body relative to its parent: a velocity field omega x p + v in
  // ground.
  struct Column {
    std::size_t link = 0;
    std::size_t variable = 0;
    std::vector<Pair> pairs;
  };
  struct Motion {
    Eigen::Vector3d omega, v;
  };
  // Of one link's markers; what does not depend on the posture.
  struct Sums {
    double weight = 0;         // sum w
    Eigen::Vector3d first;     // sum w x
    Eigen::Matrix3d second;    // sum w x x'
    Eigen::Matrix3d cross;     // sum w x y'
    Eigen::Vector3d measured;  // sum w y
    double square = 0;         // sum w y'y
  };
  // In ground: of a link and, once summed, of all that hangs on it.
  struct Composite {
    double weight = 0;
    Eigen::Vector3d first;
    Eigen::Vector3d force, moment;  // wrench of the residuals
    Eigen::Matrix3d inertia;
    Eigen::Matrix3d arms;  // sum w p (y - p)': before assemble() sum w p y'
  };

  void add_link(const Model& model, std::size_t body, const std::vector<std::size_t>& leader,
                std::vector<std::size_t>& link_of);
  void pair_columns();
  void place_link(const Link& link, PlacedLink& placed, std::span<const double> q) noexcept;

  std::vector<std::size_t> variables_, variable_of_;
  TreeMatrix pattern_{{}};
  std::vector<Link> links_;
  std::vector<LinkAxis> axes_;
  std::vector<Column> columns_;
  std::vector<Coupling> couplings_;
  std::vector<double> slope_of_;  // of each coordinate, by the one that leads it
  std::size_t marker_count_ = 0;
  std::vector<std::pair<std::size_t, std::size_t>> place_of_;  // marker to link and place on it

  std::vector<PlacedLink> placed_;
  std::vector<Motion> motions_;  // of the columns
  std::vector<Sums> sums_;
  std::vector<Composite> composites_;
  std::vector<double> gradient_;
};

}  // namespace kinemyo::body
