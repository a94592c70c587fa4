// Markers whose names are exchanged: `inspect` and `prepare` tell of them, in every form that they print.
#include <gmock/gmock.h>

#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "cli/program.h"
#include "kinemyo/dataset/store.h"
#include "kinemyo/io/any.h"

namespace kinemyo {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

class MarkerFaults : public testing_cli::Program {
 protected:
  // Five trials of a walking person: in the first, heel and toe change names for a while, in the last two markers of the
  // pelvis bear each other's names from the first frame to the last.
  void SetUp() override {
    Program::SetUp();
    ASSERT_EQ(run("synth people --subjects 1 --activities Walking --trials 5 --seconds 4 --seed 3 --format c3d").code, 0);
    exchange("1", "L.FootHeel", "L.ToeLateral", 100, 160);
    exchange("5", "LASIS", "LPSIS", 0, 400);
  }

  std::string trial(const std::string& name) const { return "people/c3d/S1/Walking/" + name + ".c3d"; }

  void exchange(const std::string& name, const std::string& a, const std::string& b, std::size_t first, std::size_t end) const {
    auto recording = io::read_recording(folder_ / trial(name));
    auto& markers = *recording.find(motion::Quantity::position);
    const auto x = markers.find(a).value(), y = markers.find(b).value();
    for (std::size_t f = first; f < std::min(end, markers.frames()); ++f) {
      for (std::size_t k = 0; k < 3; ++k) std::swap(markers.at(f, x, k), markers.at(f, y, k));
    }
    io::write_recording(recording, folder_ / trial(name));
  }

  static void expect_exchange(const json& fault, const std::string& a, const std::string& b, bool throughout) {
    EXPECT_EQ(fault["kind"], "swap");
    EXPECT_EQ(fault["markers"], json::array({json::array({a, b})}));
    EXPECT_EQ(fault["throughout"], throughout);
    EXPECT_GT(fault["off_m"].get<double>(), 0.03);
    EXPECT_LT(fault["restored_m"].get<double>(), 0.03);
    EXPECT_THAT(fault["text"].get<std::string>(), HasSubstr("names of " + a + " and " + b + " are exchanged"));
  }
};

TEST_F(MarkerFaults, InspectTellsThemOfAFile) {
  const auto ran = run("inspect " + trial("1"));
  ASSERT_EQ(ran.code, 0) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("markers: names of L.FootHeel and L.ToeLateral are exchanged in frames 101 to 160 (1 to 1.59 s)"));
  const auto file = json::parse(run("inspect " + trial("1") + " --json").out)["files"][0];
  ASSERT_EQ(file["marker_faults"].size(), 1u);
  expect_exchange(file["marker_faults"][0], "L.FootHeel", "L.ToeLateral", false);
  EXPECT_EQ(file["marker_faults"][0]["first_frame"], 101);
  EXPECT_EQ(file["marker_faults"][0]["last_frame"], 160);
  EXPECT_EQ(json::parse(run("inspect " + trial("2") + " --json").out)["files"][0]["marker_faults"].size(), 0u);
}

TEST_F(MarkerFaults, InspectComparesThePersonsTrialsAndPutsTheWorstFirst) {
  const auto ran = run("inspect people/c3d");
  ASSERT_EQ(ran.code, 0) << ran.err;
  EXPECT_THAT(ran.out, AllOf(HasSubstr("what is wrong"), HasSubstr("L.FootHeel and L.ToeLateral are exchanged in frames 101 to 160"),
                             HasSubstr("LASIS and LPSIS are exchanged throughout")));
  const auto files = json::parse(run("inspect people/c3d --json").out)["files"];
  std::map<std::string, json> of;
  for (const auto& file : files) {
    if (file["path"].get<std::string>().ends_with(".c3d")) of[file["trial"]] = file["marker_faults"];  // angles lie beside them
  }
  ASSERT_EQ(of.size(), 5u);
  ASSERT_EQ(of["1"].size(), 1u);
  ASSERT_EQ(of["5"].size(), 1u);
  expect_exchange(of["1"][0], "L.FootHeel", "L.ToeLateral", false);
  expect_exchange(of["5"][0], "LASIS", "LPSIS", true);
  for (const char* name : {"2", "3", "4"}) EXPECT_EQ(of[name].size(), 0u) << name;
}

TEST_F(MarkerFaults, PrepareWarnsAndKeepsThemInTheStore) {
  const auto ran = run("prepare people/c3d --out x.h5 --json --methods methods.txt");
  ASSERT_EQ(ran.code, 0) << ran.err;
  EXPECT_THAT(ran.err, AllOf(HasSubstr("warning: S1/Walking/1: names of L.FootHeel and L.ToeLateral are exchanged in frames 101 to 160"),
                             HasSubstr("warning: S1/Walking/5: names of LASIS and LPSIS are exchanged throughout"), HasSubstr("; not mended")));
  const auto trials = json::parse(ran.out)["trials"];
  ASSERT_EQ(trials.size(), 5u);
  ASSERT_EQ(trials[0]["marker_faults"].size(), 1u);
  expect_exchange(trials[0]["marker_faults"][0], "L.FootHeel", "L.ToeLateral", false);
  expect_exchange(trials[4]["marker_faults"][0], "LASIS", "LPSIS", true);
  const dataset::Store store(path("x.h5"));
  EXPECT_THAT(store.read({"S1", "Walking", "1"}).marker_faults, ElementsAre(HasSubstr("L.FootHeel and L.ToeLateral")));
  EXPECT_THAT(store.read({"S1", "Walking", "5"}).marker_faults, ElementsAre(HasSubstr("LASIS and LPSIS are exchanged throughout")));
  EXPECT_TRUE(store.read({"S1", "Walking", "3"}).marker_faults.empty());
  EXPECT_THAT(base::read_file(folder_ / "methods.txt"), HasSubstr("markers whose names are exchanged (2 trials)"));
}

}  // namespace
}  // namespace kinemyo
