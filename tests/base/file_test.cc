#include "kinemyo/base/file.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "kinemyo/base/bytes.h"
#include "kinemyo/base/error.h"

namespace kinemyo::base {
namespace {

namespace fs = std::filesystem;

class AtomicFileTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::path(testing::TempDir()) /
              ("kinemyo_file_" + std::string(testing::UnitTest::GetInstance()->current_test_info()->name()));
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }
  fs::path folder_;
};

TEST_F(AtomicFileTest, KeepsTheOldFileUntilCommitted) {
  const auto path = folder_ / "x";
  write_file(path, "old");
  {
    AtomicFile file(path);
    file.write("new");
  }
  EXPECT_EQ(read_file(path), "old");
  AtomicFile file(path);
  file.write("new");
  file.commit();
  EXPECT_EQ(read_file(path), "new");
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_), fs::directory_iterator()), 1);
}

TEST(AtomicFile, SaysThatTheDiskIsFull) {
  if (!fs::exists("/dev/full")) GTEST_SKIP() << "needs /dev/full";
  // A temporary file cannot stand in /dev, so the descriptor's own write is what fails here.
  EXPECT_THROW(write_file("/dev/full/x", "y"), IoError);
}

TEST(ReadFile, SaysWhyNot) {
  try {
    read_file("/nowhere/at/all");
    FAIL();
  } catch (const IoError& problem) {
    EXPECT_STREQ(problem.what(), "/nowhere/at/all: cannot open: No such file or directory");
  }
  EXPECT_THROW(read_file("/tmp"), IoError);
}

TEST(ByteCursor, ChecksBeforeItReads) {
  ByteCursor cursor("t.c3d", std::string_view("\x01\x02\x03", 3));
  EXPECT_EQ(cursor.u16("a word"), 0x0201);
  try {
    cursor.u32("the scale");
    FAIL();
  } catch (const FormatError& problem) {
    EXPECT_STREQ(problem.what(),
                 "t.c3d:byte 0x2: the scale runs past the end of the file; expected 4 bytes, found "
                 "1 bytes left");
  }
  EXPECT_THROW(cursor.expect(SIZE_MAX / 2, 8, "points"), FormatError);
}

TEST(ByteCursor, ReadsBigEndian) {
  ByteCursor cursor("x", std::string_view("\x3f\x80\x00\x00", 4), std::endian::big);
  EXPECT_EQ(cursor.f32("one"), 1.0f);
}

}  // namespace
}  // namespace kinemyo::base
