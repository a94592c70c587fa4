#pragma once

#include <algorithm>
#include <cstddef>

#include "kinemyo/model/model.h"

namespace kinemyo::features {

/// What a linear network takes of a frame: the inputs of several frames side by side, then those that are taken once.
/// Beyond the recording its first and its last frame hold.
/// Shape: `frames` points at frame 0 of spec.inputs numbers each, with frames `first` (0 or below) to `last` around it; `out` has
/// spec.features() numbers. Cost: no allocation.
inline void take_lags(const model::NetworkSpec& spec, const float* frames, std::ptrdiff_t first, std::ptrdiff_t last,
                      std::ptrdiff_t frame, float* out) noexcept {
  const auto at = [&](int lag) {
    return frames + std::clamp(frame + spec.look_ahead_frames - lag, first, last) * std::ptrdiff_t{spec.inputs};
  };
  const int each = spec.inputs - spec.once;
  for (const int lag : spec.lags_frames) out = std::copy_n(at(lag), each, out);
  std::copy_n(at(spec.once_lag_frames) + each, spec.once, out);
}

}  // namespace kinemyo::features
