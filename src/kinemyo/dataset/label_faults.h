#pragma once

#include <string>
#include <utility>
#include <vector>

#include "kinemyo/motion/recording.h"
#include "kinemyo/signal/marker_labels.h"

namespace kinemyo::dataset {

/// A fault of markers' names in a trial. Units: s, on the recording's clock; m.
struct MarkerFault {
  signal::LabelFaultKind kind = signal::LabelFaultKind::jump;
  std::vector<std::pair<std::string, std::string>> pairs;  ///< names that are exchanged; of a jump the marker, twice
  std::size_t first = 0, end = 0;                           ///< frames; both 0: throughout the trial
  double from_s = 0, to_s = 0;
  double off_m = 0, restored_m = 0;
  bool throughout() const { return end == 0; }
};

/// "names of LTHI and LKNE are exchanged in frames 121 to 180 (1.2 to 1.79 s): distances off by 210 mm, 6 mm if
/// exchanged back"; frames count from 1.
std::string describe(const MarkerFault& fault);

/// Exchanged names and jumps in a recording's markers, points that were computed from markers left out: see signal::find_label_faults.
/// Uneven clocks are looked at where they are even but for left-out frames; elsewhere nothing is found.
std::vector<MarkerFault> find_marker_faults(const motion::Recording& recording);

/// The markers' layout of one trial, kept small until all trials of a person are known.
struct NamedLayout {
  std::vector<std::string> names;
  signal::MarkerLayout layout;
};

/// Empty where there are no markers (computed points left out) on an even clock.
NamedLayout layout_of(const motion::Recording& recording);
/// Of markers on an even clock.
NamedLayout layout_of(const motion::Series& markers);

/// Names that are exchanged throughout a trial, beside the other trials of the same person; one list a trial.
/// Markers that fewer than half of the trials have do not count. See signal::compare_layouts.
std::vector<std::vector<MarkerFault>> compare_trials(const std::vector<NamedLayout>& trials);

}  // namespace kinemyo::dataset
