#pragma once

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

namespace kinemyo::base {

/// What went wrong outside the program: data, files, models. The text is for the person who meets it.
class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// A file could not be opened, read or written.
class IoError : public Error {
 public:
  IoError(std::string_view path, std::string_view what);
};

/// Where in a file something was found: a line (counted from 1), a byte offset, or a name of its own.
class Place {
 public:
  static Place line(std::size_t number);
  static Place line_column(std::size_t number, std::size_t column);
  static Place byte(std::uint64_t offset);
  static Place named(std::string name);
  const std::string& text() const { return text_; }

 private:
  explicit Place(std::string text) : text_(std::move(text)) {}
  std::string text_;
};

/// Data that is not what its format promises.
/// Text: `<path>:<place>: <what>; expected <expected>, found <found>`.
class FormatError : public Error {
 public:
  FormatError(std::string path, Place place, std::string what, std::string expected,
              std::string found);
  const std::string& path() const { return path_; }
  const Place& place() const { return place_; }

 private:
  std::string path_;
  Place place_;
};

/// States what the caller of a public function has to keep.
/// Throws std::invalid_argument with the message if the condition does not hold.
void require(bool condition, std::string_view message);

/// The text in quotes, control characters escaped, cut after `limit` characters: for messages.
std::string quoted(std::string_view text, std::size_t limit = 40);

}  // namespace kinemyo::base

namespace kinemyo {
using base::Error;
using base::FormatError;
using base::IoError;
using base::Place;
using base::require;
}  // namespace kinemyo
