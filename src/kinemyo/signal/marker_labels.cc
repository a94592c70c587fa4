#include "kinemyo/signal/marker_labels.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <tuple>

#include "kinemyo/base/error.h"
#include "kinemyo/base/median.h"

namespace kinemyo::signal {

namespace {

constexpr double kFarthest_m = 0.6;       // of markers that may move together
constexpr double kRigid_m = 0.015;        // spread of their distance
constexpr std::size_t kNeighbours = 6;
constexpr double kTolerance_m = 0.025;    // skin moves so far, and no farther than
constexpr double kTolerance_spreads = 6;
constexpr std::size_t kBridge_frames = 3;
constexpr double kAtAnEnd_m = 0.05;       // where only one side tells
constexpr double kAbrupt_s = 0.03;
constexpr double kAbruptShare = 0.5;
constexpr double kRestoredShare = 0.2;    // of the distances that were off may still be
constexpr double kLongestGap_s = 0.1;     // across which a path is followed
constexpr double kLeastApart_m = 0.03;    // of markers whose paths can be told apart
constexpr double kTakenOver = 0.3;
constexpr double kSameTime_s = 0.03;

struct Edge {
  std::size_t a = 0, b = 0;
  double distance_m = 0, tolerance_m = 0;
};

struct Run {
  std::size_t marker = 0, first = 0, end = 0;
  bool explained = false;
  double off_m = 0;
};

using Pair = std::pair<std::size_t, std::size_t>;
using Point = std::array<double, 3>;

class Search {
 public:
  Search(base::MatrixView<const double> positions, double rate_hz)
      : positions_(positions), rate_hz_(rate_hz), markers_(positions.columns() / 3), edges_of_(markers_) {
    const auto layout = measure_layout(positions);
    std::vector<std::vector<bool>> joined(markers_, std::vector<bool>(markers_, false));
    for (std::size_t i = 0; i < markers_; ++i) {
      std::vector<std::pair<double, std::size_t>> near;
      for (std::size_t k = 0; k < markers_; ++k) {
        if (layout.distance_m(i, k) < kFarthest_m && layout.spread_m(i, k) < kRigid_m) near.emplace_back(layout.spread_m(i, k), k);
      }
      std::sort(near.begin(), near.end());
      if (near.size() > kNeighbours) near.resize(kNeighbours);
      for (const auto& [spread, k] : near) {
        if (joined[i][k]) continue;
        joined[i][k] = joined[k][i] = true;
        edges_of_[i].push_back(edges_.size());
        edges_of_[k].push_back(edges_.size());
        edges_.push_back({i, k, layout.distance_m(i, k), std::max(kTolerance_m, kTolerance_spreads * spread)});
      }
    }
  }

  std::vector<LabelFault> find() {
    find_runs();
    find_taken_over();
    for (auto& run : runs_) run.off_m = off_in(run);
    explain_by_exchange();
    for (const auto& run : runs_) {
      if (!run.explained && is_abrupt(run)) {
        out_.push_back({LabelFaultKind::jump, {{run.marker, run.marker}}, run.first, run.end, run.off_m, 0});
      }
    }
    join_exchanges();
    std::sort(out_.begin(), out_.end(), [](const auto& x, const auto& y) {
      return std::tie(x.first, x.kind, x.pairs) < std::tie(y.first, y.kind, y.pairs);
    });
    return std::move(out_);
  }

 private:
  Point at(std::size_t frame, std::size_t marker) const {
    const double* row = positions_.row(frame).data() + 3 * marker;
    return {row[0], row[1], row[2]};
  }
  static double apart(const Point& x, const Point& y) {
    return std::sqrt((x[0] - y[0]) * (x[0] - y[0]) + (x[1] - y[1]) * (x[1] - y[1]) + (x[2] - y[2]) * (x[2] - y[2]));
  }
  bool seen(std::size_t frame, std::size_t marker) const {
    const auto x = at(frame, marker);
    return !std::isnan(x[0] + x[1] + x[2]);
  }
  // How far an edge is off, with the markers where `place` says; NaN if one is missing.
  double off(std::size_t frame, const Edge& edge, const std::vector<std::size_t>* place = nullptr) const {
    const auto a = place == nullptr ? edge.a : (*place)[edge.a], b = place == nullptr ? edge.b : (*place)[edge.b];
    return std::abs(apart(at(frame, a), at(frame, b)) - edge.distance_m);
  }
  // The median over a marker's edges; NaN if it or all of them are missing.
  double off(std::size_t frame, std::size_t marker) const {
    std::vector<double> all;
    for (const auto e : edges_of_[marker]) {
      const double one = off(frame, edges_[e]);
      if (!std::isnan(one)) all.push_back(one);
    }
    return base::median(std::move(all));
  }

