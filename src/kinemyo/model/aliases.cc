#include "kinemyo/model/aliases.h"

#include "kinemyo/base/file.h"
#include "kinemyo/base/text.h"
#include "kinemyo/model/toml.h"

namespace kinemyo::model {

namespace {

constexpr const char* kLines = "[aliases], and lines like \"LeftHipFront\" = \"LASIS\"";

[[noreturn]] void fail(const std::string& path, const toml::node& at, std::string what, std::string expected, std::string found) {
  throw FormatError(path, Place::line(at.source().begin.line), std::move(what), std::move(expected), std::move(found));
}

}  // namespace

std::map<std::string, std::string> parse_aliases(const std::string& path, std::string_view text) {
  const auto table = parse_toml(path, text, kLines);
  std::map<std::string, std::string> out;
  for (const auto& [key, value] : table) {
    if (key != "aliases" || !value.is_table()) fail(path, value, "a key of a table of names", "[aliases]", std::string(key.str()));
    for (const auto& [theirs, ours] : *value.as_table()) {
      const auto name = ours.value<std::string>();
      if (!name || name->empty()) fail(path, ours, std::string(theirs.str()), "a name in quotes", "no text");
      out[std::string(theirs.str())] = *name;
    }
  }
  if (out.empty()) throw FormatError(path, Place::line(1), "a table of names without names", kLines, "none");
  return out;
}

std::map<std::string, std::string> read_aliases(const std::filesystem::path& path) { return parse_aliases(path.string(), base::read_file(path)); }

}  // namespace kinemyo::model
