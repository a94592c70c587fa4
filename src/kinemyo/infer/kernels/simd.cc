// The kernels for vectors of any length, compiled once for every instruction set.
#include "kinemyo/infer/kernels/simd.h"

#include <cstdint>

// SSSE3 adds nothing to SSE4's machines; scalable vectors cannot stand in arrays.
#define HWY_DISABLED_TARGETS (HWY_SSSE3 | HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128 | HWY_RVV)
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kinemyo/infer/kernels/simd.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace kinemyo::infer::kernels::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

using Tag = hn::CappedTag<float, kLane>;
using Vec = hn::Vec<Tag>;
constexpr std::size_t kLanes = hn::MaxLanes(Tag());
constexpr std::size_t kPanelVectors = 2;
constexpr std::size_t kPanel = kPanelVectors * kLanes;
// Rows whose sums stay in registers, of which there are 32 or 16.
#if HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_NEON
constexpr std::size_t kMostRows = 12;
#else
constexpr std::size_t kMostRows = 6;
#endif

HWY_INLINE Vec LoadWeights(const float* from) { return hn::Load(Tag(), from); }
HWY_INLINE Vec LoadWeights(const std::uint16_t* from) {
  const hn::Rebind<std::uint32_t, Tag> wide;
  const hn::Rebind<std::uint16_t, Tag> narrow;
  return hn::BitCast(Tag(), hn::ShiftLeft<16>(hn::PromoteTo(wide, hn::LoadU(narrow, from))));
}
HWY_INLINE Vec LoadWeights(const std::int8_t* from) {
  const hn::Rebind<std::int32_t, Tag> wide;
  const hn::Rebind<std::int8_t, Tag> narrow;
  return hn::ConvertTo(Tag(), hn::PromoteTo(wide, hn::LoadU(narrow, from)));
}

// Sums of int8 weights begin at zero and are scaled before they are added; others begin with what is there.
template <typename Weight>
HWY_INLINE Vec Begin(const float* y) {
  return sizeof(Weight) == 1 ? hn::Zero(Tag()) : hn::LoadU(Tag(), y);
}
template <typename Weight>
HWY_INLINE void End(Vec sum, const float* scales, float* y) {
  const Tag d;
  if (sizeof(Weight) == 1) sum = hn::MulAdd(sum, hn::LoadU(d, scales), hn::LoadU(d, y));
  hn::StoreU(sum, d, y);
}

// Many rows, one panel: a weight is fetched once for all of them.
template <std::size_t kRows, std::size_t kVectors, typename Weight>
HWY_INLINE void Tile(const Weight* HWY_RESTRICT panel, const float* HWY_RESTRICT scales, std::size_t inputs,
                     const float* HWY_RESTRICT x, std::size_t x_stride, float* HWY_RESTRICT y,
                     std::size_t y_stride) {
  const Tag d;
  Vec sums[kRows][kVectors];
#pragma GCC unroll 16
  for (std::size_t r = 0; r < kRows; ++r) {
#pragma GCC unroll 16
    for (std::size_t v = 0; v < kVectors; ++v) sums[r][v] = Begin<Weight>(y + r * y_stride + v * kLanes);
  }
  for (std::size_t i = 0; i < inputs; ++i, panel += kVectors * kLanes) {
    Vec weights[kVectors];
#pragma GCC unroll 16
    for (std::size_t v = 0; v < kVectors; ++v) weights[v] = LoadWeights(panel + v * kLanes);
#pragma GCC unroll 16
    for (std::size_t r = 0; r < kRows; ++r) {
      const Vec one = hn::Set(d, x[r * x_stride + i]);
#pragma GCC unroll 16
      for (std::size_t v = 0; v < kVectors; ++v) sums[r][v] = hn::MulAdd(weights[v], one, sums[r][v]);
    }
  }
#pragma GCC unroll 16
  for (std::size_t r = 0; r < kRows; ++r) {
#pragma GCC unroll 16
    for (std::size_t v = 0; v < kVectors; ++v)
      End<Weight>(sums[r][v], scales + v * kLanes, y + r * y_stride + v * kLanes);
  }
}

