#include "kinemyo/body/segment_exchanges.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace kinemyo::body {

namespace {

constexpr double kFits = 0.04;   ///< m RMS: distances within a segment that are this near to the model's may be right,
constexpr double kGain = 0.02;   ///< and those that come nearer by less than this say nothing
constexpr double kFarOff = 0.1;  ///< m: further off is not more wrong

// How two markers lie to each other over the sample: mean distance and how much it changes. NaN: never seen together.
struct Apart {
  double mean = std::numeric_limits<double>::quiet_NaN(), spread = 0;
};

class Distances {
 public:
  Distances(const MarkerTrack& track, const std::vector<std::size_t>& sample)
      : track_(track), apart_(track.count() * track.count()) {
    for (std::size_t a = 0; a < track.count(); ++a) {
      for (std::size_t b = a + 1; b < track.count(); ++b) {
        double sum = 0, squares = 0, n = 0;
        for (const auto f : sample) {
          if (!track.seen(f, a) || !track.seen(f, b)) continue;
          const double d = (track.at(f, a) - track.at(f, b)).norm();
          sum += d, squares += d * d, ++n;
        }
        if (n == 0) continue;
        const double mean = sum / n;
        apart_[a * track.count() + b] = apart_[b * track.count() + a] = {mean, std::sqrt(std::max(0.0, squares / n - mean * mean))};
      }
    }
  }

  // How far two markers of a segment are from lying as the model has them, if what is now called `p` and `q` were they.
  double off(std::size_t a, std::size_t b, std::size_t p, std::size_t q) const {
    const auto& now = apart_[p * track_.count() + q];
    if (!std::isfinite(now.mean)) return 0;
    const auto& markers = track_.model().markers();
    return std::min(kFarOff, std::hypot(now.mean - (markers[a].location - markers[b].location).norm(), now.spread));
  }

 private:
  const MarkerTrack& track_;
  std::vector<Apart> apart_;
};

// Of the markers of a segment of which two, `out`, are found under the names `in`.
struct Misfit {
  double now = 0, then = 0;  // sums of squares
  std::size_t distances = 0;
  bool fits() const { return then <= kFits * kFits * static_cast<double>(distances); }
};

Misfit misfit(const Distances& distances, const std::vector<std::size_t>& segment, const std::array<std::size_t, 2>& out,
              const std::array<std::size_t, 2>& in) {
  Misfit sum;
  const auto add = [&](std::size_t a, std::size_t b, std::size_t p, std::size_t q) {
    sum.now += std::pow(distances.off(a, b, a, b), 2);
    sum.then += std::pow(distances.off(a, b, p, q), 2);
    ++sum.distances;
  };
  add(out[0], out[1], in[0], in[1]);
  for (const auto other : segment) {
    if (other == out[0] || other == out[1]) continue;
    add(out[0], other, in[0], other);
    add(out[1], other, in[1], other);
  }
  return sum;
}

}  // namespace

std::vector<std::vector<Exchange>> exchanges_by_distances(const MarkerTrack& track, const std::vector<std::size_t>& sample,
                                                          std::size_t most) {
  const Distances distances(track, sample);
  std::vector<std::vector<std::size_t>> segments(track.model().bodies().size());
  for (std::size_t m = 0; m < track.count(); ++m) {
    if (std::any_of(sample.begin(), sample.end(), [&](std::size_t f) { return track.seen(f, m); }))
      segments[track.model().markers()[m].body].push_back(m);
  }
  struct Guess {
    double gain;
    std::vector<Exchange> pairs;
  };
  std::vector<Guess> guesses;
  const auto each_two = [](const std::vector<std::size_t>& of, const auto& use) {
    for (std::size_t i = 0; i < of.size(); ++i) {
      for (std::size_t k = i + 1; k < of.size(); ++k) use(std::array{of[i], of[k]});
    }
  };
  for (std::size_t s = 0; s < segments.size(); ++s) {
    for (std::size_t t = s + 1; t < segments.size(); ++t) {
      each_two(segments[s], [&](const std::array<std::size_t, 2>& one) {
        each_two(segments[t], [&](std::array<std::size_t, 2> other) {
          for (int turn = 0; turn < 2; ++turn, std::swap(other[0], other[1])) {
            const auto here = misfit(distances, segments[s], one, other), there = misfit(distances, segments[t], other, one);
            const double gain = here.now + there.now - here.then - there.then;
            if (gain < kGain * kGain || !here.fits() || !there.fits()) continue;
            guesses.push_back({gain, {{one[0], other[0]}, {one[1], other[1]}}});
          }
        });
      });
    }
  }
  std::stable_sort(guesses.begin(), guesses.end(), [](const Guess& x, const Guess& y) { return x.gain > y.gain; });
  std::vector<std::vector<Exchange>> out;
  for (auto& guess : guesses) {
    if (out.size() < most) out.push_back(std::move(guess.pairs));
  }
  return out;
}

std::vector<std::vector<Exchange>> exchanges_with_mirror(const MarkerTrack& track, std::size_t frame) {
  const auto& model = track.model();
  std::vector<std::vector<Exchange>> out;
  for (std::size_t body = 1; body < model.bodies().size(); ++body) {
    std::vector<Exchange> whole;
    for (std::size_t m = 0; m < track.count(); ++m) {
      if (model.markers()[m].body != body || !track.seen(frame, m)) continue;
      const auto other = mirrored(model, m);
      if (other && model.markers()[*other].body > body && track.seen(frame, *other)) whole.push_back({m, *other});
    }
    if (whole.size() > 1) out.push_back(std::move(whole));
  }
  return out;
}

}  // namespace kinemyo::body
