#include "kinemyo/io/csv_scan.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <cmath>
#include <cstring>
#include <exception>
#include <limits>
#include <mutex>
#include <thread>

#include "kinemyo/io/csv_bytes.h"
#include "kinemyo/io/csv_cells.h"

namespace kinemyo::io {

namespace {

// A part and what is known of its bytes stay in a core's cache.
constexpr std::size_t kPartBytes = std::size_t{256} << 10;
// What is read beyond a part to find the end of its last row; doubled where that is not enough.
constexpr std::size_t kBeyond = std::size_t{16} << 10;
constexpr std::size_t kBlock = 64;

using MakePart = std::function<std::unique_ptr<CsvPart>()>;

bool ends_cell(char c) { return c == ',' || c == '\n' || c == '\r'; }

ColumnContent content_of(const Cell& cell, std::string_view raw) {
  switch (cell.kind) {
    case CellKind::missing: return {.missing = true};
    case CellKind::number: return {.fraction = true};
    case CellKind::integer: return {.integer = true, .large = !(std::abs(cell.value) <= kLargestExactInteger)};
    case CellKind::text: break;
  }
  if (!truth_word(raw).empty()) return {.truth = true};
  return {.text = true};
}

// Digits with at most one point among them, and no more than a double holds exactly; else nothing.
std::optional<double> plain_number(std::string_view cell) {
  static constexpr std::array<double, 16> kPowers = {1,   1e1, 1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                                     1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};
  std::uint64_t digits = 0;
  std::size_t count = 0, behind = 0;
  bool point = false;
  for (const char c : cell) {
    if (c == '.' && !point && count > 0) {
      point = true;
    } else if (c >= '0' && c <= '9' && count < kPlainDigits) {
      digits = 10 * digits + static_cast<std::uint64_t>(c - '0');
      ++count;
      behind += point ? 1 : 0;
    } else {
      return std::nullopt;
    }
  }
  if (count == 0) return std::nullopt;
  // Both are exact, so that the quotient is the nearest double: what from_chars gives.
  return static_cast<double>(digits) / kPowers[behind];
}

// Thrown inside a part that the fast way cannot read; the file is then read the careful way.
struct Unusual {};

// Columns of which an ordinary cell can still tell something new.
std::vector<std::size_t> open_columns(const std::vector<ColumnContent>& columns) {
  std::vector<std::size_t> out;
  for (std::size_t c = 0; c < columns.size(); ++c) {
    if (!columns[c].fraction && !columns[c].text) out.push_back(c);
  }
  return out;
}

// Reads one part after another; a thread has one.
class PartReader {
 public:
  PartReader(const base::RandomAccessFile& file, std::size_t key_column,
             std::vector<ColumnContent> columns)
      : file_(file), key_column_(key_column), columns_(std::move(columns)), open_(open_columns(columns_)) {}

  const std::vector<ColumnContent>& columns() const { return columns_; }

  // Shows `part` the rows that begin in [begin, end).
  void read(std::uint64_t begin, std::uint64_t end, bool begins_a_row, CsvPart& part) {
    if (!load(begin, end, begins_a_row)) return;
    classify();
    part_ = &part;
    rows_ = 0;
    walk();
  }

 private:
  // Brings whole rows into text_: size_ bytes, a line feed at the end of each row.
  bool load(std::uint64_t begin, std::uint64_t end, bool begins_a_row) {
    // The byte before tells whether a row begins at `begin`.
    const std::uint64_t from = begins_a_row ? begin : begin - 1;
    const auto nominal = static_cast<std::size_t>(end - from);
    std::size_t wanted = nominal + kBeyond, have = 0;
    for (;;) {
      buffer_.resize(std::max(buffer_.size(), wanted + 2 * kBlock));
      have += file_.read_at(from + have, {buffer_.data() + have, wanted - have});
      const bool whole = have < wanted;  // the file has ended
      // The last row to be taken holds byte nominal - 1, or ends there.
      const auto* last = static_cast<const char*>(
          have < nominal ? nullptr : std::memchr(buffer_.data() + nominal - 1, '\n', have - nominal + 1));
      if (last != nullptr) {
        size_ = static_cast<std::size_t>(last - buffer_.data()) + 1;
        break;
      }
      if (whole) {
        if (have > 0 && buffer_[have - 1] != '\n') buffer_[have++] = '\n';
        size_ = have;
        break;
      }
      wanted *= 2;
    }
    std::size_t skip = 0;
    if (!begins_a_row) {
      const auto* line = static_cast<const char*>(std::memchr(buffer_.data(), '\n', size_));
      skip = line == nullptr ? size_ : static_cast<std::size_t>(line - buffer_.data()) + 1;
    }
    if (skip >= nominal && !begins_a_row) return false;
    text_ = buffer_.data() + skip;
    size_ -= skip;
    offset_ = from + skip;
    return size_ > 0;
  }