// One row, many panels side by side: sums that do not wait for each other.
template <std::size_t kPanels, typename Weight>
HWY_INLINE void Strip(const Weight* HWY_RESTRICT panels, const float* HWY_RESTRICT scales, std::size_t inputs,
                      const float* HWY_RESTRICT x, float* HWY_RESTRICT y) {
  const Tag d;
  Vec sums[kPanels][kPanelVectors];
#pragma GCC unroll 16
  for (std::size_t p = 0; p < kPanels; ++p) {
#pragma GCC unroll 16
    for (std::size_t v = 0; v < kPanelVectors; ++v) sums[p][v] = Begin<Weight>(y + p * kPanel + v * kLanes);
  }
  for (std::size_t i = 0; i < inputs; ++i) {
    const Vec one = hn::Set(d, x[i]);
#pragma GCC unroll 16
    for (std::size_t p = 0; p < kPanels; ++p) {
      const Weight* weights = panels + (p * inputs + i) * kPanel;
#pragma GCC unroll 16
      for (std::size_t v = 0; v < kPanelVectors; ++v)
        sums[p][v] = hn::MulAdd(LoadWeights(weights + v * kLanes), one, sums[p][v]);
    }
  }
#pragma GCC unroll 16
  for (std::size_t p = 0; p < kPanels; ++p) {
#pragma GCC unroll 16
    for (std::size_t v = 0; v < kPanelVectors; ++v)
      End<Weight>(sums[p][v], scales + p * kPanel + v * kLanes, y + p * kPanel + v * kLanes);
  }
}

template <std::size_t kRows, std::size_t kVectors, typename Weight>
HWY_INLINE void Tiles(const Weight* panel, const float* scales, std::size_t inputs, const float*& x,
                      std::size_t x_stride, std::size_t& rows, float*& y, std::size_t y_stride) {
  for (; rows >= kRows; rows -= kRows, x += kRows * x_stride, y += kRows * y_stride)
    Tile<kRows, kVectors>(panel, scales, inputs, x, x_stride, y, y_stride);
}

template <std::size_t kVectors, typename Weight>
void PanelRows(const Weight* panel, const float* scales, std::size_t inputs, const float* x, std::size_t x_stride,
               std::size_t rows, float* y, std::size_t y_stride) {
  Tiles<kMostRows, kVectors>(panel, scales, inputs, x, x_stride, rows, y, y_stride);
  if (kMostRows > 8) Tiles<8, kVectors>(panel, scales, inputs, x, x_stride, rows, y, y_stride);
  Tiles<4, kVectors>(panel, scales, inputs, x, x_stride, rows, y, y_stride);
  Tiles<2, kVectors>(panel, scales, inputs, x, x_stride, rows, y, y_stride);
  Tiles<1, kVectors>(panel, scales, inputs, x, x_stride, rows, y, y_stride);
}

template <typename Weight>
void AccumulateAs(const Weight* values, const Packed& w, const float* x, std::size_t x_stride, std::size_t rows,
                  float* y, std::size_t y_stride) {
  const std::size_t columns = padded(w.outputs), inputs = w.inputs;
  const auto scales = [&](std::size_t column) { return w.scales.empty() ? nullptr : w.scales.data() + column; };
  std::size_t column = 0;
  if (rows == 1) {
    for (; column + 4 * kPanel <= columns; column += 4 * kPanel)
      Strip<4>(values + column * inputs, scales(column), inputs, x, y + column);
  }
  for (; column + kPanel <= columns; column += kPanel) {
    PanelRows<kPanelVectors>(values + column * inputs, scales(column), inputs, x, x_stride, rows, y + column,
                             y_stride);
  }
  if (column < columns)
    PanelRows<1>(values + column * inputs, scales(column), inputs, x, x_stride, rows, y + column, y_stride);
}

