#include "kinemyo/io/c3d.h"

#include <unistd.h>

#include <gmock/gmock.h>

#include <filesystem>
#include <functional>
#include <numbers>

#include "c3d_sample.h"
#include "kinemyo/base/file.h"
#include "kinemyo/io/channel_names.h"
#include "kinemyo/io/c3d_numbers.h"
#include "kinemyo/io/c3d_parameters.h"

namespace kinemyo::io {
namespace {

using motion::Quantity;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;

std::string message_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const std::exception& problem) {
    return problem.what();
  }
  return "nothing was thrown";
}

// Every series of `want`, by quantity, name and number; `relative` to the largest number of a series,
// but points within half a `step` of integers (mm, degrees).
void expect_same(const motion::Recording& got, const motion::Recording& want, double relative, double step = 0) {
  ASSERT_EQ(got.series.size(), want.series.size());
  EXPECT_EQ(got.up, want.up);
  for (const auto& expected : want.series) {
    SCOPED_TRACE(motion::to_string(expected.quantity()));
    const auto* actual = got.find(expected.quantity());
    ASSERT_NE(actual, nullptr);
    ASSERT_EQ(actual->names(), expected.names());
    ASSERT_EQ(actual->frames(), expected.frames());
    EXPECT_DOUBLE_EQ(actual->clock().rate_hz(), expected.clock().rate_hz());
    EXPECT_NEAR(actual->clock().start_s(), expected.clock().start_s(), 1e-12);
    double largest = 0;
    for (const double v : expected.values().flat()) {
      if (!std::isnan(v)) largest = std::max(largest, std::fabs(v));
    }
    for (std::size_t c = 0; c < expected.channels().size(); ++c) {
      EXPECT_EQ(actual->channels()[c].unit, expected.channels()[c].unit);
    }
    double tolerance = relative * largest;
    if (step > 0 && expected.quantity() == Quantity::position) tolerance = 0.501e-3 * step;
    if (step > 0 && expected.quantity() == Quantity::angle3) tolerance = 0.501 * step * std::numbers::pi / 180;
    for (std::size_t i = 0; i < expected.values().flat().size(); ++i) {
      const double a = actual->values().flat()[i], e = expected.values().flat()[i];
      ASSERT_EQ(std::isnan(a), std::isnan(e)) << i;
      if (!std::isnan(e)) { ASSERT_NEAR(a, e, tolerance) << i; }
    }
    ASSERT_EQ(actual->residuals().empty(), expected.residuals().empty());
  }
  ASSERT_EQ(got.events.size(), want.events.size());
  for (std::size_t i = 0; i < want.events.size(); ++i) {
    EXPECT_EQ(got.events[i].label, want.events[i].label);
    EXPECT_EQ(got.events[i].context, want.events[i].context);
    EXPECT_NEAR(got.events[i].time_s, want.events[i].time_s, 1e-6);
  }
  ASSERT_EQ(got.measures.size(), want.measures.size());
  for (const auto& [name, value] : want.measures) EXPECT_NEAR(got.measures.at(name), value, 1e-6 * value) << name;
}

motion::Recording through_bytes(const motion::Recording& recording, const C3dWriteOptions& options = {}) {
  return to_recording("x.c3d", parse_c3d("x.c3d", format_c3d(from_recording(recording, options))));
}

struct Variant {
  C3dWriteOptions options;
  const char* name;
};

class C3dVariants : public testing::TestWithParam<Variant> {};

TEST_P(C3dVariants, KeepsARecording) {
  auto recording = sample_recording();
  const bool integer = GetParam().options.storage == C3dStorage::integer;
  recording.series.push_back(sample_rotations());
  const auto file = parse_c3d("x.c3d", format_c3d(from_recording(recording, GetParam().options)));
  EXPECT_EQ(file.processor, GetParam().options.processor);
  EXPECT_EQ(file.storage, GetParam().options.storage);
  auto got = to_recording("x.c3d", file);
  double step = 0;
  if (integer) {
    // One step of the integers is a 32767th of the largest number of all points: forces dwarf markers here.
    EXPECT_THAT(from_recording(recording, GetParam().options).notes, Contains(HasSubstr("stored as integers of")));
    recording.series.erase(recording.series.begin() + 2, recording.series.begin() + 5);
    got = through_bytes(recording, GetParam().options);
    step = from_recording(recording, GetParam().options).scale;
    EXPECT_LT(step, 0.04);  // mm: 1.25 m in 32767 steps
  }
  expect_same(got, recording, integer ? 3.1e-5 : 2e-7, step);
  const auto& residuals = got.find(Quantity::position)->residuals();
  for (std::size_t f = 0; f < 6 && !integer; ++f) {
    EXPECT_NEAR(residuals(f, 0), 0.0005 * static_cast<double>(f + 1), 1e-9);
    EXPECT_EQ(residuals(f, 2), 0.0f);
  }
  EXPECT_TRUE(std::isnan(residuals(2, 1)));
}

