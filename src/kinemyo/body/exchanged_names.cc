#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "kinemyo/body/exchanges.h"
#include "kinemyo/body/marker_track.h"
#include "kinemyo/body/segment_exchanges.h"

// Markers that bear each other's names.
namespace kinemyo::body {

namespace {

using Eigen::Vector3d;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr std::size_t kSamples = 9;  ///< frames that names are judged by
constexpr double kNearest =
    0.025;  ///< m: markers nearer to each other than this are not told apart
constexpr std::size_t kSegmentGuesses = 8;  ///< exchanges by distances that are tried, the likeliest ones
constexpr double kFarBetter = 0.5;          ///< of the cost is left by those that are believed

// Up to `count` of these, evenly spread.
std::vector<std::size_t> some_of(const std::vector<std::size_t>& all, std::size_t count) {
  std::vector<std::size_t> out;
  const std::size_t wanted = std::min(all.size(), count);
  for (std::size_t k = 0; k < wanted; ++k) out.push_back(all[(2 * k + 1) * all.size() / (2 * wanted)]);
  return out;
}

struct Guess {
  double gain = 0;
  std::vector<Exchange> pairs;
};

class NameSearch {
 public:
  explicit NameSearch(MarkerTrack& track)
      : track_(track), model_(track.model()), count_(track.count()), weights_(track.weights()) {}

  std::vector<MarkerFault> run() {
    throughout();
    for (int round = 0; round < 3 && !for_a_while(); ++round) {
    }
    return std::move(faults_);
  }

 private:
  // Of a frame with some names exchanged, from its posture; the posture that fits is left in the
  // solver.
  double cost(InverseKinematics& solver, std::size_t f, const std::vector<Exchange>& pairs) {
    solver.set_coordinates(track_.posture(f));
    track_.exchange(f, pairs);
    const double least = solver.step(track_.frame(f)).cost;
    track_.exchange_back(f, pairs);
    return least;
  }
  double cost(InverseKinematics& solver, const std::vector<std::size_t>& sample,
              const std::vector<Exchange>& pairs) {
    double sum = 0;
    for (const auto f : sample) sum += cost(solver, f, pairs);
    return sum;
  }

  // Pairs that lie the other way round than the model's, the most promising first; `distance` gains
  // how far apart they are.
  std::vector<Guess> guess_pairs(InverseKinematics& solver, const std::vector<std::size_t>& sample,
                                 const std::vector<Exchange>& found,
                                 base::Matrix<double>& distance) {
    auto pose = model_.make_pose();
    std::vector<double> places(3 * count_);
    base::Matrix<double> gains(count_, count_, 0), both(count_, count_, 0);
    distance = base::Matrix<double>(count_, count_, 0);
    for (const auto f : sample) {
      cost(solver, f, found);
      model_.place(solver.coordinates(), pose);
      model_.place_markers(pose, places);
      track_.exchange(f, found);
      for (std::size_t a = 0; a < count_; ++a) {
        for (std::size_t b = a + 1; track_.seen(f, a) && b < count_; ++b) {
          if (!track_.seen(f, b)) continue;
          const Vector3d between = track_.at(f, a) - track_.at(f, b);
          const Vector3d model = Eigen::Map<const Vector3d>(places.data() + 3 * a) -
                                 Eigen::Map<const Vector3d>(places.data() + 3 * b);
          gains(a, b) -= 2 * between.dot(model);
          distance(a, b) += between.norm();
          both(a, b) += 1;
        }
      }
      track_.exchange_back(f, found);
    }
    std::vector<Guess> out;
    for (std::size_t a = 0; a < count_; ++a) {
      for (std::size_t b = a + 1; b < count_; ++b) {
        if (both(a, b) == 0) continue;
        distance(a, b) /= both(a, b);
        if (gains(a, b) > 0 && distance(a, b) > kNearest) out.push_back({gains(a, b), {{a, b}}});
      }
    }
    std::sort(out.begin(), out.end(),
              [](const Guess& x, const Guess& y) { return x.gain > y.gain; });
    if (out.size() > 10) out.resize(10);
    return out;
  }