  void classify() {
    const std::size_t count = (size_ + kBlock - 1) / kBlock;
    std::memset(text_ + size_, '\n', count * kBlock - size_);
    blocks_.resize(count);
    CsvCarry carry;
    classify_csv(text_, count, carry, blocks_.data());
    if (carry.unusual) throw Unusual{};
    if (const std::size_t rest = size_ % kBlock; rest != 0) {
      const std::uint64_t keep = (std::uint64_t{1} << rest) - 1;
      blocks_.back().lines &= keep;
      blocks_.back().odd &= keep;
    }
  }

  void walk() {
    row_begin_ = 0;
    std::size_t commas = 0;   // of the open row, in blocks before this one
    std::size_t settled = 0;  // odd bytes before this have been dealt with
    for (std::size_t b = 0; b < blocks_.size(); ++b) {
      const CsvBlock& block = blocks_[b];
      std::uint64_t events = block.lines | block.odd;
      if (events == 0) {
        commas += block.comma_count;
        continue;
      }
      std::uint64_t row_mask = ~std::uint64_t{0};
      for (; events != 0; events &= events - 1) {
        const int bit = std::countr_zero(events);
        const std::uint64_t at = std::uint64_t{1} << bit;
        const std::size_t position = b * kBlock + static_cast<std::size_t>(bit);
        const bool line = (block.lines & at) != 0;
        if (!line && position < settled) continue;
        const std::size_t column =
            commas + static_cast<std::size_t>(std::popcount(block.commas & row_mask & (at - 1)));
        if ((block.odd & at) != 0 && position >= settled) settled = look_at_odd(column, position);
        if (line) {
          end_row(position, column);
          row_begin_ = position + 1;
          commas = 0;
          row_mask = ~(at | (at - 1));
        }
      }
      commas += static_cast<std::size_t>(std::popcount(block.commas & row_mask));
    }
  }

  void add(std::size_t column, const ColumnContent& content) {
    const ColumnContent before = columns_[column];
    columns_[column].add(content);
    stale_ |= before.fraction != columns_[column].fraction || before.text != columns_[column].text;
  }

  // The cell that holds `position`, or ends there. Gives the position of its end.
  std::size_t look_at_odd(std::size_t column, std::size_t position) {
    if (column >= columns_.size()) throw Unusual{};
    std::size_t end = position;
    while (!ends_cell(text_[end])) ++end;  // every row ends with a line feed
    if (columns_[column].text && column != key_column_) return end;
    std::size_t begin = position;
    while (begin > row_begin_ && !ends_cell(text_[begin - 1])) --begin;
    const std::string_view raw(text_ + begin, end - begin);
    add(column, content_of(type_cell(raw), raw));
    return end;
  }

  // Where cell `column` of the open row begins, looked up onward from an earlier one.
  struct Spot {
    std::size_t column = 0;
    std::size_t begin = 0;
  };
  void advance(Spot& spot, std::size_t column) const {
    std::size_t missing = column - spot.column;
    if (missing == 0) return;
    std::size_t b = spot.begin / kBlock;
    std::uint64_t commas = blocks_[b].commas & (~std::uint64_t{0} << (spot.begin % kBlock));
    auto count = static_cast<std::size_t>(std::popcount(commas));
    while (count < missing) {
      missing -= count;
      ++b;
      commas = blocks_[b].commas;
      count = blocks_[b].comma_count;
    }
    for (; missing > 1; --missing) commas &= commas - 1;
    spot = {column, b * kBlock + static_cast<std::size_t>(std::countr_zero(commas)) + 1};
  }
  std::string_view cell_at(std::size_t begin) const {
    std::size_t end = begin;
    while (!ends_cell(text_[end])) ++end;
    return {text_ + begin, end - begin};
  }

