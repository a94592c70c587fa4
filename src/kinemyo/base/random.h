#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numbers>

namespace kinemyo::base {

/// Seeded random numbers that are the same on every machine and library.
/// Source: splitmix64, Steele, Lea and Flood 2014, doi 10.1145/2714064.2660195.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}

  std::uint64_t bits() {
    std::uint64_t z = (state_ += 0x9e3779b97f4a7c15ULL);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31);
  }
  /// In [0, 1).
  double uniform() { return static_cast<double>(bits() >> 11) * 0x1.0p-53; }
  double uniform(double low, double high) { return low + (high - low) * uniform(); }
  /// Mean 0, standard deviation 1 (Box-Muller).
  double normal() {
    if (has_spare_) {
      has_spare_ = false;
      return spare_;
    }
    const double radius = std::sqrt(-2.0 * std::log(1.0 - uniform()));
    const double angle = 2.0 * std::numbers::pi * uniform();
    spare_ = radius * std::sin(angle);
    has_spare_ = true;
    return radius * std::cos(angle);
  }
  /// In [0, count); count > 0.
  std::size_t below(std::size_t count) { return static_cast<std::size_t>(bits() % count); }
  /// Where the generator stands, to go on from there in another run.
  struct State {
    std::uint64_t seed = 0;
    double spare = 0;
    bool has_spare = false;
    bool operator==(const State&) const = default;
  };
  State state() const { return {state_, spare_, has_spare_}; }
  void restore(const State& state) {
    state_ = state.seed;
    spare_ = state.spare;
    has_spare_ = state.has_spare;
  }
  /// A generator of its own, for a part that must not depend on how many numbers others drew.
  Random fork(std::uint64_t label) { return Random(state_ ^ (label * 0xd1342543de82ef95ULL + 1)); }

 private:
  std::uint64_t state_;
  double spare_ = 0;
  bool has_spare_ = false;
};

}  // namespace kinemyo::base
