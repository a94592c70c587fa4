#include "kinemyo/signal/marker_gaps.h"

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "kinemyo/base/error.h"
#include "kinemyo/base/median.h"
#include "kinemyo/signal/marker_neighbours.h"

namespace kinemyo::signal {

namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr std::size_t kMostCuts = 40;      // trial gaps for one real gap
constexpr std::size_t kFewestCuts = 5;     // fewer tell nothing
constexpr std::size_t kSplineReach = 12;   // measured frames on each side that shape a spline
constexpr double kCovered = 0.91;          // quantile of the trial gaps' errors: 9 of 10, and what few cuts hide
constexpr double kSharpness = 4;           // weight of a candidate: its mean square error to this power, inverted
constexpr double kClearlyBetter = 0.5;     // mean square error against the spline's, for neighbours to be asked at all
constexpr double kDoubtFloor = 0.4;        // candidates that agree may still all be wrong: share of the median doubt
constexpr double kFewCuts = 1.5;           // cuts that overlap tell less: the bar grows with gap / measured frames
constexpr double kSplineAlone_s = 0.025;   // in shorter gaps nothing beats the marker's own path
constexpr double kReach_s = 10;            // measured before and after a gap teach, but not more ...
constexpr std::size_t kReachFrames = 1500; // ... frames than these, beside four times the gap
constexpr double kTiny = 1e-15;

using Points = Eigen::Matrix<double, Eigen::Dynamic, 3, Eigen::RowMajor>;

// A cubic spline through `track` (frames x 3) over [first, first + count), from measured frames near it only.
Points bridge(const Points& track, const std::vector<char>& known, std::size_t first, std::size_t count, bool curved) {
  std::vector<double> x;
  std::vector<std::size_t> frames;
  const auto after = first + count;
  const std::size_t reach = curved ? kSplineReach : 1;
  for (std::size_t f = first, n = 0; f-- > 0 && n < reach && f + 3 * reach + 1 > first;) {
    if (known[f] != 0) frames.push_back(f), ++n;
  }
  std::reverse(frames.begin(), frames.end());
  const auto size = static_cast<std::size_t>(track.rows());
  for (std::size_t f = after, n = 0; f < size && n < reach && f < after + 3 * reach; ++f) {
    if (known[f] != 0) frames.push_back(f), ++n;
  }
  for (const auto f : frames) x.push_back(static_cast<double>(f));
  std::vector<double> wanted(count), y(frames.size());
  for (std::size_t i = 0; i < count; ++i) wanted[i] = static_cast<double>(first + i);
  Points out(static_cast<Eigen::Index>(count), 3);
  for (int k = 0; k < 3; ++k) {
    for (std::size_t i = 0; i < frames.size(); ++i) y[i] = track(static_cast<Eigen::Index>(frames[i]), k);
    const auto curve = interpolate(x, y, wanted, curved ? Interpolation::cubic : Interpolation::linear);
    for (std::size_t i = 0; i < count; ++i) out(static_cast<Eigen::Index>(i), k) = curve[i];
  }
  return out;
}

double mean_square(const Points& a, const Points& b) {
  return (a - b).rowwise().squaredNorm().mean();
}

// All candidates' fills of one gap, real or cut.
std::vector<Points> candidates(const Points& track, const std::vector<char>& known, const Neighbours* neighbours,
                               std::size_t first, std::size_t count) {
  std::vector<Points> out;
  out.push_back(bridge(track, known, first, count, true));
  if (neighbours == nullptr) return out;
  const auto usable = neighbours->usable(known);
  for (const auto& told : neighbours->tell(track, known, first, count)) {
    for (const bool curved : {false, true}) {
      const Points misfit = bridge(told.misfit, usable, first, count, curved);
      out.push_back(neighbours->to_laboratory(told.inside + misfit, first));
    }
  }
  return out;
}

Points mix(const std::vector<Points>& fills, const std::vector<double>& weights) {
  Points out = Points::Zero(fills.front().rows(), 3);
  for (std::size_t i = 0; i < fills.size(); ++i) {
    if (weights[i] != 0) out += weights[i] * fills[i];
  }
  return out;
}

// First frames of gaps that can be cut where everything needed is measured, spread evenly.
std::vector<std::size_t> cuts_of(const std::vector<char>& usable, std::size_t count) {
  std::vector<std::size_t> all;
  std::size_t run = 0;
  for (std::size_t f = 0; f < usable.size(); ++f) {
    run = usable[f] != 0 ? run + 1 : 0;
    if (run >= count + 2) all.push_back(f - count);
  }
  if (all.size() <= kMostCuts) return all;
  std::vector<std::size_t> out;
  for (std::size_t i = 0; i < kMostCuts; ++i) out.push_back(all[i * (all.size() - 1) / (kMostCuts - 1)]);
  return out;
}

struct Fill {
  Points points;
  FillMethod method = FillMethod::spline;
  double error_bar_m = kNan;
};

// How far apart the candidates are, the better ones counting more: where they disagree, the fill is less sure.
double disagreement(const std::vector<Points>& fills, const std::vector<double>& mse, const Points& mixed) {
  double sum = 0, total = 0;
  for (std::size_t i = 0; i < fills.size(); ++i) {
    const double weight = 1 / (mse[i] + kTiny);
    sum += weight * mean_square(fills[i], mixed);
    total += weight;
  }
  return std::sqrt(sum / total);
}

// Weights of candidates from their mean square errors over the cuts; 0 for those that may not be taken.
std::vector<double> weigh(std::vector<double> mse, bool spline_may, bool neighbours_may) {
  constexpr double kNever = std::numeric_limits<double>::infinity();
  if (!spline_may) mse[0] = kNever;
  const double spline = mse[0];
  const double others = mse.size() > 1 ? *std::min_element(mse.begin() + 1, mse.end()) : kNever;
  if (spline < kNever && (!neighbours_may || others > kClearlyBetter * spline)) std::fill(mse.begin() + 1, mse.end(), kNever);
  const double best = *std::min_element(mse.begin(), mse.end());
  double total = 0;
  for (double& m : mse) {
    m = m < kNever ? std::pow((best + kTiny) / (m + kTiny), kSharpness) : 0;
    total += m;
  }
  for (double& w : mse) w /= total;
  return mse;
}

Fill fill_one(const Points& track, const std::vector<char>& known, const Neighbours* neighbours, const Gap& gap,
              bool spline_may, bool neighbours_may) {
  const auto usable = neighbours != nullptr ? neighbours->usable(known) : known;
  std::size_t count = gap.count;
  auto cuts = cuts_of(usable, count);
  while (cuts.size() < kFewestCuts && count > 1 && 8 * count > gap.count) {
    count = (count + 1) / 2;
    cuts = cuts_of(usable, count);
  }
  Fill out;
  if (cuts.size() < kFewestCuts) {  // nothing to learn from
    if (spline_may) out.points = bridge(track, known, gap.first, gap.count, true);
    return out;
  }
  std::vector<std::vector<Points>> tried;
  std::vector<Points> truths;
  std::vector<double> mse;
  for (const auto first : cuts) {
    auto without = known;
    std::fill_n(without.begin() + static_cast<std::ptrdiff_t>(first), count, char{0});
    tried.push_back(candidates(track, without, neighbours, first, count));
    truths.push_back(track.middleRows(static_cast<Eigen::Index>(first), static_cast<Eigen::Index>(count)));
    mse.resize(tried.back().size(), 0);
    for (std::size_t i = 0; i < mse.size(); ++i) mse[i] += mean_square(tried.back()[i], truths.back());
  }
  const auto weights = weigh(mse, spline_may, neighbours_may);
  std::vector<double> errors, doubts;
  for (std::size_t c = 0; c < cuts.size(); ++c) {
    const Points mixed = mix(tried[c], weights);
    errors.push_back(std::sqrt(mean_square(mixed, truths[c])));
    doubts.push_back(disagreement(tried[c], mse, mixed));
  }
  const auto fills = candidates(track, known, neighbours, gap.first, gap.count);
  out.points = mix(fills, weights);
  out.method = weights[0] > 0.5 ? FillMethod::spline : FillMethod::neighbours;
  const double floor = kDoubtFloor * base::median(doubts) + kTiny;
  std::vector<double> ratios;
  for (std::size_t c = 0; c < cuts.size(); ++c) ratios.push_back(errors[c] / (doubts[c] + floor));
  std::sort(ratios.begin(), ratios.end());
  const auto rank = static_cast<std::size_t>(std::ceil(kCovered * static_cast<double>(ratios.size() + 1)));
  const double ratio = ratios[std::min(rank, ratios.size()) - 1];
  const auto seen = static_cast<double>(std::count(usable.begin(), usable.end(), char{1}));
  const double few = 1 + kFewCuts * static_cast<double>(count) / seen;
  const double longer = static_cast<double>(gap.count) / static_cast<double>(count);
  out.error_bar_m = ratio * (disagreement(fills, mse, out.points) + floor) * few * longer;
  return out;
}

}  // namespace

