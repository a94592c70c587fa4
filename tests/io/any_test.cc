#include "kinemyo/io/any.h"

#include <gmock/gmock.h>

#include <cmath>
#include <filesystem>

#include "kinemyo/base/error.h"
#include "kinemyo/base/file.h"
#include "kinemyo/io/c3d.h"
#include "real_data.h"

namespace kinemyo::io {
namespace {

namespace fs = std::filesystem;
using motion::Quantity;
using motion::Recording;
using testing::Contains;
using testing::HasSubstr;

class AnyTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::path(testing::TempDir()) /
              ("kinemyo_any_" + std::string(testing::UnitTest::GetInstance()->current_test_info()->name()));
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }
  Recording walk() const {
    Recording out;
    out.source = "walk";
    const auto clock = motion::Clock::uniform(100, 0, 2);
    out.series.emplace_back(Quantity::position, std::vector<motion::Channel>{{"LASI", "m"}}, clock,
                            base::Matrix<double>(2, 3, std::vector<double>{1, 2, 3, 4, 5, 6}));
    out.series.emplace_back(Quantity::coordinate, std::vector<motion::Channel>{{"hip_flexion_r", "rad"}}, clock,
                            base::Matrix<double>(2, 1, std::vector<double>{0.5, 0.25}));
    return out;
  }
  fs::path folder_;
};

TEST_F(AnyTest, WritesAndReadsEveryFormatByItsExtension) {
  for (const auto& format : formats()) {
    if (!format.written) continue;
    for (const auto& extension : format.extensions) {
      SCOPED_TRACE(extension);
      const fs::path path = folder_ / ("walk" + extension);
      write_recording(walk(), path);
      const Recording back = read_recording(path);
      ASSERT_FALSE(back.series.empty());
      EXPECT_EQ(back.series[0].frames(), 2u);
    }
  }
}

TEST_F(AnyTest, BelievesTheContentBeforeTheExtension) {
  write_recording(walk(), folder_ / "walk.trc");
  fs::rename(folder_ / "walk.trc", folder_ / "walk.dat");
  EXPECT_EQ(read_recording(folder_ / "walk.dat").format, "TRC");
  write_recording(walk(), folder_ / "walk.mot");
  fs::rename(folder_ / "walk.mot", folder_ / "walk.csv");
  EXPECT_EQ(read_recording(folder_ / "walk.csv").find(Quantity::coordinate)->at(1, 0), 0.25);
}

// A folder holds more than recordings.
TEST_F(AnyTest, FilesThatOnlyLookLikeRecordingsAreNone) {
  base::write_file(folder_ / "settings.json", "{\"epoch\": 3}");
  base::write_file(folder_ / "walk.json", "[{\"landmarks\": []}]");
  base::write_file(folder_ / "walk_000000000001_keypoints.json", "{\"people\": []}");
  base::write_file(folder_ / "people.h5", "\x89HDF\r\n\x1a\n ... format kinemyo prepared store");
  base::write_file(folder_ / "walk.h5", "\x89HDF\r\n\x1a\n");
  EXPECT_FALSE(has_known_extension(folder_ / "settings.json"));
  EXPECT_TRUE(has_known_extension(folder_ / "walk.json"));
  EXPECT_FALSE(has_known_extension(folder_ / "walk_000000000001_keypoints.json"));
  EXPECT_FALSE(has_known_extension(folder_ / "people.h5"));
  EXPECT_TRUE(has_known_extension(folder_ / "walk.h5"));
  EXPECT_FALSE(is_capture(folder_ / "people.h5"));
  EXPECT_TRUE(is_capture(folder_ / "walk.h5"));
  EXPECT_TRUE(is_capture(folder_ / "walk.mat"));
}

TEST_F(AnyTest, TwoChannelsCanTakeEachOthersNames) {
  Recording trial;
  trial.source = "walk";
  trial.series.emplace_back(Quantity::emg, std::vector<motion::Channel>{{"L TA", "V"}, {"R TA", "V"}, {"GM", "V"}}, motion::Clock::uniform(1000, 0, 1),
                            base::Matrix<double>(1, 3, {1, 2, 3}));
  auto swapped = trial;
  rename_channels(swapped, {{"L TA", "R TA"}, {"R TA", "L TA"}});
  EXPECT_EQ(swapped.series[0].names(), (std::vector<std::string>{"R TA", "L TA", "GM"}));
  EXPECT_EQ(swapped.series[0].at(0, 0), 1);
  EXPECT_THAT(swapped.notes, Contains("2 channels renamed by the table of aliases"));
  for (const auto& table : {std::map<std::string, std::string>{{"GM", "L TA"}}, std::map<std::string, std::string>{{"GM", "TA"}, {"L TA", "TA"}}}) {
    auto twice = trial;
    try {
      rename_channels(twice, table);
      ADD_FAILURE() << "nothing was thrown";
    } catch (const FormatError& problem) {
      EXPECT_THAT(problem.what(), HasSubstr("a channel cannot be renamed; expected a name that no other has, found "));
    }
  }
}

