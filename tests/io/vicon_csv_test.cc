#include "kinemyo/io/vicon_csv.h"

#include <gmock/gmock.h>

#include <cmath>
#include <numbers>

#include "damage.h"
#include "kinemyo/base/file.h"
#include "kinemyo/io/any.h"
#include "real_data.h"
#include "replaced.h"

namespace kinemyo::io {
namespace {

using motion::Quantity;
using testing::Contains;
using testing::HasSubstr;

motion::Recording parse(const std::string& text) { return parse_vicon_csv(text, "x.csv"); }
std::string sample() { return base::read_file(corpus("vicon_csv/nexus.csv")); }

TEST(ViconCsv, SectionsBecomeSeriesInSiUnitsOnTheFramesClock) {
  const auto got = parse(sample());
  const auto* markers = got.find(Quantity::position);
  ASSERT_NE(markers, nullptr);
  EXPECT_EQ(markers->names(), (std::vector<std::string>{"A:LASI", "A:RASI"}));
  EXPECT_DOUBLE_EQ(markers->at(1, 0, 0), 1.001);
  EXPECT_TRUE(markers->missing(1, 1));
  EXPECT_DOUBLE_EQ(markers->clock().start_s(), 1);
  const auto* emg = got.find(Quantity::emg);
  ASSERT_NE(emg, nullptr);
  EXPECT_EQ(emg->names(), std::vector<std::string>{"EMG1"});
  EXPECT_DOUBLE_EQ(emg->at(1, 0), -0.25e-3);
  EXPECT_DOUBLE_EQ(emg->clock().rate_hz(), 200);
  EXPECT_DOUBLE_EQ(emg->clock().start_s(), 1);
  EXPECT_EQ(got.find(Quantity::analog)->channels()[0], (motion::Channel{"Fz", "N"}));
  EXPECT_DOUBLE_EQ(got.find(Quantity::angle3)->at(0, 0, 0), std::numbers::pi / 2);
  EXPECT_DOUBLE_EQ(got.find(Quantity::moment3)->at(1, 0, 0), 2);
  EXPECT_EQ(got.find(Quantity::moment3)->channels()[0].unit, "N m/kg");
  ASSERT_EQ(got.events.size(), 1u);
  EXPECT_EQ(got.events[0], (motion::Event{"Foot Strike", "Left", 1.005}));
}

TEST(ViconCsv, MessagesSayWhatIsWrongAndWhere) {
  EXPECT_EQ(refusal_of(parse, replaced(sample(), ",,mm,mm,mm,mm,mm,mm", ",,mm,mm,mm,,,")),
            "x.csv:line 5, column 6: the unit of A:RASI is no length; expected mm, cm or m, found \"\"");
  EXPECT_EQ(refusal_of(parse, replaced(sample(), "\n102,0,1001", "\n103,0,1001")),
            "x.csv:line 7: frames do not follow each other; expected the frame behind that of the line before, found frame 103, sub-frame 0");
  EXPECT_EQ(refusal_of(parse, replaced(sample(), "Devices\n200", "Devices\nfast")),
            "x.csv:line 10: the rate of the section devices; expected a number of Hz above 0, found \"fast\"");
  EXPECT_EQ(refusal_of(parse, replaced(sample(), "101,0,0.5", "101,0,half")),
            "x.csv:line 14, column 3: a cell holds no number; expected a number or nothing, found \"half\"");
  EXPECT_THAT(refusal_of(parse, replaced(sample(), "Model Outputs", "Model Inputs")), HasSubstr("a section has a name that Nexus does not give"));
}

TEST(ViconCsv, DamageIsSurvived) {
  expect_prefixes_survived(parse, sample());
  expect_flips_survived(parse, sample());
}

TEST(ViconCsv, LineEndsAndSeparatorsOfEveryKindAreTheSame) {
  std::string windows, tabs;
  for (const char c : sample()) {
    if (c == '\n') windows += '\r';
    windows += c;
    tabs += c == ',' ? '\t' : c;
  }
  EXPECT_EQ(parse(windows).find(Quantity::position)->values()(1, 1), parse(sample()).find(Quantity::position)->values()(1, 1));
  EXPECT_EQ(parse(tabs).find(Quantity::emg)->values(), parse(sample()).find(Quantity::emg)->values());
}

// One trial, exported as CSV and saved as C3D by the same program.
TEST(ViconCsvReal, ExportsAreTheC3dOfTheSameTrial) {
  KINEMYO_REAL_DATA(data, "formats/pyomeca");
  const auto c3d = read_recording(data / "markers_analogs.c3d");
  const auto csv = read_recording(data / "markers.csv");
  EXPECT_EQ(csv.format, "Vicon CSV");
  const auto* markers = csv.find(Quantity::position);
  const auto* original = c3d.find(Quantity::position);
  ASSERT_NE(markers, nullptr);
  ASSERT_EQ(markers->frames(), original->frames());
  EXPECT_DOUBLE_EQ(markers->clock().rate_hz(), original->clock().rate_hz());
  EXPECT_NEAR(markers->clock().start_s(), original->clock().start_s(), 1e-12);
  std::size_t compared = 0;
  for (std::size_t m = 0; m < markers->channels().size(); ++m) {
    const auto found = original->find(markers->channels()[m].name);
    if (!found) continue;
    for (std::size_t f = 0; f < markers->frames(); ++f) {
      if (markers->missing(f, m) || original->missing(f, *found)) continue;
      for (std::size_t k = 0; k < 3; ++k) ASSERT_NEAR(markers->at(f, m, k), original->at(f, *found, k), 6e-6) << markers->channels()[m].name;
      ++compared;
    }
  }
  EXPECT_GT(compared, 20000u);
  const auto analogs = read_recording(data / "analogs.csv");
  const auto* emg = analogs.find(Quantity::emg);
  ASSERT_NE(emg, nullptr);
  EXPECT_EQ(emg->frames(), 11600u);
  EXPECT_DOUBLE_EQ(emg->clock().rate_hz(), 2000);
  EXPECT_NEAR(emg->at(0, *emg->find("EMG9")), 0.00029753, 1e-12);
}

}  // namespace
}  // namespace kinemyo::io
