#include "kinemyo/io/mat.h"

#include <zlib.h>

#include <algorithm>
#include <cstring>
#include <limits>

#include "kinemyo/base/bytes.h"
#include "kinemyo/base/text.h"

namespace kinemyo::io {

namespace {

using base::ByteCursor;

enum DataType : std::uint32_t {
  kInt8 = 1, kUint8 = 2, kInt16 = 3, kUint16 = 4, kInt32 = 5, kUint32 = 6, kSingle = 7, kDouble = 9,
  kInt64 = 12, kUint64 = 13, kMatrix = 14, kCompressed = 15, kUtf8 = 16, kUtf16 = 17, kUtf32 = 18
};
enum ArrayClass : std::uint32_t { kCell = 1, kStruct = 2, kChar = 4, kFirstNumber = 6, kLastNumber = 15, kOpaque = 17 };

constexpr int kDeepest = 32;
constexpr std::size_t kMostNumbers = std::size_t{1} << 40;
// What a recording's numbers shrink to: zlib's format allows 1032 to 1, which only damage and malice reach.
constexpr std::size_t kInflatedAnyway = std::size_t{128} << 20, kInflatedShare = 50;
// Numbers take eight bytes in memory, and may lie in the file as one each.
constexpr std::size_t kNumbersAnyway = std::size_t{12} << 20, kNumbersShare = 8;
constexpr std::size_t kMostVariables = 1'000'000;

struct Element {
  std::uint32_t type = 0;
  std::string_view data;
  std::size_t at = 0;  // of the data, in its own bytes
};

// Tag, data, padding to 8 bytes; small elements keep up to 4 bytes inside the tag.
Element take_element(ByteCursor& bytes) {
  const auto word = bytes.u32("the tag of an element");
  if ((word >> 16) != 0) {
    const std::uint32_t size = word >> 16;
    const std::size_t at = bytes.offset();
    const auto data = bytes.take(4, "a small element");
    if (size > 4) bytes.fail(at - 4, "a small element", "up to 4 bytes", std::to_string(size));
    return {word & 0xffff, data.substr(0, size), at};
  }
  const auto size = bytes.u32("the size of an element");
  const std::size_t at = bytes.offset();
  const auto data = bytes.take(size, "an element");
  const std::size_t padding = word == kCompressed ? 0 : (8 - size % 8) % 8;
  bytes.skip(std::min(padding, bytes.remaining()), "padding");
  return {word, data, at};
}

std::size_t size_of(std::uint32_t type) {
  switch (type) {
    case kInt8:
    case kUint8:
    case kUtf8: return 1;
    case kInt16:
    case kUint16:
    case kUtf16: return 2;
    case kInt32:
    case kUint32:
    case kUtf32:
    case kSingle: return 4;
    case kDouble:
    case kInt64:
    case kUint64: return 8;
    default: return 0;
  }
}

double take_number(ByteCursor& bytes, std::uint32_t type) {
  switch (type) {
    case kInt8: return bytes.i8("a number");
    case kUint8:
    case kUtf8: return bytes.u8("a number");
    case kInt16: return bytes.i16("a number");
    case kUint16:
    case kUtf16: return bytes.u16("a number");
    case kInt32: return bytes.i32("a number");
    case kUint32:
    case kUtf32: return bytes.u32("a number");
    case kSingle: return static_cast<double>(bytes.f32("a number"));
    case kDouble: return bytes.f64("a number");
    case kInt64: return static_cast<double>(bytes.i64("a number"));
    default: return static_cast<double>(bytes.u64("a number"));
  }
}

class Parser {
 public:
  Parser(const std::string& path, std::endian order, std::vector<std::string>& notes) : path_(path), order_(order), notes_(notes) {}

