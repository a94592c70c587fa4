#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "kinemyo/features/features.h"

namespace kinemyo::features {
namespace {

// Five points that walk forward and bend towards each other, at 100 Hz.
base::Matrix<double> walking_points(std::size_t frames) {
  base::Matrix<double> out(frames, 15);
  for (std::size_t f = 0; f < frames; ++f) {
    const double t = static_cast<double>(f) / 100, swing = 0.2 * std::sin(2 * 3.14159265358979 * t);
    for (std::size_t m = 0; m < 5; ++m) {
      out(f, 3 * m) = 1.3 * t + 0.1 * static_cast<double>(m) * (1 + swing);
      out(f, 3 * m + 1) = 0.2 * static_cast<double>(m) + 0.3 * swing * static_cast<double>(m % 3);
      out(f, 3 * m + 2) = 0.05 * static_cast<double>(m * m);
    }
  }
  return out;
}

model::InputSpec filtered() {
  model::InputSpec spec;
  spec.markers = {"a", "b", "c", "d", "e"};
  spec.low_pass_hz = 6;
  return spec;
}

TEST(LowPass, MarkersNotSeenAtBeginningMiddleOrEndGoWithTheOthers) {
  for (const std::size_t first : {0u, 70u, 130u}) {
    const auto whole = walking_points(150);
    auto hidden = whole;
    for (std::size_t f = first; f < first + 20; ++f) {
      for (std::size_t c = 0; c < 3; ++c) hidden(f, 6 + c) = std::numeric_limits<double>::quiet_NaN();
    }
    low_pass(hidden, filtered(), 100);
    for (std::size_t f = first; f < first + 20; ++f) {
      double squares = 0;
      for (std::size_t c = 0; c < 3; ++c) squares += std::pow(hidden(f, 6 + c) - whole(f, 6 + c), 2);
      EXPECT_LT(std::sqrt(squares), 0.02) << "frame " << f;  // held, it would be off by 0.26 m
    }
  }
}

}  // namespace
}  // namespace kinemyo::features
