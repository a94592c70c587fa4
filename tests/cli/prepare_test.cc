// kinemyo prepare, as a user runs it.
#include <gmock/gmock.h>

#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

#include "cli/program.h"
#include "kinemyo/base/file.h"
#include "kinemyo/dataset/store.h"

namespace {

namespace fs = std::filesystem;
using kinemyo::base::read_file;
using testing::HasSubstr;

class Prepare : public kinemyo::testing_cli::Program {
 protected:
  int run(const std::string& arguments) {
    ran_ = Program::run(arguments);
    return ran_.code;
  }
  const std::string& out() const { return ran_.out; }
  const std::string& err() const { return ran_.err; }
  Ran ran_;
};

TEST_F(Prepare, TakesWhatSynthWritesInBothLayouts) {
  ASSERT_EQ(run("synth " + path("people") + " --subjects 1 --activities NormalSquat --trials 2 --seconds 2 --seed 3"), 0);
  ASSERT_EQ(run("prepare " + path("people/raw") + " --out " + path("raw.h5") + " --json"), 0) << err();
  const auto report = nlohmann::json::parse(out());
  ASSERT_EQ(report["trials"].size(), 2u);
  EXPECT_EQ(report["trials"][0]["markers"], 42);
  EXPECT_EQ(report["trials"][0]["angles"], 39);
  EXPECT_EQ(report["trials"][0]["rate_hz"], 100.0);
  EXPECT_EQ(report["hash"], kinemyo::dataset::Store(path("raw.h5")).hash());

  ASSERT_EQ(run("prepare " + path("people/c3d") + " --out " + path("c3d.h5")), 0) << err();
  EXPECT_THAT(out(), HasSubstr("S1/NormalSquat/1"));
  const kinemyo::motion::TrialKey key{"S1", "NormalSquat", "1"};
  const auto raw = kinemyo::dataset::Store(path("raw.h5")).read(key);
  const auto c3d = kinemyo::dataset::Store(path("c3d.h5")).read(key);
  EXPECT_TRUE(raw.synthetic);
  EXPECT_TRUE(c3d.synthetic);
  // Two ways of writing one motion: the same angles, on the same timeline.
  const auto knee = raw.angles.series.find("knee_angle_r").value(), same = c3d.angles.series.find("knee_angle_r").value();
  ASSERT_LE(std::abs(static_cast<int>(raw.angles.series.frames()) - static_cast<int>(c3d.angles.series.frames())), 1);
  for (std::size_t f = 10; f + 10 < std::min(raw.angles.series.frames(), c3d.angles.series.frames()); ++f) {
    EXPECT_NEAR(raw.angles.series.at(f, knee), c3d.angles.series.at(f, same), 2e-3) << f;
  }
}

// Channel by channel it is a page for every trial: that is for who asks.
TEST_F(Prepare, TellsEmgPersonByPersonOrChannelByChannel) {
  ASSERT_EQ(run("synth " + path("people") + " --subjects 1 --activities NormalSquat --trials 2 --seconds 2 --seed 3"), 0);
  const auto prepare = "prepare " + path("people/c3d") + " --emg-dead 0.02 --out ";
  ASSERT_EQ(run(prepare + path("1.h5") + " --json"), 0) << err();
  const auto trials = nlohmann::json::parse(out())["trials"];
  const auto said = err();
  ASSERT_EQ(run(prepare + path("2.h5") + " --notes"), 0) << err();
  std::size_t left_out = 0, remarks = 0;
  for (const auto& trial : trials) {
    const std::string key = "S1/NormalSquat/" + trial["trial"].get<std::string>();
    for (const auto& [channel, reason] : trial["emg_left_out"].items()) {
      ++left_out;
      EXPECT_THAT(err(), HasSubstr(key + ": EMG " + channel + " left out: " + reason.get<std::string>()));
      const auto line = said.substr(said.find("S1: EMG left out, "));
      EXPECT_THAT(line.substr(0, line.find('\n')), HasSubstr(channel));
    }
    for (const auto& [channel, texts] : trial["emg_remarks"].items()) {
      ++remarks;
      EXPECT_THAT(err(), HasSubstr(key + ": EMG " + channel + ": " + texts[0].get<std::string>()));
    }
  }
  EXPECT_GT(left_out, 0u);
  EXPECT_GT(remarks, 0u);
  EXPECT_THAT(said, testing::Not(HasSubstr("S1/NormalSquat/1: EMG")));
  EXPECT_THAT(said, HasSubstr("--notes tells EMG channel by channel"));
}

TEST_F(Prepare, SaysWhatIsWrongAndLeavesNothing) {
  EXPECT_EQ(run("prepare --out " + path("x.h5")), 2);
  EXPECT_EQ(run("prepare " + path("none") + " --out " + path("x.h5")), 1);
  EXPECT_THAT(err(), HasSubstr("there is no such file or folder"));
  fs::create_directories(folder_ / "data");
  kinemyo::base::write_file(folder_ / "data/S1_Squat_Trial1.csv", "Time,knee_angle_r\n0,1\n0.01,2\n0.01,3\n");
  EXPECT_EQ(run("prepare " + path("data") + " --out " + path("x.h5")), 1);
  EXPECT_THAT(err(), HasSubstr("S1_Squat_Trial1.csv:line 4: the clock goes backwards or stands still"));
  EXPECT_EQ(run("prepare " + path("data") + " --out " + path("x.h5") + " --units mm"), 2);
  EXPECT_THAT(err(), HasSubstr("--units wants two units"));
  EXPECT_EQ(run("prepare " + path("data") + " --out " + path("x.h5") + " --rate -5"), 2);
  EXPECT_THAT(err(), HasSubstr("the timeline's rate (Hz) is -5"));
  for (const char* useless : {"--emg-envelope likelihood --emg-smooth 4", "--emg-envelope rms --emg-smooth 4", "--emg-rms 50"}) {
    EXPECT_EQ(run("prepare " + path("data") + " --out " + path("x.h5") + " " + useless), 2);
    EXPECT_THAT(err(), HasSubstr(" is of --emg-envelope "));
  }
  EXPECT_FALSE(fs::exists(folder_ / "x.h5"));
}

}  // namespace
