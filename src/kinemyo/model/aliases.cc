#include "kinemyo/model/aliases.h"

#include <algorithm>

#include "kinemyo/base/file.h"
#include "kinemyo/base/text.h"
#include "kinemyo/model/plain_toml.h"

// As in recipe.cc: the assertions of toml++ stay on, and throw.
#undef NDEBUG
#define TOML_ASSERT(condition) ((condition) ? void() : throw ParserGaveUp{})
#define TOML_EXCEPTIONS 1
namespace {
struct ParserGaveUp {};
}  // namespace
#include <toml++/toml.h>

namespace kinemyo::model {

/// names/markers.toml of this build; written by src/kinemyo/model/CMakeLists.txt.
std::string_view embedded_marker_names();

namespace {

toml::table parse_table(const std::string& path, std::string_view text) {
  try {
    return toml::parse(plain_toml(path, text), std::string_view(path));
  } catch (const toml::parse_error& problem) {
    throw FormatError(path, Place::line(problem.source().begin.line), "this is no TOML", "lines like \"LeftHipFront\" = \"LASIS\" below [aliases]", std::string(problem.description()));
  } catch (const ParserGaveUp&) {
    throw FormatError(path, Place::line(1), "this is no TOML", "lines like \"LeftHipFront\" = \"LASIS\" below [aliases]", "a text that breaks its rules");
  }
}

[[noreturn]] void fail(const std::string& path, const toml::node& at, std::string what, std::string expected, std::string found) {
  throw FormatError(path, Place::line(at.source().begin.line), std::move(what), std::move(expected), std::move(found));
}

std::string with_side(std::string_view pattern, char letter, std::string_view word) {
  std::string out;
  for (const char c : pattern) {
    if (c == '@') out += letter;
    else if (c == '%') out += word;
    else out += c;
  }
  return base::lower(out);
}

std::vector<std::string> names_of(const toml::table& landmark) {
  std::vector<std::string> out;
  for (const auto& [set, value] : landmark) {
    if (const auto* list = value.as_array()) {
      for (const auto& one : *list) out.push_back(one.value_or(std::string()));
    } else {
      out.push_back(value.value_or(std::string()));
    }
  }
  return out;
}

}  // namespace

const std::vector<std::vector<std::string>>& landmark_names() {
  static const std::vector<std::vector<std::string>> rows = [] {
    std::vector<std::vector<std::string>> out;
    const auto table = parse_table("names/markers.toml", embedded_marker_names());
    const auto* landmarks = table["landmark"].as_array();
    for (const auto& one : *landmarks) {
      const auto patterns = names_of(*one.as_table());
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

std::map<std::string, std::string> parse_aliases(const std::string& path, std::string_view text) {
  const auto table = parse_table(path, text);
  std::map<std::string, std::string> out;
  for (const auto& [key, value] : table) {
    if (key != "aliases" || !value.is_table()) fail(path, value, "a key of a table of names", "[aliases]", std::string(key.str()));
    for (const auto& [theirs, ours] : *value.as_table()) {
      const auto name = ours.value<std::string>();
      if (!name || name->empty()) fail(path, ours, std::string(theirs.str()), "a name in quotes", "no text");
      out[std::string(theirs.str())] = *name;
    }
  }
  if (out.empty()) throw FormatError(path, Place::line(1), "a table of names without names", "[aliases], and lines like \"LeftHipFront\" = \"LASIS\"", "none");
  return out;
}

std::map<std::string, std::string> read_aliases(const std::filesystem::path& path) { return parse_aliases(path.string(), base::read_file(path)); }

}  // namespace kinemyo::model