  void parse(std::string_view bytes, std::size_t start, std::vector<Variable>& out) {
    most_inflated_ = kInflatedAnyway + kInflatedShare * bytes.size();
    numbers_left_ = kNumbersAnyway + kNumbersShare * bytes.size();
    ByteCursor cursor(path_, bytes, order_);
    cursor.seek(start, "the elements");
    while (cursor.remaining() > 0) {
      const Element element = take_element(cursor);
      if (element.type == kCompressed) {
        const std::string plain = inflate(element);
        ByteCursor inner(path_ + " (inflated at byte " + std::to_string(element.at) + ")", plain, order_);
        const Element matrix = take_element(inner);
        if (matrix.type == kMatrix) take_variable(inner.path(), plain, matrix, 0, out);
      } else if (element.type == kMatrix) {
        take_variable(path_, bytes, element, 0, out);
      } else {
        cursor.fail(element.at, "an element has a type that stands in no MATLAB file at this place", "14 or 15", std::to_string(element.type));
      }
    }
  }

 private:
  // Grows by what the stream gives: a size that lies ends with the stream.
  std::string inflate(const Element& element) {
    z_stream stream{};
    if (inflateInit(&stream) != Z_OK) throw Error(path_ + ": zlib does not start");
    std::string out;
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(element.data.data()));
    stream.avail_in = static_cast<uInt>(element.data.size());
    int state = Z_OK;
    std::string block(1 << 16, '\0');
    while (state == Z_OK && inflated_ <= most_inflated_) {
      stream.next_out = reinterpret_cast<Bytef*>(block.data());
      stream.avail_out = static_cast<uInt>(block.size());
      state = ::inflate(&stream, Z_NO_FLUSH);
      const std::size_t made = block.size() - stream.avail_out;
      out.append(block, 0, made);
      inflated_ += made;
      if (made == 0 && stream.avail_in == 0) break;
    }
    const char* said = stream.msg;
    const std::string reason = state == Z_STREAM_END ? "" : said != nullptr ? said : inflated_ > most_inflated_ ? "more than 50 times the file" : "its end is missing";
    inflateEnd(&stream);
    if (state != Z_STREAM_END) {
      throw FormatError(path_, Place::byte(element.at), "a compressed variable cannot be inflated", "a whole zlib stream", reason);
    }
    return out;
  }

  void take_variable(const std::string& path, std::string_view bytes, const Element& element, int depth, std::vector<Variable>& out) {
    if (depth > kDeepest) throw FormatError(path, Place::byte(element.at), "cells and structs are nested too deeply", std::to_string(kDeepest) + " levels", "more");
    if (++count_ > kMostVariables) throw FormatError(path, Place::byte(element.at), "there are too many variables", std::to_string(kMostVariables), "more");
    if (element.data.empty()) return;  // an empty cell
    ByteCursor cursor(path, bytes.substr(0, element.at + element.data.size()), order_);
    cursor.seek(element.at, "a variable");
    const Element flags = take_element(cursor);
    if (flags.type != kUint32 || flags.data.size() != 8) cursor.fail(element.at, "the flags of an array", "8 bytes", std::to_string(flags.data.size()));
    ByteCursor flag_bytes(path, flags.data, order_);
    const auto word = flag_bytes.u32("flags");
    const std::uint32_t kind = word & 0xff;
    const bool complex = (word & 0x0800) != 0;
    if (kind == kOpaque) return note_object(cursor);
    const Element dimensions = take_element(cursor);
    if (dimensions.type != kInt32 || dimensions.data.size() % 4 != 0 || dimensions.data.size() > 4 * 32 || dimensions.data.empty()) {
      cursor.fail(dimensions.at, "the dimensions of an array", "up to 32 of 4 bytes", std::to_string(dimensions.data.size()) + " bytes");
    }
    Variable variable;
    ByteCursor dimension_bytes(path, dimensions.data, order_);
    std::size_t count = 1;
    while (dimension_bytes.remaining() > 0) {
      const auto one = dimension_bytes.i32("a dimension");
      if (one < 0 || (one > 0 && count > kMostNumbers / static_cast<std::size_t>(one))) {
        cursor.fail(dimensions.at, "a dimension of an array", "0 or more, and not too many numbers", std::to_string(one));
      }
      variable.shape.push_back(static_cast<std::size_t>(one));
      count *= static_cast<std::size_t>(one);
    }
    variable.name = take_name(cursor);
    if (depth == 0 && variable.name.empty()) {
      notes_.emplace_back("a part without a name (what MATLAB keeps beside its objects) is left out");
      return;
    }
    if (kind >= kFirstNumber && kind <= kLastNumber) {
      if (complex) notes_.push_back(variable.name + " has imaginary parts, which are left out");
      variable.numbers = to_row_major(take_numbers(cursor, count), variable.shape);
      out.push_back(std::move(variable));
    } else if (kind == kChar) {
      take_texts(cursor, count, variable);
      variable.shape.clear();
      out.push_back(std::move(variable));
    } else if (kind == kCell) {
      take_cells(path, bytes, cursor, count, depth, variable);
      out.push_back(std::move(variable));
    } else if (kind == kStruct) {
      take_struct(path, bytes, cursor, count, depth, variable, out);
    } else {
      notes_.push_back((variable.name.empty() ? "a variable" : variable.name) + " is no array of numbers or characters, and left out");
    }
  }

