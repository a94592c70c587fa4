#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "kinemyo/base/matrix.h"
#include "kinemyo/signal/gaps.h"

namespace kinemyo::signal {

/// Where an invented position comes from.
enum class FillMethod {
  spline,      ///< the marker's own path on both sides
  neighbours,  ///< the markers that move with it, tied to its own path at the gap's edges
};

std::string_view to_string(FillMethod method);

/// What is filled. Units: s, m.
struct MarkerFillLimits {
  double spline_s = 0.2;        ///< longer gaps are never filled from the marker's own path alone
  double neighbours_s = 1.0;    ///< longer gaps stay missing
  double worst_error_m = 0.03;  ///< a gap whose error bar is wider stays missing
};

/// One gap of one marker that was filled.
struct MarkerFill {
  std::size_t marker = 0;
  Gap gap;
  FillMethod method = FillMethod::spline;
  /// The RMS error over the gap, as a distance, stays under this in 9 of 10 gaps: from gaps of the same length cut
  /// where the marker is measured, with the same markers missing. NaN where too little is measured to tell. Units: m.
  double error_bar_m = 0;
};

/// One gap of one marker that stays missing.
struct MarkerGapLeft {
  std::size_t marker = 0;
  Gap gap;
  double error_bar_m = 0;  ///< of the best fill, where it was too wide; else NaN
};

struct MarkerFills {
  std::vector<MarkerFill> filled;
  std::vector<MarkerGapLeft> left;
};

/// Fills gaps of markers, in place, gap by gap from what is measured alone. Candidates are a cubic spline, the
/// marker's place in the frame of its most rigid neighbours, and ridge regressions on the neighbours' places in that
/// frame, whose misfit at the gap's edges is carried across it. Each is tried on gaps of the same length cut elsewhere
/// in the trial; the fill is their mean, weighted by how well they did there.
/// Shape: frames x (markers * 3). Units: m, Hz. Missing: a marker with one NaN is missing whole, and stays so, NaN
/// whole, where it is not filled; gaps before the first or after the last measured frame stay.
/// Throws std::invalid_argument unless the columns are triples and the rate is above 0.
/// Cost: a gap takes some ms, whatever the trial's length: frames within 10 s of it teach.
MarkerFills fill_markers(base::MatrixView<double> positions, double rate_hz, const MarkerFillLimits& limits = {});

}  // namespace kinemyo::signal
