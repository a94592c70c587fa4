// Weights of 8 bits, multiplied as whole numbers: compiled once for every instruction set, as simd.cc.
#include <algorithm>
#include <cstdint>
#include <limits>

#include "kinemyo/kernels/narrow.h"
#include "kinemyo/kernels/pairs.h"
#include "kinemyo/kernels/simd.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kinemyo/kernels/narrow_simd.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#if HWY_TARGET != HWY_SCALAR
HWY_BEFORE_NAMESPACE();
namespace kinemyo::kernels::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

using Ints = hn::CappedTag<std::int32_t, kLane>;
using Shorts = hn::Repartition<std::int16_t, Ints>;
using Bytes = hn::Rebind<std::int8_t, Shorts>;
using Tag = hn::Rebind<float, Ints>;
using Vec = hn::Vec<Tag>;
constexpr std::size_t kLanes = hn::MaxLanes(Ints());
constexpr std::size_t kTileRows = 6;

// Weights of some outputs: pair by pair, `step` bytes apart.
struct Weights {
  const std::int8_t* at;
  std::size_t step, pairs;
  const float* scales;
};

// Rows of NarrowRows.
struct Rows {
  const std::uint32_t* words;
  const float* scales;
  HWY_INLINE Rows below(std::size_t rows) const { return {words + rows * NarrowRows::kStep, scales + rows}; }
};

// Without this GNU 12 moves sums to and fro between registers and memory: twice the time on AVX2.
HWY_INLINE void StayInRegister([[maybe_unused]] hn::Vec<Ints>& sum) {
#if HWY_ARCH_X86 && HWY_COMPILER_GCC
  asm("" : "+v"(sum.raw));
#endif
}

// Two sums each: where the processor adds the halves of a product apart. Elsewhere the second stays zero.
template <std::size_t kRows, std::size_t kVectors>
struct Sums {
  hn::Vec<Ints> one[kRows][kVectors], other[kRows][kVectors];
};

// Adds what one pair of inputs brings.
template <std::size_t kRows, std::size_t kVectors>
HWY_INLINE void AddPair(const std::int8_t* HWY_RESTRICT weights, const std::uint32_t* HWY_RESTRICT x,
                        Sums<kRows, kVectors>& sums) {
  const Ints ints;
  hn::Vec<Shorts> pairs[kVectors];
#pragma GCC unroll 16
  for (std::size_t v = 0; v < kVectors; ++v)
    pairs[v] = hn::PromoteTo(Shorts(), hn::LoadU(Bytes(), weights + 2 * v * kLanes));
#pragma GCC unroll 16
  for (std::size_t r = 0; r < kRows; ++r) {
    const auto both = hn::BitCast(Shorts(), hn::Set(ints, static_cast<std::int32_t>(x[r * NarrowRows::kStep])));
#pragma GCC unroll 16
    for (std::size_t v = 0; v < kVectors; ++v) {
      sums.one[r][v] = hn::ReorderWidenMulAccumulate(ints, pairs[v], both, sums.one[r][v], sums.other[r][v]);
      StayInRegister(sums.one[r][v]);
    }
  }
}

template <std::size_t kRows, std::size_t kVectors>
void Tile(const Weights& w, const Rows& x, const NarrowSums& to) {
  constexpr std::size_t kUnrolled = 4;
  const Tag d;
  Sums<kRows, kVectors> sums;
#pragma GCC unroll 16
  for (std::size_t r = 0; r < kRows; ++r)
#pragma GCC unroll 16
    for (std::size_t v = 0; v < kVectors; ++v) sums.one[r][v] = sums.other[r][v] = hn::Zero(Ints());
  const std::int8_t* weights = w.at;
  const std::uint32_t* words = x.words;
  std::size_t p = 0;
  for (; p + kUnrolled <= w.pairs; p += kUnrolled) {
#pragma GCC unroll 16
    for (std::size_t u = 0; u < kUnrolled; ++u, weights += w.step) AddPair(weights, words + u, sums);
    words += kUnrolled;
  }
  for (; p < w.pairs; ++p, weights += w.step, ++words) AddPair(weights, words, sums);
#pragma GCC unroll 16
  for (std::size_t r = 0; r < kRows; ++r) {
#pragma GCC unroll 16
    for (std::size_t v = 0; v < kVectors; ++v) {
      const NarrowSums place = to.below(r).right(v * kLanes);
      const Vec scale = hn::Mul(hn::LoadU(d, w.scales + v * kLanes), hn::Set(d, x.scales[r]));
      const Vec sum = hn::ConvertTo(d, hn::RearrangeToOddPlusEven(sums.one[r][v], sums.other[r][v]));
      hn::StoreU(hn::MulAdd(sum, scale, hn::LoadU(d, place.start)), d, place.y);
    }
  }
}

