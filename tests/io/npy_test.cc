#include "kinemyo/io/npy.h"

#include <gmock/gmock.h>

#include <cmath>
#include <limits>

#include "kinemyo/base/error.h"
#include "kinemyo/base/file.h"
#include "real_data.h"

namespace kinemyo::io {
namespace {

using testing::ElementsAre;

std::string golden(const std::string& name) {
  return base::read_file(std::string(KINEMYO_GOLDEN_DIR) + "/io/" + name);
}

std::string message(const std::string& bytes) {
  try {
    parse_npy(bytes, "t.npy");
  } catch (const FormatError& problem) {
    return problem.what();
  }
  return "no error";
}

// tests/golden/io/make_npy.py made the files with NumPy.
TEST(Npy, ReadsEveryTypeInBothByteOrders) {
  for (const std::string type : {"f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8"}) {
    for (const std::string order : {"little", "big"}) {
      SCOPED_TRACE(type + order);
      const auto array = parse_npy(golden("npy_" + type + "_" + order + ".npy"), "x");
      EXPECT_THAT(array.shape, ElementsAre(3, 2));
      EXPECT_THAT(array.values, ElementsAre(0, 1, 2, 3, 4, 5));
    }
  }
  EXPECT_THAT(parse_npy(golden("npy_bool.npy"), "x").values, ElementsAre(0, 1, 0, 1));
}

TEST(Npy, TurnsFortranOrderIntoRows) {
  const auto array = parse_npy(golden("npy_fortran.npy"), "x");
  EXPECT_THAT(array.shape, ElementsAre(2, 3, 4));
  for (std::size_t i = 0; i < 24; ++i) EXPECT_EQ(array.values[i], static_cast<double>(i));
}

TEST(Npy, ReadsEveryVersionAndOddShapes) {
  for (const char* name : {"npy_version2.npy", "npy_version3.npy"}) {
    EXPECT_THAT(parse_npy(golden(name), "x").values, ElementsAre(0, 1, 2, 3, 4, 5));
  }
  EXPECT_THAT(parse_npy(golden("npy_scalar.npy"), "x").shape, ElementsAre());
  EXPECT_THAT(parse_npy(golden("npy_scalar.npy"), "x").values, ElementsAre(0));
  EXPECT_THAT(parse_npy(golden("npy_vector.npy"), "x").shape, ElementsAre(5));
  EXPECT_THAT(parse_npy(golden("npy_empty.npy"), "x").values, ElementsAre());
}

TEST(Npy, WritesTheBytesThatNumpyWrites) {
  const std::vector<double> values = {0, 1, 2, 3, 4, 5};
  const auto body = [](const std::string& bytes) { return bytes.substr(bytes.find('\n') + 1); };
  EXPECT_EQ(body(format_npy({3, 2}, values, NpyType::f4)), body(golden("npy_f4_little.npy")));
  EXPECT_EQ(body(format_npy({3, 2}, values, NpyType::f8)), body(golden("npy_f8_little.npy")));
  EXPECT_EQ(format_npy({3, 2}, values, NpyType::f8).find('\n') % 64, 63u);
  for (const auto& shape : std::vector<std::vector<std::size_t>>{{}, {1}, {1, 1, 1}}) {
    const std::vector<double> one = {-0.1};
    const auto back = parse_npy(format_npy(shape, one, NpyType::f8), "x");
    EXPECT_EQ(back.shape, shape);
    EXPECT_EQ(back.values, one);
  }
  EXPECT_THROW(format_npy({2, 2}, values, NpyType::f4), std::invalid_argument);
}

TEST(Npy, SaysWhatIsWrongAndWhere) {
  EXPECT_EQ(message(""), "t.npy:byte 0x0: this is no NumPy array; expected \"\x93NUMPY\", found \"\"");
  EXPECT_EQ(message(golden("npy_text.npy")),
            "t.npy:byte 0xa: the type of the array is not read; expected bool, integers, f2, f4 or f8, found \"<U1\"");
  const std::string good = golden("npy_f8_little.npy");
  EXPECT_EQ(message(good.substr(0, good.size() - 1)),
            "t.npy:byte 0x80: the array runs past the end of the file; expected 6 items of 8 bytes, found 47 bytes left");
  EXPECT_EQ(message(good + "x"), "t.npy:byte 0xb0: bytes follow the array; expected the end of the file, found 1 bytes");
  // As long as the shape that it takes the place of, so that the header's length stays right.
  std::string absurd = good;
  const auto at = absurd.find("(3, 2), }     ");
  ASSERT_NE(at, absurd.npos);
  absurd.replace(at, 14, "(99999999999)}");
  EXPECT_EQ(message(absurd),
            "t.npy:byte 0x80: the array runs past the end of the file; expected 99999999999 items of 8 bytes, found 48 bytes left");
}

TEST(Npy, EveryTruncationIsRefusedAndNoFlipCrashes) {
  std::string bytes = golden("npy_f4_big.npy");
  for (std::size_t n = 0; n < bytes.size(); ++n) EXPECT_THROW(parse_npy(bytes.substr(0, n), "x"), FormatError) << n;
  for (std::size_t n = 0; n < bytes.size(); ++n) {
    for (int bit = 1; bit < 256; bit *= 2) {
      bytes[n] = static_cast<char>(bytes[n] ^ bit);
      try {
        parse_npy(bytes, "x");
      } catch (const FormatError&) {
      }
      bytes[n] = static_cast<char>(bytes[n] ^ bit);
    }
  }
}

TEST(Npy, ReadsTheAugmentersArrays) {
  KINEMYO_REAL_DATA(folder, "augmenter");
  const auto mean = read_npy(folder / "lower_mean.npy");
  EXPECT_EQ(mean.values.size(), 47u);
  EXPECT_EQ(read_npy(folder / "augmenter_lower_expected.npy").shape.back(), 105u);
}

}  // namespace
}  // namespace kinemyo::io
