#include "kinemyo/signal/alignment.h"

#include <gmock/gmock.h>

#include <cmath>
#include <numbers>
#include <vector>

#include "kinemyo/base/error.h"
#include "kinemyo/base/random.h"
#include "kinemyo/signal/filter.h"

namespace kinemyo::signal {
namespace {

using testing::HasSubstr;

template <typename Call>
std::string message_of(Call call) {
  try {
    call();
  } catch (const Error& problem) {
    return problem.what();
  }
  return "no error";
}

// A slow movement: noise up to a frequency, of strength 1.
std::vector<double> movement(std::size_t samples, double rate_hz, double up_to_hz, std::uint64_t seed) {
  base::Random random(seed);
  std::vector<double> x(samples + 2000);
  for (double& v : x) v = random.normal();
  x = sosfiltfilt(butterworth_sections(2, Passband::below(up_to_hz), rate_hz), x);
  x = {x.begin() + 1000, x.end() - 1000};
  double squares = 0;
  for (const double v : x) squares += v * v;
  for (double& v : x) v /= std::sqrt(squares / static_cast<double>(x.size()));
  return x;
}

TEST(AlignByStamps, FindsLagAndDriftOverTenMinutes) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    base::Random random(seed);
    const double lag = random.uniform(-1000, 1000), drift_ppm = random.uniform(-100, 100);
    std::vector<double> reference, other;
    for (int i = 0; i < 6000; ++i) {
      const double t = 50 + 0.1 * i;
      double stamp = t + lag + 1e-6 * drift_ppm * (t - 50) + 0.002 * random.normal();
      if (random.uniform() < 0.05) stamp += random.uniform(0.05, 0.5);  // the host was busy
      other.push_back(t);
      reference.push_back(stamp);
    }
    const auto found = align_by_stamps(reference, other);
    EXPECT_NEAR(found.drift_ppm, drift_ppm, 5) << seed;
    for (const double t : {50.0, 350.0, 650.0}) {
      EXPECT_NEAR(found.reference_time(t), t + lag + 1e-6 * drift_ppm * (t - 50), 0.001) << seed;
    }
    EXPECT_GT(found.confidence, 0.8);
    EXPECT_NEAR(found.residual_s, 0.002, 3e-4);
  }
}

TEST(AlignByStamps, RefusesWhatIsNoClock) {
  const std::vector<double> t = {0, 10, 20, 30, 40, 50}, faster = {0, 11, 22, 33, 44, 55}, mixed = {0, 25, 12, 70, 3, 90};
  EXPECT_THAT(message_of([&] { align_by_stamps(faster, t); }), HasSubstr("drift apart by 1e+05 ppm"));
  EXPECT_THAT(message_of([&] { align_by_stamps(mixed, t); }), HasSubstr("scatter by"));
  EXPECT_THAT(message_of([] { align_by_stamps({}, {}); }), HasSubstr("no instant has stamps of both clocks"));
  EXPECT_THROW(align_by_stamps(t, std::vector<double>{1}), std::invalid_argument);
  const std::vector<double> one = {7.5}, other = {2.0};
  EXPECT_DOUBLE_EQ(align_by_stamps(one, other).lag_s, 5.5);
  EXPECT_LE(align_by_stamps(one, other).confidence, 0.5);
}

TEST(AlignByEvents, FindsPartnersThoughSomeAreMissing) {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    base::Random random(seed);
    const double lag = random.uniform(-20, 20), drift_ppm = random.uniform(-80, 80);
    std::vector<double> reference, other;
    for (double t = 1; t < 600; t += random.uniform(2, 20)) {
      if (random.uniform() > 0.1) other.push_back(t + 5e-4 * random.normal());
      if (random.uniform() > 0.1) reference.push_back(t + lag + 1e-6 * drift_ppm * t + 5e-4 * random.normal());
    }
    const auto found = align_by_events(reference, other);
    EXPECT_NEAR(found.drift_ppm, drift_ppm, 5) << seed;
    EXPECT_NEAR(found.reference_time(300), 300 + lag + 3e-4 * drift_ppm, 0.001) << seed;
  }
}

TEST(AlignByEvents, RefusesRegularAndForeignEvents) {
  std::vector<double> regular, more, foreign;
  base::Random random(3);
  for (int i = 0; i < 20; ++i) {
    if (i < 18) regular.push_back(i);
    more.push_back(i + 0.3);
    foreign.push_back(20 * random.uniform());
  }
  EXPECT_THAT(message_of([&] { align_by_events(more, regular); }), HasSubstr("regular events do not tell which"));
  EXPECT_THAT(message_of([&] { align_by_events(foreign, regular); }), HasSubstr("event"));
  AlignmentLimits near;
  near.largest_lag_s = 0.5;
  EXPECT_NEAR(align_by_events(more, regular, near).lag_s, 0.3, 1e-9);
  EXPECT_THAT(message_of([&] { align_by_events({}, regular); }), HasSubstr("0 events on one side and 18"));
}

