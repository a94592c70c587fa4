#include "kinemyo/body/marker_faults.h"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <cstdio>
#include <optional>

#include "kinemyo/base/error.h"
#include "kinemyo/base/text.h"
#include "kinemyo/body/inverse_kinematics.h"
#include "kinemyo/body/marker_fit.h"

namespace kinemyo::body {

namespace {

using Eigen::Vector3d;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kDisplaced = 0.050;  ///< m: what counts as away
constexpr double kPlace = 0.030;      ///< m: what counts as in place
constexpr double kJump_s = 0.05;      ///< a marker goes away and comes back within this
constexpr std::size_t kSamples = 9;   ///< frames that names are judged by
constexpr double kNearest = 0.025;    ///< m: markers nearer to each other than this are not told apart

struct Exchange {
  std::size_t a = 0, b = 0;
};
struct Guess {
  double gain = 0;
  std::vector<Exchange> pairs;
};

class Search {
 public:
  Search(const Model& model, const motion::Series& markers)
      : model_(model), count_(model.markers().size()), series_(markers), y_(markers.frames(), 3 * count_, kNaN) {
    for (std::size_t m = 0; m < count_; ++m) {
      channels_.push_back(markers.find(model.markers()[m].name));
      // Centres of joints are computed from other markers; that they lie well says nothing.
      const auto name = base::lower(model.markers()[m].name);
      weights_.push_back(name.find("hjc") != name.npos ? 0 : 1);
      for (std::size_t f = 0; channels_[m] && f < markers.frames(); ++f) {
        if (markers.missing(f, *channels_[m])) continue;
        for (std::size_t k = 0; k < 3; ++k) y_(f, 3 * m + k) = markers.at(f, *channels_[m], k);
      }
    }
  }

  RepairedMarkers run() {
    track(model_);
    exchange_throughout();
    exchange_for_a_while();
    find_displaced();
    return result();
  }

 private:
  std::size_t frames() const { return y_.rows(); }
  bool seen(std::size_t f, std::size_t m) const { return weights_[m] > 0 && std::isfinite(y_(f, 3 * m)); }
  Vector3d at(std::size_t f, std::size_t m) const { return {y_(f, 3 * m), y_(f, 3 * m + 1), y_(f, 3 * m + 2)}; }
  bool has_posture(std::size_t f) const { return std::isfinite(postures_(f, 0)); }
  void exchange(std::size_t f, const Exchange& pair) {
    for (std::size_t k = 0; k < 3; ++k) std::swap(y_(f, 3 * pair.a + k), y_(f, 3 * pair.b + k));
  }
  void exchange(std::size_t f, const std::vector<Exchange>& pairs) {
    for (const auto& pair : pairs) exchange(f, pair);
  }
  void exchange_back(std::size_t f, const std::vector<Exchange>& pairs) {
    for (auto pair = pairs.rbegin(); pair != pairs.rend(); ++pair) exchange(f, *pair);
  }

  // Postures of all frames by all markers, each counting the same.
  void track(const Model& model) {
    std::vector<motion::Channel> channels;
    for (const auto& marker : model_.markers()) channels.push_back({marker.name, "m"});
    InverseKinematics solver(model, weights_);
    FitOptions options;
    options.bridge = false;
    postures_ = fit_markers(solver, {motion::Quantity::position, std::move(channels), series_.clock(), y_}, options).coordinates.values();
  }

  // Of a frame with some names exchanged, from its posture; the posture that fits is left in the solver.
  double cost(InverseKinematics& solver, std::size_t f, const std::vector<Exchange>& pairs) {
    solver.set_coordinates(postures_.row(f));
    exchange(f, pairs);
    const double least = solver.step(y_.row(f)).cost;
    exchange_back(f, pairs);
    return least;
  }
  double cost(InverseKinematics& solver, const std::vector<std::size_t>& sample, const std::vector<Exchange>& pairs) {
    double sum = 0;
    for (const auto f : sample) sum += cost(solver, f, pairs);
    return sum;
  }

