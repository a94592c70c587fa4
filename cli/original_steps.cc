#include "cli/original_steps.h"

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "kinemyo/base/error.h"
#include "kinemyo/base/text.h"

namespace kinemyo::cli {

namespace fs = std::filesystem;

std::vector<fs::path> step_inputs(const fs::path& source, const std::string& ending) {
  if (!fs::exists(source)) throw IoError(source.string(), "there is no such file or folder");
  if (!fs::is_directory(source)) return {source};
  std::vector<fs::path> files;
  std::vector<std::string> others;
  for (const auto& entry : fs::directory_iterator(source)) {
    const std::string name = entry.path().filename().string();
    if (entry.is_regular_file() && name.ends_with(ending)) {
      files.push_back(entry.path());
    } else {
      others.push_back(name);
    }
  }
  std::sort(files.begin(), files.end());
  std::sort(others.begin(), others.end());
  if (!files.empty()) return files;
  const std::size_t count = others.size();
  if (count > 3) others.resize(3);
  throw Error(source.string() + ": no file is named *" + ending + "; the folder holds " +
              (count == 0 ? "nothing" : base::join(others) + (count > 3 ? ", ..." : "")));
}

void print_step(const std::vector<StepRow>& rows, bool json) {
  if (json) {
    nlohmann::ordered_json document = nlohmann::ordered_json::array();
    for (const auto& row : rows) {
      nlohmann::ordered_json one = {
          {"file", row.file}, {"rows", row.rows}, {"columns", row.columns}};
      for (const auto& [name, value] : row.notes) {
        const auto number = base::to_integer(value);
        number ? one[name] = *number : one[name] = value;
      }
      if (!row.skipped.empty()) one["skipped"] = row.skipped;
      document.push_back(std::move(one));
    }
    std::printf("%s\n", document.dump(2).c_str());
    return;
  }
  std::vector<std::string> header = {"file", "rows", "columns"};
  for (const auto& row : rows) {
    for (const auto& [name, value] : row.notes) {
      if (std::find(header.begin(), header.end(), name) == header.end()) header.push_back(name);
    }
  }
  std::vector<std::vector<std::string>> cells;
  for (const auto& row : rows) {
    std::vector<std::string> line = {row.file, std::to_string(row.rows),
                                     std::to_string(row.columns)};
    line.resize(header.size(), "-");
    for (const auto& [name, value] : row.notes) {
      line[static_cast<std::size_t>(std::find(header.begin(), header.end(), name) -
                                    header.begin())] = value;
    }
    if (row.skipped.empty()) cells.push_back(std::move(line));
  }
  print_table(header, cells);
}

void finish_step(const std::vector<StepRow>& rows, std::size_t total, bool json) {
  print_step(rows, json);
  if (rows.size() < total) {
    throw Error("stopped after " + std::to_string(rows.size()) + " of " + std::to_string(total) + "; what is written is whole");
  }
}

}  // namespace kinemyo::cli
