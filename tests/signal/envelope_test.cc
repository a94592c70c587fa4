#include "kinemyo/signal/envelope.h"

#include <gmock/gmock.h>

#include <cmath>
#include <limits>
#include <numbers>

#include "kinemyo/base/error.h"
#include "kinemyo/base/random.h"
#include "kinemyo/signal/hum.h"
#include "kinemyo/signal/quality.h"

namespace kinemyo::signal {
namespace {

using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kRate = 1000;

// White noise of 20 mV whose strength follows `level`.
template <typename Level>
std::vector<double> make_emg(std::size_t samples, Level level, std::uint64_t seed = 5) {
  base::Random random(seed);
  std::vector<double> out(samples);
  for (std::size_t i = 0; i < samples; ++i) {
    out[i] = 0.020 * level(static_cast<double>(i) / kRate) * random.normal();
  }
  return out;
}
double steady(double) { return 1; }
double bursts(double t) { return 0.1 + (std::sin(2 * std::numbers::pi * t) > 0 ? 1 : 0); }

template <typename Call>
std::string message_of(Call call) {
  try {
    call();
  } catch (const Error& problem) {
    return problem.what();
  }
  return "no error";
}

TEST(EmgEnvelope, FollowsTheStrengthOfTheNoise) {
  const auto envelope = emg_envelope(make_emg(10000, bursts), kRate);
  ASSERT_EQ(envelope.values.size(), 10000u);
  double on = 0, off = 0;
  for (std::size_t second = 1; second < 9; ++second) {
    on += envelope.values[second * 1000 + 250] / 8;
    off += envelope.values[second * 1000 + 750] / 8;
  }
  // Rectified noise has sqrt(2 / pi) of its strength; the band holds 86 % of the power up to 500
  // Hz.
  EXPECT_NEAR(on, 0.022 * std::sqrt(2 / std::numbers::pi) * std::sqrt(0.86), 0.0015);
  EXPECT_NEAR(off / on, 0.1 / 1.1, 0.02);
  for (const double v : envelope.values) EXPECT_GE(v, 0);
  EXPECT_EQ(envelope.edge, 84u);
}

TEST(EmgEnvelope, IgnoresOffsetAndTakesHumOut) {
  auto plain = make_emg(8000, steady);
  auto spoiled = plain;
  for (std::size_t i = 0; i < spoiled.size(); ++i) {
    spoiled[i] += 0.3 + 0.03 * std::sin(2 * std::numbers::pi * 50 * static_cast<double>(i) / kRate);
  }
  const auto expected = emg_envelope(plain, kRate);
  const auto found = emg_envelope(spoiled, kRate);
  EXPECT_TRUE(expected.notched_hz.empty());
  EXPECT_THAT(found.notched_hz, ElementsAre(50.0));
  double error = 0, size = 0;
  for (std::size_t i = 500; i < 7500; ++i) {
    error += std::pow(found.values[i] - expected.values[i], 2);
    size += std::pow(expected.values[i], 2);
  }
  EXPECT_LT(std::sqrt(error / size), 0.03);
  EnvelopeSettings no_notch;
  no_notch.notch_lines = false;
  EXPECT_TRUE(emg_envelope(spoiled, kRate, no_notch).notched_hz.empty());
}

TEST(EmgEnvelope, FillsShortGapsMarksThemAndLeavesLongOnes) {
  const auto whole = make_emg(6000, steady);
  auto gappy = whole;
  for (std::size_t i = 2000; i < 2050; ++i) gappy[i] = kNan;
  for (std::size_t i = 4000; i < 4300; ++i) gappy[i] = kNan;
  for (std::size_t i = 0; i < 20; ++i) gappy[i] = kNan;
  const auto truth = emg_envelope(whole, kRate);
  const auto found = emg_envelope(gappy, kRate);
  for (std::size_t i = 0; i < 6000; ++i) {
    const bool missing = i < 20 || (i >= 4000 && i < 4300);
    EXPECT_EQ(std::isnan(found.values[i]), missing) << i;
    EXPECT_EQ(found.filled[i], i >= 2000 && i < 2050 ? 1 : 0);
    // The gap does not pull the envelope down, in it or beside it.
    if (!missing && i > 200 && i < 5800) {
      EXPECT_GT(found.values[i], 0.5 * truth.values[i]) << i;
      EXPECT_LT(found.values[i], 1.6 * truth.values[i]) << i;
    }
  }
}

TEST(EmgEnvelope, RefusesWithTheNumbers) {
  EXPECT_EQ(message_of([] { emg_envelope(std::vector<double>(1000, 1.0), 100); }),
            "EMG rate 100 Hz cannot hold a band to 450 Hz: it needs more than 900 Hz");
  EXPECT_THAT(message_of([] { emg_envelope(std::vector<double>(1000, 1.0), kNan); }),
              HasSubstr("EMG rate nan Hz cannot hold"));
  EXPECT_EQ(message_of([] { emg_envelope(std::vector<double>(99, 1.0), 1000); }),
            "an EMG signal of 99 samples at 1000 Hz is too short for its filters, which need 100");
  EXPECT_EQ(message_of([] { emg_envelope(std::vector<double>(1000, kNan), 1000); }),
            "an EMG signal holds no number in 1000 samples");
}

TEST(EmgEnvelope, SaysWhatWasDone) {
  EXPECT_THAT(describe({}, 1000), HasSubstr("band-pass 20 to 450 Hz (order 4)"));
  EXPECT_THAT(describe({}, 1000), HasSubstr("low-pass 6 Hz (order 2)"));
}

TEST(FindHum, FindsTheLineItsHarmonicsAndItsShare) {
  for (const double line : {50.0, 60.0}) {
    auto x = make_emg(10000, steady);  // variance 4e-4
    for (std::size_t i = 0; i < x.size(); ++i) {
      const double t = static_cast<double>(i) / kRate;
      x[i] += 0.02 * std::sin(2 * std::numbers::pi * line * t) +
              0.01 * std::sin(2 * std::numbers::pi * 3 * line * t + 1);
    }
    const auto hum = find_hum(x, kRate);
    EXPECT_EQ(hum.line_hz, line);
    EXPECT_THAT(hum.harmonics_hz, ElementsAre(line, 3 * line));
    EXPECT_NEAR(hum.share, 2.5e-4 / 6.5e-4, 0.02);
  }
}

TEST(FindHum, SeesNoneInNoiseAndInShortSignals) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    EXPECT_EQ(find_hum(make_emg(5000, steady, seed), kRate).line_hz, 0) << seed;
    EXPECT_EQ(find_hum(make_emg(5000, bursts, seed), kRate).line_hz, 0) << seed;
  }
  EXPECT_EQ(find_hum(make_emg(500, steady), kRate).line_hz, 0);
  EXPECT_EQ(find_hum(std::vector<double>(5000, 1.0), kRate).line_hz, 0);
}