TEST_F(AnyTest, SaysWhatWasLeftOut) {
  EXPECT_THAT(write_recording(walk(), folder_ / "a.trc"), Contains("1 channels of coordinate: TRC holds marker positions only"));
  EXPECT_THAT(write_recording(walk(), folder_ / "a.npy"), Contains("1 channels of coordinate: an array holds one series"));
  auto faster = walk();
  faster.series.emplace_back(Quantity::emg, std::vector<motion::Channel>{{"TA", "V"}}, motion::Clock::uniform(1000, 0, 20),
                             base::Matrix<double>(20, 1));
  EXPECT_THAT(write_recording(faster, folder_ / "a.csv"),
              Contains("1 channels of emg at 1000 Hz: a CSV has one time column, that of position"));
}

TEST_F(AnyTest, SaysWhichFormatsThereAre) {
  base::write_file(folder_ / "x.bin", "hello");
  try {
    read_recording(folder_ / "x.bin");
    FAIL();
  } catch (const FormatError& problem) {
    EXPECT_THAT(problem.what(), HasSubstr("x.bin:byte 0x0: the format of the file is not known; expected "));
    EXPECT_THAT(problem.what(), HasSubstr("found \"hello\""));
  }
  try {
    write_recording(walk(), folder_ / "x.bin");
    FAIL();
  } catch (const Error& problem) {
    EXPECT_THAT(problem.what(), HasSubstr("no format is written under the extension \".bin\"; there are "));
  }
}

TEST_F(AnyTest, AnArrayIsATableOfChannels) {
  write_recording(walk(), folder_ / "a.npy");
  const Recording back = read_recording(folder_ / "a.npy", {.rate_hz = 50});
  EXPECT_EQ(back.series[0].channels().size(), 3u);
  EXPECT_EQ(back.series[0].at(1, 2), 6.0);
  EXPECT_EQ(back.series[0].clock().rate_hz(), 50.0);
}

// C3D to TRC and STO, and both back to one C3D: every number of the first is in the second.
TEST_F(AnyTest, LosesNothingFromC3dOverTrcAndStoToC3d) {
  KINEMYO_REAL_DATA(data, "formats");
  std::size_t files = 0;
  for (const auto& entry : fs::recursive_directory_iterator(data)) {
    if (entry.path().extension() != ".c3d") continue;
    Recording first;
    try {
      first = read_recording(entry.path());
    } catch (const FormatError&) {
      continue;
    }
    SCOPED_TRACE(entry.path());
    fs::remove_all(folder_);
    fs::create_directories(folder_);
    Recording joined;
    joined.source = "joined";
    bool others = false;
    for (const auto& series : first.series) others = others || series.quantity() != Quantity::position;
    if (first.find(Quantity::position) != nullptr) write_recording(first, folder_ / "a.trc");
    if (others) write_recording(first, folder_ / "a.sto");
    for (const auto& part : fs::directory_iterator(folder_)) {
      for (auto& series : read_recording(part.path()).series) joined.series.push_back(std::move(series));
    }
    write_recording(joined, folder_ / "b.c3d");
    const Recording second = read_recording(folder_ / "b.c3d");
    for (const auto& series : first.series) {
      const auto* back = second.find(series.quantity());
      ASSERT_NE(back, nullptr) << motion::to_string(series.quantity());
      ASSERT_EQ(back->frames(), series.frames());
      EXPECT_EQ(back->names(), series.names());
      std::size_t lost = 0;
      for (std::size_t i = 0; i < series.values().flat().size(); ++i) {
        const double x = series.values().flat()[i];
        const double y = back->values().flat()[i];
        const bool same = std::isnan(x) ? std::isnan(y) : std::abs(x - y) <= 1.2e-7 * std::abs(x) + 1e-12;
        lost += same ? 0 : 1;
      }
      EXPECT_EQ(lost, 0u) << motion::to_string(series.quantity());
    }
    ++files;
  }
  EXPECT_GE(files, 9u);
}

}  // namespace
}  // namespace kinemyo::io
