#include "kinemyo/study/splits.h"

#include <gmock/gmock.h>

#include <set>

#include "kinemyo/dataset/split.h"

namespace kinemyo::study {
namespace {

using testing::HasSubstr;

std::vector<motion::TrialKey> keys() {
  std::vector<motion::TrialKey> out;
  for (const char* subject : {"A", "B", "C", "D", "E"}) {
    for (const char* activity : {"Walk", "Squat"}) {
      for (const char* trial : {"1", "2"}) out.push_back({subject, activity, trial});
    }
  }
  return out;
}

TEST(Folds, EveryGroupIsTestedOnceAndNeverSeen) {
  for (const char* by : {"subject", "activity", "trial"}) {
    for (const std::size_t folds : {0u, 2u}) {
      std::multiset<std::size_t> tested;
      for (const auto& fold : make_folds(keys(), by, folds, 0.2, 3)) {
        std::set<std::string> known;
        for (const auto* part : {&fold.training, &fold.validation}) {
          for (const auto i : *part) known.insert(dataset::group_of(keys()[i], by));
        }
        for (const auto i : fold.test) EXPECT_FALSE(known.contains(dataset::group_of(keys()[i], by)));
        EXPECT_FALSE(fold.validation.empty()) << by;
        EXPECT_EQ(fold.training.size() + fold.validation.size() + fold.test.size(), keys().size());
        tested.insert(fold.test.begin(), fold.test.end());
      }
      EXPECT_EQ(tested.size(), keys().size()) << by;
      EXPECT_EQ(std::set<std::size_t>(tested.begin(), tested.end()).size(), keys().size()) << by;
    }
  }
  EXPECT_EQ(make_folds(keys(), "subject", 0, 0.2, 1).size(), 5u);
  EXPECT_EQ(make_folds(keys(), "trial", 0, 0.2, 1).size(), 10u);
}

TEST(Folds, RefuseWhatCannotBeTested) {
  try {
    make_folds({{"A", "Walk", "1"}, {"A", "Walk", "2"}}, "subject", 0, 0, 1);
    FAIL();
  } catch (const Error& problem) {
    EXPECT_THAT(problem.what(), HasSubstr("needs two of them at least; there is 1"));
  }
  EXPECT_THROW(make_folds(keys(), "subject", 6, 0, 1), Error);
}

TEST(LeakCheck, NamesTheTrialOrThePersonOnBothSides) {
  const auto message = [](const Fold& fold, const char* by) -> std::string {
    try {
      check_leak(keys(), fold, by);
    } catch (const Error& problem) {
      return problem.what();
    }
    return "none";
  };
  EXPECT_EQ(message({"", {0, 1}, {2}, {4}}, "subject"), "none");
  EXPECT_EQ(message({"", {0, 1}, {}, {1}}, "trial"), "trial A/Walk/2 stands in both training and test");
  EXPECT_EQ(message({"", {0}, {1}, {2}}, "subject"), "A stands on both sides of the split: in training and in the test");
  EXPECT_EQ(message({"", {0}, {4}, {7}}, "subject"), "B stands on both sides of the split: in training and in the test");
  EXPECT_EQ(message({"", {0}, {1}, {2}}, "trial"), "none");
}

}  // namespace
}  // namespace kinemyo::study
