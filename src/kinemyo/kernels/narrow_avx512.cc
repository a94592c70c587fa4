// Highway 1.0 does not know these instructions; so for once by their own names.
#if defined(__x86_64__)
#include "kinemyo/kernels/narrow_avx512.h"

#include <immintrin.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>

#define KINEMYO_NARROW __attribute__((target("avx512f,avx512bw,avx512vl,avx512bf16,avx512vnni")))

namespace kinemyo::kernels {

namespace {

constexpr std::size_t kLanes = 16, kVectorsOfPanel = kPairPanel / kLanes;

// Of numbers that not every kind has.
const float* past(const float* numbers, std::size_t count) { return numbers == nullptr ? nullptr : numbers + count; }

// What is multiplied: words of two neighbouring inputs, and by how much a row's numbers were divided (of int8 alone).
// kRowStep: how far rows are apart where that is known beforehand, which is faster; else 0.
template <std::size_t kRowStep>
struct Multiplied {
  const std::uint32_t* at;
  std::size_t row_step, pair_step;
  const float* scales;
  std::uint32_t word(std::size_t row) const { return at[row * (kRowStep > 0 ? kRowStep : row_step)]; }
  Multiplied below(std::size_t rows) const { return {at + rows * row_step, row_step, pair_step, past(scales, rows)}; }
};

// Paired weights, and the scales of outputs (of int8 alone).
struct Weights {
  const std::byte* at;
  const float* scales;
  std::size_t pairs;
};

// How pairs are multiplied, kind by kind: a weight's pair has so many bytes, and sums begin and end so.
struct Bf16 {
  using Sums = __m512;
  static constexpr std::size_t kPairBytes = 4;
  KINEMYO_NARROW static __m512i load(const std::byte* from) { return _mm512_loadu_si512(from); }
  KINEMYO_NARROW static Sums begin(const float* start) { return _mm512_loadu_ps(start); }
  KINEMYO_NARROW static Sums add(Sums sums, __m512i weights, __m512i both) {
    return _mm512_dpbf16_ps(sums, reinterpret_cast<__m512bh>(weights), reinterpret_cast<__m512bh>(both));
  }
  KINEMYO_NARROW static void end(Sums sums, const float*, const float*, const float*, float* y) { _mm512_storeu_ps(y, sums); }

  KINEMYO_NARROW static float round(const float* x, std::size_t inputs, std::uint32_t* to) {
    for (std::size_t i = 0; i < inputs; i += kLanes) {
      const auto some = static_cast<__mmask16>((1u << std::min(kLanes, inputs - i)) - 1);
      _mm256_storeu_si256(reinterpret_cast<__m256i*>(to + i / 2),
                          reinterpret_cast<__m256i>(_mm512_cvtneps_pbh(_mm512_maskz_loadu_ps(some, x + i))));
    }
    return 1;
  }
};

// Whole numbers: what is multiplied becomes one of 16 bits, or of as many as let no sum overflow.
struct Int8 {
  using Sums = __m512i;
  static constexpr std::size_t kPairBytes = 2;
  KINEMYO_NARROW static __m512i load(const std::byte* from) {
    return _mm512_cvtepi8_epi16(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(from)));
  }
  KINEMYO_NARROW static Sums begin(const float*) { return _mm512_setzero_si512(); }
  KINEMYO_NARROW static Sums add(Sums sums, __m512i weights, __m512i both) { return _mm512_dpwssd_epi32(sums, weights, both); }
  KINEMYO_NARROW static void end(Sums sums, const float* of_outputs, const float* of_row, const float* start, float* y) {
    const __m512 scale = _mm512_mul_ps(_mm512_loadu_ps(of_outputs), _mm512_set1_ps(*of_row));
    _mm512_storeu_ps(y, _mm512_fmadd_ps(_mm512_cvtepi32_ps(sums), scale, _mm512_loadu_ps(start)));
  }

