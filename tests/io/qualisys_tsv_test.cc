#include "kinemyo/io/qualisys_tsv.h"

#include <gmock/gmock.h>

#include <cmath>

#include "damage.h"
#include "kinemyo/base/file.h"
#include "replaced.h"

namespace kinemyo::io {
namespace {

using motion::Quantity;
using testing::Contains;
using testing::HasSubstr;

motion::Recording parse(const std::string& text) { return parse_qualisys_tsv(text, "x.tsv"); }
std::string sample(const std::string& name) { return base::read_file(corpus("qualisys_tsv/" + name)); }

TEST(QualisysTsv, MarkersAreInMetresAndZeroIsMissing) {
  const auto got = parse(sample("titled.tsv"));
  const auto& markers = got.series.at(0);
  EXPECT_EQ(markers.quantity(), Quantity::position);
  EXPECT_EQ(markers.names(), (std::vector<std::string>{"LASI", "RASI"}));
  EXPECT_DOUBLE_EQ(markers.clock().rate_hz(), 200);
  EXPECT_DOUBLE_EQ(markers.at(1, 0, 0), 1.0015);
  EXPECT_TRUE(markers.missing(0, 1));
  EXPECT_FALSE(markers.missing(1, 1));
  EXPECT_TRUE(markers.missing(2, 1));
  EXPECT_EQ(got.events.at(0), (motion::Event{"start", "", 0.005}));
  EXPECT_THAT(got.notes, Contains("1 markers at exactly 0 0 0 count as missing"));
}

TEST(QualisysTsv, FilesWithoutTitlesAndTimesRunAtTheirFrequency) {
  const auto got = parse(sample("bare.tsv"));
  EXPECT_DOUBLE_EQ(got.series.at(0).clock().time_s(1), 0.005);
  EXPECT_DOUBLE_EQ(got.series.at(0).at(0, 0, 2), 0.003);
}

TEST(QualisysTsv, AnalogChannelsKeepTheirNumbers) {
  const auto got = parse(sample("analog.tsv"));
  EXPECT_EQ(got.series.at(0).quantity(), Quantity::analog);
  EXPECT_EQ(got.series.at(0).names(), (std::vector<std::string>{"EMG 1", "EMG 2"}));
  EXPECT_DOUBLE_EQ(got.series.at(0).at(1, 0), 0.25);
  EXPECT_THAT(got.notes, Contains(HasSubstr("no units")));
}

TEST(QualisysTsv, MessagesSayWhatIsWrongAndWhere) {
  const auto text = sample("titled.tsv");
  EXPECT_EQ(refusal_of(parse, replaced(text, "NO_OF_MARKERS\t2", "NO_OF_MARKERS\t3")),
            "x.tsv:line 12: MARKER_NAMES does not match NO_OF_MARKERS; expected 3 names, found 2");
  EXPECT_EQ(refusal_of(parse, replaced(text, "FREQUENCY\t200", "FREQUENCY\t-1")),
            "x.tsv:line 4: FREQUENCY is no rate; expected a number of Hz above 0, found \"-1\"");
  EXPECT_EQ(refusal_of(parse, replaced(text, "2\t0.00500", "2\t-0.00500")),
            "x.tsv:line 15, column 2: time does not increase; expected more than 0 s, found -0.005");
  EXPECT_THAT(refusal_of(parse, replaced(text, "MARKER_NAMES", "BODY_NAMES")), HasSubstr("rigid bodies or skeletons, which is not read"));
}

TEST(QualisysTsv, DamageIsSurvived) {
  for (const char* name : {"titled.tsv", "bare.tsv", "analog.tsv"}) {
    SCOPED_TRACE(name);
    expect_prefixes_survived(parse, sample(name));
    expect_flips_survived(parse, sample(name));
  }
}

}  // namespace
}  // namespace kinemyo::io
