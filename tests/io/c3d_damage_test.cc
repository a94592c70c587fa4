// A damaged C3D file is refused, or read as what it then is; nothing else.
#include <gmock/gmock.h>

#include <cstring>

#include "c3d_files.h"
#include "c3d_sample.h"
#include "kinemyo/base/file.h"
#include "kinemyo/base/random.h"
#include "kinemyo/io/c3d_parameters.h"
#include "real_data.h"

namespace kinemyo::io {
namespace {

// True if read; FormatError is the one answer to damage, anything else fails the test.
bool reads(const std::string& bytes, motion::Recording* out = nullptr) {
  try {
    auto got = to_recording("damaged.c3d", parse_c3d("damaged.c3d", bytes));
    if (out != nullptr) *out = std::move(got);
    return true;
  } catch (const FormatError&) {
    return false;
  }
}

bool same_numbers(const motion::Recording& a, const motion::Recording& b) {
  if (a.series.size() != b.series.size() || !(a.events == b.events)) return false;
  for (std::size_t i = 0; i < a.series.size(); ++i) {
    const auto x = a.series[i].values().flat(), y = b.series[i].values().flat();
    if (x.size() != y.size() || a.series[i].names() != b.series[i].names()) return false;
    for (std::size_t k = 0; k < x.size(); ++k) {
      if (!(x[k] == y[k] || (std::isnan(x[k]) && std::isnan(y[k])))) return false;
    }
  }
  return true;
}

std::string sample_bytes(C3dProcessor processor) {
  auto recording = sample_recording();
  recording.series.push_back(sample_rotations());
  return format_c3d(from_recording(recording, {processor, C3dStorage::real}));
}

TEST(C3dDamage, EveryPrefixIsRefusedOrWhole) {
  for (const auto processor : {C3dProcessor::intel, C3dProcessor::dec, C3dProcessor::mips}) {
    const std::string bytes = sample_bytes(processor);
    motion::Recording whole;
    ASSERT_TRUE(reads(bytes, &whole));
    std::size_t refused = 0;
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      motion::Recording got;
      // Only the filling of the last block may be missing.
      if (reads(bytes.substr(0, size), &got)) {
        ASSERT_TRUE(same_numbers(got, whole)) << size;
      } else {
        ++refused;
      }
    }
    EXPECT_GT(refused, bytes.size() - 512);
  }
}

TEST(C3dDamage, EveryFlippedByteIsSurvived) {
  for (const auto processor : {C3dProcessor::intel, C3dProcessor::dec, C3dProcessor::mips}) {
    std::string bytes = sample_bytes(processor);
    std::size_t refused = 0;
    for (std::size_t at = 0; at < bytes.size(); ++at) {
      const char kept = bytes[at];
      for (const int mask : {0xff, 0x80, 0x01}) {
        bytes[at] = static_cast<char>(kept ^ mask);
        refused += reads(bytes) ? 0 : 1;
      }
      bytes[at] = kept;
    }
    EXPECT_GT(refused, 100u);
    EXPECT_TRUE(reads(bytes));
  }
}

TEST(C3dDamage, AbsurdSizesAreRefusedBeforeTheyAreAllocated) {
  std::string bytes = sample_bytes(C3dProcessor::intel);
  std::memset(bytes.data() + 2, 0xff, 4);  // 65535 points, 65535 samples
  motion::Recording got, whole;
  ASSERT_TRUE(reads(sample_bytes(C3dProcessor::intel), &whole));
  ASSERT_TRUE(reads(bytes, &got));  // POINT and ANALOG know better
  EXPECT_TRUE(same_numbers(got, whole));
  auto file = parse_c3d("x", sample_bytes(C3dProcessor::intel));
  c3d::set(file.groups, "POINT", c3d::make_real("LONG_FRAMES", 4e9));
  std::string lying = format_c3d(file);
  EXPECT_FALSE(reads(lying));
}

TEST(C3dDamage, TheSizeDecidesWhereHeaderAndParametersDisagree) {
  auto file = from_recording(sample_recording());
  std::string plain = format_c3d(file);
  plain[8] = 105;  // the header's last frame, 10
  motion::Recording got;
  ASSERT_TRUE(reads(plain, &got));
  EXPECT_EQ(got.series[0].frames(), 6u);
  EXPECT_THAT(got.notes, testing::Contains("header and parameters disagree about the layout; the size of the file fits "
                                           "8 points, 20 analog samples a frame and 6 frames"));
}

TEST(C3dDamage, AHeaderOfZerosDoesNotMakeARecordingOfNothing) {
  std::string bytes = sample_bytes(C3dProcessor::intel);
  motion::Recording got, whole;
  ASSERT_TRUE(reads(bytes, &whole));
  std::memset(bytes.data() + 2, 0, 510);
  if (reads(bytes, &got)) { EXPECT_TRUE(same_numbers(got, whole)); }
}

TEST(C3dDamage, PrefixesOfRealFilesAreRefusedOrWhole) {
  KINEMYO_REAL_DATA(root, "formats");
  base::Random random(7);
  for (const auto& path : c3d_files(root)) {
    const std::string bytes = base::read_file(path);
    motion::Recording whole;
    if (!reads(bytes, &whole)) continue;
    SCOPED_TRACE(path.string());
    for (std::size_t i = 0; i < 16; ++i) {
      const std::size_t size = i < 4 ? bytes.size() - 1 - 100 * i : random.below(bytes.size());
      motion::Recording got;
      if (reads(bytes.substr(0, size), &got)) { ASSERT_TRUE(same_numbers(got, whole)) << size; }
    }
  }
}

}  // namespace
}  // namespace kinemyo::io