  // Marker of the other side by its name, as laboratories write sides: L.Thigh, LTHI, l_thigh1 (or L_), thigh_l.
  std::optional<std::size_t> mirrored(std::size_t m) const {
    const auto& name = model_.markers()[m].name;
    std::vector<std::string> guesses;
    const auto other = [](char c) { return c == 'l' ? 'r' : c == 'r' ? 'l' : c == 'L' ? 'R' : c == 'R' ? 'L' : '\0'; };
    if (!name.empty() && other(name.front()) != '\0') {
      std::string guess = name;
      guess.front() = other(name.front());
      guesses.push_back(guess);
      const auto letter = static_cast<unsigned char>(guess.front());
      guess.front() = static_cast<char>(std::islower(letter) ? std::toupper(letter) : std::tolower(letter));
      guesses.push_back(guess);
    }
    if (name.size() > 2 && name[name.size() - 2] == '_' && other(name.back()) != '\0') {
      guesses.push_back(name.substr(0, name.size() - 1) + other(name.back()));
    }
    for (std::size_t i = 0; i < count_; ++i) {
      if (i != m && std::find(guesses.begin(), guesses.end(), model_.markers()[i].name) != guesses.end()) return i;
    }
    return std::nullopt;
  }

  // Pairs that lie the other way round than the model's, the most promising first; `distance` gains how far apart they are.
  std::vector<Guess> guess_pairs(InverseKinematics& solver, const std::vector<std::size_t>& sample, const std::vector<Exchange>& found,
                                 base::Matrix<double>& distance) {
    auto pose = model_.make_pose();
    std::vector<double> places(3 * count_);
    base::Matrix<double> gains(count_, count_, 0), both(count_, count_, 0);
    distance = base::Matrix<double>(count_, count_, 0);
    for (const auto f : sample) {
      cost(solver, f, found);
      model_.place(solver.coordinates(), pose);
      model_.place_markers(pose, places);
      exchange(f, found);
      for (std::size_t a = 0; a < count_; ++a) {
        for (std::size_t b = a + 1; seen(f, a) && b < count_; ++b) {
          if (!seen(f, b)) continue;
          const Vector3d between = at(f, a) - at(f, b);
          const Vector3d model = Eigen::Map<const Vector3d>(places.data() + 3 * a) - Eigen::Map<const Vector3d>(places.data() + 3 * b);
          gains(a, b) -= 2 * between.dot(model);
          distance(a, b) += between.norm();
          both(a, b) += 1;
        }
      }
      exchange_back(f, found);
    }
    std::vector<Guess> out;
    for (std::size_t a = 0; a < count_; ++a) {
      for (std::size_t b = a + 1; b < count_; ++b) {
        if (both(a, b) == 0) continue;
        distance(a, b) /= both(a, b);
        if (gains(a, b) > 0 && distance(a, b) > kNearest) out.push_back({gains(a, b), {{a, b}}});
      }
    }
    std::sort(out.begin(), out.end(), [](const Guess& x, const Guess& y) { return x.gain > y.gain; });
    if (out.size() > 10) out.resize(10);
    return out;
  }

  // The posture that most markers agree on: those far off lose their weight step by step (Geman and McClure's function).
  void agree(InverseKinematics& solver, std::size_t f, std::vector<double>& distances) {
    std::vector<double> weights(count_);
    solver.set_coordinates(postures_.row(f));
    for (const double scale : {0.30, 0.20, 0.12, 0.08, 0.05, 0.05}) {
      solver.step(y_.row(f));
      solver.distances(y_.row(f), distances);
      for (std::size_t m = 0; m < count_; ++m) {
        weights[m] = seen(f, m) ? std::max(1e-3, std::pow(1 + std::pow(distances[m] / scale, 2), -2)) : weights_[m];
      }
      solver.set_weights(weights);
    }
    solver.step(y_.row(f));
    solver.distances(y_.row(f), distances);
    solver.set_weights(weights_);
  }

