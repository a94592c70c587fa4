#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <vector>

#include "kinemyo/kernels/kernels.h"
#include "kinemyo/model/model.h"

namespace kinemyo::infer {

/// The last rows of a stream in one piece of memory. New rows go behind the old ones; when there is no more room,
/// those that are still needed move to the front.
class History {
 public:
  /// Room for `kept` rows of the past and, at once, `block` new ones.
  History(std::size_t width, std::size_t kept, std::size_t block)
      : width_(width), kept_(kept), rows_(width * (2 * kept + 2 * block)) {
    reset();
  }
  /// The past becomes zeros.
  void reset() {
    std::fill(rows_.begin(), rows_.end(), 0.0f);
    end_ = kept_;
    seen_ = 0;
  }
  /// Where to write `count` new rows; behind it lie the `kept` rows before them. Cost: no allocation.
  float* push(std::size_t count) noexcept {
    if ((end_ + count) * width_ > rows_.size()) {
      std::copy_n(rows_.data() + (end_ - kept_) * width_, kept_ * width_, rows_.data());
      end_ = kept_;
    }
    float* out = rows_.data() + end_ * width_;
    end_ += count;
    seen_ = std::min(seen_ + count, kept_ + count);
    return out;
  }
  /// Rows before the last `count` that are of the stream, not zeros of its beginning; at most kept.
  std::size_t before(std::size_t count) const noexcept { return seen_ - count; }
  std::size_t width() const noexcept { return width_; }

 private:
  std::size_t width_, kept_, end_ = 0, seen_ = 0;
  std::vector<float> rows_;
};

/// What a network computes with.
struct Arithmetic {
  const kernels::Set& set;
  kernels::Storage storage = kernels::Storage::fp32;  ///< of the layers over time; the last layer is fp32 always
};

/// What layers over time remember of a stream, and room to compute in.
struct Memory {
  std::vector<History> past;
  std::vector<std::vector<float>> room;
  void reset() {
    for (auto& each : past) each.reset();
  }
};

/// Layers over time that are not recurrent. Const calls.
class Sequence {
 public:
  virtual ~Sequence() = default;
  /// For blocks of up to so many rows.
  virtual Memory make_memory(std::size_t block) const = 0;
  /// Shape: rows x inputs, without gaps, to rows x hidden with width() numbers from row to row; it stands in the memory.
  /// The rows of a stream may come in blocks of any length: each gives the same bits. A layer that is not causal takes the
  /// whole recording as one block.
  virtual const float* run(Memory& memory, const float* x, std::size_t rows) const noexcept = 0;
  virtual std::size_t width() const noexcept = 0;
};

std::unique_ptr<const Sequence> make_tcn(const model::NetworkSpec& spec, const model::Weights& weights,
                                         const Arithmetic& with);
std::unique_ptr<const Sequence> make_transformer(const model::NetworkSpec& spec,
                                                 const model::Weights& weights,
                                                 const Arithmetic& with);

std::unique_ptr<const Sequence> make_linear(const model::NetworkSpec& spec, const model::Weights& weights);

/// A linear layer: weights and bias.
struct Dense {
  kernels::Packed weights;
  kernels::Floats bias;  ///< padded
  std::size_t width() const noexcept { return bias.size(); }
  /// y = bias + W x, row by row; y has width() numbers from row to row.
  void run(const float* x, std::size_t x_stride, std::size_t rows, float* y) const noexcept {
    for (std::size_t r = 0; r < rows; ++r) std::copy(bias.begin(), bias.end(), y + r * width());
    kernels::accumulate(weights, x, x_stride, rows, y, width());
  }
};
/// From the tensors `weight` and `bias`.
Dense make_dense(const Arithmetic& with, const model::Weights& weights, const std::string& weight,
                 const std::string& bias);
kernels::Floats pad(const std::vector<float>& values);

}  // namespace kinemyo::infer