  void end_row(std::size_t line_feed, std::size_t commas) {
    std::size_t end = line_feed;
    if (end > row_begin_ && text_[end - 1] == '\r') --end;
    if (end == row_begin_) return;  // an empty line is no row
    const char first = text_[row_begin_];
    // A line of blanks is no row either, but looked at cell by cell it has one.
    if (first == ' ' || first == '\t') {
      const std::string_view row(text_ + row_begin_, end - row_begin_);
      if (row.find_first_not_of(" \t") == row.npos) throw Unusual{};
    }
    if (commas >= columns_.size() || commas < key_column_) throw Unusual{};
    for (std::size_t c = commas + 1; c < columns_.size(); ++c) add(c, {.missing = true});
    Spot spot{0, row_begin_};
    for (const std::size_t c : open_) {
      if (c > commas) break;
      advance(spot, c);
      const std::string_view raw = cell_at(spot.begin);
      add(c, content_of(type_cell(raw), raw));
    }
    if (stale_) {
      open_ = open_columns(columns_);
      stale_ = false;
    }
    Spot key{0, row_begin_};
    advance(key, key_column_);
    const std::string_view cell = cell_at(key.begin);
    const auto plain = plain_number(cell);
    double value = plain.value_or(0);
    if (!plain) {
      const Cell typed = type_cell(cell);
      if (typed.kind == CellKind::text) throw Unusual{};  // the careful way says where
      value = typed.value;
    }
    part_->take({rows_++, offset_ + row_begin_, end - row_begin_}, value, plain.has_value());
  }

