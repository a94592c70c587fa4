#include "kinemyo/body/bounded_step.h"

#include <algorithm>
#include <cmath>

namespace kinemyo::body {

BoundedStep::BoundedStep(TreeMatrix normal, std::vector<double> low, std::vector<double> high,
                         double least)
    : normal_(std::move(normal)),
      factor_(normal_),
      low_(std::move(low)),
      high_(std::move(high)),
      least_(least),
      step_(normal_.size(), 0),
      right_(normal_.size(), 0),
      held_(normal_.size(), 0) {}

// Into the range, or no further out of it.
double BoundedStep::inside(std::size_t k, double from, double to) const noexcept {
  return std::clamp(to, std::min(low_[k], from), std::max(high_[k], from));
}

bool BoundedStep::factor(double damping) noexcept {
  const std::size_t n = normal_.size();
  for (std::size_t k = 0; k < n; ++k) {
    const auto& columns = normal_.columns[k];
    const double* from = normal_.row(k);
    double* to = factor_.row(k);
    for (std::size_t p = 0; p < columns.size(); ++p)
      to[p] = held_[k] || held_[columns[p]] ? 0.0 : from[p];
    factor_.diagonal[k] = held_[k] ? 1.0 : normal_.diagonal[k] * (1 + damping) + least_;
  }
  for (std::size_t k = n; k-- > 0;) {
    if (!(factor_.diagonal[k] > 0)) return false;
    const double inverse = 1 / factor_.diagonal[k];
    const auto& columns = factor_.columns[k];
    double* row = factor_.row(k);
    for (std::size_t p = 0; p < columns.size(); ++p) {
      const double a = row[p] * inverse;
      double* other = factor_.row(columns[p]);
      for (std::size_t q = 0; q < p; ++q) other[q] -= a * row[q];
      factor_.diagonal[columns[p]] -= a * row[p];
    }
    for (std::size_t p = 0; p < columns.size(); ++p) row[p] *= inverse;
    factor_.diagonal[k] = inverse;
  }
  return true;
}

// right_ to the solution in its place.
void BoundedStep::substitute() noexcept {
  const std::size_t n = normal_.size();
  for (std::size_t k = n; k-- > 0;) {
    const auto& columns = factor_.columns[k];
    const double* row = factor_.row(k);
    for (std::size_t p = 0; p < columns.size(); ++p) right_[columns[p]] -= row[p] * right_[k];
  }
  for (std::size_t k = 0; k < n; ++k) {
    const auto& columns = factor_.columns[k];
    const double* row = factor_.row(k);
    double x = right_[k] * factor_.diagonal[k];
    for (std::size_t p = 0; p < columns.size(); ++p) x -= row[p] * right_[columns[p]];
    right_[k] = x;
  }
}

bool BoundedStep::solve(std::span<const double> at, std::span<const double> gradient,
                        double damping) noexcept {
  const std::size_t n = normal_.size();
  std::fill(step_.begin(), step_.end(), 0);
  for (std::size_t k = 0; k < n; ++k) held_[k] = presses(k, at[k], gradient[k]);
  for (std::size_t round = 0; round <= n; ++round) {
    for (std::size_t k = 0; k < n; ++k) right_[k] = held_[k] ? 0.0 : gradient[k];
    for (std::size_t k = 0; round > 0 && k < n; ++k) {  // the held ones' steps are known
      const auto& columns = normal_.columns[k];
      const double* row = normal_.row(k);
      for (std::size_t p = 0; p < columns.size(); ++p) {
        const auto i = columns[p];
        if (held_[k] && !held_[i]) right_[i] -= row[p] * step_[k];
        if (held_[i] && !held_[k]) right_[k] -= row[p] * step_[i];
      }
    }
    if (!factor(damping)) return false;
    substitute();
    if (!std::all_of(right_.begin(), right_.end(), [](double x) { return std::isfinite(x); }))
      return false;
    bool crossed = false;
    for (std::size_t k = 0; k < n; ++k) {
      if (held_[k]) continue;
      const double to = at[k] + right_[k], kept = inside(k, at[k], to);
      step_[k] = right_[k];
      if (kept == to) continue;
      step_[k] = kept - at[k];
      held_[k] = 1;
      crossed = true;
    }
    if (!crossed) break;
  }
  return true;
}

bool BoundedStep::solve_again(std::span<const double> at,
                              std::span<const double> gradient) noexcept {
  const std::size_t n = normal_.size();
  for (std::size_t k = 0; k < n; ++k) {
    if (held_[k] && !presses(k, at[k], gradient[k])) return false;
    right_[k] = held_[k] ? 0.0 : gradient[k];
  }
  substitute();
  for (std::size_t k = 0; k < n; ++k) {
    if (!std::isfinite(right_[k]) || inside(k, at[k], at[k] + right_[k]) != at[k] + right_[k])
      return false;
    step_[k] = right_[k];
  }
  return true;
}

}  // namespace kinemyo::body