  // Who is who among the markers that most others disagree with: each to the nearest place that is free, nearest pairs first.
  std::optional<Guess> guess_assignment(const std::vector<std::size_t>& sample, const std::vector<Exchange>& found) {
    InverseKinematics solver(model_, weights_);
    auto pose = model_.make_pose();
    std::vector<double> distances(count_), places(3 * count_);
    base::Matrix<double> to(count_, count_, 0);
    std::vector<double> counts(count_, 0);
    for (const auto f : sample) {
      exchange(f, found);
      agree(solver, f, distances);
      model_.place(solver.coordinates(), pose);
      model_.place_markers(pose, places);
      for (std::size_t m = 0; m < count_; ++m) {
        if (!seen(f, m)) continue;
        ++counts[m];
        for (std::size_t p = 0; p < count_; ++p) to(m, p) += (at(f, m) - Eigen::Map<const Vector3d>(places.data() + 3 * p)).norm();
      }
      exchange_back(f, found);
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
    std::sort(fits.begin(), fits.end(), [](const Fit& x, const Fit& y) { return x.distance < y.distance; });
    std::vector<std::size_t> place_of(count_, count_), holder(count_, count_);
    for (const auto& fit : fits) {
      if (place_of[fit.marker] == count_ && holder[fit.place] == count_) place_of[fit.marker] = fit.place, holder[fit.place] = fit.marker;
    }
    // As exchanges, one after the other: after the first, the marker meant for `p` stands there.
    Guess guess;
    std::vector<std::size_t> now(count_);
    for (std::size_t m = 0; m < count_; ++m) now[m] = m;
    for (const auto p : off) {
      const auto wanted = holder[p];
      if (now[p] == wanted) continue;
      const auto where = static_cast<std::size_t>(std::find(now.begin(), now.end(), wanted) - now.begin());
      guess.pairs.push_back({p, where});
      std::swap(now[p], now[where]);
    }
    if (guess.pairs.empty()) return std::nullopt;
    return guess;
  }

  // One of two markers alone is off, rather than both bearing each other's names: without it the others fit better still.
  bool one_alone(const std::vector<std::size_t>& sample, const std::vector<Exchange>& found, const std::vector<Exchange>& group, const Exchange& pair, double reached) {
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

  // All markers of a body with those of its mirror.
  std::vector<Guess> guess_clusters(std::size_t frame) const {
    std::vector<Guess> out;
    for (std::size_t body = 1; body < model_.bodies().size(); ++body) {
      Guess whole;
      for (std::size_t m = 0; m < count_; ++m) {
        if (model_.markers()[m].body != body || !seen(frame, m)) continue;
        const auto other = mirrored(m);
        if (other && model_.markers()[*other].body > body && seen(frame, *other)) whole.pairs.push_back({m, *other});
      }
      if (whole.pairs.size() > 1) out.push_back(whole);
    }
    return out;
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
        const auto clusters = guess_clusters(sample[sample.size() / 2]);
        guesses.insert(guesses.end(), clusters.begin(), clusters.end());
      }
      const Guess* best = nullptr;
      double least = now;
      for (const auto& guess : guesses) {
        auto with = found;
        with.insert(with.end(), guess.pairs.begin(), guess.pairs.end());
        const double reached = cost(solver, sample, with);
        if (reached < least) least = reached, best = &guess;
      }
      if (best == nullptr || std::any_of(best->pairs.begin(), best->pairs.end(), [&](const Exchange& pair) { return one_alone(sample, found, best->pairs, pair, least); })) break;
      // Of two markers that bear each other's names each is off by their distance; the posture takes up a part of that.
      double owed = 0;
      for (const auto& pair : best->pairs) owed += 2 * static_cast<double>(sample.size()) * std::pow(distance(std::min(pair.a, pair.b), std::max(pair.a, pair.b)), 2);
      if (now - least < std::min(0.35 * owed, 0.5 * now) || now - least < 0.08 * now) break;
      found.insert(found.end(), best->pairs.begin(), best->pairs.end());
      now = least;
    }
    return found;
  }

