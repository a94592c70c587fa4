#include "kinemyo/dataset/align.h"

#include <gmock/gmock.h>

#include <cmath>
#include <filesystem>
#include <functional>
#include <numbers>

#include "kinemyo/base/random.h"
#include "kinemyo/io/any.h"
#include "kinemyo/signal/filter.h"
#include "kinemyo/signal/resample.h"
#include "real_data.h"

namespace kinemyo::dataset {
namespace {

using motion::Clock;
using motion::Quantity;
using motion::Recording;
using motion::Series;
using testing::HasSubstr;

template <typename Call>
std::string message_of(Call call) {
  try {
    call();
  } catch (const Error& problem) {
    return problem.what();
  }
  return "none";
}

// A clock that shows `lag_s` less than the reference at its start, and loses drift_ppm.
struct OtherClock {
  double lag_s = 0, drift_ppm = 0, start_s = 0;  // start: reference time at which the device begins
  double own(double reference_s) const {
    const double began = start_s - lag_s;
    return began + (reference_s - start_s) / (1 + 1e-6 * drift_ppm);
  }
  double reference(double own_s) const { return start_s + (own_s - own(start_s)) * (1 + 1e-6 * drift_ppm); }
};

// What another device of that rate and noise sees of the same movement.
Series seen_by(const Series& truth, const OtherClock& clock, double rate_hz, double end_s, double noise, base::Random& random) {
  std::vector<double> at_s;
  const auto frames = static_cast<std::size_t>((clock.own(end_s) - clock.own(clock.start_s)) * rate_hz) + 1;
  const auto own = Clock::uniform(rate_hz, clock.own(clock.start_s), frames);
  for (std::size_t f = 0; f < frames; ++f) at_s.push_back(clock.reference(own.time_s(f)));
  base::Matrix<double> values(frames, truth.values().columns());
  for (std::size_t k = 0; k < values.columns(); ++k) {
    auto column = signal::resample_at(truth.values().column(k), truth.clock().rate_hz(), truth.clock().start_s(), at_s, rate_hz);
    for (double& value : column) value += noise * random.normal();
    values.set_column(k, column);
  }
  return {truth.quantity(), truth.channels(), own, std::move(values)};
}

Recording recording_of(std::vector<Series> series, const std::string& name = "x.c3d") {
  Recording out;
  out.source = name;
  out.series = std::move(series);
  return out;
}

Recording markers_of(const std::filesystem::path& path) {
  auto out = io::read_recording(path);
  std::erase_if(out.series, [](const Series& series) { return series.quantity() != Quantity::position; });
  return out;
}

class AlignReal : public testing::Test {
 protected:
  // Markers that were seen throughout.
  static std::vector<Recording> trials(const std::vector<std::filesystem::path>& paths) {
    std::vector<Recording> out;
    for (const auto& path : paths) {
      auto one = markers_of(path);
      auto& markers = one.series.front();
      std::vector<std::string> whole;
      for (std::size_t c = 0; c < markers.channels().size(); ++c) {
        bool gap = false;
        for (std::size_t f = 0; f < markers.frames() && !gap; ++f) gap = markers.missing(f, c);
        if (!gap) whole.push_back(markers.channels()[c].name);
      }
      markers = markers.select(whole);
      out.push_back(std::move(one));
    }
    return out;
  }
};

// Two camera systems on one person: 100 Hz, and 60 Hz with 3 mm of noise that starts 0.4 s later on a clock of its own.
TEST_F(AlignReal, ActivityOfRealMovementFindsTheLagWithinFiveMilliseconds) {
  KINEMYO_REAL_DATA(c3d, "biomechzoo");
  KINEMYO_REAL_DATA(trc, "opencap_expert1");
  std::vector<std::filesystem::path> paths;
  for (const char* name : {"STS1", "STSFast1", "STSweakLegs1", "squats1", "squatsAsym1"}) paths.push_back(trc / (std::string(name) + ".trc"));
  const std::size_t long_ones = paths.size();
  paths.push_back(trc / "STSAsym1.trc");
  for (const char* name : {"HC030A/Turn/HC030A22.c3d", "HC044A/Turn/HC044A29.c3d", "HC038A/Turn/HC038A27.c3d"}) paths.push_back(c3d / name);
  base::Random random(4);
  std::size_t found = 0, found_long = 0, tried = 0;
  double worst_s = 0;
  const auto all = trials(paths);
  for (std::size_t i = 0; i < all.size(); ++i) {
    const auto& reference = all[i];
    for (int repeat = 0; repeat < 3; ++repeat) {
      const auto& truth = reference.series.front();
      const double start_s = truth.clock().start_s(), end_s = start_s + truth.clock().span_s();
      const OtherClock clock{random.uniform(-300, 300), 0, start_s + random.uniform(0, 0.4)};
      const auto other = recording_of({seen_by(truth, clock, 60, end_s - random.uniform(0, 0.4), 0.003, random)}, "video.trc");
      ++tried;
      try {
        const auto aligned = align_recordings(reference, other, {.by = AlignBy::activity});
        worst_s = std::max(worst_s, std::abs(aligned.clock.lag_s - clock.lag_s));
        EXPECT_NEAR(aligned.clock.lag_s, clock.lag_s, 0.005) << reference.source;
        ++found;
        found_long += i < long_ones ? 1 : 0;
      } catch (const Error& problem) {
        // A few steps do not tell; sitting down and getting up, time after time, does.
        EXPECT_THAT(problem.what(), testing::AnyOf(HasSubstr("short"), HasSubstr("repeats"))) << reference.source;
        EXPECT_GE(i, long_ones) << reference.source << ": " << problem.what();
      }
    }
  }
  std::printf("lag by activity: %zu of %zu aligned, worst error %.2f ms\n", found, tried, worst_s * 1e3);
  EXPECT_EQ(found_long, 3 * long_ones);
}

// Real movement of 98 s, its trials in other orders until ten minutes are full, recorded by a device whose clock drifts.
TEST_F(AlignReal, DriftOverTenMinutesIsFoundByActivity) {
  KINEMYO_REAL_DATA(trc, "opencap_expert1");
  std::vector<std::filesystem::path> paths;
  for (const char* name : {"squats1", "STS1", "STSFast1", "DJ1", "DJ2", "walking1", "walkingTS2", "squatsAsym1", "STSAsym1", "DJAsym1", "STSweakLegs1"}) {
    paths.push_back(trc / (std::string(name) + ".trc"));
  }
  const auto all = trials(paths);
  const std::vector<std::string> names = {"r_knee", "L_knee", "r.ASIS", "C7", "R_wrist_radius"};
  base::Random random(9);
  std::vector<std::size_t> order(all.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::vector<double> values;
  constexpr std::size_t kFrames = 60000;
  while (values.size() / 15 < kFrames) {
    for (std::size_t i = order.size() - 1; i > 0; --i) std::swap(order[i], order[random.below(i + 1)]);
    for (const auto i : order) {
      const auto part = all[i].series.front().select(names);
      values.insert(values.end(), part.values().flat().begin(), part.values().flat().end());
    }
  }
  values.resize(kFrames * 15);
  std::vector<motion::Channel> channels;
  for (const auto& name : names) channels.push_back({name, "m"});
  const Series truth(Quantity::position, channels, Clock::uniform(100, 0, kFrames), base::Matrix<double>(kFrames, 15, values));
  const auto reference = recording_of({truth});
  for (const double drift_ppm : {-60.0, 25.0}) {
    const OtherClock clock{12.3456, drift_ppm, 2.5};
    const auto other = recording_of({seen_by(truth, clock, 120, 598, 0.003, random)}, "other.c3d");
    const auto found = align_recordings(reference, other);
    EXPECT_EQ(found.by, AlignBy::activity);
    EXPECT_NEAR(found.clock.drift_ppm, drift_ppm, 5);
    for (const double t : {10.0, 300.0, 590.0}) EXPECT_NEAR(found.clock.reference_time(clock.own(t)), t, 0.005) << t;
  }
}

// The other device writes down the reference's time with every sample, with the jitter of a host.
TEST_F(AlignReal, StampsFindLagAndDriftOfARealRecording) {
  KINEMYO_REAL_DATA(c3d, "biomechzoo");
  const auto whole = io::read_recording(c3d / "HC030A/Turn/HC030A22.c3d");
  const auto& emg = *whole.find(Quantity::emg);
  base::Random random(2);
  for (int repeat = 0; repeat < 10; ++repeat) {
    const OtherClock clock{random.uniform(-1e4, 1e4), random.uniform(-80, 80), emg.clock().start_s()};
    // Ten minutes: the recording's samples, spread.
    const double stretch = 600 / emg.clock().span_s();
    std::vector<double> own_s, stamps_s;
    for (std::size_t f = 0; f < emg.frames(); ++f) {
      const double t = clock.start_s + (emg.clock().time_s(f) - clock.start_s) * stretch;
      own_s.push_back(clock.own(t));
      stamps_s.push_back(t + 0.001 * random.normal() + (random.uniform() < 0.03 ? random.uniform(0.01, 0.3) : 0));
    }
    const auto own = Clock::stamped(own_s);
    const Series stamps(Quantity::analog, {{"host_time", "s"}}, own, base::Matrix<double>(stamps_s.size(), 1, stamps_s));
    const auto found = align_recordings(whole, recording_of({Series(Quantity::emg, emg.channels(), own, emg.values()), stamps}, "emg.xdf"),
                                        {.stamps_channel = "host_time"});
    EXPECT_EQ(found.by, AlignBy::stamps);
    EXPECT_NEAR(found.clock.drift_ppm, clock.drift_ppm, 5);
    for (const double t : {1.0, 300.0, 599.0}) EXPECT_NEAR(found.clock.reference_time(clock.own(t)), t, 0.001);
  }
}

// Windows of real movement, all long enough to be correlated: of different people, or of one person who does different things.
struct Window {
  std::string doing;  // who does what
  Recording recording;
};

void cut_windows(const std::filesystem::path& path, const std::string& doing, std::vector<Window>& out) {
  constexpr double kLeast_s = 4, kMost_s = 6;
  constexpr std::size_t kMostWindows = 3;
  const auto whole = markers_of(path);
  const auto& markers = whole.series.front();
  const double rate_hz = markers.clock().rate_hz();
  const auto wanted = static_cast<std::size_t>(kMost_s * rate_hz);
  for (std::size_t first = 0, n = 0; first < markers.frames() && n < kMostWindows; first += wanted, ++n) {
    const auto frames = std::min(wanted, markers.frames() - first);
    if (static_cast<double>(frames) < kLeast_s * rate_hz) break;
    std::vector<motion::Channel> seen;
    std::vector<std::size_t> from;
    for (std::size_t c = 0; c < markers.channels().size(); ++c) {
      bool gap = false;
      for (std::size_t f = 0; f < frames && !gap; ++f) gap = markers.missing(first + f, c);
      if (gap) continue;
      seen.push_back(markers.channels()[c]);
      from.push_back(c);
    }
    if (seen.empty()) continue;
    base::Matrix<double> values(frames, 3 * seen.size());
    for (std::size_t f = 0; f < frames; ++f) {
      for (std::size_t k = 0; k < values.columns(); ++k) values(f, k) = markers.at(first + f, from[k / 3], k % 3);
    }
    out.push_back({doing, recording_of({Series(Quantity::position, seen, Clock::uniform(rate_hz, 0, frames), std::move(values))},
                                       path.filename().string() + " " + std::to_string(n + 1))});
  }
}

TEST_F(AlignReal, MovementsOfDifferentPeopleAndActivitiesAreRefusedForLackOfAgreement) {
  KINEMYO_REAL_DATA(c3d, "biomechzoo");
  KINEMYO_REAL_DATA(trc, "opencap_expert1");
  KINEMYO_REAL_DATA(formats, "formats");
  KINEMYO_REAL_DATA(nimble, "nimble");
  std::vector<Window> windows;
  cut_windows(c3d / "HC030A/Turn/HC030A22.c3d", "HC030A turns", windows);
  cut_windows(c3d / "HC040A/Straight/HC040A14.c3d", "HC040A walks", windows);
  cut_windows(formats / "ezc3d/BTS.c3d", "BTS", windows);
  cut_windows(formats / "kineticstoolkit/sample_OptiTrack_walking.c3d", "OptiTrack", windows);
  cut_windows(formats / "ezc3d/Vicon.c3d", "Vicon", windows);
  cut_windows(formats / "kineticstoolkit/sample_propulsion.c3d", "propulsion", windows);
  cut_windows(formats / "kineticstoolkit/sprintbasket.c3d", "basketball", windows);
  cut_windows(nimble / "WeirdFormatTests/markers_Squat2.trc", "W squats", windows);
  cut_windows(nimble / "WeirdFormatTests/markers_StairUp3.trc", "W climbs", windows);
  for (const char* name : {"STS1", "STSFast1"}) cut_windows(trc / (std::string(name) + ".trc"), "E sits and stands", windows);
  cut_windows(trc / "squats1.trc", "E squats", windows);
  std::vector<std::pair<const Window*, const Window*>> pairs;
  for (std::size_t i = 0; i < windows.size(); ++i) {
    for (std::size_t k = i + 1; k < windows.size(); ++k) {
      if (windows[i].doing != windows[k].doing) pairs.emplace_back(&windows[i], &windows[k]);
    }
  }
  constexpr std::size_t kTries = 100;
  ASSERT_GE(pairs.size(), kTries);
  std::size_t refused = 0;
  for (const auto& [a, b] : pairs) {
    std::string told;
    try {
      told = "taken: " + describe(align_recordings(a->recording, b->recording, {.by = AlignBy::activity}));
    } catch (const Error& problem) {
      told = problem.what();
    }
    EXPECT_THAT(told, HasSubstr("the activities correlate by")) << a->recording.source << ", " << b->recording.source;
    EXPECT_THAT(told, testing::Not(HasSubstr("too short"))) << a->recording.source << ", " << b->recording.source;
    refused += told.find("the activities correlate by") != std::string::npos ? 1 : 0;
  }
  std::printf("unrelated movements: %zu of %zu pairs refused\n", refused, pairs.size());
  EXPECT_EQ(refused, pairs.size());
}

std::vector<double> noise(std::size_t n, double up_to_hz, double rate_hz, std::uint64_t seed) {
  base::Random random(seed);
  const auto ends = static_cast<std::size_t>(3 * rate_hz);  // where a filter has not settled
  std::vector<double> x(n + 2 * ends);
  for (double& v : x) v = random.normal();
  x = signal::sosfiltfilt(signal::butterworth_sections(2, signal::Passband::below(up_to_hz), rate_hz), x);
  return {x.begin() + static_cast<std::ptrdiff_t>(ends), x.end() - static_cast<std::ptrdiff_t>(ends)};
}

// A hand that moves by `level`, as a marker sees it, and the muscle behind it.
Series hand(const std::vector<double>& level, double rate_hz, double start_s) {
  base::Matrix<double> values(level.size(), 3);
  for (std::size_t f = 0; f < level.size(); ++f) values(f, 0) = level[f];
  return {Quantity::position, {{"Hand", "m"}}, Clock::uniform(rate_hz, start_s, level.size()), std::move(values)};
}

TEST(AlignRecordings, TriggersAreFoundByTheirNames) {
  std::vector<double> pulses(5000, 0.02), same(10000, -1);
  base::Random random(3);
  for (const int at : {300, 1210, 1900, 3333, 4100}) {
    for (int i = 0; i < 20; ++i) pulses[static_cast<std::size_t>(at + i)] = 5 + 0.01 * random.normal();
    for (int i = 0; i < 40; ++i) same[static_cast<std::size_t>(2 * at + 500 + i)] = 1;
  }
  const Series mine(Quantity::analog, {{"Trigger", "V"}}, Clock::uniform(1000, 0, 5000), base::Matrix<double>(5000, 1, pulses));
  const Series theirs(Quantity::analog, {{"TTL in", "V"}}, Clock::uniform(2000, 100, 10000), base::Matrix<double>(10000, 1, same));
  const auto found = align_recordings(recording_of({mine}), recording_of({theirs}, "emg.edf"));
  EXPECT_EQ(found.by, AlignBy::events);
  EXPECT_NEAR(found.clock.lag_s, -100.25, 0.001);
  EXPECT_EQ(found.rests_on, "5 edges of Trigger and TTL in");
  EXPECT_THAT(describe(found), HasSubstr("lag -100.2"));
  EXPECT_THAT(describe(found), HasSubstr("confidence"));
}

TEST(AlignRecordings, ATriggerThatNobodyPulledHidesNoEvents) {
  const Series idle(Quantity::analog, {{"Trigger", "V"}}, Clock::uniform(100, 0, 500), base::Matrix<double>(500, 1, 0.0));
  auto mine = recording_of({idle}), theirs = recording_of({idle}, "b.c3d");
  for (const double t : {0.4, 1.1, 2.9, 3.3}) {
    mine.events.push_back({"Foot Strike", "Left", t});
    theirs.events.push_back({"Foot Strike", "Left", t + 7});
  }
  const auto found = align_recordings(mine, theirs);
  EXPECT_EQ(found.by, AlignBy::events);
  EXPECT_EQ(found.rests_on, "4 events Left Foot Strike");
  EXPECT_NEAR(found.clock.lag_s, -7, 1e-9);
}

TEST(AlignRecordings, RefusalsEndWithTheUsersOptionsAndNamesWithTheNearest) {
  const auto a = recording_of({hand(noise(2000, 2, 100, 1), 100, 0)}), b = recording_of({hand(noise(2000, 2, 100, 2), 100, 0)}, "b.trc");
  EXPECT_THAT(message_of([&] { align_recordings(a, b, {.by = AlignBy::activity, .advice = "Say --by start"}); }), testing::EndsWith(". Say --by start"));
  EXPECT_THAT(message_of([&] { align_recordings(a, b, {.reference_channel = "hant"}); }),
              HasSubstr("has no channel \"hant\"; did you mean \"Hand\"?"));
}

TEST(AlignRecordings, WhatRegularEventsDoNotSettleActivityDoes) {
  const auto level = noise(3000, 2, 100, 5);
  auto mine = recording_of({hand(level, 100, 0)}), theirs = recording_of({hand({level.begin() + 500, level.end()}, 100, 0)}, "b.trc");
  for (int i = 0; i < 12; ++i) {
    mine.events.push_back({"Step", "", 0.5 + 2.0 * i});
    if (i < 10) theirs.events.push_back({"Step", "", 1.5 + 2.0 * i});
  }
  EXPECT_THAT(message_of([&] { align_recordings(mine, theirs, {.by = AlignBy::events}); }), HasSubstr("regular events do not tell"));
  const auto found = align_recordings(mine, theirs);
  EXPECT_EQ(found.by, AlignBy::activity);
  EXPECT_NEAR(found.clock.lag_s, 5, 0.002);
}

TEST(AlignRecordings, MuscleAndMovementAreCorrelatedIfNothingElseIsCommon) {
  const auto level = noise(40000, 1, 1000, 6);
  std::vector<double> emg, slow;
  base::Random random(1);
  double position = 0;
  for (std::size_t i = 0; i < level.size(); ++i) {
    const double speed = std::max(0.0, level[i]) * 20;
    position += speed / 1000;
    emg.push_back(speed * random.normal());
    if (i % 10 == 0) slow.push_back(position);
  }
  const Series muscle(Quantity::emg, {{"Biceps", "V"}}, Clock::uniform(1000, 50, emg.size()), base::Matrix<double>(emg.size(), 1, emg));
  const auto found = align_recordings(recording_of({hand(slow, 100, 0)}), recording_of({muscle}, "emg.edf"));
  EXPECT_NEAR(found.clock.lag_s, -50, 0.02);
  EXPECT_EQ(found.rests_on, "speed of 1 marker and activity of 1 muscle");
}

TEST(AlignRecordings, UnrelatedSignalsAreRefusedEveryTime) {
  std::size_t refused = 0;
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    base::Random random(seed);
    const auto a = recording_of({hand(noise(1000 + random.below(4000), random.uniform(0.5, 6), 100, 2 * seed), 100, 0)});
    const auto b = recording_of({hand(noise(1000 + random.below(4000), random.uniform(0.5, 6), 100, 2 * seed + 1), 100, 7)}, "b.trc");
    const auto told = message_of([&] { align_recordings(a, b); });
    refused += told != "none" && told.find("give events or stamps") != std::string::npos ? 1 : 0;
  }
  EXPECT_EQ(refused, 100u);
}

TEST(AlignRecordings, WhatIsToldIsTakenAndSaidToBeTold) {
  const auto a = recording_of({hand(std::vector<double>(100, 0.0), 100, 2)}), b = recording_of({hand(std::vector<double>(100, 0.0), 100, 50)}, "b.trc");
  EXPECT_EQ(align_recordings(a, b, {.by = AlignBy::clock}).clock.lag_s, 0);
  const auto start = align_recordings(a, b, {.by = AlignBy::start});
  EXPECT_EQ(start.clock.lag_s, -48);
  EXPECT_EQ(describe(start), "lag -48.0000 s, as told: both began together");
  EXPECT_EQ(align_recordings(a, b, {.by = AlignBy::lag, .lag_s = 0.25}).clock.reference_time(51), 51.25);
  EXPECT_EQ(align_by("start"), AlignBy::start);
  EXPECT_THAT(message_of([] { align_by("luck"); }), HasSubstr("auto, stamps, events, activity, clock, start or lag"));
}

TEST(AlignRecordings, ClocksAndEventsMoveAndValuesDoNot) {
  auto other = recording_of({hand({1, 2, 3}, 10, 5)}, "b.trc");
  other.events.push_back({"Clap", "", 5.1});
  signal::Alignment clock;
  clock.lag_s = 20;
  clock.drift_ppm = 100;
  clock.origin_s = 5;
  const auto moved = on_reference_clock(other, clock);
  EXPECT_EQ(moved.series[0].values(), other.series[0].values());
  EXPECT_DOUBLE_EQ(moved.series[0].clock().time_s(0), 25);
  EXPECT_NEAR(moved.series[0].clock().time_s(2), 25.2 + 2e-5, 1e-9);
  EXPECT_NEAR(moved.events[0].time_s, 25.1 + 1e-5, 1e-9);
}

}  // namespace
}  // namespace kinemyo::dataset
