#include "kinemyo/study/splits.h"

#include <algorithm>
#include <map>
#include <set>

#include "kinemyo/base/random.h"
#include "kinemyo/base/text.h"
#include "kinemyo/dataset/split.h"

namespace kinemyo::study {

namespace {

using Keys = std::vector<motion::TrialKey>;
constexpr std::size_t kMostFolds = 10;

// In the order of their first trial.
std::vector<std::string> groups_of(const Keys& keys, const std::string& by) {
  std::vector<std::string> out;
  for (const auto& key : keys) {
    const auto group = dataset::group_of(key, by);
    if (std::find(out.begin(), out.end(), group) == out.end()) out.push_back(group);
  }
  return out;
}

std::vector<std::size_t> positions(const Keys& keys, const Keys& chosen) {
  std::vector<std::size_t> out;
  for (const auto& key : chosen) {
    out.push_back(static_cast<std::size_t>(std::find(keys.begin(), keys.end(), key) - keys.begin()));
  }
  return out;
}

}  // namespace

std::vector<Fold> make_folds(const Keys& keys, const std::string& by, std::size_t folds, double validation,
                             std::uint64_t seed) {
  auto groups = groups_of(keys, by);
  if (groups.size() < 2) {
    throw Error("cross-validation by " + by + " needs two of them at least; there is " + std::to_string(groups.size()));
  }
  if (folds == 0) folds = std::min(groups.size(), kMostFolds);
  if (folds < 2 || folds > groups.size()) {
    throw Error(std::to_string(folds) + " folds asked for; by " + by + " there are " + std::to_string(groups.size()) +
                " groups");
  }
  base::Random random(seed);
  if (folds < groups.size()) {
    for (std::size_t i = groups.size(); i > 1; --i) std::swap(groups[i - 1], groups[random.below(i)]);
  }
  std::vector<Fold> out;
  for (std::size_t f = 0; f < folds; ++f) {
    std::vector<std::string> tested;
    for (std::size_t g = f; g < groups.size(); g += folds) tested.push_back(groups[g]);
    const auto sides = dataset::split(keys, by, tested, validation, seed + f);
    const bool few = tested.size() <= 3;
    out.push_back({few ? base::join(tested) : tested.front() + " and " + std::to_string(tested.size() - 1) + " more",
                   positions(keys, sides.training), positions(keys, sides.validation), positions(keys, sides.test)});
    check_leak(keys, out.back(), by);
  }
  return out;
}

void check_leak(const Keys& keys, const Fold& fold, const std::string& by) {
  std::map<std::string, const char*> trial_in;
  std::set<std::string> known;
  const auto add = [&](const std::vector<std::size_t>& part, const char* name) {
    for (const auto i : part) {
      require(i < keys.size(), "check_leak: a fold of other trials");
      const auto trial = motion::to_string(keys[i]);
      const auto [at, fresh] = trial_in.emplace(trial, name);
      if (!fresh) throw Error("trial " + trial + " stands in both " + at->second + " and " + name);
    }
  };
  add(fold.training, "training");
  add(fold.validation, "validation");
  add(fold.test, "test");
  for (const auto* part : {&fold.training, &fold.validation}) {
    for (const auto i : *part) known.insert(dataset::group_of(keys[i], by));
  }
  for (const auto i : fold.test) {
    const auto group = dataset::group_of(keys[i], by);
    if (known.contains(group)) throw Error(group + " stands on both sides of the split: in training and in the test");
  }
}

}  // namespace kinemyo::study
