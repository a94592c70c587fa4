#pragma once

#include <cstddef>
#include <cstdint>
#include <new>
#include <span>
#include <string_view>
#include <vector>

// The arithmetic of running and training a network, and nothing else, once for every instruction set.
// Every sum is taken in one order, over inputs from first to last, however many rows are computed
// at once; so with one set a sequence gives the same bits step by step, in blocks, and as a whole.
// Sets differ in rounding: those with a fused multiply-add round once where others round twice.
namespace kinemyo::kernels {

/// Memory that starts at a cache line: no vector load then needs two of them.
template <typename T>
struct AtCacheLine {
  using value_type = T;
  static constexpr std::align_val_t kLine{64};
  AtCacheLine() = default;
  template <typename U>
  AtCacheLine(const AtCacheLine<U>&) noexcept {}
  T* allocate(std::size_t n) { return static_cast<T*>(::operator new(n * sizeof(T), kLine)); }
  void deallocate(T* memory, std::size_t) noexcept { ::operator delete(memory, kLine); }
  bool operator==(const AtCacheLine&) const = default;
};
using Floats = std::vector<float, AtCacheLine<float>>;

/// Rows that multiply() writes are whole multiples of so many numbers.
inline constexpr std::size_t kLane = 16;

/// The length of a row that multiply() writes.
constexpr std::size_t padded(std::size_t outputs) { return (outputs + kLane - 1) / kLane * kLane; }

struct Set;
struct Packed;

/// y = start + W x of weights in pairs, as Set::multiply(). Shape: the number of input i and row r stands at
/// x[r * row_step + i * input_step]. Missing: a NaN in a row of x gives NaN in all of that row of y that it weighs in on.
using MultiplyPaired = void (*)(const Packed& w, const float* x, std::size_t row_step, std::size_t input_step,
                                std::size_t rows, const float* start, std::size_t start_stride, float* y,
                                std::size_t y_stride) noexcept;

/// How weights are kept in memory. Fewer bytes come sooner from the cache.
/// bf16: the upper half of the number, rounded to the nearest (half.h). int8: one scale an output, its largest weight / 127.
/// Where the processor multiplies pairs of narrow numbers itself, what the weights are multiplied with is rounded too: with
/// bf16 weights (avx512 with avx512_bf16) to bf16, with int8 weights (every set but the scalar one, up to 4,096
/// inputs) to 12 to 16 bits of the largest of its row. Elsewhere it stays in 32 bits. Sums are of 32 bits always.
enum class Storage { fp32, bf16, int8 };
/// "fp32", "bf16", "int8". Throws Error on another word.
Storage storage_named(std::string_view name);

/// A weight matrix laid out for one instruction set, panel by panel: in each, the weights of
/// set->panel outputs for input 0, then for input 1, ... The last panel may be narrower.
struct Packed {
  const Set* set = nullptr;
  std::size_t inputs = 0;
  std::size_t outputs = 0;
  Storage storage = Storage::fp32;
  // One of the three, padded with zeros.
  Floats values;
  std::vector<std::uint16_t, AtCacheLine<std::uint16_t>> halves;
  std::vector<std::int8_t, AtCacheLine<std::int8_t>> bytes;
  Floats scales;  ///< of int8: one an output, padded
  /// bf16 and int8 for processors that multiply pairs: halves (as words of two) and bytes of neighbouring inputs stand side
  /// by side, in panels of 32 outputs; an odd last input beside a zero. Null where weights stand one by one.
  MultiplyPaired paired = nullptr;
};

struct AdamRates {
  float beta1, new1, beta2, new2;  ///< shares of what was and of what comes
  float epsilon;
  float decay;      ///< of the parameter: 1 - learning rate * weight decay
  float step;       ///< learning rate / (1 - beta1^t)
  float root_bias;  ///< sqrt(1 - beta2^t)
};

/// The kernels of one instruction set.
struct Set {
  std::string_view name;
  std::size_t panel;  ///< columns that are computed together

  /// y = start + W x for each of `rows` rows, with the weights as they are stored.
  /// Shape: x is rows x w.inputs, a row every x_stride numbers; start and y are rows x padded(w.outputs), a row every
  /// start_stride and y_stride; a start_stride of 0 begins all rows alike. start may be y.
  void (*multiply)(const Packed& w, const float* x, std::size_t x_stride, std::size_t rows, const float* start,
                   std::size_t start_stride, float* y, std::size_t y_stride) noexcept;

