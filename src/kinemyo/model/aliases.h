#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace kinemyo::model {

/// Names of one landmark in the marker sets that laboratories use (names/markers.toml, carried in the program), in lower case.
const std::vector<std::vector<std::string>>& landmark_names();

/// A user's own table: names in his files to names that kinemyo knows; docs/formats/aliases.md.
/// Throws FormatError (line): no table `aliases`, other keys, values that are no text. IoError.
std::map<std::string, std::string> read_aliases(const std::filesystem::path& path);
std::map<std::string, std::string> parse_aliases(const std::string& path, std::string_view text);

}  // namespace kinemyo::model
