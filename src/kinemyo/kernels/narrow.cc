#include "kinemyo/kernels/narrow.h"

#include <algorithm>
#include <cmath>

#include "kinemyo/kernels/half.h"
#include "kinemyo/kernels/pairs.h"

#if defined(__x86_64__)
#include "kinemyo/kernels/narrow_avx512.h"
#endif

namespace kinemyo::kernels {

bool takes_pairs([[maybe_unused]] const Set& set, [[maybe_unused]] Storage storage, [[maybe_unused]] std::size_t inputs) {
#if defined(__x86_64__)
  if (set.name != "avx512" || inputs > kMostNarrowInputs) return false;
  if (storage == Storage::bf16) return __builtin_cpu_supports("avx512bf16") != 0;
  if (storage == Storage::int8) return __builtin_cpu_supports("avx512vnni") != 0;
#endif
  return false;
}

void pack_in_pairs(const float* weights, Packed& packed) {
  const std::size_t inputs = packed.inputs, pairs = pairs_of(inputs), columns = padded(packed.outputs);
  packed.paired = true;
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

void multiply_narrow([[maybe_unused]] const Packed& w, [[maybe_unused]] const float* x, [[maybe_unused]] std::size_t row_step,
                     [[maybe_unused]] std::size_t input_step, [[maybe_unused]] std::size_t rows,
                     [[maybe_unused]] const float* start, [[maybe_unused]] std::size_t start_stride,
                     [[maybe_unused]] float* y, [[maybe_unused]] std::size_t y_stride) noexcept {
#if defined(__x86_64__)
  if (w.storage == Storage::bf16) {
    multiply_bf16_avx512(w, x, row_step, input_step, rows, start, start_stride, y, y_stride);
  } else {
    multiply_int8_avx512(w, x, row_step, input_step, rows, start, start_stride, y, y_stride);
  }
#endif
}

}  // namespace kinemyo::kernels
