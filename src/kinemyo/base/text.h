#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kinemyo/base/error.h"

namespace kinemyo::base {

/// Without blanks, tabs and carriage returns at both ends.
std::string_view trim(std::string_view text);

std::string lower(std::string_view text);

/// Split at every separator; empty fields keep their place.
std::vector<std::string_view> split(std::string_view line, char separator);

/// Split at runs of blanks and tabs; no empty fields.
std::vector<std::string_view> split_blank(std::string_view line);

/// The number that the whole field spells (surrounding blanks allowed), or nothing.
/// Missing: "nan" in any case is NaN; "inf" is infinity. An empty field is no number.
std::optional<double> to_number(std::string_view field);
std::optional<long long> to_integer(std::string_view field);

/// The shortest decimal text that reads back as exactly this number; "nan" for NaN.
std::string to_text(double value);
std::string to_text(float value);

/// Hands out the lines of a text, without their ends (\n, \r\n or \r), and counts them from 1.
/// A last line without an end is a line.
class LineCursor {
 public:
  LineCursor(std::string path, std::string_view text) : path_(std::move(path)), text_(text) {}
  bool at_end() const { return offset_ >= text_.size(); }
  /// The next line, or nothing at the end.
  std::optional<std::string_view> next();
  /// The next line. Throws FormatError naming `what` if the text has ended.
  std::string_view expect(std::string_view what);
  /// The number of the line handed out last; 0 before the first.
  std::size_t line() const { return line_; }
  std::size_t offset() const { return offset_; }
  /// Whether a line end stood behind the line handed out last: without it the text may be cut.
  bool last_line_ended() const { return last_line_ended_; }
  const std::string& path() const { return path_; }
  [[noreturn]] void fail(std::string what, std::string expected, std::string found) const;

 private:
  std::string path_;
  std::string_view text_;
  std::size_t offset_ = 0;
  std::size_t line_ = 0;
  std::size_t newline_ = 0;  // the next \n at or after offset_, once looked up
  bool last_line_ended_ = true;
};

/// The candidate nearest to `name` by edit distance (case ignored), if it is near enough to be meant.
std::optional<std::string> nearest(std::string_view name, const std::vector<std::string>& candidates);

/// "a, b and c".
std::string join(const std::vector<std::string>& items, std::string_view separator = ", ");

}  // namespace kinemyo::base
