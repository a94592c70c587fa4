#include "kinemyo/signal/envelope.h"

#include <gmock/gmock.h>

#include <cmath>
#include <limits>
#include <numbers>

#include "kinemyo/base/error.h"
#include "kinemyo/base/random.h"
#include "kinemyo/signal/hum.h"
#include "kinemyo/signal/onset.h"
#include "kinemyo/signal/quality.h"
#include "signal/golden.h"

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

TEST(EmgEnvelope, IsTheChainWrittenInSciPy) {
  using namespace testing_golden;
  const auto& emg = golden().at("emg");
  for (const auto& parts : cases("linear_envelope")) {
    EnvelopeSettings settings;
    const double rate = std::stod(parts[0]);
    settings.band_low_hz = std::stod(parts[1]);
    settings.band_high_hz = std::stod(parts[2]);
    settings.smooth_hz = std::stod(parts[3]);
    const std::string key = parts[0] + "/" + parts[1] + "/" + parts[2] + "/" + parts[3];
    expect_close(clean_emg(emg, rate, settings), golden().at("clean/" + key), "clean " + key);
    for (const auto detector : {Detector::linear, Detector::rms, Detector::tkeo}) {
      settings.detector = detector;
      const std::string name = std::string(to_string(detector)) + "_envelope/" + key;
      expect_close(emg_envelope(emg, rate, settings).values, golden().at(name), name);
    }
  }
}

TEST(EmgEnvelope, HasItsCutOffsWhereItSays) {
  // A sine through both passes; where it comes out at 1 / sqrt 2 of its size is found by halving.
  const auto gain = [](double hz) {
    std::vector<double> x(8000);
    for (std::size_t i = 0; i < x.size(); ++i) x[i] = std::sin(2 * std::numbers::pi * hz * static_cast<double>(i) / 2000);
    const auto y = clean_emg(x, 2000);
    double in = 0, out = 0;
    for (std::size_t i = 2000; i < 6000; ++i) {
      in += x[i] * x[i];
      out += y[i] * y[i];
    }
    return std::sqrt(out / in);
  };
  const auto cut_off = [&](double stops, double passes) {
    for (int round = 0; round < 16; ++round) {
      const double middle = (stops + passes) / 2;
      (gain(middle) < std::sqrt(0.5) ? stops : passes) = middle;
    }
    return stops;
  };
  EXPECT_NEAR(cut_off(10, 40), 20, 0.2);
  EXPECT_NEAR(cut_off(600, 300), 450, 4.5);
}

TEST(EmgEnvelope, TakesSingleSpikesOut) {
  const auto plain = make_emg(5000, steady);
  auto spiky = plain;
  for (const std::size_t at : {1000u, 2500u, 4001u}) spiky[at] += 1.5;
  const auto expected = emg_envelope(plain, kRate), found = emg_envelope(spiky, kRate);
  EXPECT_EQ(expected.spikes, 0u);
  EXPECT_EQ(found.spikes, 3u);
  for (std::size_t i = 200; i < 4800; ++i) EXPECT_NEAR(found.values[i], expected.values[i], 0.15 * expected.values[i]) << i;
}

TEST(EmgEnvelope, TakesSpikesOutOfTheEndsToo) {
  const auto plain = make_emg(5000, steady);
  const auto expected = emg_envelope(plain, kRate);
  const auto worst = [&](const Envelope& found) {
    double out = 0;
    for (std::size_t i = 0; i < plain.size(); ++i) out = std::max(out, std::abs(found.values[i] - expected.values[i]));
    return out;
  };
  EnvelopeSettings keep;
  keep.remove_spikes = false;
  const double little = 0.25 * 0.02 * std::sqrt(2 / std::numbers::pi);  // of what the envelope is
  for (const std::size_t at : {0u, 1u, 20u, 4990u, 4998u, 4999u}) {
    auto spiky = plain;
    spiky[at] += 1.5;
    const auto found = emg_envelope(spiky, kRate);
    EXPECT_EQ(found.spikes, 1u) << at;
    EXPECT_LT(worst(found), little) << at;
    EXPECT_GT(worst(emg_envelope(spiky, kRate, keep)), little) << at;
  }
}

TEST(EmgEnvelope, SaysWhatWasDone) {
  EXPECT_THAT(describe({}, 1000), HasSubstr("band-pass 20 to 450 Hz (order 4)"));
  EXPECT_THAT(describe({}, 1000), HasSubstr("low-pass 6 Hz (order 2)"));
  EnvelopeSettings rms;
  rms.detector = Detector::rms;
  EXPECT_THAT(describe(rms, 1000), HasSubstr("root mean square over a sliding window of 100 ms"));
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

TEST(FindHum, ImaginesNoneInShortSignals) {
  std::size_t seen = 0;
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    seen += find_hum(make_emg(1500, bursts, seed), kRate).line_hz != 0 ? 1 : 0;
  }
  EXPECT_LE(seen, 2u);
}

TEST(PeriodicShare, IsHighForAnyMachineAndLowForMuscles) {
  auto x = make_emg(3000, bursts);
  EXPECT_LT(periodic_share(x, kRate), 0.1);
  for (std::size_t i = 0; i < x.size(); i += 13) x[i] += 0.15;  // a spike every 13 ms
  EXPECT_GT(periodic_share(x, kRate), 0.5);
  EXPECT_EQ(periodic_share(std::vector<double>(500, 1.0), kRate), 0);
}

TEST(FindSpikes, FindsWhatStandsAloneOnly) {
  auto x = make_emg(4000, bursts);
  EXPECT_TRUE(find_spikes(x, kRate).empty());
  x[700] = 0.5;
  x[2201] = -0.4;
  EXPECT_THAT(find_spikes(x, kRate), ElementsAre(700u, 2201u));
  EXPECT_TRUE(find_spikes(std::vector<double>(10, 1.0), kRate).empty());
}

