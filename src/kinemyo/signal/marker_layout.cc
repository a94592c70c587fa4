#include <algorithm>
#include <cmath>
#include <limits>

#include "kinemyo/base/error.h"
#include "kinemyo/base/median.h"
#include "kinemyo/signal/marker_labels.h"

namespace kinemyo::signal {

namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr std::size_t kMostFrames = 400;
constexpr std::size_t kLeastTogether = 8;  // frames
constexpr double kTogetherShare = 0.1;

// Of a trial against others. A marker is put back within 5 mm, and posture moves what is far away.
constexpr double kPlacing_m = 0.005;
constexpr double kFarthest_m = 0.8;
constexpr double kPairReach_m = 0.5;
constexpr double kClusterReach_m = 0.4;
constexpr double kCap = 36;             // six deviations: one distance cannot decide alone
constexpr double kLeastBefore = 60;     // sums of squared deviations over the distances of the markers exchanged
constexpr double kLeastGain = 50;
constexpr double kShareLeft = 0.3;
constexpr int kMostExchanges = 4;       // of one trial

using Pairs = std::vector<std::pair<std::size_t, std::size_t>>;

// Most trials' distances, and how sure each is.
struct Consensus {
  base::Matrix<double> distance_m, weight;
};

Consensus consensus_of(const std::vector<MarkerLayout>& layouts) {
  const std::size_t markers = layouts.front().distance_m.rows();
  Consensus out{base::Matrix<double>(markers, markers, kNan), base::Matrix<double>(markers, markers)};
  for (std::size_t i = 0; i < markers; ++i) {
    for (std::size_t k = 0; k < markers; ++k) {
      if (i == k) continue;
      std::vector<double> distances, spreads;
      for (const auto& layout : layouts) {
        if (std::isnan(layout.distance_m(i, k))) continue;
        distances.push_back(layout.distance_m(i, k));
        spreads.push_back(layout.spread_m(i, k));
        if (layouts.size() == 2) break;  // the first one counts
      }
      if (distances.empty() || (layouts.size() > 2 && distances.size() < 3)) continue;
      const double center = base::median(distances);
      if (center > kFarthest_m) continue;
      const double between = base::robust_spread(distances, center), within = base::median(spreads);
      out.distance_m(i, k) = center;
      out.weight(i, k) = 1 / std::sqrt(between * between + within * within + kPlacing_m * kPlacing_m);
    }
  }
  return out;
}

// What the distances of some markers are off, squared, in deviations, with positions taken as `place` says.
double cost_of(const base::Matrix<double>& distance_m, const Consensus& right, const std::vector<std::size_t>& place,
               const std::vector<std::size_t>& rows) {
  double out = 0;
  for (const auto i : rows) {
    for (std::size_t k = 0; k < place.size(); ++k) {
      const double z = (distance_m(place[i], place[k]) - right.distance_m(i, k)) * right.weight(i, k);
      if (!std::isnan(z)) out += std::min(z * z, kCap);
    }
  }
  return out;
}

std::vector<std::size_t> members_of(const Pairs& pairs) {
  std::vector<std::size_t> out;
  for (const auto& [a, b] : pairs) {
    out.push_back(a);
    out.push_back(b);
  }
  return out;
}

void apply(const Pairs& pairs, std::vector<std::size_t>& place) {
  for (const auto& [a, b] : pairs) std::swap(place[a], place[b]);
}

// The exchange that explains most, if one explains enough.
std::optional<Pairs> best_exchange(const base::Matrix<double>& distance_m, const Consensus& right, std::vector<std::size_t> place) {
  Pairs near;
  for (std::size_t a = 0; a < place.size(); ++a) {
    for (std::size_t b = a + 1; b < place.size(); ++b) {
      if (right.distance_m(a, b) < kPairReach_m) near.emplace_back(a, b);
    }
  }
  double best_gain = kLeastGain;
  std::optional<Pairs> best;
  const auto attempt = [&](const Pairs& pairs) {
    const auto rows = members_of(pairs);
    const double before = cost_of(distance_m, right, place, rows);
    if (before < kLeastBefore) return;
    apply(pairs, place);
    const double after = cost_of(distance_m, right, place, rows);
    apply(pairs, place);
    if (after > kShareLeft * before || before - after <= best_gain) return;
    best_gain = before - after;
    best = pairs;
  };
  for (const auto& pair : near) attempt({pair});
  // Markers whose distances are as they should be take no part in a double exchange.
  std::vector<double> alone(place.size());
  for (std::size_t i = 0; i < place.size(); ++i) alone[i] = cost_of(distance_m, right, place, {i});
  std::erase_if(near, [&](const auto& pair) { return alone[pair.first] + alone[pair.second] < kLeastBefore / 4; });
  for (std::size_t p = 0; p < near.size(); ++p) {
    for (std::size_t q = p + 1; q < near.size(); ++q) {
      const auto& [a, b] = near[p];
      const auto& [c, d] = near[q];
      if (a == c || b == d || a == d || b == c) continue;
      if (!(right.distance_m(a, c) < kClusterReach_m)) continue;
      if (alone[a] + alone[b] + alone[c] + alone[d] < kLeastBefore) continue;
      attempt({near[p], near[q]});
    }
  }
  return best;
}

LayoutExchange describe(const base::Matrix<double>& distance_m, const Consensus& right, std::vector<std::size_t> place, Pairs pairs) {
  LayoutExchange out{pairs, 0, 0};
  auto after = place;
  apply(pairs, after);
  for (const auto i : members_of(pairs)) {
    for (std::size_t k = 0; k < place.size(); ++k) {
      const double off = std::abs(distance_m(place[i], place[k]) - right.distance_m(i, k));
      const double left = std::abs(distance_m(after[i], after[k]) - right.distance_m(i, k));
      // Only what decides: distances that are sure.
      if (std::isnan(off) || std::isnan(left) || right.weight(i, k) < 1 / 0.02 || off <= out.off_m) continue;
      out.off_m = off;
      out.restored_m = left;
    }
  }
  return out;
}

}  // namespace

