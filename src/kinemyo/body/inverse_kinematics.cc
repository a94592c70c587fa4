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
constexpr double kSmallStep = 0.1;  ///< rad: after a larger one the normal equations are made anew
constexpr double kSlow =
    0.25;  ///< they are, too, when a step is not that much smaller than the one before

double largest_of(std::span<const double> step) {
  double largest = 0;
  for (const double change : step) largest = std::max(largest, std::abs(change));
  return largest;
}

template <typename Of>
std::vector<double> of_variables(const Model& model, const MarkerTree& tree, Of of) {
  std::vector<double> out;
  for (const auto c : tree.variables()) out.push_back(of(model.coordinates()[c]));
  return out;
}

std::vector<double> ends(const Model& model, const MarkerTree& tree, bool limits,
                         double Coordinate::*end, double free) {
  return of_variables(model, tree, [&](const Coordinate& c) { return limits ? c.*end : free; });
}

EulerBranches make_branches(const Model& model, const MarkerTree& tree, bool limits) {
  std::vector<char> moves(model.coordinates().size(), 0);
  for (const auto c : tree.variables()) moves[c] = 1;
  std::vector<std::size_t> bodies;
  for (std::size_t b = 1; b < model.bodies().size(); ++b) bodies.push_back(b);
  return {model, bodies, moves, limits};
}

const std::vector<double>& checked(const Model& model, const std::vector<double>& weights,
                                   const IkOptions& options) {
  require(weights.size() == model.markers().size(), "InverseKinematics: one weight a marker");
  require(std::all_of(weights.begin(), weights.end(),
                      [](double w) { return std::isfinite(w) && w >= 0; }),
          "InverseKinematics: weights are finite and not negative");
  require(std::any_of(weights.begin(), weights.end(), [](double w) { return w > 0; }),
          "InverseKinematics: one weight at least is above 0");
  require(options.tolerance > 0 && options.most_iterations > 0,
          "InverseKinematics: tolerance and iterations are above 0");
  return weights;
}

// Variables of each part of the tree that hangs on a body with several: legs, trunk with arms, each
// arm.
std::vector<std::vector<std::size_t>> find_limbs(const Model& model, const MarkerTree& tree) {
  const auto none = tree.variables().size();
  std::vector<std::vector<std::size_t>> own(model.bodies().size());
  for (std::size_t b = 1; b < own.size(); ++b) {
    for (const auto& axis : model.joints()[b].axes) {
      const auto k = axis.coordinate ? tree.variable_of(*axis.coordinate) : none;
      if (k != none && std::find(own[b].begin(), own[b].end(), k) == own[b].end())
        own[b].push_back(k);
    }
  }
  std::vector<char> moves(own.size(), 0);
  std::vector<std::size_t> branches(own.size(), 0);
  for (std::size_t b = own.size(); b-- > 1;) {
    moves[b] = moves[b] || !own[b].empty();
    if (!moves[b]) continue;
    moves[model.parent(b)] = 1;
    ++branches[model.parent(b)];
  }
  std::vector<std::vector<std::size_t>> out;
  for (std::size_t root = 1; root < own.size(); ++root) {
    if (model.parent(root) == 0 || !moves[root] || branches[model.parent(root)] < 2) continue;
    std::vector<std::size_t> limb;
    for (std::size_t b = root; b < own.size(); ++b) {
      for (auto up = b; up != 0; up = model.parent(up)) {
        if (up == root) limb.insert(limb.end(), own[b].begin(), own[b].end());
      }
    }
    out.push_back(std::move(limb));
  }
  return out;
}

constexpr double kInfinity = std::numeric_limits<double>::infinity();

}  // namespace

InverseKinematics::InverseKinematics(Model model, std::vector<double> weights,
                                     const IkOptions& options)
    : model_(std::move(model)),
      weights_(std::move(weights)),
      options_(options),
      tree_(model_, checked(model_, weights_, options_)),
      step_(tree_.make_normal(),
            ends(model_, tree_, options_.limits, &Coordinate::minimum, -kInfinity),
            ends(model_, tree_, options_.limits, &Coordinate::maximum, kInfinity),
            1e-8 * *std::max_element(weights_.begin(), weights_.end())),
      branches_(make_branches(model_, tree_, options_.limits)),
      minimum_(ends(model_, tree_, options_.limits, &Coordinate::minimum, -kInfinity)),
      maximum_(ends(model_, tree_, options_.limits, &Coordinate::maximum, kInfinity)),
      pose_(model_.make_pose()),
      coordinates_(model_.neutral()),
      before_(coordinates_),
      at_(tree_.variables().size(), 0),
      kept_(at_),
      limbs_(find_limbs(model_, tree_)),
      velocity_(coordinates_.size(), 0) {}

