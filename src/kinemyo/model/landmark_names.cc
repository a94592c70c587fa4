#include <algorithm>

#include "kinemyo/base/text.h"
#include "kinemyo/model/aliases.h"

namespace kinemyo::model {

/// The rows of names/markers.toml of this build; written by src/kinemyo/model/CMakeLists.txt, so that the C interface's
/// library needs no parser of TOML.
const std::vector<std::vector<std::string>>& embedded_marker_names();

namespace {

std::string with_side(std::string_view pattern, char letter, std::string_view word) {
  std::string out;
  for (const char c : pattern) {
    if (c == '@') out += letter;
    else if (c == '%') out += word;
    else out += c;
  }
  return base::lower(out);
}

}  // namespace

const std::vector<std::vector<std::string>>& landmark_names() {
  static const std::vector<std::vector<std::string>> rows = [] {
    std::vector<std::vector<std::string>> out;
    for (const auto& patterns : embedded_marker_names()) {
      const bool sided = patterns[0].find_first_of("@%") != std::string::npos;
      for (const char letter : {'l', 'r'}) {
        std::vector<std::string> row;
        for (const auto& pattern : patterns) {
          auto name = with_side(pattern, letter, letter == 'l' ? "left" : "right");
          if (std::find(row.begin(), row.end(), name) == row.end()) row.push_back(std::move(name));
        }
        out.push_back(std::move(row));
        if (!sided) break;
      }
    }
    return out;
  }();
  return rows;
}

}  // namespace kinemyo::model
