#include "kinemyo/body/marker_steps.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <utility>

namespace kinemyo::body {

namespace {

using Eigen::Vector3d;

constexpr double kStep = 0.030;     ///< m: less may be a quick movement
constexpr double kContinues = 0.25;  ///< of a step: so near to where the other would have gone
constexpr double kKnown = 0.008;    ///< m: less well known a step is not undone
constexpr std::size_t kNearby = 20;  ///< frames that tell how well
constexpr double kSameStep = 0.1;   ///< of a step: so much may the way back differ from the way there

Vector3d move(const MarkerTrack& track, std::size_t m, std::size_t f) {
  if (f == 0 || f >= track.frames() || !track.seen(f, m) || !track.seen(f - 1, m)) return Vector3d::Zero();
  return track.at(f, m) - track.at(f - 1, m);
}

// Third difference of a marker's path, of frames that are seen.
std::optional<Vector3d> third(const MarkerTrack& track, std::size_t m, std::size_t f) {
  if (f < 3 || f >= track.frames()) return std::nullopt;
  for (std::size_t k = f - 3; k <= f; ++k)
    if (!track.seen(k, m)) return std::nullopt;
  return track.at(f, m) - 3 * track.at(f - 1, m) + 3 * track.at(f - 2, m) - track.at(f - 3, m);
}

// By how much a marker's path is broken at a frame: the constant that, taken off from there on, leaves the smallest third
// differences. Nothing where those nearby say that noise, or the movement itself, hides it.
std::optional<Vector3d> step_at(const MarkerTrack& track, std::size_t m, std::size_t f) {
  const auto one = third(track, m, f), two = third(track, m, f + 1), three = third(track, m, f + 2);
  if (!one || !two || !three) return std::nullopt;
  double squares = 0, count = 0;
  for (std::size_t k = f - std::min(f, kNearby); k < f + kNearby; ++k) {
    const auto beside = k < f || k > f + 2 ? third(track, m, k) : std::nullopt;
    if (beside) squares += beside->squaredNorm(), ++count;
  }
  // White noise of deviation s makes third differences of sqrt(20) s, and the step below uncertain by sqrt(252) / 6 s.
  const double error = count > 0 ? std::sqrt(squares / count / 20 * 252) / 6 : kKnown;
  if (!(error < kKnown)) return std::nullopt;
  return (*one - 2 * *two + *three) / 6;
}

// Whether a's path goes on, from this frame, where b came from.
bool goes_on_as(const MarkerTrack& track, std::size_t a, std::size_t b, std::size_t f) {
  const Vector3d expected = track.at(f - 1, b) + move(track, b, f - 1);
  return (track.at(f, a) - expected).norm() < std::min(kStep, kContinues * move(track, a, f).norm());
}

// Pairs that take each other's way at a frame.
std::vector<Exchange> crossing(const MarkerTrack& track, std::size_t f) {
  std::vector<std::size_t> stepping;
  for (std::size_t m = 0; m < track.count(); ++m)
    if (steps(track, m, f, kStep)) stepping.push_back(m);
  std::vector<Exchange> out;
  for (std::size_t i = 0; i < stepping.size(); ++i)
    for (std::size_t k = i + 1; k < stepping.size(); ++k)
      if (goes_on_as(track, stepping[i], stepping[k], f) && goes_on_as(track, stepping[k], stepping[i], f))
        out.push_back({stepping[i], stepping[k]});
  return out;
}

}  // namespace

bool steps(const MarkerTrack& track, std::size_t m, std::size_t f, double least) {
  if (f == 0 || f >= track.frames() || !track.seen(f, m) || !track.seen(f - 1, m)) return false;
  const Vector3d before = move(track, m, f - 1);
  const double jump = (move(track, m, f) - before).norm();
  return jump >= least && (move(track, m, f + 1) - before).norm() < 0.5 * jump;
}

std::vector<MarkerFault> exchange_by_paths(MarkerTrack& track) {
  std::vector<MarkerFault> out;
  std::map<std::pair<std::size_t, std::size_t>, std::size_t> since;
  for (std::size_t f = 2; f < track.frames(); ++f) {
    for (const auto& pair : crossing(track, f)) {
      const std::pair key(pair.a, pair.b);
      const auto began = since.find(key);
      if (began == since.end() || 2 * (f - began->second) > track.frames()) {
        since[key] = f;
        continue;
      }
      const std::size_t first = began->second;
      since.erase(began);
      const double distance = (track.at(first, pair.a) - track.at(first, pair.b)).norm();
      for (std::size_t k = first; k < f; ++k) track.exchange(k, {pair});
      out.push_back({MarkerFault::Kind::exchanged,
                     {track.model().markers()[pair.a].name, track.model().markers()[pair.b].name},
                     track.clock().time_s(first),
                     track.clock().time_s(f - 1),
                     distance,
                     true});
    }
  }
  return out;
}

std::vector<MarkerFault> move_back_by_paths(MarkerTrack& track) {
  std::vector<MarkerFault> out;
  for (std::size_t m = 0; m < track.count(); ++m) {
    std::size_t first = 0;  // since when it is away; 0: in its place
    for (std::size_t f = 2; f < track.frames(); ++f) {
      if (!steps(track, m, f, kDisplaced)) continue;
      const auto there = step_at(track, m, first), back = step_at(track, m, f);
      if (!there || !back || (*there + *back).norm() > kSameStep * there->norm() || 2 * (f - first) > track.frames()) {
        first = f;
        continue;
      }
      for (std::size_t k = first; k < f; ++k) {
        const double share = static_cast<double>(k - first) / static_cast<double>(f - first);
        track.move(k, m, share * *back - (1 - share) * *there);
      }
      out.push_back({MarkerFault::Kind::displaced, {track.model().markers()[m].name}, track.clock().time_s(first),
                     track.clock().time_s(f - 1), there->norm(), true});
      first = 0;
    }
  }
  return out;
}

}  // namespace kinemyo::body