  // The posture that most markers agree on: those far off lose their weight step by step (Geman and
  // McClure's function).
  void agree(InverseKinematics& solver, std::size_t f, std::vector<double>& distances) {
    std::vector<double> weights(count_);
    solver.set_coordinates(track_.posture(f));
    for (const double scale : {0.30, 0.20, 0.12, 0.08, 0.05, 0.05}) {
      if (followed_ && scale > 0.1) continue;
      if (!followed_) solver.step(track_.frame(f));
      solver.distances(track_.frame(f), distances);
      for (std::size_t m = 0; m < count_; ++m) {
        weights[m] = track_.seen(f, m)
                         ? std::max(1e-3, std::pow(1 + std::pow(distances[m] / scale, 2), -2))
                         : weights_[m];
      }
      solver.set_weights(weights);
      if (followed_) solver.step(track_.frame(f));
    }
    solver.step(track_.frame(f));
    solver.distances(track_.frame(f), distances);
    solver.set_weights(weights_);
  }

  // Who is who among the markers that most others disagree with: each to the nearest place that is
  // free, nearest pairs first.
  std::optional<Guess> guess_assignment(const std::vector<std::size_t>& sample,
                                        const std::vector<Exchange>& found) {
    InverseKinematics solver(model_, weights_);
    auto pose = model_.make_pose();
    std::vector<double> distances(count_), places(3 * count_);
    base::Matrix<double> to(count_, count_, 0);
    std::vector<double> counts(count_, 0);
    for (const auto f : sample) {
      track_.exchange(f, found);
      agree(solver, f, distances);
      model_.place(solver.coordinates(), pose);
      model_.place_markers(pose, places);
      for (std::size_t m = 0; m < count_; ++m) {
        if (!track_.seen(f, m)) continue;
        ++counts[m];
        for (std::size_t p = 0; p < count_; ++p)
          to(m, p) += (track_.at(f, m) - Eigen::Map<const Vector3d>(places.data() + 3 * p)).norm();
      }
      track_.exchange_back(f, found);
    }
    std::vector<std::size_t> off;
    for (std::size_t m = 0; m < count_; ++m) {
      if (counts[m] > 0 && to(m, m) / counts[m] > 0.04) off.push_back(m);
    }
    if (off.size() < 2) return std::nullopt;
    struct Fit {
      double distance;
      std::size_t marker, place;
    };
    std::vector<Fit> fits;
    for (const auto m : off) {
      for (const auto p : off) fits.push_back({to(m, p) / counts[m], m, p});
    }
    std::sort(fits.begin(), fits.end(),
              [](const Fit& x, const Fit& y) { return x.distance < y.distance; });
    std::vector<std::size_t> place_of(count_, count_), holder(count_, count_);
    for (const auto& fit : fits) {
      if (place_of[fit.marker] == count_ && holder[fit.place] == count_)
        place_of[fit.marker] = fit.place, holder[fit.place] = fit.marker;
    }
    std::vector<std::size_t> wanted(count_);
    for (std::size_t m = 0; m < count_; ++m) wanted[m] = m;
    for (const auto p : off) wanted[p] = holder[p];
    Guess guess{0, as_exchanges(wanted)};
    if (guess.pairs.empty()) return std::nullopt;
    return guess;
  }

  // One of two markers alone is off, rather than both bearing each other's names: without it the
  // others fit better still.
  bool one_alone(const std::vector<std::size_t>& sample, const std::vector<Exchange>& found,
                 const std::vector<Exchange>& group, const Exchange& pair, double reached) {
    auto rest = found;
    for (const auto& other : group) {
      if (other.a != pair.a || other.b != pair.b) rest.push_back(other);
    }
    for (const auto m : {pair.a, pair.b}) {
      auto without = weights_;
      without[m] = 0;
      InverseKinematics solver(model_, without);
      if (cost(solver, sample, rest) < reached) return true;
    }
    return false;
  }

  // Of two markers that bear each other's names each is off by their distance; the posture takes up
  // a part of that.
  static bool much_better(double reached, double now, const Guess& guess, std::size_t frames,
                          const base::Matrix<double>& distance) {
    double owed = 0;
    for (const auto& pair : guess.pairs) {
      owed += 2 * static_cast<double>(frames) *
              std::pow(distance(std::min(pair.a, pair.b), std::max(pair.a, pair.b)), 2);
    }
    return now - reached >= std::min(0.35 * owed, 0.5 * now) && now - reached >= 0.08 * now;
  }