  double off_in(const Run& run) const {
    std::vector<double> all;
    for (std::size_t f = run.first; f < run.end; ++f) {
      const double one = off(f, run.marker);
      if (!std::isnan(one)) all.push_back(one);
    }
    return all.empty() ? 0 : base::median(std::move(all));
  }

  // The markers to blame in a frame: the fewest that explain the distances that are off.
  std::vector<std::size_t> blamed(std::size_t frame) const {
    std::vector<std::size_t> bad_edges;
    std::vector<int> seen_count(markers_, 0), bad(markers_, 0);
    for (std::size_t e = 0; e < edges_.size(); ++e) {
      const double one = off(frame, edges_[e]);
      if (std::isnan(one)) continue;
      ++seen_count[edges_[e].a];
      ++seen_count[edges_[e].b];
      if (one <= edges_[e].tolerance_m) continue;
      bad_edges.push_back(e);
      ++bad[edges_[e].a];
      ++bad[edges_[e].b];
    }
    std::vector<std::size_t> out;
    while (!bad_edges.empty()) {
      std::size_t worst = 0;
      for (std::size_t i = 1; i < markers_; ++i) {
        const bool more = bad[i] * seen_count[worst] > bad[worst] * seen_count[i];
        const bool same = bad[i] * seen_count[worst] == bad[worst] * seen_count[i];
        if (bad[i] >= 2 && (bad[worst] < 2 || more || (same && bad[i] > bad[worst]))) worst = i;
      }
      if (bad[worst] < 2 || 2 * bad[worst] <= seen_count[worst]) break;
      out.push_back(worst);
      for (const auto e : edges_of_[worst]) {
        const auto other = edges_[e].a == worst ? edges_[e].b : edges_[e].a;
        if (std::isnan(off(frame, edges_[e]))) continue;
        --seen_count[other];
        --seen_count[worst];
        const auto place = std::find(bad_edges.begin(), bad_edges.end(), e);
        if (place == bad_edges.end()) continue;
        bad_edges.erase(place);
        --bad[other];
        --bad[worst];
      }
    }
    return out;
  }

  void find_runs() {
    std::vector<std::optional<Run>> open(markers_);
    const auto close = [&](std::size_t marker) {
      if (open[marker]) runs_.push_back(*open[marker]);
      open[marker].reset();
    };
    for (std::size_t f = 0; f < positions_.rows(); ++f) {
      for (const auto marker : blamed(f)) {
        auto& run = open[marker];
        if (run) {
          std::size_t between = 0;  // frames in which it was seen and was right
          for (std::size_t g = run->end; g < f; ++g) between += seen(g, marker) ? 1 : 0;
          if (between > kBridge_frames) close(marker);
        }
        if (!run) run = Run{marker, f, f + 1, false, 0};
        run->end = f + 1;
      }
    }
    for (std::size_t i = 0; i < markers_; ++i) close(i);
  }

  // Whether a run begins or ends at once: skin slides, labels jump. Beside a gap it does.
  bool is_abrupt(const Run& run) const {
    const bool at_an_end = run.first == 0 || run.end == positions_.rows();
    if (at_an_end && run.off_m < kAtAnEnd_m) return false;
    const auto reach = static_cast<std::size_t>(std::max(1.0, std::round(kAbrupt_s * rate_hz_)));
    const auto steps = [&](std::size_t inside, std::size_t outside) {
      const double in = off(inside, run.marker), before = off(outside, run.marker);
      return std::isnan(before) || in - before > kAbruptShare * run.off_m;
    };
    const std::size_t length = run.end - run.first, inward = std::min(reach, length) - 1;
    if (run.first > 0 && steps(run.first + inward / 2, run.first >= reach ? run.first - reach : 0)) return true;
    const std::size_t after = std::min(run.end - 1 + reach, positions_.rows() - 1);
    return run.end < positions_.rows() && steps(run.end - 1 - inward / 2, after);
  }

