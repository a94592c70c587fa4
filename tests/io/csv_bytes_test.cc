#include "kinemyo/io/csv_bytes.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "kinemyo/base/random.h"
#include "kinemyo/io/csv_cells.h"

namespace kinemyo::io {
namespace {

// Odd marks of a text that is filled up to whole blocks with line feeds.
std::string odd_marks(std::string text) {
  const std::size_t size = text.size();
  text.resize((size + 63) / 64 * 64, '\n');
  std::vector<CsvBlock> blocks(text.size() / 64);
  CsvCarry carry;
  classify_csv(text.data(), blocks.size(), carry, blocks.data());
  std::string marks;
  for (std::size_t i = 0; i < size; ++i) marks += (blocks[i / 64].odd >> (i % 64)) & 1 ? '^' : '.';
  return marks;
}
bool is_odd(const std::string& cell) { return odd_marks("1," + cell + ",2").find('^') != std::string::npos; }

TEST(ClassifyCsv, FindsCellsThatAreNotPlainNumbers) {
  for (const char* plain : {"", "0", "-1", "12.5", "-0.25", "5.", "1e5", "1E-05", "2.5e+10", "-3.e2", "007"}) {
    EXPECT_FALSE(is_odd(plain)) << plain;
  }
  for (const char* odd : {"-", ".5", "-.5", "+1", "1.2.3", "1-2", "--1", "1e", "1e-", "e5", "1e5e", "1e5.0", " 1", "1 ",
                          "a", "NaN", "1.e+", "1_0", "1e+-5", "\xc3\xa4"}) {
    EXPECT_TRUE(is_odd(odd)) << odd;
  }
  EXPECT_EQ(odd_marks("1,-,2\n"), "...^..");  // the end of a cell that ended too early
}

TEST(ClassifyCsv, RemembersACellThatRunsIntoTheNextBlock) {
  for (const char* odd : {"1.2.3", "1e5.0", "1e5e6", "1-2", "1e-", "-"}) {
    for (std::size_t before = 50; before < 70; ++before) {
      EXPECT_NE(odd_marks(std::string(before, ',') + odd + ",").find('^'), std::string::npos) << odd << before;
    }
  }
  for (const char* plain : {"-12.25e-10", "100000.5"}) {
    for (std::size_t before = 50; before < 70; ++before) {
      EXPECT_EQ(odd_marks(std::string(before, ',') + plain + ",").find('^'), std::string::npos) << plain << before;
    }
  }
}

TEST(ClassifyCsv, AgreesWithHowCellsAreTyped) {
  base::Random random(3);
  const std::string letters = "0123456789...--+eE1 x";
  for (int i = 0; i < 20000; ++i) {
    std::string cell;
    for (auto n = static_cast<int>(random.uniform(1, 8)); n > 0; --n) {
      cell += letters[static_cast<std::size_t>(random.uniform(0, static_cast<double>(letters.size())))];
    }
    const Cell typed = type_cell(cell);
    if (typed.kind == CellKind::text) {
      EXPECT_TRUE(is_odd(cell)) << cell;
    }
    if (!is_odd(cell)) {
      EXPECT_EQ(typed.kind == CellKind::integer, cell.find_first_of(".eE") == cell.npos) << cell;
    }
  }
}

TEST(ClassifyCsv, FindsQuotesAndLoneCarriageReturns) {
  const auto unusual = [](std::string text) {
    text.resize(128, '\n');
    std::vector<CsvBlock> blocks(2);
    CsvCarry carry;
    classify_csv(text.data(), 2, carry, blocks.data());
    return carry.unusual;
  };
  EXPECT_FALSE(unusual("1,2\r\n3,4\r\n"));
  EXPECT_TRUE(unusual("1,2\r3,4\n"));
  EXPECT_TRUE(unusual("1,\"2\"\n"));
  EXPECT_TRUE(unusual(std::string(63, '1') + "\r2\n"));
  EXPECT_FALSE(unusual(std::string(63, '1') + "\r\n2\n"));
}

// Every instruction set against the plain loop, at every alignment.
TEST(ClassifyCsv, EqualsThePlainLoop) {
  base::Random random(1);
  const std::string letters = "0123456789,.-+eE\n\r\" x,1,2\n\xff";
  std::string text(64 * 40 + 64, '0');
  for (int round = 0; round < 50; ++round) {
    // Few letters in some rounds, so that long runs and carries occur.
    const double few = round % 2 == 0 ? static_cast<double>(letters.size()) : 4;
    for (auto& c : text) {
      c = letters[static_cast<std::size_t>(random.uniform(0, few)) + (round % 2 == 0 ? 0 : 9)];
    }
    const auto shift = static_cast<std::size_t>(round);
    const std::size_t blocks = 1 + static_cast<std::size_t>(round) % 40;
    std::vector<CsvBlock> fast(blocks), plain(blocks);
    CsvCarry fast_carry, plain_carry;
    classify_csv(text.data() + shift, blocks, fast_carry, fast.data());
    classify_csv_scalar(text.data() + shift, blocks, plain_carry, plain.data());
    for (std::size_t b = 0; b < blocks; ++b) {
      ASSERT_EQ(fast[b].lines, plain[b].lines) << round << " " << b;
      ASSERT_EQ(fast[b].commas, plain[b].commas);
      ASSERT_EQ(fast[b].odd, plain[b].odd) << round << " " << b;
      ASSERT_EQ(fast[b].comma_count, plain[b].comma_count);
    }
    ASSERT_EQ(fast_carry.unusual, plain_carry.unusual);
  }
}

}  // namespace
}  // namespace kinemyo::io
