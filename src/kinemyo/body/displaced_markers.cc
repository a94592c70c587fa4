#include <algorithm>
#include <cmath>
#include <limits>

#include "kinemyo/body/marker_steps.h"

// Markers that jump away from their body and back.
namespace kinemyo::body {

namespace {

using Eigen::Vector3d;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kPlace = 0.030;      ///< m: what counts as in place
constexpr double kJump_s = 0.05;      ///< a marker goes away and comes back within this

class DisplacedSearch {
 public:
  explicit DisplacedSearch(MarkerTrack& track)
      : track_(track), model_(track.model()), count_(track.count()), weights_(track.weights()) {}

  std::vector<MarkerFault> run() {
    find_steps();
    find_displaced();
    return std::move(faults_);
  }

 private:
  // Where each marker stands on its body, by the median over the trial: the person's own model.
  Model personal() const {
    auto pose = model_.make_pose();
    std::vector<std::vector<double>> local(3 * count_);
    for (std::size_t f = 0; f < track_.frames(); ++f) {
      if (!track_.has_posture(f)) continue;
      model_.place(track_.posture(f), pose);
      for (std::size_t m = 0; m < count_; ++m) {
        if (!track_.seen(f, m)) continue;
        const Vector3d on = pose.bodies[model_.markers()[m].body].inverse() * track_.at(f, m);
        for (std::size_t k = 0; k < 3; ++k)
          local[3 * m + k].push_back(on[static_cast<Eigen::Index>(k)]);
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
  // Markers whose distance from their place jumps, the largest first, or that jump themselves where
  // the posture follows them.
  std::vector<Suspect> suspects(const Model& own, std::size_t lag) const {
    auto pose = own.make_pose();
    std::vector<std::vector<Vector3d>> residual(
        track_.frames(), std::vector<Vector3d>(count_, Vector3d::Constant(kNaN)));
    for (std::size_t f = 0; f < track_.frames(); ++f) {
      if (!track_.has_posture(f)) continue;
      own.place(track_.posture(f), pose);
      for (std::size_t m = 0; m < count_; ++m) {
        if (track_.seen(f, m))
          residual[f][m] =
              track_.at(f, m) - pose.bodies[own.markers()[m].body] * own.markers()[m].location;
      }
    }
    std::vector<Suspect> out;
    for (std::size_t m = 0; m < count_; ++m) {
      Suspect most{0, m, 0};
      for (std::size_t f = 0; f < track_.frames(); ++f) {
        if (!track_.seen(f, m) || !track_.has_posture(f)) continue;
        double jump = 0;
        if (f >= lag && residual[f - lag][m].allFinite())
          jump = (residual[f][m] - residual[f - lag][m]).norm();
        if (f >= 2 && track_.seen(f - 1, m) && track_.seen(f - 2, m))
          jump = std::max(
              jump, 0.7 * (track_.at(f, m) - 2 * track_.at(f - 1, m) + track_.at(f - 2, m)).norm());
        if (f == 0 || !track_.seen(f - 1, m)) jump = std::max(jump, residual[f][m].norm());
        if (jump > most.jump) most = {jump, m, f};
      }
      if (most.jump > kPlace) out.push_back(most);
    }
    std::sort(out.begin(), out.end(),
              [](const Suspect& x, const Suspect& y) { return x.jump > y.jump; });
    return out;
  }

  void find_displaced() {
    const auto own = personal();
    const auto lag = std::max<std::size_t>(
        1, static_cast<std::size_t>(std::lround(kJump_s * track_.clock().rate_hz())));
    track_.track(own);
    for (std::size_t turn = 0; turn < 2 * count_; ++turn) {
      const auto all = suspects(own, lag);
      if (std::none_of(all.begin(), all.end(),
                       [&](const Suspect& one) { return remove_if_displaced(own, one, lag); }))
        return;
    }
  }

  // The marker's own largest change of velocity near a frame, m a frame: that of a posture that is
  // lost is not taken for it.
  double leap(std::size_t m, std::size_t frame, std::size_t half) const {
    double most = 0;
    for (std::size_t f = std::max<std::size_t>(frame - std::min(half, frame), 2);
         f < std::min(track_.frames(), frame + half + 2); ++f) {
      if (track_.seen(f, m) && track_.seen(f - 1, m) && track_.seen(f - 2, m))
        most = std::max(most,
                        (track_.at(f, m) - 2 * track_.at(f - 1, m) + track_.at(f - 2, m)).norm());
    }
    return most;
  }

  // A marker that jumps, goes on as before, and jumps back by as much.
  void find_steps() {
    const auto jump = [&](std::size_t m, std::size_t f) -> Vector3d {
      return track_.at(f, m) - 2 * track_.at(f - 1, m) + track_.at(f - 2, m);
    };
    bool found = false;
    for (std::size_t m = 0; m < count_; ++m) {
      std::size_t away = 0;  // since when; 0: in its place
      for (std::size_t f = 2; f < track_.frames(); ++f) {
        if (!track_.seen(f - 2, m) || !steps(track_, m, f, kDisplaced)) continue;
        const bool back =
            away > 0 && (jump(m, away) + jump(m, f)).norm() < 0.4 * jump(m, away).norm();
        if (!back || 2 * (f - away) > track_.frames()) {
          away = f;
          continue;
        }
        remove(m, away, f - 1, jump(m, away).norm());
        found = true;
        away = 0;
      }
    }
    if (found) track_.track(model_);
  }

  void remove(std::size_t m, std::size_t first, std::size_t last, double distance) {
    faults_.push_back({MarkerFault::Kind::displaced,
                       {model_.markers()[m].name},
                       track_.clock().time_s(first),
                       track_.clock().time_s(last),
                       distance});
    for (std::size_t f = first; f <= last; ++f) track_.take_out(f, m);
  }

  // The whole time around in which the marker is away, if it goes and comes back at once.
  bool remove_if_displaced(const Model& own, const Suspect& suspect, std::size_t lag) {
    const auto m = suspect.marker;
    auto without = weights_;
    without[m] = 0;
    InverseKinematics solver(own, without);
    auto pose = own.make_pose();
    std::vector<double> known(track_.frames(), kNaN);
    // From where the others put it.
    const auto away = [&](std::size_t f) {
      if (std::isnan(known[f]) && track_.has_posture(f) && track_.seen(f, m)) {
        solver.set_coordinates(track_.posture(f));
        solver.step(track_.frame(f));
        own.place(solver.coordinates(), pose);
        known[f] =
            (track_.at(f, m) - pose.bodies[own.markers()[m].body] * own.markers()[m].location)
                .norm();
      }
      return known[f];
    };
    std::size_t middle = suspect.frame;
    double most = 0;
    for (std::size_t f = middle > lag ? middle - lag : 0;
         f < std::min(track_.frames(), suspect.frame + lag + 1); ++f) {
      if (away(f) > most) most = known[f], middle = f;
    }
    if (!(most > kDisplaced)) return false;
    const double edge = std::max(kPlace, 0.4 * most);
    std::size_t first = middle, last = middle;
    while (first > 0 && away(first - 1) > edge) --first;
    while (last + 1 < track_.frames() && away(last + 1) > edge) ++last;
    // Where the others leave the posture open they may put the marker elsewhere beyond its own
    // jumps too.
    for (std::size_t f = first + 1; f <= middle; ++f) {
      if (steps(track_, m, f, 0.6 * most)) first = f;
    }
    for (std::size_t f = last; f > middle; --f) {
      if (steps(track_, m, f, 0.6 * most)) last = f - 1;
    }
    if (2 * (last - first + 1) > track_.frames()) return false;
    // A jump at each end where the marker is seen beyond it; at one end at least.
    const std::size_t half = lag / 2;
    std::size_t jumps = 0;
    for (const bool begin : {true, false}) {
      if (begin ? first == 0 || !track_.seen(first - 1, m)
                : last + 1 == track_.frames() || !track_.seen(last + 1, m))
        continue;
      const std::size_t inside =
          begin ? std::min(first + half, last) : std::max(last - std::min(half, last), first);
      const std::size_t outside = begin ? first - 1 - std::min(half, first - 1)
                                        : std::min(last + 1 + half, track_.frames() - 1);
      const double there =
          std::isfinite(away(outside)) ? known[outside] : away(begin ? first - 1 : last + 1);
      if (away(inside) - there < 0.6 * kDisplaced ||
          leap(m, begin ? first : last + 1, half) < 0.4 * most)
        return false;
      ++jumps;
    }
    if (jumps == 0) return false;
    remove(m, first, last, most);
    // The postures that it spoilt.
    InverseKinematics again(own, weights_);
    for (std::size_t f = first > lag ? first - lag : 0;
         f < std::min(track_.frames(), last + lag + 1); ++f) {
      if (!track_.has_posture(f)) continue;
      again.set_coordinates(track_.posture(f > 0 && track_.has_posture(f - 1) ? f - 1 : f));
      again.step(track_.frame(f));
      track_.set_posture(f, again.coordinates());
    }
    return true;
  }

  MarkerTrack& track_;
  const Model& model_;
  std::size_t count_;
  const std::vector<double>& weights_;
  std::vector<MarkerFault> faults_;
};

}  // namespace

std::vector<MarkerFault> take_out_displaced(MarkerTrack& track) {
  return DisplacedSearch(track).run();
}

}  // namespace kinemyo::body
