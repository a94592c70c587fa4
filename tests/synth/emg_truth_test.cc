// The envelope that `prepare` makes of raw EMG against the activation that made the EMG.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include "kinemyo/signal/envelope.h"
#include "kinemyo/signal/resample.h"
#include "kinemyo/synth/muscles.h"
#include "kinemyo/synth/movement.h"
#include "kinemyo/synth/trial.h"

namespace kinemyo::synth {
namespace {

constexpr double kLeastRange = 0.2;  // of activation: a muscle that is hardly used has no envelope to compare

double correlation(const std::vector<double>& x, const std::vector<double>& y) {
  double mx = 0, my = 0, xy = 0, xx = 0, yy = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    mx += x[i] / static_cast<double>(x.size());
    my += y[i] / static_cast<double>(x.size());
  }
  for (std::size_t i = 0; i < x.size(); ++i) {
    xy += (x[i] - mx) * (y[i] - my);
    xx += (x[i] - mx) * (x[i] - mx);
    yy += (y[i] - my) * (y[i] - my);
  }
  return xy / std::sqrt(xx * yy);
}

std::vector<double> envelope_of(const std::vector<double>& emg, std::size_t frames, signal::Detector detector) {
  signal::EnvelopeSettings settings;
  settings.detector = detector;
  std::vector<double> times_s(frames);
  for (std::size_t f = 0; f < frames; ++f) times_s[f] = static_cast<double>(f) / kMotionHz;
  auto out = signal::resample_at(signal::emg_envelope(emg, kEmgHz, settings).values, kEmgHz, 0, times_s, kMotionHz);
  for (double& value : out) value = std::isnan(value) ? 0 : value;
  return out;
}

Subject with_hum(int person, double hum, double offset) {
  auto subject = sample_subject(1, person);
  for (std::size_t m = 0; m < kMuscles; ++m) {
    subject.muscles.hum_v[m] = hum * subject.muscles.gain_v[m];
    subject.muscles.offset_v[m] = offset * subject.muscles.gain_v[m];
  }
  return subject;
}

// How much the envelope of a steady effort wavers, squared, in squares of the envelope: the signal is noise, and a low-pass
// of 6 Hz takes a mean of few independent numbers.
double wavering(signal::Detector detector) {
  const auto subject = with_hum(1, 0, 0);
  const base::Matrix<double> steady(20000, kMuscles, 0.5);
  const auto emg = make_emg(subject, steady, kMotionHz, kEmgHz, base::Random(3));
  double sum = 0;
  int muscles = 0;
  for (std::size_t m = 0; m < kMuscles; ++m) {
    const auto envelope = envelope_of(emg.column(m), steady.rows(), detector);
    double mean = 0, squares = 0, n = 0;
    for (std::size_t f = 100; f + 100 < envelope.size(); ++f) {
      mean += envelope[f];
      squares += envelope[f] * envelope[f];
      n += 1;
    }
    mean /= n;
    const double mine = (squares / n - mean * mean) / (mean * mean);
    if (mine > 0.05) continue;  // a cable swung
    sum += mine;
    ++muscles;
  }
  EXPECT_GE(muscles, 8);
  return sum / muscles;
}

struct Muscle {
  double r = 0;
  double possible = 0;  // of a perfect chain with this smoothing: the activation's variance beside that of the wavering
};

// Correlations of envelope and activation of every muscle that is used, over people and activities. `hum` and `offset`
// are amplitudes in units of the channel's own strength at full activation.
std::vector<Muscle> muscles(double hum, double offset, signal::Detector detector = signal::Detector::linear) {
  const double wavers = wavering(detector);
  std::vector<Muscle> out;
  for (int person = 1; person <= 3; ++person) {
    const auto subject = with_hum(person, hum, offset);
    for (const char* name : {"NormalSquat", "Walking", "PickObject"}) {
      const auto q = make_movement(subject, find_activity(name), 10, kMotionHz, subject.random_of(name, 1));
      const auto activation = activate_muscles(subject, q, measure_effort(subject, q, kMotionHz), kMotionHz, subject.random_of(name, 2));
      const auto emg = make_emg(subject, activation, kMotionHz, kEmgHz, subject.random_of(name, 7));
      for (std::size_t m = 0; m < kMuscles; ++m) {
        const auto truth = activation.column(m);
        const auto [low, high] = std::minmax_element(truth.begin(), truth.end());
        if (*high - *low < kLeastRange) continue;
        double mean = 0, squares = 0;
        for (const double a : truth) {
          mean += a / static_cast<double>(truth.size());
          squares += a * a / static_cast<double>(truth.size());
        }
        const double variance = squares - mean * mean;
        out.push_back({correlation(envelope_of(emg.column(m), truth.size(), detector), truth), std::sqrt(variance / (variance + wavers * squares))});
      }
    }
  }
  std::sort(out.begin(), out.end(), [](const Muscle& a, const Muscle& b) { return a.r < b.r; });
  return out;
}

double share_above(const std::vector<Muscle>& all, double least) {
  return static_cast<double>(std::count_if(all.begin(), all.end(), [&](const Muscle& one) { return one.r >= least; })) / static_cast<double>(all.size());
}

// Every muscle comes as near to its activation as a low-pass of 6 Hz over noise allows; those that allow more than what is asked
// have to reach it. One of 70 does not allow it: it works all the time, and its activation varies by a quarter of its mean.
void expect_to_follow(const std::vector<Muscle>& all, double least) {
  constexpr double kShort = 0.025;  // chance, and what smoothing takes of the activation itself
  constexpr double kRoom = 0.02;
  ASSERT_GE(all.size(), 50u);
  std::size_t asked = 0;
  for (const auto& one : all) {
    EXPECT_GE(one.r, one.possible - kShort);
    if (one.possible < least + kRoom) continue;
    EXPECT_GE(one.r, least) << one.possible;
    ++asked;
  }
  EXPECT_GE(asked, all.size() * 7 / 10);
}

TEST(EmgTruth, EnvelopesOfCleanChannelsFollowTheActivation) {
  for (const auto detector : signal::kDetectors) {
    if (detector == signal::Detector::likelihood) continue;  // of a steady effort it smooths as far as it can, and so is no limit
    SCOPED_TRACE(to_string(detector));
    const auto all = muscles(0, 0, detector);
    expect_to_follow(all, 0.95);
    EXPECT_GE(share_above(all, 0.95), 0.95);
    EXPECT_GE(all[all.size() / 2].r, 0.975);
    std::printf("clean, %s: r from %.3f (possible %.3f), median %.3f; %.0f %% from 0.95\n", std::string(to_string(detector)).c_str(), all.front().r,
                all.front().possible, all[all.size() / 2].r, 100 * share_above(all, 0.95));
  }
}

// Smoothed as far as its activation lets, every one of them is followed.
TEST(EmgTruth, LikeliestEnvelopesOfAllChannelsFollowTheActivation) {
  using Case = std::array<double, 3>;  // hum, offset, what is asked
  for (const auto& [hum, offset, least] : {Case{0, 0, 0.95}, Case{0.3, 1, 0.9}, Case{0.6, 3, 0.9}}) {
    const auto all = muscles(hum, offset, signal::Detector::likelihood);
    ASSERT_GE(all.size(), 50u);
    EXPECT_EQ(share_above(all, least), 1.0);
    EXPECT_GE(all[all.size() / 2].r, 0.99);
    std::printf("likelihood, hum %.1f, offset %.0f: r from %.3f, median %.3f\n", hum, offset, all.front().r, all[all.size() / 2].r);
  }
}

TEST(EmgTruth, HumAndOffsetCostNothing) {
  const auto clean = muscles(0, 0);
  for (const auto& [hum, offset] : {std::pair(0.3, 1.0), std::pair(0.6, 3.0)}) {
    SCOPED_TRACE(hum);
    const auto all = muscles(hum, offset);
    expect_to_follow(all, 0.9);
    EXPECT_GE(share_above(all, 0.9), 0.98);
    EXPECT_GE(all[all.size() / 2].r, clean[clean.size() / 2].r - 0.002);
    std::printf("hum %.1f, offset %.0f: r from %.3f (possible %.3f), median %.3f\n", hum, offset, all.front().r, all.front().possible, all[all.size() / 2].r);
  }
}

}  // namespace
}  // namespace kinemyo::synth
