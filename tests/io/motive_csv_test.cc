#include "kinemyo/io/motive_csv.h"

#include <gmock/gmock.h>

#include <cmath>

#include "damage.h"
#include "kinemyo/base/file.h"
#include "replaced.h"

namespace kinemyo::io {
namespace {

using motion::Quantity;
using testing::HasSubstr;

motion::Recording parse(const std::string& text) { return parse_motive_csv(text, "x.csv"); }
std::string sample() { return base::read_file(corpus("motive_csv/bodies.csv")); }

TEST(MotiveCsv, MeasuredMarkersBecomePositionsInMetres) {
  const auto got = parse(sample());
  const auto* markers = got.find(Quantity::position);
  ASSERT_NE(markers, nullptr);
  EXPECT_EQ(markers->names(), std::vector<std::string>{"Hand:1"});
  EXPECT_DOUBLE_EQ(markers->at(0, 0, 1), 2.0);
  EXPECT_TRUE(markers->missing(1, 0));
  EXPECT_DOUBLE_EQ(markers->clock().rate_hz(), 120);
}

TEST(MotiveCsv, QuaternionsBecomePlacements) {
  const auto got = parse(sample());
  const auto* bodies = got.find(Quantity::rotation);
  ASSERT_NE(bodies, nullptr);
  EXPECT_EQ(bodies->names(), std::vector<std::string>{"Hand"});
  // A quarter turn about Y: X becomes -Z.
  EXPECT_NEAR(bodies->at(1, 0, 0), 0, 1e-9);
  EXPECT_NEAR(bodies->at(1, 0, 8), -1, 1e-9);
  EXPECT_NEAR(bodies->at(1, 0, 2), 1, 1e-9);
  EXPECT_DOUBLE_EQ(bodies->at(2, 0, 3), 0.101);
  EXPECT_DOUBLE_EQ(bodies->at(2, 0, 15), 1);
}

TEST(MotiveCsv, OldExportsWithoutTheWordsTypeAndNameAreTheSame) {
  auto text = replaced(replaced(sample(), ",Type,", ",,"), ",Name,", ",,");
  EXPECT_EQ(parse(text).find(Quantity::rotation)->values()(2, 3), parse(sample()).find(Quantity::rotation)->values()(2, 3));
}

TEST(MotiveCsv, MessagesSayWhatIsWrongAndWhere) {
  EXPECT_EQ(refusal_of(parse, replaced(sample(), "Length Units,Millimeters", "Length Units,Paces")),
            "x.csv:line 1: Length Units; expected Meters, Centimeters or Millimeters, found \"Paces\"");
  EXPECT_EQ(refusal_of(parse, replaced(sample(), "1,0.008333", "1,0.000000")),
            "x.csv:line 9, column 2: time does not increase; expected more than 0 s, found 0");
  EXPECT_THAT(refusal_of(parse, replaced(sample(), "Frame,Time", "Fame,Time")), HasSubstr("the line that begins with Frame"));
  EXPECT_THAT(refusal_of(parse, replaced(sample(), ",,X,Y,Z,X,Y,Z\n", ",,X,Y,Z,X,Y,W\n")), HasSubstr("marker \"Hand:1\" lacks a coordinate; expected X, Y and Z, found fewer"));
}

TEST(MotiveCsv, DamageIsSurvived) {
  expect_prefixes_survived(parse, sample());
  expect_flips_survived(parse, sample());
}

}  // namespace
}  // namespace kinemyo::io
