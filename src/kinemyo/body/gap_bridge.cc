#include "kinemyo/body/gap_bridge.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace kinemyo::body {

namespace {

using Eigen::Vector3d;
using Channels = std::vector<std::optional<std::size_t>>;

// Frames in a row in which a marker is missing that is seen elsewhere.
struct Region {
  std::size_t first = 0, last = 0;
};

std::vector<Region> regions_of(const InverseKinematics& solver, const Channels& channels,
                               const motion::Series& markers) {
  std::vector<char> gap(markers.frames(), 0);
  for (std::size_t m = 0; m < channels.size(); ++m) {
    if (!channels[m] || solver.weights()[m] == 0) continue;
    std::size_t seen = 0;
    for (std::size_t f = 0; f < markers.frames(); ++f) seen += !markers.missing(f, *channels[m]);
    for (std::size_t f = 0; seen > 0 && f < markers.frames(); ++f) {
      gap[f] = gap[f] || markers.missing(f, *channels[m]);
    }
  }
  std::vector<Region> out;
  for (std::size_t f = 0; f < markers.frames(); ++f) {
    if (!gap[f]) continue;
    Region region{f, f};
    while (region.last + 1 < markers.frames() && gap[region.last + 1]) ++region.last;
    f = region.last;
    out.push_back(region);
  }
  return out;
}

// Coordinates of a body while nothing on it or further out is seen; tells which they are.
base::Matrix<char> bridge_unseen(const InverseKinematics& solver, const Channels& channels,
                                 const motion::Series& markers, base::Matrix<double>& postures) {
  const auto& model = solver.model();
  base::Matrix<char> unseen(postures.rows(), postures.columns(), 0);
  const auto all = channels_that_show(solver, channels);
  for (std::size_t b = 1; b < model.bodies().size(); ++b) {
    const auto& shows = all[b];
    std::optional<std::size_t> seen;
    for (std::size_t f = 0; f < markers.frames(); ++f) {
      if (std::all_of(shows.begin(), shows.end(),
                      [&](std::size_t c) { return markers.missing(f, c); }))
        continue;
      for (const auto& axis : model.joints()[b].axes) {
        if (!axis.coordinate || !seen || *seen + 1 == f) continue;
        const double from = postures(*seen, *axis.coordinate), to = postures(f, *axis.coordinate);
        for (std::size_t g = *seen + 1; g < f; ++g) {
          const double t = static_cast<double>(g - *seen) / static_cast<double>(f - *seen);
          if (!std::isfinite(postures(g, 0))) continue;
          postures(g, *axis.coordinate) = from + (to - from) * t * t * (3 - 2 * t);
          unseen(g, *axis.coordinate) = 1;
        }
      }
      seen = f;
    }
  }
  return unseen;
}

// Where each marker stands on its body while one is missing: evenly from where it stood before to
// where it stands after.
class Wandering {
 public:
  Wandering(const InverseKinematics& solver, const Channels& channels,
            const motion::Series& markers)
      : channels_(channels),
        markers_(markers),
        solver_(solver.model(), {solver.weights().begin(), solver.weights().end()},
                solver.options()),
        pose_(solver.model().make_pose()),
        frame_(3 * channels.size()),
        now_(channels.size()) {}

  std::span<const double> load(std::size_t f) {
    for (std::size_t m = 0; m < channels_.size(); ++m) {
      for (std::size_t k = 0; k < 3; ++k) {
        frame_[3 * m + k] = channels_[m] ? markers_.at(f, *channels_[m], k)
                                         : std::numeric_limits<double>::quiet_NaN();
      }
    }
    return frame_;
  }
  std::vector<Vector3d> on_bodies(std::size_t f, std::span<const double> posture) {
    const auto& model = solver_.model();
    load(f);
    model.place(posture, pose_);
    std::vector<Vector3d> out;
    for (std::size_t m = 0; m < channels_.size(); ++m) {
      out.push_back(pose_.bodies[model.markers()[m].body].inverse() *
                    Eigen::Map<const Vector3d>(frame_.data() + 3 * m));
    }
    return out;
  }
  // Markers stand `t` of the way from before to after; one of them alone holds.
  void stand(const std::vector<Vector3d>& before, const std::vector<Vector3d>& after, double t) {
    for (std::size_t m = 0; m < now_.size(); ++m) {
      const bool first = before[m].allFinite(), last = after[m].allFinite();
      now_[m] = !first  ? after[m]
                : !last ? before[m]
                        : Vector3d((1 - t) * before[m] + t * after[m]);
      if (now_[m].allFinite()) solver_.move_marker(m, now_[m]);
    }
  }
  double solve(std::size_t f, std::span<double> posture) {
    load(f);
    solver_.set_coordinates(posture);
    const double cost = solver_.step(frame_).cost;
    std::copy(solver_.coordinates().begin(), solver_.coordinates().end(), posture.begin());
    return cost;
  }
  // The frame with what is missing where it would stand.
  std::span<const double> filled(std::size_t f, std::span<const double> posture) {
    const auto& model = solver_.model();
    load(f);
    model.place(posture, pose_);
    for (std::size_t m = 0; m < now_.size(); ++m) {
      if (std::isnan(frame_[3 * m]) && now_[m].allFinite()) {
        Eigen::Map<Vector3d>(frame_.data() + 3 * m) =
            pose_.bodies[model.markers()[m].body] * now_[m];
      }
    }
    return frame_;
  }

