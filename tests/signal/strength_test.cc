#include "kinemyo/signal/strength.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "golden.h"
#include "kinemyo/base/random.h"

namespace kinemyo::signal {
namespace {

constexpr double kRate = 1000;

// White noise of a strength that the time in seconds tells.
template <typename Of>
std::vector<double> noise(std::size_t samples, Of strength, std::uint64_t seed = 3) {
  base::Random random(seed);
  std::vector<double> out(samples);
  for (std::size_t i = 0; i < samples; ++i) out[i] = strength(static_cast<double>(i) / kRate) * random.normal();
  return out;
}

Strength strength_of(const std::vector<double>& x) { return likeliest_strength(x, kRate, std::vector<std::uint8_t>(x.size(), 1)); }

double waves(double t) { return 1 + 0.5 * std::sin(2 * t); }
double bursts(double t) { return std::fmod(t, 1.0) < 0.3 ? 1.0 : 0.05; }

TEST(LikeliestStrength, IsWhatADenseSolutionGives) {
  using namespace testing_golden;
  const auto found = strength_of(golden().at("whitened/1000/20/450"));
  auto expected = golden().at("strength/1000");
  EXPECT_EQ(found.half_hz, expected.front());
  expected.erase(expected.begin());
  // Of parts: those of five samples have their middle at the third.
  ASSERT_EQ(expected.size() * 5, found.values.size());
  for (std::size_t k = 0; k < expected.size(); ++k) EXPECT_NEAR(found.values[5 * k + 2], expected[k], 1e-5 * expected[k]) << k;
}

TEST(LikeliestStrength, SmoothsAsFarAsTheSignalAsks) {
  const auto steady = strength_of(noise(20000, [](double) { return 2.0; }));
  EXPECT_EQ(steady.half_hz, 0.5);
  for (const double v : steady.values) EXPECT_NEAR(v, 2, 0.3);
  const auto slow = strength_of(noise(20000, waves)), fast = strength_of(noise(20000, bursts));
  EXPECT_LE(slow.half_hz, 1.4);
  EXPECT_GE(fast.half_hz, 5);
  for (std::size_t i = 500; i < 19500; ++i) EXPECT_NEAR(slow.values[i], waves(static_cast<double>(i) / kRate), 0.25);
  for (std::size_t second = 1; second < 19; ++second) {
    EXPECT_NEAR(fast.values[1000 * second + 150], 1, 0.35);
    EXPECT_NEAR(fast.values[1000 * second + 650], 0.05, 0.025);
  }
}

TEST(LikeliestStrength, ScalesWithTheSignal) {
  const auto x = noise(5000, waves);
  auto small = x;
  for (double& v : small) v *= 1e-6;
  const auto a = strength_of(x), b = strength_of(small);
  EXPECT_EQ(a.half_hz, b.half_hz);
  for (std::size_t i = 0; i < x.size(); ++i) EXPECT_NEAR(1e6 * b.values[i], a.values[i], 1e-5 * a.values[i]);
}

TEST(LikeliestStrength, WhatWasNotMeasuredWeighsNothing) {
  const auto x = noise(10000, waves);
  auto other = x;
  std::vector<std::uint8_t> measured(x.size(), 1);
  for (std::size_t i = 4000; i < 4100; ++i) measured[i] = 0, other[i] = 0;
  const auto without = likeliest_strength(other, kRate, measured);
  for (std::size_t i = 0; i < x.size(); ++i) EXPECT_NEAR(without.values[i], waves(static_cast<double>(i) / kRate), 0.35);
}

TEST(LikeliestStrength, OneSpikeMovesItLittle) {
  auto x = noise(10000, waves);
  const auto before = strength_of(x);
  x[5000] = 100;
  const auto after = strength_of(x);
  for (std::size_t i = 1000; i < 9000; ++i) EXPECT_NEAR(after.values[i], before.values[i], 0.2 * before.values[i]) << i;
}

TEST(LikeliestStrength, ALastPartThatIsShortStandsWhereItIs) {
  for (const std::size_t samples : {2001u, 2003u, 2004u}) {
    const auto found = strength_of(noise(samples, waves));
    ASSERT_EQ(found.values.size(), samples);
    for (std::size_t i = 0; i < samples; ++i) EXPECT_NEAR(found.values[i], waves(static_cast<double>(i) / kRate), 0.35) << i;
  }
}

TEST(LikeliestStrength, SilenceAndBadInput) {
  EXPECT_EQ(strength_of(std::vector<double>(500, 0.0)).values, std::vector<double>(500, 0.0));
  auto half = noise(4000, waves);  // whose second half is exactly nothing
  std::fill(half.begin() + 2000, half.end(), 0.0);
  const auto found = strength_of(half);
  EXPECT_TRUE(std::all_of(found.values.begin(), found.values.end(), [](double v) { return std::isfinite(v) && v > 0; }));
  EXPECT_LT(found.values[3500], 0.01);
  const std::vector<double> x(100, 1.0);
  EXPECT_THROW(likeliest_strength(x, 0, std::vector<std::uint8_t>(100, 1)), std::invalid_argument);
  EXPECT_THROW(likeliest_strength(x, kRate, std::vector<std::uint8_t>(99, 1)), std::invalid_argument);
  EXPECT_THROW(likeliest_strength(std::vector<double>(5, 1.0), kRate, std::vector<std::uint8_t>(5, 1)), std::invalid_argument);
}

}  // namespace
}  // namespace kinemyo::signal
