#pragma once

#include <vector>

#include "kinemyo/dataset/prepare.h"
#include "kinemyo/motion/series.h"

namespace kinemyo::dataset {

/// Judges the channels of EMG series (each on an even clock), makes envelopes of the usable ones at their own rate and
/// puts them on the timeline, later by the electromechanical delay; onsets become events where asked for. Fills
/// the trial's EMG, scores and what was left out; adds to `report`.
/// Throws Error when a rate cannot hold the band.
void add_envelopes(const std::vector<motion::Series>& parts, const motion::Clock& timeline,
                   const PrepareSettings& settings, PreparedTrial& trial, TrialReport& report);

}  // namespace kinemyo::dataset
