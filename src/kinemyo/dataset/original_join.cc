#include "kinemyo/dataset/original_join.h"

#include <algorithm>
#include <set>
#include <thread>

#include "kinemyo/base/file.h"
#include "kinemyo/base/threads.h"
#include "kinemyo/io/csv_cells.h"

namespace kinemyo::dataset {

namespace {

namespace fs = std::filesystem;
using io::Column;
using Kind = io::Column::Kind;

constexpr std::size_t kRowsAThread = 512;  // put together before they are written

// One column of the union: where each table has it, and how its cells are written.
struct UnionColumn {
  std::string name;
  Kind kind = Kind::integer;
  std::vector<std::optional<std::size_t>> in;  // a table each
};

// The kind of a column follows from all the rows of all the tables, not from those that meet.
template <typename KindOf>
std::vector<UnionColumn> unite(const std::vector<NamesOf>& tables, KindOf kind_of) {
  std::vector<UnionColumn> out;
  std::unordered_map<std::string, std::size_t> index;
  for (const auto& name : union_of_names(tables)) {
    index.emplace(name, out.size());
    out.push_back({.name = name, .in = std::vector<std::optional<std::size_t>>(tables.size())});
  }
  for (std::size_t t = 0; t < tables.size(); ++t) {
    for (std::size_t c = 0; c < tables[t].names.size(); ++c) out[index[tables[t].names[c]]].in[t] = c;
    for (auto& column : out) {
      const Kind kind = column.in[t] ? kind_of(t, *column.in[t]) : Kind::number;
      if (kind == Kind::text || column.kind == Kind::text) {
        column.kind = Kind::text;
      } else if (kind == Kind::number) {
        column.kind = Kind::number;
      }
    }
  }
  return out;
}

void append_cell(std::string& out, const Column& column, std::size_t row, Kind united) {
  if (column.is_text()) {
    io::append_cell(out, column.texts[row], Kind::text);
  } else if (column.kind == Kind::integer && united != Kind::number) {
    out += std::to_string(static_cast<long long>(column.numbers[row]));
  } else {
    io::append_number(out, column.numbers[row]);
  }
}

// Writes the joined rows. All that it holds is the rows that it works on.
class Joiner {
 public:
  Joiner(const std::vector<TrialFile>& trials, const Frames& frames, std::vector<UnionColumn> left,
         std::vector<UnionColumn> right)
      : trials_(trials), frames_(frames), left_(std::move(left)), right_(std::move(right)) {
    std::erase_if(right_, [](const UnionColumn& column) { return column.name == "Timestamp"; });
    // How a cell of a trial is written: as its own file's column is where the union is text.
    for (std::size_t t = 0; t < trials_.size(); ++t) {
      auto& kinds = kinds_.emplace_back();
      for (const auto& column : left_) {
        const bool own = column.kind == Kind::text && column.in[t];
        kinds.push_back(own ? trials_[t].columns[*column.in[t]].kind() : column.kind);
      }
    }
  }

  std::size_t columns() const { return left_.size() + right_.size(); }

  std::string header() const {
    std::set<std::string> of_left, of_right;
    for (const auto& column : left_) of_left.insert(column.name);
    for (const auto& column : right_) of_right.insert(column.name);
    std::string out;
    for (const auto& column : left_) {
      if (!out.empty()) out += ',';
      io::append_text(out, column.name + (of_right.contains(column.name) ? "_x" : ""));
    }
    for (const auto& column : right_) {
      out += ',';
      io::append_text(out, column.name + (of_left.contains(column.name) ? "_y" : ""));
    }
    return out + '\n';
  }

  void write(const std::vector<Met>& rows, const fs::path& path) const {
    base::AtomicFile file(path);
    file.write(header());
    const std::size_t team_size = std::max(1u, std::thread::hardware_concurrency());
    std::vector<std::string> texts(team_size);
    for (std::size_t first = 0; first < rows.size(); first += team_size * kRowsAThread) {
      base::in_threads(team_size, [&](std::size_t t) {
        const std::size_t begin = std::min(rows.size(), first + t * kRowsAThread);
        texts[t].clear();
        append_rows(texts[t], rows, begin, std::min(rows.size(), begin + kRowsAThread));
      });
      for (const auto& text : texts) file.write(text);
    }
    file.commit();
  }

 private:
  void append_rows(std::string& out, const std::vector<Met>& rows, std::size_t begin,
                   std::size_t end) const {
    std::string bytes;
    std::vector<std::string_view> cells;
    std::vector<std::string> scratch;
    for (std::size_t r = begin; r < end; ++r) {
      const Met& met = rows[r];
      trials_[met.file].file.read_row(met.row, bytes);
      io::split_row(bytes, cells, scratch);
      append_left(out, met, cells);
      const auto [table, row] = frames_.at.at(met.stamp);
      for (const auto& column : right_) {
        out += ',';
        if (column.in[table]) {
          append_cell(out, frames_.tables[table].columns[*column.in[table]], row, column.kind);
        }
      }
      out += '\n';
    }
  }

  void append_left(std::string& out, const Met& met, const std::vector<std::string_view>& cells) const {
    const TrialFile& trial = trials_[met.file];
    const auto& kinds = kinds_[met.file];
    for (std::size_t c = 0; c < left_.size(); ++c) {
      if (c > 0) out += ',';
      const auto at = left_[c].in[met.file];
      if (!at) continue;
      const std::string_view cell = *at < cells.size() ? cells[*at] : std::string_view();
      if (left_[c].name == "Timestamp") {
        out += std::to_string(met.stamp);
      } else if (kinds[c] == Kind::text && trial.columns[*at].truth_alone()) {
        out += io::truth_word(cell);
      } else {
        io::append_cell(out, cell, kinds[c]);
      }
    }
  }

  const std::vector<TrialFile>& trials_;
  const Frames& frames_;
  std::vector<UnionColumn> left_, right_;
  std::vector<std::vector<Kind>> kinds_;  // trial x column of left_
};

}  // namespace

std::vector<std::string> union_of_names(const std::vector<NamesOf>& tables) {
  std::vector<std::string> names;
  std::set<std::string> seen;
  for (const auto& table : tables) {
    for (const auto& name : table.names) {
      if (seen.insert(name).second) names.push_back(name);
    }
  }
  return names;
}

std::size_t write_joined(const std::vector<TrialFile>& trials, const Frames& frames,
                         const std::vector<NamesOf>& trial_names, const std::vector<NamesOf>& frame_names,
                         const std::vector<Met>& rows, const fs::path& path) {
  const Joiner joiner(
      trials, frames,
      unite(trial_names, [&](std::size_t t, std::size_t c) { return trials[t].columns[c].kind(); }),
      unite(frame_names, [&](std::size_t t, std::size_t c) { return frames.tables[t].columns[c].kind; }));
  joiner.write(rows, path);
  return joiner.columns();
}

}  // namespace kinemyo::dataset
