#include "kinemyo/body/euler_branches.h"

#include <cmath>
#include <limits>
#include <numbers>

namespace kinemyo::body {

namespace {

constexpr double kTurn = 2 * std::numbers::pi;

// Of the other set: the middle angle is mirrored, the outer ones turn by half.
double other(double q, int place) {
  return place == 1 ? std::numbers::pi - q : q + std::numbers::pi;
}

}  // namespace

EulerBranches::EulerBranches(const Model& model, std::span<const std::size_t> bodies,
                             std::span<const char> moves, bool limits) {
  for (const auto b : bodies) {
    std::vector<Axis> turns;
    bool plain = true;
    for (const auto& axis : model.joints()[b].axes) {
      if (axis.kind != Axis::Kind::rotation) continue;
      plain = plain && axis.coordinate && moves[*axis.coordinate] && axis.function.is_line() &&
              std::abs(axis.function.slope(0)) == 1 && axis.function.value(0) == 0;
      turns.push_back(axis);
    }
    if (!plain || turns.size() != 3) continue;
    const auto apart = [&](int i, int j) {
      return std::abs(turns[static_cast<std::size_t>(i)].direction.dot(
                 turns[static_cast<std::size_t>(j)].direction)) < 1e-9;
    };
    if (!apart(0, 1) || !apart(0, 2) || !apart(1, 2)) continue;
    Triple triple{};
    for (std::size_t k = 0; k < 3; ++k) {
      const auto& coordinate = model.coordinates()[*turns[k].coordinate];
      triple.coordinate[k] = *turns[k].coordinate;
      triple.minimum[k] = limits ? coordinate.minimum : -std::numeric_limits<double>::infinity();
      triple.maximum[k] = limits ? coordinate.maximum : std::numeric_limits<double>::infinity();
    }
    triples_.push_back(triple);
  }
}

void EulerBranches::keep(std::span<double> coordinates,
                         std::span<const double> near) const noexcept {
  for (const auto& triple : triples_) {
    // The other set and whole turns are more than 2 away in one angle at least.
    bool surely = true;
    for (const auto c : triple.coordinate)
      surely = surely && std::abs(coordinates[c] - near[c]) < 1;
    if (surely) continue;
    double here = 0, there = 0;
    for (int k = 0; k < 3; ++k) {
      const auto c = triple.coordinate[k];
      here += std::pow(std::remainder(coordinates[c] - near[c], kTurn), 2);
      there += std::pow(std::remainder(other(coordinates[c], k) - near[c], kTurn), 2);
    }
    double chosen[3];
    bool inside = true;
    for (int k = 0; k < 3; ++k) {
      const auto c = triple.coordinate[k];
      const double q = there < here ? other(coordinates[c], k) : coordinates[c];
      chosen[k] = near[c] + std::remainder(q - near[c], kTurn);
      inside = inside && chosen[k] >= triple.minimum[k] && chosen[k] <= triple.maximum[k];
    }
    if (!inside) continue;
    for (int k = 0; k < 3; ++k) {
      if (std::abs(chosen[k] - coordinates[triple.coordinate[k]]) > 1e-6)
        coordinates[triple.coordinate[k]] = chosen[k];
    }
  }
}

}  // namespace kinemyo::body
