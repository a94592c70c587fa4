// Ridge regression as layers over time: the inputs of a few frames side by side, and how near they are to frames of people.
#include <algorithm>
#include <cmath>

#include "kinemyo/features/lagged.h"
#include "kinemyo/infer/sequence.h"

namespace kinemyo::infer {

namespace {

// How near features are to some frames.
class Nearness {
 public:
  Nearness() = default;
  Nearness(const std::vector<float>& scale, const std::vector<float>& centres) {
    for (std::size_t i = 0; i < scale.size(); ++i) {
      if (scale[i] > 0) counting_.push_back({i, 1 / scale[i]});
    }
    frames_ = centres.size() / scale.size();
    for (std::size_t k = 0; k < frames_; ++k) {
      for (const auto& [column, factor] : counting_) centres_.push_back(factor * centres[k * scale.size() + column]);
    }
  }

  std::size_t frames() const noexcept { return frames_; }

  // Shape: frames() numbers into out.
  void tell(const float* features, float* out) const noexcept {
    for (std::size_t k = 0; k < frames_; ++k) {
      const float* centre = centres_.data() + k * counting_.size();
      float distance = 0;
      for (std::size_t i = 0; i < counting_.size(); ++i) {
        const float d = features[counting_[i].column] * counting_[i].factor - centre[i];
        distance += d * d;
      }
      out[k] = std::exp(-0.5f * distance);
    }
  }

 private:
  struct Counting {
    std::size_t column;
    float factor;
  };
  std::vector<Counting> counting_;  ///< features that distances are taken of
  std::vector<float> centres_;      ///< frames x counting_, divided by their scales
  std::size_t frames_ = 0;
};

class Linear final : public Sequence {
 public:
  Linear(const model::NetworkSpec& spec, const model::Weights& weights)
      : spec_(spec),
        features_(static_cast<std::size_t>(spec.features())) {
    longest_ = static_cast<std::size_t>(
        std::max(spec.once_lag_frames, *std::max_element(spec.lags_frames.begin(), spec.lags_frames.end())));
    if (spec.near_frames > 0) people_ = {weights.at("near.scale").values, weights.at("near.centres").values};
    if (spec.own_frames > 0) own_ = {weights.at("own.scale").values, weights.at("own.centres").values};
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
      people_.tell(features, features + features_);
      own_.tell(features, features + features_ + people_.frames());
    }
    return out;
  }

  std::size_t width() const noexcept override { return features_ + people_.frames() + own_.frames(); }

 private:
  model::NetworkSpec spec_;
  std::size_t features_, longest_ = 0;
  Nearness people_, own_;
};

}  // namespace

std::unique_ptr<const Sequence> make_linear(const model::NetworkSpec& spec, const model::Weights& weights) {
  return std::make_unique<Linear>(spec, weights);
}

}  // namespace kinemyo::infer