  // Distances of these markers that are off, over some frames of a span, with the markers where `place` says.
  struct Count {
    std::size_t bad = 0, seen = 0;
    std::vector<double> off_m;
  };
  Count count(const std::vector<std::size_t>& markers, std::size_t first, std::size_t end, const std::vector<std::size_t>* place) const {
    Count out;
    const std::size_t step = std::max<std::size_t>(1, (end - first) / 25);
    for (std::size_t f = first; f < end; f += step) {
      for (const auto marker : markers) {
        for (const auto e : edges_of_[marker]) {
          const double one = off(f, edges_[e], place);
          if (std::isnan(one)) continue;
          ++out.seen;
          if (one > edges_[e].tolerance_m) {
            ++out.bad;
          }
          out.off_m.push_back(one);
        }
      }
    }
    return out;
  }
  static double typical(std::vector<double> values) {
    if (values.empty()) return 0;
    const auto at = values.begin() + static_cast<std::ptrdiff_t>(values.size() * 3 / 4);
    std::nth_element(values.begin(), at, values.end());
    return *at;
  }

  struct Attempt {
    std::vector<Pair> pairs;
    std::size_t first = 0, end = 0;
    double share = 1;
    double off_m = 0, restored_m = 0;
  };

  std::optional<Attempt> attempt(std::vector<Pair> pairs, std::size_t first, std::size_t end) const {
    std::vector<std::size_t> place(markers_), members;
    for (std::size_t i = 0; i < markers_; ++i) place[i] = i;
    for (const auto& [a, b] : pairs) {
      std::swap(place[a], place[b]);
      members.push_back(a);
      members.push_back(b);
    }
    const auto before = count(members, first, end, nullptr), after = count(members, first, end, &place);
    // With a marker missing there are fewer distances after; they have to be some.
    if (before.bad < 2 || after.seen < 2 || 3 * after.seen < before.seen) return std::nullopt;
    const double share = static_cast<double>(after.bad) / static_cast<double>(before.bad);
    if (share > kRestoredShare) return std::nullopt;
    return Attempt{std::move(pairs), first, end, share, typical(before.off_m), typical(after.off_m)};
  }

  bool missing_in(std::size_t marker, const Run& run) const {
    for (std::size_t f = run.first; f < run.end; ++f) {
      if (seen(f, marker)) return false;
    }
    return true;
  }