  std::vector<std::size_t> samples(std::size_t first, std::size_t last) const {
    std::vector<std::size_t> usable, out;
    for (std::size_t f = first; f <= last; ++f) {
      if (has_posture(f)) usable.push_back(f);
    }
    const std::size_t wanted = std::min(usable.size(), kSamples);
    for (std::size_t k = 0; k < wanted; ++k) out.push_back(usable[(2 * k + 1) * usable.size() / (2 * wanted)]);
    return out;
  }

  void note(const Exchange& pair, std::size_t first, std::size_t last) {
    MarkerFault fault{MarkerFault::Kind::exchanged, {model_.markers()[pair.a].name, model_.markers()[pair.b].name}};
    fault.from_s = series_.clock().time_s(first);
    fault.to_s = series_.clock().time_s(last);
    double sum = 0, n = 0;
    for (std::size_t f = first; f <= last; ++f) {
      if (seen(f, pair.a) && seen(f, pair.b)) sum += (at(f, pair.a) - at(f, pair.b)).norm(), ++n;
    }
    fault.distance = n > 0 ? sum / n : kNaN;
    faults_.push_back(fault);
  }

  void exchange_throughout() {
    const auto sample = samples(0, frames() - 1);
    const auto pairs = search(sample);
    if (pairs.empty()) return;
    for (std::size_t f = 0; f < frames(); ++f) exchange(f, pairs);
    for (const auto& pair : pairs) note(pair, 0, frames() - 1);
    track(model_);
  }

  void exchange_for_a_while() {
    InverseKinematics solver(model_, weights_);
    std::vector<double> costs(frames(), 0), sorted;
    for (std::size_t f = 0; f < frames(); ++f) {
      if (has_posture(f)) costs[f] = cost(solver, f, {}), sorted.push_back(costs[f]);
    }
    std::nth_element(sorted.begin(), sorted.begin() + static_cast<std::ptrdiff_t>(sorted.size() / 2), sorted.end());
    const double limit = 1.25 * sorted[sorted.size() / 2] + 2 * 0.02 * 0.02;
    bool changed = false;
    const auto gap = static_cast<std::size_t>(std::lround(0.1 * series_.clock().rate_hz()));
    for (std::size_t f = 0; f < frames(); ++f) {
      if (costs[f] <= limit) continue;
      std::size_t last = f;
      for (std::size_t g = f; g < frames() && g <= last + gap; ++g) {
        if (costs[g] > limit) last = g;
      }
      const auto pairs = search(samples(f, last));
      std::optional<std::size_t> begin;
      std::size_t end = 0;
      // They hold for the frames of the neighbourhood that fit better with them.
      for (std::size_t g = f > gap ? f - gap : 0; !pairs.empty() && g < std::min(frames(), last + gap + 1); ++g) {
        if (!has_posture(g) || cost(solver, g, pairs) >= 0.9 * cost(solver, g, {})) continue;
        if (!begin) begin = g;
        end = g;
        exchange(g, pairs);
      }
      for (const auto& pair : pairs) {
        if (begin) note(pair, *begin, end);
      }
      changed = changed || begin;
      f = last;
    }
    if (changed) track(model_);
  }

  // Where each marker stands on its body, by the median over the trial: the person's own model.
  Model personal() const {
    auto pose = model_.make_pose();
    std::vector<std::vector<double>> local(3 * count_);
    for (std::size_t f = 0; f < frames(); ++f) {
      if (!has_posture(f)) continue;
      model_.place(postures_.row(f), pose);
      for (std::size_t m = 0; m < count_; ++m) {
        if (!seen(f, m)) continue;
        const Vector3d on = pose.bodies[model_.markers()[m].body].inverse() * at(f, m);
        for (std::size_t k = 0; k < 3; ++k) local[3 * m + k].push_back(on[static_cast<Eigen::Index>(k)]);
      }
    }
    Model out = model_;
    out.clear_markers();
    for (std::size_t m = 0; m < count_; ++m) {
      auto marker = model_.markers()[m];
      for (std::size_t k = 0; k < 3 && !local[3 * m].empty(); ++k) {
        auto& v = local[3 * m + k];
        std::nth_element(v.begin(), v.begin() + static_cast<std::ptrdiff_t>(v.size() / 2), v.end());
        marker.location[static_cast<Eigen::Index>(k)] = v[v.size() / 2];
      }
      out.add_marker(marker);
    }
    return out;
  }

