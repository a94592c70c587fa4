#include "kinemyo/io/contained.h"

#include <gmock/gmock.h>

#include <csignal>

#include "kinemyo/base/error.h"

namespace kinemyo::io {
namespace {

using testing::HasSubstr;

std::string refusal(const ContainedLimits& limits, const std::function<ContainedResult()>& parse) {
  try {
    (void)run_contained("x.mat", "a parser", limits, parse);
  } catch (const FormatError& problem) {
    return problem.what();
  }
  return "nothing was thrown";
}

TEST(Contained, WhatIsParsedComesThroughWhole) {
  const Variable inner{"b", {2, 2}, {1, 2, 3, 4}, {}, {}, false};
  const Variable text{"t", {}, {}, {"one", ""}, {}, true};
  const Variable none{"n", {3, 0}, {}, {}, {}, false};
  const auto got = run_contained("x", "a parser", {}, [&] { return ContainedResult{{{"a", {}, {}, {}, {inner, text, none}, false}}, {"a note"}, {}}; });
  ASSERT_EQ(got.variables.size(), 1u);
  ASSERT_EQ(got.variables[0].fields.size(), 3u);
  EXPECT_EQ(got.variables[0].fields[0].numbers, inner.numbers);
  EXPECT_EQ(got.variables[0].fields[0].shape, inner.shape);
  EXPECT_EQ(got.variables[0].fields[1].texts, text.texts);
  EXPECT_TRUE(got.variables[0].fields[1].is_attribute);
  EXPECT_EQ(got.notes, std::vector<std::string>{"a note"});
}

TEST(Contained, ShapesThatDoNotFitAreNotBelieved) {
  const Variable odd{"b", {2, 3}, {1, 2, 3, 4}, {}, {}, false};
  EXPECT_THAT(refusal({}, [&] { return ContainedResult{{odd}, {}, {}}; }), HasSubstr("the shape of b; expected 4 numbers, found 2 x 3"));
}

TEST(Contained, AProblemIsTheParsersOwnWords) {
  EXPECT_EQ(refusal({}, [] { return ContainedResult{{}, {}, ContainedResult::Problem{"/emg", "a shape", "two", "three"}}; }),
            "x.mat:/emg: a shape; expected two, found three");
}

TEST(Contained, ACrashIsAnErrorOfTheFile) {
  EXPECT_THAT(refusal({}, []() -> ContainedResult { raise(SIGSEGV); return {}; }),
              HasSubstr("x.mat:file: a parser cannot read it; expected a sound file, found a crash (Segmentation fault)"));
  EXPECT_THAT(refusal({}, []() -> ContainedResult { std::abort(); }), HasSubstr("found a crash (Aborted)"));
  EXPECT_THAT(refusal({}, []() -> ContainedResult { std::_Exit(7); }), HasSubstr("found exit 7"));
}

// Ctrl-C goes to the child as well.
TEST(Contained, WhoStopsTheReadingDoesNotBlameTheFile) {
  for (const int signal : {SIGINT, SIGTERM}) {
    try {
      (void)run_contained("x.mat", "a parser", {}, [&]() -> ContainedResult { raise(signal); return {}; });
      ADD_FAILURE() << "nothing was thrown";
    } catch (const IoError& problem) {
      EXPECT_THAT(problem.what(), HasSubstr("x.mat: reading it was stopped ("));
    }
  }
}

TEST(Contained, AnEndlessLoopIsStopped) {
  EXPECT_THAT(refusal({.time_s = 1}, []() -> ContainedResult {
                volatile int i = 0;
                while (i == 0) {
                }
                return {};
              }),
              HasSubstr("found no end in the time that it has"));
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
TEST(Contained, ARunawayAllocationIsStopped) {
  EXPECT_THAT(refusal({.memory_bytes = std::size_t{64} << 20},
                      [] { return ContainedResult{{{"a", {}, std::vector<double>(std::size_t{1} << 26), {}, {}, false}}, {}, {}}; }),
              HasSubstr("found more memory asked for than there is for it"));
}
#endif

}  // namespace
}  // namespace kinemyo::io