  void explain_by_exchange() {
    std::vector<Attempt> found;
    for (std::size_t r = 0; r < runs_.size(); ++r) {
      const auto& one = runs_[r];
      for (std::size_t s = r + 1; s < runs_.size(); ++s) {
        const auto& two = runs_[s];
        const auto first = std::max(one.first, two.first), end = std::min(one.end, two.end);
        if (one.marker == two.marker || first >= end) continue;
        if (2 * (end - first) < std::min(one.end - one.first, two.end - two.first)) continue;
        if (auto done = attempt({{one.marker, two.marker}}, first, end)) found.push_back(*std::move(done));
      }
      for (std::size_t i = 0; i < markers_; ++i) {
        if (i == one.marker || edges_of_[i].size() < 2 || !missing_in(i, one)) continue;
        if (auto done = attempt({{one.marker, i}}, one.first, one.end)) {
          done->share += 0.1;  // an exchange with a marker that is there explains more
          found.push_back(*std::move(done));
        }
      }
    }
    // Two pairs at once, where one alone restores nothing: a cluster's names turned round.
    std::vector<Run> together(runs_.begin(), runs_.end());
    constexpr std::size_t kMostTogether = 24;
    if (together.size() <= kMostTogether) {
      for (std::size_t a = 0; a < together.size(); ++a) {
        for (std::size_t b = a + 1; b < together.size(); ++b) {
          for (std::size_t c = a + 1; c < together.size(); ++c) {
            for (std::size_t d = c + 1; d < together.size(); ++d) {
              if (c == b || d == b) continue;
              const Run* four[] = {&together[a], &together[b], &together[c], &together[d]};
              std::size_t first = 0, end = positions_.rows();
              bool distinct = true;
              for (int i = 0; i < 4; ++i) {
                first = std::max(first, four[i]->first);
                end = std::min(end, four[i]->end);
                for (int k = 0; k < i; ++k) distinct = distinct && four[i]->marker != four[k]->marker;
              }
              if (!distinct || first >= end) continue;
              if (auto done = attempt({{four[0]->marker, four[1]->marker}, {four[2]->marker, four[3]->marker}}, first, end)) {
                done->share += 0.05;
                found.push_back(*std::move(done));
              }
            }
          }
        }
      }
    }
    std::sort(found.begin(), found.end(), [](const auto& x, const auto& y) { return x.share < y.share; });
    for (auto& one : found) {
      bool free = true;
      const auto mine = [&](const Run& run) {
        if (run.first >= one.end || run.end <= one.first) return false;
        return std::any_of(one.pairs.begin(), one.pairs.end(), [&](const Pair& p) { return p.first == run.marker || p.second == run.marker; });
      };
      for (const auto& run : runs_) free = free && !(mine(run) && run.explained);
      if (!free) continue;
      for (auto& run : runs_) {
        if (mine(run)) run.explained = true;
      }
      add_exchange(one.pairs, one.first, one.end, one.off_m, one.restored_m);
    }
  }

  void add_exchange(const std::vector<Pair>& pairs, std::size_t first, std::size_t end, double off_m, double restored_m) {
    LabelFault fault{LabelFaultKind::exchange, pairs, first, end, off_m, restored_m};
    for (auto& [a, b] : fault.pairs) {
      if (a > b) std::swap(a, b);
    }
    std::sort(fault.pairs.begin(), fault.pairs.end());
    for (const auto& known : out_) {
      if (known.pairs == fault.pairs && known.first < end && first < known.end) return;
    }
    out_.push_back(std::move(fault));
  }

  // Paths that go on under another name: no distance to others is needed.
  void find_taken_over() {
    std::vector<std::vector<std::size_t>> turns(markers_ * markers_);
    const auto longest = static_cast<std::size_t>(std::max(1.0, kLongestGap_s * rate_hz_));
    std::vector<std::size_t> last(markers_, positions_.rows());  // frame in which a marker was seen last
    std::vector<Point> expected(markers_);
    for (std::size_t f = 0; f < positions_.rows(); ++f) {
      std::vector<std::size_t> moved;
      for (std::size_t i = 0; i < markers_; ++i) {
        if (!seen(f, i) || last[i] == positions_.rows() || f - last[i] > longest) continue;
        expected[i] = ahead(last[i], i, f);
        if (apart(at(f, i), expected[i]) > kLeastApart_m) moved.push_back(i);
      }
      std::vector<std::pair<double, Pair>> taken;
      for (std::size_t p = 0; p < moved.size(); ++p) {
        for (std::size_t q = p + 1; q < moved.size(); ++q) {
          const auto i = moved[p], k = moved[q];
          const double own = apart(at(f, i), expected[i]) + apart(at(f, k), expected[k]);
          const double others = apart(at(f, i), expected[k]) + apart(at(f, k), expected[i]);
          if (others < kTakenOver * own && apart(expected[i], expected[k]) > kLeastApart_m) taken.push_back({others, {i, k}});
        }
      }
      // Where whole limbs change places, every marker goes to one other: the nearest.
      std::sort(taken.begin(), taken.end());
      std::vector<bool> gone(markers_, false);
      for (const auto& [distance, pair] : taken) {
        if (gone[pair.first] || gone[pair.second]) continue;
        gone[pair.first] = gone[pair.second] = true;
        turns[pair.first * markers_ + pair.second].push_back(f);
      }
      for (std::size_t i = 0; i < markers_; ++i) {
        if (seen(f, i)) last[i] = f;
      }
    }
    for (std::size_t i = 0; i < markers_; ++i) {
      for (std::size_t k = i + 1; k < markers_; ++k) add_turns(i, k, turns[i * markers_ + k]);
    }
  }

