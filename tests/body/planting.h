#pragma once

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "kinemyo/base/random.h"
#include "kinemyo/body/marker_faults.h"

// Faults planted at random, for the test of body/marker_faults and bench_accuracy.
namespace kinemyo::bench {

struct Planted {
  std::string text;
  std::set<std::string> names;
};

inline std::set<std::string> names(const std::vector<body::MarkerFault>& faults) {
  std::set<std::string> out;
  for (const auto& fault : faults) out.insert(fault.markers.begin(), fault.markers.end());
  return out;
}

inline Eigen::Vector3d marker_at(const motion::Series& markers, std::size_t frame, std::size_t channel) {
  return {markers.at(frame, channel, 0), markers.at(frame, channel, 1), markers.at(frame, channel, 2)};
}

inline void exchange(motion::Series& markers, std::size_t a, std::size_t b, std::size_t first, std::size_t last) {
  for (std::size_t f = first; f <= last; ++f) {
    for (std::size_t k = 0; k < 3; ++k) std::swap(markers.at(f, a, k), markers.at(f, b, k));
  }
}

/// A swapped cluster (the markers of a body with those of another, or two halves of one), a flipped pair at least 5 cm
/// apart, or a marker off by 10 cm for a second; the first two throughout or for a second.
inline Planted plant(const body::Model& model, motion::Series& markers, base::Random& random) {
  std::vector<std::size_t> channels, bodies;
  for (const auto& marker : model.markers()) {
    const auto found = markers.find(marker.name);
    if (!found || markers.missing(0, *found) || marker.name.find("HJC") != std::string::npos) continue;
    channels.push_back(*found);
    bodies.push_back(marker.body);
  }
  const auto frames = markers.frames();
  const auto second = std::min(frames / 3, static_cast<std::size_t>(markers.clock().rate_hz()));
  std::size_t first = 5 + random.below(frames - second - 10), last = first + second - 1;
  const auto kind = random.below(3);
  Planted out;
  const auto name = [&](std::size_t c) { return markers.channels()[c].name; };
  if (kind == 2) {
    const auto c = channels[random.below(channels.size())];
    Eigen::Vector3d way(random.normal(), random.normal(), random.normal());
    way *= 0.1 / way.norm();
    for (std::size_t f = first; f <= last; ++f) {
      for (std::size_t k = 0; k < 3; ++k) markers.at(f, c, k) += way[static_cast<Eigen::Index>(k)];
    }
    out.text = name(c) + " off by 10 cm";
    out.names = {name(c)};
  } else {
    if (random.below(2) == 0) first = 0, last = frames - 1;
    const auto apart = [&](std::size_t a, std::size_t b) { return (marker_at(markers, first, a) - marker_at(markers, first, b)).norm(); };
    std::vector<std::pair<std::size_t, std::size_t>> pairs;
    for (int tries = 0; pairs.empty() && tries < 1000; ++tries) {
      if (kind == 1) {
        const auto a = channels[random.below(channels.size())], b = channels[random.below(channels.size())];
        if (a != b && apart(a, b) > 0.05) pairs = {{a, b}};
        continue;
      }
      const auto one = bodies[random.below(bodies.size())], other = bodies[random.below(bodies.size())];
      std::vector<std::size_t> from, to;
      for (std::size_t i = 0; i < channels.size(); ++i) {
        if (bodies[i] == one) from.push_back(channels[i]);
        if (bodies[i] == other) to.push_back(channels[i]);
      }
      if (one == other) {
        if (from.size() < 4) continue;
        to.assign(from.begin() + static_cast<std::ptrdiff_t>(from.size() / 2), from.end());
        from.resize(from.size() / 2);
      }
      for (std::size_t i = 0; i < std::min(from.size(), to.size()); ++i) {
        if (apart(from[i], to[i]) > 0.05) pairs.push_back({from[i], to[i]});
      }
      if (pairs.size() < 2) pairs.clear();
    }
    for (const auto& [a, b] : pairs) {
      exchange(markers, a, b, first, last);
      out.text += name(a) + " with " + name(b) + " ";
      out.names.insert({name(a), name(b)});
    }
  }
  char when[64];
  std::snprintf(when, sizeof when, " from %.2f to %.2f s", markers.clock().time_s(first), markers.clock().time_s(last));
  out.text += when;
  return out;
}

/// Coordinates of the limbs that the markers are on; of markers on pelvis or torso, of that body's own joint.
inline std::set<std::string> coordinates_near(const body::Model& model, const std::set<std::string>& markers) {
  const auto central = [&](std::size_t b) { return b == 0 || model.bodies()[b].name == "pelvis" || model.bodies()[b].name == "torso"; };
  const auto root = [&](std::size_t b) {
    while (!central(b) && !central(model.parent(b))) b = model.parent(b);
    return b;
  };
  std::set<std::size_t> limbs;
  for (const auto& marker : model.markers()) {
    if (markers.contains(marker.name)) limbs.insert(root(marker.body));
  }
  std::set<std::string> out;
  for (std::size_t b = 1; b < model.bodies().size(); ++b) {
    if (!limbs.contains(root(b))) continue;
    for (const auto& axis : model.joints()[b].axes) {
      if (axis.coordinate) out.insert(model.coordinates()[*axis.coordinate].name);
    }
  }
  return out;
}

}  // namespace kinemyo::bench
