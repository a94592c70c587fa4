#include "kinemyo/model/aliases.h"

#include <gmock/gmock.h>

#include <map>

#include "kinemyo/base/error.h"
#include "kinemyo/base/text.h"

namespace kinemyo::model {
namespace {

using testing::HasSubstr;

std::string refusal(const std::string& text) {
  try {
    (void)parse_aliases("lab.toml", text);
  } catch (const FormatError& problem) {
    return problem.what();
  }
  return "nothing was thrown";
}

TEST(LandmarkNames, NoNameStandsForTwoLandmarks) {
  std::map<std::string, std::string> seen;
  for (const auto& row : landmark_names()) {
    EXPECT_GE(row.size(), 2u) << row[0];
    for (const auto& name : row) {
      EXPECT_EQ(name, base::lower(name));
      EXPECT_TRUE(seen.emplace(name, row[0]).second) << name << " is " << seen[name] << " and " << row[0];
    }
  }
  EXPECT_GT(landmark_names().size(), 40u);
}

TEST(LandmarkNames, BothSidesAreThere) {
  std::size_t left = 0, right = 0;
  for (const auto& row : landmark_names()) {
    for (const auto& name : row) {
      left += name == "l.kneelateral" || name == "left_knee" ? 1 : 0;
      right += name == "r.kneelateral" || name == "right_knee" ? 1 : 0;
    }
  }
  EXPECT_EQ(left, 2u);
  EXPECT_EQ(right, 2u);
}

TEST(Aliases, ATableGivesNames) {
  const auto got = parse_aliases("lab.toml", "# of our lab\n[aliases]\n\"Hip front, left\" = \"LASIS\"\nCh1 = \"Tibialis Anterior / Dorsiflexors\"\n");
  EXPECT_EQ(got, (std::map<std::string, std::string>{{"Hip front, left", "LASIS"}, {"Ch1", "Tibialis Anterior / Dorsiflexors"}}));
}

TEST(Aliases, MessagesSayWhatIsWrongAndWhere) {
  EXPECT_EQ(refusal("[aliases]\nA = 3\n"), "lab.toml:line 2: A; expected a name in quotes, found no text");
  EXPECT_EQ(refusal("A = \"B\"\n"), "lab.toml:line 1: a key of a table of names; expected [aliases], found A");
  EXPECT_THAT(refusal("[aliases\n"), HasSubstr("lab.toml:line 1: not valid TOML; expected [aliases], and lines like"));
  EXPECT_EQ(refusal(""), "lab.toml:line 1: a table of names without names; expected [aliases], and lines like \"LeftHipFront\" = \"LASIS\", found none");
}

}  // namespace
}  // namespace kinemyo::model
