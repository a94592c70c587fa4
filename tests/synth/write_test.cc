#include "kinemyo/synth/write.h"

#include <unistd.h>

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>

#include "kinemyo/base/error.h"
#include "kinemyo/base/file.h"
#include "kinemyo/base/text.h"
#include "kinemyo/body/names.h"
#include "kinemyo/io/c3d.h"
#include "kinemyo/io/csv.h"
#include "kinemyo/io/sto.h"

namespace kinemyo::synth {
namespace {

namespace fs = std::filesystem;

class WrittenFolder : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder = fs::temp_directory_path() / ("kinemyo_synth_test_" + std::to_string(::getpid()));
    fs::remove_all(folder);
    options.subjects = 2;
    options.activities = {"NormalSquat", "Walking"};
    options.trials = 1;
    options.seconds = 1.5;
    options.seed = 11;
    result = write_synthetic(folder, options, {});
  }
  static void TearDownTestSuite() { fs::remove_all(folder); }
  static inline fs::path folder;
  static inline Options options;
  static inline Written result;
};

TEST_F(WrittenFolder, LiesInTheOriginalsLayout) {
  EXPECT_EQ(result.trials, 4u);
  std::size_t files = 0;
  for (const auto& entry : fs::recursive_directory_iterator(folder))
    files += entry.is_regular_file();
  EXPECT_EQ(files, result.files);
  for (const char* file : {"README.txt", "raw/S1/Activity_Trials/S1_NormalSquat_Trial1.csv",
                           "raw/S2/S2_FramesData_Orig/S2_Walking_FD_Orig/S2_Walking_Orig_1.csv",
                           "c3d/S2/Walking/1.c3d", "c3d/S2/Walking/1.mot", "video/S1_keypoints.csv",
                           "video/S1_mocap.csv", "truth/S1/NormalSquat/1_angles.mot",
                           "truth/S1/NormalSquat/1_activations.sto"}) {
    EXPECT_TRUE(fs::exists(folder / file)) << file;
  }
}

TEST_F(WrittenFolder, RawTablesHaveTheOriginalsColumnsAndUnits) {
  const auto table = io::read_csv(folder / "raw/S1/Activity_Trials/S1_NormalSquat_Trial1.csv");
  std::vector<std::string> names = {"Time"};
  for (const auto& name : body::rajagopal_coordinates()) names.push_back(name);
  for (const auto& name : body::original_markers()) {
    for (const char* axis : {"_X", "_Y", "_Z"}) names.push_back(name + axis);
  }
  for (const auto& name : body::original_muscles()) names.push_back(name);
  names.insert(names.end(), {"Remark", "Force Z"});
  ASSERT_EQ(table.columns.size(), names.size());
  for (std::size_t i = 0; i < names.size(); ++i) EXPECT_EQ(table.columns[i].name, names[i]);
  ASSERT_EQ(table.rows(), 1500u);
  EXPECT_EQ(table.numbers("Time")[1234], 1.234);
  EXPECT_TRUE(table.column("Force Z").is_text());
  EXPECT_EQ(table.column("Remark").texts[0], "synthetic");

  const auto trial = make_trial(result.subjects[0], find_activity("NormalSquat"), 1, 1.5);
  const auto& coordinates = trial.coordinates;
  EXPECT_NEAR(table.numbers("knee_angle_l")[500],
              coordinates.at(50, *coordinates.find("knee_angle_l")) / kDegree, 6e-4);
  EXPECT_NEAR(table.numbers("pelvis_ty")[500], coordinates.at(50, *coordinates.find("pelvis_ty")),
              6e-6);
  for (std::size_t f = 0; f < 150; ++f) {
    const double measured = trial.markers.at(f, *trial.markers.find("C7"), 1);
    if (!std::isnan(measured)) {
      EXPECT_NEAR(table.numbers("C7_Y")[10 * f], 1000 * measured, 6e-3);
    }
  }
  for (std::size_t s = 0; s < 1500; s += 7) {
    const double measured = trial.emg.at(s, 3);
    if (!std::isnan(measured)) {
      EXPECT_NEAR(table.numbers("Hamstrings Lateral")[s], measured, 6e-8);
    }
  }
}

TEST_F(WrittenFolder, FramesAreStampedAtThirtyHertz) {
  const auto table = io::read_csv(
      folder / "raw/S1/S1_FramesData_Orig/S1_NormalSquat_FD_Orig/S1_NormalSquat_Orig_1.csv");
  const auto& stamps = table.numbers("TimeStamp");
  ASSERT_GE(stamps.size(), 42u);
  EXPECT_EQ(stamps[0], 0);
  for (std::size_t i = 1; i < stamps.size(); ++i) EXPECT_GE(stamps[i] - stamps[i - 1], 33);
  EXPECT_LT(stamps.back(), 1500);
}

