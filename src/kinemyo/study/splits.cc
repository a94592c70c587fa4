#include "kinemyo/study/splits.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "kinemyo/base/random.h"
#include "kinemyo/base/text.h"

namespace kinemyo::study {

namespace {

using Keys = std::vector<motion::TrialKey>;
constexpr std::size_t kMostFolds = 10;

// Groups in the order of their first trial.
std::vector<std::string> groups_of(const Keys& keys, const std::vector<std::size_t>& which, By by) {
  std::vector<std::string> out;
  for (const auto i : which) {
    const auto group = group_of(keys[i], by);
    if (std::find(out.begin(), out.end(), group) == out.end()) out.push_back(group);
  }
  return out;
}

void shuffle(std::vector<std::string>& items, base::Random& random) {
  for (std::size_t i = items.size(); i > 1; --i) std::swap(items[i - 1], items[random.below(i)]);
}

// Moves a share of the training groups to validation.
void carve_validation(const Keys& keys, Fold& fold, By by, double share, base::Random& random) {
  if (share <= 0) return;
  auto groups = groups_of(keys, fold.training, by);
  if (groups.size() < 2) {
    by = By::trial;
    groups = groups_of(keys, fold.training, by);
  }
  if (groups.size() < 2) return;
  const auto wanted = static_cast<std::size_t>(std::lround(share * static_cast<double>(groups.size())));
  const std::size_t count = std::clamp<std::size_t>(wanted, 1, groups.size() - 1);
  shuffle(groups, random);
  const std::set<std::string> kept(groups.begin(), groups.begin() + static_cast<std::ptrdiff_t>(count));
  std::vector<std::size_t> training;
  for (const auto i : fold.training) {
    (kept.contains(group_of(keys[i], by)) ? fold.validation : training).push_back(i);
  }
  fold.training = std::move(training);
}

std::vector<std::size_t> all_of(const Keys& keys) {
  std::vector<std::size_t> out(keys.size());
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = i;
  return out;
}

}  // namespace

By parse_by(std::string_view word) {
  if (word == "subject") return By::subject;
  if (word == "activity") return By::activity;
  if (word == "trial") return By::trial;
  throw Error("split by " + base::quoted(word) + "; expected subject, activity or trial");
}

std::string group_of(const motion::TrialKey& key, By by) {
  switch (by) {
    case By::subject: return key.subject;
    case By::activity: return key.activity;
    case By::trial: break;
  }
  return motion::to_string(key);
}

std::vector<Fold> make_folds(const Keys& keys, By by, std::size_t folds, double validation, std::uint64_t seed) {
  auto groups = groups_of(keys, all_of(keys), by);
  if (groups.size() < 2) {
    throw Error("cross-validation needs two groups at least; there is " + std::to_string(groups.size()));
  }
  if (folds == 0) folds = std::min(groups.size(), kMostFolds);
  if (folds < 2 || folds > groups.size()) {
    throw Error(std::to_string(folds) + " folds asked for; there are " + std::to_string(groups.size()) + " groups");
  }
  base::Random random(seed);
  if (folds < groups.size()) shuffle(groups, random);
  std::map<std::string, std::size_t> fold_of;
  for (std::size_t g = 0; g < groups.size(); ++g) fold_of[groups[g]] = g % folds;
  std::vector<Fold> out(folds);
  for (std::size_t i = 0; i < keys.size(); ++i) {
    const std::size_t tested = fold_of[group_of(keys[i], by)];
    for (std::size_t f = 0; f < folds; ++f) (f == tested ? out[f].test : out[f].training).push_back(i);
  }
  for (auto& fold : out) {
    const auto tested = groups_of(keys, fold.test, by);
    fold.name = tested.size() <= 3 ? base::join(tested)
                                   : tested.front() + " and " + std::to_string(tested.size() - 1) + " more";
    carve_validation(keys, fold, by, validation, random);
    check_leak(keys, fold, by);
  }
  return out;
}

Fold make_split(const Keys& keys, const model::Recipe::Split& split, std::uint64_t seed) {
  Fold out;
  const bool none = split.by == "none";
  const By by = none ? By::trial : parse_by(split.by);
  const auto groups = groups_of(keys, all_of(keys), by);
  for (const auto& name : split.test) {
    if (std::find(groups.begin(), groups.end(), name) != groups.end()) continue;
    const auto near = base::nearest(name, groups);
    throw Error("there is no " + split.by + " named " + base::quoted(name) + " to keep for the test" +
                (near ? "; there is " + *near : ""));
  }
  for (std::size_t i = 0; i < keys.size(); ++i) {
    const auto group = group_of(keys[i], by);
    const bool tested = std::find(split.test.begin(), split.test.end(), group) != split.test.end();
    (tested ? out.test : out.training).push_back(i);
  }
  out.name = base::join(split.test);
  if (out.training.empty()) throw Error("every trial is kept for the test; none is left to train on");
  base::Random random(seed);
  carve_validation(keys, out, by, split.validation, random);
  check_leak(keys, out, by);
  return out;
}

void check_leak(const Keys& keys, const Fold& fold, By by) {
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
    for (const auto i : *part) known.insert(group_of(keys[i], by));
  }
  for (const auto i : fold.test) {
    const auto group = group_of(keys[i], by);
    if (known.contains(group)) throw Error(group + " stands on both sides of the split: in training and in the test");
  }
}

}  // namespace kinemyo::study
