#pragma once

#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

#include "kinemyo/base/matrix.h"

namespace kinemyo::signal {

enum class LabelFaultKind {
  exchange,  ///< markers bear each other's names
  jump,      ///< a marker is elsewhere on its segment, or off it
};

/// Markers that are, for some frames, not where their names say. Units: frames, m.
struct LabelFault {
  LabelFaultKind kind = LabelFaultKind::jump;
  /// exchange: the pairs whose names are exchanged, all at once (several: a flip); jump: the marker, twice.
  std::vector<std::pair<std::size_t, std::size_t>> pairs;
  std::size_t first = 0, end = 0;
  double off_m = 0;       ///< how far distances to its neighbours are off, typically; of the worst of its markers
  double restored_m = 0;  ///< exchange: the same with the names exchanged back
};

/// Finds exchanged names and jumps within one trial, without a model: from distances to the markers that move with
/// a marker, as they are in most frames of the trial, and from paths that go on under another name from one frame to the next.
/// What lasts for more than half of the trial cannot be told from what is right: compare layouts for that.
/// Shape: frames x (markers * 3). Units: m, Hz. Missing: a marker with one NaN is missing in that frame.
/// Returned by first frame. Throws std::invalid_argument unless the columns are triples and the rate is above 0.
/// Cost: O(frames * markers) where names are right, O(markers^2) a frame in which all jump; distances are learnt from at most
/// 400 frames, O(markers^2) each. Spans in which n markers are off: O(n * (n + markers)) tries, and of two pairs at once
/// O(n^4) where there are at most 24.
std::vector<LabelFault> find_label_faults(base::MatrixView<const double> positions, double rate_hz);

/// The distances between a trial's markers. Shape: markers x markers; NaN where two are hardly seen together. Units: m.
struct MarkerLayout {
  base::Matrix<double> distance_m;  ///< median
  base::Matrix<double> spread_m;    ///< 1.4826 times the median absolute deviation
};

/// Shape, Missing and Throws: as above.
MarkerLayout measure_layout(base::MatrixView<const double> positions);

/// Names that are exchanged throughout a trial, against the same person's other trials.
struct LayoutExchange {
  std::vector<std::pair<std::size_t, std::size_t>> pairs;
  double off_m = 0;       ///< largest of the distances that are off, against the other trials
  double restored_m = 0;  ///< that distance's error with the names exchanged back
};

/// Compares layouts of the same markers in the same order (NaN where a trial lacks one): for every trial, the exchanges of
/// one or two pairs that bring its distances back to those of most trials. Of two trials, the second against the first.
/// Throws std::invalid_argument unless all have one size.
std::vector<std::vector<LayoutExchange>> compare_layouts(const std::vector<MarkerLayout>& layouts);

}  // namespace kinemyo::signal
