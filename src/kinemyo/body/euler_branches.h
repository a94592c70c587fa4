#pragma once

#include <span>
#include <vector>

#include "kinemyo/body/chain.h"

namespace kinemyo::body {

/// Two sets of three angles about axes at right angles give one rotation, and whole turns may be
/// added to each: keeps to those that go on from a posture before.
class EulerBranches {
 public:
  /// Of the joints of `bodies` that turn freely about three such axes.
  EulerBranches(const Model& model, std::span<const std::size_t> bodies,
                std::span<const char> moves, bool limits);

  /// Changes angles of `coordinates` to those of the same rotations that are nearest to `near`,
  /// where limits allow it. What is nearest already stays bit for bit.
  void keep(std::span<double> coordinates, std::span<const double> near) const noexcept;

 private:
  struct Triple {
    std::size_t coordinate[3];
    double minimum[3], maximum[3];
  };
  std::vector<Triple> triples_;
};

}  // namespace kinemyo::body
