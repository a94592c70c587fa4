// kinemyo synth, as a user runs it.
#include <gmock/gmock.h>

#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

#include "cli/program.h"
#include "kinemyo/base/file.h"

namespace {

namespace fs = std::filesystem;
using kinemyo::base::read_file;

class Synth : public kinemyo::testing_cli::Program {
 protected:
  int run(const std::string& arguments) {
    ran_ = Program::run("synth " + arguments);
    return ran_.code;
  }
  const std::string& out() const { return ran_.out; }
  const std::string& err() const { return ran_.err; }
  Ran ran_;
};

TEST_F(Synth, WritesPeopleAndSaysThatTheyAreSynthetic) {
  const std::string people = (folder_ / "people").string();
  ASSERT_EQ(run(people + " --subjects 1 --activities Walking,NormalSquat --trials 2 --seconds 1 --seed 4 --json"), 0) << err();
  const auto report = nlohmann::json::parse(out());
  EXPECT_EQ(report["synthetic"], true);
  EXPECT_EQ(report["trials"], 4);
  EXPECT_EQ(report["subjects"][0]["name"], "S1");
  EXPECT_THAT(err(), testing::HasSubstr("SYNTHETIC"));
  EXPECT_TRUE(fs::exists(fs::path(people) / "raw/S1/Activity_Trials/S1_Walking_Trial2.csv"));
  EXPECT_TRUE(fs::exists(fs::path(people) / "c3d/S1/NormalSquat/2.mot"));
}

TEST_F(Synth, SameSeedSameFiles) {
  const std::string common = " --subjects 1 --activities Dusting --trials 1 --seconds 1 --format raw --seed ";
  const std::string file = "raw/S1/Activity_Trials/S1_Dusting_Trial1.csv";
  ASSERT_EQ(run((folder_ / "a").string() + common + "7"), 0) << err();
  ASSERT_EQ(run((folder_ / "b").string() + common + "7"), 0) << err();
  ASSERT_EQ(run((folder_ / "c").string() + common + "8"), 0) << err();
  EXPECT_EQ(read_file(folder_ / "a" / file), read_file(folder_ / "b" / file));
  EXPECT_NE(read_file(folder_ / "a" / file), read_file(folder_ / "c" / file));
  EXPECT_FALSE(fs::exists(folder_ / "a/c3d"));
}

TEST_F(Synth, RefusesWrongUseWithReasons) {
  EXPECT_EQ(run(""), 2);
  EXPECT_THAT(err(), testing::HasSubstr("DIR"));
  EXPECT_EQ(run((folder_ / "x").string() + " --activities Sleeping"), 2);
  EXPECT_THAT(err(), testing::HasSubstr("Sleeping"));
  EXPECT_EQ(run((folder_ / "x").string() + " --format edf"), 2);
  EXPECT_THAT(err(), testing::HasSubstr("\"edf\" is neither raw nor c3d"));
  EXPECT_EQ(run((folder_ / "x").string() + " --seconds 0"), 2);
  EXPECT_EQ(run("/proc/nowhere --subjects 1 --trials 1 --seconds 1"), 1);
  EXPECT_THAT(err(), testing::HasSubstr("/proc/nowhere"));
}

}  // namespace
