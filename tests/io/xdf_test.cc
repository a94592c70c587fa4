#include "kinemyo/io/xdf.h"

#include <gmock/gmock.h>

#include <cmath>
#include <fstream>
#include <numeric>
#include <sstream>

#include "kinemyo/base/random.h"
#include "kinemyo/io/xdf_clock.h"
#include "real_data.h"
#include "xdf_sample.h"

namespace kinemyo::io {
namespace {

using motion::Quantity;
using testing::Contains;
using testing::HasSubstr;

motion::Recording recording_of(const std::string& bytes) { return to_recording("x.xdf", parse_xdf(bytes, "x.xdf")); }

std::string message_of(const std::string& bytes) {
  try {
    (void)recording_of(bytes);
  } catch (const FormatError& problem) {
    return problem.what();
  }
  return "nothing was thrown";
}

TEST(Xdf, MocapBecomesPositionsInMetresEmgVoltsTextsEvents) {
  const auto got = recording_of(small_xdf());
  const auto* markers = got.find(Quantity::position);
  ASSERT_NE(markers, nullptr);
  EXPECT_EQ(markers->names(), std::vector<std::string>{"LASI"});
  EXPECT_DOUBLE_EQ(markers->at(1, 0, 2), 2.002);
  EXPECT_DOUBLE_EQ(markers->clock().rate_hz(), 100);
  EXPECT_NEAR(markers->clock().start_s(), 15, 1e-9);
  EXPECT_DOUBLE_EQ(got.find(Quantity::visibility)->at(2, 0), 0.5);
  const auto* emg = got.find(Quantity::emg);
  ASSERT_NE(emg, nullptr);
  EXPECT_EQ(emg->names(), std::vector<std::string>{"TA"});
  EXPECT_NEAR(emg->at(2, 0), 300e-6, 1e-12);
  EXPECT_DOUBLE_EQ(emg->clock().rate_hz(), 200);
  EXPECT_DOUBLE_EQ(emg->clock().start_s(), 15);
  ASSERT_EQ(got.events.size(), 1u);
  EXPECT_EQ(got.events[0], (motion::Event{"go", "Keys", 15.005}));
  EXPECT_THAT(got.notes, Contains("stream \"Nothing\" (EEG) is empty"));
}

TEST(Xdf, UnitsThatAreNotStatedAreTakenAsTheCallerSaysAndNoted) {
  const auto file = parse_xdf(XdfBytes().header(1, "A", "EMG", 1, "float32", 100).samples(1, {0, 0.01}, {XdfBytes::raw(1.0f), XdfBytes::raw(2.0f)}).str(), "x.xdf");
  const auto volts = to_recording("x.xdf", file);
  EXPECT_DOUBLE_EQ(volts.series[0].at(1, 0), 2);
  EXPECT_THAT(volts.notes, Contains("stream \"A\" states no unit: taken as V"));
  EXPECT_DOUBLE_EQ(to_recording("x.xdf", file, {.emg_unit = "mV"}).series[0].at(1, 0), 2e-3);
}

TEST(Xdf, MessagesSayWhatIsWrong) {
  EXPECT_EQ(message_of("XDF?"), "x.xdf:byte 0x0: this is no XDF file; expected XDF:, found \"XDF?\"");
  EXPECT_THAT(message_of(XdfBytes().samples(7, {1}, {""}).str()), HasSubstr("a stream has no header before it; expected the number of a stream, found 7"));
  EXPECT_THAT(message_of(XdfBytes().header(1, "A", "EMG", 1, "float16", 1).str()), HasSubstr("channel_format of stream \"A\"; expected float32, double64"));
  EXPECT_THAT(message_of(XdfBytes().header(1, "A", "EMG", 999999, "float32", 1).str()), HasSubstr("channel_count of stream \"A\"; expected 0 to 100000"));
  EXPECT_THAT(message_of(XdfBytes().header(1, "A", "EMG", 1, "int8", 1).samples(1, {NAN}, {"a"}).str()), HasSubstr("the first sample of stream \"A\" has no stamp"));
  EXPECT_THAT(message_of(XdfBytes().header(1, "A", "EMG", 1, "int8", 1, "<channel><unit>apples</unit></channel>").samples(1, {1}, {"a"}).str()),
              HasSubstr("the unit of EMG is not known; expected V, mV, uV and their words, found \"apples\""));
  EXPECT_THAT(message_of(XdfBytes().header(1, "A", "MoCap", 1, "int8", 1, "<channel><label>LASI_X</label><type>PositionX</type></channel>").samples(1, {1}, {"a"}).str()),
              HasSubstr("marker \"LASI\" lacks a coordinate"));
  EXPECT_THAT(message_of(XdfBytes().header(1, "A", "EMG", 1, "int8", 1).chunk(9, "").str()), HasSubstr("a tag that XDF does not know; expected 1 to 6, found 9"));
}

// A recorder that is interrupted leaves half a chunk behind.
TEST(Xdf, EveryPrefixIsReadUpToItsLastWholeChunkOrRefused) {
  const std::string bytes = small_xdf();
  const auto whole = parse_xdf(bytes, "x.xdf");
  std::size_t read = 0;
  for (std::size_t n = 0; n < bytes.size(); ++n) {
    try {
      const auto file = parse_xdf(std::string_view(bytes).substr(0, n), "x.xdf");
      ++read;
      for (std::size_t s = 0; s < file.streams.size(); ++s) {
        const auto& part = file.streams[s].values;
        ASSERT_TRUE(std::equal(part.begin(), part.end(), whole.streams[s].values.begin()));
      }
      (void)to_recording("x.xdf", file);
    } catch (const FormatError&) {
    }
  }
  EXPECT_GT(read, 500u);
  EXPECT_THAT(recording_of(bytes.substr(0, bytes.size() - 3)).notes, Contains(HasSubstr("the file ends within a chunk")));
}

TEST(Xdf, EveryFlippedByteIsSurvived) {
  const std::string bytes = small_xdf();
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    for (const unsigned char flip : {0x01, 0x80, 0xff}) {
      std::string damaged = bytes;
      damaged[at] = static_cast<char>(damaged[at] ^ flip);
      try {
        for (const auto& series : recording_of(damaged).series) ASSERT_LE(series.frames(), 20u);
      } catch (const Error&) {
      }
    }
  }
}

XdfStream ramp(std::size_t count, double rate_hz, double start_s) {
  XdfStream out;
  out.name = "ramp";
  out.nominal_rate_hz = rate_hz;
  out.channels.resize(1);
  for (std::size_t i = 0; i < count; ++i) {
    out.stamps_s.push_back(start_s + static_cast<double>(i) / rate_hz);
    out.values.push_back(static_cast<double>(i));
  }
  return out;
}

motion::Recording recording_of_stream(XdfStream stream) {
  XdfFile file;
  stream.footer = true;
  file.streams.push_back(std::move(stream));
  return to_recording("x.xdf", file);
}

TEST(XdfClock, DriftOfTenMinutesIsFoundDespiteDelayedMeasurements) {
  base::Random random(1);
  XdfStream stream = ramp(6000, 10, 1000);
  for (double t = 1000; t < 1600; t += 5) {
    const double late = random.uniform() < 0.1 ? 0.05 : 0;  // a message that was held up
    stream.offsets.push_back({t, -3 + 40e-6 * (t - 1000) + 1e-4 * random.normal() + late});
  }
  const auto lives = find_lives(stream.offsets);
  ASSERT_EQ(lives.size(), 1u);
  EXPECT_NEAR(lives[0].drift, 40e-6, 0.5e-6);
  EXPECT_NEAR(lives[0].at(1300), 1300 - 3 + 40e-6 * 300, 1e-4);
}

TEST(XdfClock, ResetsPartTheStreamAndBothPartsFindTheirPlace) {
  XdfStream stream = ramp(1000, 100, 500);
  const auto second = ramp(1000, 100, 3);  // the sender was started again
  stream.stamps_s.insert(stream.stamps_s.end(), second.stamps_s.begin(), second.stamps_s.end());
  for (const double v : second.values) stream.values.push_back(v + 1000);
  for (double t = 500; t <= 510; t += 1) stream.offsets.push_back({t, -490});
  for (double t = 3; t <= 13; t += 1) stream.offsets.push_back({t, 20});
  const auto got = recording_of_stream(stream).series.at(0);
  ASSERT_EQ(got.frames(), 2300u);  // 10 s, 3 s of nothing, 10 s
  EXPECT_NEAR(got.clock().start_s(), 10, 1e-9);
  for (const std::size_t f : {0u, 999u, 1300u, 2299u}) {
    EXPECT_DOUBLE_EQ(got.at(f, 0), static_cast<double>(f < 1000 ? f : f - 300));
  }
  EXPECT_TRUE(std::isnan(got.at(1100, 0)));
}

TEST(XdfClock, DroppedSamplesAreFoundThoughStampsJitter) {
  base::Random random(2);
  XdfStream stream = ramp(20000, 1000, 7);
  for (auto& t : stream.stamps_s) t += 0.0002 * random.normal();
  const auto cut = [&](std::ptrdiff_t first, std::ptrdiff_t count) {
    stream.stamps_s.erase(stream.stamps_s.begin() + first, stream.stamps_s.begin() + first + count);
    stream.values.erase(stream.values.begin() + first, stream.values.begin() + first + count);
  };
  cut(15000, 250);
  cut(4000, 3);
  const auto got = recording_of_stream(stream).series.at(0);
  ASSERT_EQ(got.frames(), 20000u);
  EXPECT_NEAR(got.clock().rate_hz(), 1000, 0.01);
  EXPECT_NEAR(got.clock().start_s(), 7, 1e-4);
  std::size_t missing = 0;
  for (std::size_t f = 0; f < got.frames(); ++f) {
    if (std::isnan(got.at(f, 0))) ++missing;
    else ASSERT_DOUBLE_EQ(got.at(f, 0), static_cast<double>(f));
  }
  EXPECT_EQ(missing, 253u);
}

TEST(XdfClock, BurstsWithoutLossAreSmoothedNotTorn) {
  base::Random random(3);
  XdfStream stream = ramp(5000, 500, 0);
  // Every block of 50 is stamped up to 30 ms late, as by a wireless receiver.
  for (std::size_t i = 0; i < 5000; i += 50) {
    const double late = random.uniform(0, 0.03);
    for (std::size_t k = i; k < i + 50; ++k) stream.stamps_s[k] = static_cast<double>(i) / 500 + late + 1e-6 * static_cast<double>(k - i);
  }
  const auto got = recording_of_stream(stream).series.at(0);
  EXPECT_EQ(got.frames(), 5000u);
  EXPECT_NEAR(got.clock().rate_hz(), 500, 1);
}

TEST(XdfClock, RateThatWandersIsFollowed) {
  base::Random random(4);
  XdfStream stream = ramp(8000, 100, 0);
  double t = 0;
  std::vector<double> truth;
  for (std::size_t i = 0; i < 8000; ++i) {
    truth.push_back(t);
    stream.stamps_s[i] = t + 0.001 * random.normal();
    t += 0.01 * (1 + 0.01 * std::sin(static_cast<double>(i) / 800));
  }
  const auto got = recording_of_stream(stream).series.at(0);
  ASSERT_EQ(got.frames(), 8000u);
  double worst = 0;
  for (std::size_t i = 0; i < 8000; ++i) worst = std::max(worst, std::abs(got.clock().time_s(i) - truth[i]));
  EXPECT_LT(worst, 0.003);  // a line through all would be off by 0.08 s
}

TEST(XdfReal, FilesAreThoseOfAnIndependentParser) {
  KINEMYO_REAL_DATA(data, "formats/xdf");
  std::ifstream golden(std::string(KINEMYO_GOLDEN_DIR) + "/io/real_xdf.txt");
  std::size_t streams = 0;
  for (std::string line; std::getline(golden, line);) {
    SCOPED_TRACE(line);
    std::istringstream fields(line);
    std::string name;
    std::uint32_t id = 0;
    std::size_t channels = 0, samples = 0, lives = 0;
    double sum = 0, first = 0, last = 0, synced_first = 0, synced_last = 0;
    fields >> name >> id >> channels >> samples >> sum >> first >> last >> synced_first >> synced_last >> lives;
    std::ifstream file(data / name, std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(file), {}};
    const auto parsed = parse_xdf(bytes, name);
    const auto found = std::find_if(parsed.streams.begin(), parsed.streams.end(), [&](const auto& s) { return s.id == id; });
    ASSERT_NE(found, parsed.streams.end());
    EXPECT_TRUE(found->footer);
    EXPECT_EQ(found->channels.size(), channels);
    ASSERT_EQ(found->stamps_s.size(), samples);
    EXPECT_NEAR(std::accumulate(found->values.begin(), found->values.end(), 0.0), sum, 1e-9 * std::abs(sum));
    ++streams;
    if (samples == 0) continue;
    EXPECT_EQ(found->stamps_s.front(), first);
    EXPECT_NEAR(found->stamps_s.back(), last, 1e-9);
    const auto repaired = repair_clock(*found);
    EXPECT_NEAR(repaired.times_s.front(), synced_first, 2e-4);
    EXPECT_NEAR(repaired.times_s.back(), synced_last, 2e-4);
    EXPECT_EQ(std::max<std::size_t>(repaired.lives.size(), 1), lives);
    EXPECT_NO_THROW((void)to_recording(name, parsed));
  }
  EXPECT_EQ(streams, 8u);
}

// What its README says: 27,815 samples, the clock reset once, behind sample 12,875.
TEST(XdfReal, TheResetOfTheRealFileIsFoundWhereItIs) {
  KINEMYO_REAL_DATA(data, "formats/xdf/clock_resets.xdf");
  const auto got = read_xdf(data);
  const auto* eeg = got.find(Quantity::analog);
  ASSERT_NE(eeg, nullptr);
  EXPECT_EQ(eeg->frames(), 27815u);
  EXPECT_EQ(got.events.size(), 175u);
  std::size_t gap = 0;
  for (std::size_t f = 1; f < eeg->frames(); ++f) {
    const double step = eeg->clock().time_s(f) - eeg->clock().time_s(f - 1);
    if (step > 1) {
      EXPECT_EQ(gap, 0u);
      gap = f;
    }
  }
  EXPECT_EQ(gap, 12876u);
}

}  // namespace
}  // namespace kinemyo::io
