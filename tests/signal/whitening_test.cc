#include "kinemyo/signal/whitening.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "golden.h"
#include "kinemyo/base/random.h"
#include "kinemyo/signal/envelope.h"
#include "kinemyo/signal/filter.h"
#include "kinemyo/signal/spectrum.h"

namespace kinemyo::signal {
namespace {

double mean_square(const std::vector<double>& x) {
  return std::inner_product(x.begin(), x.end(), x.begin(), 0.0) / static_cast<double>(x.size());
}

// Ten seconds as muscles have it: 30 to 250 Hz, of a steady strength; every second one at rest if `bursts`.
std::vector<double> coloured(bool bursts, double noise = 0.01) {
  base::Random random(3);
  std::vector<double> x(10000);
  for (double& v : x) v = random.normal();
  x = sosfilt(butterworth_sections(2, Passband::between(30, 250), 1000), x);
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = (bursts && i / 1000 % 2 == 1 ? 0 : x[i]) + noise * random.normal();
  return x;
}

TEST(Whitened, IsWhatSciPyMakes) {
  using namespace testing_golden;
  expect_close(whitened(golden().at("coloured"), 1000, 20, 450), golden().at("whitened/1000/20/450"), "whitened");
}

TEST(Whitened, TheSpectrumIsEvenAndTheStrengthStays) {
  const auto x = coloured(false);
  const auto y = whitened(x, 1000, 20, 450);
  EXPECT_NEAR(mean_square(y) / mean_square(x), 1, 1e-9);
  const auto spread = [](const std::vector<double>& signal) {
    const auto s = power_spectrum(signal, 1000, 0.125);
    const auto from = s.power.begin() + static_cast<std::ptrdiff_t>(40 / s.step_hz), to = s.power.begin() + static_cast<std::ptrdiff_t>(420 / s.step_hz);
    return *std::max_element(from, to) / *std::min_element(from, to);
  };
  EXPECT_GT(spread(x), 8);
  EXPECT_LT(spread(y), 2);
}

TEST(Whitened, TheAmplifiersNoiseIsNotRaised) {
  const auto x = coloured(true, 0.1);
  const auto y = whitened(x, 1000, 20, 450);
  const auto strength = [](const std::vector<double>& signal, std::size_t second) {
    double sum = 0;
    for (std::size_t i = 1000 * second + 200; i < 1000 * second + 800; ++i) sum += signal[i] * signal[i];
    return sum;
  };
  // Three times; without the limit it would be 4.5 times.
  EXPECT_LT(strength(y, 3) / strength(y, 2), 3.5 * strength(x, 3) / strength(x, 2));
}

// A recording that its amplifier has smoothed holds nothing above: raised to the same strength, its ends would drown the rest.
TEST(Whitened, WhatIsHardlyThereIsNotRaised) {
  base::Random random(3);
  std::vector<double> x(2000);
  for (double& v : x) v = random.normal();
  x = sosfilt(butterworth_sections(8, Passband::below(120), 1000), x);
  const auto y = whitened(x, 1000, 20, 450);
  const double strength = std::sqrt(mean_square(y));
  for (const double v : y) EXPECT_LT(std::abs(v), 6 * strength);
}

TEST(Whitened, LikeliestEnvelopesOfASteadyEffortWaverLess) {
  const auto x = coloured(false);
  const auto wavering = [&](Detector detector) {
    EnvelopeSettings settings;
    settings.detector = detector;
    const auto e = emg_envelope(x, 1000, settings).values;
    const double mean = std::accumulate(e.begin(), e.end(), 0.0) / static_cast<double>(e.size());
    return mean_square(e) / (mean * mean) - 1;
  };
  EXPECT_LT(wavering(Detector::likelihood), 0.3 * wavering(Detector::linear));
}

TEST(Whitened, WhatIsTooShortOrSilentComesBack) {
  const std::vector<double> few{1, -2, 3}, zeros(3000, 0.0);
  EXPECT_EQ(whitened(few, 1000, 20, 450), few);
  EXPECT_EQ(whitened(zeros, 1000, 20, 450), zeros);
  EXPECT_TRUE(whitened({}, 1000, 20, 450).empty());
}

}  // namespace
}  // namespace kinemyo::signal
