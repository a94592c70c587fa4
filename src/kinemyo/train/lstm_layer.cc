#include "kinemyo/train/lstm_layer.h"

#include <algorithm>
#include <cmath>
#include <span>
#include <string>

#include "kinemyo/base/error.h"
#include "kinemyo/base/threads.h"

namespace kinemyo::train {

namespace {

using kernels::Floats;
using kernels::Packed;
using kernels::padded;

// A row of numbers, a cache line longer than it need be: rows whose length is a power of two would all meet in the same
// few sets of the cache.
std::size_t apart(std::size_t width) { return padded(width) + 16; }

std::size_t size(std::int64_t n) { return static_cast<std::size_t>(n); }

}  // namespace

// Some of the batch's sequences, for one thread. A row is one sequence at one step; rows stand step by step.
class LstmLayer::Part {
 public:
  Part(const Shape& whole, Products products, std::int64_t first, std::int64_t count)
      : set_(kernels::chosen()),
        products_(products),
        steps_(size(whole.steps)),
        batch_(size(whole.batch)),
        inputs_(size(whole.inputs)),
        hidden_(size(whole.hidden)),
        reversed_(whole.reversed),
        first_(size(first)),
        count_(size(count)),
        gates_width_(apart(4 * hidden_)),
        ahead_(std::clamp<std::size_t>(kRowsAhead / count_, 1, steps_)),
        stretch_(std::clamp<std::size_t>(kRowsBack / count_, 1, steps_)),
        zeros_(std::max(gates_width_, apart(inputs_))) {}

  std::size_t workspace_bytes() const {
    return (steps_ * count_ * (gates_width_ + hidden_) * sizeof(float) + 63) / 64 * 64;
  }

  // `bias` is padded.
  void forward(const LstmLayer& layer, const float* bias, const float* x, float* y, std::byte* workspace,
               const Drop& drop) {
    float* gates = reinterpret_cast<float*>(workspace);
    float* cells = gates + steps_ * count_ * gates_width_;
    const std::size_t x_width = apart(inputs_);
    x_.resize(ahead_ * count_ * x_width);
    sums_.resize(ahead_ * count_ * gates_width_);
    for (std::size_t begin = 0; begin < steps_; begin += ahead_) {
      const std::size_t end = std::min(begin + ahead_, steps_), rows = (end - begin) * count_;
      gather(x, inputs_, begin, end, x_.data(), x_width, drop);
      multiply(layer.w_ih_, x_.data(), x_width, rows, bias, 0, sums_.data(), gates_width_);
      for (std::size_t t = begin; t < end; ++t) {
        float* step = sums_.data() + (t - begin) * count_ * gates_width_;
        float* h = y + row_of(t) * hidden_;
        if (t > 0) add_step(layer.w_hh_, y + row_of(t - 1) * hidden_, hidden_, step, gates_width_);
        for (std::size_t k = 0; k < count_; ++k) {
          const std::size_t row = t * count_ + k;
          set_.lstm_cell_kept(step + k * gates_width_, before(cells, row), hidden_, gates + row * gates_width_,
                              cells + row * hidden_, h + k * hidden_);
        }
      }
    }
  }

  void backward(const LstmLayer& layer, const float* x, const float* y, const std::byte* workspace, const float* dy,
                float* dx, const Drop& drop) {
    const float* gates = reinterpret_cast<const float*>(workspace);
    const float* cells = gates + steps_ * count_ * gates_width_;
    const std::size_t x_width = apart(inputs_), h_width = apart(hidden_);
    x_.resize(stretch_ * count_ * x_width);
    h_.resize(stretch_ * count_ * h_width);
    d_gates_.resize((stretch_ + 1) * count_ * gates_width_);
    d_h_.resize(count_ * h_width);
    d_cell_.assign(count_ * hidden_, 0);
    d_w_ih_.resize(inputs_ * gates_width_);
    d_w_hh_.resize(hidden_ * gates_width_);
    d_bias_.assign(4 * hidden_, 0);
    for (std::size_t end = steps_; end > 0;) {
      const std::size_t begin = (end - 1) / stretch_ * stretch_, rows = (end - begin) * count_;
      // After the stretch's own rows stand those of the step that follows it: before they are overwritten, the first
      // of the stretch that was taken last.
      float* after = d_gates_.data() + rows * gates_width_;
      if (end < steps_) std::copy_n(d_gates_.data(), count_ * gates_width_, after);
      for (std::size_t t = end; t-- > begin;) {
        float* step = d_gates_.data() + (t - begin) * count_ * gates_width_;
        gather(dy, hidden_, t, t + 1, d_h_.data(), h_width);
        if (t + 1 < steps_) add_step(layer.back_w_hh_, step + count_ * gates_width_, gates_width_, d_h_.data(), h_width);
        for (std::size_t k = 0; k < count_; ++k) {
          const std::size_t row = t * count_ + k;
          set_.lstm_cell_gradient(gates + row * gates_width_, before(cells, row), cells + row * hidden_, hidden_,
                                  d_h_.data() + k * h_width, d_cell_.data() + k * hidden_, step + k * gates_width_,
                                  d_bias_.data());
        }
      }
      sum_gradients(x, y, begin, end, drop);
      if (dx != nullptr) give_inputs(layer, begin, end, dx, drop);
      end = begin;
    }
  }

