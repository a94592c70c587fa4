#include "kinemyo/signal/lanes_kernels.h"

#include <cstdlib>
#include <string_view>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kinemyo/signal/lanes_kernels.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace kinemyo::signal::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

constexpr std::size_t kRow = 8;  // numbers; Lanes::kCount
using Tag = hn::CappedTag<double, 8>;
using Vec = hn::Vec<Tag>;

// Where a row is several vectors, two at once: while one waits for its own last result, the other goes on. Their
// states stay in registers.
constexpr std::size_t kLanes = hn::MaxLanes(Tag()), kTogether = kRow / kLanes > 1 ? 2 : 1;

template <std::size_t kTaps>
void RunTogether(const double* b, const double* a, double* state, double* x, std::size_t rows, bool backward) {
  const Tag d;
  Vec s[kTogether][kTaps];
  for (std::size_t v = 0; v < kTogether; ++v) {
    for (std::size_t k = 0; k + 1 < kTaps; ++k) s[v][k] = hn::LoadU(d, state + k * kRow + v * kLanes);
    s[v][kTaps - 1] = hn::Zero(d);
  }
  const std::ptrdiff_t step = backward ? -static_cast<std::ptrdiff_t>(kRow) : kRow;
  double* at = backward ? x + (rows - 1) * kRow : x;
  for (std::size_t r = 0; r < rows; ++r, at += step) {
    Vec in[kTogether], out[kTogether];
    for (std::size_t v = 0; v < kTogether; ++v) {
      in[v] = hn::LoadU(d, at + v * kLanes);
      out[v] = hn::Add(s[v][0], hn::Mul(hn::Set(d, b[0]), in[v]));
      hn::StoreU(out[v], d, at + v * kLanes);
    }
    for (std::size_t k = 0; k + 1 < kTaps; ++k) {
      const Vec bk = hn::Set(d, b[k + 1]), ak = hn::Set(d, a[k + 1]);
      for (std::size_t v = 0; v < kTogether; ++v) {
        const Vec begun = hn::Mul(in[v], bk);
        s[v][k] = hn::Sub(k + 2 < kTaps ? hn::Add(s[v][k + 1], begun) : begun, hn::Mul(out[v], ak));
      }
    }
  }
}

template <std::size_t kTaps>
void RunAll(const double* b, const double* a, double* state, double* x, std::size_t rows, bool backward) {
  for (std::size_t lane = 0; lane < kRow; lane += kTogether * kLanes) {
    RunTogether<kTaps>(b, a, state + lane, x + lane, rows, backward);
  }
}

bool Run(const double* b, const double* a, std::size_t taps, double* state, double* x, std::size_t rows,
         bool backward) {
  switch (taps) {
    case 3: RunAll<3>(b, a, state, x, rows, backward); return true;
    case 5: RunAll<5>(b, a, state, x, rows, backward); return true;
    case 9: RunAll<9>(b, a, state, x, rows, backward); return true;
    default: return false;
  }
}

void Sum(const double* x, std::size_t width, double* out, std::size_t rows) {
  const Tag d;
  const std::size_t lanes = hn::Lanes(d);
  for (std::size_t lane = 0; lane < kRow; lane += lanes) {
    std::size_t r = 0;
    // Four rows at once, so that no sum waits for itself.
    for (; r + 4 <= rows; r += 4) {
      const double* from = x + r * kRow + lane;
      Vec a = hn::Zero(d), b = a, c = a, e = a;
      for (std::size_t k = 0; k < width; ++k, from += kRow) {
        a = hn::Add(a, hn::LoadU(d, from));
        b = hn::Add(b, hn::LoadU(d, from + kRow));
        c = hn::Add(c, hn::LoadU(d, from + 2 * kRow));
        e = hn::Add(e, hn::LoadU(d, from + 3 * kRow));
      }
      double* to = out + r * kRow + lane;
      hn::StoreU(a, d, to);
      hn::StoreU(b, d, to + kRow);
      hn::StoreU(c, d, to + 2 * kRow);
      hn::StoreU(e, d, to + 3 * kRow);
    }
    for (; r < rows; ++r) {
      const double* from = x + r * kRow + lane;
      Vec a = hn::Zero(d);
      for (std::size_t k = 0; k < width; ++k, from += kRow) a = hn::Add(a, hn::LoadU(d, from));
      hn::StoreU(a, d, out + r * kRow + lane);
    }
  }
}

}  // namespace kinemyo::signal::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace kinemyo::signal {

HWY_EXPORT(Run);
HWY_EXPORT(Sum);

namespace {

constexpr std::size_t kRow = 8;

bool scalar_asked() {
  static const bool asked = [] {
    const char* const value = std::getenv("KINEMYO_KERNELS");
    return value != nullptr && std::string_view(value) == "scalar";
  }();
  return asked;
}

void run_plainly(const double* b, const double* a, std::size_t taps, double* state, double* x,
                 std::size_t rows, bool backward) {
  for (std::size_t i = 0; i < rows; ++i) {
    double* row = x + (backward ? rows - 1 - i : i) * kRow;
    for (std::size_t lane = 0; lane < kRow; ++lane) {
      const double in = row[lane];
      const double out = taps == 1 ? b[0] * in : state[lane] + b[0] * in;
      for (std::size_t k = 1; k < taps; ++k) {
        double& s = state[(k - 1) * kRow + lane];
        s = k + 1 < taps ? state[k * kRow + lane] + in * b[k] - out * a[k] : in * b[k] - out * a[k];
      }
      row[lane] = out;
    }
  }
}

void sum_plainly(const double* x, std::size_t width, double* out, std::size_t rows) {
  for (std::size_t i = 0; i < rows * kRow; ++i) {
    double sum = 0;
    for (std::size_t k = 0; k < width; ++k) sum += x[i + k * kRow];
    out[i] = sum;
  }
}

}  // namespace

void run_lanes(const double* b, const double* a, std::size_t taps, double* state, double* x,
               std::size_t rows, bool backward) {
  if (!scalar_asked() && HWY_DYNAMIC_DISPATCH(Run)(b, a, taps, state, x, rows, backward)) return;
  run_plainly(b, a, taps, state, x, rows, backward);
}

void sum_lanes(const double* x, std::size_t width, double* out, std::size_t rows) {
  if (scalar_asked()) {
    sum_plainly(x, width, out, rows);
  } else {
    HWY_DYNAMIC_DISPATCH(Sum)(x, width, out, rows);
  }
}

}  // namespace kinemyo::signal
#endif
