#include "kinemyo/body/gap_bridge.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace kinemyo::body {

namespace {

using Eigen::Vector3d;
using Channels = std::vector<std::optional<std::size_t>>;

// Frames between two at which every marker is seen that is seen before and after.
struct Region {
  std::size_t first = 0, last = 0;
};

std::vector<Region> regions_of(const InverseKinematics& solver, const Channels& channels, const motion::Series& markers, const base::Matrix<double>& postures) {
  std::vector<char> gap(markers.frames(), 0);
  for (std::size_t m = 0; m < channels.size(); ++m) {
    if (!channels[m] || solver.weights()[m] == 0) continue;
    std::optional<std::size_t> seen;
    for (std::size_t f = 0; f < markers.frames(); ++f) {
      if (markers.missing(f, *channels[m])) continue;
      for (std::size_t g = seen ? *seen + 1 : f; g < f; ++g) gap[g] = 1;
      seen = f;
    }
  }
  std::vector<Region> out;
  for (std::size_t f = 1; f + 1 < markers.frames(); ++f) {
    if (!gap[f]) continue;
    Region region{f, f};
    while (region.last + 2 < markers.frames() && gap[region.last + 1]) ++region.last;
    f = region.last;
    if (std::isfinite(postures(region.first - 1, 0)) && std::isfinite(postures(region.last + 1, 0))) out.push_back(region);
  }
  return out;
}

// Coordinates of a body while nothing on it or further out is seen.
void bridge_unseen(const InverseKinematics& solver, const Channels& channels, const motion::Series& markers, base::Matrix<double>& postures) {
  const auto& model = solver.model();
  for (std::size_t b = 1; b < model.bodies().size(); ++b) {
    std::vector<std::size_t> shows;
    for (std::size_t m = 0; m < channels.size(); ++m) {
      if (!channels[m] || solver.weights()[m] == 0) continue;
      for (std::size_t up = model.markers()[m].body; up != 0; up = model.parent(up)) {
        if (up == b) shows.push_back(*channels[m]);
      }
    }
    std::optional<std::size_t> seen;
    for (std::size_t f = 0; f < markers.frames(); ++f) {
      if (std::all_of(shows.begin(), shows.end(), [&](std::size_t c) { return markers.missing(f, c); })) continue;
      for (const auto& axis : model.joints()[b].axes) {
        if (!axis.coordinate || !seen || *seen + 1 == f) continue;
        const double from = postures(*seen, *axis.coordinate), to = postures(f, *axis.coordinate);
        for (std::size_t g = *seen + 1; g < f; ++g) {
          const double t = static_cast<double>(g - *seen) / static_cast<double>(f - *seen);
          if (std::isfinite(postures(g, 0))) postures(g, *axis.coordinate) = from + (to - from) * t * t * (3 - 2 * t);
        }
      }
      seen = f;
    }
  }
}

}  // namespace

void bridge_gaps(InverseKinematics& solver, const Channels& channels, const motion::Series& markers, base::Matrix<double>& postures) {
  const auto regions = regions_of(solver, channels, markers, postures);
  if (regions.empty()) return;
  bridge_unseen(solver, channels, markers, postures);
  const auto& model = solver.model();
  const std::size_t count = channels.size();
  auto pose = model.make_pose();
  std::vector<double> frame(3 * count);
  const auto load = [&](std::size_t f) {
    for (std::size_t m = 0; m < count; ++m) {
      for (std::size_t k = 0; k < 3; ++k) frame[3 * m + k] = channels[m] ? markers.at(f, *channels[m], k) : std::numeric_limits<double>::quiet_NaN();
    }
  };
  const auto on_bodies = [&](std::size_t f) {
    load(f);
    model.place(postures.row(f), pose);
    std::vector<Vector3d> out;
    for (std::size_t m = 0; m < count; ++m) out.push_back(pose.bodies[model.markers()[m].body].inverse() * Eigen::Map<const Vector3d>(frame.data() + 3 * m));
    return out;
  };
  InverseKinematics wandering(model, {solver.weights().begin(), solver.weights().end()}, solver.options());
  std::vector<Vector3d> now(count);
  for (const auto& region : regions) {
    const auto before = on_bodies(region.first - 1), after = on_bodies(region.last + 1);
    for (std::size_t f = region.first; f <= region.last; ++f) {
      if (!std::isfinite(postures(f, 0))) continue;
      const double t = static_cast<double>(f - region.first + 1) / static_cast<double>(region.last - region.first + 2);
      for (std::size_t m = 0; m < count; ++m) {
        now[m] = !before[m].allFinite() ? after[m] : !after[m].allFinite() ? before[m] : Vector3d((1 - t) * before[m] + t * after[m]);
        wandering.move_marker(m, now[m].allFinite() ? now[m] : model.markers()[m].location);
      }
      load(f);
      wandering.set_coordinates(postures.row(f));
      wandering.step(frame);
      model.place(wandering.coordinates(), pose);
      for (std::size_t m = 0; m < count; ++m) {
        // Only between two sightings: NaN where it was not seen at both ends.
        const Vector3d place = pose.bodies[model.markers()[m].body] * now[m];
        if (std::isnan(frame[3 * m]) && before[m].allFinite() && after[m].allFinite()) Eigen::Map<Vector3d>(frame.data() + 3 * m) = place;
      }
      solver.set_coordinates(postures.row(f));
      solver.step(frame);
      std::copy(solver.coordinates().begin(), solver.coordinates().end(), postures.row(f).begin());
    }
  }
}

}  // namespace kinemyo::body