void Accumulate(const Packed& w, const float* x, std::size_t x_stride, std::size_t rows, float* y,
                std::size_t y_stride) noexcept {
  switch (w.storage) {
    case Storage::fp32: return AccumulateAs(w.values.data(), w, x, x_stride, rows, y, y_stride);
    case Storage::bf16: return AccumulateAs(w.halves.data(), w, x, x_stride, rows, y, y_stride);
    case Storage::int8: return AccumulateAs(w.bytes.data(), w, x, x_stride, rows, y, y_stride);
  }
}

// e to the x. A NaN stays one: the second operand of Min and Max is what remains of it.
// Source: range reduction by ln 2 in two parts and the polynomial of Cephes' expf (Moshier 1989).
HWY_INLINE Vec Exponential(Vec x) {
  const Tag d;
  const hn::RebindToSigned<Tag> di;
  x = hn::Max(hn::Set(d, -87.0f), x);
  x = hn::Min(hn::Set(d, 88.0f), x);
  // 1.5 * 2^23: adding it leaves the nearest integer in the low bits.
  const Vec round = hn::Set(d, 12582912.0f);
  const Vec shifted = hn::MulAdd(x, hn::Set(d, 1.44269504088896341f), round);
  const Vec n = hn::Sub(shifted, round);
  const Vec r = hn::NegMulAdd(n, hn::Set(d, -2.12194440e-4f), hn::NegMulAdd(n, hn::Set(d, 0.693359375f), x));
  Vec p = hn::Set(d, 1.9875691500e-4f);
  p = hn::MulAdd(p, r, hn::Set(d, 1.3981999507e-3f));
  p = hn::MulAdd(p, r, hn::Set(d, 8.3334519073e-3f));
  p = hn::MulAdd(p, r, hn::Set(d, 4.1665795894e-2f));
  p = hn::MulAdd(p, r, hn::Set(d, 1.6666665459e-1f));
  p = hn::MulAdd(p, r, hn::Set(d, 5.0000001201e-1f));
  const Vec fraction = hn::Add(hn::MulAdd(hn::Mul(p, r), r, r), hn::Set(d, 1.0f));
  const auto exponent = hn::Sub(hn::BitCast(di, shifted), hn::Set(di, 0x4b400000 - 127));
  return hn::Mul(fraction, hn::BitCast(d, hn::ShiftLeft<23>(exponent)));
}

HWY_INLINE Vec SigmoidOf(Vec x) {
  const Vec one = hn::Set(Tag(), 1.0f);
  return hn::Div(one, hn::Add(one, Exponential(hn::Neg(x))));
}

// Source: near 0 the polynomial of Cephes' tanhf (Moshier 1989), elsewhere by the exponential.
HWY_INLINE Vec TanhOf(Vec x) {
  const Tag d;
  const Vec z = hn::Mul(x, x);
  Vec p = hn::Set(d, -5.70498872745e-3f);
  p = hn::MulAdd(p, z, hn::Set(d, 2.06390887954e-2f));
  p = hn::MulAdd(p, z, hn::Set(d, -5.37397155531e-2f));
  p = hn::MulAdd(p, z, hn::Set(d, 1.33314422036e-1f));
  p = hn::MulAdd(p, z, hn::Set(d, -3.33332819422e-1f));
  const Vec near = hn::MulAdd(hn::Mul(p, z), x, x);
  const Vec one = hn::Set(d, 1.0f);
  const Vec far = hn::Sub(one, hn::Div(hn::Set(d, 2.0f), hn::Add(Exponential(hn::Add(x, x)), one)));
  return hn::IfThenElse(hn::Lt(z, hn::Set(d, 0.390625f)), near, far);
}

