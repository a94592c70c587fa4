#include "kinemyo/io/csv_scan.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include <filesystem>

#include "kinemyo/base/random.h"
#include "kinemyo/base/text.h"
#include "kinemyo/io/csv_cells.h"

namespace kinemyo::io {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;

struct Rows : CsvPart {
  void take(const CsvRow& row, double key, bool) override {
    rows.push_back(row);
    keys.push_back(key);
  }
  std::vector<CsvRow> rows;
  std::vector<double> keys;
};

class CsvScanTest : public testing::Test {
 protected:
  ~CsvScanTest() override { fs::remove(path_); }

  void write(const std::string& text) { base::write_file(path_, text); }

  // The table that a scan and the rows' own bytes give, written by format_csv's rules; or what is thrown.
  std::string scanned(const std::string& text, std::size_t key = 0) {
    write(text);
    try {
      const CsvFile file(path_);
      const CsvScan scan = file.scan(key, [] { return std::make_unique<Rows>(); });
      std::string out, bytes;
      for (std::size_t c = 0; c < file.names().size(); ++c) {
        if (c > 0) out += ',';
        append_text(out, file.names()[c]);
      }
      out += '\n';
      std::vector<std::string_view> cells;
      std::vector<std::string> scratch;
      for (const auto& part : scan.parts) {
        for (const auto& row : static_cast<const Rows&>(*part).rows) {
          file.read_row(row, bytes);
          split_row(bytes, cells, scratch);
          const auto begin = out.size();
          for (std::size_t c = 0; c < file.names().size(); ++c) {
            if (c > 0) out += ',';
            if (c < cells.size()) append_cell(out, cells[c], scan.columns[c].kind());
          }
          if (out.size() == begin) out += "\"\"";
          out += '\n';
        }
      }
      return out;
    } catch (const Error& problem) {
      return problem.what();
    }
  }
  // The same by way of a table in memory.
  std::string parsed(const std::string& text, std::size_t key = 0) {
    try {
      const Table table = parse_csv(text, path_.string());
      table.numbers(table.columns.at(key).name);
      return format_csv(table);
    } catch (const Error& problem) {
      return problem.what();
    }
  }

