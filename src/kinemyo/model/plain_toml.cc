#include "kinemyo/model/plain_toml.h"

#include <cstdint>
#include <cstdio>

#include "kinemyo/base/text.h"

namespace kinemyo::model {

namespace {

// Bytes of the UTF-8 character that begins here, or 0 where none does.
std::size_t utf8_length(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text.front());
  const std::size_t length = lead >= 0xf0 && lead < 0xf5   ? 4
                             : lead >= 0xe0 && lead < 0xf0 ? 3
                             : lead >= 0xc2 && lead < 0xe0 ? 2
                                                           : 0;
  if (length > text.size()) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((static_cast<unsigned char>(text[i]) & 0xc0) != 0x80) return 0;
  }
  return length;
}

std::string escape(std::string_view character) {
  std::uint32_t code =
      static_cast<unsigned char>(character.front()) & (0xff >> (character.size() + 1));
  for (const char c : character.substr(1))
    code = code << 6 | (static_cast<unsigned char>(c) & 0x3f);
  char text[16];
  std::snprintf(text, sizeof text, "\\U%08X", static_cast<unsigned>(code));
  return text;
}

std::string plain_line(const base::LineCursor& lines, std::string_view line) {
  std::string out;
  char within = '\0';  // the quote that is open, or # in a comment
  for (std::size_t i = 0; i < line.size();) {
    const char c = line[i];
    if (static_cast<unsigned char>(c) >= 0x80) {
      const auto length = utf8_length(line.substr(i));
      if (length == 0) lines.fail("not valid TOML", "UTF-8", base::quoted(line));
      if (within != '"' && within != '#') {
        lines.fail("not valid TOML", "letters beyond ASCII in double quotes only",
                   base::quoted(line));
      }
      out += within == '#' ? "?" : escape(line.substr(i, length));
      i += length;
      continue;
    }
    out += c;
    ++i;
    if (within == '"' && c == '\\' && i < line.size() &&
        static_cast<unsigned char>(line[i]) < 0x80) {
      out += line[i++];  // an escaped quote does not close
    } else if (within == c && c != '#') {
      within = '\0';
    } else if (within == '\0' && (c == '"' || c == '\'' || c == '#')) {
      within = c;
    }
  }
  return out;
}

}  // namespace

std::string plain_toml(const std::string& path, std::string_view text) {
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);  // byte order mark
  std::string out;
  base::LineCursor lines(path, text);
  while (const auto line = lines.next()) {
    out += plain_line(lines, *line);
    out += '\n';
  }
  return out;
}

}  // namespace kinemyo::model
