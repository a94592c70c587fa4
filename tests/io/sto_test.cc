#include "kinemyo/io/sto.h"

#include <unistd.h>

#include <gmock/gmock.h>

#include <cmath>
#include <numbers>
#include <sstream>

#include "kinemyo/base/file.h"
#include "kinemyo/io/coordinate_names.h"
#include "io/replaced.h"
#include "real_data.h"

namespace kinemyo::io {
namespace {

using motion::Quantity;
using motion::Recording;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr double kRad = std::numbers::pi / 180;

const std::string kMot =
    "Coordinates\nversion=1\nnRows=3\nnColumns=5\ninDegrees=yes\n\nUnits are S.I. units (second, meters, Newtons, ...)\n\n"
    "endheader\n"
    "time\tpelvis_tilt\tpelvis_tx\tknee_angle_r\tknee_angle_r_beta\n"
    "      1.00\t     10.00\t      0.50\t     60.00\t1.04719755\n"
    "      1.01\t     11.00\t      0.51\t     61.00\t1.06465084\n"
    "      1.02\t     12.00\t      0.52\t     62.00\t1.08210414\n";

std::string message(const std::string& text) {
  try {
    parse_sto(text, "t.mot");
  } catch (const FormatError& problem) {
    return problem.what();
  }
  return "no error";
}

TEST(Sto, AnglesBecomeRadiansTranslationsAndThePatellaStay) {
  const Recording recording = parse_sto(kMot, "t.mot");
  ASSERT_EQ(recording.series.size(), 1u);
  const auto& series = recording.series[0];
  EXPECT_EQ(recording.format, "MOT");
  EXPECT_EQ(series.quantity(), Quantity::coordinate);
  EXPECT_DOUBLE_EQ(series.at(0, 0), 10 * kRad);
  EXPECT_EQ(series.at(0, 1), 0.5);
  EXPECT_EQ(series.channels()[1].unit, "m");
  EXPECT_DOUBLE_EQ(series.at(2, 2), 62 * kRad);
  EXPECT_EQ(series.at(2, 3), 1.08210414);
  EXPECT_EQ(series.clock().rate_hz(), 100.0);
  EXPECT_EQ(series.clock().start_s(), 1.0);
}

TEST(Sto, APatellaInDegreesIsToldByItsNumbers) {
  std::string text = replaced(kMot, "1.04719755", "60.0");
  text = replaced(replaced(text, "1.06465084", "61.0"), "1.08210414", "62.0");
  const Recording recording = parse_sto(text, "t.mot");
  EXPECT_DOUBLE_EQ(recording.series[0].at(0, 3), 60 * kRad);
  EXPECT_THAT(recording.notes, Contains("knee_angle_r_beta is in degrees, unlike OpenSim's own files"));
}

TEST(Sto, RadiansStay) {
  const Recording recording = parse_sto(replaced(kMot, "=yes", "=no"), "t.mot");
  EXPECT_EQ(recording.series[0].at(0, 0), 10.0);
}

TEST(Sto, PathsOfCoordinatesAreShortened) {
  const Recording recording = parse_sto(
      "inDegrees=no\nendheader\ntime\t/jointset/hip_r/hip_flexion_r/value\t/jointset/hip_r/hip_flexion_r/speed\n0\t1\t2\n", "a.sto");
  EXPECT_THAT(recording.series[0].names(), ElementsAre("hip_flexion_r"));
  EXPECT_EQ(recording.series[1].quantity(), Quantity::analog);
}

TEST(Sto, ForcePlatesBecomeVectors) {
  const Recording recording = parse_sto(
      "name grf.mot\ndatacolumns 10\ndatarows 1\nendheader\n"
      "time\tground_force_1_vx\tground_force_1_vy\tground_force_1_vz\tground_force_1_px\tground_force_1_py\t"
      "ground_force_1_pz\tR_ground_torque_x\tR_ground_torque_y\tR_ground_torque_z\t\n"
      "0\t1\t2\t3\t4\t5\t6\t7\t8\t9\t\n",
      "grf.mot");
  ASSERT_EQ(recording.series.size(), 3u);
  const auto* force = recording.find(Quantity::force3);
  ASSERT_NE(force, nullptr);
  EXPECT_THAT(force->names(), ElementsAre("ground_force_1_v"));
  EXPECT_EQ(force->at(0, 0, 1), 2.0);
  EXPECT_EQ(recording.find(Quantity::vector3)->channels()[0].unit, "m");
  EXPECT_THAT(recording.find(Quantity::moment3)->names(), ElementsAre("R_ground_torque"));
}

TEST(Sto, CellsOfSeveralNumbers) {
  const Recording vec3 = parse_sto("DataType=Vec3\nendheader\ntime\ta\tb\n0\t1,2,3\t4,5,6\n1\t1,2,3\t\n", "v.sto");
  EXPECT_EQ(vec3.series[0].quantity(), Quantity::vector3);
  EXPECT_EQ(vec3.series[0].at(0, 1, 2), 6.0);
  EXPECT_TRUE(vec3.series[0].missing(1, 1));
  const Recording spatial = parse_sto("DataType=SpatialVec\nendheader\ntime\ta\n0\t1,2,3,4,5,6\n", "v.sto");
  EXPECT_THAT(spatial.series[0].names(), ElementsAre("a_rotation", "a_translation"));
  EXPECT_EQ(spatial.series[0].at(0, 1, 0), 4.0);
  EXPECT_EQ(message("DataType=Vec3\nendheader\ntime\ta\n0\t1,2\n"),
            "t.mot:line 4, column 2: a cell holds no vector; expected 3 numbers with commas between, found \"1,2\"");
}

TEST(Sto, ColumnsPartedByAnyBlanks) {
  const Recording recording = parse_sto("test\nnRows=2\nnColumns=3\nendheader\n\t\t\n \ntime\tv1 v2\n1.\t10\t20.\n2. 20\t\t40\n", "a.sto");
  ASSERT_EQ(recording.series[0].channels().size(), 2u);
  EXPECT_EQ(recording.series[0].at(1, 1), 40.0);
}

TEST(Sto, SaysWhatIsWrongAndWhere) {
  EXPECT_EQ(message(""), "t.mot:line 1: the header never ends; expected a line endheader, found the end of the file");
  EXPECT_EQ(message(kMot.substr(0, kMot.find("time\t"))),
            "t.mot:line 10: the file ends too early; expected a line with the names of the columns, found the end of the file");
  EXPECT_EQ(message(kMot.substr(0, kMot.find("      1.00"))),
            "t.mot:line 10: the file holds no rows; expected rows below the names, found none");
  EXPECT_EQ(message(replaced(kMot, "time\t", "frame\t")),
            "t.mot:line 10: the first column is not the time; expected time, found \"frame\"");
  EXPECT_EQ(message(replaced(kMot, "pelvis_tx", "pelvis_tilt")),
            "t.mot:line 10, column 3: two columns bear one name; expected different names, found \"pelvis_tilt\"");
  EXPECT_EQ(message(replaced(kMot, "0.51", "0.5.1")),
            "t.mot:line 12, column 3: a cell holds no number; expected a number or nothing, found \"      0.5.1\"");
  EXPECT_EQ(message(replaced(kMot, "1.02", "1.00")),
            "t.mot:line 13, column 1: time does not increase; expected more than 1.01 s, found 1");
  EXPECT_EQ(message(replaced(kMot, "inDegrees=yes\n", "")),
            "t.mot:header: the header does not say whether angles are in degrees; expected inDegrees=yes or inDegrees=no, found neither");
  EXPECT_EQ(message(replaced(kMot, "=yes", "=maybe")),
            "t.mot:header: inDegrees is neither yes nor no; expected yes or no, found \"maybe\"");
}

TEST(Sto, EveryTruncationIsReadRightOrRefused) {
  const Recording whole = parse_sto(kMot, "t.mot");
  for (std::size_t n = 0; n < kMot.size(); ++n) {
    try {
      const Recording part = parse_sto(std::string_view(kMot).substr(0, n), "t.mot");
      for (std::size_t f = 0; f < part.series[0].frames(); ++f) {
        for (std::size_t c = 0; c < 4; ++c) ASSERT_EQ(part.series[0].at(f, c), whole.series[0].at(f, c)) << n;
      }
    } catch (const FormatError&) {
    }
  }
}

TEST(Sto, EveryFlippedByteIsReadOrRefused) {
  std::string text = kMot;
  for (std::size_t n = 0; n < text.size(); ++n) {
    for (const int bit : {1, 2, 4, 8, 16, 64, 128}) {
      text[n] = static_cast<char>(text[n] ^ bit);
      try {
        parse_sto(text, "t.mot");
      } catch (const Error&) {
      }
      text[n] = static_cast<char>(text[n] ^ bit);
    }
  }
}

void expect_same(const motion::Series& a, const motion::Series& b) {
  EXPECT_EQ(a.quantity(), b.quantity());
  EXPECT_EQ(a.channels(), b.channels());
  ASSERT_EQ(a.frames(), b.frames());
  for (std::size_t i = 0; i < a.values().flat().size(); ++i) {
    const double x = a.values().flat()[i];
    const double y = b.values().flat()[i];
    EXPECT_EQ(std::isnan(x), std::isnan(y));
    // Not every angle in radians is the quotient of a double in degrees: the last bit may differ.
    if (!std::isnan(x)) {
      EXPECT_NEAR(x, y, 2e-16 * std::abs(y));
    }
  }
}

TEST(Sto, CoordinatesRoundTripInAPlainFile) {
  const Recording once = parse_sto(kMot, "t.mot");
  const std::string text = format_sto({&once.series[0]}, "Coordinates");
  EXPECT_EQ(text,
            "Coordinates\nversion=1\nnRows=3\nnColumns=5\ninDegrees=yes\nendheader\n"
            "time\tpelvis_tilt\tpelvis_tx\tknee_angle_r\tknee_angle_r_beta\n"
            "1\t10\t0.5\t60\t1.04719755\n1.01\t11\t0.51\t61\t1.06465084\n1.02\t12\t0.52\t62\t1.08210414\n");
  expect_same(parse_sto(text, "again.mot").series[0], once.series[0]);
}

TEST(Sto, EveryQuantityRoundTripsOverFilesOfOneClockEach) {
  Recording recording;
  recording.source = "walk.c3d";
  const auto slow = motion::Clock::uniform(100, 0.25, 3);
  const auto fast = motion::Clock::uniform(1000, 0.25, 30);
  double next = 0.1;
  const auto add = [&](Quantity quantity, std::vector<motion::Channel> channels, const motion::Clock& clock) {
    base::Matrix<double> values(clock.size(), channels.size() * motion::components(quantity));
    for (auto& v : values.flat()) v = (next *= -1.0137);
    values(1, 0) = std::nan("");
    recording.series.emplace_back(quantity, std::move(channels), clock, std::move(values));
  };
  add(Quantity::position, {{"LASI", "m"}}, slow);
  add(Quantity::angle3, {{"LKneeAngles", "rad"}, {"RKneeAngles", "rad"}}, slow);
  add(Quantity::force3, {{"ground_force_1_v", "N"}, {"LKneeForce", "N/kg"}}, slow);
  add(Quantity::vector3, {{"LKneePower", "W"}}, slow);
  add(Quantity::coordinate, {{"pelvis_tx", "m"}, {"knee_angle_r", "rad"}, {"knee_angle_r_beta", "rad"}, {"own", "rad"}}, slow);
  add(Quantity::rotation, {{"thigh", "m"}}, slow);
  add(Quantity::visibility, {{"LEFT_HIP", "1"}}, slow);
  add(Quantity::emg, {{"Tibialis Anterior / Dorsiflexors", "V"}}, fast);
  add(Quantity::analog, {{"Pin, 1", "V"}, {"odd", ""}, {"Pressure", "N m"}}, fast);
  recording.events.push_back({"Foot Strike", "Left", 0.5});
  const auto folder = std::filesystem::path(testing::TempDir()) / ("kinemyo_sto_round_" + std::to_string(::getpid()));
  std::filesystem::create_directories(folder);
  const auto notes = write_sto(recording, folder / "walk.sto");
  EXPECT_THAT(notes, ElementsAre("1 markers: STO and MOT hold no positions, TRC does",
                                 "what runs on another clock was written to walk_1000Hz.sto", "1 events"));
  const Recording a = read_sto(folder / "walk.sto");
  const Recording b = read_sto(folder / "walk_1000Hz.sto");
  EXPECT_EQ(a.series.size() + b.series.size(), 8u);
  for (const auto& series : recording.series) {
    if (series.quantity() == Quantity::position) continue;
    SCOPED_TRACE(motion::to_string(series.quantity()));
    const auto* back = (series.frames() == 3 ? a : b).find(series.quantity());
    ASSERT_NE(back, nullptr);
    expect_same(*back, series);
    EXPECT_EQ(back->clock().rate_hz(), series.clock().rate_hz());
    EXPECT_EQ(back->clock().start_s(), 0.25);
  }
  std::filesystem::remove_all(folder);
}

// tests/golden/io/make_real_sto.py read the same files with NumPy.
TEST(Sto, ReadsRealFilesAsNumpyDoes) {
  KINEMYO_REAL_DATA(folder, "nimble");
  std::istringstream golden(base::read_file(std::string(KINEMYO_GOLDEN_DIR) + "/io/real_sto.txt"));
  std::string name;
  std::size_t frames = 0, numbers = 0, files = 0;
  double first = 0, last = 0, sum = 0;
  while (golden >> name >> frames >> numbers >> first >> last >> sum) {
    SCOPED_TRACE(name);
    const Recording recording = read_sto(folder.parent_path() / name);
    const bool degrees = std::find(recording.notes.begin(), recording.notes.end(), "angles were in degrees") != recording.notes.end();
    double total = 0;
    std::size_t width = 0;
    for (const auto& series : recording.series) {
      ASSERT_EQ(series.frames(), frames);
      width += series.values().columns();
      for (std::size_t c = 0; c < series.channels().size(); ++c) {
        const auto& channel = series.channels()[c];
        const bool turned = degrees && channel.unit == "rad" && !is_patella_name(channel.name);
        for (std::size_t f = 0; f < frames; ++f) {
          for (std::size_t k = 0; k < series.components(); ++k) total += std::abs(series.at(f, c, k)) / (turned ? kRad : 1);
        }
      }
    }
    EXPECT_EQ(width, numbers);
    EXPECT_NEAR(total, sum, 1e-9 * sum);
    EXPECT_NEAR(recording.series[0].clock().time_s(0), first, 1e-9);
    EXPECT_NEAR(recording.series[0].clock().time_s(frames - 1), last, 1e-6);
    ++files;
  }
  EXPECT_GT(files, 50u);
}

}  // namespace
}  // namespace kinemyo::io
