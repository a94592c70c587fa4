#include "kinemyo/dataset/split.h"

#include <gmock/gmock.h>

#include <set>

namespace kinemyo::dataset {
namespace {

std::vector<motion::TrialKey> keys(int subjects) {
  std::vector<motion::TrialKey> out;
  for (int s = 1; s <= subjects; ++s) {
    for (const char* activity : {"Squat", "Walk"}) {
      for (const char* trial : {"1", "2", "3"})
        out.push_back({"S" + std::to_string(s), activity, trial});
    }
  }
  return out;
}

std::set<std::string> subjects(const std::vector<motion::TrialKey>& of) {
  std::set<std::string> out;
  for (const auto& key : of) out.insert(key.subject);
  return out;
}

TEST(Split, KeepsSubjectsWhole) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const auto sides = split(keys(9), "subject", {"S4"}, 0.25, seed);
    EXPECT_THAT(subjects(sides.test), testing::ElementsAre("S4"));
    EXPECT_EQ(subjects(sides.validation).size(), 2u);
    EXPECT_EQ(subjects(sides.training).size(), 6u);
    EXPECT_EQ(sides.training.size() + sides.validation.size() + sides.test.size(), 54u);
    for (const auto& name : subjects(sides.validation))
      EXPECT_FALSE(subjects(sides.training).contains(name));
  }
}

TEST(Split, DrawsBySeed) {
  const auto once = split(keys(9), "subject", {}, 0.2, 1),
             again = split(keys(9), "subject", {}, 0.2, 1);
  EXPECT_EQ(once.validation, again.validation);
  bool differs = false;
  for (std::uint64_t seed = 2; seed < 12; ++seed) {
    differs = differs || split(keys(9), "subject", {}, 0.2, seed).validation != once.validation;
  }
  EXPECT_TRUE(differs);
}

TEST(Split, OneSubjectIsSplitByTrial) {
  const auto sides = split(keys(1), "subject", {}, 0.15, 1);
  EXPECT_EQ(sides.validation_by, "trial");
  EXPECT_EQ(sides.validation.size(), 1u);
  EXPECT_EQ(sides.training.size(), 5u);
}

TEST(Split, NamesActivitiesAndTrialsToo) {
  const auto sides = split(keys(2), "none", {"Walk", "S2/Squat/3"}, 0, 1);
  EXPECT_EQ(sides.test.size(), 7u);
  EXPECT_EQ(sides.training.size(), 5u);
  EXPECT_TRUE(sides.validation.empty());
}

TEST(Split, SaysWhoIsNotThere) {
  try {
    split(keys(2), "subject", {"S7"}, 0, 1);
    FAIL();
  } catch (const Error& problem) {
    EXPECT_STREQ(problem.what(),
                 "no subject, activity or trial is named \"S7\"; the subjects are S1, S2");
  }
  EXPECT_THROW(split(keys(1), "subject", {"S1"}, 0, 1), Error);
  EXPECT_THROW(split(keys(1), "person", {}, 0.5, 1), std::invalid_argument);
}

}  // namespace
}  // namespace kinemyo::dataset
