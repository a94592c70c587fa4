// Real files against numbers of an independent parser (golden/io/make_real_c3d.py).
#include <gmock/gmock.h>

#include <fstream>
#include <numbers>
#include <sstream>

#include "c3d_files.h"
#include "kinemyo/base/file.h"
#include "kinemyo/io/c3d.h"
#include "real_data.h"

namespace kinemyo::io {
namespace {

using motion::Quantity;

// The series that has a channel of that name.
const motion::Series* series_with(const motion::Recording& recording, const std::string& name) {
  for (const auto& series : recording.series) {
    if (series.find(name)) return &series;
  }
  return nullptr;
}

std::size_t channels_of(const motion::Recording& recording, Quantity quantity) {
  const auto* series = recording.find(quantity);
  return series == nullptr ? 0 : series->channels().size();
}

std::string rest_of(std::istringstream& line) {
  std::string out;
  std::getline(line >> std::ws, out);
  return out;
}

void check_shape(std::istringstream& line, const motion::Recording& got) {
  double frames = 0, rate = 0, start = 0, analog_rate = 0;
  std::size_t positions = 0, angles = 0, forces = 0, moments = 0, vectors = 0, rotations = 0, emg = 0, analogs = 0,
              events = 0, missing = 0;
  line >> frames >> rate >> start >> positions >> angles >> forces >> moments >> vectors >> rotations >> emg >>
      analogs >> analog_rate >> events >> missing;
  ASSERT_TRUE(line);
  EXPECT_EQ(channels_of(got, Quantity::position), positions);
  EXPECT_EQ(channels_of(got, Quantity::angle3), angles);
  EXPECT_EQ(channels_of(got, Quantity::force3), forces);
  EXPECT_EQ(channels_of(got, Quantity::moment3), moments);
  EXPECT_EQ(channels_of(got, Quantity::vector3), vectors);
  EXPECT_EQ(channels_of(got, Quantity::rotation), rotations);
  EXPECT_EQ(channels_of(got, Quantity::emg), emg);
  EXPECT_EQ(channels_of(got, Quantity::analog), analogs);
  EXPECT_EQ(got.events.size(), events);
  for (const auto& series : got.series) {
    const bool sampled = series.quantity() == Quantity::emg || series.quantity() == Quantity::analog;
    const double ratio = sampled ? analog_rate / rate : 1;
    EXPECT_NEAR(series.clock().rate_hz(), rate * ratio, 1e-9 * rate * ratio);
    EXPECT_NEAR(series.clock().start_s(), start, 1e-9);
    EXPECT_EQ(static_cast<double>(series.frames()), frames * std::round(ratio));
  }
  if (positions == 0) return;
  std::size_t gaps = 0;
  const auto& markers = *got.find(Quantity::position);
  for (std::size_t f = 0; f < markers.frames(); ++f) {
    for (std::size_t c = 0; c < positions; ++c) gaps += markers.missing(f, c) ? 1 : 0;
  }
  EXPECT_EQ(gaps, missing);
}

void check_sum(std::istringstream& line, const motion::Recording& got) {
  double expected = 0, sum = 0, size = 0;
  line >> expected;
  for (const double v : got.find(Quantity::position)->values().flat()) {
    if (std::isnan(v)) continue;
    sum += v;
    size += std::fabs(v);
  }
  EXPECT_NEAR(sum, expected, 1e-11 * size);
}

void check_numbers(std::istringstream& line, std::size_t count, double tolerance, const motion::Recording& got) {
  std::size_t frame = 0;
  std::vector<double> expected(count);
  line >> frame;
  for (auto& value : expected) line >> value;
  ASSERT_TRUE(line);
  const std::string name = rest_of(line);
  const auto* series = series_with(got, name);
  ASSERT_NE(series, nullptr) << name;
  ASSERT_EQ(series->components(), count) << name;
  for (std::size_t c = 0; c < count; ++c) {
    EXPECT_NEAR(series->at(frame, *series->find(name), c), expected[c],
                tolerance * std::max(1e-6, std::fabs(expected[c])))
        << name << " " << frame;
  }
}

TEST(C3dReal, NumbersAreThoseOfAnIndependentParser) {
  KINEMYO_REAL_DATA(formats, "formats");
  std::ifstream golden(std::string(KINEMYO_GOLDEN_DIR) + "/io/real_c3d.txt");
  ASSERT_TRUE(golden);
  motion::Recording got;
  std::string text;
  std::size_t files = 0, events = 0;
  while (std::getline(golden, text)) {
    SCOPED_TRACE(got.source + ": " + text);
    std::istringstream line(text);
    std::string what;
    line >> what;
    if (what == "file") {
      const auto path = formats.parent_path() / rest_of(line);
      ++files;
      events = 0;
      if (golden.peek() == 'r') continue;
      got = read_c3d(path);
    } else if (what == "refused") {
      EXPECT_THROW(read_c3d(formats / "ezc3d/Optotrak.c3d"), FormatError);
    } else if (what == "shape") {
      check_shape(line, got);
    } else if (what == "sum") {
      check_sum(line, got);
    } else if (what == "point") {
      check_numbers(line, 3, 1e-12, got);
    } else if (what == "sample") {
      check_numbers(line, 1, 1e-12, got);
    } else if (what == "rotation") {
      check_numbers(line, 16, 1e-12, got);
    } else if (what == "point_csv") {
      check_numbers(line, 3, 5e-6, got);  // the export has 6 digits
    } else if (what == "sample_csv") {
      check_numbers(line, 1, 5e-3, got);
    } else if (what == "event") {
      double time_s = 0;
      line >> time_s;
      const std::string label = rest_of(line);
      ASSERT_LT(events, got.events.size());
      EXPECT_DOUBLE_EQ(got.events[events].time_s, time_s);
      EXPECT_EQ(got.events[events++].label, label);
    } else {
      FAIL() << "unknown line";
    }
  }
  EXPECT_EQ(files, 40u);
}

TEST(C3dReal, RefusalSaysHowMuchIsThere) {
  KINEMYO_REAL_DATA(formats, "formats");
  try {
    read_c3d(formats / "ezc3d/Optotrak.c3d");
    FAIL();
  } catch (const FormatError& problem) {
    EXPECT_THAT(problem.what(), testing::HasSubstr("the file ends before its last frame; expected 1149 frames of 864 "
                                                   "bytes from byte 3584, found 29 whole frames"));
  }
}

TEST(C3dReal, MeasuresAndUpAxisOfPlugInGait) {
  KINEMYO_REAL_DATA(people, "biomechzoo");
  const auto got = read_c3d(people / "HC002D/Straight/HC002D06.c3d");
  EXPECT_EQ(got.up, motion::UpAxis::z);
  EXPECT_NEAR(got.measures.at("Bodymass"), 32.1, 1e-5);
  EXPECT_NEAR(got.measures.at("Height"), 1.45, 1e-9);
  EXPECT_NEAR(got.measures.at("RKneeWidth"), 0.084, 1e-9);
  EXPECT_EQ(got.measures.count("LStaticPlantFlex"), 0u);
  EXPECT_EQ(got.measures.count("LThighRotation"), 0u);
  const auto walk = read_c3d(people.parent_path() / "formats/task_walk/task.c3d");
  EXPECT_NEAR(walk.measures.at("A_BodyMass_kg"), 41.5, 1e-9);
  EXPECT_NEAR(walk.measures.at("A_Left_AnkleWidth_mm"), 0.07, 1e-12);
  EXPECT_EQ(walk.measures.size(), 11u);
  EXPECT_EQ(read_c3d(people.parent_path() / "formats/ezc3d/Qualisys.c3d").measures.size(), 0u);
}

// C3D -> Recording -> C3D -> Recording: positions, residuals, angles, forces, analogs, events, measures.
void expect_kept(const motion::Recording& want, const motion::Recording& got) {
  ASSERT_EQ(got.series.size(), want.series.size());
  for (std::size_t i = 0; i < want.series.size(); ++i) {
    const auto &a = want.series[i], &b = got.series[i];
    SCOPED_TRACE(motion::to_string(a.quantity()));
    ASSERT_EQ(a.quantity(), b.quantity());
    ASSERT_EQ(a.channels(), b.channels());
    ASSERT_EQ(a.frames(), b.frames());
    EXPECT_NEAR(a.clock().start_s(), b.clock().start_s(), 1e-9);
    EXPECT_EQ(a.clock().rate_hz(), b.clock().rate_hz());
    std::size_t different = 0;
    const auto x = a.values().flat(), y = b.values().flat();
    for (std::size_t k = 0; k < x.size(); ++k) {
      const bool same = std::isnan(x[k]) ? std::isnan(y[k]) : std::fabs(x[k] - y[k]) <= 1.2e-7 * std::fabs(x[k]);
      different += same ? 0 : 1;
    }
    EXPECT_EQ(different, 0u);
    ASSERT_EQ(a.residuals().empty(), b.residuals().empty());
    for (std::size_t k = 0; k < a.residuals().flat().size(); ++k) {
      const float r = a.residuals().flat()[k], s = b.residuals().flat()[k];
      ASSERT_TRUE(std::isnan(r) ? std::isnan(s) : std::fabs(r - s) <= 1e-5f * r) << r << " " << s;
    }
  }
  ASSERT_EQ(got.events.size(), want.events.size());
  for (std::size_t k = 0; k < want.events.size(); ++k) {
    EXPECT_EQ(got.events[k].label, want.events[k].label);
    EXPECT_EQ(got.events[k].context, want.events[k].context);
    EXPECT_NEAR(got.events[k].time_s, want.events[k].time_s, 4e-6);
  }
  ASSERT_EQ(got.measures.size(), want.measures.size());
  for (const auto& [name, value] : want.measures) EXPECT_NEAR(got.measures.at(name), value, 1e-6 * value);
  EXPECT_EQ(got.up, want.up);
}

TEST(C3dReal, NothingIsLostOnTheWayThroughARecording) {
  KINEMYO_REAL_DATA(formats, "formats");
  std::size_t checked = 0;
  for (const auto& path : c3d_files(formats.parent_path())) {
    SCOPED_TRACE(path.string());
    if (path.filename() == "Optotrak.c3d") continue;
    const auto want = read_c3d(path);
    const C3dProcessor processors[] = {C3dProcessor::intel, C3dProcessor::dec, C3dProcessor::mips};
    const auto file = from_recording(want, {processors[checked++ % 3], C3dStorage::real});
    EXPECT_THAT(file.notes, testing::IsEmpty());
    expect_kept(want, to_recording("again", parse_c3d("again", format_c3d(file))));
  }
  EXPECT_EQ(checked, 39u);
}

}  // namespace
}  // namespace kinemyo::io