  // Exchanges of names that make the fit of these frames much better, one after the other.
  std::vector<Exchange> search(const std::vector<std::size_t>& sample) {
    std::vector<Exchange> found;
    InverseKinematics solver(model_, weights_);
    base::Matrix<double> distance;
    double now = cost(solver, sample, found);
    for (int round = 0; round < 24; ++round) {
      auto guesses = guess_pairs(solver, sample, found, distance);
      if (auto whole = guess_assignment(sample, found)) guesses.push_back(std::move(*whole));
      if (guesses.empty()) break;
      if (round == 0) {
        for (auto& pairs : exchanges_with_mirror(track_, sample[sample.size() / 2])) guesses.push_back({0, std::move(pairs)});
      }
      std::vector<std::pair<double, const Guess*>> by_cost;
      for (const auto& guess : guesses) {
        auto with = found;
        with.insert(with.end(), guess.pairs.begin(), guess.pairs.end());
        by_cost.push_back({cost(solver, sample, with), &guess});
      }
      std::sort(by_cost.begin(), by_cost.end());
      const auto best = std::find_if(by_cost.begin(), by_cost.end(), [&](const auto& one) {
        return much_better(one.first, now, *one.second, sample.size(), distance) &&
               std::none_of(one.second->pairs.begin(), one.second->pairs.end(),
                            [&](const Exchange& pair) {
                              return one_alone(sample, found, one.second->pairs, pair, one.first);
                            });
      });
      if (best == by_cost.end()) break;
      found.insert(found.end(), best->second->pairs.begin(), best->second->pairs.end());
      now = best->first;
    }
    return found;
  }

  std::vector<std::size_t> samples(std::size_t first, std::size_t last) const {
    std::vector<std::size_t> usable;
    for (std::size_t f = first; f <= last; ++f) {
      if (track_.has_posture(f)) usable.push_back(f);
    }
    return some_of(usable, kSamples);
  }

  void note(const Exchange& pair, std::size_t first, std::size_t last) {
    MarkerFault fault{MarkerFault::Kind::exchanged,
                      {model_.markers()[pair.a].name, model_.markers()[pair.b].name}};
    fault.from_s = track_.clock().time_s(first);
    fault.to_s = track_.clock().time_s(last);
    double sum = 0, n = 0;
    for (std::size_t f = first; f <= last; ++f) {
      if (track_.seen(f, pair.a) && track_.seen(f, pair.b))
        sum += (track_.at(f, pair.a) - track_.at(f, pair.b)).norm(), ++n;
    }
    fault.distance = n > 0 ? sum / n : kNaN;
    fault.put_right = true;
    faults_.push_back(fault);
  }

  // From scratch, whatever posture wrong names had led to.
  double cost_from_start(InverseKinematics& solver, const std::vector<std::size_t>& sample,
                         const std::vector<Exchange>& pairs) {
    double sum = 0;
    for (const auto f : sample) {
      const double near = cost(solver, f, pairs);
      track_.exchange(f, pairs);
      sum += std::min(near, solver.start(track_.frame(f)).cost);
      track_.exchange_back(f, pairs);
    }
    return sum;
  }

  // Wrong names can have turned a limb so that the right ones look no better from there: each two
  // markers of one body among those found are tried the other way round, from scratch.
  void settle(const std::vector<std::size_t>& sample, std::vector<Exchange>& found) {
    const auto few = some_of(sample, 3);
    std::vector<char> moved(count_, 0);
    for (const auto& [a, b] : found) moved[a] = moved[b] = 1;
    InverseKinematics solver(model_, weights_);
    double now = cost_from_start(solver, few, found);
    bool better = true;
    for (int round = 0; better && round < 4; ++round) {
      better = false;
      for (std::size_t a = 0; a < count_; ++a) {
        for (std::size_t b = a + 1; b < count_; ++b) {
          if (!moved[a] || !moved[b] || model_.markers()[a].body != model_.markers()[b].body)
            continue;
          auto with = found;
          with.push_back({a, b});
          const double other = cost_from_start(solver, few, with);
          if (other < 0.98 * now) now = other, found = with, better = true;
        }
      }
    }
  }

