#include <bit>
#include <cstdint>

#include "kinemyo/infer/kernels/kernels.h"

namespace kinemyo::infer::kernels {

namespace {

float number(float weight) { return weight; }
float number(std::uint16_t half) { return std::bit_cast<float>(static_cast<std::uint32_t>(half) << 16); }
float number(std::int8_t byte) { return byte; }

template <typename Weight>
void accumulate_as(const Weight* values, const Packed& w, const float* x, std::size_t x_stride, std::size_t rows,
                   float* y, std::size_t y_stride) noexcept {
  for (std::size_t column = 0; column < padded(w.outputs); column += kLane) {
    for (std::size_t r = 0; r < rows; ++r) {
      const Weight* weights = values + column * w.inputs;
      float* out = y + r * y_stride + column;
      float sums[kLane] = {};
      for (std::size_t k = 0; k < kLane && w.scales.empty(); ++k) sums[k] = out[k];
      for (std::size_t i = 0; i < w.inputs; ++i, weights += kLane) {
        for (std::size_t k = 0; k < kLane; ++k) sums[k] += number(weights[k]) * x[r * x_stride + i];
      }
      for (std::size_t k = 0; k < kLane; ++k)
        out[k] = w.scales.empty() ? sums[k] : out[k] + w.scales[column + k] * sums[k];
    }
  }
}

void accumulate_plainly(const Packed& w, const float* x, std::size_t x_stride, std::size_t rows, float* y,
                        std::size_t y_stride) noexcept {
  switch (w.storage) {
    case Storage::fp32: return accumulate_as(w.values.data(), w, x, x_stride, rows, y, y_stride);
    case Storage::bf16: return accumulate_as(w.halves.data(), w, x, x_stride, rows, y, y_stride);
    case Storage::int8: return accumulate_as(w.bytes.data(), w, x, x_stride, rows, y, y_stride);
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

void sigmoid(float* x, std::size_t count) noexcept {
  for (std::size_t i = 0; i < count; ++i) x[i] = sigmoid_of(x[i]);
}

void tanh(float* x, std::size_t count) noexcept {
  for (std::size_t i = 0; i < count; ++i) x[i] = tanh_of(x[i]);
}

void lstm_cell(const float* gates, std::size_t hidden, float* cell, float* h) noexcept {
  for (std::size_t i = 0; i < hidden; ++i) {
    const float* gate = gates + i;
    cell[i] = sigmoid_of(gate[hidden]) * cell[i] + sigmoid_of(gate[0]) * tanh_of(gate[2 * hidden]);
    h[i] = sigmoid_of(gate[3 * hidden]) * tanh_of(cell[i]);
  }
}

void gru_cell(const float* from_input, const float* from_hidden, std::size_t hidden,
              float* h) noexcept {
  for (std::size_t i = 0; i < hidden; ++i) {
    const float* in = from_input + i;
    const float* past = from_hidden + i;
    const float reset = sigmoid_of(in[0] + past[0]);
    const float update = sigmoid_of(in[hidden] + past[hidden]);
    const float candidate = tanh_of(in[2 * hidden] + reset * past[2 * hidden]);
    h[i] = (1.0f - update) * candidate + update * h[i];
  }
}

}  // namespace

const Set kScalar{"scalar", kLane, accumulate_plainly, lstm_cell, gru_cell, sigmoid, tanh};

}  // namespace kinemyo::infer::kernels