// What was read once is stored and read again: nothing may drift.
TEST_P(C3dVariants, SecondRoundIsTheFirst) {
  const auto first = through_bytes(sample_recording(), GetParam().options);
  const auto second = through_bytes(first, GetParam().options);
  expect_same(second, first, GetParam().options.storage == C3dStorage::integer ? 3.1e-5 : 1e-7);
}

TEST_P(C3dVariants, FileIsTheSameAfterParsing) {
  auto recording = sample_recording();
  recording.series.push_back(sample_rotations());
  auto file = from_recording(recording, GetParam().options);
  file.events = {{"RHS", 0.5f, true}, {"LTO", 1.25f, false}};
  file.largest_gap = 10;
  const std::string bytes = format_c3d(file);
  const auto again = parse_c3d("x.c3d", bytes);
  EXPECT_EQ(again.events, file.events);
  EXPECT_EQ(again.largest_gap, 10);
  EXPECT_EQ(again.points, file.points);
  EXPECT_EQ(again.analogs, file.analogs);
  EXPECT_EQ(again.first_frame, 5u);
  EXPECT_EQ(format_c3d(again), bytes);
}

INSTANTIATE_TEST_SUITE_P(
    All, C3dVariants,
    testing::Values(Variant{{C3dProcessor::intel, C3dStorage::real}, "IntelReal"},
                    Variant{{C3dProcessor::intel, C3dStorage::integer}, "IntelInteger"},
                    Variant{{C3dProcessor::dec, C3dStorage::real}, "DecReal"},
                    Variant{{C3dProcessor::dec, C3dStorage::integer}, "DecInteger"},
                    Variant{{C3dProcessor::mips, C3dStorage::real}, "MipsReal"},
                    Variant{{C3dProcessor::mips, C3dStorage::integer}, "MipsInteger"}),
    [](const auto& one) { return one.param.name; });

TEST(C3d, OneRecordingDecodesTheSameFromEveryProcessor) {
  for (const auto storage : {C3dStorage::real, C3dStorage::integer}) {
    const auto recording = through_bytes(sample_recording(), {C3dProcessor::intel, storage});
    for (const auto processor : {C3dProcessor::dec, C3dProcessor::mips}) {
      const auto got = through_bytes(sample_recording(), {processor, storage});
      ASSERT_EQ(got.series.size(), recording.series.size());
      for (std::size_t s = 0; s < got.series.size(); ++s) {
        const auto& a = got.series[s].values().flat();
        const auto& b = recording.series[s].values().flat();
        ASSERT_EQ(a.size(), b.size());
        for (std::size_t i = 0; i < a.size(); ++i) EXPECT_TRUE(a[i] == b[i] || (std::isnan(a[i]) && std::isnan(b[i]))) << s << " " << i << ": " << a[i] << " " << b[i];
      }
      EXPECT_EQ(got.events, recording.events);
      EXPECT_EQ(got.measures, recording.measures);
    }
  }
}

