#pragma once

#include <string>
#include <string_view>

namespace kinemyo::model {

/// The same TOML in ASCII, line by line: letters beyond ASCII become escapes in quotes, and ? in
/// comments. toml++ 3.3 runs into code that it declares unreachable at some of them; so it never
/// sees any. Throws FormatError (line): letters beyond ASCII outside of double quotes and comments,
/// text that is not UTF-8.
std::string plain_toml(const std::string& path, std::string_view text);

}  // namespace kinemyo::model