TEST(FindSpikes, FindsThemAtTheEndsToo) {
  for (const std::size_t at : {0u, 1u, 20u, 3975u, 3998u, 3999u}) {
    auto x = make_emg(4000, steady);
    x[at] = 0.5;
    EXPECT_THAT(find_spikes(x, kRate), ElementsAre(at));
    EXPECT_THAT(find_spikes_in_bursts(x, kRate), ElementsAre(at));
  }
}

TEST(FindSpikes, FindsThemInBurstsWhereOneSampleHoldsTheEnergy) {
  auto x = make_emg(4000, steady);
  EXPECT_TRUE(find_spikes_in_bursts(x, kRate).empty());
  // Eight times the strength: less than four times the largest nearby.
  double squares = 0;
  for (const double v : x) squares += v * v / static_cast<double>(x.size());
  for (const std::size_t at : {900u, 2700u}) x[at] = 8 * std::sqrt(squares);
  EXPECT_TRUE(find_spikes(x, kRate).empty());
  EXPECT_THAT(find_spikes_in_bursts(x, kRate), ElementsAre(900u, 2700u));
  // Three samples of a motor unit are none.
  for (std::size_t k = 1499; k <= 1501; ++k) x[k] = 7 * std::sqrt(squares);
  EXPECT_THAT(find_spikes_in_bursts(x, kRate), ElementsAre(900u, 2700u));
  EXPECT_TRUE(find_spikes_in_bursts(std::vector<double>(10, 1.0), kRate).empty());
}

TEST(FindBursts, FindsOnsetsWithinTenMilliseconds) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    // Active from 0.5 to 0.8 s of every second, 12 dB over the noise.
    const auto x = make_emg(6000, [](double t) { return std::fmod(t, 1.0) >= 0.5 && std::fmod(t, 1.0) < 0.8 ? 4.0 : 1.0; }, seed);
    const auto found = find_bursts(x, kRate);
    ASSERT_EQ(found.size(), 6u) << seed;
    for (std::size_t k = 0; k < 6; ++k) {
      EXPECT_NEAR(static_cast<double>(found[k].first), 1000.0 * static_cast<double>(k) + 500, 15) << seed;
      EXPECT_NEAR(static_cast<double>(found[k].end), 1000.0 * static_cast<double>(k) + 800, 15) << seed;
    }
  }
}

TEST(FindBursts, SeesNoneInNoise) {
  std::size_t seen = 0;
  for (std::uint64_t seed = 1; seed <= 30; ++seed) seen += find_bursts(make_emg(10000, steady, seed), kRate).size();
  EXPECT_LE(seen, 2u);  // in five minutes
  EXPECT_TRUE(find_bursts(std::vector<double>(3000, 0.0), kRate).empty());
  EXPECT_TRUE(find_bursts({}, kRate).empty());
}

TEST(JudgeEmg, PassesALiveChannel) {
  const auto verdict = judge_emg(make_emg(5000, bursts), kRate);
  EXPECT_TRUE(verdict.usable);
  EXPECT_EQ(verdict.fault, EmgFault::none);
  EXPECT_EQ(verdict.reason, "");
  EXPECT_GT(verdict.score, 0.8);
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
  for (const auto& one : {dead, square, clipped, humming, missing}) {
    EXPECT_FALSE(judge(one).usable);
    EXPECT_EQ(judge(one).score, 0);
  }

  auto machine = make_emg(5000, bursts);
  for (std::size_t i = 0; i < machine.size(); i += 13) machine[i] += 0.1;
  EXPECT_EQ(judge(machine).fault, EmgFault::hum);
  EXPECT_THAT(judge(machine).reason, HasSubstr("repeats itself like a machine"));

  auto loose = make_emg(5000, bursts);
  for (std::size_t i = 0; i < loose.size(); ++i) loose[i] *= i / 100 % 2 == 0 ? 1e-4 : 1;
  EXPECT_EQ(judge(loose).fault, EmgFault::dropout);
  EXPECT_THAT(judge(loose).reason, HasSubstr("jumps out of it"));

  auto jumps = dead;  // a dead channel whose amplifier jumps now and then is dead
  for (const std::size_t at : {900u, 3100u}) jumps[at] = 1.2;
  EXPECT_EQ(judge(jumps).fault, EmgFault::dead) << judge(jumps).reason;
}

TEST(JudgeEmg, RemarksWhatDoesNotMakeAChannelUseless) {
  const auto clean = make_emg(6000, bursts);
  const double best = judge_emg(clean, kRate).score;
  const auto expect_remark = [&](EmgFault fault, auto&& spoil) {
    auto x = clean;
    for (std::size_t i = 0; i < x.size(); ++i) x[i] += spoil(static_cast<double>(i) / kRate, i);
    const auto verdict = judge_emg(x, kRate);
    EXPECT_TRUE(verdict.usable) << verdict.reason;
    EXPECT_EQ(verdict.fault, fault) << verdict.reason;
    EXPECT_LT(verdict.score, best);
  };
  expect_remark(EmgFault::motion, [](double t, std::size_t) { return 0.03 * std::sin(2 * std::numbers::pi * 4 * t); });
  expect_remark(EmgFault::spikes, [](double, std::size_t i) { return i % 1500 == 777 ? 1.0 : 0.0; });
  const auto verdict = judge_emg(make_emg(6000, steady), kRate);
  EXPECT_TRUE(verdict.usable);
  EXPECT_EQ(verdict.fault, EmgFault::noise);
}

}  // namespace
}  // namespace kinemyo::signal
