#include "kinemyo/body/marker_faults.h"

#include <algorithm>
#include <cstdio>
#include <iterator>

#include "kinemyo/body/marker_steps.h"

namespace kinemyo::body {

std::string to_text(const MarkerFault& fault) {
  char text[160];
  const bool exchanged = fault.kind == MarkerFault::Kind::exchanged;
  std::snprintf(text, sizeof text, " from %.2f to %.2f s (%.0f mm %s)", fault.from_s, fault.to_s,
                1000 * fault.distance, exchanged ? "apart" : "at most");
  return exchanged
             ? fault.markers[0] + " and " + fault.markers[1] + " bear each other's names" + text
             : fault.markers[0] + " is away from its place" + text;
}

RepairedMarkers repair_markers(const Model& model, const motion::Series& markers) {
  const auto& of_model = model.markers();
  const auto shared = std::count_if(of_model.begin(), of_model.end(), [&](const auto& marker) {
    return markers.find(marker.name).has_value();
  });
  if (shared < 4) return {markers, {}};  // too few to know what is wrong
  MarkerTrack track(model, markers);
  std::vector<MarkerFault> faults;
  const auto add = [&](std::vector<MarkerFault> found) { std::move(found.begin(), found.end(), std::back_inserter(faults)); };
  add(exchange_by_paths(track));
  add(move_back_by_paths(track));
  track.track(model);
  add(put_names_right(track));
  add(take_out_displaced(track));
  if (faults.empty()) return {markers, {}};
  std::stable_sort(faults.begin(), faults.end(),
                   [](const auto& a, const auto& b) { return a.from_s < b.from_s; });
  return {track.series(), std::move(faults)};
}

}  // namespace kinemyo::body
