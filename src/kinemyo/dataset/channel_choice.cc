// Which channels a recipe means, by what the trials hold.
#include <algorithm>
#include <set>

#include "kinemyo/base/text.h"
#include "kinemyo/body/names.h"
#include "kinemyo/dataset/examples.h"
#include "kinemyo/features/channels.h"

namespace kinemyo::dataset {

namespace {

using Names = std::vector<std::string>;

bool contains(const Names& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

Names without_computed(Names names) {
  std::erase_if(names, [](const std::string& name) { return features::is_computed_point(name); });
  return names;
}

// Names that all trials have that have any at all, in the order of the first such trial.
Names in_all(const std::vector<PreparedTrial>& trials, Marked PreparedTrial::*part) {
  Names out;
  bool first = true;
  for (const auto& trial : trials) {
    const Names names = (trial.*part).series.names();
    if (names.empty()) continue;
    if (first) {
      out = names;
      first = false;
    }
    std::erase_if(out, [&](const std::string& name) { return !contains(names, name); });
  }
  return out;
}

Names common_coordinates(const std::vector<PreparedTrial>& trials) { return in_all(trials, &PreparedTrial::angles); }

Names in_any(const std::vector<PreparedTrial>& trials, Marked PreparedTrial::*part) {
  Names out;
  for (const auto& trial : trials) {
    for (const auto& name : (trial.*part).series.names()) {
      if (!contains(out, name)) out.push_back(name);
    }
  }
  return out;
}

Names common_emg(const std::vector<PreparedTrial>& trials) { return in_any(trials, &PreparedTrial::emg); }

Names common_markers(const std::vector<PreparedTrial>& trials) {
  Names common = without_computed(in_all(trials, &PreparedTrial::markers));
  for (const char* set : {"opencap-51", "original-42", "plug-in-gait-20"}) {
    const Names known = without_computed(*body::named_set(set));
    if (std::all_of(known.begin(), known.end(), [&](const std::string& name) { return contains(common, name); })) {
      return known;
    }
  }
  return common;
}

// Angles that all trials have, translations not among them. Of Plug-in-Gait's long lists of outputs, the joints that
// its markers tell: those of other models (foot, trunk) have markers of their own, and what is measured against the
// laboratory (pelvis, foot progression) cannot be seen in a frame that turns with the body.
Names common_angles(const std::vector<PreparedTrial>& trials) {
  Names common = in_all(trials, &PreparedTrial::angles);
  Names joints;
  for (const char* side : {"L", "R"}) {
    for (const char* joint : {"HipAngles_", "KneeAngles_", "AnkleAngles_"}) {
      for (const char* axis : {"x", "y", "z"}) joints.push_back(std::string(side) + joint + axis);
    }
  }
  if (std::all_of(joints.begin(), joints.end(), [&](const std::string& name) { return contains(common, name); })) {
    return joints;
  }
  for (const auto& trial : trials) {
    const auto& series = trial.angles.series;
    std::erase_if(common, [&](const std::string& name) {
      const auto channel = series.find(name);
      return channel && series.channels()[*channel].unit == "m";
    });
  }
  return common;
}

Names of_set(const model::ChannelChoice& choice, const char* what) {
  if (choice.set.empty()) return choice.names;
  if (const auto* names = body::named_set(choice.set)) return *names;
  throw Error(std::string(what) + ": there is no set named " + base::quoted(choice.set) + "; there are common, " +
              base::join(body::named_sets()));
}

// Throws Error unless some trial has every name.
void check_targets(const Names& names, const std::vector<PreparedTrial>& trials, Marked PreparedTrial::*part,
                   const char* what) {
  const Names held = in_any(trials, part);
  Names missing;
  for (const auto& name : names) {
    if (features::find_scalar(held, name)) continue;
    const auto near = base::nearest(name, held);
    missing.push_back(near ? name + " (there is " + *near + ")" : name);
  }
  if (!missing.empty()) {
    throw Error(std::string("no training trial has the ") + what + " that the recipe asks for: " + base::join(missing));
  }
}

model::ChannelChoice resolved(const model::ChannelChoice& choice, const std::vector<PreparedTrial>& trials,
                              Marked PreparedTrial::*part, const char* what, Names (*common)(const std::vector<PreparedTrial>&)) {
  if (choice.empty()) return {};
  Names names;
  if (choice.set != "common") {
    names = of_set(choice, what);
    check_targets(names, trials, part, what);
  } else {
    names = common(trials);
    if (names.empty()) throw Error(std::string("the trials have no common ") + what);
  }
  return {"", names};
}

}  // namespace

model::Recipe resolve_channels(const model::Recipe& recipe, const std::vector<PreparedTrial>& trials) {
  if (trials.empty()) throw Error("there are no trials to train on");
  model::Recipe out = recipe;
  auto& inputs = out.inputs;
  if (!inputs.keypoints.empty()) {
    inputs.markers = {"", of_set({inputs.keypoints, {}}, "inputs.keypoints")};
    inputs.keypoints.clear();
  } else if (inputs.markers.set == "common") {
    inputs.markers = {"", common_markers(trials)};
    if (inputs.markers.names.empty()) throw Error("the trials have no physical markers in common");
  } else if (!inputs.markers.empty()) {
    const bool by_name = inputs.markers.set.empty();
    Names names = of_set(inputs.markers, "inputs.markers");
    const Names physical = without_computed(names);
    if (by_name && physical.size() != names.size()) {
      std::erase_if(names, [&](const std::string& name) { return contains(physical, name); });
      throw Error("inputs.markers: computed from other markers, so they hold the answer and are no inputs: " +
                  base::join(names));
    }
    inputs.markers = {"", physical};
  }
  inputs.angles = resolved(inputs.angles, trials, &PreparedTrial::angles, "angles", common_angles);
  out.targets.angles = resolved(recipe.targets.angles, trials, &PreparedTrial::angles, "angles", common_angles);
  out.targets.coordinates = resolved(recipe.targets.coordinates, trials, &PreparedTrial::angles, "coordinates",
                                    common_coordinates);
  out.targets.emg = resolved(recipe.targets.emg, trials, &PreparedTrial::emg, "EMG channels", common_emg);
  for (const auto* targets : {&out.targets.angles, &out.targets.coordinates}) {
    for (const auto& name : targets->names) {
      if (contains(inputs.angles.names, name)) {
        throw Error("the recipe has " + name + " both as input and as target");
      }
    }
  }
  return out;
}

}  // namespace kinemyo::dataset