std::string_view to_string(FillMethod method) {
  return method == FillMethod::spline ? "spline" : "other markers";
}

MarkerFills fill_markers(base::MatrixView<double> positions, double rate_hz, const MarkerFillLimits& limits) {
  require(positions.columns() % 3 == 0, "fill_markers: columns come in threes, x y z");
  require(std::isfinite(rate_hz) && rate_hz > 0, "fill_markers: the rate has to be above 0");
  const std::size_t markers = positions.columns() / 3;
  for (std::size_t f = 0; f < positions.rows(); ++f) {
    for (std::size_t m = 0; m < markers; ++m) {
      auto point = positions.row(f).subspan(3 * m, 3);
      if (std::isnan(point[0] + point[1] + point[2])) std::fill(point.begin(), point.end(), kNan);
    }
  }
  MarkerFills out;
  std::vector<std::pair<std::size_t, Points>> invented;  // index into out.filled; written when all are known
  for (std::size_t m = 0; m < markers; ++m) {
    std::vector<double> x(positions.rows());
    for (std::size_t f = 0; f < x.size(); ++f) x[f] = positions(f, 3 * m);
    for (const auto& gap : find_gaps(x)) {
      const auto after = gap.first + gap.count;
      const double lasts_s = static_cast<double>(gap.count) / rate_hz;
      const bool spline_may = lasts_s <= limits.spline_s * (1 + 1e-9);
      const bool inside = gap.first > 0 && after < positions.rows();
      if (!inside || (!spline_may && lasts_s > limits.neighbours_s * (1 + 1e-9))) {
        out.left.push_back({m, gap, kNan});
        continue;
      }
      const auto reach = std::min(static_cast<std::size_t>(kReach_s * rate_hz), kReachFrames) + 4 * gap.count;
      const std::size_t from = gap.first > reach ? gap.first - reach : 0;
      const std::size_t to = std::min(positions.rows(), after + reach);
      const auto window = base::MatrixView<const double>(positions).rows_from(from, to - from);
      Points track(static_cast<Eigen::Index>(window.rows()), 3);
      std::vector<char> known(window.rows());
      for (std::size_t f = 0; f < window.rows(); ++f) {
        for (std::size_t k = 0; k < 3; ++k) track(static_cast<Eigen::Index>(f), static_cast<Eigen::Index>(k)) = window(f, 3 * m + k);
        known[f] = std::isnan(window(f, 3 * m)) ? 0 : 1;
      }
      const Gap here{gap.first - from, gap.count};
      const auto neighbours = Neighbours::find(window, m, here);
      auto fill = fill_one(track, known, neighbours ? &*neighbours : nullptr, here, spline_may, lasts_s > kSplineAlone_s);
      if (fill.points.rows() == 0 || !fill.points.allFinite() || fill.error_bar_m > limits.worst_error_m ||
          (!neighbours && !spline_may)) {
        out.left.push_back({m, gap, fill.error_bar_m});
        continue;
      }
      out.filled.push_back({m, gap, fill.method, fill.error_bar_m});
      invented.emplace_back(out.filled.size() - 1, std::move(fill.points));
    }
  }
  for (const auto& [index, points] : invented) {
    const auto& fill = out.filled[index];
    for (std::size_t i = 0; i < fill.gap.count; ++i) {
      for (std::size_t k = 0; k < 3; ++k) {
        positions(fill.gap.first + i, 3 * fill.marker + k) = points(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(k));
      }
    }
  }
  return out;
}

}  // namespace kinemyo::signal
