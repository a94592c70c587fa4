#pragma once

#include <cmath>
#include <filesystem>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "kinemyo/base/random.h"
#include "kinemyo/features/channels.h"
#include "kinemyo/io/trc.h"
#include "kinemyo/signal/marker_gaps.h"

namespace kinemyo::signal {

// Gaps cut into trials, and their fills beside a cubic spline of the same markers: for the test and for `make gaps`.

struct CutGaps {
  double ours_m = 0, spline_m = 0, squares = 0, bars_m = 0;  // sums over gaps: RMS errors, their squares, error bars
  std::size_t gaps = 0, covered = 0, left = 0;
  // Of the error bar, both ways, in RMS errors.
  double width() const { return 2 * bars_m / static_cast<double>(gaps) / std::sqrt(squares / static_cast<double>(gaps)); }
};

// A trial's markers, points that were computed from others left out.
inline motion::Series physical_markers(const std::filesystem::path& trc) {
  const auto recording = io::read_trc(trc);
  const auto& markers = *recording.find(motion::Quantity::position);
  std::vector<std::string> names;
  for (const auto& name : markers.names()) {
    if (!features::is_computed_point(name)) names.push_back(name);
  }
  return markers.select(names);
}

// One gap at a random place, in so many random markers at once.
inline void cut_and_fill(const motion::Series& trial, std::size_t frames, std::size_t together, base::Random& random, CutGaps& out) {
  constexpr std::size_t kMargin = 5;
  const auto& truth = trial.values();
  if (truth.rows() < frames + 4 * kMargin) return;
  const auto first = kMargin + random.below(truth.rows() - frames - 2 * kMargin);
  std::vector<std::size_t> cut(trial.channels().size());
  for (std::size_t m = 0; m < cut.size(); ++m) cut[m] = m;
  for (std::size_t m = cut.size() - 1; m > 0; --m) std::swap(cut[m], cut[random.below(m + 1)]);
  cut.resize(together);
  auto ours = truth;
  for (const auto m : cut) {
    for (std::size_t f = first; f < first + frames; ++f) {
      for (std::size_t k = 0; k < 3; ++k) ours(f, 3 * m + k) = std::numeric_limits<double>::quiet_NaN();
    }
  }
  auto spline = ours;
  const auto done = fill_markers(ours.view(), trial.clock().rate_hz());
  fill_gaps(spline.view(), trial.clock().rate_hz(), 10, Interpolation::cubic);
  out.left += done.left.size();
  for (const auto& fill : done.filled) {
    double mine = 0, theirs = 0;
    for (std::size_t f = first; f < first + frames; ++f) {
      for (std::size_t k = 0; k < 3; ++k) {
        const auto column = 3 * fill.marker + k;
        mine += std::pow(ours(f, column) - truth(f, column), 2) / static_cast<double>(frames);
        theirs += std::pow(spline(f, column) - truth(f, column), 2) / static_cast<double>(frames);
      }
    }
    out.ours_m += std::sqrt(mine);
    out.spline_m += std::sqrt(theirs);
    out.squares += mine;
    out.bars_m += fill.error_bar_m;
    out.covered += std::sqrt(mine) <= fill.error_bar_m ? 1 : 0;
    ++out.gaps;
  }
}

}  // namespace kinemyo::signal
