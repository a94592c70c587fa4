#include "kinemyo/io/trc.h"

#include <unistd.h>

#include <gmock/gmock.h>

#include <cmath>
#include <sstream>

#include "kinemyo/base/file.h"
#include "io/replaced.h"
#include "real_data.h"

namespace kinemyo::io {
namespace {

using motion::Recording;
using testing::Contains;
using testing::HasSubstr;

const std::string kSmall =
    "PathFileType\t4\t(X/Y/Z)\tsmall.trc\n"
    "DataRate\tCameraRate\tNumFrames\tNumMarkers\tUnits\tOrigDataRate\tOrigDataStartFrame\tOrigNumFrames\n"
    "100.00\t100.00\t4\t3\tmm\t100.00\t1\t4\n"
    "Frame#\tTime\tA\t\t\tB\t\t\tC\t\t\t\n"
    "\t\tX1\tY1\tZ1\tX2\tY2\tZ2\tX3\tY3\tZ3\t\n"
    "\n"
    "1\t0.500\t1246.745\t-2.5E+01\t3.000\t\t\t\t7.000\t8.000\t9.000\t\n"
    "2\t0.510\t1246.750\t-2.5E+01\t3.500\t4.000\t5.000\t6.000\t0.000\t0.000\t0.000\t\n"
    "3\t0.520\tNaN\tnan\tNAN\t4.250\t5.250\t6.250\t7.000\t8.000\t9.000\t\n"
    "4\t0.530\t1246.760\t-2.5E+01\t4.500\t4.500\t5.500\t6.500\t7.000\t8.000\t9.000\t\n";

std::string message(const std::string& text) {
  try {
    parse_trc(text, "t.trc");
  } catch (const FormatError& problem) {
    return problem.what();
  }
  return "no error";
}

TEST(Trc, ReadsMetresOnTheFilesClock) {
  const Recording recording = parse_trc(kSmall, "small.trc");
  ASSERT_EQ(recording.series.size(), 1u);
  const auto& markers = recording.series[0];
  EXPECT_EQ(recording.format, "TRC");
  EXPECT_EQ(recording.up, motion::UpAxis::unknown);
  EXPECT_THAT(markers.names(), testing::ElementsAre("A", "B", "C"));
  EXPECT_TRUE(markers.clock().is_uniform());
  EXPECT_EQ(markers.clock().rate_hz(), 100.0);
  EXPECT_EQ(markers.clock().start_s(), 0.5);
  EXPECT_EQ(markers.at(0, 0, 0), 1.246745);
  EXPECT_EQ(markers.at(0, 0, 1), -0.025);
  EXPECT_EQ(markers.at(3, 2, 2), 0.009);
}

TEST(Trc, BlankNanAndZeroAreMissingAndKeepTheirPlace) {
  const Recording recording = parse_trc(kSmall, "small.trc");
  const auto& markers = recording.series[0];
  EXPECT_TRUE(markers.missing(0, 1));
  EXPECT_EQ(markers.at(0, 2, 0), 0.007);
  EXPECT_TRUE(markers.missing(1, 2));
  EXPECT_TRUE(markers.missing(2, 0));
  EXPECT_FALSE(markers.missing(2, 1));
  EXPECT_THAT(recording.notes, Contains("1 markers at exactly 0 0 0 count as missing"));
  EXPECT_THAT(recording.notes, Contains("positions were in mm"));
}

TEST(Trc, TakesMetresCommasCarriageReturnsAndNoAxisLabels) {
  std::string text = replaced(kSmall, "\tmm\t", "\tm\t");
  text = replaced(text, "\t\tX1\tY1\tZ1\tX2\tY2\tZ2\tX3\tY3\tZ3\t\n\n", "");
  for (auto& c : text) c = c == '\t' ? ',' : c == '\n' ? '\r' : c;
  const Recording recording = parse_trc(text, "small.trc");
  const auto& markers = recording.series[0];
  EXPECT_EQ(markers.at(0, 0, 0), 1246.745);
  EXPECT_EQ(markers.frames(), 4u);
}

TEST(Trc, BelievesTheTimesBeforeTheRate) {
  const Recording recording = parse_trc(replaced(kSmall, "\n100.00\t", "\n250\t"), "small.trc");
  EXPECT_EQ(recording.series[0].clock().rate_hz(), 100.0);
  EXPECT_THAT(recording.notes, Contains("the file states 250 Hz, its times step at 100 Hz; the times are believed"));
  const Recording uneven = parse_trc(replaced(kSmall, "0.530", "0.600"), "small.trc");
  EXPECT_FALSE(uneven.series[0].clock().is_uniform());
  EXPECT_EQ(uneven.series[0].clock().time_s(3), 0.6);
}

TEST(Trc, SaysWhatIsWrongAndWhere) {
  EXPECT_EQ(message(""),
            "t.trc:line 1: the file ends too early; expected a line that begins with PathFileType, found the end of the file");
  EXPECT_EQ(message("hello\nworld\n"),
            "t.trc:line 1: this is no TRC file; expected a line that begins with PathFileType, found \"hello\"");
  EXPECT_EQ(message(replaced(kSmall, "\tmm\t", "\tfurlongs\t")),
            "t.trc:line 3: the unit of length is not known; expected mm, cm or m, found \"furlongs\"");
  EXPECT_EQ(message(replaced(kSmall, "\t4\t3\t", "\t4\t5\t")),
            "t.trc:line 4: the names do not match NumMarkers; expected 5 names, found 3");
  EXPECT_EQ(message(replaced(kSmall, "B\t", "A\t")),
            "t.trc:line 4: two markers bear one name; expected different names, found \"A\"");
  EXPECT_EQ(message(replaced(kSmall, "Y2\tZ2", "Z2\tY2")),
            "t.trc:line 5: the labels of the axes are not in order; expected Y2, found \"Z2\"");
  EXPECT_EQ(message(replaced(kSmall, "8.000", "8.0x0")),
            "t.trc:line 7, column 10: a cell holds no number; expected a number or nothing, found \"8.0x0\"");
  EXPECT_EQ(message(replaced(kSmall, "0.520", "0.505")),
            "t.trc:line 9, column 2: time does not increase; expected more than 0.51 s, found 0.505");
  EXPECT_EQ(message(replaced(kSmall, "9.000\t\n2", "9.000\t1\n2")),
            "t.trc:line 7, column 12: a row has more cells than the header has columns; expected 11 cells, found \"1\"");
  EXPECT_EQ(message(kSmall.substr(0, kSmall.find("1\t0.500"))),
            "t.trc:line 6: the file holds no frames; expected rows below the header, found none");
}

TEST(Trc, SaysThatAFileIsCut) {
  EXPECT_EQ(message(kSmall.substr(0, kSmall.find("\t5.250"))),
            "t.trc:line 9, column 6: the file ends within a row; expected 11 cells, found 6");
  const auto row3 = kSmall.find("4\t0.530");
  EXPECT_EQ(message(kSmall.substr(0, row3 - 2)),
            "t.trc:line 9: the file ends within its last line; expected NumFrames says 4 frames, found 3");
  EXPECT_EQ(message(kSmall.substr(0, kSmall.size() - 3)),
            "t.trc:line 10: the file ends within a number; expected 3 decimals as in every row before, found \"9.00\"");
  EXPECT_THAT(parse_trc(kSmall.substr(0, row3), "t.trc").notes,
              Contains("NumFrames says 4 frames, the file holds 3: it may have been cut"));
}

TEST(Trc, EveryTruncationIsReadRightOrRefused) {
  const Recording whole = parse_trc(kSmall, "t.trc");
  for (std::size_t n = 0; n < kSmall.size(); ++n) {
    try {
      const Recording part = parse_trc(std::string_view(kSmall).substr(0, n), "t.trc");
      const auto& markers = part.series[0];
      ASSERT_LE(markers.frames(), 4u);
      for (std::size_t f = 0; f < markers.frames(); ++f) {
        for (std::size_t i = 0; i < 9; ++i) {
          const double a = markers.values()(f, i);
          const double b = whole.series[0].values()(f, i);
          ASSERT_TRUE(a == b || (std::isnan(a) && std::isnan(b))) << n;
        }
      }
    } catch (const FormatError&) {
    }
  }
}

TEST(Trc, EveryFlippedByteIsReadOrRefused) {
  std::string text = kSmall;
  for (std::size_t n = 0; n < text.size(); ++n) {
    for (const int bit : {1, 2, 4, 8, 16, 64, 128}) {
      text[n] = static_cast<char>(text[n] ^ bit);
      try {
        parse_trc(text, "t.trc");
      } catch (const Error&) {
      }
      text[n] = static_cast<char>(text[n] ^ bit);
    }
  }
}

TEST(Trc, RoundTripsExactly) {
  const Recording once = parse_trc(kSmall, "a.trc");
  const Recording twice = parse_trc(format_trc(once.series[0], "a.trc"), "b.trc");
  const auto& a = once.series[0].values().flat();
  const auto& b = twice.series[0].values().flat();
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t i = 0; i < a.size(); ++i) EXPECT_TRUE(a[i] == b[i] || (std::isnan(a[i]) && std::isnan(b[i])));
  EXPECT_EQ(twice.series[0].names(), once.series[0].names());
  EXPECT_EQ(twice.series[0].clock().rate_hz(), 100.0);
  EXPECT_EQ(twice.series[0].clock().start_s(), 0.5);
}

TEST(Trc, WritesMillimetresWithoutDigitsOfBinaryArithmetic) {
  EXPECT_THAT(format_trc(parse_trc(kSmall, "a").series[0], "a.trc"), HasSubstr("\n1\t0.5\t1246.745\t-25\t3\tNaN\tNaN\tNaN\t7\t"));
}

TEST(Trc, TellsWhatItCannotHold) {
  Recording recording = parse_trc(kSmall, "a.trc");
  recording.series.emplace_back(motion::Quantity::emg, std::vector<motion::Channel>{{"TA", "V"}},
                                motion::Clock::uniform(1000, 0, 1), base::Matrix<double>(1, 1));
  recording.events.push_back({"Foot Strike", "Left", 0.5});
  const auto path = std::filesystem::path(testing::TempDir()) / ("kinemyo_trc_left_out_" + std::to_string(::getpid()) + ".trc");
  const auto left_out = write_trc(recording, path);
  EXPECT_THAT(left_out, testing::ElementsAre("1 channels of emg: TRC holds marker positions only", "1 events"));
  EXPECT_EQ(read_trc(path).series[0].frames(), 4u);
  std::filesystem::remove(path);
}

// tests/golden/io/make_real_trc.py read the same files with NumPy.
TEST(Trc, ReadsRealFilesAsNumpyDoes) {
  KINEMYO_REAL_DATA(folder, "nimble");
  std::istringstream golden(base::read_file(std::string(KINEMYO_GOLDEN_DIR) + "/io/real_trc.txt"));
  std::string name;
  std::size_t frames = 0, markers = 0, missing = 0, files = 0;
  double first = 0, last = 0, sum = 0;
  while (golden >> name >> frames >> markers >> missing >> first >> last >> sum) {
    SCOPED_TRACE(name);
    const Recording recording = read_trc(folder.parent_path() / name);
    const auto& series = recording.series[0];
    ASSERT_EQ(series.frames(), frames);
    ASSERT_EQ(series.channels().size(), markers);
    std::size_t absent = 0;
    double total = 0;
    for (std::size_t f = 0; f < frames; ++f) {
      for (std::size_t m = 0; m < markers; ++m) {
        if (series.missing(f, m)) {
          ++absent;
        } else {
          for (std::size_t k = 0; k < 3; ++k) total += series.at(f, m, k);
        }
      }
    }
    EXPECT_EQ(absent, missing);
    EXPECT_NEAR(total, sum, 1e-9 * std::abs(sum));
    EXPECT_NEAR(series.clock().time_s(0), first, 1e-9);
    EXPECT_NEAR(series.clock().time_s(frames - 1), last, 0.0011);
    ++files;
  }
  EXPECT_GT(files, 40u);
}

}  // namespace
}  // namespace kinemyo::io