// Bytes of F-floats as the VAX architecture and the USGS's libvaxdata print them.
TEST(C3dNumbers, ReadsVaxFloats) {
  const struct {
    unsigned char bytes[4];
    float value;
  } known[] = {{{0x80, 0x40, 0, 0}, 1.0f},          {{0x80, 0xc0, 0, 0}, -1.0f},
               {{0x60, 0x41, 0, 0}, 3.5f},          {{0x49, 0x41, 0xd0, 0x0f}, 3.14159f},
               {{0x9e, 0x40, 0x52, 0x06}, 1.23456789012345f}, {{0xf0, 0x7d, 0xc2, 0xbd}, 1.0e37f},
               {{0x08, 0x03, 0xea, 0x1c}, 1.0e-37f}, {{0, 0, 0, 0}, 0.0f}};
  for (const auto& one : known) {
    EXPECT_EQ(c3d::decode_float(C3dProcessor::dec, reinterpret_cast<const char*>(one.bytes)), one.value);
    std::string back;
    c3d::append_float(C3dProcessor::dec, one.value, back);
    EXPECT_EQ(back, std::string(reinterpret_cast<const char*>(one.bytes), 4)) << one.value;
  }
}

TEST(C3dNumbers, VaxHasOneNaNAndSmallerExponents) {
  std::string bytes;
  c3d::append_float(C3dProcessor::dec, std::nanf(""), bytes);
  EXPECT_TRUE(std::isnan(c3d::decode_float(C3dProcessor::dec, bytes.data())));
  bytes.clear();
  c3d::append_float(C3dProcessor::dec, 3e38f, bytes);
  EXPECT_TRUE(std::isnan(c3d::decode_float(C3dProcessor::dec, bytes.data())));
  for (const float small : {0x1p-126f, 0x1.8p-127f, 0x1p-128f}) {
    bytes.clear();
    c3d::append_float(C3dProcessor::dec, -small, bytes);
    EXPECT_EQ(c3d::decode_float(C3dProcessor::dec, bytes.data()), -small);
  }
}

TEST(C3d, AnalogIsRawMinusOffsetTimesBothScales) {
  C3dFile file;
  file.storage = C3dStorage::integer;
  file.rate_hz = 100;
  file.samples_per_frame = 2;
  file.points = base::Matrix<float>(1, 0);
  file.analogs = base::Matrix<float>(2, 2, std::vector<float>{0, 40000, 65535, 32768});
  c3d::set_texts(file.groups, "ANALOG", "LABELS", {"Delt EMG", "Fz1"});
  c3d::set_texts(file.groups, "ANALOG", "UNITS", {"mV", "N"});
  c3d::set(file.groups, "ANALOG", c3d::make_text("FORMAT", "UNSIGNED"));
  c3d::set(file.groups, "ANALOG", c3d::make_integers("OFFSET", {-32768, 0}));  // 32768, unsigned
  c3d::set(file.groups, "ANALOG", c3d::make_real("GEN_SCALE", 0.5));
  c3d::set_reals(file.groups, "ANALOG", "SCALE", {0.25f, 2.0f});
  const auto got = to_recording("x", parse_c3d("x", format_c3d(file)));
  EXPECT_NEAR(got.find(Quantity::emg)->at(0, 0), -4.096, 1e-12);
  EXPECT_NEAR(got.find(Quantity::emg)->at(1, 0), 32767 * 0.125e-3, 1e-12);
  EXPECT_DOUBLE_EQ(got.find(Quantity::analog)->at(0, 0), 40000);
  EXPECT_DOUBLE_EQ(got.find(Quantity::analog)->at(1, 0), 32768);
  EXPECT_DOUBLE_EQ(got.find(Quantity::analog)->clock().rate_hz(), 200);
}

TEST(C3d, NegativeResidualIsMissingAndCamerasAreNoted) {
  C3dFile file;
  file.storage = C3dStorage::integer;
  file.rate_hz = 100;
  file.scale = 0.5;
  file.points = base::Matrix<float>(1, 12, std::vector<float>{10, 20, -30, 5, 1, 1, 1, -1, 2, 2, 2, 0x0304});
  c3d::set(file.groups, "POINT", c3d::make_text("UNITS", "cm"));
  const auto got = to_recording("x", parse_c3d("x", format_c3d(file)));
  const auto& markers = *got.find(Quantity::position);
  EXPECT_DOUBLE_EQ(markers.at(0, 0, 2), -0.15);
  EXPECT_FLOAT_EQ(markers.residuals()(0, 0), 0.025f);
  EXPECT_TRUE(markers.missing(0, 1));
  EXPECT_TRUE(std::isnan(markers.residuals()(0, 1)));
  EXPECT_FLOAT_EQ(markers.residuals()(0, 2), 0.02f);
  EXPECT_THAT(got.notes, Contains("not kept: which cameras saw each point"));
  EXPECT_THAT(got.notes, Contains("point without a label, named by place: unnamed_1, unnamed_2, unnamed_3"));
}