  KINEMYO_NARROW static float round(const float* x, std::size_t inputs, std::uint32_t* to) {
    __m512 largest = _mm512_setzero_ps();
    __mmask16 missing = 0;
    for (std::size_t i = 0; i < inputs; i += kLanes) {
      const auto some = static_cast<__mmask16>((1u << std::min(kLanes, inputs - i)) - 1);
      const __m512 size = _mm512_abs_ps(_mm512_maskz_loadu_ps(some, x + i));
      missing |= _mm512_cmp_ps_mask(size, _mm512_set1_ps(std::numeric_limits<float>::max()), _CMP_NLE_UQ);
      largest = _mm512_max_ps(largest, size);
    }
    const float most = std::min(32767.0f, static_cast<float>((1u << 24) / inputs)), peak = _mm512_reduce_max_ps(largest);
    const __m512 factor = _mm512_set1_ps(peak > 0 && missing == 0 ? most / peak : 0);
    for (std::size_t i = 0; i < inputs; i += kLanes) {
      const auto some = static_cast<__mmask16>((1u << std::min(kLanes, inputs - i)) - 1);
      const __m512i whole = _mm512_cvtps_epi32(_mm512_mul_ps(_mm512_maskz_loadu_ps(some, x + i), factor));
      _mm256_storeu_si256(reinterpret_cast<__m256i*>(to + i / 2), _mm512_cvtepi32_epi16(whole));
    }
    return missing != 0 ? std::numeric_limits<float>::quiet_NaN() : peak / most;
  }
};

// Rows and panels whose sums stay in registers: many rows and one panel, or one row and many panels.
template <typename Kind, std::size_t kRows, std::size_t kPanels, std::size_t kVectors, typename X>
KINEMYO_NARROW void tile(const Weights& w, X x, const NarrowSums& to) {
  constexpr std::size_t vector_bytes = kLanes * Kind::kPairBytes;
  const std::size_t panel_bytes = w.pairs * kVectors * vector_bytes;
  typename Kind::Sums sums[kRows][kPanels][kVectors];
#pragma GCC unroll 16
  for (std::size_t r = 0; r < kRows; ++r)
#pragma GCC unroll 16
    for (std::size_t k = 0; k < kPanels; ++k)
#pragma GCC unroll 16
      for (std::size_t v = 0; v < kVectors; ++v)
        sums[r][k][v] = Kind::begin(to.start + r * to.start_stride + (k * kVectors + v) * kLanes);
  const std::byte* panels = w.at;
  for (std::size_t p = 0; p < w.pairs; ++p, panels += kVectors * vector_bytes, x.at += x.pair_step) {
#pragma GCC unroll 16
    for (std::size_t k = 0; k < kPanels; ++k) {
      __m512i weights[kVectors];
#pragma GCC unroll 16
      for (std::size_t v = 0; v < kVectors; ++v) weights[v] = Kind::load(panels + k * panel_bytes + v * vector_bytes);
#pragma GCC unroll 16
      for (std::size_t r = 0; r < kRows; ++r) {
        const __m512i both = _mm512_set1_epi32(static_cast<int>(x.word(r)));
#pragma GCC unroll 16
        for (std::size_t v = 0; v < kVectors; ++v) sums[r][k][v] = Kind::add(sums[r][k][v], weights[v], both);
      }
    }
  }
#pragma GCC unroll 16
  for (std::size_t r = 0; r < kRows; ++r)
#pragma GCC unroll 16
    for (std::size_t k = 0; k < kPanels; ++k)
#pragma GCC unroll 16
      for (std::size_t v = 0; v < kVectors; ++v) {
        const std::size_t at = (k * kVectors + v) * kLanes;
        Kind::end(sums[r][k][v], past(w.scales, at), past(x.scales, r), to.start + r * to.start_stride + at, to.y + r * to.y_stride + at);
      }
}

template <typename Kind, std::size_t kVectors, typename X>
KINEMYO_NARROW void panel_rows(const Weights& w, const X& x, std::size_t rows, const NarrowSums& to) {
  std::size_t row = 0;
  const auto tiles = [&]<std::size_t kRows>() KINEMYO_NARROW {
    for (; row + kRows <= rows; row += kRows) tile<Kind, kRows, 1, kVectors>(w, x.below(row), to.below(row));
  };
  tiles.template operator()<12>();
  tiles.template operator()<8>();
  tiles.template operator()<4>();
  tiles.template operator()<1>();
}

// All panels, for rows that are rounded already.
template <typename Kind, typename X>
KINEMYO_NARROW void panels(const Weights& w, std::size_t columns, const X& x, std::size_t rows, const NarrowSums& to) {
  constexpr std::size_t kTogether = 4;  // of one row
  const auto from = [&](std::size_t column) {
    return Weights{w.at + column * w.pairs * Kind::kPairBytes, past(w.scales, column), w.pairs};
  };
  std::size_t column = 0;
  for (; rows == 1 && column + kTogether * kPairPanel <= columns; column += kTogether * kPairPanel)
    tile<Kind, 1, kTogether, kVectorsOfPanel>(from(column), x, to.right(column));
  for (; column + kPairPanel <= columns; column += kPairPanel)
    panel_rows<Kind, kVectorsOfPanel>(from(column), x, rows, to.right(column));
  if (column < columns) panel_rows<Kind, 1>(from(column), x, rows, to.right(column));
}

// Rounds some rows at a time.
template <typename Kind>
KINEMYO_NARROW void multiply(const Packed& w, const std::byte* weights, const float* x, std::size_t row_step,
                             std::size_t input_step, std::size_t rows, NarrowSums to) {
  NarrowRows rounded;
  const Weights paired{weights, w.scales.data(), pairs_of(w.inputs)};
  for (std::size_t first = 0; first < rows; first += kNarrowRows) {
    const std::size_t count = std::min(kNarrowRows, rows - first);
    round_rows(Kind::round, x + first * row_step, row_step, input_step, count, w.inputs, rounded);
    const Multiplied<NarrowRows::kStep> multiplied{rounded.words, NarrowRows::kStep, 1, rounded.scales};
    panels<Kind>(paired, padded(w.outputs), multiplied, count, to.below(first));
  }
}

}  // namespace