TEST(JudgeEmg, PassesALiveChannel) {
  const auto verdict = judge_emg(make_emg(5000, bursts), kRate);
  EXPECT_TRUE(verdict.usable);
  EXPECT_EQ(verdict.fault, EmgFault::none);
  EXPECT_EQ(verdict.reason, "");
}

TEST(JudgeEmg, NamesEveryFaultWithItsNumbers) {
  const auto judge = [](const std::vector<double>& x) { return judge_emg(x, kRate); };
  auto x = make_emg(5000, steady);

  auto dead = x;
  for (double& v : dead) v *= 0.02;
  EXPECT_EQ(judge(dead).fault, EmgFault::dead);
  EXPECT_THAT(judge(dead).reason, HasSubstr("under 1 mV, and no bursts"));
  EXPECT_EQ(judge(std::vector<double>(5000, 0.0)).fault, EmgFault::dead);

  auto skin = make_emg(5000, bursts);  // as small, but at work
  for (double& v : skin) v *= 0.004;
  EXPECT_TRUE(judge(skin).usable) << judge(skin).reason;
  EXPECT_GT(judge(skin).strength_ratio, 8);
  for (double& v : skin) v *= 0.001;
  EXPECT_EQ(judge(skin).fault, EmgFault::dead);

  auto square = x;
  for (double& v : square) v = (v > 0 ? 1.0 : -1.0) + 0.001 * v;
  EXPECT_EQ(judge(square).fault, EmgFault::saturated);
  EXPECT_THAT(judge(square).reason, HasSubstr("% of the samples stand at an extreme"));

  std::vector<double> clipped(5000);
  for (std::size_t i = 0; i < clipped.size(); ++i) {
    const double burst = i % 1000 < 100 ? 3 : 0.3;
    const double swing = std::sin(2 * std::numbers::pi * 40 * static_cast<double>(i) / kRate);
    clipped[i] = std::clamp(burst * swing + 10 * x[i], -2.0, 2.0);
  }
  EXPECT_EQ(judge(clipped).fault, EmgFault::clipped);
  EXPECT_THAT(judge(clipped).reason, HasSubstr("lie flat on an extreme"));

  auto humming = x;
  for (std::size_t i = 0; i < humming.size(); ++i) {
    humming[i] += 0.05 * std::sin(2 * std::numbers::pi * 60 * static_cast<double>(i) / kRate);
  }
  EXPECT_EQ(judge(humming).fault, EmgFault::hum);
  EXPECT_THAT(judge(humming).reason, HasSubstr("line hum at 60 Hz"));

  auto missing = x;
  for (std::size_t i = 0; i < 3000; ++i) missing[i] = kNan;
  EXPECT_EQ(judge(missing).fault, EmgFault::missing);
  EXPECT_EQ(judge(std::vector<double>(100, kNan)).fault, EmgFault::missing);
  EXPECT_EQ(judge({}).fault, EmgFault::missing);

  auto weak = x;
  for (double& v : weak) v *= 0.07;
  EXPECT_EQ(judge(weak).fault, EmgFault::weak);
  EXPECT_TRUE(judge(weak).usable);
  for (const auto& one : {dead, square, clipped, humming, missing}) EXPECT_FALSE(judge(one).usable);
}

}  // namespace
}  // namespace kinemyo::signal
