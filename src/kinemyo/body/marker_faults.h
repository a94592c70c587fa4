#pragma once

#include <string>
#include <vector>

#include "kinemyo/body/chain.h"
#include "kinemyo/motion/series.h"

namespace kinemyo::body {

/// What is wrong with markers of a trial: labels that changed places, or a marker that is away from its place for a while.
struct MarkerFault {
  enum class Kind { exchanged, displaced };
  Kind kind = Kind::displaced;
  std::vector<std::string> markers;  ///< exchanged: two, each bearing the other's name; displaced: one
  double from_s = 0;
  double to_s = 0;
  double distance = 0;     ///< m: between the two; how far the one is away
  bool put_right = false;  ///< or else the marker was taken out meanwhile
};

/// "r_thigh3 and r_thigh5 bear each other's names from 0.00 to 2.39 s (56 mm apart)".
std::string to_text(const MarkerFault& fault);

struct RepairedMarkers {
  motion::Series markers;           ///< names put right, displaced ones moved back or missing
  std::vector<MarkerFault> faults;  ///< in the order of time
};

/// Finds markers that bear each other's names, throughout or for a while, and those that jump away from their segment and
/// back; puts the first right, and the second where they go and come by the same vector; takes out what is left. What only
/// stands elsewhere than the model has it is no fault.
/// Exchanged: each marker's path goes on where the other's came from; or the fit of all markers becomes much better when
/// the two change names. Displaced: off by 50 mm or more from
/// where the other markers put it, gone there and back within 0.05 s (or at an end of the trial or a gap).
/// With fewer than 4 of the model's markers nothing is looked for. Throws Error where fit_markers does. Cost: some inverse kinematics of the whole trial.
RepairedMarkers repair_markers(const Model& model, const motion::Series& markers);

}  // namespace kinemyo::body
