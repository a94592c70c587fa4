// Plug-in-Gait angles by geometry beside those that Nexus wrote into the same files.
#include <algorithm>

#include "bench/accuracy/accuracy.h"
#include "bench/accuracy/walks.h"
#include "kinemyo/body/plug_in_gait.h"

namespace kinemyo::bench {

void gait() {
  std::vector<double> worst, without_tape, with_static, nothing;
  for (const auto& walk : read_walks()) {
    const auto& markers = walk.markers;
    const auto tape = body::gait_measures(walk.measures);
    const auto offsets = body::fit_foot_offsets(walk.standing, walk.up, body::gait_measures(walk.standing_measures));
    const auto exact = body::plug_in_gait_angles(markers, tape, offsets);
    double most = 0;
    for (const char* channel : kJoints) {
      for (const std::size_t plane : {0u, 1u, 2u}) most = std::max(most, rms_deg(exact, walk.angles, channel, plane));
    }
    worst.push_back(most);
    std::vector<std::string> estimated;
    auto measures = body::complete_measures({}, markers, estimated);
    nothing.push_back(sagittal_deg(body::plug_in_gait_angles(markers, measures, body::estimate_foot_offsets(markers, walk.up, measures)), walk.angles));
    measures = body::complete_measures({}, walk.standing, estimated);
    with_static.push_back(sagittal_deg(body::plug_in_gait_angles(markers, measures, body::fit_foot_offsets(walk.standing, walk.up, measures)), walk.angles));
  }
  const std::string over = "biomechzoo, " + std::to_string(worst.size()) + " walking trials of 9 people; nothing is fitted";
  print({"Plug-in-Gait with tape and static trial: worst of hip, knee, ankle, 3 planes, both sides", *std::max_element(worst.begin(), worst.end()), "deg", 0.05, NAN, over, worst, 4});
  print({"Plug-in-Gait without tape or static trial: sag", mean(nothing), "deg", 1.0, NAN, over, nothing});
  print({"Plug-in-Gait without tape, with static markers: sag", mean(with_static), "deg", 0.5, NAN, over, with_static});
}

}  // namespace kinemyo::bench