void InverseKinematics::set_weights(std::span<const double> weights) noexcept {
  std::copy_n(weights.begin(), weights_.size(), weights_.begin());
}

void InverseKinematics::move_marker(std::size_t marker, const Eigen::Vector3d& location) noexcept {
  model_.move_marker(marker, location);
  tree_.move_marker(marker, location);
}

void InverseKinematics::set_coordinates(std::span<const double> coordinates) {
  require(coordinates.size() == coordinates_.size(), "InverseKinematics: one number a coordinate");
  std::copy(coordinates.begin(), coordinates.end(), coordinates_.begin());
  model_.enforce(coordinates_);
  smooth_frames_ = 0;
}

// From coordinates_ to where no variable moves by more than the tolerance.
IkFrame InverseKinematics::solve(double tolerance, std::size_t most) noexcept {
  const auto& variables = tree_.variables();
  const auto put = [&] {
    for (std::size_t k = 0; k < variables.size(); ++k) coordinates_[variables[k]] = at_[k];
  };
  for (std::size_t k = 0; k < variables.size(); ++k) at_[k] = coordinates_[variables[k]];
  IkFrame frame;
  frame.markers = seen_;
  double cost = tree_.place(coordinates_);
  const auto* gradient = &tree_.differentiate();
  double damping = kLeastDamping;
  double last =
      kInfinity;           // the largest change of the step before, where its equations serve again
  bool curved = true;      // Newton's method; Gauss' where it does not lead down
  bool assembled = false;  // the equations belong to at_
  while (frame.iterations < most) {
    ++frame.iterations;
    const bool again = std::isfinite(last) && step_.solve_again(at_, *gradient) &&
                       largest_of(step_.step()) <= kSlow * last;
    if (!again) {
      if (!assembled) tree_.assemble(step_.normal(), curved);
      assembled = true;
      if (!step_.solve(at_, *gradient, damping)) {
        if (curved) {
          curved = assembled = false;
          cost = tree_.place(coordinates_);
          gradient = &tree_.differentiate();
          continue;
        }
        damping = std::max(damping * 30, 1e-6);
        if (damping > kMostDamping) break;
        continue;
      }
    }
    const double largest = largest_of(step_.step());
    kept_ = at_;
    for (std::size_t k = 0; k < at_.size(); ++k) at_[k] += step_.step()[k];
    put();
    // Equations from elsewhere leave up to a quarter of their step undone.
    if (largest < (again ? kSlow : 1) * tolerance && damping <= 1e-3) {
      tree_.follow(coordinates_);
      for (std::size_t k = 0; k < at_.size(); ++k)
        cost -= (*gradient)[k] * step_.step()[k];  // to second order
      frame.converged = true;
      break;
    }
    const double there = tree_.place(coordinates_);
    if (there <= cost * (1 + 1e-12) + 1e-15) {
      cost = there;
      damping = std::max(damping * 0.1, kLeastDamping);
      assembled = false;
      curved = largest < kSmallStep;
      last = damping == kLeastDamping && curved ? largest : kInfinity;
    } else {
      at_ = kept_;
      put();
      tree_.place(coordinates_);
      last = kInfinity;
      if (again) {
        // Equations from elsewhere may be what was wrong.
      } else if (curved) {
        curved = assembled = false;
      } else {
        damping = std::max(damping * 30, 1e-6);
        if (damping > kMostDamping) break;
      }
    }
    gradient = &tree_.differentiate();
  }
  frame.cost = std::max(cost, 0.0);
  return frame;
}

// Going on as before starts nearer.
void InverseKinematics::extrapolate() noexcept {
  const auto& variables = tree_.variables();
  for (std::size_t k = 0; k < variables.size(); ++k) {
    const double q = coordinates_[variables[k]];
    coordinates_[variables[k]] =
        std::clamp(q + velocity_[variables[k]], std::min(minimum_[k], q), std::max(maximum_[k], q));
  }
}

