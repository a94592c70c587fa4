// A person whom no model was made for, enough markers: OpenSim's generic model scaled to them, then inverse kinematics. Nothing is
// learned, and no label is used.
#include <algorithm>
#include <cmath>
#include <map>
#include <vector>

#include "bench/accuracy/accuracy.h"
#include "bench/learned/learned.h"
#include "kinemyo/body/scaling.h"
#include "kinemyo/io/sto.h"
#include "kinemyo/io/trc.h"

namespace kinemyo::bench {

Labelled read_labelled(const std::filesystem::path& trial) {
  auto markers = trial, angles = trial;
  markers += ".trc";
  angles += ".mot";
  return {*io::read_trc(markers).find(motion::Quantity::position), *io::read_sto(angles).find(motion::Quantity::coordinate)};
}

Apart compare_with_labels(const body::Model& model, const std::vector<Labelled>& trials) {
  Apart out;
  for (const auto& trial : trials) {
    auto labels = trial.angles;
    bring_arms_back(labels);
    body::InverseKinematics solver(model, body::task_weights(model));
    auto found = body::fit_markers(solver, trial.markers).coordinates;
    bring_arms_back(found);
    for (std::size_t t = 0; t < labels.frames(); ++t) {
      const auto f = std::lround((labels.clock().time_s(t) - trial.markers.clock().start_s()) * trial.markers.clock().rate_hz());
      if (f < 0 || static_cast<std::size_t>(f) >= found.frames()) continue;
      const bool sound = !turns_an_arm_over(trial.angles, t);
      for (std::size_t c = 0; c < found.channels().size(); ++c) {
        const auto& name = found.channels()[c].name;
        const auto label = labels.find(name);
        if (!label || !informative(name)) continue;
        const double difference = difference_deg(found.at(static_cast<std::size_t>(f), c), labels.at(t, *label));
        out.all[name].add(difference);
        if (sound) out.sound[name].add(difference);
      }
    }
  }
  return out;
}

namespace {

void print_mean(const std::string& of, const std::map<std::string, Rms>& apart, double at_most, const std::string& over) {
  std::vector<double> each;
  double sum = 0;
  for (const auto& [name, rms] : apart) {
    each.push_back(rms.value());
    sum += rms.value();
  }
  print({"mean of " + std::to_string(each.size()) + " coordinates, " + of, sum / static_cast<double>(each.size()), "deg", at_most, NAN, over, each});
}

}  // namespace

void scaled_person() {
  const auto generic = opencap_model("generic");
  const auto folder = recordings("nimble") / "LaiArnoldSubject5";
  const std::vector<Labelled> jumps{read_labelled(folder / "DJ1"), read_labelled(folder / "DJ2")};
  const auto scaled_to = [&](const motion::Series& standing) { return body::fit_scale(generic, standing).model; };
  const std::string his_over = "generic.osim scaled to the stillest 0.2 s of LaiArnoldSubject5's first drop jump (there is no standing trial of his), on his 2 drop jumps; nothing is trained and no label used; when the solver starts anew was settled with these jumps in view";
  const auto his = compare_with_labels(scaled_to(body::stillest(jumps.front().markers)), jumps);
  print_mean("scaled model and inverse kinematics", his.all, NAN, his_over);
  print_mean("scaled model and inverse kinematics, frames with sound labels", his.sound, NAN, his_over + "; without the frames whose labels turn an arm over");
  std::vector<Labelled> trials;
  for (const auto& trial : opencap_trials()) trials.push_back(read_labelled(recordings("opencap_expert1") / trial));
  const std::string their_over = "generic.osim scaled to opencap_expert1, on 24 trials (without DJ3) against their .mot; nothing is trained and no label used; scaled to ";
  print_mean("opencap_expert1, scaled model and inverse kinematics", compare_with_labels(scaled_to(opencap_markers("static1")), trials).all, 4.5, their_over + "static1");
  print_mean("opencap_expert1, the same scaled without a standing trial", compare_with_labels(scaled_to(body::stillest(opencap_markers("DJ1"))), trials).all, 4.5, their_over + "the stillest 0.2 s of DJ1");
}

}  // namespace kinemyo::bench
