#include "kinemyo/signal/turns.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

namespace kinemyo::signal {
namespace {

constexpr double kPi = std::numbers::pi;

TEST(Turns, WhatIsWrappedComesBackContinuous) {
  std::vector<double> turning, wrapped;
  for (int f = 0; f < 500; ++f) {
    turning.push_back(f < 250 ? 0.1 * f : 50 - 0.1 * f);
    wrapped.push_back(wrap(turning.back()));
    EXPECT_LE(std::abs(wrapped.back()), kPi);
  }
  wrapped[40] = turning[40] = std::nan("");
  ASSERT_TRUE(unwrap(wrapped));
  for (std::size_t f = 0; f < 500; ++f) EXPECT_TRUE(f == 40 ? std::isnan(wrapped[f]) : std::abs(wrapped[f] - turning[f]) < 1e-9) << f;
}

TEST(Turns, WhatNeverJumpsOrIsNotKeptWithinATurnStays) {
  std::vector<double> small{0.1, 3.0, -0.1}, beyond{3.0, 3.3, -3.0};
  const auto before = small, also = beyond;
  EXPECT_FALSE(unwrap(small));
  EXPECT_FALSE(unwrap(beyond));
  EXPECT_EQ(small, before);
  EXPECT_EQ(beyond, also);
}

}  // namespace
}  // namespace kinemyo::signal
