// kinemyo align, and prepare with other devices' files, as a user runs them.
#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "cli/program.h"
#include "kinemyo/dataset/store.h"

namespace {

using testing::HasSubstr;

class Align : public kinemyo::testing_cli::Program {
 protected:
  void SetUp() override {
    Program::SetUp();
    ASSERT_EQ(run("synth people --subjects 1 --activities PickObject --trials 2 --seconds 20 --seed 3").code, 0);
    ASSERT_EQ(run("convert people/c3d/S1/PickObject/1.c3d markers.trc").code, 0);
  }
};

TEST_F(Align, PrintsLagDriftCorrelationAndConfidence) {
  const auto ran = run("align people/c3d/S1/PickObject/1.c3d markers.trc");
  ASSERT_EQ(ran.code, 0) << ran.err;
  for (const char* word : {"lag s", "drift ppm", "confidence", "speed of 42 markers that both have", "activity"}) EXPECT_THAT(ran.out, HasSubstr(word));
  const auto json = run("align people/c3d/S1/PickObject/1.c3d markers.trc --json");
  const auto found = nlohmann::json::parse(json.out)[0];
  EXPECT_NEAR(found["lag_s"].get<double>(), 0, 0.001);
  EXPECT_GT(found["correlation"].get<double>(), 0.99);
  EXPECT_GT(found["confidence"].get<double>(), 0.3);
  EXPECT_EQ(found["by"], "activity");
}

TEST_F(Align, WritesAllOnOneClock) {
  ASSERT_EQ(run("align people/c3d/S1/PickObject/1.c3d markers.trc --out both.c3d").code, 0);
  const auto looked = run("inspect both.c3d --json");
  const auto file = nlohmann::json::parse(looked.out)["files"][0];
  std::size_t markers = 0;
  for (const auto& series : file["series"]) markers += series["quantity"] == "position" ? series["channels"].size() : 0;
  EXPECT_EQ(markers, 84u);
}

TEST_F(Align, OtherTrialsAreRefusedWithWhatToDo) {
  const auto ran = run("align people/c3d/S1/PickObject/2.c3d markers.trc");
  EXPECT_EQ(ran.code, 1);
  EXPECT_THAT(ran.err, HasSubstr("markers.trc onto people/c3d/S1/PickObject/2.c3d: the activities correlate by"));
  EXPECT_THAT(ran.err, HasSubstr("give events or stamps"));
  EXPECT_THAT(ran.err, HasSubstr("--largest-lag bounds the lag; what is known is told by --by clock, --by start or --lag"));
  EXPECT_EQ(run("align people/c3d/S1/PickObject/1.c3d").code, 2);
  for (const char* option : {"--by luck", "--units inch", "--emg-units A"}) {
    EXPECT_EQ(run("align people/c3d/S1/PickObject/1.c3d markers.trc " + std::string(option)).code, 2) << option;
  }
  const auto prepared = run("prepare people/c3d/S1/PickObject/2.c3d --device markers.trc --out x.h5");
  EXPECT_EQ(prepared.code, 1);
  EXPECT_THAT(prepared.err, HasSubstr("--align-largest-lag bounds the lag; what is known is told by --align clock, --align start or --align-lag"));
}

TEST_F(Align, ChannelsHaveTheNamesOfTheUsersTable) {
  write("mine.toml", "[aliases]\n\"Head_Top\" = \"Vertex\"\n");
  const auto unknown = run("align people/c3d/S1/PickObject/1.c3d markers.trc --channel Vertexx --aliases mine.toml");
  EXPECT_EQ(unknown.code, 1);
  EXPECT_THAT(unknown.err, HasSubstr("has no channel \"Vertexx\"; did you mean \"Vertex\"?"));
  const auto known = run("align people/c3d/S1/PickObject/1.c3d markers.trc --channel Vertex --aliases mine.toml");
  EXPECT_EQ(known.code, 0) << known.err;
  EXPECT_THAT(known.out, HasSubstr("Vertex"));
}

TEST_F(Align, PrepareJoinsDevicesAndSaysHow) {
  ASSERT_EQ(run("convert people/c3d/S1/PickObject/1.c3d angles.mot").code, 0);
  const auto ran = run("prepare markers.trc --device people/c3d/S1/PickObject/1.c3d --subject S1 --out x.h5 --methods methods.txt");
  ASSERT_EQ(ran.code, 0) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("device's file"));
  EXPECT_THAT(ran.err, HasSubstr("1.c3d is put onto the clock of markers.trc: lag "));
  EXPECT_THAT(ran.err, HasSubstr("1.c3d: 42 markers left out"));
  EXPECT_THAT(kinemyo::base::read_file(folder_ / "methods.txt"), HasSubstr("put onto the trials' clock"));
  const kinemyo::dataset::Store store(path("x.h5"));
  const auto trial = store.read(store.keys().front());
  EXPECT_EQ(trial.emg.series.channels().size() + trial.emg_excluded.size(), 16u);
  ASSERT_EQ(trial.synchronised.size(), 1u);
  EXPECT_NEAR(trial.synchronised[0].how.clock.lag_s, 0, 0.001);
}

}  // namespace
