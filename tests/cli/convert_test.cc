// `convert`, run as a user runs it.
#include <gmock/gmock.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "cli/program.h"
#include "kinemyo/io/any.h"
#include "kinemyo/io/c3d.h"
#include "kinemyo/io/sto.h"
#include "kinemyo/io/trc.h"
#include "real_data.h"

namespace kinemyo {
namespace {

namespace fs = std::filesystem;
using motion::Quantity;
using testing::HasSubstr;
using testing::IsEmpty;

class ConvertCommand : public testing_cli::Program {
 protected:

  // The exit code; what was said stands in err_.
  int run(const std::string& arguments) {
    const auto ran = Program::run("convert " + arguments);
    err_ = ran.err;
    EXPECT_THAT(ran.out, IsEmpty());
    return ran.code;
  }
  // Two markers, an angle, EMG at ten times the rate, an event.
  void write_walk(const std::string& name) {
    motion::Recording walk;
    const auto wave = [](std::size_t rows, std::size_t columns, double size) {
      base::Matrix<double> out(rows, columns);
      for (std::size_t i = 0; i < rows * columns; ++i) out.flat()[i] = size * std::sin(0.3 * static_cast<double>(i));
      return out;
    };
    const auto clock = motion::Clock::uniform(100, 0.5, 8);
    walk.series.emplace_back(Quantity::position, std::vector<motion::Channel>{{"LASI", "m"}, {"RASI", "m"}}, clock,
                             wave(8, 6, 1.2));
    walk.series.emplace_back(Quantity::angle3, std::vector<motion::Channel>{{"LKneeAngles", "rad"}}, clock, wave(8, 3, 0.7));
    walk.series.emplace_back(Quantity::emg, std::vector<motion::Channel>{{"L Rect", "V"}},
                             motion::Clock::uniform(1000, 0.5, 80), wave(80, 1, 1e-3));
    walk.events = {{"Foot Strike", "Left", 0.53}};
    io::write_c3d(walk, folder_ / name);
  }
  std::string err_;
};

TEST_F(ConvertCommand, SaysWhatATrcCannotHold) {
  write_walk("walk.c3d");
  ASSERT_EQ(run("walk.c3d walk.trc"), 0) << err_;
  EXPECT_THAT(err_, HasSubstr("walk.trc leaves out or changes:\n  "));
  EXPECT_THAT(err_, HasSubstr("1 channels of angle3"));
  const auto back = io::read_trc(folder_ / "walk.trc");
  EXPECT_EQ(back.find(Quantity::position)->names(), (std::vector<std::string>{"LASI", "RASI"}));
  EXPECT_NEAR(back.find(Quantity::position)->clock().start_s(), 0.5, 1e-9);
}

TEST_F(ConvertCommand, WritesSeveralAndJoinsThemAgain) {
  write_walk("walk.c3d");
  ASSERT_EQ(run("walk.c3d walk.trc walk.sto"), 0) << err_;
  EXPECT_THAT(err_, HasSubstr("walk_1000Hz.sto"));
  EXPECT_THAT(err_, HasSubstr("left out, since none of the files has a place for it: 1 events\n"));
  ASSERT_EQ(run("walk.trc walk.sto walk_1000Hz.sto --out again.c3d"), 0) << err_;
  const auto want = io::read_c3d(folder_ / "walk.c3d"), got = io::read_c3d(folder_ / "again.c3d");
  ASSERT_EQ(got.series.size(), want.series.size());
  for (const auto& series : want.series) {
    const auto* same = got.find(series.quantity());
    ASSERT_NE(same, nullptr);
    EXPECT_EQ(same->channels(), series.channels());
    for (std::size_t i = 0; i < series.values().flat().size(); ++i) {
      ASSERT_NEAR(same->values().flat()[i], series.values().flat()[i], 2e-7);
    }
  }
}

TEST_F(ConvertCommand, WritesAnyProcessorAndIntegers) {
  write_walk("walk.c3d");
  ASSERT_EQ(run("walk.c3d vax.c3d --processor dec --integer"), 0) << err_;
  EXPECT_THAT(err_, HasSubstr("stored as integers of"));
  const auto bytes = base::read_file(folder_ / "vax.c3d");
  const auto file = io::parse_c3d("vax.c3d", bytes);
  EXPECT_EQ(file.processor, io::C3dProcessor::dec);
  EXPECT_EQ(file.storage, io::C3dStorage::integer);
}

TEST_F(ConvertCommand, DoesNotOverwriteWhatWasToBeJoined) {
  write_walk("walk.c3d");
  ASSERT_EQ(run("walk.c3d a.trc b.sto"), 0) << err_;
  const auto before = base::read_file(folder_ / "b.sto");
  EXPECT_EQ(run("a.trc b.sto joined.c3d"), 2);
  EXPECT_EQ(err_, "kinemyo: convert: b.sto exists, and would be written. To join files, name the result after --out; to "
                  "overwrite it, give --force\n");
  EXPECT_EQ(base::read_file(folder_ / "b.sto"), before);
}

TEST_F(ConvertCommand, RefusesWithAReason) {
  write_walk("walk.c3d");
  EXPECT_EQ(run("walk.c3d"), 2);
  EXPECT_EQ(run("walk.c3d walk.xyz"), 2);
  EXPECT_EQ(err_, "kinemyo: convert: walk.xyz: no format is written under the extension \".xyz\"\n");
  EXPECT_EQ(run("walk.c3d ./walk.c3d"), 2);
  EXPECT_EQ(err_, "kinemyo: convert: ./walk.c3d is to be read and written\n");
  EXPECT_EQ(run("nothing.c3d walk.trc"), 1);
  EXPECT_EQ(err_, "kinemyo: nothing.c3d: cannot open: No such file or directory\n");
  std::ofstream(folder_ / "empty.c3d");
  EXPECT_EQ(run("empty.c3d walk.trc"), 1);
  EXPECT_THAT(err_, HasSubstr("kinemyo: empty.c3d:byte 0x0: the header runs past the end of the file"));
  EXPECT_FALSE(fs::exists(folder_ / "walk.trc"));
}

// C3D -> TRC + STO -> C3D: every series of every file, by name, to the digits of the text formats.
TEST_F(ConvertCommand, LosesNoNumberOnTheWayThroughTrcAndSto) {
  KINEMYO_REAL_DATA(formats, "formats");
  std::size_t checked = 0;
  for (const auto& entry : fs::recursive_directory_iterator(formats)) {
    if (entry.path().extension() != ".c3d") continue;
    SCOPED_TRACE(entry.path().string());
    if (entry.path().filename() == "Optotrak.c3d") continue;  // refused: it ends after 29 of 1149 frames
    const auto folder = folder_ / entry.path().stem();
    fs::create_directories(folder);
    const std::string in = "'" + entry.path().string() + "'", stem = "'" + (folder / "x").string() + "'";
    const auto want = io::read_c3d(entry.path());
    const bool markers = want.find(Quantity::position) != nullptr;
    const bool others = want.series.size() > (markers ? 1 : 0);
    ASSERT_EQ(run(in + (markers ? " " + stem + ".trc" : "") + (others ? " " + stem + ".sto" : "")), 0) << err_;
    std::string parts;
    for (const auto& part : fs::directory_iterator(folder)) parts += " '" + part.path().string() + "'";
    ASSERT_EQ(run(parts + " --out " + stem + ".c3d"), 0) << err_;
    const auto got = io::read_c3d(folder / "x.c3d");
    ASSERT_EQ(got.series.size(), want.series.size()) << err_;
    for (const auto& series : want.series) {
      SCOPED_TRACE(motion::to_string(series.quantity()));
      const auto* same = got.find(series.quantity());
      ASSERT_NE(same, nullptr);
      ASSERT_EQ(same->channels(), series.channels());
      ASSERT_EQ(same->frames(), series.frames());
      EXPECT_NEAR(same->clock().rate_hz(), series.clock().rate_hz(), 1e-6 * series.clock().rate_hz());
      EXPECT_NEAR(same->clock().start_s(), series.clock().start_s(), 1e-5);
      std::size_t different = 0;
      const auto x = series.values().flat(), y = same->values().flat();
      for (std::size_t i = 0; i < x.size(); ++i) {
        const bool kept = std::isnan(x[i]) ? std::isnan(y[i]) : std::abs(x[i] - y[i]) <= 2.4e-7 * std::abs(x[i]) + 1e-12;
        different += kept ? 0 : 1;
      }
      EXPECT_EQ(different, 0u) << "of " << x.size();
    }
    fs::remove_all(folder);
    ++checked;
  }
  EXPECT_EQ(checked, 12u);
}

TEST_F(ConvertCommand, NamesOfTheLaboratoryBecomeOurs) {
  write("lab.csv", "Time,HipL_X,HipL_Y,HipL_Z,Ch1\n0,1,2,3,0.1\n0.01,1,2,3,0.2\n");
  write("names.toml", "[aliases]\nHipL = \"LASIS\"\nCh1 = \"Vastus Medialis\"\n");
  EXPECT_EQ(run("lab.csv out.csv --aliases names.toml"), 0) << err_;
  EXPECT_THAT(err_, HasSubstr("2 channels renamed by the table of aliases"));
  EXPECT_THAT(base::read_file(path("out.csv")), HasSubstr("LASIS_X,LASIS_Y,LASIS_Z,Vastus Medialis"));
  write("names.toml", "[aliases]\nHipL = 4\n");
  EXPECT_EQ(run("lab.csv out.csv --aliases names.toml"), 1);
  EXPECT_THAT(err_, HasSubstr("names.toml:line 2: HipL; expected a name in quotes, found no text"));
}

TEST_F(ConvertCommand, MatlabAndJsonAreRead) {
  const std::string golden = KINEMYO_GOLDEN_DIR "/io/";
  EXPECT_EQ(run(golden + "mat_qtm.mat out.c3d"), 0) << err_;
  const auto walk = io::read_recording(path("out.c3d"));
  EXPECT_EQ(walk.find(Quantity::position)->names(), (std::vector<std::string>{"LASI", "RASI"}));
  EXPECT_EQ(walk.find(Quantity::emg)->names(), (std::vector<std::string>{"EMG TA", "EMG GM"}));
  EXPECT_EQ(run(golden + "mat_struct.mat emg.csv --part trial.emg"), 0) << err_;
  EXPECT_EQ(run(KINEMYO_SOURCE_DIR "/fuzz/corpus/keypoints_json/lines.jsonl out.trc"), 0) << err_;
  EXPECT_EQ(io::read_trc(path("out.trc")).series[0].channels().size(), 33u);
}

// The pipe holds the program back until it has been told to stop.
TEST_F(ConvertCommand, CtrlCStopsBetweenFiles) {
  write("walk.csv", "Time,LASI_X,LASI_Y,LASI_Z\n0,1,2,3\n0.01,1,2,3\n");
  EXPECT_EQ(std::system(("mkfifo '" + path("pipe.csv") + "'").c_str()), 0);
  EXPECT_EQ(run("pipe.csv out.trc & pid=$!; exec 3>pipe.csv; kill -INT $pid; cat walk.csv >&3; exec 3>&-; wait $pid"), 1);
  EXPECT_THAT(err_, HasSubstr("stopped after 1 of 2 files; what is written is whole"));
  EXPECT_FALSE(fs::exists(path("out.trc")));
}

}  // namespace
}  // namespace kinemyo