MarkerLayout measure_layout(base::MatrixView<const double> positions) {
  require(positions.columns() % 3 == 0, "measure_layout: columns are not x, y, z of markers");
  const std::size_t markers = positions.columns() / 3, frames = positions.rows();
  MarkerLayout out{base::Matrix<double>(markers, markers, kNan), base::Matrix<double>(markers, markers, kNan)};
  const std::size_t step = std::max<std::size_t>(1, (frames + kMostFrames - 1) / kMostFrames);
  const auto least = std::max(static_cast<double>(kLeastTogether), kTogetherShare * static_cast<double>(frames) / static_cast<double>(step));
  std::vector<double> distances;
  for (std::size_t i = 0; i < markers; ++i) {
    for (std::size_t k = i + 1; k < markers; ++k) {
      distances.clear();
      for (std::size_t f = 0; f < frames; f += step) {
        const double* row = positions.row(f).data();
        const double x = row[3 * i] - row[3 * k], y = row[3 * i + 1] - row[3 * k + 1], z = row[3 * i + 2] - row[3 * k + 2];
        const double distance = std::sqrt(x * x + y * y + z * z);
        if (!std::isnan(distance)) distances.push_back(distance);
      }
      if (static_cast<double>(distances.size()) < least) continue;
      const double center = base::median(distances);
      out.distance_m(i, k) = out.distance_m(k, i) = center;
      out.spread_m(i, k) = out.spread_m(k, i) = base::robust_spread(distances, center);
    }
  }
  return out;
}

std::vector<std::vector<LayoutExchange>> compare_layouts(const std::vector<MarkerLayout>& layouts) {
  std::vector<std::vector<LayoutExchange>> out(layouts.size());
  if (layouts.size() < 2) return out;
  for (const auto& layout : layouts) {
    require(layout.distance_m.rows() == layouts.front().distance_m.rows(), "compare_layouts: the layouts are not of the same markers");
  }
  const auto right = consensus_of(layouts);
  for (std::size_t t = layouts.size() == 2 ? 1 : 0; t < layouts.size(); ++t) {
    const auto& distance_m = layouts[t].distance_m;
    std::vector<std::size_t> place(distance_m.rows());
    for (std::size_t i = 0; i < place.size(); ++i) place[i] = i;
    for (int n = 0; n < kMostExchanges; ++n) {
      const auto found = best_exchange(distance_m, right, place);
      if (!found) break;
      out[t].push_back(describe(distance_m, right, place, *found));
      apply(*found, place);
    }
  }
  return out;
}

}  // namespace kinemyo::signal
