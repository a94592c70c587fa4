// The kernels for vectors of any length, compiled once for every instruction set.
#include "kinemyo/kernels/simd.h"

#include <cstdint>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kinemyo/kernels/simd.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace kinemyo::kernels::HWY_NAMESPACE {

#if HWY_TARGET == HWY_SCALAR  // compiled where nothing better is sure to be there, but never offered
constexpr MultiplyPaired MultiplyInt8 = nullptr;
#else  // in narrow_simd.cc
void MultiplyInt8(const Packed& w, const float* x, std::size_t row_step, std::size_t input_step, std::size_t rows,
                  const float* start, std::size_t start_stride, float* y, std::size_t y_stride) noexcept;
#endif

namespace {

namespace hn = hwy::HWY_NAMESPACE;

using Tag = hn::CappedTag<float, kLane>;
using Vec = hn::Vec<Tag>;
constexpr std::size_t kLanes = hn::MaxLanes(Tag());
// Rows and vectors whose sums stay in registers, of which there are 32 or 16. kUnrolled: inputs at a time; where vectors are
// short, counting would take a share of the instructions that tells as soon as another thread is on the same core.
#if HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_NEON
constexpr std::size_t kMostRows = 12, kPanelVectors = 2, kUnrolled = 1;
#elif HWY_TARGET == HWY_AVX2
constexpr std::size_t kMostRows = 4, kPanelVectors = 3, kUnrolled = 4;
#else
constexpr std::size_t kMostRows = 6, kPanelVectors = 2, kUnrolled = 1;
#endif
constexpr std::size_t kPanel = kPanelVectors * kLanes;

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

// Where the sums begin: rows of numbers, `stride` apart; 0 gives all the same.
struct Start {
  const float* at;
  std::size_t stride;
  HWY_INLINE const float* row(std::size_t r) const { return at + r * stride; }
  HWY_INLINE Start right(std::size_t columns) const { return {at + columns, stride}; }
};

// Sums of int8 weights begin at zero and are scaled before they are added; others begin with what is there.
template <typename Weight>
HWY_INLINE Vec Begin(const float* start) {
  return sizeof(Weight) == 1 ? hn::Zero(Tag()) : hn::LoadU(Tag(), start);
}
template <typename Weight>
HWY_INLINE void End(Vec sum, const float* scales, const float* start, float* y) {
  const Tag d;
  if (sizeof(Weight) == 1) sum = hn::MulAdd(sum, hn::LoadU(d, scales), hn::LoadU(d, start));
  hn::StoreU(sum, d, y);
}

// How x lies in memory: row by row, or input by input.
enum class X { by_row, by_input };
template <X kX>
HWY_INLINE std::size_t At(std::size_t row, std::size_t input, std::size_t stride) {
  return kX == X::by_row ? row * stride + input : input * stride + row;
}

// Adds to a tile's sums what one input brings.
template <std::size_t kRows, std::size_t kVectors, X kX, typename Weight>
HWY_INLINE void AddInput(const Weight* HWY_RESTRICT panel, const float* HWY_RESTRICT x, std::size_t x_stride,
                         std::size_t input, Vec (&sums)[kRows][kVectors]) {
  Vec weights[kVectors];
#pragma GCC unroll 16
  for (std::size_t v = 0; v < kVectors; ++v) weights[v] = LoadWeights(panel + v * kLanes);
#pragma GCC unroll 16
  for (std::size_t r = 0; r < kRows; ++r) {
    const Vec one = hn::Set(Tag(), x[At<kX>(r, input, x_stride)]);
#pragma GCC unroll 16
    for (std::size_t v = 0; v < kVectors; ++v) sums[r][v] = hn::MulAdd(weights[v], one, sums[r][v]);
  }
}

// Many rows, one panel: a weight is fetched once for all of them.
template <std::size_t kRows, std::size_t kVectors, X kX, typename Weight>
HWY_INLINE void Tile(const Weight* HWY_RESTRICT panel, const float* HWY_RESTRICT scales, std::size_t inputs,
                     const float* HWY_RESTRICT x, std::size_t x_stride, Start start, float* y, std::size_t y_stride) {
  Vec sums[kRows][kVectors];
#pragma GCC unroll 16
  for (std::size_t r = 0; r < kRows; ++r) {
#pragma GCC unroll 16
    for (std::size_t v = 0; v < kVectors; ++v) sums[r][v] = Begin<Weight>(start.row(r) + v * kLanes);
  }
  std::size_t i = 0;
  for (; i + kUnrolled <= inputs; i += kUnrolled, panel += kUnrolled * kVectors * kLanes) {
#pragma GCC unroll 16
    for (std::size_t u = 0; u < kUnrolled; ++u)
      AddInput<kRows, kVectors, kX>(panel + u * kVectors * kLanes, x, x_stride, i + u, sums);
  }
  for (; i < inputs; ++i, panel += kVectors * kLanes) AddInput<kRows, kVectors, kX>(panel, x, x_stride, i, sums);
#pragma GCC unroll 16
  for (std::size_t r = 0; r < kRows; ++r) {
#pragma GCC unroll 16
    for (std::size_t v = 0; v < kVectors; ++v)
      End<Weight>(sums[r][v], scales + v * kLanes, start.row(r) + v * kLanes, y + r * y_stride + v * kLanes);
  }
}

// Few rows, panels side by side: sums enough that none waits for its last addition.
template <std::size_t kRows, std::size_t kPanels, X kX, typename Weight>
HWY_INLINE void Strip(const Weight* HWY_RESTRICT panels, const float* HWY_RESTRICT scales, std::size_t inputs,
                      const float* HWY_RESTRICT x, std::size_t x_stride, Start start, float* y, std::size_t y_stride) {
  const Tag d;
  constexpr std::size_t kVectors = kPanels * kPanelVectors;
  Vec sums[kRows][kVectors];
#pragma GCC unroll 16
  for (std::size_t r = 0; r < kRows; ++r) {
#pragma GCC unroll 16
    for (std::size_t v = 0; v < kVectors; ++v) sums[r][v] = Begin<Weight>(start.row(r) + v * kLanes);
  }
  for (std::size_t i = 0; i < inputs; ++i) {
    Vec one[kRows];
#pragma GCC unroll 16
    for (std::size_t r = 0; r < kRows; ++r) one[r] = hn::Set(d, x[At<kX>(r, i, x_stride)]);
#pragma GCC unroll 16
    for (std::size_t v = 0; v < kVectors; ++v) {
      const Vec weights = LoadWeights(panels + (v / kPanelVectors * inputs + i) * kPanel + v % kPanelVectors * kLanes);
#pragma GCC unroll 16
      for (std::size_t r = 0; r < kRows; ++r) sums[r][v] = hn::MulAdd(weights, one[r], sums[r][v]);
    }
  }
#pragma GCC unroll 16
  for (std::size_t r = 0; r < kRows; ++r) {
#pragma GCC unroll 16
    for (std::size_t v = 0; v < kVectors; ++v)
      End<Weight>(sums[r][v], scales + v * kLanes, start.row(r) + v * kLanes, y + r * y_stride + v * kLanes);
  }
}

HWY_INLINE const float* ScalesFrom(const Packed& w, std::size_t column) {
  return w.scales.empty() ? nullptr : w.scales.data() + column;
}

// As many strips of kPanels panels as there are, from `column` on.
template <std::size_t kRows, std::size_t kPanels, X kX, typename Weight>
HWY_INLINE void Strips(const Weight* values, const Packed& w, const float* x, std::size_t x_stride, Start start, float* y,
                       std::size_t y_stride, std::size_t& column) {
  const std::size_t columns = padded(w.outputs);
  for (; column + kPanels * kPanel <= columns; column += kPanels * kPanel) {
    Strip<kRows, kPanels, kX>(values + column * w.inputs, ScalesFrom(w, column), w.inputs, x, x_stride, start.right(column),
                              y + column, y_stride);
  }
}

template <std::size_t kRows, std::size_t kVectors, X kX, typename Weight>
HWY_INLINE void Tiles(const Weight* panel, const float* scales, std::size_t inputs, const float*& x,
                      std::size_t x_stride, std::size_t& rows, Start& start, float*& y, std::size_t y_stride) {
  for (; rows >= kRows; rows -= kRows) {
    Tile<kRows, kVectors, kX>(panel, scales, inputs, x, x_stride, start, y, y_stride);
    x += At<kX>(kRows, 0, x_stride);
    start.at += kRows * start.stride;
    y += kRows * y_stride;
  }
}

template <std::size_t kVectors, X kX, typename Weight>
void PanelRows(const Weight* panel, const float* scales, std::size_t inputs, const float* x, std::size_t x_stride,
               std::size_t rows, Start start, float* y, std::size_t y_stride) {
  Tiles<kMostRows, kVectors, kX>(panel, scales, inputs, x, x_stride, rows, start, y, y_stride);
  if (kMostRows > 8) Tiles<8, kVectors, kX>(panel, scales, inputs, x, x_stride, rows, start, y, y_stride);
  if (kMostRows > 4) Tiles<4, kVectors, kX>(panel, scales, inputs, x, x_stride, rows, start, y, y_stride);
  Tiles<2, kVectors, kX>(panel, scales, inputs, x, x_stride, rows, start, y, y_stride);
  Tiles<1, kVectors, kX>(panel, scales, inputs, x, x_stride, rows, start, y, y_stride);
}

template <X kX, typename Weight>
void MultiplyAs(const Weight* values, const Packed& w, const float* x, std::size_t x_stride, std::size_t rows,
                Start start, float* y, std::size_t y_stride) {
  const std::size_t columns = padded(w.outputs), inputs = w.inputs;
  std::size_t column = 0;
  if (rows == 1) Strips<1, 4, kX>(values, w, x, x_stride, start, y, y_stride, column);
  if (kMostRows > 8) {
    if (rows == 2) Strips<2, 4, kX>(values, w, x, x_stride, start, y, y_stride, column);
    if (rows == 3) Strips<3, 4, kX>(values, w, x, x_stride, start, y, y_stride, column);
    if (rows == 4) Strips<4, 3, kX>(values, w, x, x_stride, start, y, y_stride, column);
  }
  for (; column + kPanel <= columns; column += kPanel) {
    PanelRows<kPanelVectors, kX>(values + column * inputs, ScalesFrom(w, column), inputs, x, x_stride, rows,
                                 start.right(column), y + column, y_stride);
  }
  const auto rest = [&]<std::size_t kVectors>() HWY_ATTR {
    if (column + kVectors * kLanes != columns) return;
    PanelRows<kVectors, kX>(values + column * inputs, ScalesFrom(w, column), inputs, x, x_stride, rows, start.right(column),
                            y + column, y_stride);
    column = columns;
  };
  if (kPanelVectors > 2) rest.template operator()<2>();
  rest.template operator()<1>();
}

template <X kX>
void Multiply(const Packed& w, const float* x, std::size_t x_stride, std::size_t rows, const float* start,
              std::size_t start_stride, float* y, std::size_t y_stride) noexcept {
  if (w.paired != nullptr) {
    return w.paired(w, x, At<kX>(1, 0, x_stride), At<kX>(0, 1, x_stride), rows, start, start_stride, y, y_stride);
  }
  const Start from{start, start_stride};
  switch (w.storage) {
    case Storage::fp32: return MultiplyAs<kX>(w.values.data(), w, x, x_stride, rows, from, y, y_stride);
    case Storage::bf16: return MultiplyAs<kX>(w.halves.data(), w, x, x_stride, rows, from, y, y_stride);
    case Storage::int8: return MultiplyAs<kX>(w.bytes.data(), w, x, x_stride, rows, from, y, y_stride);
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

// Calls body(vectors in, vectors out) over arrays of `count` numbers; what remains after whole vectors goes through
// buffers, so that nothing is read or written beyond the end. An output may be one of the inputs.
template <std::size_t kInputs, std::size_t kOutputs, typename Body>
HWY_INLINE void ForVectors(const float* const (&in)[kInputs], float* const (&out)[kOutputs], std::size_t count,
                           Body body) {
  const Tag d;
  std::size_t i = 0;
  Vec values[kInputs], results[kOutputs];
  for (; i + kLanes <= count; i += kLanes) {
#pragma GCC unroll 16
    for (std::size_t k = 0; k < kInputs; ++k) values[k] = hn::LoadU(d, in[k] + i);
    body(values, results);
#pragma GCC unroll 16
    for (std::size_t k = 0; k < kOutputs; ++k) hn::StoreU(results[k], d, out[k] + i);
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
  for (std::size_t k = 0; k < kOutputs; ++k) {
    hn::Store(results[k], d, room);
    copy(room, count - i, out[k] + i);
  }
}

using Bits = hn::Rebind<std::uint32_t, Tag>;
HWY_INLINE hn::Vec<Bits> Mixed(hn::Vec<Bits> x) {
  const Bits d;
  x = hn::Mul(hn::Xor(x, hn::ShiftRight<16>(x)), hn::Set(d, 0x85ebca6bu));
  x = hn::Mul(hn::Xor(x, hn::ShiftRight<13>(x)), hn::Set(d, 0xc2b2ae35u));
  return hn::Xor(x, hn::ShiftRight<16>(x));
}

void Drop(std::uint64_t seed, std::uint32_t threshold, float scale, std::size_t first, const float* x,
          std::size_t count, float* y) noexcept {
  const Tag d;
  const Bits bits;
  const auto low = hn::Set(bits, static_cast<std::uint32_t>(seed)), high = hn::Set(bits, static_cast<std::uint32_t>(seed >> 32));
  const auto limit = hn::Set(bits, threshold);
  const Vec factor = hn::Set(d, scale);
  const auto kept = [&](std::size_t k, Vec value) HWY_ATTR {
    const auto place = hn::Iota(bits, static_cast<std::uint32_t>(first + k));
    const auto drawn = Mixed(hn::Xor(Mixed(hn::Xor(place, low)), high));
    return hn::IfThenZeroElse(hn::RebindMask(d, hn::Lt(drawn, limit)), hn::Mul(value, factor));
  };
  std::size_t k = 0;
  for (; k + kLanes <= count; k += kLanes) hn::StoreU(kept(k, hn::LoadU(d, x + k)), d, y + k);
  alignas(64) float room[kLanes] = {};
  for (std::size_t j = k; j < count; ++j) room[j - k] = x[j];
  hn::Store(kept(k, hn::Load(d, room)), d, room);
  for (std::size_t j = k; j < count; ++j) y[j] = room[j - k];
}

void AdamStep(const AdamRates& rates, const float* gradient, std::size_t count, float* parameter, float* mean,
              float* square) noexcept {
  const Tag d;
  const Vec b1 = hn::Set(d, rates.beta1), c1 = hn::Set(d, rates.new1);
  const Vec b2 = hn::Set(d, rates.beta2), c2 = hn::Set(d, rates.new2);
  const Vec epsilon = hn::Set(d, rates.epsilon), decay = hn::Set(d, rates.decay), step = hn::Set(d, rates.step);
  const Vec root_bias = hn::Set(d, rates.root_bias);
  ForVectors<4, 3>({gradient, parameter, mean, square}, {parameter, mean, square}, count,
                   [&](const Vec* in, Vec* out) HWY_ATTR {
                     out[1] = hn::MulAdd(b1, in[2], hn::Mul(c1, in[0]));
                     out[2] = hn::MulAdd(b2, in[3], hn::Mul(c2, hn::Mul(in[0], in[0])));
                     const Vec root = hn::Add(hn::Div(hn::Sqrt(out[2]), root_bias), epsilon);
                     out[0] = hn::Sub(hn::Mul(decay, in[1]), hn::Div(hn::Mul(step, out[1]), root));
                   });
}

void Sigmoid(float* x, std::size_t count) noexcept {
  ForVectors<1, 1>({x}, {x}, count, [](const Vec* in, Vec* out) HWY_ATTR { out[0] = SigmoidOf(in[0]); });
}

void Tanh(float* x, std::size_t count) noexcept {
  ForVectors<1, 1>({x}, {x}, count, [](const Vec* in, Vec* out) HWY_ATTR { out[0] = TanhOf(in[0]); });
}

void LstmCell(const float* gates, std::size_t hidden, float* cell, float* h) noexcept {
  ForVectors<5, 2>({gates, gates + hidden, gates + 2 * hidden, gates + 3 * hidden, cell}, {cell, h}, hidden,
                [](const Vec* in, Vec* out) HWY_ATTR {
                  out[0] = hn::MulAdd(SigmoidOf(in[1]), in[4], hn::Mul(SigmoidOf(in[0]), TanhOf(in[2])));
                  out[1] = hn::Mul(SigmoidOf(in[3]), TanhOf(out[0]));
                });
}

void LstmCellKept(const float* gates, const float* before, std::size_t hidden, float* kept, float* cell,
                  float* h) noexcept {
  const float *i = gates, *f = i + hidden, *g = f + hidden, *o = g + hidden;
  float* const outputs[] = {kept, kept + hidden, kept + 2 * hidden, kept + 3 * hidden, cell, h};
  ForVectors<5, 6>({i, f, g, o, before}, outputs, hidden, [](const Vec* in, Vec* out) HWY_ATTR {
    out[0] = SigmoidOf(in[0]);
    out[1] = SigmoidOf(in[1]);
    out[2] = TanhOf(in[2]);
    out[3] = SigmoidOf(in[3]);
    out[4] = hn::MulAdd(out[1], in[4], hn::Mul(out[0], out[2]));
    out[5] = hn::Mul(out[3], TanhOf(out[4]));
  });
}

void LstmCellGradient(const float* kept, const float* before, const float* cell, std::size_t hidden, const float* d_h,
                      float* d_cell, float* d_gates, float* d_bias) noexcept {
  const float *i = kept, *f = i + hidden, *g = f + hidden, *o = g + hidden;
  float *di = d_gates, *df = di + hidden, *dg = df + hidden, *d_o = dg + hidden;
  float *bi = d_bias, *bf = bi + hidden, *bg = bf + hidden, *bo = bg + hidden;
  ForVectors<12, 9>({i, f, g, o, before, cell, d_h, d_cell, bi, bf, bg, bo}, {di, df, dg, d_o, bi, bf, bg, bo, d_cell}, hidden,
                    [](const Vec* in, Vec* out) HWY_ATTR {
                      const Vec one = hn::Set(Tag(), 1.0f);
                      const auto slope = [&](Vec s) HWY_ATTR { return hn::NegMulAdd(s, s, s); };  // s (1 - s)
                      const Vec squashed = TanhOf(in[5]);
                      const Vec through = hn::Mul(in[6], in[3]);  // what reaches the cell from h
                      const Vec d = hn::Add(in[7], hn::NegMulAdd(hn::Mul(through, squashed), squashed, through));
                      out[0] = hn::Mul(hn::Mul(d, in[2]), slope(in[0]));
                      out[1] = hn::Mul(hn::Mul(d, in[4]), slope(in[1]));
                      out[2] = hn::Mul(hn::Mul(d, in[0]), hn::NegMulAdd(in[2], in[2], one));
                      out[3] = hn::Mul(hn::Mul(in[6], squashed), slope(in[3]));
#pragma GCC unroll 4
                      for (std::size_t k = 0; k < 4; ++k) out[4 + k] = hn::Add(in[8 + k], out[k]);
                      out[8] = hn::Mul(d, in[1]);
                    });
}

void GruCell(const float* from_input, const float* from_hidden, std::size_t hidden, float* h) noexcept {
  ForVectors<7, 1>({from_input, from_input + hidden, from_input + 2 * hidden, from_hidden, from_hidden + hidden,
                 from_hidden + 2 * hidden, h},
                {h}, hidden, [](const Vec* in, Vec* out) HWY_ATTR {
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
               kPanel, Multiply<X::by_row>, Multiply<X::by_input>, MultiplyInt8, LstmCell, LstmCellKept, LstmCellGradient, GruCell,
               Drop, AdamStep, Sigmoid, Tanh};

}  // namespace kinemyo::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace kinemyo::kernels {

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

}  // namespace kinemyo::kernels
#endif
