#include "kinemyo/dataset/store.h"

#include <gmock/gmock.h>
#include <sys/resource.h>

#include <algorithm>
#include <cmath>
#include <csignal>
#include <filesystem>
#include <limits>

#include "kinemyo/base/file.h"
#include "kinemyo/base/random.h"

namespace kinemyo::dataset {
namespace {

namespace fs = std::filesystem;
using motion::Quantity;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

Marked random_part(Quantity quantity, std::vector<motion::Channel> channels, std::size_t frames,
                   std::uint64_t seed) {
  base::Random random(seed);
  base::Matrix<double> values(frames, channels.size() * motion::components(quantity));
  for (double& value : values.flat()) value = random.normal();
  base::Matrix<std::uint8_t> marks(frames, channels.size(), 1);
  return {motion::Series(quantity, std::move(channels), motion::Clock::uniform(100, 0.5, frames), values), marks};
}

PreparedTrial full_trial(const std::string& name, std::size_t frames = 50) {
  PreparedTrial trial;
  trial.key = {"S1", "NormalSquat", name};
  trial.rate_hz = 100;
  trial.markers = random_part(Quantity::position, {{"LASI", "m"}, {"RASI", "m"}}, frames, 1);
  trial.markers.series.at(3, 1, 2) = kNan;
  trial.markers.marks(3, 1) = 0;
  trial.markers.marks(4, 1) = 2;
  trial.angles = random_part(Quantity::coordinate, {{"knee_angle_r", "rad"}, {"pelvis_tx", "m"}}, frames, 2);
  trial.emg = random_part(Quantity::emg, {{"Middle/Lateral Deltoid", "V"}}, frames, 3);
  base::Matrix<double> raw(frames * 10, 1, 0.25);
  trial.emg_raw = motion::Series(Quantity::emg, {{"Middle/Lateral Deltoid", "V"}},
                                 motion::Clock::uniform(1000, 0.5, frames * 10), raw);
  trial.events = {{"Foot Strike", "Left", 0.75}, {"Foot Off", "", 0.9}};
  trial.measures = {{"LLegLength", 0.84}, {"Bodymass", 61.5}};
  trial.emg_excluded = {{"Forearm M", "dead: std 1e-07 V"}};
  trial.history = {"read from x.c3d", "Grüße: μV"};
  trial.synthetic = true;
  return trial;
}

class StoreTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::path(testing::TempDir()) /
              ("kinemyo_store_" + std::string(testing::UnitTest::GetInstance()->current_test_info()->name()));
    fs::remove_all(folder_);
    fs::create_directories(folder_);
    path_ = folder_ / "x.h5";
  }
  void TearDown() override { fs::remove_all(folder_); }
  void write(const std::vector<PreparedTrial>& trials) {
    StoreWriter writer(path_);
    for (const auto& trial : trials) writer.add(trial);
    writer.commit();
  }
  std::string problem(const fs::path& path) {
    try {
      Store store(path);
      for (const auto& key : store.keys()) store.read(key);
    } catch (const Error& error) {
      return error.what();
    }
    return "none";
  }
  fs::path folder_, path_;
};

void expect_same(const Marked& a, const Marked& b) {
  EXPECT_EQ(a.series.channels(), b.series.channels());
  EXPECT_EQ(a.series.quantity(), b.series.quantity());
  EXPECT_EQ(a.series.clock().start_s(), b.series.clock().start_s());
  EXPECT_EQ(a.marks, b.marks);
  ASSERT_EQ(a.series.values().flat().size(), b.series.values().flat().size());
  for (std::size_t i = 0; i < a.series.values().flat().size(); ++i) {
    const double x = a.series.values().flat()[i], y = b.series.values().flat()[i];
    EXPECT_TRUE(x == y || (std::isnan(x) && std::isnan(y))) << i;
  }
}

TEST_F(StoreTest, GivesBackWhatWasWritten) {
  const auto trial = full_trial("1");
  write({trial});
  const auto back = Store(path_).read(trial.key);
  EXPECT_EQ(back.rate_hz, 100);
  expect_same(back.markers, trial.markers);
  expect_same(back.angles, trial.angles);
  expect_same(back.emg, trial.emg);
  ASSERT_TRUE(back.emg_raw);
  EXPECT_EQ(back.emg_raw->clock().rate_hz(), 1000);
  EXPECT_EQ(back.emg_raw->values(), trial.emg_raw->values());
  EXPECT_EQ(back.events, trial.events);
  EXPECT_EQ(back.measures, trial.measures);
  const auto& envelope = trial.emg.series.values().flat();
  EXPECT_EQ(back.emg_units, (EmgUnits{{"Middle/Lateral Deltoid", {*std::max_element(envelope.begin(), envelope.end()), EmgReference::peak}}}));
  EXPECT_EQ(back.emg_excluded, trial.emg_excluded);
  EXPECT_EQ(back.history, trial.history);
  EXPECT_TRUE(back.synthetic);
}

