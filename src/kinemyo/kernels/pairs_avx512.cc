// Highway 1.0 does not know this instruction; so for once by its own name.
#if defined(__x86_64__)
#include "kinemyo/kernels/pairs_avx512.h"

#include <immintrin.h>

#include <algorithm>

#define KINEMYO_BF16 __attribute__((target("avx512f,avx512bf16")))

namespace kinemyo::kernels {

namespace {

constexpr std::size_t kLanes = 16;

template <std::size_t kRows, std::size_t kVectors>
KINEMYO_BF16 void tile(const std::uint32_t* panel, std::size_t pairs, const std::uint32_t* x, std::size_t row_step,
                       std::size_t pair_step, const float* start, std::size_t start_stride, float* y,
                       std::size_t y_stride) {
  __m512 sums[kRows][kVectors];
#pragma GCC unroll 16
  for (std::size_t r = 0; r < kRows; ++r) {
#pragma GCC unroll 16
    for (std::size_t v = 0; v < kVectors; ++v) sums[r][v] = _mm512_loadu_ps(start + r * start_stride + v * kLanes);
  }
  for (std::size_t p = 0; p < pairs; ++p, panel += kVectors * kLanes, x += pair_step) {
    __m512i weights[kVectors];
#pragma GCC unroll 16
    for (std::size_t v = 0; v < kVectors; ++v) weights[v] = _mm512_load_si512(panel + v * kLanes);
#pragma GCC unroll 16
    for (std::size_t r = 0; r < kRows; ++r) {
      const __m512i both = _mm512_set1_epi32(static_cast<int>(x[r * row_step]));
#pragma GCC unroll 16
      for (std::size_t v = 0; v < kVectors; ++v)
        sums[r][v] = _mm512_dpbf16_ps(sums[r][v], reinterpret_cast<__m512bh>(weights[v]), reinterpret_cast<__m512bh>(both));
    }
  }
#pragma GCC unroll 16
  for (std::size_t r = 0; r < kRows; ++r) {
#pragma GCC unroll 16
    for (std::size_t v = 0; v < kVectors; ++v) _mm512_storeu_ps(y + r * y_stride + v * kLanes, sums[r][v]);
  }
}

template <std::size_t kVectors>
KINEMYO_BF16 void panel_rows(const std::uint32_t* panel, std::size_t pairs, const std::uint32_t* x, std::size_t row_step,
                             std::size_t pair_step, std::size_t rows, const float* start, std::size_t start_stride,
                             float* y, std::size_t y_stride) {
  const auto tiles = [&]<std::size_t kRows>() KINEMYO_BF16 {
    for (; rows >= kRows; rows -= kRows) {
      tile<kRows, kVectors>(panel, pairs, x, row_step, pair_step, start, start_stride, y, y_stride);
      x += kRows * row_step;
      start += kRows * start_stride;
      y += kRows * y_stride;
    }
  };
  tiles.template operator()<12>();
  tiles.template operator()<4>();
  tiles.template operator()<1>();
}

}  // namespace

KINEMYO_BF16 void multiply_pairs_avx512(const Pairs& w, const std::uint32_t* x, std::size_t row_step,
                                        std::size_t pair_step, std::size_t rows, const float* start,
                                        std::size_t start_stride, float* y, std::size_t y_stride) {
  const std::size_t pairs = pairs_of(w.inputs), columns = padded(w.outputs);
  std::size_t column = 0;
  for (; column + kPairPanel <= columns; column += kPairPanel) {
    panel_rows<2>(w.words.data() + column * pairs, pairs, x, row_step, pair_step, rows, start + column, start_stride,
                  y + column, y_stride);
  }
  if (column < columns) {
    panel_rows<1>(w.words.data() + column * pairs, pairs, x, row_step, pair_step, rows, start + column, start_stride,
                  y + column, y_stride);
  }
}

KINEMYO_BF16 void pair_row_avx512(const float* x, std::size_t pairs, std::uint32_t* to) {
  std::size_t p = 0;
  for (; p < pairs; p += 8) {
    const std::size_t left = std::min<std::size_t>(8, pairs - p);
    const auto numbers = static_cast<__mmask16>((1u << 2 * left) - 1);
    const __m256i halves = reinterpret_cast<__m256i>(_mm512_cvtneps_pbh(_mm512_maskz_loadu_ps(numbers, x + 2 * p)));
    _mm512_mask_storeu_epi32(to + p, static_cast<__mmask16>((1u << left) - 1), _mm512_castsi256_si512(halves));
  }
}

KINEMYO_BF16 void pair_columns_avx512(const float* one, const float* other, std::size_t count, std::uint32_t* to) {
  for (std::size_t k = 0; k < count; k += kLanes) {
    const std::size_t left = std::min(kLanes, count - k);
    const auto mask = static_cast<__mmask16>((1u << left) - 1);
    const auto words = [&](const float* from) KINEMYO_BF16 {
      return _mm512_cvtepu16_epi32(
          reinterpret_cast<__m256i>(_mm512_cvtneps_pbh(_mm512_maskz_loadu_ps(mask, from + k))));
    };
    _mm512_mask_storeu_epi32(to + k, mask, _mm512_or_si512(words(one), _mm512_slli_epi32(words(other), 16)));
  }
}

}  // namespace kinemyo::kernels
#endif
