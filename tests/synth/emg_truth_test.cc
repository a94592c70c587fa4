// The envelope that `prepare` makes of raw EMG against the activation that made the EMG.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
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

// Correlations of envelope and activation of every muscle that is used, over people and activities. `hum` and `offset`
// are amplitudes in units of the channel's own strength at full activation.
std::vector<double> correlations(double hum, double offset, signal::Detector detector = signal::Detector::linear) {
  std::vector<double> out;
  for (int person = 1; person <= 3; ++person) {
    auto subject = sample_subject(1, person);
    for (std::size_t m = 0; m < kMuscles; ++m) {
      subject.muscles.hum_v[m] = hum * subject.muscles.gain_v[m];
      subject.muscles.offset_v[m] = offset * subject.muscles.gain_v[m];
    }
    for (const char* name : {"NormalSquat", "Walking", "PickObject"}) {
      const auto q = make_movement(subject, find_activity(name), 10, kMotionHz, subject.random_of(name, 1));
      const auto activation = activate_muscles(subject, q, measure_effort(subject, q, kMotionHz), kMotionHz, subject.random_of(name, 2));
      const auto emg = make_emg(subject, activation, kMotionHz, kEmgHz, subject.random_of(name, 7));
      signal::EnvelopeSettings settings;
      settings.detector = detector;
      for (std::size_t m = 0; m < kMuscles; ++m) {
        const auto truth = activation.column(m);
        const auto [low, high] = std::minmax_element(truth.begin(), truth.end());
        if (*high - *low < kLeastRange) continue;
        const auto envelope = signal::emg_envelope(emg.column(m), kEmgHz, settings).values;
        std::vector<double> times_s(truth.size());
        for (std::size_t f = 0; f < times_s.size(); ++f) times_s[f] = static_cast<double>(f) / kMotionHz;
        auto placed = signal::resample_at(envelope, kEmgHz, 0, times_s, kMotionHz);
        for (double& value : placed) value = std::isnan(value) ? 0 : value;
        out.push_back(correlation(placed, truth));
      }
    }
  }
  std::sort(out.begin(), out.end());
  return out;
}

double share_above(const std::vector<double>& r, double least) {
  return static_cast<double>(std::count_if(r.begin(), r.end(), [&](double one) { return one >= least; })) / static_cast<double>(r.size());
}

// Noise of a band of 220 Hz, smoothed at 6 Hz, wavers by an eighth of itself: a few muscles that are used little follow less well.
TEST(EmgTruth, EnvelopesOfCleanChannelsFollowTheActivation) {
  for (const auto detector : {signal::Detector::linear, signal::Detector::rms, signal::Detector::tkeo}) {
    const auto r = correlations(0, 0, detector);
    ASSERT_GE(r.size(), 50u);
    EXPECT_GE(share_above(r, 0.95), 0.95) << to_string(detector);
    EXPECT_GE(r[r.size() / 2], 0.975) << to_string(detector);
  }
}

TEST(EmgTruth, HumAndOffsetCostLittle) {
  for (const auto& [hum, offset] : {std::pair(0.3, 1.0), std::pair(0.6, 3.0)}) {
    const auto r = correlations(hum, offset);
    EXPECT_GE(share_above(r, 0.9), 0.95) << hum;
    EXPECT_GE(r[r.size() / 2], 0.96) << hum;
  }
}

}  // namespace
}  // namespace kinemyo::synth