TEST_F(StoreTest, DevicesAndFaultsOfMarkersComeBack) {
  auto trial = full_trial("1");
  signal::Alignment clock{1.5, 12.25, 3, 0.75, 0.002, 0.5, 17};
  trial.synchronised = {{"emg.edf", {clock, AlignBy::stamps, "stamps in host_time"}}, {"forces.csv", {{}, AlignBy::clock, "as told"}}};
  trial.emg_scores = {{"Middle/Lateral Deltoid", 0.75}, {"Forearm M", 0}};
  trial.emg_edge_s = 0.0833;
  {
    StoreWriter writer(path_);
    writer.add(trial);
    writer.set_marker_faults(trial.key, {"names of A and B are exchanged throughout", "marker C is off its place in frame 7"});
    writer.set_methods("Done so.");
    EXPECT_THROW(writer.set_marker_faults({"S9", "None", "1"}, {}), std::invalid_argument);
    writer.commit();
  }
  const Store store(path_);
  EXPECT_EQ(store.methods(), "Done so.");
  const auto back = store.read(trial.key);
  EXPECT_THAT(back.marker_faults, testing::ElementsAre("names of A and B are exchanged throughout", "marker C is off its place in frame 7"));
  EXPECT_EQ(back.emg_scores, trial.emg_scores);
  EXPECT_EQ(back.emg_edge_s, trial.emg_edge_s);
  ASSERT_EQ(back.synchronised.size(), 2u);
  const auto& how = back.synchronised[0].how;
  EXPECT_EQ(back.synchronised[0].file, "emg.edf");
  EXPECT_EQ(how.by, AlignBy::stamps);
  EXPECT_EQ(how.rests_on, "stamps in host_time");
  EXPECT_EQ(how.clock.lag_s, 1.5);
  EXPECT_EQ(how.clock.drift_ppm, 12.25);
  EXPECT_EQ(how.clock.origin_s, 3);
  EXPECT_EQ(how.clock.correlation, 0.75);
  EXPECT_EQ(how.clock.residual_s, 0.002);
  EXPECT_EQ(how.clock.confidence, 0.5);
  EXPECT_EQ(how.clock.points, 17u);
  EXPECT_EQ(back.synchronised[1].how.by, AlignBy::clock);
}

TEST_F(StoreTest, SortsNumbersInNamesAsNumbers) {
  write({full_trial("10"), full_trial("9"), full_trial("walk2"), full_trial("walk10")});
  std::vector<std::string> names;
  const Store store(path_);
  for (const auto& key : store.keys()) names.push_back(key.trial);
  EXPECT_THAT(names, ElementsAre("9", "10", "walk2", "walk10"));
}

TEST_F(StoreTest, PeakIsTheSubjectsLargest) {
  auto low = full_trial("1"), high = full_trial("2"), other = full_trial("3");
  high.emg = random_part(Quantity::emg, {{"Middle/Lateral Deltoid", "V"}, {"Glutei", "V"}}, 50, 9);
  high.emg.series.at(7, 0) = 10;
  high.emg.series.at(8, 1) = 20;
  other.key.subject = "S2";
  other.emg.series.at(7, 0) = 3;
  write({low, high, other});
  const Store store(path_);
  const EmgUnits both = {{"Middle/Lateral Deltoid", {10, EmgReference::peak}}, {"Glutei", {20, EmgReference::peak}}};
  EXPECT_EQ(store.read(low.key).emg_units, both);
  EXPECT_EQ(store.read(high.key).emg_units, both);
  EXPECT_EQ(store.read(other.key).emg_units, (EmgUnits{{"Middle/Lateral Deltoid", {3, EmgReference::peak}}}));
}

TEST_F(StoreTest, MvcIsOfTheMusclesThatAnMvcTrialMeasured) {
  auto trial = full_trial("1"), mvc = full_trial("mvc"), stranger = full_trial("mvc2");
  trial.emg = random_part(Quantity::emg, {{"Glutei", "V"}, {"Rect", "V"}}, 50, 9);
  trial.emg.series.at(7, 0) = 10;
  trial.emg.series.at(7, 1) = 10;
  mvc.emg = random_part(Quantity::emg, {{"Rect", "V"}}, 50, 9);
  mvc.emg.series.at(7, 0) = 40;
  stranger.key.subject = "S3";
  {
    StoreWriter writer(path_);
    writer.add_mvc(mvc);
    writer.add_mvc(stranger);
    writer.add(trial);
    writer.commit();
  }
  const Store store(path_);
  EXPECT_EQ(store.keys().size(), 1u);
  EXPECT_EQ(store.read(trial.key).emg_units, (EmgUnits{{"Glutei", {10, EmgReference::peak}}, {"Rect", {40, EmgReference::mvc}}}));
}