  // Where a marker is going, from the frame in which it was seen last.
  Point ahead(std::size_t from, std::size_t marker, std::size_t frame) const {
    auto out = at(from, marker);
    if (from == 0 || !seen(from - 1, marker)) return out;
    const auto before = at(from - 1, marker);
    for (std::size_t k = 0; k < 3; ++k) out[k] += (out[k] - before[k]) * static_cast<double>(frame - from);
    return out;
  }

  // Between turns, names are alternately right and wrong; wrong is what distances say, else the shorter part.
  void add_turns(std::size_t i, std::size_t k, const std::vector<std::size_t>& turns) {
    if (turns.empty()) return;
    std::vector<std::size_t> edges = {0};
    edges.insert(edges.end(), turns.begin(), turns.end());
    edges.push_back(positions_.rows());
    std::size_t length[2] = {0, 0}, bad[2] = {0, 0};
    for (std::size_t p = 0; p + 1 < edges.size(); ++p) {
      length[p % 2] += edges[p + 1] - edges[p];
      bad[p % 2] += count({i, k}, edges[p], edges[p + 1], nullptr).bad;
    }
    // Distances decide where most of one part's are off; limbs that change places whole keep theirs.
    const bool tell = std::max(bad[0], bad[1]) > 10 + 3 * std::min(bad[0], bad[1]);
    const std::size_t wrong = tell ? (bad[0] > bad[1] ? 0 : 1) : length[0] < length[1] ? 0 : 1;
    std::vector<std::size_t> place(markers_);
    for (std::size_t m = 0; m < markers_; ++m) place[m] = m;
    std::swap(place[i], place[k]);
    for (std::size_t p = wrong; p + 1 < edges.size(); p += 2) {
      const auto before = count({i, k}, edges[p], edges[p + 1], nullptr), after = count({i, k}, edges[p], edges[p + 1], &place);
      add_exchange({{i, k}}, edges[p], edges[p + 1], typical(before.off_m), typical(after.off_m));
      for (auto& run : runs_) {
        if ((run.marker == i || run.marker == k) && run.first < edges[p + 1] && edges[p] < run.end) run.explained = true;
      }
    }
  }

  // Exchanges of the same time are one.
  void join_exchanges() {
    const double same = std::max(1.0, kSameTime_s * rate_hz_);
    const auto near = [&](std::size_t x, std::size_t y) { return std::abs(static_cast<double>(x) - static_cast<double>(y)) <= same; };
    std::vector<LabelFault> joined;
    for (auto& fault : out_) {
      auto place = std::find_if(joined.begin(), joined.end(), [&](const LabelFault& other) {
        return fault.kind == LabelFaultKind::exchange && other.kind == fault.kind && near(other.first, fault.first) && near(other.end, fault.end);
      });
      if (place == joined.end()) {
        joined.push_back(std::move(fault));
        continue;
      }
      for (const auto& pair : fault.pairs) {
        if (std::find(place->pairs.begin(), place->pairs.end(), pair) == place->pairs.end()) place->pairs.push_back(pair);
      }
      if (fault.off_m > place->off_m) {
        place->off_m = fault.off_m;
        place->restored_m = fault.restored_m;
      }
    }
    out_ = std::move(joined);
  }

  base::MatrixView<const double> positions_;
  double rate_hz_;
  std::size_t markers_;
  std::vector<Edge> edges_;
  std::vector<std::vector<std::size_t>> edges_of_;  // by marker
  std::vector<Run> runs_;
  std::vector<LabelFault> out_;
};

}  // namespace

std::vector<LabelFault> find_label_faults(base::MatrixView<const double> positions, double rate_hz) {
  require(positions.columns() % 3 == 0, "find_label_faults: columns are not x, y, z of markers");
  require(rate_hz > 0 && std::isfinite(rate_hz), "find_label_faults: the rate has to be above 0 Hz");
  if (positions.rows() < 3 || positions.columns() < 9) return {};
  return Search(positions, rate_hz).find();
}

}  // namespace kinemyo::signal
