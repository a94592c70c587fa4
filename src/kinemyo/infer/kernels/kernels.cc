#include "kinemyo/infer/kernels/kernels.h"

#include <bit>
#include <cstdint>
#include <cstring>

namespace kinemyo::infer::kernels {

namespace {

// Four numbers in a register of any machine that has such; GCC and Clang break it up where none
// has.
using Quad = float __attribute__((vector_size(16)));
constexpr std::size_t kQuads = kPanel / 4;

Quad load(const float* from) {
  Quad out;
  std::memcpy(&out, from, sizeof out);
  return out;
}

void store(float* to, Quad value) { std::memcpy(to, &value, sizeof value); }

// Rows are computed together so that a weight is fetched once for all of them.
template <std::size_t kRows>
void accumulate_panel(const float* panel, std::size_t inputs, const float* x, std::size_t x_stride,
                      float* y, std::size_t y_stride) {
  Quad sums[kRows][kQuads];
  for (std::size_t r = 0; r < kRows; ++r) {
    for (std::size_t q = 0; q < kQuads; ++q) sums[r][q] = load(y + r * y_stride + 4 * q);
  }
  for (std::size_t i = 0; i < inputs; ++i) {
    for (std::size_t q = 0; q < kQuads; ++q) {
      const Quad weights = load(panel + i * kPanel + 4 * q);
      for (std::size_t r = 0; r < kRows; ++r) sums[r][q] += weights * x[r * x_stride + i];
    }
  }
  for (std::size_t r = 0; r < kRows; ++r) {
    for (std::size_t q = 0; q < kQuads; ++q) store(y + r * y_stride + 4 * q, sums[r][q]);
  }
}

// e to the x, without branches, so that loops over it become vector code.
// Source: range reduction by ln 2 in two parts and the polynomial of Cephes' expf (Moshier 1989).
float exponential(float x) {
  x = x < -87.0f ? -87.0f : x;
  x = x > 88.0f ? 88.0f : x;
  constexpr float kRound =
      12582912.0f;  // 1.5 * 2^23: adding it leaves the nearest integer in the low bits
  const float shifted = x * 1.44269504088896341f + kRound;
  const float n = shifted - kRound;
  const float r = x - n * 0.693359375f - n * -2.12194440e-4f;
  float p = 1.9875691500e-4f;
  p = p * r + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  const float fraction = p * r * r + r + 1.0f;
  const std::uint32_t exponent = std::bit_cast<std::uint32_t>(shifted) - 0x4b400000u + 127u;
  return fraction * std::bit_cast<float>(exponent << 23);
}

float sigmoid_of(float x) { return 1.0f / (1.0f + exponential(-x)); }

// Source: near 0 the polynomial of Cephes' tanhf (Moshier 1989), elsewhere by the exponential.
float tanh_of(float x) {
  const float z = x * x;
  float p = -5.70498872745e-3f;
  p = p * z + 2.06390887954e-2f;
  p = p * z - 5.37397155531e-2f;
  p = p * z + 1.33314422036e-1f;
  p = p * z - 3.33332819422e-1f;
  const float near = p * z * x + x;
  const float far = 1.0f - 2.0f / (exponential(2.0f * x) + 1.0f);
  return z < 0.390625f ? near : far;
}

}  // namespace

Packed pack(const float* weights, std::size_t outputs, std::size_t inputs) {
  Packed packed{inputs, outputs, std::vector<float>(padded(outputs) * inputs)};
  for (std::size_t o = 0; o < outputs; ++o) {
    float* panel = packed.values.data() + o / kPanel * kPanel * inputs;
    for (std::size_t i = 0; i < inputs; ++i)
      panel[i * kPanel + o % kPanel] = weights[o * inputs + i];
  }
  return packed;
}

void accumulate(const Packed& w, const float* x, std::size_t x_stride, std::size_t rows, float* y,
                std::size_t y_stride) noexcept {
  const std::size_t pairs = rows / 2;
  for (std::size_t column = 0; column < padded(w.outputs); column += kPanel) {
    const float* panel = w.values.data() + column * w.inputs;
    for (std::size_t p = 0; p < pairs; ++p) {
      accumulate_panel<2>(panel, w.inputs, x + 2 * p * x_stride, x_stride,
                          y + 2 * p * y_stride + column, y_stride);
    }
    if (rows % 2 == 1) {
      accumulate_panel<1>(panel, w.inputs, x + (rows - 1) * x_stride, x_stride,
                          y + (rows - 1) * y_stride + column, y_stride);
    }
  }
}

void sigmoid(float* x, std::size_t count) noexcept {
  for (std::size_t i = 0; i < count; ++i) x[i] = sigmoid_of(x[i]);
}

void tanh(float* x, std::size_t count) noexcept {
  for (std::size_t i = 0; i < count; ++i) x[i] = tanh_of(x[i]);
}

void lstm_cell(float* gates, std::size_t hidden, float* cell, float* h) noexcept {
  const float* input = gates;
  const float* forget = gates + hidden;
  const float* candidate = gates + 2 * hidden;
  const float* output = gates + 3 * hidden;
  sigmoid(gates, 2 * hidden);
  tanh(gates + 2 * hidden, hidden);
  sigmoid(gates + 3 * hidden, hidden);
  for (std::size_t i = 0; i < hidden; ++i) cell[i] = forget[i] * cell[i] + input[i] * candidate[i];
  for (std::size_t i = 0; i < hidden; ++i) h[i] = output[i] * tanh_of(cell[i]);
}

void gru_cell(float* from_input, float* from_hidden, std::size_t hidden, float* h) noexcept {
  float* reset = from_input;
  const float* update = from_input + hidden;
  float* candidate = from_input + 2 * hidden;
  for (std::size_t i = 0; i < 2 * hidden; ++i) from_input[i] += from_hidden[i];
  sigmoid(reset, 2 * hidden);
  for (std::size_t i = 0; i < hidden; ++i) candidate[i] += reset[i] * from_hidden[2 * hidden + i];
  tanh(candidate, hidden);
  for (std::size_t i = 0; i < hidden; ++i)
    h[i] = (1.0f - update[i]) * candidate[i] + update[i] * h[i];
}

}  // namespace kinemyo::infer::kernels
