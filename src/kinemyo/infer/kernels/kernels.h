#pragma once

#include <cstddef>
#include <vector>

// The arithmetic of running a network, and nothing else: what other instruction sets replace.
// Every sum is taken in one order, over inputs from first to last, however many rows are computed
// at once; so a sequence gives the same bits step by step, in blocks, and as a whole.
namespace kinemyo::infer::kernels {

/// Columns that are computed together.
inline constexpr std::size_t kPanel = 16;

/// `outputs`, rounded up to whole panels: the length of a row that accumulate() writes.
constexpr std::size_t padded(std::size_t outputs) {
  return (outputs + kPanel - 1) / kPanel * kPanel;
}

/// A weight matrix laid out panel by panel: in each, the weights of 16 outputs for input 0, then
/// for input 1, ...
struct Packed {
  std::size_t inputs = 0;
  std::size_t outputs = 0;
  std::vector<float> values;  ///< padded with zeros
};

/// Shape: weights is outputs x inputs, row-major (PyTorch's layout).
Packed pack(const float* weights, std::size_t outputs, std::size_t inputs);

/// y += W x for each of `rows` rows.
/// Shape: x is rows x w.inputs, a row every x_stride numbers; y is rows x padded(w.outputs), a row
/// every y_stride.
void accumulate(const Packed& w, const float* x, std::size_t x_stride, std::size_t rows, float* y,
                std::size_t y_stride) noexcept;

/// One step of an LSTM's state from its summed gates i f g o (destroyed). Shape: gates 4 x hidden;
/// cell, h: hidden. Source: Hochreiter and Schmidhuber 1997 with Gers' forget gate, as PyTorch's
/// nn.LSTM; golden values from PyTorch.
void lstm_cell(float* gates, std::size_t hidden, float* cell, float* h) noexcept;

/// One step of a GRU's state. Shape: from_input, from_hidden: 3 x hidden, gates r z n (destroyed);
/// h: hidden. Source: Cho et al. 2014, as PyTorch's nn.GRU (reset gate after the product); golden
/// values from PyTorch.
void gru_cell(float* from_input, float* from_hidden, std::size_t hidden, float* h) noexcept;

/// Elementwise, in place. Accuracy: within 2e-7 of the true value everywhere.
void sigmoid(float* x, std::size_t count) noexcept;
void tanh(float* x, std::size_t count) noexcept;

}  // namespace kinemyo::infer::kernels
