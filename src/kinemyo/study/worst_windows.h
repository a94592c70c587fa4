#pragma once

#include <cstddef>
#include <vector>

#include "kinemyo/study/evaluation.h"

namespace kinemyo::study {

/// A stretch of one output in one trial, and how far the first method is off in it.
struct Window {
  std::size_t trial = 0;    ///< in Evaluation::trials
  std::size_t channel = 0;  ///< in Evaluation::outputs
  std::size_t first = 0;    ///< frame
  std::size_t frames = 0;
  double rmse = 0;       ///< SI
  double severity = 0;   ///< rmse over the channel's standard deviation, so that angles and muscles compare
};

/// The windows of `seconds` (or the trial, if shorter) with the largest severity, the worst first; of each trial and channel
/// the worst one alone. Missing: windows of which less than half is measured do not count; constant and copied channels are
/// left out.
std::vector<Window> worst_windows(const Evaluation& evaluation, double seconds, std::size_t count);

}  // namespace kinemyo::study
