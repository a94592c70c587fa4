#include "kinemyo/signal/lanes.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "kinemyo/base/error.h"
#include "kinemyo/base/random.h"
#include "kinemyo/signal/smooth.h"

namespace kinemyo::signal {
namespace {

std::vector<std::vector<double>> noise(std::size_t count, std::size_t samples) {
  base::Random random(5);
  std::vector<std::vector<double>> out(count, std::vector<double>(samples));
  for (auto& one : out) {
    for (double& v : one) v = random.normal();
  }
  return out;
}

Lanes lanes_of(const std::vector<std::vector<double>>& signals) {
  Lanes lanes(signals.front().size());
  lanes.put(std::vector<std::span<const double>>(signals.begin(), signals.end()));
  return lanes;
}

std::vector<double> lane(const Lanes& lanes, std::size_t index) {
  std::vector<std::vector<double>> out(index + 1, std::vector<double>(lanes.rows()));
  lanes.take(std::vector<std::span<double>>(out.begin(), out.end()));
  return out[index];
}

// The filters are golden one by one (filter_test.cc); here they are held to that to the last bit.
TEST(Lanes, AreFilteredAsEachAlone) {
  for (const int order : {1, 2, 3, 4, 6}) {
    for (const auto& band : {Passband::between(20, 450), Passband::below(10), Passband::above(30)}) {
      const auto filter = butterworth(order, band, 1000);
      for (const std::size_t samples : {40u, 41u, 43u, 200u}) {
        const auto signals = noise(Lanes::kCount, samples);
        auto lanes = lanes_of(signals);
        if (samples <= 3 * filter.a.size()) {
          EXPECT_THROW(filtfilt(filter, lanes), Error);
          continue;
        }
        filtfilt(filter, lanes);
        for (std::size_t i = 0; i < Lanes::kCount; ++i) ASSERT_EQ(lane(lanes, i), filtfilt(filter, signals[i])) << order;
      }
    }
  }
}

TEST(Lanes, AreAveragedAsEachAlone) {
  for (const std::size_t samples : {1u, 2u, 5u, 39u, 40u, 41u, 42u, 43u, 90u}) {
    for (const std::size_t width : {1u, 2u, 5u, 40u}) {
      const auto signals = noise(Lanes::kCount, samples);
      auto lanes = lanes_of(signals);
      if (width > samples) {
        EXPECT_THROW(moving_average(lanes, width), std::invalid_argument);
        continue;
      }
      moving_average(lanes, width);
      for (std::size_t i = 0; i < Lanes::kCount; ++i) {
        ASSERT_EQ(lane(lanes, i), moving_average(signals[i], width)) << samples << " " << width;
      }
    }
  }
}

TEST(Lanes, KeepANanToItsOwnSignal) {
  auto signals = noise(3, 100);
  const auto filter = butterworth(4, Passband::below(10), 1000);
  auto lanes = lanes_of(signals);
  filtfilt(filter, lanes);
  const auto before = lane(lanes, 0), after = lane(lanes, 2);
  signals[1][50] = std::numeric_limits<double>::quiet_NaN();
  lanes = lanes_of(signals);
  filtfilt(filter, lanes);
  rectify(lanes);
  EXPECT_TRUE(std::isnan(lane(lanes, 1)[10]));
  for (std::size_t i = 0; i < 100; ++i) {
    ASSERT_EQ(lane(lanes, 0)[i], std::abs(before[i]));
    ASSERT_EQ(lane(lanes, 2)[i], std::abs(after[i]));
    ASSERT_EQ(lane(lanes, 3)[i], 0.0);
  }
}

TEST(Lanes, RefuseASignalOfAnotherLengthAndALaneTooMany) {
  Lanes lanes(3);
  const std::vector<double> signal(3), longer(4);
  const auto put = [&](std::size_t count, std::span<const double> each) {
    lanes.put(std::vector<std::span<const double>>(count, each));
  };
  EXPECT_NO_THROW(put(Lanes::kCount, signal));
  EXPECT_THROW(put(Lanes::kCount + 1, signal), std::invalid_argument);
  EXPECT_THROW(put(1, longer), std::invalid_argument);
  std::vector<double> out(2);
  EXPECT_THROW(lanes.take(std::vector<std::span<double>>{out}), std::invalid_argument);
}

}  // namespace
}  // namespace kinemyo::signal