  /// The same where x lies input by input. Shape: x is w.inputs x rows, an input every x_stride numbers.
  void (*multiply_by_input)(const Packed& w, const float* x, std::size_t x_stride, std::size_t rows,
                            const float* start, std::size_t start_stride, float* y, std::size_t y_stride) noexcept;

  /// Of int8 weights in pairs; null in kScalar.
  MultiplyPaired multiply_int8;

  /// One step of an LSTM's state from its summed gates i f g o. Shape: gates 4 x hidden; cell, h:
  /// hidden. Source: Hochreiter and Schmidhuber 1997 with Gers' forget gate, as PyTorch's nn.LSTM;
  /// golden values from PyTorch.
  void (*lstm_cell)(const float* gates, std::size_t hidden, float* cell, float* h) noexcept;

  /// The same, with all that the gradient needs: `kept` gets the gates as they act, the state before stays.
  /// Shape: gates, kept 4 x hidden; before, cell, h: hidden.
  void (*lstm_cell_kept)(const float* gates, const float* before, std::size_t hidden, float* kept, float* cell,
                         float* h) noexcept;

  /// The way back through lstm_cell_kept(): from the derivatives by h and by the cell to those by the gates' sums and by
  /// the state before, which takes the place of d_cell. What goes to d_gates is added to d_bias too.
  /// Shape: kept, d_gates, d_bias 4 x hidden; the others hidden.
  /// Source: the chain rule; gradients checked against LibTorch's in double (tests/train/lstm_layer_test.cc).
  void (*lstm_cell_gradient)(const float* kept, const float* before, const float* cell, std::size_t hidden,
                             const float* d_h, float* d_cell, float* d_gates, float* d_bias) noexcept;

  /// One step of a GRU's state. Shape: from_input, from_hidden: 3 x hidden, gates r z n; h: hidden.
  /// Source: Cho et al. 2014, as PyTorch's nn.GRU (reset gate after the product); golden values from
  /// PyTorch.
  void (*gru_cell)(const float* from_input, const float* from_hidden, std::size_t hidden,
                   float* h) noexcept;

  /// y = x with each number zero by chance, the others times `scale`: the number at `first + k` of the stream that `seed`
  /// names is zero if its 32 random bits are below `threshold`. Every set draws the same; x may be y.
  /// Source: the finaliser of MurmurHash3 (Appleby) over the place, twice, with a half of the seed each time.
  void (*drop)(std::uint64_t seed, std::uint32_t threshold, float scale, std::size_t first, const float* x,
               std::size_t count, float* y) noexcept;

  /// A step of Adam, in place: mean and square are the running averages of the gradient and of its square.
  /// Source: Kingma and Ba 2015, with decoupled weight decay (Loshchilov and Hutter 2019), as PyTorch's AdamW.
  void (*adam)(const AdamRates& rates, const float* gradient, std::size_t count, float* parameter, float* mean,
               float* square) noexcept;

  /// Elementwise, in place. Accuracy: within 2e-7 of the true value everywhere.
  void (*sigmoid)(float* x, std::size_t count) noexcept;
  void (*tanh)(float* x, std::size_t count) noexcept;
};

/// Plain loops, on every machine; every product is rounded before it is added.
extern const Set kScalar;

/// What this machine can run, the best first; the last is kScalar.
std::span<const Set* const> sets();

/// The best set, or the one that the environment variable KINEMYO_KERNELS names (read once).
/// Throws Error if this machine lacks that one, listing what it has.
const Set& chosen();
/// The set of that name. Throws Error as chosen() does.
const Set& set_named(std::string_view name);

/// Shape: weights is outputs x inputs, row-major (PyTorch's layout).
Packed pack(const Set& set, const float* weights, std::size_t outputs, std::size_t inputs,
            Storage storage = Storage::fp32);

/// As pack(), in 32 bits, from weights that lie input by input; reuses the memory of `to`.
/// Shape: weights is inputs x outputs, an input every `stride` numbers.
void pack_by_input(const Set& set, const float* weights, std::size_t stride, std::size_t outputs, std::size_t inputs,
                   Packed& to);
/// As pack(), in 32 bits; reuses the memory of `to`.
void pack_by_output(const Set& set, const float* weights, std::size_t outputs, std::size_t inputs, Packed& to);

/// y += W x, as Set::multiply.
inline void accumulate(const Packed& w, const float* x, std::size_t x_stride, std::size_t rows,
                       float* y, std::size_t y_stride) noexcept {
  w.set->multiply(w, x, x_stride, rows, y, y_stride, y, y_stride);
}

}  // namespace kinemyo::kernels