IkFrame InverseKinematics::step(std::span<const double> markers) noexcept {
  seen_ = tree_.gather(markers, weights_);
  before_ = coordinates_;
  // Only where nothing is missing: a limb that is not seen stays.
  const bool whole = seen_ == tree_.markers();
  if (whole && smooth_frames_ >= 2) extrapolate();
  const auto frame = solve(options_.tolerance, options_.most_iterations);
  branches_.keep(coordinates_, before_);
  double largest = 0;
  for (const auto c : tree_.variables()) {
    velocity_[c] = coordinates_[c] - before_[c];
    largest = std::max(largest, std::abs(velocity_[c]));
  }
  smooth_frames_ = whole && largest < 0.2 ? smooth_frames_ + 1 : 0;
  return frame;
}

IkFrame InverseKinematics::start(std::span<const double> markers) {
  require(markers.size() == 3 * weights_.size(),
          "InverseKinematics: 3 numbers a marker of the model");
  seen_ = tree_.gather(markers, weights_);
  smooth_frames_ = 0;
  const auto& variables = tree_.variables();
  const auto neutral = model_.neutral();
  // The body that carries all others is turned in steps of 90 degrees about its axes, and brought
  // to where the markers are.
  std::vector<std::size_t> turns, moves;
  if (const auto root = tree_.root_body(); root != 0) {
    for (const auto& axis : model_.joints()[root].axes) {
      if (!axis.coordinate || tree_.variable_of(*axis.coordinate) == variables.size()) continue;
      (axis.kind == Axis::Kind::rotation ? turns : moves).push_back(*axis.coordinate);
    }
  }
  std::vector<double> best = neutral;
  IkFrame best_frame;
  best_frame.cost = std::numeric_limits<double>::infinity();
  std::size_t iterations = 0;
  const auto attempt = [&](const std::vector<double>& from, std::size_t most, bool center) {
    coordinates_ = from;
    for (std::size_t k = 0; k < variables.size(); ++k) {
      coordinates_[variables[k]] = std::clamp(coordinates_[variables[k]], minimum_[k], maximum_[k]);
    }
    // Moved so that the centres of the markers meet.
    tree_.place(coordinates_);
    const Eigen::Vector3d gap = tree_.center_gap();
    for (const auto c : center ? moves : std::vector<std::size_t>()) {
      for (const auto& axis : model_.joints()[tree_.root_body()].axes) {
        if (axis.kind == Axis::Kind::translation && axis.coordinate == c)
          coordinates_[c] += gap.dot(axis.direction);
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
            from[turns[k]] =
                neutral[turns[k]] +
                std::remainder(quarter * static_cast<double>(quarters[k]), 4 * quarter);
          }
          if (b % 2 == 1 && c != 0) continue;  // at 90 degrees the first and the third turn are one
          if (b == 2) continue;                // the other set of angles of b == 0
        }
        attempt(from, 12, true);
      }
    }
  }
  // Other postures of each limb: one that was caught folded or turned the wrong way.
  base::Random random(1);
  for (const auto& limb : limbs_) {
    for (std::size_t tries = 0; tries < 6; ++tries) {
      from = best;
      for (const auto k : limb) {
        const double low = std::max(minimum_[k], from[variables[k]] - 1.5),
                     high = std::min(maximum_[k], from[variables[k]] + 1.5);
        if (low < high) from[variables[k]] = random.uniform(low, high);
      }
      attempt(from, 25, false);
    }
  }
  coordinates_ = best;
  auto frame = solve(options_.tolerance, 4 * options_.most_iterations);
  branches_.keep(coordinates_, neutral);
  frame.iterations += iterations;
  return frame;
}

void InverseKinematics::distances(std::span<const double> markers, std::span<double> out) noexcept {
  model_.place(coordinates_, pose_);
  for (std::size_t m = 0; m < weights_.size(); ++m) {
    const auto& marker = model_.markers()[m];
    out[m] = (pose_.bodies[marker.body] * marker.location -
              Eigen::Map<const Eigen::Vector3d>(markers.data() + 3 * m))
                 .norm();
  }
}

}  // namespace kinemyo::body
