#include "kinemyo/signal/hum.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "kinemyo/base/random.h"
#include "kinemyo/signal/filter.h"

namespace kinemyo::signal {
namespace {

constexpr double kRate_hz = 1000;

std::vector<double> hum(double hz, double phase, std::size_t n) {
  std::vector<double> out(n);
  for (std::size_t i = 0; i < n; ++i) out[i] = std::cos(2 * std::numbers::pi * hz * static_cast<double>(i) / kRate_hz + phase);
  return out;
}

double largest(std::span<const double> x) {
  double out = 0;
  for (const double v : x) out = std::max(out, std::abs(v));
  return out;
}

TEST(RemoveLine, LeavesNothingOfTheMainsUpToTheEnds) {
  for (const double hz : {50.0, 49.95, 50.08}) {
    for (const double phase : {0.0, 1.0, 2.5}) {
      const auto x = hum(hz, phase, 2000);
      const double left = largest(remove_line(x, 50, 30, kRate_hz));
      EXPECT_LT(left, 0.03) << hz << " " << phase;
      EXPECT_GT(largest(sosfiltfilt({notch_section(50, 30, kRate_hz)}, x)), 5 * left) << "what a notch alone leaves";
    }
  }
}

TEST(RemoveLine, FindsItUnderAMuscleThatWorksAtTheEnds) {
  base::Random random(5);
  const auto line = hum(49.97, 0.7, 3000);
  std::vector<double> muscle(3000);
  for (std::size_t i = 0; i < muscle.size(); ++i) muscle[i] = (i < 700 || i > 2300 ? 1.0 : 0.1) * random.normal();
  muscle = sosfiltfilt(butterworth_sections(2, Passband::between(30, 250), kRate_hz), muscle);
  auto x = muscle;
  for (std::size_t i = 0; i < x.size(); ++i) x[i] += 2 * line[i];
  const auto clean = remove_line(x, 50, 30, kRate_hz), alone = remove_line(muscle, 50, 30, kRate_hz);
  const auto notched = sosfiltfilt({notch_section(50, 30, kRate_hz)}, x);
  const auto error = [&](const std::vector<double>& found) {  // over the 200 ms at each end
    double sum = 0;
    for (std::size_t i = 0; i < 200; ++i) sum += std::pow(found[i] - alone[i], 2) + std::pow(found[2999 - i] - alone[2999 - i], 2);
    return std::sqrt(sum / 400);
  };
  EXPECT_LT(error(clean), 0.1);
  EXPECT_GT(error(notched), 3 * error(clean));
}

TEST(RemoveLine, IsTheNotchFarFromTheEnds) {
  base::Random random(6);
  std::vector<double> x(8000);
  for (double& v : x) v = random.normal();
  const auto ours = remove_line(x, 50, 30, kRate_hz), notch = sosfiltfilt({notch_section(50, 30, kRate_hz)}, x);
  for (std::size_t i = 3500; i < 4500; ++i) EXPECT_NEAR(ours[i], notch[i], 1e-6) << i;
}

TEST(RemoveLine, TakesShortSignalsAndRefusesRatesThatCannotHoldTheLine) {
  EXPECT_TRUE(remove_line({}, 50, 30, kRate_hz).empty());
  EXPECT_EQ(remove_line(std::vector<double>{1, 2, 3}, 50, 30, kRate_hz).size(), 3u);
  EXPECT_THROW(remove_line(std::vector<double>(100, 1.0), 50, 30, 100), std::invalid_argument);
}

}  // namespace
}  // namespace kinemyo::signal