  // RMS distance of the markers that weigh something, each frame from scratch.
  double rms_from_start(const std::vector<std::size_t>& sample,
                        const std::vector<double>& weights) {
    InverseKinematics solver(model_, weights);
    double sum = 0, count = 0;
    for (const auto f : sample) {
      const auto solved = solver.start(track_.frame(f));
      sum += solved.cost;
      count += static_cast<double>(solved.markers);
    }
    return std::sqrt(sum / std::max(count, 1.0));
  }

  // Where whole clusters bear wrong names no posture of all markers is near the true one. Bodies
  // are left out, one after the other, until the rest agree; the sample's postures are then theirs.
  bool agree_without_bodies(const std::vector<std::size_t>& sample) {
    constexpr double kAgree = 0.03;
    const auto few = some_of(sample, 3);
    auto weights = weights_;
    double now = rms_from_start(few, weights);
    if (now < kAgree) return false;
    for (int round = 0; round < 3 && now >= kAgree; ++round) {
      std::vector<double> best;
      for (std::size_t body = 1; body < model_.bodies().size(); ++body) {
        auto without = weights;
        for (std::size_t m = 0; m < count_; ++m) {
          if (model_.markers()[m].body == body) without[m] = 0;
        }
        if (without == weights || std::count(without.begin(), without.end(), 1.0) < 6) continue;
        const double rms = rms_from_start(few, without);
        if (rms < now) now = rms, best = std::move(without);
      }
      if (best.empty()) return false;
      weights = std::move(best);
    }
    if (now >= kAgree) return false;
    InverseKinematics solver(model_, weights);
    for (const auto f : sample) {
      solver.start(track_.frame(f));
      track_.set_posture(f, solver.coordinates());
    }
    return true;
  }

  // Two markers of a segment with two of another, as their distances have it, where a body stands far better so.
  std::vector<Exchange> exchanged_segments(const std::vector<std::size_t>& sample) {
    const auto few = some_of(sample, 3);
    const auto guesses = exchanges_by_distances(track_, sample, kSegmentGuesses);
    if (guesses.empty()) return {};
    InverseKinematics solver(model_, weights_);
    double least = kFarBetter * cost_from_start(solver, few, {});
    std::vector<Exchange> best;
    for (const auto& pairs : guesses) {
      const double cost = cost_from_start(solver, few, pairs);
      if (cost < least) least = cost, best = pairs;
    }
    return best;
  }

  void throughout() {
    std::vector<Exchange> all;
    // Right names give better postures, and these may show more.
    for (int round = 0; round < 4; ++round) {
      const auto sample = samples(0, track_.frames() - 1);
      auto pairs = exchanged_segments(sample);
      followed_ = pairs.empty() && agree_without_bodies(sample);
      if (pairs.empty()) pairs = search(sample);
      if (pairs.empty()) break;
      settle(sample, pairs);
      for (std::size_t f = 0; f < track_.frames(); ++f) track_.exchange(f, pairs);
      all.insert(all.end(), pairs.begin(), pairs.end());
      track_.track(model_);
    }
    if (followed_) track_.track(model_);
    for (const auto& pair : shortened(all, count_)) note(pair, 0, track_.frames() - 1);
  }

  // Postures of frames whose names may be wrong, followed from a neighbour where they are right:
  // markers that are suddenly elsewhere count for little.
  bool follow(std::size_t first, std::size_t last) {
    const bool forward = first > 0 && track_.has_posture(first - 1);
    if (!forward && !(last + 1 < track_.frames() && track_.has_posture(last + 1))) return false;
    InverseKinematics solver(model_, weights_);
    std::vector<double> distances(count_), weights(count_);
    solver.set_coordinates(track_.posture(forward ? first - 1 : last + 1));
    for (std::size_t i = 0; i <= last - first; ++i) {
      const auto f = forward ? first + i : last - i;
      for (const double scale : {0.08, 0.05}) {
        solver.distances(track_.frame(f), distances);
        for (std::size_t m = 0; m < count_; ++m) {
          weights[m] = track_.seen(f, m)
                           ? std::max(1e-4, std::pow(1 + std::pow(distances[m] / scale, 2), -2))
                           : weights_[m];
        }
        solver.set_weights(weights);
        solver.step(track_.frame(f));
      }
      if (track_.has_posture(f)) track_.set_posture(f, solver.coordinates());
    }
    return true;
  }