// Calls body(offset, lanes' worth of numbers) for whole vectors; what remains goes through a buffer, so that
// nothing is read or written beyond the end.
template <std::size_t kInputs, typename Body>
HWY_INLINE void ForVectors(const float* const (&in)[kInputs], float* const (&out)[2], std::size_t count,
                           Body body) {
  const Tag d;
  std::size_t i = 0;
  Vec values[kInputs], results[2];
  for (; i + kLanes <= count; i += kLanes) {
#pragma GCC unroll 8
    for (std::size_t k = 0; k < kInputs; ++k) values[k] = hn::LoadU(d, in[k] + i);
    body(values, results);
    hn::StoreU(results[0], d, out[0] + i);
    if (out[1] != nullptr) hn::StoreU(results[1], d, out[1] + i);
  }
  if (i == count) return;
  alignas(64) float room[kLanes] = {};
  const auto copy = [](const float* from, std::size_t n, float* to) {
    for (std::size_t k = 0; k < n; ++k) to[k] = from[k];
  };
  for (std::size_t k = 0; k < kInputs; ++k) {
    copy(in[k] + i, count - i, room);
    values[k] = hn::Load(d, room);
  }
  body(values, results);
  hn::Store(results[0], d, room);
  copy(room, count - i, out[0] + i);
  if (out[1] == nullptr) return;
  hn::Store(results[1], d, room);
  copy(room, count - i, out[1] + i);
}

void Sigmoid(float* x, std::size_t count) noexcept {
  ForVectors<1>({x}, {x, nullptr}, count, [](const Vec* in, Vec* out) HWY_ATTR { out[0] = SigmoidOf(in[0]); });
}

void Tanh(float* x, std::size_t count) noexcept {
  ForVectors<1>({x}, {x, nullptr}, count, [](const Vec* in, Vec* out) HWY_ATTR { out[0] = TanhOf(in[0]); });
}

void LstmCell(const float* gates, std::size_t hidden, float* cell, float* h) noexcept {
  ForVectors<5>({gates, gates + hidden, gates + 2 * hidden, gates + 3 * hidden, cell}, {cell, h}, hidden,
                [](const Vec* in, Vec* out) HWY_ATTR {
                  out[0] = hn::MulAdd(SigmoidOf(in[1]), in[4], hn::Mul(SigmoidOf(in[0]), TanhOf(in[2])));
                  out[1] = hn::Mul(SigmoidOf(in[3]), TanhOf(out[0]));
                });
}

void GruCell(const float* from_input, const float* from_hidden, std::size_t hidden, float* h) noexcept {
  ForVectors<7>({from_input, from_input + hidden, from_input + 2 * hidden, from_hidden, from_hidden + hidden,
                 from_hidden + 2 * hidden, h},
                {h, nullptr}, hidden, [](const Vec* in, Vec* out) HWY_ATTR {
                  const Vec reset = SigmoidOf(hn::Add(in[0], in[3]));
                  const Vec update = SigmoidOf(hn::Add(in[1], in[4]));
                  const Vec candidate = TanhOf(hn::MulAdd(reset, in[5], in[2]));
                  const Vec rest = hn::Sub(hn::Set(Tag(), 1.0f), update);
                  out[0] = hn::MulAdd(rest, candidate, hn::Mul(update, in[6]));
                });
}

}  // namespace

// A name that is read before any vector instruction of this set may run.
extern const Set kSet;
const Set kSet{HWY_TARGET == HWY_AVX3   ? "avx512"
               : HWY_TARGET == HWY_AVX2 ? "avx2"
               : HWY_TARGET == HWY_SSE4 ? "sse4"
               : HWY_TARGET == HWY_NEON ? "neon"
                                        : "portable",
               kPanel, Accumulate, LstmCell, GruCell, Sigmoid, Tanh};

}  // namespace kinemyo::infer::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace kinemyo::infer::kernels {

std::vector<const Set*> simd_sets() {
  std::vector<const Set*> out;
  [[maybe_unused]] const std::int64_t here = hwy::SupportedTargets();
#if HWY_TARGETS & HWY_AVX3
  if (here & HWY_AVX3) out.push_back(&N_AVX3::kSet);
#endif
#if HWY_TARGETS & HWY_AVX2
  if (here & HWY_AVX2) out.push_back(&N_AVX2::kSet);
#endif
#if HWY_TARGETS & HWY_SSE4
  if (here & HWY_SSE4) out.push_back(&N_SSE4::kSet);
#endif
#if HWY_TARGETS & HWY_NEON
  if (here & HWY_NEON) out.push_back(&N_NEON::kSet);
#endif
  return out;
}

}  // namespace kinemyo::infer::kernels
#endif