  const base::RandomAccessFile& file_;
  const std::size_t key_column_;
  std::vector<ColumnContent> columns_;
  std::vector<std::size_t> open_;
  bool stale_ = false;
  std::vector<char> buffer_;
  std::vector<CsvBlock> blocks_;
  char* text_ = nullptr;
  std::size_t size_ = 0;
  std::uint64_t offset_ = 0;  // of text_ in the file
  std::size_t row_begin_ = 0;
  std::size_t rows_ = 0;
  CsvPart* part_ = nullptr;
};

}  // namespace

Column::Kind ColumnContent::kind() const {
  if (text || truth) return Column::Kind::text;
  const bool whole = integer && !fraction && !missing && !large;
  return whole ? Column::Kind::integer : Column::Kind::number;
}

void ColumnContent::add(const ColumnContent& other) {
  integer |= other.integer;
  large |= other.large;
  fraction |= other.fraction;
  missing |= other.missing;
  truth |= other.truth;
  text |= other.text;
}

std::string_view truth_word(std::string_view cell) {
  if (cell == "True" || cell == "TRUE" || cell == "true") return "True";
  if (cell == "False" || cell == "FALSE" || cell == "false") return "False";
  return {};
}

CsvFile::CsvFile(const std::filesystem::path& path) : path_(path.string()), file_(path) {
  // The line of names, and with it one more byte, which shows that the line has ended.
  std::string head;
  for (std::size_t wanted = std::size_t{64} << 10;; wanted *= 4) {
    const std::size_t have = head.size();
    head.resize(wanted);
    head.resize(have + file_.read_at(have, {head.data() + have, wanted - have}));
    const bool whole = head.size() < wanted;
    try {
      CellCursor cells(path_, head);
      cells.skip_mark();
      if (!cells.next_row()) {
        if (!whole) continue;
        fail_empty(path_);
      }
      names_ = read_names(cells);
      rows_begin_ = cells.offset();
      if (whole || rows_begin_ < head.size()) return;
    } catch (const FormatError&) {  // a quote is open: where the text was cut, or for good
      if (whole) throw;
    }
  }
}

std::size_t CsvFile::column(std::string_view name) const {
  const auto found = std::find(names_.begin(), names_.end(), name);
  if (found == names_.end()) fail_no_column(path_, name, names_);
  return static_cast<std::size_t>(found - names_.begin());
}

void CsvFile::read_row(const CsvRow& row, std::string& bytes) const {
  bytes.resize(row.length);
  if (file_.read_at(row.offset, bytes) != row.length) {
    throw IoError(path_, "the file became shorter while it was read");
  }
}

CsvScan CsvFile::scan(std::size_t key_column, const MakePart& make_part) const {
  require(key_column < names_.size(), "CsvFile::scan: no such column");
  CsvScan out;
  out.columns.resize(names_.size());
  const std::uint64_t size = file_.size() - std::min(file_.size(), rows_begin_);
  const auto parts = static_cast<std::size_t>((size + kPartBytes - 1) / kPartBytes);
  for (std::size_t p = 0; p < parts; ++p) out.parts.push_back(make_part());
  if (parts == 0) return out;

  std::atomic<bool> unusual = false;
  const auto read_part = [&](PartReader& reader, std::size_t p) {
    const std::uint64_t begin = rows_begin_ + p * kPartBytes;
    reader.read(begin, std::min<std::uint64_t>(begin + kPartBytes, file_.size()), p == 0, *out.parts[p]);
  };
  try {
    // What the first part shows of the columns spares the others a look at most cells.
    PartReader first(file_, key_column, out.columns);
    read_part(first, 0);
    out.columns = first.columns();
    std::atomic<std::size_t> next = 1;
    std::mutex mutex;
    std::exception_ptr problem;
    const auto known = out.columns;
    const auto work = [&] {
      try {
        PartReader reader(file_, key_column, known);
        for (std::size_t p; !unusual && (p = next++) < parts;) read_part(reader, p);
        const std::lock_guard lock(mutex);
        for (std::size_t c = 0; c < known.size(); ++c) out.columns[c].add(reader.columns()[c]);
      } catch (const Unusual&) {
        unusual = true;
      } catch (...) {
        const std::lock_guard lock(mutex);
        problem = std::current_exception();
      }
    };
    const std::size_t cores = std::max(1u, std::thread::hardware_concurrency());
    std::vector<std::jthread> team;
    for (std::size_t t = 1; t < std::min(cores, parts - 1); ++t) team.emplace_back(work);
    if (parts > 1) work();
    team.clear();
    if (problem) std::rethrow_exception(problem);
  } catch (const Unusual&) {
    unusual = true;
  }
  return unusual ? scan_carefully(key_column, make_part) : std::move(out);
}

CsvScan CsvFile::scan_carefully(std::size_t key_column, const MakePart& make_part) const {
  const base::MappedFile mapped(file_.path());
  CellCursor cells(path_, mapped.text());
  cells.skip_mark();
  cells.next_row();
  read_names(cells);
  CsvScan out;
  out.columns.resize(names_.size());
  out.parts.push_back(make_part());
  std::size_t rows = 0, padding = 0, text_line = 0;
  std::string text_cell;
  std::string_view cell;
  while (cells.next_row()) {
    const std::uint64_t begin = cells.offset();
    std::size_t c = 0;
    double key = std::numeric_limits<double>::quiet_NaN();
    for (; cells.next_cell(cell); ++c) {
      if (c >= names_.size()) {
        if (cell.empty()) continue;
        fail_long_row(path_, cells, names_.size(), cell);
      }
      const Cell typed = type_cell(cell);
      out.columns[c].add(content_of(typed, cell));
      if (c != key_column) continue;
      key = typed.value;
      if (typed.kind == CellKind::text && text_line == 0) {
        text_line = cells.line();
        text_cell = cell;
      }
    }
    if (c < names_.size()) {
      padding += names_.size() - c;
      if (padding > kPaddingLimit + mapped.text().size()) {
        fail_short_rows(path_, cells, names_.size(), c);
      }
      for (; c < names_.size(); ++c) out.columns[c].add({.missing = true});
    }
    std::uint64_t end = cells.offset();
    while (end > begin && (mapped.text()[end - 1] == '\n' || mapped.text()[end - 1] == '\r')) --end;
    out.parts.front()->take({rows++, begin, static_cast<std::size_t>(end - begin)}, key, false);
  }
  if (text_line != 0) {
    throw FormatError(path_, Place::line_column(text_line, key_column + 1),
                      "column " + base::quoted(names_[key_column]) + " holds text", "a number",
                      base::quoted(text_cell));
  }
  return out;
}

}  // namespace kinemyo::io