TEST(C3d, HeaderEventsCountFromTheFirstFrame) {
  auto recording = sample_recording();
  recording.events = {{"Foot Strike", "Left", 0.1}};
  auto file = from_recording(recording);
  file.events = {{"LHS", 0.02f, true}, {"RTO", 0.5f, true}};  // the first is the one of the group
  const auto got = to_recording("x", parse_c3d("x", format_c3d(file)));
  ASSERT_EQ(got.events.size(), 2u);
  EXPECT_EQ(got.events[1].label, "RTO");
  EXPECT_NEAR(got.events[1].time_s, 0.58, 1e-7);
}

TEST(C3d, HoldsMoreThan255LabelsAndMoreThan65535Frames) {
  const std::size_t count = 300, frames = 70000;
  std::vector<motion::Channel> names, emg;
  for (std::size_t i = 0; i < count; ++i) emg.push_back({"EMG" + std::to_string(i), "V"});
  motion::Recording recording;
  base::Matrix<double> values(frames, 3);
  for (std::size_t f = 0; f < frames; ++f) values(f, 1) = static_cast<double>(f) / 1024;
  recording.series.emplace_back(Quantity::position, std::vector<motion::Channel>{{"A", "m"}},
                                motion::Clock::uniform(100, 0, frames), values);
  const auto got = through_bytes(recording);
  ASSERT_EQ(got.series[0].frames(), frames);
  EXPECT_NEAR(got.series[0].at(frames - 1, 0, 1), 69999.0 / 1024, 1e-5);

  motion::Recording wide;
  wide.series.emplace_back(Quantity::emg, emg, motion::Clock::uniform(1000, 0, 3), wave(3, count, 1e-3));
  const auto wide_got = through_bytes(wide);
  EXPECT_EQ(wide_got.find(Quantity::emg)->names(), wide.series[0].names());
  EXPECT_NEAR(wide_got.find(Quantity::emg)->at(2, 299), wide.series[0].at(2, 299), 1e-9);
}

TEST(C3d, LateStartsAreKeptInTheTrialGroup) {
  motion::Recording recording;
  recording.series.emplace_back(Quantity::position, std::vector<motion::Channel>{{"A", "m"}},
                                motion::Clock::uniform(100, 700, 500), wave(500, 3, 1));
  const auto got = through_bytes(recording);
  EXPECT_NEAR(got.series[0].clock().start_s(), 700, 1e-9);
  EXPECT_EQ(got.series[0].frames(), 500u);
}

TEST(C3d, SaysWhatItCannotHold) {
  auto recording = sample_recording();
  recording.series.emplace_back(Quantity::coordinate, std::vector<motion::Channel>{{"knee_angle_r", "rad"}},
                                motion::Clock::uniform(50, 0.08, 6), wave(6, 1, 1));
  recording.series.emplace_back(Quantity::emg, std::vector<motion::Channel>{{"odd", "V"}},
                                motion::Clock::uniform(130, 0.08, 6), wave(6, 1, 1));
  recording.measures["Mood"] = 3;
  const auto file = from_recording(recording);
  EXPECT_THAT(file.notes, Contains("not written: 1 channels of coordinate at 50 Hz, for which C3D has no place"));
  EXPECT_THAT(file.notes, Contains("not written: 1 channels of emg at 130 Hz, whose clock does not fit frames of "
                                   "50 Hz and 4 samples a frame"));
  EXPECT_THAT(file.notes, Contains("not written: measures whose name says neither length nor mass, or that are "
                                   "not above 0: Mood"));
  EXPECT_EQ(message_of([] { from_recording({}); }), "nothing in this recording can be written as C3D");
}

