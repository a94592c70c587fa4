#include <bit>
#include <cmath>
#include <cstdint>

#include "kinemyo/kernels/kernels.h"

namespace kinemyo::kernels {

namespace {

float number(float weight) { return weight; }
float number(std::uint16_t half) { return std::bit_cast<float>(static_cast<std::uint32_t>(half) << 16); }
float number(std::int8_t byte) { return byte; }

// Rows of numbers, and how far apart they and their columns are.
struct Lying {
  const float* at;
  std::size_t row, column;
};

template <typename Weight>
void multiply_as(const Weight* values, const Packed& w, Lying x, std::size_t rows, Lying start, float* y,
                 std::size_t y_stride) noexcept {
  for (std::size_t column = 0; column < padded(w.outputs); column += kLane) {
    for (std::size_t r = 0; r < rows; ++r) {
      const Weight* weights = values + column * w.inputs;
      const float* begin = start.at + r * start.row + column;
      float* out = y + r * y_stride + column;
      float sums[kLane] = {};
      for (std::size_t k = 0; k < kLane && w.scales.empty(); ++k) sums[k] = begin[k];
      for (std::size_t i = 0; i < w.inputs; ++i, weights += kLane) {
        const float one = x.at[r * x.row + i * x.column];
        for (std::size_t k = 0; k < kLane; ++k) sums[k] += number(weights[k]) * one;
      }
      for (std::size_t k = 0; k < kLane; ++k)
        out[k] = w.scales.empty() ? sums[k] : begin[k] + w.scales[column + k] * sums[k];
    }
  }
}

void multiply(const Packed& w, Lying x, std::size_t rows, Lying start, float* y, std::size_t y_stride) noexcept {
  switch (w.storage) {
    case Storage::fp32: return multiply_as(w.values.data(), w, x, rows, start, y, y_stride);
    case Storage::bf16: return multiply_as(w.halves.data(), w, x, rows, start, y, y_stride);
    case Storage::int8: return multiply_as(w.bytes.data(), w, x, rows, start, y, y_stride);
  }
}

void multiply_by_row(const Packed& w, const float* x, std::size_t x_stride, std::size_t rows, const float* start,
                     std::size_t start_stride, float* y, std::size_t y_stride) noexcept {
  multiply(w, {x, x_stride, 1}, rows, {start, start_stride, 1}, y, y_stride);
}

void multiply_by_input(const Packed& w, const float* x, std::size_t x_stride, std::size_t rows, const float* start,
                       std::size_t start_stride, float* y, std::size_t y_stride) noexcept {
  multiply(w, {x, 1, x_stride}, rows, {start, start_stride, 1}, y, y_stride);
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

std::uint32_t mixed(std::uint32_t x) {
  x = (x ^ x >> 16) * 0x85ebca6bu;
  x = (x ^ x >> 13) * 0xc2b2ae35u;
  return x ^ x >> 16;
}

void drop(std::uint64_t seed, std::uint32_t threshold, float scale, std::size_t first, const float* x,
          std::size_t count, float* y) noexcept {
  for (std::size_t k = 0; k < count; ++k) {
    const auto place = static_cast<std::uint32_t>(first + k);
    const auto drawn =
        mixed(mixed(place ^ static_cast<std::uint32_t>(seed)) ^ static_cast<std::uint32_t>(seed >> 32));
    y[k] = drawn < threshold ? 0.0f : x[k] * scale;
  }
}

void adam(const AdamRates& rates, const float* gradient, std::size_t count, float* parameter, float* mean,
          float* square) noexcept {
  for (std::size_t k = 0; k < count; ++k) {
    const float g = gradient[k];
    mean[k] = rates.beta1 * mean[k] + rates.new1 * g;
    square[k] = rates.beta2 * square[k] + rates.new2 * (g * g);
    const float root = std::sqrt(square[k]) / rates.root_bias + rates.epsilon;
    parameter[k] = rates.decay * parameter[k] - rates.step * mean[k] / root;
  }
}

void lstm_cell(const float* gates, std::size_t hidden, float* cell, float* h) noexcept {
  for (std::size_t i = 0; i < hidden; ++i) {
    const float* gate = gates + i;
    cell[i] = sigmoid_of(gate[hidden]) * cell[i] + sigmoid_of(gate[0]) * tanh_of(gate[2 * hidden]);
    h[i] = sigmoid_of(gate[3 * hidden]) * tanh_of(cell[i]);
  }
}

void lstm_cell_kept(const float* gates, const float* before, std::size_t hidden, float* kept, float* cell,
                    float* h) noexcept {
  for (std::size_t j = 0; j < hidden; ++j) {
    const float i = kept[j] = sigmoid_of(gates[j]);
    const float f = kept[hidden + j] = sigmoid_of(gates[hidden + j]);
    const float g = kept[2 * hidden + j] = tanh_of(gates[2 * hidden + j]);
    const float o = kept[3 * hidden + j] = sigmoid_of(gates[3 * hidden + j]);
    cell[j] = f * before[j] + i * g;
    h[j] = o * tanh_of(cell[j]);
  }
}

void lstm_cell_gradient(const float* kept, const float* before, const float* cell, std::size_t hidden, const float* d_h,
                        float* d_cell, float* d_gates, float* d_bias) noexcept {
  for (std::size_t j = 0; j < hidden; ++j) {
    const float i = kept[j], f = kept[hidden + j], g = kept[2 * hidden + j], o = kept[3 * hidden + j];
    const float squashed = tanh_of(cell[j]);
    const float d = d_cell[j] + d_h[j] * o * (1.0f - squashed * squashed);
    d_gates[j] = d * g * i * (1.0f - i);
    d_gates[hidden + j] = d * before[j] * f * (1.0f - f);
    d_gates[2 * hidden + j] = d * i * (1.0f - g * g);
    d_gates[3 * hidden + j] = d_h[j] * squashed * o * (1.0f - o);
    d_cell[j] = d * f;
    for (std::size_t k = 0; k < 4; ++k) d_bias[k * hidden + j] += d_gates[k * hidden + j];
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

const Set kScalar{"scalar", kLane, multiply_by_row, multiply_by_input, nullptr, lstm_cell, lstm_cell_kept, lstm_cell_gradient, gru_cell, drop, adam, sigmoid, tanh};

}  // namespace kinemyo::kernels