void multiply_pairs_avx512(const Pairs& w, const std::uint32_t* x, std::size_t row_step, std::size_t pair_step,
                           std::size_t rows, const float* start, std::size_t start_stride, float* y, std::size_t y_stride) {
  const Weights weights{reinterpret_cast<const std::byte*>(w.words.data()), nullptr, pairs_of(w.inputs)};
  panels<Bf16>(weights, padded(w.outputs), Multiplied<0>{x, row_step, pair_step, nullptr}, rows, {start, start_stride, y, y_stride});
}

void multiply_bf16_avx512(const Packed& w, const float* x, std::size_t row_step, std::size_t input_step, std::size_t rows,
                          const float* start, std::size_t start_stride, float* y, std::size_t y_stride) noexcept {
  multiply<Bf16>(w, reinterpret_cast<const std::byte*>(w.halves.data()), x, row_step, input_step, rows,
                 {start, start_stride, y, y_stride});
}

void multiply_int8_avx512(const Packed& w, const float* x, std::size_t row_step, std::size_t input_step, std::size_t rows,
                          const float* start, std::size_t start_stride, float* y, std::size_t y_stride) noexcept {
  multiply<Int8>(w, reinterpret_cast<const std::byte*>(w.bytes.data()), x, row_step, input_step, rows,
                 {start, start_stride, y, y_stride});
}

KINEMYO_NARROW void pair_row_avx512(const float* x, std::size_t pairs, std::uint32_t* to) {
  std::size_t p = 0;
  for (; p < pairs; p += 8) {
    const std::size_t left = std::min<std::size_t>(8, pairs - p);
    const auto numbers = static_cast<__mmask16>((1u << 2 * left) - 1);
    const __m256i halves = reinterpret_cast<__m256i>(_mm512_cvtneps_pbh(_mm512_maskz_loadu_ps(numbers, x + 2 * p)));
    _mm512_mask_storeu_epi32(to + p, static_cast<__mmask16>((1u << left) - 1), _mm512_castsi256_si512(halves));
  }
}

KINEMYO_NARROW void pair_columns_avx512(const float* one, const float* other, std::size_t count, std::uint32_t* to) {
  for (std::size_t k = 0; k < count; k += kLanes) {
    const std::size_t left = std::min(kLanes, count - k);
    const auto mask = static_cast<__mmask16>((1u << left) - 1);
    const auto words = [&](const float* from) KINEMYO_NARROW {
      return _mm512_cvtepu16_epi32(
          reinterpret_cast<__m256i>(_mm512_cvtneps_pbh(_mm512_maskz_loadu_ps(mask, from + k))));
    };
    _mm512_mask_storeu_epi32(to + k, mask, _mm512_or_si512(words(one), _mm512_slli_epi32(words(other), 16)));
  }
}

}  // namespace kinemyo::kernels
#endif