  // The frames in a row, of those from first to before last, that gain most by exchanges of names.
  std::pair<std::size_t, std::size_t> better_range(InverseKinematics& solver,
                                                   const std::vector<Exchange>& pairs,
                                                   std::size_t first, std::size_t last) {
    std::pair<std::size_t, std::size_t> best{first, first};
    double most = 0, sum = 0;
    std::size_t begin = first;
    for (std::size_t f = first; !pairs.empty() && f < last; ++f) {
      if (track_.has_posture(f)) sum += cost(solver, f, {}) - cost(solver, f, pairs);
      if (sum <= 0) sum = 0, begin = f + 1;
      if (sum > most) most = sum, best = {begin, f + 1};
    }
    return best;
  }

  // What a stretch shows may hold throughout, where no posture of the whole trial was near enough to show it.
  bool holds_throughout(const std::vector<Exchange>& pairs) {
    InverseKinematics solver(model_, weights_);
    const auto sample = samples(0, track_.frames() - 1);
    return std::all_of(sample.begin(), sample.end(), [&](std::size_t f) {
      return cost_from_start(solver, {f}, pairs) < 0.8 * cost_from_start(solver, {f}, {});
    });
  }

  void exchange_throughout(const std::vector<Exchange>& pairs) {
    for (std::size_t f = 0; f < track_.frames(); ++f) track_.exchange(f, pairs);
    for (const auto& pair : pairs) note(pair, 0, track_.frames() - 1);
    track_.track(model_);
  }

  // False where it found names that are wrong throughout, and put them right: all is to be looked at anew.
  bool for_a_while() {
    InverseKinematics solver(model_, weights_);
    std::vector<double> costs(track_.frames(), 0), sorted;
    for (std::size_t f = 0; f < track_.frames(); ++f) {
      if (track_.has_posture(f)) costs[f] = cost(solver, f, {}), sorted.push_back(costs[f]);
    }
    std::nth_element(sorted.begin(),
                     sorted.begin() + static_cast<std::ptrdiff_t>(sorted.size() / 2), sorted.end());
    const double limit = 1.25 * sorted[sorted.size() / 2] + 2 * 0.02 * 0.02;
    bool changed = false;
    const auto gap = static_cast<std::size_t>(std::lround(0.1 * track_.clock().rate_hz()));
    for (std::size_t f = 0; f < track_.frames(); ++f) {
      if (costs[f] <= limit) continue;
      std::size_t last = f;
      for (std::size_t g = f; g < track_.frames() && g <= last + gap; ++g) {
        if (costs[g] > limit) last = g;
      }
      followed_ = follow(f, last);
      const auto sample = samples(f, last);
      auto pairs = search(sample);
      if (!pairs.empty()) settle(sample, pairs);
      pairs = shortened(pairs, count_);
      if (!pairs.empty() && holds_throughout(pairs)) {
        exchange_throughout(pairs);
        return false;
      }
      const auto [begin, end] = better_range(solver, pairs, f > gap ? f - gap : 0,
                                             std::min(track_.frames(), last + gap + 1));
      for (std::size_t g = begin; g < end; ++g) track_.exchange(g, pairs);
      for (const auto& pair : pairs) {
        if (begin < end) note(pair, begin, end - 1);
      }
      changed = changed || begin < end;
      f = last;
    }
    if (changed) track_.track(model_);
    return true;
  }

  MarkerTrack& track_;
  const Model& model_;
  std::size_t count_;
  const std::vector<double>& weights_;
  std::vector<MarkerFault> faults_;
  bool followed_ = false;  ///< postures come from frames where names are right
};

}  // namespace

std::vector<MarkerFault> put_names_right(MarkerTrack& track) { return NameSearch(track).run(); }

}  // namespace kinemyo::body
