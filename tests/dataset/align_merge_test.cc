// Recordings whose clocks were moved already, in one trial or one file.
#include <gmock/gmock.h>

#include <cmath>
#include <numbers>

#include "kinemyo/dataset/align.h"

namespace kinemyo::dataset {
namespace {

using motion::Channel;
using motion::Clock;
using motion::Quantity;
using motion::Recording;
using motion::Series;
using testing::ElementsAre;
using testing::HasSubstr;

Recording recording_of(std::vector<Series> series, const std::string& name = "x.c3d") {
  Recording out;
  out.source = name;
  out.series = std::move(series);
  return out;
}

// Channels that all hold a sine of 1 Hz, of the clock's own time.
Series waves(Quantity quantity, std::vector<Channel> channels, const Clock& clock) {
  base::Matrix<double> values(clock.size(), channels.size() * motion::components(quantity));
  for (std::size_t f = 0; f < values.rows(); ++f) {
    for (std::size_t k = 0; k < values.columns(); ++k) values(f, k) = std::sin(2 * std::numbers::pi * clock.time_s(f));
  }
  return {quantity, std::move(channels), clock, std::move(values)};
}

// The error of a channel that should hold that sine, between two instants.
double worst_between(const Series& series, double from_s, double to_s) {
  double worst = 0;
  for (std::size_t f = 0; f < series.frames(); ++f) {
    const double t = series.clock().time_s(f);
    if (t < from_s || t > to_s) continue;
    worst = std::fmax(worst, std::abs(series.at(f, 0) - std::sin(2 * std::numbers::pi * t)));
    if (std::isnan(series.at(f, 0))) return std::nan("");
  }
  return worst;
}

TEST(AddDevice, KeepsTheTrialsOwnChannelsAndMarkers) {
  const auto slow = Clock::uniform(10, 0, 3), fast = Clock::uniform(30, 0, 3);
  auto trial = recording_of({waves(Quantity::position, {{"Hand", "m"}}, slow), waves(Quantity::emg, {{"Triceps", "V"}}, fast)});
  trial.events.push_back({"Clap", "", 0.1});
  auto other = recording_of({waves(Quantity::position, {{"Hand", "m"}}, slow),
                             waves(Quantity::emg, {{"Hand", "V"}, {"Biceps", "V"}, {"Triceps", "V"}}, fast)},
                            "folder/emg.edf");
  other.events = {{"Clap", "", 0.12}, {"Clap", "", 0.9}};
  std::vector<std::string> notes;
  add_device(trial, other, notes);
  ASSERT_EQ(trial.series.size(), 3u);
  EXPECT_THAT(trial.series[2].names(), ElementsAre("Hand", "Biceps")) << "a muscle may be called as a marker is";
  EXPECT_EQ(trial.events.size(), 2u);
  EXPECT_THAT(notes, ElementsAre(HasSubstr("emg.edf: 1 marker left out"), HasSubstr("channels (emg) of these names: Triceps"),
                                 HasSubstr("emg.edf: 2 channels (emg) of 30 Hz join the trial")));
}

TEST(MergeAligned, BringsAllOntoTheReferencesFrames) {
  const auto reference = recording_of({waves(Quantity::position, {{"Hand", "m"}}, Clock::uniform(100, 1, 301))});
  // A camera system of 60 Hz, an amplifier of 1111 Hz and one with uneven stamps; the last begins later and ends earlier.
  std::vector<double> stamps_s;
  for (int i = 0; i < 400; ++i) stamps_s.push_back(1.5 + 0.005 * i + (i % 3 == 0 ? 0.0011 : 0));
  const auto video = recording_of({waves(Quantity::position, {{"Hand", "m"}, {"Nose", "m"}}, Clock::uniform(60, 0, 300))}, "a/video.trc");
  const auto amplifier = recording_of({waves(Quantity::emg, {{"Hand", "V"}}, Clock::uniform(1111, 0.5, 4500))}, "b/emg.edf");
  const auto uneven = recording_of({waves(Quantity::coordinate, {{"knee", "rad"}}, Clock::stamped(stamps_s))}, "c/angles.csv");
  std::vector<std::string> notes;
  const auto merged = merge_aligned(reference, {video, amplifier, uneven}, notes);
  ASSERT_EQ(merged.series.size(), 4u);
  EXPECT_EQ(merged.series[0].values(), reference.series[0].values());
  EXPECT_THAT(merged.series[1].names(), ElementsAre("video_Hand", "Nose"));
  EXPECT_THAT(merged.series[2].names(), ElementsAre("Hand")) << "a muscle may be called as a marker is";
  EXPECT_EQ(merged.series[2].clock().rate_hz(), 1100) << "the nearest multiple of the frame rate";
  EXPECT_EQ(merged.series[2].frames(), 11u * 301);
  for (const std::size_t s : {1u, 3u}) {
    EXPECT_EQ(merged.series[s].clock().rate_hz(), 100);
    EXPECT_EQ(merged.series[s].clock().start_s(), 1);
    EXPECT_EQ(merged.series[s].frames(), 301u);
  }
  EXPECT_LT(worst_between(merged.series[1], 1.2, 3.8), 1e-3);
  EXPECT_LT(worst_between(merged.series[2], 1.2, 3.8), 1e-3);
  EXPECT_LT(worst_between(merged.series[3], 1.6, 3.4), 1e-3);
  EXPECT_TRUE(std::isnan(merged.series[3].at(0, 0))) << "before its first stamp";
  EXPECT_TRUE(std::isnan(merged.series[3].at(300, 0))) << "behind its last";
  EXPECT_THAT(notes, ElementsAre(HasSubstr("video: 2 position channels, 60 Hz, to 100 Hz by a windowed sinc"),
                                 HasSubstr("emg: 1 emg channel, 1111 Hz, to 1100 Hz by a windowed sinc"),
                                 HasSubstr("angles: 1 coordinate channel, ")));
  EXPECT_THAT(notes[2], HasSubstr("to 100 Hz by pchip between its own stamps"));
}

TEST(MergeAligned, SamplesFollowTheReferencesOwn) {
  const auto reference = recording_of({waves(Quantity::position, {{"Hand", "m"}}, Clock::uniform(100, 0, 101)),
                                       waves(Quantity::emg, {{"Biceps", "V"}}, Clock::uniform(2000, 0, 2020))});
  std::vector<std::string> notes;
  const auto merged = merge_aligned(reference, {recording_of({waves(Quantity::emg, {{"Biceps", "V"}}, Clock::uniform(1000, 0, 1010))}, "emg.edf")}, notes);
  ASSERT_EQ(merged.series.size(), 3u);
  EXPECT_EQ(merged.series[2].clock().rate_hz(), 2000);
  EXPECT_THAT(merged.series[2].names(), ElementsAre("emg_Biceps"));
}

TEST(MergeAligned, SaysWhyWhatHasNoPlaceIsLeftOut) {
  const auto reference = recording_of({waves(Quantity::position, {{"Hand", "m"}}, Clock::uniform(100, 0, 101))});
  const auto once = recording_of({waves(Quantity::position, {{"Nose", "m"}}, Clock::uniform(50, 0, 1))}, "photo.trc");
  auto turning = recording_of({waves(Quantity::rotation, {{"pelvis", ""}}, Clock::uniform(50, 0, 51))}, "theia.c3d");
  turning.events.push_back({"Clap", "", 0.5});
  std::vector<std::string> notes;
  const auto merged = merge_aligned(reference, {once, turning}, notes);
  EXPECT_EQ(merged.series.size(), 1u);
  EXPECT_EQ(merged.events.size(), 1u);
  EXPECT_THAT(notes, ElementsAre("photo: 1 position channel left out: one frame has no rate to be put on another clock",
                                 "theia: 1 rotation channel left out: rotations are not put on another clock"));
}

}  // namespace
}  // namespace kinemyo::dataset