  struct Suspect {
    double jump = 0;
    std::size_t marker = 0, frame = 0;
  };
  // Markers whose distance from their place jumps, the largest first, or that jump themselves where the posture follows them.
  std::vector<Suspect> suspects(const Model& own, std::size_t lag) const {
    auto pose = own.make_pose();
    std::vector<std::vector<Vector3d>> residual(frames(), std::vector<Vector3d>(count_, Vector3d::Constant(kNaN)));
    for (std::size_t f = 0; f < frames(); ++f) {
      if (!has_posture(f)) continue;
      own.place(postures_.row(f), pose);
      for (std::size_t m = 0; m < count_; ++m) {
        if (seen(f, m)) residual[f][m] = at(f, m) - pose.bodies[own.markers()[m].body] * own.markers()[m].location;
      }
    }
    std::vector<Suspect> out;
    for (std::size_t m = 0; m < count_; ++m) {
      Suspect most{0, m, 0};
      for (std::size_t f = 0; f < frames(); ++f) {
        if (!seen(f, m) || !has_posture(f)) continue;
        double jump = 0;
        if (f >= lag && residual[f - lag][m].allFinite()) jump = (residual[f][m] - residual[f - lag][m]).norm();
        if (f >= 2 && seen(f - 1, m) && seen(f - 2, m)) jump = std::max(jump, 0.7 * (at(f, m) - 2 * at(f - 1, m) + at(f - 2, m)).norm());
        if (f == 0 || !seen(f - 1, m)) jump = std::max(jump, residual[f][m].norm());
        if (jump > most.jump) most = {jump, m, f};
      }
      if (most.jump > kPlace) out.push_back(most);
    }
    std::sort(out.begin(), out.end(), [](const Suspect& x, const Suspect& y) { return x.jump > y.jump; });
    return out;
  }

  void find_displaced() {
    const auto own = personal();
    const auto lag = std::max<std::size_t>(1, static_cast<std::size_t>(std::lround(kJump_s * series_.clock().rate_hz())));
    track(own);
    for (std::size_t turn = 0; turn < 2 * count_; ++turn) {
      const auto all = suspects(own, lag);
      if (std::none_of(all.begin(), all.end(), [&](const Suspect& one) { return remove_if_displaced(own, one, lag); })) return;
    }
  }

  // The marker's own largest change of velocity near a frame, m a frame: that of a posture that is lost is not taken for it.
  double leap(std::size_t m, std::size_t frame, std::size_t half) const {
    double most = 0;
    for (std::size_t f = std::max<std::size_t>(frame - std::min(half, frame), 2); f < std::min(frames(), frame + half + 2); ++f) {
      if (seen(f, m) && seen(f - 1, m) && seen(f - 2, m)) most = std::max(most, (at(f, m) - 2 * at(f - 1, m) + at(f - 2, m)).norm());
    }
    return most;
  }

