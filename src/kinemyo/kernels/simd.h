#pragma once

#include <vector>

#include "kinemyo/kernels/kernels.h"

// What Highway compiles for, told before it is included. SSSE3 adds nothing to SSE4's machines; scalable vectors cannot
// stand in arrays.
#define HWY_DISABLED_TARGETS (HWY_SSSE3 | HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128 | HWY_RVV)

namespace kinemyo::kernels {

/// The sets made by Highway that this machine can run, the best first.
std::vector<const Set*> simd_sets();

}  // namespace kinemyo::kernels
