// Where Highway is not installed.
#include "kinemyo/kernels/simd.h"

namespace kinemyo::kernels {

std::vector<const Set*> simd_sets() { return {}; }

}  // namespace kinemyo::kernels
