#include "kinemyo/signal/filter.h"

#include <gmock/gmock.h>

#include <cmath>
#include <cstdlib>
#include <limits>
#include <new>
#include <numbers>

#include "kinemyo/base/error.h"
#include "kinemyo/base/random.h"
#include "signal/golden.h"

namespace {
std::size_t allocations = 0;
}

// Counts, so that a test can see that step() allocates nothing.
[[gnu::noinline]] void* operator new(std::size_t size) {
  ++allocations;
  if (void* memory = std::malloc(size)) return memory;
  throw std::bad_alloc();
}
[[gnu::noinline]] void operator delete(void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace kinemyo::signal {
namespace {

using testing::HasSubstr;
using testing_golden::cases;
using testing_golden::expect_close;
using testing_golden::golden;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

struct Design {
  std::string key;
  int order;
  Passband band;
  double rate_hz;
};

std::vector<Design> designs(const std::string& what) {
  std::vector<Design> out;
  for (const auto& part : cases(what)) {
    const double low = std::stod(part[2]), high = std::stod(part[3]);
    const Passband band = part[1] == "lowpass"    ? Passband::below(high)
                          : part[1] == "highpass" ? Passband::above(low)
                                                  : Passband::between(low, high);
    out.push_back({part[0] + "/" + part[1] + "/" + part[2] + "/" + part[3] + "/" + part[4],
                   std::stoi(part[0]), band, std::stod(part[4])});
  }
  return out;
}

std::vector<double> noise(std::size_t count, std::uint64_t seed) {
  base::Random random(seed);
  std::vector<double> out(count);
  for (double& v : out) v = random.normal();
  return out;
}

std::vector<double> sine(std::size_t count, double hz, double rate_hz) {
  std::vector<double> out(count);
  for (std::size_t i = 0; i < count; ++i) {
    out[i] = std::sin(2 * std::numbers::pi * hz * static_cast<double>(i) / rate_hz);
  }
  return out;
}

TEST(Butterworth, CoefficientsAreScipys) {
  const auto all = designs("b");
  ASSERT_GE(all.size(), 20u);
  for (const auto& d : all) {
    const auto filter = butterworth(d.order, d.band, d.rate_hz);
    const auto& b = golden().at("b/" + d.key);
    // Zero coefficients of a band-pass come out of SciPy as rounding residue.
    double largest = 0;
    for (const double v : b) largest = std::max(largest, std::abs(v));
    ASSERT_EQ(filter.b.size(), b.size());
    for (std::size_t i = 0; i < b.size(); ++i)
      ASSERT_NEAR(filter.b[i], b[i], 1e-10 * largest) << d.key;
    expect_close(filter.a, golden().at("a/" + d.key), d.key);
  }
}

TEST(Butterworth, SectionsAreScipys) {
  for (const auto& d : designs("sos")) {
    std::vector<double> flat;
    for (const auto& s : butterworth_sections(d.order, d.band, d.rate_hz)) {
      flat.insert(flat.end(), {s.b0, s.b1, s.b2, 1, s.a1, s.a2});
    }
    const auto& expected = golden().at("sos/" + d.key);
    ASSERT_EQ(flat.size(), expected.size()) << d.key;
    for (std::size_t i = 0; i < flat.size(); ++i) {
      ASSERT_NEAR(flat[i], expected[i], 1e-12) << d.key << " at " << i;
    }
  }
}

TEST(Butterworth, RefusesWhatTheRateCannotHoldAndSaysTheNumbers) {
  const auto message = [](auto&& make) {
    try {
      make();
    } catch (const std::invalid_argument& problem) {
      return std::string(problem.what());
    }
    return std::string("no error");
  };
  EXPECT_THAT(message([] { butterworth(4, Passband::below(500), 1000); }),
              HasSubstr("500 Hz is not between 0 and half the rate, 500 Hz"));
  EXPECT_THAT(message([] { butterworth(4, Passband::below(kNan), 1000); }), HasSubstr("nan Hz"));
  EXPECT_THAT(message([] { butterworth(4, Passband::below(5), kNan); }),
              HasSubstr("a rate of nan"));
  EXPECT_THAT(message([] { butterworth(0, Passband::below(5), 100); }), HasSubstr("order 0"));
  EXPECT_THAT(message([] { butterworth(2, Passband::between(40, 20), 100); }),
              HasSubstr("from 40 to 20 Hz is empty"));
}

TEST(Filters, AreScipys) {
  const auto& x = golden().at("x");
  const auto& few = golden().at("short");
  for (const auto& d : designs("lfilter")) {
    expect_close(lfilter(butterworth(d.order, d.band, d.rate_hz), few),
                 golden().at("lfilter/" + d.key), "lfilter " + d.key);
    expect_close(sosfilt(butterworth_sections(d.order, d.band, d.rate_hz), few),
                 golden().at("sosfilt/" + d.key), "sosfilt " + d.key);
  }
  for (const auto& d : designs("filtfilt")) {
    expect_close(filtfilt(butterworth(d.order, d.band, d.rate_hz), x),
                 golden().at("filtfilt/" + d.key), "filtfilt " + d.key);
  }
  for (const auto& d : designs("sosfiltfilt")) {
    expect_close(sosfiltfilt(butterworth_sections(d.order, d.band, d.rate_hz), x),
                 golden().at("sosfiltfilt/" + d.key), "sosfiltfilt " + d.key);
  }
}

TEST(Notch, IsScipys) {
  ASSERT_EQ(cases("notch").size(), 3u);
  for (const auto& part : cases("notch")) {
    const auto s = notch_section(std::stod(part[0]), std::stod(part[1]), std::stod(part[2]));
    expect_close({s.b0, s.b1, s.b2, 1, s.a1, s.a2},
                 golden().at("notch/" + part[0] + "/" + part[1] + "/" + part[2]), part[0]);
  }
}

TEST(TwoPasses, ArePointSevenAtTheStatedCutOff) {
  for (const int order : {1, 2, 4, 5}) {
    for (const auto& band : {Passband::below(6), Passband::above(20), Passband::between(20, 450)}) {
      const auto sections =
          butterworth_sections(order, corrected_for_two_passes(order, band, 1000), 1000);
      for (const double edge : {band.low_hz, band.high_hz}) {
        if (edge == 0) continue;
        EXPECT_NEAR(power_gain(sections, edge, 1000), std::numbers::sqrt2 / 2, 1e-9) << edge;
      }
    }
  }
}

TEST(TwoPasses, CorrectByTheTextbooksFactors) {
  // Far below half the rate: 0.802 for order 2, 0.896 for order 4.
  EXPECT_NEAR(6 / corrected_for_two_passes(2, Passband::below(6), 10000).high_hz, 0.802, 5e-4);
  EXPECT_NEAR(6 / corrected_for_two_passes(4, Passband::below(6), 10000).high_hz, 0.896, 5e-4);
}

TEST(Sosfiltfilt, PassesDcAndStopsNyquist) {
  const auto low = butterworth_sections(4, Passband::below(10), 100);
  const std::vector<double> level(300, 2.5);
  for (const double v : sosfiltfilt(low, level)) EXPECT_NEAR(v, 2.5, 1e-9);
  std::vector<double> alternating(300);
  for (std::size_t i = 0; i < 300; ++i) alternating[i] = i % 2 == 0 ? 1 : -1;
  const auto stopped = sosfiltfilt(low, alternating);
  for (std::size_t i = 60; i < 240; ++i) EXPECT_NEAR(stopped[i], 0, 1e-6);
  const auto high = butterworth_sections(4, Passband::above(10), 100);
  for (const double v : sosfiltfilt(high, level)) EXPECT_NEAR(v, 0, 1e-9);
}

TEST(Sosfiltfilt, IsLinearAndHasNoDelay) {
  const auto band = butterworth_sections(4, Passband::between(20, 450), 1000);
  const auto a = noise(3000, 1), b = noise(3000, 2);
  std::vector<double> both(3000), reversed(a.rbegin(), a.rend());
  for (std::size_t i = 0; i < 3000; ++i) both[i] = 2 * a[i] - 3 * b[i];
  const auto fa = sosfiltfilt(band, a), fb = sosfiltfilt(band, b), fboth = sosfiltfilt(band, both);
  for (std::size_t i = 0; i < 3000; ++i) EXPECT_NEAR(fboth[i], 2 * fa[i] - 3 * fb[i], 1e-9);
  // Reversed in time, the middle comes out reversed: zero phase.
  const auto back = sosfiltfilt(band, reversed);
  for (std::size_t i = 1000; i < 2000; ++i) EXPECT_NEAR(back[2999 - i], fa[i], 1e-6);
}

TEST(Sosfiltfilt, TakesSignalsShorterThanItsPadding) {
  const auto low = butterworth_sections(4, Passband::below(10), 100);
  EXPECT_TRUE(sosfiltfilt(low, {}).empty());
  EXPECT_NEAR(sosfiltfilt(low, std::vector<double>{3})[0], 3, 1e-9);
  EXPECT_EQ(sosfiltfilt(low, std::vector<double>{3, 4, 5}).size(), 3u);
}

TEST(Filtfilt, RefusesASignalShorterThanItsPadding) {
  const auto filter = butterworth(4, Passband::between(20, 450), 1000);
  try {
    filtfilt(filter, noise(27, 1));
    FAIL();
  } catch (const Error& problem) {
    EXPECT_STREQ(problem.what(),
                 "a signal of 27 samples is too short for this filter, which needs more than 27");
  }
  EXPECT_EQ(filtfilt(filter, noise(28, 1)).size(), 28u);
}

TEST(CausalFilter, EqualsSosfiltFromTheSteadyState) {
  const auto sections = butterworth_sections(4, Passband::below(10), 100);
  auto x = noise(200, 3);
  x[0] = 0;  // from rest
  const auto whole = sosfilt(sections, x);
  CausalFilter live(sections, 2);
  for (std::size_t i = 0; i < x.size(); ++i) {
    double sample[2] = {x[i], 5};
    live.step(sample);
    EXPECT_EQ(sample[0], whole[i]);
    EXPECT_NEAR(sample[1], 5, 1e-9);  // a constant stays where it is from the first sample on
  }
}

TEST(CausalFilter, KeepsItsStateOverAMissingSampleAndStartsAnewAfterReset) {
  CausalFilter live(butterworth_sections(2, Passband::below(10), 100), 1);
  CausalFilter other(butterworth_sections(2, Passband::below(10), 100), 1);
  double a = 1, b = 1, gap = kNan;
  live.step({&a, 1});
  other.step({&b, 1});
  live.step({&gap, 1});
  EXPECT_TRUE(std::isnan(gap));
  a = b = 2;
  live.step({&a, 1});
  other.step({&b, 1});
  EXPECT_EQ(a, b);
  live.reset();
  a = 7;
  live.step({&a, 1});
  EXPECT_NEAR(a, 7, 1e-12);
}

TEST(CausalFilter, AllocatesNothingInAStep) {
  CausalFilter live(butterworth_sections(4, Passband::below(10), 100), 126);
  std::vector<double> frame(126, 1.0);
  const std::size_t before = allocations;
  for (int i = 0; i < 100; ++i) live.step(frame);
  EXPECT_EQ(allocations, before);
}

TEST(CausalFilter, IsAsLateAsItSays) {
  const double rate = 1000, hz = 2;
  const auto sections = butterworth_sections(2, Passband::below(6), rate);
  const double delay = delay_s(sections, hz, rate);
  // A slow packet comes out later by the group delay: its centre of gravity moves by that.
  std::vector<double> packet(4000);
  const auto wave = sine(4000, hz, rate);
  for (std::size_t i = 0; i < packet.size(); ++i) {
    const double t = (static_cast<double>(i) - 2000) / 500;
    packet[i] = wave[i] * std::exp(-t * t / 2);
  }
  const auto late = sosfilt(sections, packet);
  const auto centre = [&](const std::vector<double>& v) {
    double sum = 0, weight = 0;
    for (std::size_t i = 0; i < v.size(); ++i) {
      sum += v[i] * v[i] * static_cast<double>(i);
      weight += v[i] * v[i];
    }
    return sum / weight / rate;
  };
  EXPECT_NEAR(centre(late) - centre(packet), delay, 0.002);
  EXPECT_GT(delay, 0.03);
}

}  // namespace
}  // namespace kinemyo::signal