  // The gradients of weights and bias for the gates `first` to `last`, summed over parts. The first part's sums are
  // overwritten.
  static void give(const std::vector<std::unique_ptr<Part>>& parts, std::size_t first, std::size_t last,
                   const Gradients& to) {
    Part& sum = *parts[0];
    for (std::size_t k = 1; k < parts.size(); ++k) {
      sum.add(parts[k]->d_w_ih_, sum.inputs_, first, last, sum.d_w_ih_);
      sum.add(parts[k]->d_w_hh_, sum.hidden_, first, last, sum.d_w_hh_);
      sum.add(parts[k]->d_bias_, 1, first, last, sum.d_bias_);
    }
    sum.turn(sum.d_w_ih_, sum.inputs_, first, last, to.w_ih);
    sum.turn(sum.d_w_hh_, sum.hidden_, first, last, to.w_hh);
    std::copy(sum.d_bias_.begin() + static_cast<std::ptrdiff_t>(first),
              sum.d_bias_.begin() + static_cast<std::ptrdiff_t>(last), to.bias + first);
  }

 private:
  // So many rows that sums of gates stay in the second-level cache between their products and their steps; and so
  // many that the gradients of weights are fetched seldom.
  static constexpr std::size_t kRowsAhead = 128, kRowsBack = 512;

  const float* before(const float* cells, std::size_t row) const {
    return row < count_ ? zeros_.data() : cells + (row - count_) * hidden_;
  }

  // y = start + W x.
  void multiply(const Factor& w, const float* x, std::size_t x_stride, std::size_t rows, const float* start,
                std::size_t start_stride, float* y, std::size_t y_stride) {
    if (products_ == Products::in_pairs) {
      const std::size_t inputs = w.pairs.inputs;
      kernels::pair_rows(x, x_stride, rows, inputs, words_);
      kernels::multiply_pairs(w.pairs, words_.data(), kernels::pairs_of(inputs), 1, rows, start, start_stride, y, y_stride);
      return;
    }
    if (products_ == Products::rounded) {
      const std::size_t inputs = w.packed.inputs;
      rounded_.resize(std::max(rounded_.size(), rows * inputs));
      for (std::size_t r = 0; r < rows; ++r) std::copy_n(x + r * x_stride, inputs, rounded_.data() + r * inputs);
      kernels::round_to_halves(std::span(rounded_).first(rows * inputs));
      x = rounded_.data();
      x_stride = inputs;
    }
    set_.multiply(w.packed, x, x_stride, rows, start, start_stride, y, y_stride);
  }

  // y += W x for this part's rows of a step.
  void add_step(const Factor& w, const float* x, std::size_t x_stride, float* y, std::size_t y_stride) {
    multiply(w, x, x_stride, count_, y, y_stride, y, y_stride);
  }

  // Where this part's rows of a step begin among the whole batch's.
  std::size_t row_of(std::size_t t) const { return (reversed_ ? steps_ - 1 - t : t) * batch_ + first_; }

  // This part's rows of the steps, out of the whole batch's.
  void gather(const float* from, std::size_t width, std::size_t begin, std::size_t end, float* to,
              std::size_t to_width, const Drop& drop = {}) const {
    for (std::size_t t = begin; t < end; ++t) {
      for (std::size_t k = 0; k < count_; ++k, to += to_width)
        copy(from + (row_of(t) + k) * width, row_of(t) + k, width, drop, to);
    }
  }

  // A row of `width` numbers, or what dropout leaves of it.
  void copy(const float* from, std::size_t row, std::size_t width, const Drop& drop, float* to) const {
    if (drop.share == 0) {
      std::copy_n(from, width, to);
    } else {
      set_.drop(drop.seed, static_cast<std::uint32_t>(std::ldexp(drop.share, 32)),
                static_cast<float>(1 / (1 - drop.share)), row * width, from, width, to);
    }
  }

