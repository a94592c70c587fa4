#pragma once

#include <string>
#include <string_view>

#include "kinemyo/model/plain_toml.h"

// toml++ 3.3 meets some broken texts ("[!", "a=[}") with an assertion: its assertions stay on, and throw.
#undef NDEBUG
namespace kinemyo::model {
struct ParserGaveUp {};
}  // namespace kinemyo::model
#define TOML_ASSERT(condition) ((condition) ? void() : throw ::kinemyo::model::ParserGaveUp{})
#define TOML_EXCEPTIONS 1
#include <toml++/toml.h>

namespace kinemyo::model {

/// A text as TOML; `expected` is for the message. Included by what is compiled with -Wno-terminate alone (CMakeLists.txt).
/// Throws FormatError (line): text that is no TOML.
inline toml::table parse_toml(const std::string& path, std::string_view text, const std::string& expected) {
  try {
    return toml::parse(plain_toml(path, text), std::string_view(path));
  } catch (const toml::parse_error& problem) {
    throw FormatError(path, Place::line(problem.source().begin.line), "not valid TOML", expected, base::quoted(problem.description(), 200));
  } catch (const ParserGaveUp&) {
    throw FormatError(path, Place::named("text"), "not valid TOML", expected, "brackets or names out of place");
  }
}

}  // namespace kinemyo::model