TEST_F(StoreTest, MeansMindNoMvcTrial) {
  auto one = full_trial("1"), two = full_trial("2", 150), mvc = full_trial("mvc");
  double sum = 0;
  one.emg.series.at(5, 0) = kNan;
  one.emg.marks(5, 0) = 0;
  for (const auto* trial : {&one, &two}) {
    for (const double value : trial->emg.series.values().flat()) sum += std::isnan(value) ? 0 : value;
  }
  for (double& value : mvc.emg.series.values().flat()) value = 1000;
  {
    StoreWriter writer(path_, EmgReference::mean);
    writer.add(one);
    writer.add_mvc(mvc);
    writer.add(two);
    writer.commit();
  }
  const auto unit = Store(path_).read(one.key).emg_units.at("Middle/Lateral Deltoid");
  EXPECT_EQ(unit.kind, EmgReference::mean);
  EXPECT_NEAR(unit.value_v, sum / 199, 1e-12);
}

TEST_F(StoreTest, HashFollowsContentAndNotOrder) {
  write({full_trial("1"), full_trial("2")});
  const auto hash = Store(path_).hash();
  write({full_trial("2"), full_trial("1")});
  EXPECT_EQ(Store(path_).hash(), hash);
  auto changed = full_trial("2");
  changed.angles.series.at(7, 0) += 1e-12;
  write({full_trial("1"), changed});
  EXPECT_NE(Store(path_).hash(), hash);
}

TEST_F(StoreTest, SameTrialsGiveTheSameBytes) {
  write({full_trial("1")});
  const auto first = base::read_file(path_);
  write({full_trial("1")});
  EXPECT_EQ(base::read_file(path_), first);
}

TEST_F(StoreTest, RefusesTwoTrialsOfOneName) {
  try {
    write({full_trial("1"), full_trial("1")});
    FAIL();
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "two trials are named S1/NormalSquat/1");
  }
  EXPECT_TRUE(fs::is_empty(folder_));
}

TEST_F(StoreTest, KeepsTheOldStoreUntilCommitted) {
  write({full_trial("old")});
  {
    StoreWriter writer(path_);
    writer.add(full_trial("new"));
  }
  EXPECT_EQ(Store(path_).keys().front().trial, "old");
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_), fs::directory_iterator()), 1);
}

TEST_F(StoreTest, SaysWhyItCannotBeWrittenWhole) {
  write({full_trial("old")});
  // A limit on the size of files stands for a full disk: write() fails in the middle.
  std::signal(SIGXFSZ, SIG_IGN);
  rlimit old{};
  getrlimit(RLIMIT_FSIZE, &old);
  rlimit small = old;
  small.rlim_cur = 200000;
  setrlimit(RLIMIT_FSIZE, &small);
  std::string message = "none";
  try {
    write({full_trial("1", 20000)});
  } catch (const IoError& error) {
    message = error.what();
  }
  setrlimit(RLIMIT_FSIZE, &old);
  EXPECT_THAT(message, HasSubstr(path_.string() + ": cannot write"));
  EXPECT_THAT(message, HasSubstr("File too large"));
  EXPECT_EQ(Store(path_).keys().front().trial, "old");
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_), fs::directory_iterator()), 1);
}

TEST_F(StoreTest, SaysWhatAnotherFileIs) {
  EXPECT_EQ(problem(folder_ / "none.h5"), (folder_ / "none.h5").string() + ": there is no such file");
  EXPECT_EQ(problem(folder_), folder_.string() + ": is a folder, not a file");
  base::write_file(path_, "time,knee_angle_r\n");
  EXPECT_THAT(problem(path_), HasSubstr("superblock: this is no readable HDF5 file; expected a prepared store"));
  base::write_file(path_, "");
  EXPECT_THAT(problem(path_), HasSubstr("this is no readable HDF5 file"));
}

TEST_F(StoreTest, EveryTruncationIsRefused) {
  write({full_trial("1", 5)});
  const auto bytes = base::read_file(path_);
  for (std::size_t size = 0; size < bytes.size(); size += 97) {
    base::write_file(path_, std::string_view(bytes).substr(0, size));
    EXPECT_NE(problem(path_), "none") << size;
  }
}

TEST_F(StoreTest, AFlippedByteIsRefusedOrChangesNothing) {
  write({full_trial("1", 5)});
  const auto bytes = base::read_file(path_);
  const auto hash = Store(path_).hash();
  for (std::size_t at = 0; at < bytes.size(); at += 41) {
    auto flipped = bytes;
    flipped[at] = static_cast<char>(flipped[at] ^ 0x55);
    base::write_file(path_, flipped);
    std::string found;
    try {
      found = Store(path_).hash();
    } catch (const Error&) {
      continue;
    }
    EXPECT_EQ(found, hash) << "byte " << at;
  }
}

TEST_F(StoreTest, RequiresPartsOnOneTimeline) {
  auto trial = full_trial("1");
  trial.angles = random_part(Quantity::coordinate, {{"a", "rad"}}, 49, 4);
  EXPECT_THROW(write({trial}), std::invalid_argument);
  trial = full_trial("a/b");
  EXPECT_THROW(write({trial}), std::invalid_argument);
  trial = full_trial("1");
  trial.rate_hz = 50;
  EXPECT_THROW(write({trial}), std::invalid_argument);
}

}  // namespace
}  // namespace kinemyo::dataset
