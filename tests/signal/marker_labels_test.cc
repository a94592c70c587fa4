#include "kinemyo/signal/marker_labels.h"

#include <gmock/gmock.h>

#include <cmath>
#include <limits>
#include <numbers>
#include <vector>

#include "kinemyo/base/random.h"

namespace kinemyo::signal {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

constexpr double kRate_hz = 100;
constexpr std::size_t kFrames = 400;
constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();

// Two segments of five markers each that swing about a hinge and walk on, with skin that moves by `skin_m`.
// Markers 0 to 4 on the upper segment, 5 to 9 on the lower one.
base::Matrix<double> leg(std::uint64_t seed, double skin_m = 0.004) {
  const double upper[5][2] = {{0.02, -0.05}, {-0.06, -0.12}, {0.07, -0.2}, {-0.03, -0.28}, {0.04, -0.36}};
  const double lower[5][2] = {{0.03, -0.06}, {-0.05, -0.14}, {0.06, -0.22}, {-0.04, -0.3}, {0.1, -0.38}};
  base::Random random(seed);
  double phase[10];
  for (double& p : phase) p = random.uniform(0, 6);
  base::Matrix<double> out(kFrames, 30);
  for (std::size_t f = 0; f < kFrames; ++f) {
    const double t = static_cast<double>(f) / kRate_hz;
    const double hip = 0.5 * std::sin(2 * std::numbers::pi * t), knee = -0.5 + 0.5 * std::cos(2 * std::numbers::pi * t);
    const double x0 = 1.3 * t, y0 = 0.9;
    const double xk = x0 + 0.4 * std::sin(hip), yk = y0 - 0.4 * std::cos(hip);
    for (std::size_t m = 0; m < 10; ++m) {
      const double* p = m < 5 ? upper[m] : lower[m - 5];
      const double angle = m < 5 ? hip : hip + knee, ox = m < 5 ? x0 : xk, oy = m < 5 ? y0 : yk;
      out(f, 3 * m) = ox + p[0] * std::cos(angle) - p[1] * std::sin(angle) + skin_m * std::sin(7 * t + phase[m]);
      out(f, 3 * m + 1) = oy + p[0] * std::sin(angle) + p[1] * std::cos(angle) + skin_m * std::cos(5 * t + phase[m]);
      out(f, 3 * m + 2) = 0.1 + 0.03 * static_cast<double>(m % 3) + 5e-4 * random.normal();
    }
  }
  return out;
}

void exchange(base::Matrix<double>& x, std::size_t a, std::size_t b, std::size_t first, std::size_t end) {
  for (std::size_t f = first; f < end; ++f) {
    for (std::size_t k = 0; k < 3; ++k) std::swap(x(f, 3 * a + k), x(f, 3 * b + k));
  }
}

void lose(base::Matrix<double>& x, std::size_t marker, std::size_t first, std::size_t end) {
  for (std::size_t f = first; f < end; ++f) x(f, 3 * marker) = kMissing;
}

void expect_frames(const LabelFault& fault, std::size_t first, std::size_t end) {
  EXPECT_NEAR(static_cast<double>(fault.first), static_cast<double>(first), 2);
  EXPECT_NEAR(static_cast<double>(fault.end), static_cast<double>(end), 2);
}

TEST(LabelFaults, ThereAreNoneInACleanTrial) {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    auto x = leg(seed, 0.006);
    EXPECT_THAT(find_label_faults(x.view(), kRate_hz), IsEmpty());
    for (std::size_t m = 0; m < 10; m += 2) lose(x, m, 30 * m + 20, 30 * m + 60);
    EXPECT_THAT(find_label_faults(x.view(), kRate_hz), IsEmpty());
  }
}

TEST(LabelFaults, AnExchangeIsNamedWithThePairThatRestoresTheDistances) {
  for (std::size_t a = 0; a < 5; ++a) {
    for (std::size_t b = a + 1; b < 5; ++b) {
      auto x = leg(3);
      exchange(x, a, b, 120, 180);
      const auto found = find_label_faults(x.view(), kRate_hz);
      ASSERT_EQ(found.size(), 1u) << a << " " << b;
      EXPECT_EQ(found[0].kind, LabelFaultKind::exchange);
      EXPECT_THAT(found[0].pairs, ElementsAre(Pair(a, b)));
      expect_frames(found[0], 120, 180);
      EXPECT_LT(found[0].restored_m, 0.015);
      EXPECT_GT(found[0].off_m, found[0].restored_m);
    }
  }
}

TEST(LabelFaults, AnExchangeAcrossSegmentsIsFoundToo) {
  auto x = leg(4);
  exchange(x, 2, 8, 300, kFrames);
  const auto found = find_label_faults(x.view(), kRate_hz);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_THAT(found[0].pairs, ElementsAre(Pair(2, 8)));
  expect_frames(found[0], 300, kFrames);
}

TEST(LabelFaults, AnExchangeBehindAGapIsFoundByDistancesAlone) {
  auto x = leg(5);
  exchange(x, 1, 4, 150, 200);
  for (const std::size_t m : {1u, 4u}) {
    lose(x, m, 130, 150);
    lose(x, m, 200, 220);
  }
  const auto found = find_label_faults(x.view(), kRate_hz);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].kind, LabelFaultKind::exchange);
  EXPECT_THAT(found[0].pairs, ElementsAre(Pair(1, 4)));
  expect_frames(found[0], 150, 200);
}

