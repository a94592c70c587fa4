#pragma once

#include <cmath>
#include <cstdint>

#include "kinemyo/base/random.h"
#include "kinemyo/model/model.h"

namespace kinemyo::infer {

/// Fills in weights as PyTorch initialises them: uniform within 1 / sqrt(hidden).
inline model::Weights random_weights(const model::NetworkSpec& spec, std::uint64_t seed) {
  model::Weights weights;
  base::Random random(seed);
  const double reach = 1.0 / std::sqrt(spec.hidden);
  for (const auto& [name, shape] : model::weight_shapes(spec)) {
    auto& tensor = weights[name];
    tensor.shape = shape;
    std::int64_t count = 1;
    for (const auto size : shape) count *= size;
    for (std::int64_t i = 0; i < count; ++i)
      tensor.values.push_back(static_cast<float>(random.uniform(-reach, reach)));
  }
  return weights;
}

}  // namespace kinemyo::infer
