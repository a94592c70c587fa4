#include "kinemyo/body/inverse_kinematics.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "kinemyo/base/error.h"
#include "kinemyo/base/random.h"

namespace kinemyo::body {

namespace {

constexpr double kLeastDamping = 1e-9;
constexpr double kMostDamping = 1e8;

Eigen::Map<const Eigen::Vector3d> point(std::span<const double> markers, std::size_t m) {
  return Eigen::Map<const Eigen::Vector3d>(markers.data() + 3 * m);
}

}  // namespace

InverseKinematics::InverseKinematics(Model model, std::vector<double> weights, const IkOptions& options)
    : model_(std::move(model)), weights_(std::move(weights)), options_(options) {
  require(weights_.size() == model_.markers().size(), "InverseKinematics: one weight a marker");
  require(std::all_of(weights_.begin(), weights_.end(), [](double w) { return std::isfinite(w) && w >= 0; }),
          "InverseKinematics: weights are finite and not negative");
  require(std::any_of(weights_.begin(), weights_.end(), [](double w) { return w > 0; }),
          "InverseKinematics: one weight at least is above 0");
  require(options_.tolerance > 0 && options_.most_iterations > 0, "InverseKinematics: tolerance and iterations are above 0");
  least_ = 1e-8 * *std::max_element(weights_.begin(), weights_.end());
  arrange();
}

void InverseKinematics::arrange() {
  const auto count = model_.coordinates().size();
  markers_on_.resize(model_.bodies().size());
  std::vector<char> carries(model_.bodies().size(), 0);
  for (std::size_t m = 0; m < weights_.size(); ++m) {
    if (weights_[m] == 0) continue;
    markers_on_[model_.markers()[m].body].push_back(m);
    for (std::size_t b = model_.markers()[m].body; b != 0; b = model_.parent(b)) carries[b] = 1;
  }
  // Which coordinate leads each.
  std::vector<std::size_t> leader(count);
  for (std::size_t c = 0; c < count; ++c) leader[c] = c;
  for (const auto& coupling : model_.couplings()) leader[coupling.dependent] = leader[coupling.leading];
  variable_of_.assign(count, count);
  for (std::size_t b = 1; b < carries.size(); ++b) {
    if (!carries[b]) continue;
    bodies_.push_back(b);
    const auto& axes = model_.joints()[b].axes;
    const std::size_t first_column = columns_.size();
    for (std::size_t a = 0; a < axes.size(); ++a) {
      if (!axes[a].coordinate) continue;
      const std::size_t lead = leader[*axes[a].coordinate];
      if (model_.coordinates()[lead].locked) continue;
      if (variable_of_[lead] == count) {
        variable_of_[lead] = variables_.size();
        variables_.push_back(lead);
      }
      const std::size_t variable = variable_of_[lead];
      if (std::none_of(columns_.begin() + static_cast<std::ptrdiff_t>(first_column), columns_.end(),
                       [&](const Column& column) { return column.variable == variable; })) {
        columns_.push_back({b, variable});
      }
    }
    for (std::size_t i = first_column; i < columns_.size(); ++i) {
      auto& column = columns_[i];
      column.first_part = parts_.size();
      for (std::size_t a = 0; a < axes.size(); ++a) {
        if (!axes[a].coordinate || leader[*axes[a].coordinate] != variables_[column.variable]) continue;
        parts_.push_back({model_.first_axis(b) + a, *axes[a].coordinate, axes[a].kind == Axis::Kind::rotation});
      }
      column.last_part = parts_.size();
      column.before = ancestors_.size();
      for (std::size_t j = 0; j < i; ++j) {
        for (std::size_t up = b; up != 0; up = model_.parent(up)) {
          if (columns_[j].body == up) ancestors_.push_back(j);
        }
      }
      ancestors_.push_back(i);
      column.after = ancestors_.size();
    }
  }
  for (std::size_t c = 0; c < count; ++c) variable_of_[c] = variable_of_[leader[c]];

  // Where the normal equations are not zero, and where eliminating from the leaves fills in.
  const auto n = variables_.size();
  std::vector<std::vector<char>> full(n, std::vector<char>(n, 0));
  for (const auto& column : columns_) {
    for (std::size_t a = column.before; a < column.after; ++a) {
      const auto other = columns_[ancestors_[a]].variable;
      full[std::max(column.variable, other)][std::min(column.variable, other)] = 1;
    }
  }
  pattern_.resize(n);
  for (std::size_t k = n; k-- > 0;) {
    for (std::size_t i = 0; i < k; ++i) {
      if (full[k][i]) pattern_[k].push_back(i);
    }
    for (const auto i : pattern_[k]) {
      for (const auto j : pattern_[k]) {
        if (j < i) full[i][j] = 1;
      }
    }
  }

  for (const auto b : bodies_) {
    std::vector<std::size_t> turns;
    std::vector<Eigen::Vector3d> directions;
    bool plain = true;
    for (const auto& axis : model_.joints()[b].axes) {
      if (axis.kind != Axis::Kind::rotation) continue;
      plain = plain && axis.coordinate && variable_of_[*axis.coordinate] < count && leader[*axis.coordinate] == *axis.coordinate &&
              std::abs(std::abs(axis.function.slope(0.3)) - 1) < 1e-12 && std::abs(axis.function.value(0)) < 1e-12;
      if (axis.coordinate) turns.push_back(*axis.coordinate);
      directions.push_back(axis.direction);
    }
    if (plain && turns.size() == 3 && std::abs(directions[0].dot(directions[1])) < 1e-9 &&
        std::abs(directions[0].dot(directions[2])) < 1e-9 && std::abs(directions[1].dot(directions[2])) < 1e-9) {
      triples_.push_back({{turns[0], turns[1], turns[2]}});
    }
  }

  const auto size = static_cast<Eigen::Index>(n);
  pose_ = model_.make_pose();
  sums_.resize(model_.bodies().size());
  composites_.resize(model_.bodies().size());
  normal_ = factor_ = Eigen::MatrixXd::Zero(size, size);
  gradient_ = step_ = right_ = Eigen::VectorXd::Zero(size);
  held_.assign(n, 0);
  slope_of_.assign(count, 1);
  coordinates_ = kept_ = before_ = model_.neutral();
  velocity_.assign(count, 0);
}

void InverseKinematics::set_weights(std::span<const double> weights) noexcept {
  for (std::size_t m = 0; m < weights_.size(); ++m) weights_[m] = weights[m];
}

void InverseKinematics::set_coordinates(std::span<const double> coordinates) {
  require(coordinates.size() == coordinates_.size(), "InverseKinematics: one number a coordinate");
  coordinates_.assign(coordinates.begin(), coordinates.end());
  model_.enforce(coordinates_);
  smooth_frames_ = 0;
}

void InverseKinematics::follow() noexcept {
  for (const auto& coupling : model_.couplings()) {
    const double at = coordinates_[coupling.leading];
    coordinates_[coupling.dependent] = coupling.function.value(at);
    slope_of_[coupling.dependent] = coupling.function.slope(at) * slope_of_[coupling.leading];
  }
}

void InverseKinematics::gather(std::span<const double> markers) noexcept {
  seen_ = 0;
  for (const auto b : bodies_) {
    auto& s = sums_[b];
    s.weight = s.square = 0;
    s.first.setZero();
    s.measured.setZero();
    s.second.setZero();
    s.cross.setZero();
    for (const auto m : markers_on_[b]) {
      const auto y = point(markers, m);
      const double w = weights_[m];
      if (w == 0 || !y.allFinite()) continue;
      ++seen_;
      const Eigen::Vector3d& x = model_.markers()[m].location;
      const Eigen::Vector3d wx = w * x;
      s.weight += w;
      s.first += wx;
      s.second += wx * x.transpose();
      s.cross += wx * y.transpose();
      s.measured += w * y;
      s.square += w * y.squaredNorm();
    }
  }
}

double InverseKinematics::place() noexcept {
  follow();
  model_.place(coordinates_, pose_);
  double cost = 0;
  for (const auto b : bodies_) {
    const auto& s = sums_[b];
    auto& c = composites_[b];
    if (s.weight == 0) {
      c.weight = 0;
      c.first.setZero();
      c.inertia.setZero();
      c.force.setZero();
      c.moment.setZero();
      continue;
    }
    const Eigen::Matrix3d rotation = pose_.bodies[b].linear();
    const Eigen::Vector3d origin = pose_.bodies[b].translation();
    const Eigen::Vector3d turned = rotation * s.first;
    c.weight = s.weight;
    c.first = turned + s.weight * origin;
    const Eigen::Matrix3d second = rotation * s.second * rotation.transpose() + turned * origin.transpose() + origin * turned.transpose() +
                                   s.weight * origin * origin.transpose();
    const Eigen::Matrix3d cross = rotation * s.cross + origin * s.measured.transpose();
    const double trace = second.trace();
    c.inertia = -second;
    c.inertia.diagonal().array() += trace;
    c.force = s.measured - c.first;
    c.moment << cross(1, 2) - cross(2, 1), cross(2, 0) - cross(0, 2), cross(0, 1) - cross(1, 0);
    cost += s.square - 2 * cross.trace() + trace;
  }
  return cost;
}

void InverseKinematics::assemble() noexcept {
  for (auto b = bodies_.rbegin(); b != bodies_.rend(); ++b) {
    const auto parent = model_.parent(*b);
    if (parent == 0) continue;
    const auto& child = composites_[*b];
    auto& c = composites_[parent];
    c.weight += child.weight;
    c.first += child.first;
    c.inertia += child.inertia;
    c.force += child.force;
    c.moment += child.moment;
  }
  normal_.setZero();
  gradient_.setZero();
  for (auto& column : columns_) {
    column.omega.setZero();
    column.v.setZero();
    for (std::size_t p = column.first_part; p < column.last_part; ++p) {
      const auto& placed = pose_.axes[parts_[p].axis];
      const double slope = placed.slope * slope_of_[parts_[p].coordinate];
      if (parts_[p].turns) {
        column.omega += slope * placed.direction;
        column.v += slope * placed.point.cross(placed.direction);
      } else {
        column.v += slope * placed.direction;
      }
    }
    const auto& c = composites_[column.body];
    const auto variable = static_cast<Eigen::Index>(column.variable);
    gradient_[variable] += column.omega.dot(c.moment) + column.v.dot(c.force);
    const Eigen::Vector3d force = c.weight * column.v + column.omega.cross(c.first);
    const Eigen::Vector3d moment = c.inertia * column.omega + c.first.cross(column.v);
    for (std::size_t a = column.before; a < column.after; ++a) {
      const auto& up = columns_[ancestors_[a]];
      const double h = up.omega.dot(moment) + up.v.dot(force);
      const auto other = static_cast<Eigen::Index>(up.variable);
      if (other == variable) {
        normal_(variable, variable) += &up == &column ? h : 2 * h;
      } else {
        normal_(std::min(variable, other), std::max(variable, other)) += h;
      }
    }
  }
}

// H = L'DL, eliminated from the leaves. normal_ and factor_ hold row k of the lower triangle in column k (contiguous).
bool InverseKinematics::factor_and_solve(double damping) noexcept {
  const std::size_t n = variables_.size();
  const auto at = [&](std::size_t row, std::size_t column) -> double& {
    return factor_(static_cast<Eigen::Index>(column), static_cast<Eigen::Index>(row));
  };
  for (std::size_t k = 0; k < n; ++k) {
    const auto kk = static_cast<Eigen::Index>(k);
    for (const auto i : pattern_[k]) at(k, i) = held_[k] || held_[i] ? 0.0 : normal_(static_cast<Eigen::Index>(i), kk);
    at(k, k) = held_[k] ? 1.0 : normal_(kk, kk) * (1 + damping) + least_;
  }
  for (std::size_t k = n; k-- > 0;) {
    if (!(at(k, k) > 0)) return false;
    const double inverse = 1 / at(k, k);
    for (const auto i : pattern_[k]) {
      const double a = at(k, i) * inverse;
      if (a == 0) continue;
      for (const auto j : pattern_[k]) {
        if (j >= i) break;
        at(i, j) -= a * at(k, j);
      }
      at(i, i) -= a * at(k, i);
    }
    for (const auto i : pattern_[k]) at(k, i) *= inverse;
  }
  for (std::size_t k = n; k-- > 0;) {
    const double x = right_[static_cast<Eigen::Index>(k)];
    if (x == 0) continue;
    for (const auto i : pattern_[k]) right_[static_cast<Eigen::Index>(i)] -= at(k, i) * x;
  }
  for (std::size_t k = 0; k < n; ++k) {
    double x = right_[static_cast<Eigen::Index>(k)] / at(k, k);
    for (const auto i : pattern_[k]) x -= at(k, i) * right_[static_cast<Eigen::Index>(i)];
    right_[static_cast<Eigen::Index>(k)] = x;
  }
  return right_.allFinite();
}

// The damped step to step_: what would leave its range goes to the end of it, and the others are solved again.
void InverseKinematics::bounded_step(double damping) noexcept {
  const std::size_t n = variables_.size();
  std::fill(held_.begin(), held_.end(), 0);
  step_.setZero();
  if (options_.limits) {
    for (std::size_t k = 0; k < n; ++k) {
      const auto& c = model_.coordinates()[variables_[k]];
      const double q = coordinates_[variables_[k]], g = gradient_[static_cast<Eigen::Index>(k)];
      held_[k] = (q <= c.minimum && g < 0) || (q >= c.maximum && g > 0);
    }
  }
  for (std::size_t round = 0; round <= n; ++round) {
    for (std::size_t k = 0; k < n; ++k) right_[static_cast<Eigen::Index>(k)] = held_[k] ? 0.0 : gradient_[static_cast<Eigen::Index>(k)];
    for (std::size_t k = 0; k < n; ++k) {
      const auto kk = static_cast<Eigen::Index>(k);
      for (const auto i : pattern_[k]) {
        const auto ii = static_cast<Eigen::Index>(i);
        if (held_[k] && !held_[i]) right_[ii] -= normal_(ii, kk) * step_[kk];
        if (held_[i] && !held_[k]) right_[kk] -= normal_(ii, kk) * step_[ii];
      }
    }
    if (!factor_and_solve(damping)) {
      step_.setZero();
      return;
    }
    bool crossed = false;
    for (std::size_t k = 0; k < n; ++k) {
      if (held_[k]) continue;
      const auto kk = static_cast<Eigen::Index>(k);
      step_[kk] = right_[kk];
      if (!options_.limits) continue;
      const auto& c = model_.coordinates()[variables_[k]];
      const double q = coordinates_[variables_[k]];
      const double inside = std::clamp(q + right_[kk], std::min(c.minimum, q), std::max(c.maximum, q));
      if (inside != q + right_[kk]) {
        step_[kk] = inside - q;
        held_[k] = 1;
        crossed = true;
      }
    }
    if (!crossed) return;
  }
}

IkFrame InverseKinematics::solve(double tolerance, std::size_t most) noexcept {
  IkFrame frame;
  frame.markers = seen_;
  double cost = place();
  double damping = kLeastDamping;
  bool fresh = true;  // normal equations belong to coordinates_
  assemble();
  while (frame.iterations < most) {
    ++frame.iterations;
    if (!fresh) assemble();
    fresh = true;
    bounded_step(damping);
    const double largest = step_.size() == 0 ? 0.0 : step_.lpNorm<Eigen::Infinity>();
    kept_ = coordinates_;
    for (std::size_t k = 0; k < variables_.size(); ++k) coordinates_[variables_[k]] += step_[static_cast<Eigen::Index>(k)];
    if (largest < tolerance && damping <= 1e-3) {
      follow();
      cost -= gradient_.dot(step_);  // to second order
      frame.converged = true;
      break;
    }
    const double there = place();
    if (there <= cost * (1 + 1e-12) + 1e-15) {
      cost = there;
      damping = std::max(damping * 0.1, kLeastDamping);
      fresh = false;
    } else {
      coordinates_ = kept_;
      damping = std::max(damping * 30, 1e-6);
      if (damping > kMostDamping) break;
      place();
      assemble();
    }
  }
  frame.cost = std::max(cost, 0.0);
  return frame;
}

double InverseKinematics::distance_to(std::span<const double> near, const Triple& triple, bool other) const noexcept {
  double sum = 0;
  for (int k = 0; k < 3; ++k) {
    double q = coordinates_[triple.coordinate[k]];
    if (other) q = k == 1 ? std::numbers::pi - q : q + std::numbers::pi;
    sum += std::pow(std::remainder(q - near[triple.coordinate[k]], 2 * std::numbers::pi), 2);
  }
  return sum;
}

// Of the angles that give the same rotation, those nearest to `near`, within limits.
void InverseKinematics::keep_branch(std::span<const double> near) noexcept {
  for (const auto& triple : triples_) {
    double chosen[3];
    bool inside = true;
    const bool other = distance_to(near, triple, true) < distance_to(near, triple, false);
    for (int k = 0; k < 3; ++k) {
      const auto c = triple.coordinate[k];
      double q = coordinates_[c];
      if (other) q = k == 1 ? std::numbers::pi - q : q + std::numbers::pi;
      chosen[k] = near[c] + std::remainder(q - near[c], 2 * std::numbers::pi);
      const auto& coordinate = model_.coordinates()[c];
      inside = inside && (!options_.limits || (chosen[k] >= coordinate.minimum && chosen[k] <= coordinate.maximum));
    }
    if (!inside) continue;
    for (int k = 0; k < 3; ++k) {
      // Turned by whole turns or to the other set only: equal numbers stay bit for bit.
      if (std::abs(chosen[k] - coordinates_[triple.coordinate[k]]) > 1e-6) coordinates_[triple.coordinate[k]] = chosen[k];
    }
  }
}

IkFrame InverseKinematics::step(std::span<const double> markers) noexcept {
  gather(markers);
  before_ = coordinates_;
  const bool whole = seen_ == [this] {
    std::size_t all = 0;
    for (const auto b : bodies_) all += markers_on_[b].size();
    return all;
  }();
  // Going on as before starts nearer, but only where nothing is missing: a limb that is not seen stays.
  if (whole && smooth_frames_ >= 2) {
    for (const auto c : variables_) {
      coordinates_[c] += velocity_[c];
      if (options_.limits) {
        const auto& coordinate = model_.coordinates()[c];
        coordinates_[c] = std::clamp(coordinates_[c], std::min(coordinate.minimum, before_[c]), std::max(coordinate.maximum, before_[c]));
      }
    }
  }
  auto frame = solve(options_.tolerance, options_.most_iterations);
  keep_branch(before_);
  double largest = 0;
  for (const auto c : variables_) {
    velocity_[c] = coordinates_[c] - before_[c];
    largest = std::max(largest, std::abs(velocity_[c]));
  }
  smooth_frames_ = whole && largest < 0.2 ? smooth_frames_ + 1 : 0;
  return frame;
}

IkFrame InverseKinematics::start(std::span<const double> markers) {
  require(markers.size() == 3 * weights_.size(), "InverseKinematics: 3 numbers a marker of the model");
  gather(markers);
  smooth_frames_ = 0;
  const auto neutral = model_.neutral();
  // The body that carries all others is turned in steps of 90 degrees about its axes, and brought to where the markers are.
  std::vector<std::size_t> turns, moves;
  if (!bodies_.empty()) {
    for (const auto& axis : model_.joints()[bodies_[0]].axes) {
      if (!axis.coordinate || variable_of_[*axis.coordinate] == neutral.size()) continue;
      (axis.kind == Axis::Kind::rotation ? turns : moves).push_back(*axis.coordinate);
    }
  }
  std::vector<double> best = neutral;
  IkFrame best_frame;
  best_frame.cost = std::numeric_limits<double>::infinity();
  std::size_t iterations = 0;
  const auto attempt = [&](const std::vector<double>& from, std::size_t most) {
    coordinates_ = from;
    if (options_.limits) {
      for (const auto c : variables_) coordinates_[c] = std::clamp(coordinates_[c], model_.coordinates()[c].minimum, model_.coordinates()[c].maximum);
    }
    // Moved so that the centres of the markers meet.
    place();
    Eigen::Vector3d gap = Eigen::Vector3d::Zero();
    double weight = 0;
    for (const auto b : bodies_) {
      gap += composites_[b].force;
      weight += composites_[b].weight;
    }
    if (weight > 0) {
      for (std::size_t k = 0; k < moves.size(); ++k) {
        for (const auto& axis : model_.joints()[bodies_[0]].axes) {
          if (axis.kind == Axis::Kind::translation && axis.coordinate == moves[k]) coordinates_[moves[k]] += gap.dot(axis.direction) / weight;
        }
      }
    }
    auto frame = solve(1e-3, most);
    iterations += frame.iterations;
    if (frame.cost < best_frame.cost * (1 - 1e-6)) {
      best = coordinates_;
      best_frame = frame;
    }
  };
  const double quarter = std::numbers::pi / 2;
  std::vector<double> from = neutral;
  const std::size_t steps = turns.size() == 3 ? 4 : 1;
  for (std::size_t a = 0; a < steps; ++a) {
    for (std::size_t b = 0; b < steps; ++b) {
      for (std::size_t c = 0; c < steps; ++c) {
        if (steps == 4) {
          const std::size_t quarters[] = {a, b, c};
          for (std::size_t k = 0; k < 3; ++k) {
            from[turns[k]] = neutral[turns[k]] + std::remainder(quarter * static_cast<double>(quarters[k]), 4 * quarter);
          }
          if (b % 2 == 1 && c != 0) continue;  // at 90 degrees the first and the third turn are one
          if (b == 2) continue;                // the other set of angles of b == 0
        }
        attempt(from, 12);
      }
    }
  }
  // Other postures around the best: limbs that were caught folded or turned the wrong way.
  base::Random random(1);
  const auto around = best;
  for (std::size_t tries = 0; tries < 12; ++tries) {
    from = tries % 2 == 0 ? around : best;
    for (const auto c : variables_) {
      if (std::find(moves.begin(), moves.end(), c) != moves.end() || std::find(turns.begin(), turns.end(), c) != turns.end()) continue;
      from[c] += random.uniform(-1.2, 1.2);
    }
    attempt(from, 25);
  }
  coordinates_ = best;
  auto frame = solve(options_.tolerance, 4 * options_.most_iterations);
  keep_branch(neutral);
  frame.iterations += iterations;
  return frame;
}

void InverseKinematics::distances(std::span<const double> markers, std::span<double> out) noexcept {
  model_.place(coordinates_, pose_);
  for (std::size_t m = 0; m < weights_.size(); ++m) {
    const auto& marker = model_.markers()[m];
    out[m] = (pose_.bodies[marker.body] * marker.location - point(markers, m)).norm();
  }
}

}  // namespace kinemyo::body