TEST(C3d, SeriesOfOtherLengthsArePadded) {
  auto recording = sample_recording();
  recording.series.emplace_back(Quantity::position, std::vector<motion::Channel>{{"late", "m"}},
                                motion::Clock::uniform(50, 0.12, 7), wave(7, 3, 1));
  const auto file = from_recording(recording);
  EXPECT_EQ(file.frames(), 9u);
  EXPECT_THAT(file.notes, Contains("1 channels of position at 50 Hz: padded with 2 missing frames to fit the others"));
  const auto got = to_recording("x", parse_c3d("x", format_c3d(file)));
  const auto& markers = *got.find(Quantity::position);
  ASSERT_EQ(markers.names(), (std::vector<std::string>{"LASI", "RASI", "Tom:C7", "late"}));
  EXPECT_TRUE(markers.missing(1, 3));
  EXPECT_NEAR(markers.at(2, 3, 0), wave(7, 3, 1)(0, 0), 1e-6);
  EXPECT_TRUE(markers.missing(8, 0));
  EXPECT_TRUE(std::isnan(got.find(Quantity::emg)->at(35, 0)));
}

TEST(C3d, StartsBetweenFramesAreMovedAndSaid) {
  motion::Recording recording;
  recording.series.emplace_back(Quantity::position, std::vector<motion::Channel>{{"A", "m"}},
                                motion::Clock::uniform(100, 1.004, 5), wave(5, 3, 1));
  recording.events = {{"x", "", 1.024}};
  const auto file = from_recording(recording);
  const auto got = to_recording("x", file);
  EXPECT_NEAR(got.series[0].clock().start_s(), 1.0, 1e-12);
  EXPECT_NEAR(got.events[0].time_s, 1.02, 1e-6);
  EXPECT_THAT(file.notes, Contains(HasSubstr("all times are moved by -0.00400000000000")));
}

TEST(C3d, RepeatedAndEmptyLabelsGetNamesOfTheirOwn) {
  std::vector<std::string> notes;
  EXPECT_THAT(distinct_names({"A", "", "A", "A#2", "A"}, 6, "point", notes),
              ElementsAre("A", "unnamed_2", "A#3", "A#2", "A#4", "unnamed_6"));
  EXPECT_THAT(notes, ElementsAre("point without a label, named by place: unnamed_2, unnamed_6",
                                 "point with a label that stands before, renamed: A#3, A#4"));
}

TEST(C3d, TellsEmgFromOtherVolts) {
  const auto chosen = [](std::vector<AnalogChannel> channels) { return find_emg(channels); };
  EXPECT_THAT(chosen({{"Voltage.L Rect", "", "V"}, {"Pin 3", "", "V"}, {"Fz1", "", "V"}, {"Voltage.7", "", "V"},
                      {"R_TA", "", "mV"}, {"Sync", "", "V"}, {"R_TA", "", "N"}, {"x", "", "V", true}}),
              ElementsAre(true, false, false, false, true, false, false, false));
  EXPECT_THAT(chosen({{"Delt.EMG1", "", "V"}, {"Biceps", "", "V"}, {"Voltage.1", "Analog EMG::x", "uV"},
                      {"EMG trigger", "", "V"}}),
              ElementsAre(true, false, true, false));
}

TEST(C3d, MessagesSayWhatIsWrong) {
  const std::string good = format_c3d(from_recording(sample_recording()));
  const auto problem = [](std::string bytes) {
    return message_of([&] { to_recording("t.c3d", parse_c3d("t.c3d", bytes)); });
  };
  const auto with = [&](std::size_t at, char value) {
    std::string bytes = good;
    bytes[at] = value;
    return bytes;
  };
  EXPECT_EQ(problem(""), "t.c3d:byte 0x0: the header runs past the end of the file; expected 1 items of 512 bytes, found 0 bytes left");
  EXPECT_EQ(problem(with(1, 'P' + 1)), "t.c3d:byte 0x1: not a C3D file: its second byte is another; expected 80, found 81");
  EXPECT_EQ(problem(with(0, 1)), "t.c3d:byte 0x0: the parameter section would lie inside the header; expected a block from 2, found 1");
  EXPECT_EQ(problem(with(515, 87)), "t.c3d:byte 0x203: the processor is unknown; expected 84 (Intel), 85 (DEC) or 86 (MIPS), found 87");
  const auto file = parse_c3d("t.c3d", good);
  EXPECT_EQ(problem(good.substr(0, good.size() - 512)),
            "t.c3d:byte 0xc00: the file ends before its last frame; expected 6 frames of 208 bytes from byte 2048, "
            "found 4 whole frames");
  auto changed = file;
  c3d::set(changed.groups, "POINT", c3d::make_text("UNITS", "parsec"));
  EXPECT_EQ(message_of([&] { to_recording("t.c3d", changed); }),
            "t.c3d:POINT:UNITS: the unit of the positions is not known; expected mm, cm or m, found \"parsec\"");
  EXPECT_EQ(to_recording("t.c3d", changed, {.point_unit = "m"}).series.size(), 7u);
  changed = file;
  c3d::set(changed.groups, "EVENT", c3d::make_integer("USED", 9));
  EXPECT_EQ(message_of([&] { to_recording("t.c3d", changed); }),
            "t.c3d:EVENT:TIMES: events without a time; expected 9 pairs of minutes and seconds, found 3");
  EXPECT_EQ(message_of([] { read_c3d("/nowhere.c3d"); }), "/nowhere.c3d: cannot open: No such file or directory");
}

