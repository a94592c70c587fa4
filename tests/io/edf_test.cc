#include "kinemyo/io/edf.h"

#include <gmock/gmock.h>

#include <cmath>
#include <fstream>

#include "damage.h"
#include "kinemyo/base/file.h"
#include "kinemyo/base/text.h"
#include "replaced.h"

namespace kinemyo::io {
namespace {

using motion::Quantity;
using testing::HasSubstr;

motion::Recording parse(const std::string& bytes) { return parse_edf(bytes, "x.edf"); }
std::string golden(const std::string& name) { return base::read_file(std::string(KINEMYO_GOLDEN_DIR) + "/io/" + name); }

TEST(Edf, ValuesAreThoseOfTheSpecification) {
  std::ifstream lines(std::string(KINEMYO_GOLDEN_DIR) + "/io/edf.txt");
  std::size_t signals = 0;
  for (std::string line; std::getline(lines, line); ++signals) {
    const auto fields = base::split(line, '|');
    SCOPED_TRACE(std::string(fields[0]) + " " + std::string(fields[1]));
    const auto got = parse(golden(std::string(fields[0])));
    const motion::Series* series = nullptr;
    for (const auto& one : got.series) {
      if (one.find(fields[1])) series = &one;
    }
    ASSERT_NE(series, nullptr);
    EXPECT_NEAR(series->clock().rate_hz(), *base::to_number(fields[2]), 1e-9);
    const auto column = *series->find(fields[1]);
    const double factor = fields[1] == "EMG TA" ? 1e-3 : fields[1] == "Resp nasal" ? 1 : 1e-6;
    std::size_t f = 0;
    for (const auto cell : base::split_blank(fields[3])) {
      while (std::isnan(series->at(f, column))) ++f;  // between records
      ASSERT_NEAR(series->at(f, column), *base::to_number(cell) * factor, 1e-12 * std::abs(factor) * 1e6);
      ++f;
    }
    EXPECT_EQ(f, series->frames());
  }
  EXPECT_EQ(signals, 5u);
}

TEST(Edf, EmgIsToldFromOtherVolts) {
  const auto got = parse(golden("edf_plain.edf"));
  EXPECT_EQ(got.find(Quantity::emg)->names(), std::vector<std::string>{"EMG TA"});
  EXPECT_EQ(got.find(Quantity::emg)->channels()[0].unit, "V");
  EXPECT_EQ(parse(golden("edf_gap.edf")).find(Quantity::emg)->names(), std::vector<std::string>{"R Tib Ant"});
}

TEST(Edf, PausesBetweenRecordsAreMissingAndAnnotationsEvents) {
  const auto got = parse(golden("edf_gap.edf"));
  const auto& emg = *got.find(Quantity::emg);
  ASSERT_EQ(emg.frames(), 50u);  // 2.5 s at 20 Hz
  EXPECT_FALSE(emg.missing(19, 0));
  EXPECT_TRUE(emg.missing(20, 0));
  EXPECT_TRUE(emg.missing(29, 0));
  EXPECT_FALSE(emg.missing(30, 0));
  ASSERT_EQ(got.events.size(), 1u);
  EXPECT_EQ(got.events[0], (motion::Event{"Foot Strike", "", 0.75}));
}

// EDF+ keeps what a rater marked without signals: one signal of annotations, records of 0 s.
std::string annotations_alone(const std::string& text) {
  const auto field = [](std::string value, std::size_t width) {
    value.resize(width, ' ');
    return value;
  };
  return field("0", 8) + field("", 176) + field("512", 8) + field("EDF+C", 44) + field("1", 8) + field("0", 8) + field("1", 4) + field("EDF Annotations", 16) +
         field("", 88) + field("-1", 8) + field("1", 8) + field("-32768", 8) + field("32767", 8) + field("", 80) + field("20", 8) + field("", 32) +
         [&] { auto record = text; record.resize(40, '\0'); return record; }();
}

TEST(Edf, AFileOfAnnotationsAloneHasEvents) {
  const auto got = parse(annotations_alone(std::string("+0\x14\x14\0+1.5\x14" "Foot Strike\x14\0", 22)));
  EXPECT_TRUE(got.series.empty());
  ASSERT_EQ(got.events.size(), 1u);
  EXPECT_EQ(got.events[0], (motion::Event{"Foot Strike", "", 1.5}));
  EXPECT_THAT(got.notes, testing::Contains("the file holds annotations alone, and no signals"));
  EXPECT_THAT(refusal_of(parse, annotations_alone(std::string("+0\x14\x14\0", 5))), HasSubstr("the file holds nothing; expected signals with samples, or annotations with texts, found none"));
}

TEST(Edf, MessagesSayWhatIsWrongAndWhere) {
  const auto bytes = golden("edf_plain.edf");
  EXPECT_EQ(refusal_of(parse, bytes.substr(0, bytes.size() - 1)),
            "x.edf:byte 0x4a8: the file ends before its last record; expected 3 records, found 2 whole ones");
  auto damaged = bytes;
  damaged.replace(252, 4, "none");
  EXPECT_EQ(refusal_of(parse, damaged), "x.edf:byte 0xfc: the number of signals; expected a number, found \"none\"");
  damaged = bytes;
  damaged.replace(252, 4, "4   ");
  EXPECT_THAT(refusal_of(parse, damaged), HasSubstr("the size of the header does not fit its signals; expected 1280, found 1024"));
}

TEST(Edf, RecordsThatWereNotCountedAreAllThatAreThere) {
  auto bytes = golden("edf_plain.edf");
  bytes.replace(236, 8, "-1      ");
  EXPECT_EQ(parse(bytes).find(Quantity::emg)->frames(), 60u);
}

TEST(Edf, DamageIsSurvived) {
  for (const char* name : {"edf_plain.edf", "edf_gap.edf", "bdf_plain.bdf"}) {
    SCOPED_TRACE(name);
    expect_prefixes_survived(parse, golden(name));
    expect_flips_survived(parse, golden(name));
  }
}

}  // namespace
}  // namespace kinemyo::io
