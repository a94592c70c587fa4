#include "kinemyo/io/variables.h"

#include <gmock/gmock.h>

#include <numeric>

#include "kinemyo/base/error.h"

namespace kinemyo::io {
namespace {

using motion::Quantity;
using testing::Contains;
using testing::HasSubstr;
using Names = std::vector<std::string>;

Variable array(const std::string& name, std::size_t rows, std::size_t columns, double first = 1) {
  Variable out{name, {rows, columns}, std::vector<double>(rows * columns), {}, {}};
  std::iota(out.numbers.begin(), out.numbers.end(), first);
  return out;
}
Variable number(const std::string& name, double value) { return {name, {1, 1}, {value}, {}, {}}; }
Variable texts(const std::string& name, Names list) { return {name, {}, {}, std::move(list), {}}; }
Variable group(const std::string& name, std::vector<Variable> fields) { return {name, {}, {}, {}, std::move(fields)}; }

motion::Recording read(const std::vector<Variable>& list, const VariableOptions& options = {}) { return to_recording("x.mat", "MATLAB 5", list, options); }

std::string refusal(const std::vector<Variable>& list, const VariableOptions& options = {}) {
  try {
    (void)read(list, options);
  } catch (const FormatError& problem) {
    return problem.what();
  }
  return "nothing was thrown";
}

Variable uneven(const std::string& name) {
  Variable out = array(name, 20, 1);
  for (std::size_t i = 0; i < 20; ++i) out.numbers[i] = 0.01 * static_cast<double>(i) + (i > 9 ? 0.123 : 0);
  return out;
}

TEST(NamedArrays, SettingsBesideAStructHoldForWhatIsInIt) {
  const auto got = read({group("emg", {array("data", 20, 2)}), number("emg_rate", 1000), texts("emg_units", {"mV"}), texts("emg_names", {"TA", "GM"})});
  ASSERT_EQ(got.series.size(), 1u);
  EXPECT_EQ(got.series[0].quantity(), Quantity::emg);
  EXPECT_EQ(got.series[0].names(), (Names{"TA", "GM"}));
  EXPECT_EQ(got.series[0].clock().rate_hz(), 1000);
  EXPECT_DOUBLE_EQ(got.series[0].at(1, 0), 0.003);
}

TEST(NamedArrays, SettingsBesideAnArrayOfStructsHoldForEveryElement) {
  const std::vector<Variable> list = {group("trials", {array("emg", 20, 2)}), group("trials(2)", {array("emg", 20, 2, 5)}), number("trials_rate", 500)};
  const auto second = read(list, {.position_unit = "", .emg_unit = "V", .rate_hz = 0, .part = "trials(2)"});
  ASSERT_EQ(second.series.size(), 1u);
  EXPECT_EQ(second.series[0].at(0, 0), 5);
  EXPECT_EQ(second.series[0].clock().rate_hz(), 500);
}

TEST(NamedArrays, TheNearestSettingHolds) {
  const auto got = read({group("emg", {array("data", 20, 2), number("rate", 200)}), number("emg_rate", 1000), number("rate", 10)});
  EXPECT_EQ(got.series.at(0).clock().rate_hz(), 200);
}

TEST(NamedArrays, APartKeepsTheTimesNamesAndUnitsAroundIt) {
  const std::vector<Variable> list = {group("data", {array("emg", 20, 2), array("force", 20, 2), uneven("time"), texts("emg_names", {"TA", "GM"}), texts("emg_units", {"mV"})})};
  const auto got = read(list, {.position_unit = "", .emg_unit = "", .rate_hz = 0, .part = "data.emg"});
  ASSERT_EQ(got.series.size(), 1u);
  EXPECT_EQ(got.series[0].names(), (Names{"TA", "GM"}));
  EXPECT_FALSE(got.series[0].clock().is_uniform());
  EXPECT_DOUBLE_EQ(got.series[0].clock().time_s(10), 0.223);
  EXPECT_DOUBLE_EQ(got.series[0].at(0, 1), 0.002);
}

TEST(NamedArrays, APartOfAStructOfMarkersIsThatMarker) {
  const std::vector<Variable> list = {group("markers", {array("LASI", 20, 3), array("RASI", 20, 3)}), number("markers_rate", 100), texts("markers_units", {"mm"})};
  EXPECT_EQ(read(list).series.at(0).names(), (Names{"LASI", "RASI"}));
  const auto got = read(list, {.position_unit = "", .emg_unit = "", .rate_hz = 0, .part = "markers.RASI"});
  ASSERT_EQ(got.series.size(), 1u);
  EXPECT_EQ(got.series[0].names(), Names{"RASI"});
  EXPECT_EQ(got.series[0].clock().rate_hz(), 100);
}

TEST(NamedArrays, NamesLoseTheirAxisAndNothingElse) {
  const auto got = read({array("markers", 20, 6), number("rate", 100), texts("units", {"mm"}), texts("names", {"Apex_X", "Apex_Y", "Apex_Z", "Vertex X", "Vertex Y", "Vertex Z"})});
  EXPECT_EQ(got.series.at(0).names(), (Names{"Apex", "Vertex"}));
}

const std::vector<Variable> kDelsys = {array("data", 2, 20), texts("CHANNELS", {"EMG 1", "EMG 2"}), Variable{"fs", {2, 1}, {400, 400}, {}, {}}, array("time", 2, 20)};

TEST(ExporterLayouts, DelsysNamesAreTakenInAnyCase) {
  const auto got = read(kDelsys);
  ASSERT_EQ(got.series.size(), 1u);
  EXPECT_EQ(got.series[0].quantity(), Quantity::emg);
  EXPECT_EQ(got.series[0].at(0, 1), 21);
}

TEST(ExporterLayouts, WhatDelsysLacksIsSaid) {
  auto list = kDelsys;
  list.pop_back();
  list.back() = number("Fs", 400);
  EXPECT_THAT(read(list).notes, Contains("like an export of Delsys' but for Time, which is missing: read as arrays by name"));
}

TEST(ExporterLayouts, ArraysOfOthersThatBearDelsysNamesAreReadByName) {
  const auto got = read({array("data", 20, 2), texts("channels", {"EMG 1", "EMG 2"}), number("fs", 400), array("time", 20, 1, 0)});
  EXPECT_EQ(got.series.at(0).frames(), 20u);
  EXPECT_EQ(got.series[0].at(1, 0), 3);
}

const std::vector<Variable> kLabChart = {array("Data", 1, 40), Variable{"data_start", {2, 1}, {1, 21}, {}, {}}, Variable{"DataEnd", {2, 1}, {20, 40}, {}, {}},
                                         texts("Titles", {"Force", "Angle"}), Variable{"SampleRate", {2, 1}, {100, 100}, {}, {}}};

TEST(ExporterLayouts, LabChartNamesAreTakenInAnyCase) {
  const auto got = read(kLabChart);
  ASSERT_EQ(got.series.size(), 1u);
  EXPECT_EQ(got.series[0].names(), (Names{"Force", "Angle"}));
  EXPECT_EQ(got.series[0].at(0, 1), 21);
}

TEST(ExporterLayouts, WhatLabChartLacksIsSaid) {
  auto list = kLabChart;
  list.erase(list.begin() + 3);
  EXPECT_EQ(refusal(list), "x.mat:datastart: an export of LabChart's lacks variables; expected data, datastart, dataend, titles and samplerate, found no titles");
  list.erase(list.begin() + 1);
  EXPECT_THAT(refusal(list), HasSubstr("found no datastart, titles"));
}

}  // namespace
}  // namespace kinemyo::io
