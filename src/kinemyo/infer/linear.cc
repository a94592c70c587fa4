// Ridge regression as layers over time: the inputs of a few frames side by side, and how near they are to frames of a person.
#include <algorithm>
#include <cmath>

#include "kinemyo/features/lagged.h"
#include "kinemyo/infer/sequence.h"

namespace kinemyo::infer {

namespace {

class Linear final : public Sequence {
 public:
  Linear(const model::NetworkSpec& spec, const model::Weights& weights)
      : spec_(spec),
        features_(static_cast<std::size_t>(spec.features())),
        own_(static_cast<std::size_t>(spec.own_frames)) {
    longest_ = static_cast<std::size_t>(
        std::max(spec.once_lag_frames, *std::max_element(spec.lags_frames.begin(), spec.lags_frames.end())));
    const auto& scale = weights.at("own.scale").values;
    for (std::size_t i = 0; i < features_; ++i) {
      if (scale[i] > 0) counting_.push_back({i, 1 / scale[i]});
    }
    for (std::size_t k = 0; k < own_; ++k) {
      for (const auto& [column, factor] : counting_) centres_.push_back(factor * weights.at("own.centres").values[k * features_ + column]);
    }
  }

  Memory make_memory(std::size_t block) const override {
    Memory out;
    out.past.emplace_back(static_cast<std::size_t>(spec_.inputs), longest_, block);
    out.room.assign(1, std::vector<float>(block * width()));
    return out;
  }

  // A network that looks ahead has the whole recording here.
  const float* run(Memory& memory, const float* x, std::size_t rows) const noexcept override {
    auto& past = memory.past[0];
    float* block = past.push(rows);
    std::copy_n(x, rows * past.width(), block);
    const auto first = -static_cast<std::ptrdiff_t>(past.before(rows)), last = static_cast<std::ptrdiff_t>(rows) - 1;
    float* out = memory.room[0].data();
    for (std::size_t r = 0; r < rows; ++r) {
      float* features = out + r * width();
      features::take_lags(spec_, block, first, last, static_cast<std::ptrdiff_t>(r), features);
      float* near = features + features_;
      for (std::size_t k = 0; k < own_; ++k) {
        const float* centre = centres_.data() + k * counting_.size();
        float distance = 0;
        for (std::size_t i = 0; i < counting_.size(); ++i) {
          const float d = features[counting_[i].column] * counting_[i].factor - centre[i];
          distance += d * d;
        }
        *near++ = std::exp(-0.5f * distance);
      }
    }
    return out;
  }

  std::size_t width() const noexcept override { return features_ + own_; }

 private:
  struct Counting {
    std::size_t column;
    float factor;
  };
  model::NetworkSpec spec_;
  std::size_t features_, own_, longest_ = 0;
  std::vector<Counting> counting_;  ///< features that distances are taken of
  std::vector<float> centres_;      ///< own_ x counting_, divided by their scales
};

}  // namespace

std::unique_ptr<const Sequence> make_linear(const model::NetworkSpec& spec, const model::Weights& weights) {
  return std::make_unique<Linear>(spec, weights);
}

}  // namespace kinemyo::infer
