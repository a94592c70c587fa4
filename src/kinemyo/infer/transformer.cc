// Encoder blocks, normalised first, with attention biased by distance.
#include <cmath>
#include <string>

#include "kinemyo/infer/sequence.h"

namespace kinemyo::infer {

namespace {

struct Norm {
  std::vector<float> weight, bias;
  /// Source: Ba, Kiros and Hinton 2016, arXiv 1607.06450; epsilon as in PyTorch.
  void run(const float* x, std::size_t x_stride, std::size_t rows, float* y) const noexcept {
    const std::size_t n = weight.size();
    for (std::size_t r = 0; r < rows; ++r) {
      const float* from = x + r * x_stride;
      double sum = 0, squares = 0;
      for (std::size_t i = 0; i < n; ++i) sum += from[i];
      const double mean = sum / static_cast<double>(n);
      for (std::size_t i = 0; i < n; ++i) squares += (from[i] - mean) * (from[i] - mean);
      const double scale = 1 / std::sqrt(squares / static_cast<double>(n) + 1e-5);
      for (std::size_t i = 0; i < n; ++i)
        y[r * n + i] = static_cast<float>((from[i] - mean) * scale) * weight[i] + bias[i];
    }
  }
};

Norm make_norm(const model::Weights& weights, const std::string& name) {
  return {weights.at(name + ".weight").values, weights.at(name + ".bias").values};
}

class Transformer final : public Sequence {
 public:
  Transformer(const model::NetworkSpec& spec, const model::Weights& weights, const Arithmetic& with)
      : hidden_(static_cast<std::size_t>(spec.hidden)),
        heads_(static_cast<std::size_t>(spec.heads)),
        look_back_(static_cast<std::size_t>(spec.look_back_frames)),
        input_(make_dense(with, weights, "input.weight", "input.bias")),
        norm_(make_norm(weights, "transformer.norm")) {
    for (std::size_t h = 1; h <= heads_; ++h) {
      slopes_.push_back(static_cast<float>(
          std::pow(2.0, -8.0 * static_cast<double>(h) / static_cast<double>(heads_))));
    }
    for (int layer = 0; layer < spec.layers; ++layer) {
      const std::string head = "transformer.layers." + std::to_string(layer) + ".";
      const auto dense = [&](const std::string& name) {
        return make_dense(with, weights, head + name + ".weight", head + name + ".bias");
      };
      blocks_.push_back({make_dense(with, weights, head + "self_attn.in_proj_weight",
                                    head + "self_attn.in_proj_bias"),
                         dense("self_attn.out_proj"), dense("linear1"), dense("linear2"),
                         make_norm(weights, head + "norm1"), make_norm(weights, head + "norm2")});
    }
  }

  Memory make_memory(std::size_t block) const override {
    Memory out;
    const std::size_t kept = look_back_ > 0 ? look_back_ - 1 : 0;
    // Keys and values beside each other.
    for (std::size_t b = 0; b < blocks_.size(); ++b) out.past.emplace_back(2 * hidden_, kept, block);
    std::size_t widest = width();
    for (const auto& each : blocks_) widest = std::max({widest, each.in.width(), each.first.width()});
    out.room = {std::vector<float>(block * width()), std::vector<float>(block * hidden_),
                std::vector<float>(block * widest), std::vector<float>(kept + block),
                std::vector<float>(block * width())};
    return out;
  }

  const float* run(Memory& memory, const float* input, std::size_t rows) const noexcept override {
    float* x = memory.room[0].data();
    float* narrow = memory.room[1].data();
    float* wide = memory.room[2].data();
    float* weights = memory.room[3].data();
    float* last = memory.room[4].data();
    input_.run(input, input_.weights.inputs, rows, x);
    for (std::size_t b = 0; b < blocks_.size(); ++b) {
      const auto& block = blocks_[b];
      block.before.run(x, width(), rows, narrow);
      block.in.run(narrow, hidden_, rows, wide);
      float* pairs = memory.past[b].push(rows);
      for (std::size_t r = 0; r < rows; ++r)
        std::copy_n(wide + r * block.in.width() + hidden_, 2 * hidden_, pairs + r * 2 * hidden_);
      for (std::size_t r = 0; r < rows; ++r) {
        const std::size_t before = memory.past[b].before(rows) + r;
        const std::size_t back = look_back_ > 0 ? std::min(before, look_back_ - 1) : before;
        const std::size_t ahead = look_back_ > 0 ? 0 : rows - 1 - r;
        attend(wide + r * block.in.width(), pairs + r * 2 * hidden_, back, ahead, weights,
               narrow + r * hidden_);
      }
      block.out.run(narrow, hidden_, rows, wide);
      add(wide, block.out.width(), rows, x);
      block.between.run(x, width(), rows, narrow);
      block.first.run(narrow, hidden_, rows, wide);
      for (std::size_t i = 0; i < rows * block.first.width(); ++i) wide[i] = std::max(wide[i], 0.0f);
      block.second.run(wide, block.first.width(), rows, last);
      add(last, block.second.width(), rows, x);
    }
    norm_.run(x, width(), rows, narrow);
    for (std::size_t r = 0; r < rows; ++r) std::copy_n(narrow + r * hidden_, hidden_, x + r * width());
    return x;
  }

  std::size_t width() const noexcept override { return kernels::padded(hidden_); }

 private:
  struct Block {
    Dense in, out, first, second;
    Norm before, between;
  };

  void add(const float* from, std::size_t stride, std::size_t rows, float* x) const noexcept {
    for (std::size_t r = 0; r < rows; ++r) {
      for (std::size_t i = 0; i < hidden_; ++i) x[r * width() + i] += from[r * stride + i];
    }
  }

  /// One frame's attention to `back` frames before it, itself and `ahead` after it. `now`: its keys and values.
  void attend(const float* query, const float* now, std::size_t back, std::size_t ahead,
              float* weights, float* out) const noexcept {
    const std::size_t width = hidden_ / heads_, count = back + 1 + ahead, step = 2 * hidden_;
    const float* oldest = now - back * step;
    const float scale = 1.0f / std::sqrt(static_cast<float>(width));
    for (std::size_t h = 0; h < heads_; ++h) {
      const float* q = query + h * width;
      float largest = -INFINITY;
      for (std::size_t j = 0; j < count; ++j) {
        const float* key = oldest + j * step + h * width;
        float dot = 0;
        for (std::size_t i = 0; i < width; ++i) dot += q[i] * key[i];
        const std::size_t distance = j < back ? back - j : j - back;
        weights[j] = dot * scale - slopes_[h] * static_cast<float>(distance);
        largest = std::max(largest, weights[j]);
      }
      float sum = 0;
      for (std::size_t j = 0; j < count; ++j) {
        weights[j] = std::exp(weights[j] - largest);
        sum += weights[j];
      }
      float* to = out + h * width;
      std::fill_n(to, width, 0.0f);
      for (std::size_t j = 0; j < count; ++j) {
        const float share = weights[j] / sum;
        const float* value = oldest + j * step + hidden_ + h * width;
        for (std::size_t i = 0; i < width; ++i) to[i] += share * value[i];
      }
    }
  }

  std::size_t hidden_, heads_, look_back_;
  Dense input_;
  Norm norm_;
  std::vector<float> slopes_;
  std::vector<Block> blocks_;
};

}  // namespace

std::unique_ptr<const Sequence> make_transformer(const model::NetworkSpec& spec,
                                                 const model::Weights& weights,
                                                 const Arithmetic& with) {
  return std::make_unique<Transformer>(spec, weights, with);
}

}  // namespace kinemyo::infer
