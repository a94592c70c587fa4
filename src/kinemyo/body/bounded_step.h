#pragma once

#include <span>
#include <vector>

#include "kinemyo/body/marker_tree.h"

namespace kinemyo::body {

/// Steps of Levenberg and Marquardt that keep variables inside their ranges, by an active set: what
/// would leave its range goes to the end of it and is held there, and the others are solved again.
/// Nothing but the constructor allocates.
/// Source: Nocedal and Wright 2006, sections 10.3 and 16.5; factored L'DL, from the leaves, without
/// fill-in (Featherstone 2008, section 6.5).
class BoundedStep {
 public:
  /// `least` is added to the diagonal, so that what nothing shows stays.
  BoundedStep(TreeMatrix normal, std::vector<double> low, std::vector<double> high, double least);

  /// To be filled before solve().
  TreeMatrix& normal() { return normal_; }
  /// The step from `at`, downhill along the gradient. False if the equations have no solution.
  bool solve(std::span<const double> at, std::span<const double> gradient, double damping) noexcept;
  /// The step from elsewhere by the equations that were last solved; false where it takes others: a
  /// variable meets the end of its range, or would come off it.
  bool solve_again(std::span<const double> at, std::span<const double> gradient) noexcept;
  std::span<const double> step() const { return step_; }

 private:
  bool presses(std::size_t k, double at, double gradient) const noexcept {
    constexpr double kAtEnd = 1e-12;  // adding a step rounds
    return (at <= low_[k] + kAtEnd && gradient < 0) || (at >= high_[k] - kAtEnd && gradient > 0);
  }
  double inside(std::size_t k, double from, double to) const noexcept;
  bool factor(double damping) noexcept;
  void substitute() noexcept;

  TreeMatrix normal_, factor_;
  std::vector<double> low_, high_;
  double least_;
  std::vector<double> step_, right_;
  std::vector<char> held_;
};

}  // namespace kinemyo::body
