#include "kinemyo/dataset/layout.h"

#include <gmock/gmock.h>

#include "kinemyo/base/file.h"

namespace kinemyo::dataset {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;

class LayoutTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::path(testing::TempDir()) /
              ("kinemyo_layout_" + std::string(testing::UnitTest::GetInstance()->current_test_info()->name()));
    fs::remove_all(folder_);
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }
  void make(const std::string& name) {
    fs::create_directories((folder_ / name).parent_path());
    base::write_file(folder_ / name, "x");
  }
  std::vector<std::string> keys(const LayoutOptions& options = {}, const std::string& source = ".") {
    std::vector<std::string> out;
    for (const auto& trial : find_trials({folder_ / source}, options).trials) out.push_back(to_string(trial.key));
    return out;
  }
  std::string problem(const LayoutOptions& options = {}) {
    try {
      find_trials({folder_}, options);
    } catch (const Error& error) {
      return error.what();
    }
    return "none";
  }
  fs::path folder_;
};

TEST_F(LayoutTest, ReadsTheOriginalsRawNames) {
  make("S1/Activity_Trials/S1_Side_Lunge_Trial2.csv");
  make("S1/Activity_Trials/S1_Side_Lunge_Trial10.csv");
  make("S1/S1_FramesData_Orig/S1_Side_Lunge_FD_Orig/S1_Side_Lunge_Orig_2.csv");
  make("S1_Side_Lunge_Synchronized.csv");
  const auto layout = find_trials({folder_});
  ASSERT_EQ(layout.trials.size(), 2u);
  EXPECT_EQ(to_string(layout.trials[0].key), "S1/Side_Lunge/10");
  EXPECT_FALSE(layout.trials[0].partner);
  EXPECT_EQ(to_string(layout.trials[1].key), "S1/Side_Lunge/2");
  EXPECT_EQ(layout.trials[1].partner->filename(), "S1_Side_Lunge_Orig_2.csv");
  ASSERT_EQ(layout.notes.size(), 1u);
  EXPECT_THAT(layout.notes[0], HasSubstr("1 other files there are passed over"));
}

TEST_F(LayoutTest, ReadsJoinedTables) {
  make("filtered/S4_NormalSquat_Synchronized_imputed_filtered.csv");
  EXPECT_THAT(keys(), ElementsAre("S4/NormalSquat/all"));
}

TEST_F(LayoutTest, FoldersNameCaptures) {
  make("P1/Straight/a05.c3d");
  make("P1/Turn/a07.c3d");
  EXPECT_THAT(keys(), ElementsAre("P1/Straight/a05", "P1/Turn/a07"));
  EXPECT_THAT(keys({}, "P1"), ElementsAre("P1/Straight/a05", "P1/Turn/a07"));
}

TEST_F(LayoutTest, FlatFilesAreNamedByTheirStem) {
  make("ann/walkingTO2.trc");
  make("ann/walkingTO2.mot");
  make("ann/STS.trc");
  EXPECT_THAT(keys({}, "ann"), ElementsAre("ann/STS/1", "ann/walkingTO/2"));
  EXPECT_EQ(find_trials({folder_ / "ann"}).trials[1].partner->filename(), "walkingTO2.mot");
  EXPECT_THAT(keys({.subject = "A"}, "ann/STS.trc"), ElementsAre("A/STS/1"));
}

TEST_F(LayoutTest, StaticTrialsAreKeptOnlyWhenAskedFor) {
  make("ann/static1.trc");
  make("ann/Static/a01.c3d");
  EXPECT_EQ(problem(), "all trials are static ones; --static keeps them");
  make("ann/walk1.trc");
  EXPECT_THAT(keys({}, "ann"), ElementsAre("ann/walk/1"));
  EXPECT_THAT(find_trials({folder_}).notes, ElementsAre("2 static trials are left out; --static keeps them"));
  EXPECT_THAT(keys({.keep_static = true}, "ann"), ElementsAre("ann/Static/a01", "ann/Static/1", "ann/walk/1"));
}

TEST_F(LayoutTest, PatternsAndOptionsNameTrials) {
  make("day1/ann_walk_07.trc");
  EXPECT_THAT(keys({.pattern = "{subject}_{activity}_{trial}"}), ElementsAre("ann/walk/07"));
  EXPECT_THAT(keys({.activity = "run", .pattern = "{trial}/{subject}_walk_07"}), ElementsAre("ann/run/day1"));
  EXPECT_THAT(problem({.pattern = "{subject}-{trial}"}), HasSubstr("does not fit the layout \"{subject}-{trial}\""));
  EXPECT_THAT(problem({.pattern = "{person}"}), HasSubstr("\"{person}\" is none of {subject}, {activity}, {trial}"));
}

TEST_F(LayoutTest, TwoTrialsOfOneNameAreNamedBoth) {
  make("a/S1_Squat_Trial1.csv");
  make("b/S1_Squat_Trial1.csv");
  EXPECT_EQ(problem(), "two files are trial S1/Squat/1: " + (folder_ / "a/S1_Squat_Trial1.csv").string() + " and " +
                           (folder_ / "b/S1_Squat_Trial1.csv").string());
}

TEST_F(LayoutTest, OtherRecordingsAreTrialsUnlessTheyLieBesideTheirC3d) {
  make("ann/walk/1.xdf");
  make("ann/walk/2.tsv");  // of which kind the first line tells
  base::write_file(folder_ / "ann/walk/2.tsv", "NO_OF_FRAMES\t2\n");
  make("ann/participants.tsv");
  make("ann/walk/3.csv");
  make("ann/walk/4.csv");
  base::write_file(folder_ / "ann/walk/4.csv", "Trajectories\n100\n");
  make("ann/walk/5.c3d");
  base::write_file(folder_ / "ann/walk/5.csv", "Trajectories\n100\n");
  EXPECT_THAT(keys(), ElementsAre("ann/walk/1", "ann/walk/2", "ann/walk/4", "ann/walk/5"));
  EXPECT_THAT(find_trials({folder_}).notes, ElementsAre(HasSubstr("1 file beside a C3D or TRC of the same name is passed over")));
}

TEST_F(LayoutTest, ResultsInMatlabsFilesAreNoTrialsWhereThereAreOthers) {
  make("ann/walk/1.mat");
  make("ann/walk/2.zoo");
  make("ann/walk/3.h5");
  EXPECT_THAT(keys(), ElementsAre("ann/walk/1", "ann/walk/2", "ann/walk/3"));
  make("ann/run/1.c3d");
  EXPECT_THAT(keys(), ElementsAre("ann/run/1", "ann/walk/2"));
  EXPECT_THAT(find_trials({folder_}).notes, ElementsAre(HasSubstr("2 .mat or .h5 files beside C3D or TRC are passed over (name them to use them)")));
  EXPECT_THAT(keys({}, "ann/walk/1.mat").size(), 1u);
}

TEST_F(LayoutTest, SaysWhatItLookedFor) {
  make("notes.txt");
  EXPECT_THAT(problem(), HasSubstr("no trials; looked for *_Trial<k>.csv"));
  EXPECT_THROW(find_trials({folder_ / "none"}), IoError);
}

}  // namespace
}  // namespace kinemyo::dataset
