// One person's recordings teach, another person's test: markers to OpenSim's coordinates.
#include <algorithm>
#include <cmath>
#include <map>

#include "bench/accuracy/accuracy.h"
#include "bench/learned/learned.h"

namespace kinemyo::bench {

bool informative(const std::string& name) {
  return !name.starts_with("pelvis_tx") && !name.starts_with("pelvis_ty") && !name.starts_with("pelvis_tz") && !name.ends_with("_beta") &&
         !name.starts_with("mtp_");
}

namespace {

constexpr double kHalfTurn = 180 / kDegrees;

bool is_over(double adduction) { return std::abs(adduction) > kHalfTurn / 2; }

}  // namespace

bool turns_an_arm_over(const motion::Series& angles, std::size_t frame) {
  for (const auto* name : {"arm_add_r", "arm_add_l"}) {
    const auto adduction = angles.find(name);
    if (adduction && is_over(angles.at(frame, *adduction))) return true;
  }
  return false;
}

void bring_arms_back(motion::Series& angles) {
  for (const std::string side : {"r", "l"}) {
    const auto flexion = angles.find("arm_flex_" + side), adduction = angles.find("arm_add_" + side), rotation = angles.find("arm_rot_" + side);
    if (!flexion || !adduction || !rotation) continue;
    for (std::size_t f = 0; f < angles.frames(); ++f) {
      if (!is_over(angles.at(f, *adduction))) continue;
      angles.at(f, *flexion) = std::remainder(angles.at(f, *flexion) + kHalfTurn, 2 * kHalfTurn);
      angles.at(f, *adduction) = std::remainder(kHalfTurn - angles.at(f, *adduction), 2 * kHalfTurn);
      angles.at(f, *rotation) = std::remainder(angles.at(f, *rotation) + kHalfTurn, 2 * kHalfTurn);
    }
  }
}

namespace {

double rms_deg(const study::Evaluation& evaluation, std::size_t method, std::size_t channel) {
  Rms rms;
  for (const auto& trial : evaluation.trials) {
    for (std::size_t f = 0; f < trial.truth.rows(); ++f) rms.add(difference_deg(trial.predicted[method](f, channel), trial.truth(f, channel)));
  }
  return rms.value();
}

}  // namespace

void another_person() {
  auto trials = prepared("opencap_expert1");
  const std::string known = "opencap_expert1", tested = "LaiArnoldSubject5";
  std::erase_if(trials, [](const auto& trial) { return motion::to_string(trial.key).find("DJ/3") != std::string::npos || trial.angles.empty(); });
  for (auto& trial : trials) trial.key.subject = known;
  auto others = prepared("nimble", {tested});
  std::erase_if(others, [](const auto& trial) { return trial.angles.empty() || trial.markers.empty(); });
  std::map<std::string, std::vector<bool>> over_in;  // by trial, frames whose labels turn an arm over
  for (auto& trial : others) {
    trial.key.subject = tested;
    for (std::size_t f = 0; f < trial.angles.series.frames(); ++f) {
      over_in[motion::to_string(trial.key)].push_back(turns_an_arm_over(trial.angles.series, f));
    }
    bring_arms_back(trial.angles.series);
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
  const auto& evaluation = found.evaluation;
  const std::string over = "trained on opencap_expert1 (24 trials without DJ3), tested on LaiArnoldSubject5 (2 drop jumps), no label of his used; recipe angles; differences the short way round; in 1 of his trials the labels' solver turned both arms over, which is undone";
  const auto print_means = [&](const study::Evaluation& what, const std::string& which, const std::string& said) {
    for (std::size_t m = 0; m < what.methods.size(); ++m) {
      Figure figure{"mean of " + std::to_string(what.outputs.size()) + " coordinates, " + what.methods[m] + which, 0, "deg"};
      figure.over = said;
      for (std::size_t c = 0; c < what.outputs.size(); ++c) figure.spread.push_back(rms_deg(what, m, c));
      for (const double one : figure.spread) figure.value += one / static_cast<double>(figure.spread.size());
      print(figure);
    }
  };
  print_means(evaluation, "", over);
  auto sound = evaluation;
  for (auto& trial : sound.trials) {
    const auto& flags = over_in.at(motion::to_string(trial.key));
    for (std::size_t f = 0; f < trial.truth.rows(); ++f) {
      if (flags.at(f)) std::fill_n(trial.truth.row(f).begin(), trial.truth.columns(), NAN);
    }
  }
  print_means(sound, ", frames with sound labels", over + "; without the frames in which they did");
  scaled_person();
  for (std::size_t c = 0; c < evaluation.outputs.size(); ++c) {
    std::vector<double> trials_apart;
    for (const auto& trial : evaluation.trials) {
      study::Evaluation one;
      one.trials = {trial};
      trials_apart.push_back(rms_deg(one, 0, c));
    }
    print({evaluation.outputs[c].name + ", network", rms_deg(evaluation, 0, c), "deg", NAN, NAN, over, trials_apart});
  }
}

}  // namespace kinemyo::bench