  const fs::path path_ = fs::path(testing::TempDir()) / ("kinemyo_scan_" + std::to_string(::getpid()) + ".csv");
};

TEST_F(CsvScanTest, IsWhatParseCsvFinds) {
  for (const char* text : {
           "a,b\n1,2\n3,4\n", "a,b\n1,2\n3,4.50\n", "a,b\n1,x\n3,4.50\n", "a,b\n1,\n3,4\n", "a,b\n1\n3,4\n",
           "a,b\n1,2,\n3,4\n", "a,b\n1,2,9\n3,4\n", "a\n1\n\n2\n  \n3", "a,b\r\n1,2\r\n3,x", "a,b\r1,2\r3,4\r",
           "a,b\n1,\"x\ny\"\n2,\"say \"\"hi\"\"\"\n", "a,b\n1,True\n2,false\n3,\n", "a,b\n1,True\n2,1\n",
           "a,b\n1,9007199254740993\n2,5\n", "a,b\n1,1e5\n2,1e-7\n3,0.00001\n4,100000.0\n5,1.\n6,.5\n7,+5\n8, 6\n9,-0\n",
           "a,b\n1,-\n2,--\n", "a,b\n1,0.000123\n2,123456789012345678\n3,0.10000000000000000555\n", "a,a,\n1,2,3\n",
           "\xef\xbb\xbf" "a,b\n1,2\n", "a,b\n1,NaN\n2,NA\n3,nan\n4,inf\n5,-Infinity\n", "a,b\nx,1\n", "", "\n\n", "a,b\n",
           "a,b\n1,\"open\n", "a,b\n,1\n2,3\n", "a,b\n1,0\n2,00\n3,-0.0\n4,0.0\n5,0.00\n", "a\n\"\"\n1\n",
           "a,b\n1,\"\xef\xbb\xbfx\"\n\xef\xbb\xbf,\"\"\n"}) {
    for (const std::size_t key : {0u, 1u}) {
      if (key == 1 && std::string(text).substr(0, std::string(text).find_first_of("\r\n")).find(',') == std::string::npos) continue;
      EXPECT_EQ(scanned(text, key), parsed(text, key)) << base::quoted(text, 200) << " key " << key;
    }
  }
}

TEST_F(CsvScanTest, IsWhatParseCsvFindsInRandomText) {
  base::Random random(2);
  const std::vector<std::string> cells = {"1", "2.5", "", "-3", "1e-5", "x", "True", "NaN", "12.50", "0", "7", "8", "9"};
  for (int round = 0; round < 300; ++round) {
    // Later rounds have more kinds of cells, few of them odd.
    const double kinds = 2 + round % 12;
    std::string text = "k,a,b,c\n";
    for (int row = 0; row < 40; ++row) {
      text += std::to_string(row);
      for (int c = 0; c < 3; ++c) {
        text += ',';
        text += cells[static_cast<std::size_t>(random.uniform(0, std::min(kinds, 13.0)))];
      }
      text += random.uniform() < 0.02 ? "\r\n" : "\n";
    }
    ASSERT_EQ(scanned(text), parsed(text)) << text;
  }
}

TEST_F(CsvScanTest, IsWhatParseCsvFindsHoweverTheFileIsCut) {
  const std::string text = "k,\"a\",b\n0.5,1,x\n1,2.25,\r\n-2,\"3\",NaN\n";
  for (std::size_t n = 0; n <= text.size(); ++n) {
    EXPECT_EQ(scanned(text.substr(0, n)), parsed(text.substr(0, n))) << n;
  }
}

TEST_F(CsvScanTest, ReadsPartsOfALargeFileInOrder) {
  // Rows of many lengths, so that parts begin anywhere in them.
  std::string text = "Time,a,b\n";
  for (int i = 0; i < 40000; ++i) {
    text += std::to_string(i) + "," + std::string(static_cast<std::size_t>(i % 13), '1') + "," +
            (i == 39000 ? "word" : "0.5") + "\n";
  }
  write(text);
  const CsvFile file(path_);
  const CsvScan scan = file.scan(file.column("Time"), [] { return std::make_unique<Rows>(); });
  EXPECT_GT(scan.parts.size(), 2u);
  std::size_t expected = 0;
  std::string bytes;
  for (const auto& part : scan.parts) {
    const auto& rows = static_cast<const Rows&>(*part);
    for (std::size_t r = 0; r < rows.rows.size(); ++r, ++expected) {
      EXPECT_EQ(rows.rows[r].number, r);
      ASSERT_EQ(rows.keys[r], static_cast<double>(expected));
      file.read_row(rows.rows[r], bytes);
      ASSERT_TRUE(bytes.starts_with(std::to_string(expected) + ",")) << bytes;
    }
  }
  EXPECT_EQ(expected, 40000u);
  EXPECT_EQ(scan.columns[2].kind(), Column::Kind::text);
  EXPECT_EQ(scanned(text), parsed(text));
  // One row longer than a part, and no line end behind the last.
  text = "Time,a\n1," + std::string(700000, '7') + "x\n2,y\n3," + std::string(300000, ' ');
  EXPECT_EQ(scanned(text), parsed(text));
}

TEST_F(CsvScanTest, RefusesAColumnThatIsNotThere) {
  write("Tme,a\n1,2\n");
  try {
    CsvFile(path_).column("Time");
    FAIL();
  } catch (const Error& problem) {
    EXPECT_EQ(problem.what(), path_.string() + ": no column is named \"Time\"; the nearest is \"Tme\"");
  }
}

}  // namespace
}  // namespace kinemyo::io
