#include "kinemyo/signal/spectrum.h"

#include <cmath>
#include <numbers>

#include "signal/golden.h"

namespace kinemyo::signal {
namespace {

TEST(Fft, IsTheSumThatDefinesIt) {
  std::vector<std::complex<double>> x(16);
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = {std::sin(1.0 + static_cast<double>(i * i)), std::cos(3.0 * static_cast<double>(i))};
  auto y = x;
  fft(y);
  for (std::size_t k = 0; k < x.size(); ++k) {
    std::complex<double> sum = 0;
    for (std::size_t i = 0; i < x.size(); ++i) sum += x[i] * std::polar(1.0, -2 * std::numbers::pi * static_cast<double>(i * k) / 16);
    EXPECT_NEAR(std::abs(y[k] - sum), 0, 1e-13);
  }
  inverse_fft(y);
  for (std::size_t i = 0; i < x.size(); ++i) EXPECT_NEAR(std::abs(y[i] - x[i]), 0, 1e-14);
  std::vector<std::complex<double>> odd(12);
  EXPECT_THROW(fft(odd), std::invalid_argument);
}

TEST(PowerSpectrum, IsSciPysWelch) {
  const auto& noise = testing_golden::golden().at("noise");
  const auto& expected = testing_golden::golden().at("welch/256");  // of the spectrum, not the density
  const auto found = power_spectrum(noise, 1000, 0.256);
  ASSERT_EQ(found.power.size(), expected.size());
  // SciPy divides by the window's sum squared; ours by its squares, so that the bins sum up to the variance.
  for (std::size_t k = 0; k < expected.size(); ++k) EXPECT_NEAR(found.power[k], expected[k] / 1.5, 1e-12);
  double sum = 0;
  for (const double p : found.power) sum += p;
  EXPECT_NEAR(sum, 1, 0.15);
  EXPECT_TRUE(power_spectrum({}, 1000, 1).power.empty());
}

TEST(CrossProducts, AreTheSumsAtEveryLag) {
  const std::vector<double> x = {1, 2, -3, 4, 0.5}, y = {2, -1, 3};
  const auto found = cross_products(x, y);
  ASSERT_EQ(found.size(), 7u);
  for (int lag = -2; lag <= 4; ++lag) {
    double sum = 0;
    for (int i = 0; i < 3; ++i) {
      if (i + lag >= 0 && i + lag < 5) sum += x[static_cast<std::size_t>(i + lag)] * y[static_cast<std::size_t>(i)];
    }
    EXPECT_NEAR(found[static_cast<std::size_t>(lag + 2)], sum, 1e-12) << lag;
  }
}

TEST(Autocorrelation, OfASineIsACosine) {
  std::vector<double> x(4000);
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = std::sin(2 * std::numbers::pi * static_cast<double>(i) / 40);
  const auto found = autocorrelation(x, 100);
  for (std::size_t lag = 0; lag <= 100; ++lag) {
    EXPECT_NEAR(found[lag], std::cos(2 * std::numbers::pi * static_cast<double>(lag) / 40), 2e-3);
  }
  EXPECT_EQ(autocorrelation(std::vector<double>(10, 0.0), 3), std::vector<double>(4, 0.0));
}

}  // namespace
}  // namespace kinemyo::signal