 private:
  const Channels& channels_;
  const motion::Series& markers_;
  InverseKinematics solver_;
  Pose pose_;
  std::vector<double> frame_;
  std::vector<Vector3d> now_;
};

}  // namespace

std::vector<std::vector<std::size_t>> channels_that_show(const InverseKinematics& solver,
                                                         const Channels& channels) {
  const auto& model = solver.model();
  std::vector<std::vector<std::size_t>> out(model.bodies().size());
  for (std::size_t m = 0; m < channels.size(); ++m) {
    if (!channels[m] || solver.weights()[m] == 0) continue;
    for (std::size_t up = model.markers()[m].body; up != 0; up = model.parent(up)) {
      out[up].push_back(*channels[m]);
    }
  }
  return out;
}

std::vector<std::size_t> bridge_gaps(InverseKinematics& solver, const Channels& channels,
                                     const motion::Series& markers,
                                     base::Matrix<double>& postures) {
  std::vector<std::size_t> bridged(postures.columns(), 0);
  const auto regions = regions_of(solver, channels, markers);
  if (regions.empty()) return bridged;
  const auto unseen = bridge_unseen(solver, channels, markers, postures);
  for (std::size_t f = 0; f < unseen.rows(); ++f) {
    for (std::size_t c = 0; c < bridged.size(); ++c) bridged[c] += unseen(f, c) != 0;
  }
  Wandering wandering(solver, channels, markers);
  const std::size_t n = postures.columns();
  for (const auto& region : regions) {
    const bool starts = region.first > 0 && std::isfinite(postures(region.first - 1, 0));
    const bool ends =
        region.last + 1 < postures.rows() && std::isfinite(postures(region.last + 1, 0));
    if (!starts && !ends) continue;
    auto before = wandering.on_bodies(starts ? region.first - 1 : region.last + 1,
                                      postures.row(starts ? region.first - 1 : region.last + 1));
    auto after =
        ends ? wandering.on_bodies(region.last + 1, postures.row(region.last + 1)) : before;
    // Followed from either side, so that of two postures that would do it is the one that goes on;
    // the better holds.
    base::Matrix<double> best(region.last - region.first + 1, n,
                              std::numeric_limits<double>::quiet_NaN());
    std::vector<double> least(best.rows(), std::numeric_limits<double>::infinity());
    std::vector<double> posture(n);
    for (const bool forward : {true, false}) {
      if (forward ? !starts : !ends) continue;
      const auto edge = postures.row(forward ? region.first - 1 : region.last + 1);
      posture.assign(edge.begin(), edge.end());
      for (std::size_t i = 0; i < best.rows(); ++i) {
        const std::size_t r = forward ? i : best.rows() - 1 - i, f = region.first + r;
        if (!std::isfinite(postures(f, 0))) continue;
        for (std::size_t c = 0; c < n; ++c) {
          if (unseen(f, c)) posture[c] = postures(f, c);
        }
        wandering.stand(before, after,
                        static_cast<double>(r + 1) / static_cast<double>(best.rows() + 1));
        const double cost = wandering.solve(f, posture);
        if (cost < least[r] * (1 - 1e-6))
          least[r] = cost, std::copy(posture.begin(), posture.end(), best.row(r).begin());
      }
    }
    for (std::size_t r = 0; r < best.rows(); ++r) {
      const std::size_t f = region.first + r;
      if (!std::isfinite(best(r, 0))) continue;
      wandering.stand(before, after,
                      static_cast<double>(r + 1) / static_cast<double>(best.rows() + 1));
      solver.set_coordinates(best.row(r));
      solver.step(wandering.filled(f, best.row(r)));
      for (std::size_t c = 0; c < n; ++c) {
        if (!unseen(f, c)) postures(f, c) = solver.coordinates()[c];
      }
    }
  }
  return bridged;
}

}  // namespace kinemyo::body
