// One person's recordings teach, another person's test: markers to OpenSim's coordinates.
#include <algorithm>
#include <cmath>

#include "bench/accuracy/accuracy.h"
#include "bench/learned/learned.h"

namespace kinemyo::bench {

namespace {

bool informative(const std::string& name) {
  return !name.starts_with("pelvis_tx") && !name.starts_with("pelvis_ty") && !name.starts_with("pelvis_tz") && !name.ends_with("_beta") &&
         !name.starts_with("mtp_");
}

}  // namespace

void another_person() {
  auto trials = prepared("opencap_expert1");
  const std::string known = "opencap_expert1", tested = "LaiArnoldSubject5";
  std::erase_if(trials, [](const auto& trial) { return motion::to_string(trial.key).find("DJ/3") != std::string::npos || trial.angles.empty(); });
  for (auto& trial : trials) trial.key.subject = known;
  auto others = prepared("nimble", {tested});
  std::erase_if(others, [](const auto& trial) { return trial.angles.empty() || trial.markers.empty(); });
  for (auto& trial : others) {
    trial.key.subject = tested;
    trials.push_back(std::move(trial));
  }
  auto recipe = model::read_recipe("angles");
  recipe.targets = {};
  for (const auto& name : trials.front().angles.series.names()) {
    if (informative(name)) recipe.targets.coordinates.names.push_back(name);
  }
  study::CrossvalOptions how;
  how.only = {tested};
  const auto found = study::crossvalidate(trials, recipe, how);
  const auto table = angles_of(found.evaluation);
  const std::string over = "trained on opencap_expert1 (24 trials without DJ3), tested on LaiArnoldSubject5 (2 drop jumps), no label of his used; recipe angles";
  for (std::size_t m = 0; m < table.methods.size(); ++m) {
    Figure figure{"mean of " + std::to_string(table.channels.size()) + " coordinates, " + table.methods[m], table.scores[m].mean.rmse, "deg"};
    figure.over = over;
    for (const auto& one : table.scores[m].each) figure.spread.push_back(one.rmse);
    print(figure);
  }
  for (std::size_t c = 0; c < table.channels.size(); ++c) print({table.channels[c] + ", network", table.scores[0].each[c].rmse, "deg", NAN, NAN, over, {}});
}

}  // namespace kinemyo::bench