  // The whole time around in which the marker is away, if it goes and comes back at once.
  bool remove_if_displaced(const Model& own, const Suspect& suspect, std::size_t lag) {
    const auto m = suspect.marker;
    auto without = weights_;
    without[m] = 0;
    InverseKinematics solver(own, without);
    auto pose = own.make_pose();
    std::vector<double> known(frames(), kNaN);
    // From where the others put it.
    const auto away = [&](std::size_t f) {
      if (std::isnan(known[f]) && has_posture(f) && seen(f, m)) {
        solver.set_coordinates(postures_.row(f));
        solver.step(y_.row(f));
        own.place(solver.coordinates(), pose);
        known[f] = (at(f, m) - pose.bodies[own.markers()[m].body] * own.markers()[m].location).norm();
      }
      return known[f];
    };
    std::size_t middle = suspect.frame;
    double most = 0;
    for (std::size_t f = middle > lag ? middle - lag : 0; f < std::min(frames(), suspect.frame + lag + 1); ++f) {
      if (away(f) > most) most = known[f], middle = f;
    }
    if (!(most > kDisplaced)) return false;
    const double edge = std::max(kPlace, 0.4 * most);
    std::size_t first = middle, last = middle;
    while (first > 0 && away(first - 1) > edge) --first;
    while (last + 1 < frames() && away(last + 1) > edge) ++last;
    if (2 * (last - first + 1) > frames()) return false;
    // A jump at each end where the marker is seen beyond it; at one end at least.
    const std::size_t half = lag / 2;
    std::size_t jumps = 0;
    for (const bool begin : {true, false}) {
      if (begin ? first == 0 || !seen(first - 1, m) : last + 1 == frames() || !seen(last + 1, m)) continue;
      const std::size_t inside = begin ? std::min(first + half, last) : std::max(last - std::min(half, last), first);
      const std::size_t outside = begin ? first - 1 - std::min(half, first - 1) : std::min(last + 1 + half, frames() - 1);
      const double there = std::isfinite(away(outside)) ? known[outside] : away(begin ? first - 1 : last + 1);
      if (away(inside) - there < 0.6 * kDisplaced || leap(m, begin ? first : last + 1, half) < 0.4 * most) return false;
      ++jumps;
    }
    if (jumps == 0) return false;
    faults_.push_back({MarkerFault::Kind::displaced, {model_.markers()[m].name}, series_.clock().time_s(first), series_.clock().time_s(last), most});
    for (std::size_t f = first; f <= last; ++f) {
      for (std::size_t k = 0; k < 3; ++k) y_(f, 3 * m + k) = kNaN;
    }
    // The postures that it spoilt.
    InverseKinematics again(own, weights_);
    for (std::size_t f = first > lag ? first - lag : 0; f < std::min(frames(), last + lag + 1); ++f) {
      if (!has_posture(f)) continue;
      again.set_coordinates(postures_.row(f > 0 && has_posture(f - 1) ? f - 1 : f));
      again.step(y_.row(f));
      std::copy(again.coordinates().begin(), again.coordinates().end(), postures_.row(f).begin());
    }
    return true;
  }

  RepairedMarkers result() {
    RepairedMarkers out{series_, std::move(faults_)};
    if (out.faults.empty()) return out;
    for (std::size_t m = 0; m < count_; ++m) {
      for (std::size_t f = 0; channels_[m] && f < frames(); ++f) {
        for (std::size_t k = 0; k < 3; ++k) out.markers.at(f, *channels_[m], k) = y_(f, 3 * m + k);
      }
    }
    std::stable_sort(out.faults.begin(), out.faults.end(), [](const auto& a, const auto& b) { return a.from_s < b.from_s; });
    return out;
  }

  const Model& model_;
  std::size_t count_;
  const motion::Series& series_;
  base::Matrix<double> y_;  ///< frames x 3 a marker of the model
  std::vector<std::optional<std::size_t>> channels_;
  std::vector<double> weights_;
  base::Matrix<double> postures_;
  std::vector<MarkerFault> faults_;
};

}  // namespace

std::string to_text(const MarkerFault& fault) {
  char text[160];
  const bool exchanged = fault.kind == MarkerFault::Kind::exchanged;
  std::snprintf(text, sizeof text, " from %.2f to %.2f s (%.0f mm %s)", fault.from_s, fault.to_s, 1000 * fault.distance, exchanged ? "apart" : "at most");
  return exchanged ? fault.markers[0] + " and " + fault.markers[1] + " bear each other's names" + text : fault.markers[0] + " is away from its place" + text;
}

RepairedMarkers repair_markers(const Model& model, const motion::Series& markers) {
  const auto& of_model = model.markers();
  const auto shared = std::count_if(of_model.begin(), of_model.end(), [&](const auto& marker) { return markers.find(marker.name).has_value(); });
  if (shared < 4) return {markers, {}};  // too few to know what is wrong
  return Search(model, markers).run();
}

}  // namespace kinemyo::body