TEST(C3d, RefusesAFileWithoutARate) {
  std::string bytes = format_c3d(from_recording(sample_recording()));
  for (std::size_t i = 0x14; i < 0x18; ++i) bytes[i] = 0;
  std::size_t at = 0;
  std::size_t zeroed = 0;
  while ((at = bytes.find("RATE", at)) != std::string::npos) {
    for (std::size_t i = 0; i < 4; ++i) bytes[at + 8 + i] = 0;
    at += 4;
    ++zeroed;
  }
  EXPECT_EQ(zeroed, 2u);  // POINT and ANALOG
  EXPECT_EQ(message_of([&] { parse_c3d("t.c3d", bytes); }),
            "t.c3d:byte 0x14: the file has no frame rate; expected POINT:RATE or the header's rate "
            "between 0.001 and 1000000 Hz, found 0 and 0");
}

TEST(C3d, WritesAtomicallyAndReadsBack) {
  const auto path = std::filesystem::path(testing::TempDir()) / ("kinemyo_sample_" + std::to_string(::getpid()) + ".c3d");
  EXPECT_THAT(write_c3d(sample_recording(), path), ElementsAre());
  expect_same(read_c3d(path), sample_recording(), 2e-7);
  EXPECT_TRUE(looks_like_c3d(base::read_file(path)));
  std::filesystem::remove(path);
}

TEST(C3dWriting, SizesBeyondItsStepsAreRefusedByName) {
  auto recording = sample_recording();
  auto& markers = recording.series[0];
  base::Matrix<float> residuals(6, 3, 0.0f);
  residuals(1, 1) = 1e37f;
  markers.set_residuals(residuals);
  EXPECT_THAT([&] { from_recording(recording); },
              testing::ThrowsMessage<Error>(testing::HasSubstr("residuals as large as 1e+40 (mm, degrees, ...)")));
  recording = sample_recording();
  recording.series[0].values()(0, 0) = 1e45;
  EXPECT_THAT([&] { from_recording(recording, {C3dProcessor::intel, C3dStorage::integer}); },
              testing::ThrowsMessage<Error>(testing::HasSubstr("positions, angles or forces as large as 1e+48")));
  recording.series[0].values()(0, 0) = 1e36;
  EXPECT_THAT([&] { from_recording(recording); }, testing::ThrowsMessage<Error>(testing::HasSubstr("positions, angles or forces as large as 1e+39")));
  recording = sample_recording();
  auto& emg = *std::find_if(recording.series.begin(), recording.series.end(), [](const auto& s) { return s.quantity() == Quantity::emg; });
  emg.values()(3, 1) = 1e39;
  EXPECT_THAT([&] { from_recording(recording); }, testing::ThrowsMessage<Error>(testing::HasSubstr("an analog channel as large as 1e+39")));
  // What is too small is nothing.
  emg.values()(3, 1) = 1e-60;
  recording.series[0].values()(0, 0) = 1e-60;
  residuals(1, 1) = 1e-45f;
  recording.series[0].set_residuals(residuals);
  const auto again = to_recording("small.c3d", parse_c3d("small.c3d", format_c3d(from_recording(recording))));
  EXPECT_EQ(again.series[0].at(0, 0, 0), 0);
}

}  // namespace
}  // namespace kinemyo::io