template <std::size_t kRows, std::size_t kVectors>
HWY_INLINE void Tiles(const Weights& w, const Rows& x, std::size_t rows, const NarrowSums& to, std::size_t& row) {
  for (; row + kRows <= rows; row += kRows)
    Tile<kRows, kVectors>(w, x.below(row), to.below(row));
}

// A panel of `width` outputs, some vectors at a time.
template <std::size_t kVectors>
void PanelRows(Weights w, std::size_t width, const Rows& x, std::size_t rows, NarrowSums to) {
  for (std::size_t column = 0; column < width; column += kVectors * kLanes) {
    std::size_t row = 0;
    Tiles<kTileRows, kVectors>(w, x, rows, to, row);
    Tiles<4, kVectors>(w, x, rows, to, row);
    Tiles<2, kVectors>(w, x, rows, to, row);
    Tiles<1, kVectors>(w, x, rows, to, row);
    w.at += 2 * kVectors * kLanes;
    w.scales += kVectors * kLanes;
    to = to.right(kVectors * kLanes);
  }
}

void Panel(const Weights& w, std::size_t width, const Rows& x, std::size_t rows, const NarrowSums& to) {
  constexpr std::size_t kAll = kPairPanel / kLanes, kSome = std::min<std::size_t>(2, kLane / kLanes);
  if (rows == 1 && width == kPairPanel) return Tile<1, kAll>(w, x, to);
  if (width == kPairPanel) return PanelRows<2>(w, width, x, rows, to);
  PanelRows<kSome>(w, width, x, rows, to);
}

// Rounds a row to whole numbers of 16 bits, or of as many as let no sum overflow; gives by how much it was divided.
float Round(const float* x, std::size_t inputs, std::uint32_t* words) {
  const Tag d;
  auto* to = reinterpret_cast<std::int16_t*>(words);
  const hn::Rebind<std::int16_t, Tag> narrow;
  const std::size_t whole = inputs / kLanes * kLanes;
  alignas(64) float rest[kLanes] = {};
  for (std::size_t i = whole; i < inputs; ++i) rest[i - whole] = x[i];
  Vec largest = hn::Zero(d), missing = hn::Zero(d);  // the second stays zero but for NaN and infinity
  const auto look = [&](Vec some) HWY_ATTR {
    largest = hn::Max(largest, hn::Abs(some));
    missing = hn::Add(missing, hn::Sub(some, some));
  };
  for (std::size_t i = 0; i < whole; i += kLanes) look(hn::LoadU(d, x + i));
  look(hn::Load(d, rest));
  if (!(hn::GetLane(hn::SumOfLanes(d, missing)) == 0)) {
    std::fill_n(to, whole + kLanes, std::int16_t{0});
    return std::numeric_limits<float>::quiet_NaN();
  }
  const float most = std::min(32767.0f, static_cast<float>((1u << 24) / inputs));
  const float peak = hn::GetLane(hn::MaxOfLanes(d, largest));
  const Vec factor = hn::Set(d, peak > 0 ? most / peak : 0);
  const auto keep = [&](std::size_t at, Vec some) HWY_ATTR {
    hn::StoreU(hn::DemoteTo(narrow, hn::NearestInt(hn::Mul(some, factor))), narrow, to + at);
  };
  for (std::size_t i = 0; i < whole; i += kLanes) keep(i, hn::LoadU(d, x + i));
  keep(whole, hn::Load(d, rest));
  return peak / most;
}

}  // namespace

// What simd.cc's set of the same instructions points to.
void MultiplyInt8(const Packed& w, const float* x, std::size_t row_step, std::size_t input_step, std::size_t rows,
                  const float* start, std::size_t start_stride, float* y, std::size_t y_stride) noexcept {
  NarrowRows rounded;
  const std::size_t columns = padded(w.outputs), pairs = pairs_of(w.inputs);
  for (std::size_t first = 0; first < rows; first += kNarrowRows) {
    const std::size_t count = std::min(kNarrowRows, rows - first);
    round_rows(Round, x + first * row_step, row_step, input_step, count, w.inputs, rounded);
    const NarrowSums to = NarrowSums{start, start_stride, y, y_stride}.below(first);
    for (std::size_t column = 0; column < columns; column += kPairPanel) {
      const std::size_t width = std::min(kPairPanel, columns - column);
      Panel({w.bytes.data() + 2 * column * pairs, 2 * width, pairs, w.scales.data() + column}, width,
            {rounded.words, rounded.scales}, count, to.right(column));
    }
  }
}

}  // namespace kinemyo::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