TEST(AlignByActivity, FindsTheLagOfTheSameMovement) {
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    base::Random random(seed);
    // Two devices of 100 and 250 Hz see one movement, each with noise of its own.
    const auto whole = movement(30000, 1000, 3, seed);
    const double lag = random.uniform(-8, 8);
    std::vector<double> a, b;
    for (std::size_t i = 0; i < 2500; ++i) a.push_back(whole[i * 10] + 0.4 * random.normal());
    const double cut = random.uniform(1, 9);
    for (std::size_t i = 0; i < 4000; ++i) {
      b.push_back(whole[static_cast<std::size_t>(std::lround(cut * 1000)) + 4 * i] + 0.4 * random.normal());
    }
    const double started = std::lround(cut * 1000) / 1000.0 - lag;  // what b's own clock says at its first sample
    const auto found = align_by_activity({a, 100, 0}, {b, 250, started});
    EXPECT_NEAR(found.lag_s, lag, 0.005) << seed;
    EXPECT_GT(found.correlation, 0.7);
    EXPECT_GT(found.confidence, 0.5);
  }
}

TEST(AlignByActivity, FindsDriftOverTenMinutes) {
  for (const double drift_ppm : {-80.0, 0.0, 45.0}) {
    const std::size_t samples = 600 * 200;
    const auto whole = movement(samples + 4000, 200, 2, 11);
    base::Random random(5);
    std::vector<double> a(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(samples)), b;
    for (double& v : a) v += 0.2 * random.normal();
    for (std::size_t i = 0; i < samples - 2000; ++i) {
      // The other device's second is longer: its sample i was taken at reference time 5 s + t (1 + drift).
      const double at = (5 + static_cast<double>(i) / 200 * (1 + 1e-6 * drift_ppm)) * 200;
      const auto low = static_cast<std::size_t>(at);
      const double share = at - static_cast<double>(low);
      b.push_back((1 - share) * whole[low] + share * whole[low + 1] + 0.2 * random.normal());
    }
    const auto found = align_by_activity({a, 200, 0}, {b, 200, 0});
    EXPECT_NEAR(found.drift_ppm, drift_ppm, 5);
    for (const double t : {10.0, 300.0, 580.0}) {
      EXPECT_NEAR(found.reference_time(t), 5 + t * (1 + 1e-6 * drift_ppm), 0.005) << drift_ppm;
    }
  }
}

TEST(AlignByActivity, RefusesUnrelatedSignals) {
  std::size_t refused = 0;
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    base::Random random(seed);
    const double rate = 100;
    const auto a = movement(500 + 100 * random.below(60), rate, random.uniform(0.3, 10), 2 * seed);
    const auto b = movement(500 + 100 * random.below(60), rate, random.uniform(0.3, 10), 2 * seed + 1);
    refused += message_of([&] { align_by_activity({a, rate, 0}, {b, rate, 0}); }) != "no error" ? 1 : 0;
  }
  EXPECT_EQ(refused, 100u);
}

TEST(AlignByActivity, RefusesStepsOfTheSameCadence) {
  std::size_t refused = 0;
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    base::Random random(seed);
    const auto walk = [&](double cadence_hz) {
      std::vector<double> x;
      double phase = random.uniform(0, 6);
      for (int i = 0; i < 1500; ++i) {
        phase += 2 * std::numbers::pi * cadence_hz / 100 * (1 + 0.1 * random.normal());
        x.push_back(std::pow(std::max(0.0, std::sin(phase)), 3) + 0.05 * random.normal());
      }
      return x;
    };
    const auto a = walk(0.95), b = walk(random.uniform(0.9, 1.0));
    refused += message_of([&] { align_by_activity({a, 100, 0}, {b, 100, 0}); }) != "no error" ? 1 : 0;
  }
  EXPECT_EQ(refused, 100u);
}

TEST(AlignByActivity, SaysWhatToDo) {
  const std::vector<double> still(1000, 1.0), shortly(100, 1.0);
  const auto moving = movement(1000, 100, 2, 1);
  EXPECT_THAT(message_of([&] { align_by_activity({still, 100, 0}, {moving, 100, 0}); }), HasSubstr("correlate by 0.00 at best"));
  EXPECT_THAT(message_of([&] { align_by_activity({still, 100, 0}, {moving, 100, 0}); }), HasSubstr("three jumps"));
  EXPECT_THAT(message_of([&] { align_by_activity({shortly, 100, 0}, {moving, 100, 0}); }), HasSubstr("1 s and 10 s of activity are too short"));
  EXPECT_THAT(message_of([&] { align_by_activity({{}, 100, 0}, {moving, 100, 0}); }), HasSubstr("too short"));
}

}  // namespace
}  // namespace kinemyo::signal