  static std::string take_name(ByteCursor& cursor) {
    const Element name = take_element(cursor);
    return std::string(name.data.substr(0, name.data.find('\0')));
  }

  // A table, datetime, string ...: no dimensions, but name, system (MCOS) and class; its content lies in MATLAB's own part.
  void note_object(ByteCursor& cursor) {
    const std::string name = take_name(cursor), system = take_name(cursor), kind = take_name(cursor);
    notes_.push_back((name.empty() ? "a variable" : name) + " is an object of MATLAB's (" + (kind.empty() ? "no class" : kind) +
                     "; a table, datetime, string ...), and left out: docs/formats/mat.md says how to save it");
  }

  std::vector<double> take_numbers(ByteCursor& cursor, std::size_t count) {
    const std::size_t start = cursor.offset();
    if (count == 0 && cursor.remaining() == 0) return {};
    const Element data = take_element(cursor);
    const std::size_t width = size_of(data.type);
    if (width == 0 || data.data.size() % width != 0 || data.data.size() / width != count) {
      cursor.fail(start, "the numbers of an array do not fit its dimensions", std::to_string(count) + " numbers",
                  width == 0 ? "type " + std::to_string(data.type) : std::to_string(data.data.size() / width));
    }
    if (count > numbers_left_) cursor.fail(start, "the arrays of the file are larger than a file of its size can fill", "up to " + std::to_string(numbers_left_) + " more numbers", std::to_string(count));
    numbers_left_ -= count;
    ByteCursor bytes(cursor.path(), data.data, order_);
    std::vector<double> out(count);
    if (data.type == kDouble && order_ == std::endian::native && count > 0) {
      std::memcpy(out.data(), data.data.data(), data.data.size());
    } else {
      for (auto& one : out) one = take_number(bytes, data.type);
    }
    return out;
  }

  // Characters by columns: each row is a text, without blanks behind.
  void take_texts(ByteCursor& cursor, std::size_t count, Variable& variable) {
    const std::size_t start = cursor.offset();
    if (count == 0) {
      variable.texts.emplace_back();
      return;
    }
    const Element data = take_element(cursor);
    if (data.type == kUtf8 && data.data.size() != count) {
      // Characters of several bytes: only a single row can be told.
      variable.texts.emplace_back(data.data);
      return;
    }
    const std::size_t width = size_of(data.type);
    if (width == 0 || data.data.size() / width != count || variable.shape.empty()) {
      cursor.fail(start, "the characters of an array do not fit its dimensions", std::to_string(count), std::to_string(data.data.size()) + " bytes");
    }
    ByteCursor bytes(cursor.path(), data.data, order_);
    const std::size_t rows = variable.shape[0];
    variable.texts.resize(rows);
    for (std::size_t i = 0; i < count; ++i) append_utf8(variable.texts[i % rows], take_number(bytes, data.type));
    for (auto& text : variable.texts) text = std::string(base::trim(text));
  }