TEST(LabelFaults, SeveralPairsAtOnceAreOneFlip) {
  auto x = leg(6);
  exchange(x, 0, 3, 50, 90);
  exchange(x, 1, 2, 50, 90);
  const auto found = find_label_faults(x.view(), kRate_hz);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_THAT(found[0].pairs, ElementsAre(Pair(0, 3), Pair(1, 2)));
}

TEST(LabelFaults, AMarkerUnderAMissingOnesNameIsAnExchange) {
  auto x = leg(7);
  lose(x, 3, 100, 160);
  for (std::size_t f = 110; f < 150; ++f) {
    const auto clean = leg(7);
    for (std::size_t k = 0; k < 3; ++k) x(f, 3 * 1 + k) = clean(f, 3 * 3 + k);  // marker 1 sits where 3 should
  }
  const auto found = find_label_faults(x.view(), kRate_hz);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].kind, LabelFaultKind::exchange);
  EXPECT_THAT(found[0].pairs, ElementsAre(Pair(1, 3)));
  expect_frames(found[0], 110, 150);
}

TEST(LabelFaults, AJumpIsToldWithItsFramesAndSize) {
  auto x = leg(8);
  for (std::size_t f = 210; f < 230; ++f) x(f, 3 * 6 + 2) += 0.25;
  x(300, 3 * 2) += 0.4;  // one frame
  const auto found = find_label_faults(x.view(), kRate_hz);
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[0].kind, LabelFaultKind::jump);
  EXPECT_THAT(found[0].pairs, ElementsAre(Pair(6, 6)));
  expect_frames(found[0], 210, 230);
  EXPECT_GT(found[0].off_m, 0.03);
  EXPECT_THAT(found[1].pairs, ElementsAre(Pair(2, 2)));
  expect_frames(found[1], 300, 301);
}

TEST(LabelFaults, SkinThatSlidesSlowlyIsNoJump) {
  auto x = leg(9);
  for (std::size_t f = 0; f < kFrames; ++f) {
    x(f, 3 * 6) += 0.06 * std::exp(-std::pow((static_cast<double>(f) - 200) / 40, 2));
  }
  EXPECT_THAT(find_label_faults(x.view(), kRate_hz), IsEmpty());
}

TEST(LabelFaults, FewFramesOrMarkersTellNothing) {
  EXPECT_THAT(find_label_faults(base::Matrix<double>(2, 30).view(), kRate_hz), IsEmpty());
  EXPECT_THAT(find_label_faults(base::Matrix<double>(50, 6).view(), kRate_hz), IsEmpty());
  EXPECT_THAT(find_label_faults(base::Matrix<double>(50, 30, kMissing).view(), kRate_hz), IsEmpty());
  EXPECT_THROW(find_label_faults(base::Matrix<double>(5, 4).view(), kRate_hz), std::invalid_argument);
  EXPECT_THROW(find_label_faults(base::Matrix<double>(5, 30).view(), 0), std::invalid_argument);
}

TEST(CompareLayouts, NamesThatAreExchangedInAWholeTrialAreFoundBesideTheOthers) {
  std::vector<MarkerLayout> layouts;
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    auto x = leg(seed);
    if (seed == 2) exchange(x, 1, 3, 0, kFrames);
    if (seed == 4) {
      exchange(x, 0, 2, 0, kFrames);
      exchange(x, 6, 8, 0, kFrames);
    }
    if (seed == 5) lose(x, 7, 0, kFrames);
    layouts.push_back(measure_layout(x.view()));
  }
  const auto found = compare_layouts(layouts);
  EXPECT_THAT(found[0], IsEmpty());
  EXPECT_THAT(found[2], IsEmpty());
  EXPECT_THAT(found[4], IsEmpty());
  ASSERT_EQ(found[1].size(), 1u);
  EXPECT_THAT(found[1][0].pairs, ElementsAre(Pair(1, 3)));
  EXPECT_GT(found[1][0].off_m, 0.02);
  EXPECT_LT(found[1][0].restored_m, 0.012);
  std::vector<std::pair<std::size_t, std::size_t>> all;
  for (const auto& one : found[3]) all.insert(all.end(), one.pairs.begin(), one.pairs.end());
  EXPECT_THAT(all, testing::UnorderedElementsAre(Pair(0, 2), Pair(6, 8)));
}

TEST(CompareLayouts, OfTwoTrialsTheSecondIsComparedWithTheFirst) {
  auto x = leg(2);
  exchange(x, 5, 9, 0, kFrames);
  const auto found = compare_layouts({measure_layout(leg(1).view()), measure_layout(x.view())});
  EXPECT_THAT(found[0], IsEmpty());
  ASSERT_EQ(found[1].size(), 1u);
  EXPECT_THAT(found[1][0].pairs, ElementsAre(Pair(5, 9)));
}

}  // namespace
}  // namespace kinemyo::signal
