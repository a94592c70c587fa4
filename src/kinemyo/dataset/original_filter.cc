#include <algorithm>
#include <cmath>

#include "kinemyo/base/text.h"
#include "kinemyo/base/threads.h"
#include "kinemyo/body/names.h"
#include "kinemyo/dataset/original.h"
#include "kinemyo/signal/gaps.h"
#include "kinemyo/signal/lanes.h"

namespace kinemyo::dataset {

namespace {

constexpr std::size_t kReach = 5;      // rows before, the row itself and 4 after
constexpr double kAssumedRate = 1000;  // Hz, whatever the real rate is
constexpr std::size_t kAverage = 40;   // samples
constexpr int kOrder = 4;

struct Neighbours {
  double sum = 0;
  double count = 0;
};

Neighbours neighbours(const std::vector<double>& values, std::size_t row) {
  Neighbours out;
  const std::size_t end = std::min(values.size(), row + kReach);
  for (std::size_t i = row < kReach ? 0 : row - kReach; i < end; ++i) {
    if (std::isnan(values[i])) continue;
    out.sum += values[i];
    out.count += 1;
  }
  return out;
}

}  // namespace

OriginalImpute impute_original(io::Table& table) {
  if (table.rows() == 0) {
    throw FormatError(table.path, Place::line(2), "the file has a line of names and no rows",
                      "rows of numbers", "the end of the file");
  }
  OriginalImpute out;
  for (auto& column : table.columns) {
    if (column.is_text()) {
      out.text_columns.push_back(column.name);
      continue;
    }
    auto& values = column.numbers;
    for (const auto& gap : signal::find_gaps(values)) {
      out.longest_gap = std::max(out.longest_gap, gap.count);
      if (gap.count == values.size()) out.empty_columns.push_back(column.name);
    }
    for (std::size_t row = 0; row < values.size(); ++row) {
      if (!std::isnan(values[row])) continue;
      const Neighbours near = neighbours(values, row);
      values[row] = near.count > 0 ? near.sum / near.count : 0;
      ++out.filled;
      out.zeros += near.count > 0 ? 0 : 1;
    }
  }
  return out;
}

std::string reason_to_skip(const io::Table& table) {
  std::vector<std::string> absent;
  for (const auto& muscle : body::original_muscles()) {
    if (!table.find(muscle)) absent.push_back(base::quoted(muscle));
  }
  if (!absent.empty()) {
    return "no column " + base::join(absent);
  }
  if (table.rows() < kAverage) {
    return std::to_string(table.rows()) + " rows, and the original's filter needs " +
           std::to_string(kAverage);
  }
  return {};
}

void filter_original(io::Table& table) {
  const std::string reason = reason_to_skip(table);
  require(reason.empty(), table.path + ": " + reason);
  using signal::Passband;
  static const auto band = signal::butterworth(kOrder, Passband::between(20, 450), kAssumedRate);
  static const auto low = signal::butterworth(kOrder, Passband::below(10), kAssumedRate);
  constexpr std::size_t n = signal::Lanes::kCount;
  const auto& muscles = body::original_muscles();
  const std::size_t rows = table.rows(), parts = (muscles.size() + n - 1) / n;
  std::vector<std::vector<double>> done(muscles.size(), std::vector<double>(rows));
  base::in_threads(parts, [&](std::size_t part) {
    const std::size_t first = part * n, end = std::min(first + n, muscles.size());
    std::vector<std::span<const double>> from;
    std::vector<std::span<double>> to;
    for (std::size_t m = first; m < end; ++m) {
      from.push_back(table.numbers(muscles[m]));
      to.push_back(done[m]);
    }
    signal::Lanes lanes(rows);
    lanes.put(from);
    signal::filtfilt(band, lanes);
    signal::rectify(lanes);
    signal::filtfilt(low, lanes);
    signal::moving_average(lanes, kAverage);
    lanes.take(to);
  });
  for (std::size_t m = 0; m < muscles.size(); ++m) {
    auto& column = table.columns[*table.find(muscles[m])];
    column.kind = io::Column::Kind::number;
    column.numbers = std::move(done[m]);
  }
}

}  // namespace kinemyo::dataset
