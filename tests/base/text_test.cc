#include "kinemyo/base/text.h"

#include <gmock/gmock.h>

#include <cmath>

namespace kinemyo::base {
namespace {

using testing::ElementsAre;

TEST(Split, KeepsEmptyFields) { EXPECT_THAT(split("a,,b,", ','), ElementsAre("a", "", "b", "")); }

TEST(SplitBlank, JoinsRunsOfBlanks) { EXPECT_THAT(split_blank("  a \t b\r"), ElementsAre("a", "b")); }

TEST(ToNumber, TakesTheWholeFieldOrNothing) {
  EXPECT_EQ(to_number(" +1.5e3 "), 1500.0);
  EXPECT_EQ(to_number("-0.25"), -0.25);
  EXPECT_TRUE(std::isnan(*to_number("NaN")));
  EXPECT_FALSE(to_number(""));
  EXPECT_FALSE(to_number("1.5x"));
  EXPECT_FALSE(to_number("1,5"));
  EXPECT_FALSE(to_number("+-1"));
  EXPECT_FALSE(to_number("1e999"));
  EXPECT_EQ(to_number("1e-999"), 0.0);
}

TEST(ToText, ReadsBackExactly) {
  for (const double x : {0.1, 1.0 / 3.0, 1e300, -5e-324, 123456789.125}) {
    EXPECT_EQ(to_number(to_text(x)), x);
  }
  EXPECT_EQ(to_text(std::nan("")), "nan");
}

TEST(LineCursor, TakesEveryLineEnd) {
  LineCursor lines("f", "a\r\nb\rc\n\nd");
  EXPECT_EQ(lines.next(), "a");
  EXPECT_EQ(lines.next(), "b");
  EXPECT_EQ(lines.next(), "c");
  EXPECT_EQ(lines.next(), "");
  EXPECT_EQ(lines.next(), "d");
  EXPECT_EQ(lines.line(), 5u);
  EXPECT_FALSE(lines.next());
}

TEST(LineCursor, SaysWhatWasExpectedAtTheEnd) {
  LineCursor lines("walk.trc", "x\n");
  lines.next();
  try {
    lines.expect("a line of marker names");
    FAIL();
  } catch (const FormatError& problem) {
    EXPECT_STREQ(problem.what(),
                 "walk.trc:line 2: the file ends too early; expected a line of marker names, found "
                 "the end of the file");
  }
}

TEST(Nearest, FindsATypoAndNothingFarAway) {
  const std::vector<std::string> names = {"learning_rate", "hidden", "layers"};
  EXPECT_EQ(nearest("lerning_rate", names), "learning_rate");
  EXPECT_FALSE(nearest("completely_else", names));
}

}  // namespace
}  // namespace kinemyo::base