  void sum_gradients(const float* x, const float* y, std::size_t begin, std::size_t end, const Drop& drop) {
    const std::size_t rows = (end - begin) * count_, x_width = apart(inputs_), h_width = apart(hidden_);
    if (products_ == Products::in_pairs) {
      kernels::pack_pairs(d_gates_.data(), gates_width_, 1, rows, 4 * hidden_, d_gates_pairs_);
    } else {
      kernels::pack_by_input(set_, d_gates_.data(), gates_width_, 4 * hidden_, rows, packed_d_gates_);
      if (products_ == Products::rounded) kernels::round_to_halves(packed_d_gates_.values);
    }
    gather(x, inputs_, begin, end, x_.data(), x_width, drop);
    add_products(rows, x_, x_width, inputs_, end == steps_, d_w_ih_);
    // The states before each step; before the first they are zero.
    float* h = h_.data();
    if (begin == 0) {
      std::fill_n(h, count_ * h_width, 0.0f);
      h += count_ * h_width;
    }
    gather(y, hidden_, begin == 0 ? 0 : begin - 1, end - 1, h, h_width);
    add_products(rows, h_, h_width, hidden_, end == steps_, d_w_hh_);
  }

  // Of the gates' gradients with `x`, which may be rounded, summed over rows; the first stretch begins the sums.
  void add_products(std::size_t rows, Floats& x, std::size_t width, std::size_t count, bool first, Floats& to) {
    const float* start = first ? zeros_.data() : to.data();
    const std::size_t start_width = first ? 0 : gates_width_;
    if (products_ == Products::rounded) kernels::round_to_halves(std::span(x).first(rows * width));
    if (products_ == Products::in_pairs) {
      kernels::pair_inputs(x.data(), width, count, rows, words_);
      kernels::multiply_pairs(d_gates_pairs_, words_.data(), 1, count, count, start, start_width, to.data(), gates_width_);
    } else {
      set_.multiply_by_input(packed_d_gates_, x.data(), width, count, start, start_width, to.data(), gates_width_);
    }
  }

  void give_inputs(const LstmLayer& layer, std::size_t begin, std::size_t end, float* dx, const Drop& drop) {
    const std::size_t rows = (end - begin) * count_, x_width = apart(inputs_);
    multiply(layer.back_w_ih_, d_gates_.data(), gates_width_, rows, zeros_.data(), 0, x_.data(), x_width);
    const float* row = x_.data();
    for (std::size_t t = begin; t < end; ++t) {
      for (std::size_t k = 0; k < count_; ++k, row += x_width)
        copy(row, row_of(t) + k, inputs_, drop, dx + (row_of(t) + k) * inputs_);
    }
  }

  void add(const Floats& from, std::size_t rows, std::size_t first, std::size_t last, Floats& to) const {
    for (std::size_t r = 0; r < rows; ++r) {
      const float* row = from.data() + r * gates_width_;
      float* sums = to.data() + r * gates_width_;
      for (std::size_t g = first; g < last; ++g) sums[g] += row[g];
    }
  }

  // From an input a row to a gate a row, square by square.
  void turn(const Floats& from, std::size_t width, std::size_t first, std::size_t last, float* to) const {
    constexpr std::size_t kSide = 16;
    for (std::size_t g0 = first; g0 < last; g0 += kSide) {
      for (std::size_t i0 = 0; i0 < width; i0 += kSide) {
        const float* square = from.data() + i0 * gates_width_ + g0;
        float* out = to + g0 * width + i0;
        const std::size_t gates = std::min(kSide, last - g0), inputs = std::min(kSide, width - i0);
        for (std::size_t g = 0; g < gates; ++g)
          for (std::size_t i = 0; i < inputs; ++i) out[g * width + i] = square[i * gates_width_ + g];
      }
    }
  }

