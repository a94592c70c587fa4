#include "kinemyo/body/coordinate_jumps.h"

#include <algorithm>
#include <cmath>

#include "kinemyo/base/error.h"

namespace kinemyo::body {

std::vector<CoordinateJump> find_jumps(const motion::Series& coordinates) {
  require(coordinates.quantity() == motion::Quantity::coordinate, "find_jumps: a series of coordinates");
  constexpr double kLeast = 10 * 3.141592653589793 / 180;
  std::vector<CoordinateJump> out;
  for (std::size_t f = 1; f < coordinates.frames(); ++f) {
    for (std::size_t c = 0; c < coordinates.channels().size(); ++c) {
      if (coordinates.channels()[c].unit != "rad") continue;
      const double change = coordinates.at(f, c) - coordinates.at(f - 1, c);
      if (!(std::abs(change) >= kLeast)) continue;
      double around = 0;
      if (f >= 2) around = std::fmax(around, std::abs(coordinates.at(f - 1, c) - coordinates.at(f - 2, c)));
      if (f + 1 < coordinates.frames()) around = std::fmax(around, std::abs(coordinates.at(f + 1, c) - coordinates.at(f, c)));
      if (std::abs(change) > 3 * around) out.push_back({coordinates.channels()[c].name, coordinates.clock().time_s(f), change});
    }
  }
  return out;
}

}  // namespace kinemyo::body
