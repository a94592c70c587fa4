#include "kinemyo/base/error.h"

#include <cstdio>

namespace kinemyo::base {

IoError::IoError(std::string_view path, std::string_view what)
    : Error(std::string(path) + ": " + std::string(what)) {}

Place Place::line(std::size_t number) { return Place("line " + std::to_string(number)); }

Place Place::line_column(std::size_t number, std::size_t column) {
  return Place("line " + std::to_string(number) + ", column " + std::to_string(column));
}

Place Place::byte(std::uint64_t offset) {
  char text[32];
  std::snprintf(text, sizeof text, "byte 0x%llx", static_cast<unsigned long long>(offset));
  return Place(text);
}

Place Place::named(std::string name) { return Place(std::move(name)); }

FormatError::FormatError(std::string path, Place place, std::string what, std::string expected,
                         std::string found)
    : Error(path + ":" + place.text() + ": " + what + "; expected " + expected + ", found " + found),
      path_(std::move(path)),
      place_(std::move(place)) {}

void require(bool condition, std::string_view message) {
  if (!condition) throw std::invalid_argument(std::string(message));
}

std::string quoted(std::string_view text, std::size_t limit) {
  std::string out = "\"";
  for (std::size_t i = 0; i < text.size() && i < limit; ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += static_cast<char>(c);
    } else if (c < 0x20 || c == 0x7f) {
      char escape[8];
      std::snprintf(escape, sizeof escape, "\\x%02x", c);
      out += escape;
    } else {
      out += static_cast<char>(c);
    }
  }
  out += text.size() > limit ? "...\"" : "\"";
  return out;
}

}  // namespace kinemyo::base
