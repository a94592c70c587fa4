// A file that is scanned part by part holds what a table in memory holds, or is refused with the same words.
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "kinemyo/io/csv_cells.h"
#include "kinemyo/io/csv_scan.h"

namespace {

using namespace kinemyo;

struct Count : io::CsvPart {
  void take(const io::CsvRow&, double, bool) override { ++rows; }
  std::size_t rows = 0;
};

std::string by_scan(const std::filesystem::path& path) try {
  const io::CsvFile file(path);
  const auto scan = file.scan(0, [] { return std::make_unique<Count>(); });
  std::size_t rows = 0;
  for (const auto& part : scan.parts) rows += static_cast<const Count&>(*part).rows;
  std::string out = std::to_string(rows);
  for (std::size_t c = 0; c < scan.columns.size(); ++c) {
    const auto kind = rows == 0 ? io::Column::Kind::number : scan.columns[c].kind();
    out += file.names()[c] + std::to_string(static_cast<int>(kind));
  }
  return out;
} catch (const Error& problem) {
  return problem.what();
}

std::string by_table(std::string_view text, const std::filesystem::path& path) try {
  const auto table = io::parse_csv(text, path.string());
  table.numbers(table.columns.at(0).name);
  std::string out = std::to_string(table.rows());
  for (const auto& column : table.columns) out += column.name + std::to_string(static_cast<int>(column.kind));
  return out;
} catch (const Error& problem) {
  return problem.what();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto path =
      std::filesystem::temp_directory_path() / ("kinemyo_scan_fuzz_" + std::to_string(::getpid()) + ".csv");
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  std::ofstream(path, std::ios::binary) << text;  // base::write_file waits for the disk
  const bool equal = by_scan(path) == by_table(text, path);
  std::filesystem::remove(path);
  if (!equal) std::abort();
  return 0;
}
