#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "kinemyo/body/chain.h"

namespace kinemyo::body {

/// Names of two markers that change places.
struct Exchange {
  std::size_t a = 0, b = 0;
};

/// Exchanges, one after the other, after which each marker p has what `wanted[p]` had: as few as can be.
std::vector<Exchange> as_exchanges(const std::vector<std::size_t>& wanted);

/// The same end with fewer of them. `count`: of all markers.
std::vector<Exchange> shortened(const std::vector<Exchange>& pairs, std::size_t count);

/// The marker of the other side by its name, as laboratories write sides: L.Thigh, LTHI, l_thigh1 (or L_), thigh_l.
std::optional<std::size_t> mirrored(const Model& model, std::size_t marker);

}  // namespace kinemyo::body
