#pragma once

#include <vector>

#include "kinemyo/kernels/kernels.h"

namespace kinemyo::kernels {

/// The sets made by Highway that this machine can run, the best first.
std::vector<const Set*> simd_sets();

}  // namespace kinemyo::kernels