TEST_F(WrittenFolder, C3dAndMotHoldTheSameTrial) {
  const auto recording = io::read_c3d(folder / "c3d/S1/Walking/1.c3d");
  const auto* markers = recording.find(motion::Quantity::position);
  const auto* emg = recording.find(motion::Quantity::emg);
  ASSERT_NE(markers, nullptr);
  EXPECT_EQ(markers->names(), body::original_markers());
  EXPECT_EQ(markers->clock().rate_hz(), 100);
  EXPECT_EQ(recording.up, motion::UpAxis::y);
  const auto trial = make_trial(result.subjects[0], find_activity("Walking"), 1, 1.5);
  for (std::size_t i = 0; i < markers->values().flat().size(); ++i) {
    const double a = markers->values().flat()[i], b = trial.markers.values().flat()[i];
    if (!std::isnan(b)) {
      EXPECT_NEAR(a, b, 1e-6);
    }
  }
  ASSERT_NE(emg, nullptr);
  for (std::size_t i = 0; i < emg->values().flat().size(); ++i) {
    const double a = emg->values().flat()[i], b = trial.emg.values().flat()[i];
    EXPECT_EQ(std::isnan(a), std::isnan(b)) << i;
    if (!std::isnan(b)) {
      EXPECT_NEAR(a, b, 1e-9);
    }
  }
  EXPECT_EQ(emg->names(), body::original_muscles());
  EXPECT_EQ(emg->clock().rate_hz(), 1000);

  const auto angles = io::read_sto(folder / "c3d/S1/Walking/1.mot");
  const auto* coordinates = angles.find(motion::Quantity::coordinate);
  ASSERT_NE(coordinates, nullptr);
  EXPECT_EQ(coordinates->names(), body::rajagopal_coordinates());
  for (std::size_t i = 0; i < coordinates->values().flat().size(); ++i) {
    EXPECT_NEAR(coordinates->values().flat()[i], trial.coordinates.values().flat()[i], 1e-9);
  }
}

TEST_F(WrittenFolder, C3dNamesItsMakerOnce) {
  const std::string bytes = base::read_file(folder / "c3d/S1/Walking/1.c3d");
  const auto file = io::parse_c3d("1.c3d", bytes);
  EXPECT_EQ(std::count_if(file.groups.begin(), file.groups.end(),
                          [](const auto& group) { return group.name == "MANUFACTURER"; }),
            1);
}

TEST_F(WrittenFolder, SaysThatItIsSynthetic) {
  EXPECT_THAT(base::read_file(folder / "README.txt"), testing::StartsWith("SYNTHETIC DATA"));
  EXPECT_THAT(base::read_file(folder / "c3d/S1/Walking/1.mot"), testing::StartsWith("synthetic"));
  EXPECT_THAT(base::read_file(folder / "truth/S2/Walking/1_activations.sto"),
              testing::StartsWith("synthetic"));
  EXPECT_THAT(base::read_file(folder / "c3d/S1/Walking/1.c3d"),
              testing::HasSubstr("no person was measured"));
}

TEST_F(WrittenFolder, VideoAndMocapTablesShareTheirKeys) {
  const auto video = io::read_csv(folder / "video/S2_keypoints.csv");
  const auto mocap = io::read_csv(folder / "video/S2_mocap.csv");
  ASSERT_EQ(video.rows(), mocap.rows());
  EXPECT_EQ(video.columns.size(), 3u + 99u);
  EXPECT_EQ(mocap.columns.size(), 3u + 126u + 36u);
  for (const char* key : {"Trial", "Frame"}) EXPECT_EQ(video.numbers(key), mocap.numbers(key));
  EXPECT_EQ(video.column("Activity").texts, mocap.column("Activity").texts);
}

TEST_F(WrittenFolder, ASubjectDoesNotDependOnTheOthers) {
  const fs::path other = folder.string() + "_other";
  fs::remove_all(other);
  Options alone = options;
  alone.subjects = 1;
  alone.first_subject = 2;
  alone.activities = {"Walking"};
  alone.c3d = false;
  write_synthetic(other, alone, {});
  const char* file = "raw/S2/Activity_Trials/S2_Walking_Trial1.csv";
  EXPECT_EQ(base::read_file(other / file), base::read_file(folder / file));
  EXPECT_FALSE(fs::exists(other / "c3d"));
  fs::remove_all(other);
}

TEST(WriteSynthetic, StopsWhenAskedAndRefusesNonsense) {
  const fs::path folder = fs::temp_directory_path() / ("kinemyo_synth_stop_" + std::to_string(::getpid()));
  Options options;
  options.seconds = 0.5;
  options.c3d = false;
  std::size_t calls = 0;
  const auto result = write_synthetic(
      folder, options, [&](std::string_view, std::size_t, std::size_t) { return ++calls < 2; });
  EXPECT_TRUE(result.stopped);
  EXPECT_EQ(result.trials, 1u);
  fs::remove_all(folder);
  options.activities = {"Sleeping"};
  EXPECT_THROW(write_synthetic(folder, options, {}), Error);
  options.activities = {};
  EXPECT_THROW(write_synthetic(folder, options, {}), std::invalid_argument);
}

}  // namespace
}  // namespace kinemyo::synth
