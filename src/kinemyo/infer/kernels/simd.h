#pragma once

#include <vector>

#include "kinemyo/infer/kernels/kernels.h"

namespace kinemyo::infer::kernels {

/// The sets made by Highway that this machine can run, the best first.
std::vector<const Set*> simd_sets();

}  // namespace kinemyo::infer::kernels
