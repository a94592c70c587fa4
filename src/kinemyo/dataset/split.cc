#include "kinemyo/dataset/split.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "kinemyo/base/random.h"
#include "kinemyo/base/text.h"

namespace kinemyo::dataset {

namespace {

using motion::TrialKey;

std::vector<std::string> groups_of(const std::vector<TrialKey>& keys, const std::string& by) {
  std::vector<std::string> out;
  for (const auto& key : keys) {
    const auto group = group_of(key, by);
    if (std::find(out.begin(), out.end(), group) == out.end()) out.push_back(group);
  }
  return out;
}

bool is_named(const TrialKey& key, const std::string& name) {
  return key.subject == name || key.activity == name || motion::to_string(key) == name;
}

void check_names(const std::vector<TrialKey>& keys, const std::vector<std::string>& names) {
  for (const auto& name : names) {
    const bool any =
        std::any_of(keys.begin(), keys.end(), [&](const auto& key) { return is_named(key, name); });
    if (any) continue;
    std::set<std::string> subjects;
    for (const auto& key : keys) subjects.insert(key.subject);
    throw Error("no subject, activity or trial is named " + base::quoted(name) +
                "; the subjects are " + base::join({subjects.begin(), subjects.end()}));
  }
}

}  // namespace

std::string group_of(const TrialKey& key, std::string_view by) {
  if (by == "subject") return key.subject;
  if (by == "activity") return key.activity;
  require(by == "trial" || by == "none",
          "group_of: by is subject, activity, trial or none; got " + std::string(by));
  return motion::to_string(key);
}

Sides split(const std::vector<TrialKey>& keys, const std::string& by,
            const std::vector<std::string>& test, double validation_share, std::uint64_t seed) {
  check_names(keys, test);
  Sides out;
  std::vector<TrialKey> rest;
  for (const auto& key : keys) {
    const bool tested = std::any_of(test.begin(), test.end(),
                                    [&](const auto& name) { return is_named(key, name); });
    (tested ? out.test : rest).push_back(key);
  }
  if (rest.empty()) throw Error("every trial is a test trial: nothing is left to train on");
  out.validation_by = by;
  auto groups = groups_of(rest, by);
  if (groups.size() < 2) groups = groups_of(rest, out.validation_by = "trial");
  std::set<std::string> chosen;
  if (validation_share > 0 && groups.size() > 1) {
    const double share = std::round(validation_share * static_cast<double>(groups.size()));
    const auto count =
        std::clamp<std::size_t>(static_cast<std::size_t>(share), 1, groups.size() - 1);
    base::Random random(seed);
    while (chosen.size() < count) chosen.insert(groups[random.below(groups.size())]);
  }
  for (const auto& key : rest) {
    (chosen.contains(group_of(key, out.validation_by)) ? out.validation : out.training)
        .push_back(key);
  }
  return out;
}

}  // namespace kinemyo::dataset
