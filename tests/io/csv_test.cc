#include "kinemyo/io/csv.h"

#include <gmock/gmock.h>

#include <cmath>
#include <fstream>
#include <limits>

#include "kinemyo/base/file.h"
#include "real_data.h"

namespace kinemyo::io {
namespace {

using testing::ElementsAre;
using Kind = Column::Kind;

std::string message(const std::string& text) {
  try {
    parse_csv(text, "t.csv");
  } catch (const FormatError& problem) {
    return problem.what();
  }
  return "no error";
}

std::string golden(const std::string& name) {
  return base::read_file(std::string(KINEMYO_GOLDEN_DIR) + "/io/" + name);
}

// tests/golden/io/make_csv.py made the files with pandas 1.5.3.
TEST(Csv, TypesColumnsAsPandasDoes) {
  const Table table = parse_csv(golden("typed.csv"), "typed.csv");
  std::string kinds;
  for (const auto& column : table.columns) {
    kinds += column.kind == Kind::number ? "number\n" : column.kind == Kind::integer ? "integer\n" : "text\n";
  }
  EXPECT_EQ(kinds, golden("typed_kinds.txt"));
}

TEST(Csv, WritesWhatPandasWrites) {
  EXPECT_EQ(format_csv(parse_csv(golden("typed.csv"), "typed.csv")), golden("typed_pandas.csv"));
}

TEST(Csv, ReadsItsOwnWriting) {
  const std::string once = format_csv(parse_csv(golden("typed.csv"), "a"));
  EXPECT_EQ(format_csv(parse_csv(once, "b")), once);
}

TEST(Csv, KeepsBlankCellsInTheirPlace) {
  const Table table = parse_csv("a,b,c\n1,,3\n,2,", "t.csv");
  ASSERT_EQ(table.rows(), 2u);
  EXPECT_TRUE(std::isnan(table.numbers("b")[0]));
  EXPECT_EQ(table.numbers("c")[0], 3.0);
  EXPECT_EQ(table.numbers("b")[1], 2.0);
  EXPECT_TRUE(std::isnan(table.numbers("c")[1]));
  EXPECT_EQ(table.columns[2].kind, Kind::number);
}

TEST(Csv, TakesEveryLineEndQuotesAndByteOrderMark) {
  const Table table = parse_csv("\xef\xbb\xbf\"a\",b\r\"1\",\"x\ny\"\r\n\n  \n2,\"say \"\"hi\"\"\"z", "t.csv");
  EXPECT_EQ(table.columns[0].name, "a");
  EXPECT_THAT(table.columns[0].numbers, ElementsAre(1, 2));
  EXPECT_THAT(table.columns[1].texts, ElementsAre("x\ny", "say \"hi\"z"));
}

// Of two marks one is the file's, the other the first name's; written alone it would be lost.
TEST(Csv, AMarkThatBelongsToANameIsKept) {
  const auto once = format_csv(parse_csv("\xef\xbb\xbf\xef\xbb\xbfTime,a\n1,2\n", "x.csv"));
  EXPECT_EQ(once, "\"\xef\xbb\xbfTime\",a\n1,2\n");
  EXPECT_EQ(format_csv(parse_csv(once, "x.csv")), once);
}

TEST(Csv, NotesShortRowsAndACutEnd) {
  const Table whole = parse_csv("a,b\n1\n2,3\n", "t.csv");
  EXPECT_EQ(whole.short_rows, 1u);
  EXPECT_FALSE(whole.cut);
  const Table cut = parse_csv("a,b\n1,2\n3", "t.csv");
  EXPECT_EQ(cut.short_rows, 1u);
  EXPECT_TRUE(cut.cut);
}

TEST(Csv, HeaderAloneIsATableWithoutRows) {
  EXPECT_EQ(parse_csv("a,b\n", "t.csv").rows(), 0u);
}

TEST(Csv, SaysWhatIsWrongAndWhere) {
  EXPECT_EQ(message(""), "t.csv:line 1: the file is empty; expected a line of column names, found nothing");
  EXPECT_EQ(message("a,b\n1,2\n\n1,2,3\n"),
            "t.csv:line 4, column 3: a row has more cells than the first line has names; expected 2 cells, found \"3\"");
  EXPECT_EQ(message("a,b\n1,\"2\n3,4\n"),
            "t.csv:line 2, column 2: a quote is never closed; expected a second \", found \"2\\x0a3,4\\x0a\"");
  const Table table = parse_csv("Time,knee\n0,1\n\n1,1.2x\n", "t.csv");
  try {
    table.numbers("knee");
    FAIL();
  } catch (const FormatError& problem) {
    EXPECT_STREQ(problem.what(), "t.csv:line 4, column 2: column \"knee\" holds text; expected a number, found \"1.2x\"");
  }
  try {
    table.column("Tme");
    FAIL();
  } catch (const Error& problem) {
    EXPECT_STREQ(problem.what(), "t.csv: no column is named \"Tme\"; the nearest is \"Time\"");
  }
}

TEST(Csv, RefusesRowsFarShorterThanTheFirst) {
  std::string text(5000, ',');
  for (int i = 0; i < 5000; ++i) text += "\n1";
  EXPECT_THAT(message(text), testing::HasSubstr("rows are much shorter than the first line"));
}

TEST(Csv, EveryTruncationIsReadOrRefused) {
  const std::string text = golden("typed.csv");
  for (std::size_t n = 0; n < text.size(); ++n) {
    try {
      const Table table = parse_csv(std::string_view(text).substr(0, n), "t.csv");
      for (const auto& column : table.columns) ASSERT_EQ(column.rows(), table.rows()) << n;
    } catch (const FormatError&) {
    }
  }
}

TEST(Csv, EveryFlippedByteIsReadOrRefused) {
  std::string text = golden("typed.csv");
  for (std::size_t n = 0; n < text.size(); ++n) {
    for (const int bit : {1, 4, 128}) {
      text[n] = static_cast<char>(text[n] ^ bit);
      try {
        const Table table = parse_csv(text, "t.csv");
        for (const auto& column : table.columns) ASSERT_EQ(column.rows(), table.rows()) << n;
      } catch (const FormatError&) {
      }
      text[n] = static_cast<char>(text[n] ^ bit);
    }
  }
}

TEST(Csv, LoneCellsOfBlanksReadBackAsThemselves) {
  Table table;
  table.columns = {{.name = " ", .kind = Column::Kind::text, .texts = {"  ", "", "\t", "a"}}};
  const auto again = parse_csv(format_csv(table), "t.csv");
  ASSERT_EQ(again.columns.size(), 1u);
  EXPECT_EQ(again.columns[0].name, " ");
  EXPECT_EQ(again.columns[0].texts, table.columns[0].texts);
}

TEST(Csv, RefusesToWriteColumnsOfDifferentLength) {
  Table table;
  table.columns = {{.name = "a", .numbers = {1, 2}}, {.name = "b", .numbers = {1}}};
  EXPECT_THROW(format_csv(table), std::invalid_argument);
}

TEST(AppendNumber, WritesAsPythonsRepr) {
  const auto text = [](double value) {
    std::string out;
    append_number(out, value);
    return out;
  };
  EXPECT_EQ(text(12), "12.0");
  EXPECT_EQ(text(-0.0), "-0.0");
  EXPECT_EQ(text(0.1), "0.1");
  EXPECT_EQ(text(1e15), "1000000000000000.0");
  EXPECT_EQ(text(1e16), "1e+16");
  EXPECT_EQ(text(0.0001), "0.0001");
  EXPECT_EQ(text(0.00001), "1e-05");
  EXPECT_EQ(text(std::numeric_limits<double>::infinity()), "inf");
  EXPECT_EQ(text(std::nan("")), "");
}

TEST(Csv, RoundTripsTheOriginalsFilesByteForByte) {
  KINEMYO_REAL_DATA(folder, "original_case/expected");
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (entry.path().extension() != ".csv") continue;
    EXPECT_TRUE(format_csv(read_csv(entry.path())) == base::read_file(entry.path())) << entry.path();
    ++files;
  }
  EXPECT_EQ(files, 6u);
}

}  // namespace
}  // namespace kinemyo::io
