#pragma once

#include <string>
#include <vector>

#include "kinemyo/report/metrics.h"
#include "kinemyo/study/evaluation.h"

namespace kinemyo::study {

/// The scores of one kind of output (angles, translations, muscles), methods side by side, in people's units.
struct ScoreTable {
  std::string title;  ///< "Joint angles", ...
  std::string unit;   ///< "deg", "mm", "% of reference", "mV"
  std::vector<std::string> methods;
  std::vector<std::string> channels;
  std::vector<report::Scores> scores;  ///< one a method, over all frames of all trials
  struct Group {
    std::string name;
    std::vector<report::Scores> scores;  ///< one a method
  };
  std::vector<Group> subjects;
  std::vector<Group> activities;
  std::vector<report::Spread> rmse_over_subjects;  ///< one a method, of the mean over channels
  /// Share of frames whose truth lies in the network's interval of 90 %, one a channel; NaN where it knows none. Empty: no channel has one.
  std::vector<double> held;
  double mean_held = 0;  ///< over channels
  /// Hip, knee and ankle in the sagittal plane, both sides; empty where a table has none of them.
  struct Sagittal {
    std::vector<std::string> channels;
    std::vector<double> hip, knee, ankle, mean;  ///< RMSE, one a method; NaN where a joint has no channel
    std::vector<report::Spread> mean_over_subjects;
  };
  Sagittal sagittal;
};

/// Multiply SI values of a unit to get what people read.
struct PeoplesUnit {
  std::string name;
  double factor = 1;
};
PeoplesUnit peoples_unit(const std::string& si);

/// One table a kind of output, angles first.
std::vector<ScoreTable> tabulate(const Evaluation& evaluation);

}  // namespace kinemyo::study
