// Scaling OpenSim's generic model to a person by a standing trial; used on the person's other trials, names put right.
#include <algorithm>

#include "bench/accuracy/accuracy.h"
#include "bench/accuracy/walks.h"
#include "kinemyo/body/marker_faults.h"
#include "kinemyo/body/scaling.h"

namespace kinemyo::bench {

void scaling() {
  const auto generic = opencap_model("generic");
  const auto expert = opencap_model("hand_scaled");
  const auto scaled = body::fit_scale(generic, opencap_markers("static1")).model;
  std::vector<double> rms_mm, unscaled_mm;
  std::map<std::string, Rms> apart;
  Rms all_mm;
  for (const auto& trial : opencap_trials()) {
    const auto markers = body::repair_markers(expert, opencap_markers(trial)).markers;
    body::InverseKinematics by_hand(expert, body::task_weights(expert)), by_us(scaled, body::task_weights(scaled)), before(generic, body::task_weights(generic));
    const auto theirs = body::fit_markers(by_hand, markers), ours = body::fit_markers(by_us, markers);
    rms_mm.push_back(1000 * ours.rms);
    unscaled_mm.push_back(1000 * body::fit_markers(before, markers).rms);
    all_mm.add(1000 * ours.rms);
    for (const auto& channel : ours.coordinates.channels()) {
      const bool leg = channel.name.starts_with("pelvis") || channel.name.starts_with("hip") || channel.name.starts_with("knee") ||
                       channel.name.starts_with("ankle") || channel.name.starts_with("subtalar");
      if (channel.unit != "rad" || !leg || channel.name.ends_with("beta")) continue;
      const auto a = *ours.coordinates.find(channel.name), b = *theirs.coordinates.find(channel.name);
      for (std::size_t f = 0; f < markers.frames(); ++f) apart[channel.name].add(difference_deg(ours.coordinates.at(f, a), theirs.coordinates.at(f, b)));
    }
  }
  std::vector<double> by_coordinate;
  std::string worst;
  for (const auto& [name, rms] : apart) {
    if (by_coordinate.empty() || rms.value() > *std::max_element(by_coordinate.begin(), by_coordinate.end())) worst = name;
    by_coordinate.push_back(rms.value());
  }
  Rms together;
  for (const double value : by_coordinate) together.add(value);
  const std::string over = "opencap_expert1: fitted to static1, measured on 24 other trials";
  print({"scaling generic.osim: markers, RMS of all trials", all_mm.value(), "mm", 20, NAN, over, rms_mm, 1});
  print({"the same unscaled", mean(unscaled_mm), "mm", NAN, NAN, over, unscaled_mm, 1});
  print({"pelvis and leg angles beside the hand-scaled model's, RMS over coordinates", together.value(), "deg", 2, NAN, over, by_coordinate});
  print({"the coordinate that differs most (" + worst + ")", *std::max_element(by_coordinate.begin(), by_coordinate.end()), "deg", NAN, NAN, over});
}

}  // namespace kinemyo::bench
