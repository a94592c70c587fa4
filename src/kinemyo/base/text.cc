#include "kinemyo/base/text.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <limits>

namespace kinemyo::base {

namespace {

constexpr std::string_view kBlanks = " \t\r\n";

char lower_char(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

template <typename T>
std::string shortest(T value) {
  if (std::isnan(value)) return "nan";
  char buffer[64];
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, value).ptr;
  return {buffer, end};
}

}  // namespace

std::string_view trim(std::string_view text) {
  const auto first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), lower_char);
  return out;
}

std::vector<std::string_view> split(std::string_view line, char separator) {
  std::vector<std::string_view> fields;
  std::size_t begin = 0;
  for (;;) {
    const auto end = line.find(separator, begin);
    fields.push_back(line.substr(begin, end - begin));
    if (end == std::string_view::npos) return fields;
    begin = end + 1;
  }
}

std::vector<std::string_view> split_blank(std::string_view line) {
  std::vector<std::string_view> fields;
  for (std::size_t begin = line.find_first_not_of(kBlanks); begin != std::string_view::npos;) {
    const auto end = line.find_first_of(kBlanks, begin);
    fields.push_back(line.substr(begin, end - begin));
    begin = line.find_first_not_of(kBlanks, end);
  }
  return fields;
}

std::optional<double> to_number(std::string_view field) {
  field = trim(field);
  if (!field.empty() && field.front() == '+') {
    field.remove_prefix(1);
    if (!field.empty() && field.front() == '-') return std::nullopt;
  }
  if (field.empty()) return std::nullopt;
  double value = 0;
  const auto [end, problem] = std::from_chars(field.data(), field.data() + field.size(), value);
  if (end != field.data() + field.size()) return std::nullopt;
  if (problem == std::errc::result_out_of_range) {
    // Too small is zero, too large is no number that a measurement holds.
    const auto e = lower(field).find("e-");
    return e != std::string::npos ? std::optional<double>(0.0) : std::nullopt;
  }
  if (problem != std::errc()) return std::nullopt;
  return value;
}

std::optional<long long> to_integer(std::string_view field) {
  field = trim(field);
  if (!field.empty() && field.front() == '+') field.remove_prefix(1);
  long long value = 0;
  const auto [end, problem] = std::from_chars(field.data(), field.data() + field.size(), value);
  if (problem != std::errc() || end != field.data() + field.size() || field.empty()) {
    return std::nullopt;
  }
  return value;
}

std::string to_text(double value) { return shortest(value); }
std::string to_text(float value) { return shortest(value); }

std::optional<std::string_view> LineCursor::next() {
  if (at_end()) return std::nullopt;
  // Two searches for one character each are many times faster than one search for a set of two.
  if (newline_ < offset_ || line_ == 0) {
    newline_ = std::min(text_.find('\n', offset_), text_.size());
  }
  auto out = text_.substr(offset_, newline_ - offset_);
  const auto carriage = out.find('\r');
  if (carriage != out.npos) out = out.substr(0, carriage);
  const auto end = offset_ + out.size();
  last_line_ended_ = end < text_.size();
  const bool pair = carriage != out.npos && end + 1 == newline_ && newline_ < text_.size();
  offset_ = std::min(end + (pair ? 2 : 1), text_.size());
  ++line_;
  return out;
}

std::string_view LineCursor::expect(std::string_view what) {
  if (const auto found = next()) return *found;
  throw FormatError(path_, Place::line(line_ + 1), "the file ends too early", std::string(what),
                    "the end of the file");
}

void LineCursor::fail(std::string what, std::string expected, std::string found) const {
  throw FormatError(path_, Place::line(line_), std::move(what), std::move(expected),
                    std::move(found));
}

std::optional<std::string> nearest(std::string_view name,
                                   const std::vector<std::string>& candidates) {
  const std::string wanted = lower(name);
  std::size_t best = std::numeric_limits<std::size_t>::max();
  std::optional<std::string> found;
  for (const auto& candidate : candidates) {
    const std::string other = lower(candidate);
    std::vector<std::size_t> row(other.size() + 1);
    for (std::size_t j = 0; j <= other.size(); ++j) row[j] = j;
    for (std::size_t i = 1; i <= wanted.size(); ++i) {
      std::size_t diagonal = row[0];
      row[0] = i;
      for (std::size_t j = 1; j <= other.size(); ++j) {
        const std::size_t substitute = diagonal + (wanted[i - 1] == other[j - 1] ? 0 : 1);
        diagonal = row[j];
        row[j] = std::min({row[j] + 1, row[j - 1] + 1, substitute});
      }
    }
    if (row.back() < best) {
      best = row.back();
      found = candidate;
    }
  }
  const std::size_t near_enough = std::max<std::size_t>(2, wanted.size() / 3);
  return best <= near_enough ? found : std::nullopt;
}

std::string join(const std::vector<std::string>& items, std::string_view separator) {
  std::string out;
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (i > 0) out += separator;
    out += items[i];
  }
  return out;
}

}  // namespace kinemyo::base