  const kernels::Set& set_;
  Products products_;
  std::size_t steps_, batch_, inputs_, hidden_;
  bool reversed_;
  std::size_t first_, count_;  // sequences of the batch
  std::size_t gates_width_;    // of a row
  std::size_t ahead_, stretch_;  // steps, on the way there and back
  Floats zeros_;
  // Rows of a stretch: inputs, states before, sums of the gates, gradients of the gates (and those of the step after it).
  Floats x_, h_, sums_, d_gates_;
  Floats rounded_;  // of what is multiplied
  Packed packed_d_gates_;
  kernels::Pairs d_gates_pairs_;
  kernels::Words words_;
  Floats d_h_, d_cell_;
  Floats d_w_ih_, d_w_hh_, d_bias_;  // sums; of weights, an input a row
};

LstmLayer::LstmLayer(const Shape& s, int threads, Precision precision)
    : shape_(s),
      products_(precision == Precision::fp32 ? Products::whole
                : kernels::has_pairs()       ? Products::in_pairs
                                             : Products::rounded) {
  require(s.steps > 0 && s.batch > 0 && s.inputs > 0 && s.hidden > 0 && threads > 0,
          "LstmLayer: sizes must be 1 or more; steps " + std::to_string(s.steps) + ", batch " +
              std::to_string(s.batch) + ", inputs " + std::to_string(s.inputs) + ", hidden " +
              std::to_string(s.hidden) + ", threads " + std::to_string(threads));
  const auto count = std::min<std::int64_t>(threads, s.batch);
  for (std::int64_t i = 0; i < count; ++i) {
    const auto first = i * s.batch / count, end = (i + 1) * s.batch / count;
    parts_.push_back(std::make_unique<Part>(s, products_, first, end - first));
  }
}
LstmLayer::~LstmLayer() = default;
LstmLayer::LstmLayer(LstmLayer&&) noexcept = default;

std::size_t LstmLayer::workspace_bytes() const {
  std::size_t sum = 0;
  for (const auto& part : parts_) sum += part->workspace_bytes();
  return sum;
}

void LstmLayer::in_pair(const std::function<void()>& one, const std::function<void()>& other) const {
  if (parts_.size() == 1) {
    one();
    return other();
  }
  base::in_threads(2, [&](std::size_t i) { i == 0 ? one() : other(); });
}

void LstmLayer::forward(const float* x, const Weights& weights, float* y, std::byte* workspace, const Drop& drop) {
  const auto& set = kernels::chosen();
  const std::size_t gates = 4 * size(shape_.hidden);
  const std::size_t inputs = size(shape_.inputs);
  const auto pack = [&](const float* from, std::size_t width, Factor& to) {
    if (products_ == Products::in_pairs) return kernels::pack_pairs(from, 1, width, width, gates, to.pairs);
    kernels::pack_by_output(set, from, gates, width, to.packed);
    if (products_ == Products::rounded) kernels::round_to_halves(to.packed.values);
  };
  in_pair([&] { pack(weights.w_ih, inputs, w_ih_); }, [&] { pack(weights.w_hh, size(shape_.hidden), w_hh_); });
  bias_.assign(padded(gates), 0);
  std::copy_n(weights.bias, gates, bias_.begin());
  std::vector<std::byte*> workspaces;
  for (const auto& part : parts_) {
    workspaces.push_back(workspace);
    workspace += part->workspace_bytes();
  }
  base::in_threads(parts_.size(), [&](std::size_t i) {
    parts_[i]->forward(*this, bias_.data(), x, y, workspaces[i], drop);
  });
}

void LstmLayer::backward(const float* x, const Weights& weights, const float* y,
                         const std::byte* workspace, const float* dy, const Gradients& gradients, const Drop& drop) {
  const auto& set = kernels::chosen();
  const std::size_t gates = 4 * size(shape_.hidden), inputs = size(shape_.inputs), hidden = size(shape_.hidden);
  const auto pack = [&](const float* from, std::size_t width, Factor& to) {
    if (products_ == Products::in_pairs) return kernels::pack_pairs(from, width, 1, gates, width, to.pairs);
    kernels::pack_by_input(set, from, width, width, gates, to.packed);
    if (products_ == Products::rounded) kernels::round_to_halves(to.packed.values);
  };
  in_pair([&] { pack(weights.w_hh, hidden, back_w_hh_); },
          [&] {
            if (gradients.x != nullptr) pack(weights.w_ih, inputs, back_w_ih_);
          });
  std::vector<const std::byte*> workspaces;
  for (const auto& part : parts_) {
    workspaces.push_back(workspace);
    workspace += part->workspace_bytes();
  }
  base::in_threads(parts_.size(), [&](std::size_t i) {
    parts_[i]->backward(*this, x, y, workspaces[i], dy, gradients.x, drop);
  });
  base::in_parts(parts_.size(), gates, [&](std::size_t first, std::size_t last) {
    Part::give(parts_, first, last, gradients);
  });
}

}  // namespace kinemyo::train