  void take_cells(const std::string& path, std::string_view bytes, ByteCursor& cursor, std::size_t count, int depth, Variable& variable) {
    std::vector<Variable> cells;
    bool texts = true;
    for (std::size_t i = 0; i < count && cursor.remaining() > 0; ++i) {
      const Element element = take_element(cursor);
      const std::size_t before = cells.size();
      if (element.type == kMatrix) take_variable(path, bytes, element, depth + 1, cells);
      if (cells.size() == before) cells.emplace_back();  // an empty cell keeps its place
      for (std::size_t k = before; k < cells.size(); ++k) {
        cells[k].name = element_name(std::to_string(i + 1), k - before);
        texts = texts && cells[k].numbers.empty() && cells[k].fields.empty();
      }
    }
    set_cells(variable, std::move(cells), texts);
  }

  // A struct of several elements becomes several: name, name(2), name(3) ...
  void take_struct(const std::string& path, std::string_view bytes, ByteCursor& cursor, std::size_t count, int depth, Variable& variable,
                   std::vector<Variable>& out) {
    const Element width = take_element(cursor);
    ByteCursor width_bytes(path, width.data, order_);
    const auto length = width_bytes.i32("the length of a field's name");
    const Element names = take_element(cursor);
    if (length <= 0 || length > 4096 || names.data.size() % static_cast<std::size_t>(length) != 0) {
      cursor.fail(names.at, "the names of a struct's fields", "a whole number of names", std::to_string(names.data.size()) + " bytes of " + std::to_string(length) + " each");
    }
    const auto step = static_cast<std::size_t>(length);
    const std::size_t fields = names.data.size() / step;
    const std::string base_name = variable.name;
    for (std::size_t e = 0; e < count; ++e) {
      Variable one;
      one.name = element_name(base_name, e);
      if (fields == 0 || cursor.remaining() == 0) break;
      for (std::size_t f = 0; f < fields && cursor.remaining() > 0; ++f) {
        const Element element = take_element(cursor);
        if (element.type != kMatrix) cursor.fail(element.at, "a field of a struct is no array", "14", std::to_string(element.type));
        const auto text = names.data.substr(f * step, step);
        const std::size_t before = one.fields.size();
        take_variable(path, bytes, element, depth + 1, one.fields);
        const std::string field_name(text.substr(0, text.find('\0')));
        for (std::size_t k = before; k < one.fields.size(); ++k) {
          one.fields[k].name = element_name(field_name, k - before);
        }
      }
      out.push_back(std::move(one));
    }
  }

  const std::string& path_;
  std::endian order_;
  std::vector<std::string>& notes_;
  std::size_t inflated_ = 0, most_inflated_ = 0, numbers_left_ = 0;
  std::size_t count_ = 0;
};

}  // namespace

bool looks_like_mat(std::string_view bytes) {
  if (bytes.size() < 128) return false;
  const auto mark = bytes.substr(126, 2);
  return (mark == "IM" || mark == "MI") && bytes.starts_with("MATLAB 5.0");
}

std::vector<Variable> parse_mat(std::string_view bytes, const std::string& path, std::vector<std::string>& notes) {
  ByteCursor cursor(path, bytes);
  const auto head = cursor.take(std::min<std::size_t>(128, bytes.size()), "the header");
  const auto mark = head.size() < 128 ? std::string_view() : head.substr(126, 2);
  if (mark != "IM" && mark != "MI") {
    cursor.fail(0, "this is no MATLAB 5 file (MATLAB 4 is not read)", "IM or MI at byte 126", base::quoted(mark));
  }
  std::vector<Variable> out;
  Parser(path, mark == "IM" ? std::endian::little : std::endian::big, notes).parse(bytes, 128, out);
  return out;
}

}  // namespace kinemyo::io
