#include "kinemyo/kernels/narrow.h"

#include <algorithm>
#include <cmath>

#include "kinemyo/kernels/half.h"
#include "kinemyo/kernels/pairs.h"

#if defined(__x86_64__)
#include "kinemyo/kernels/narrow_avx512.h"
#endif

namespace kinemyo::kernels {

MultiplyPaired paired_multiply(const Set& set, Storage storage, std::size_t inputs) {
  if (storage == Storage::fp32 || inputs > kMostNarrowInputs) return nullptr;
#if defined(__x86_64__)
  if (set.name == "avx512") {
    if (storage == Storage::bf16 && __builtin_cpu_supports("avx512bf16")) return multiply_bf16_avx512;
    if (storage == Storage::int8 && __builtin_cpu_supports("avx512vnni")) return multiply_int8_avx512;
  }
#endif
  return storage == Storage::int8 ? set.multiply_int8 : nullptr;
}

void pack_in_pairs(const float* weights, Packed& packed) {
  const std::size_t inputs = packed.inputs, pairs = pairs_of(inputs), columns = padded(packed.outputs);
  (packed.storage == Storage::bf16) ? packed.halves.assign(2 * pairs * columns, 0) : packed.bytes.assign(2 * pairs * columns, 0);
  for (std::size_t o = 0; o < packed.outputs; ++o) {
    const float* row = weights + o * inputs;
    const std::size_t first = o / kPairPanel * kPairPanel, width = std::min(kPairPanel, columns - first);
    for (std::size_t i = 0; i < inputs; ++i) {
      const std::size_t at = 2 * (first * pairs + i / 2 * width + o - first) + i % 2;
      if (packed.storage == Storage::bf16) {
        packed.halves[at] = half_of(row[i]);
      } else {
        packed.bytes[at] = static_cast<std::int8_t>(std::lround(row[i] / packed.scales[o]));
      }
    }
  }
}

void round_rows(RoundRow round, const float* x, std::size_t row_step, std::size_t input_step, std::size_t rows,
                std::size_t inputs, NarrowRows& to) {
  float gathered[kMostNarrowInputs];
  for (std::size_t r = 0; r < rows; ++r) {
    const float* row = x + r * row_step;
    if (input_step != 1) {
      for (std::size_t i = 0; i < inputs; ++i) gathered[i] = row[i * input_step];
      row = gathered;
    }
    to.scales[r] = round(row, inputs, to.words + r * NarrowRows::kStep);
  }
}

}  // namespace kinemyo::kernels
