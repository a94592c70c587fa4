#include "kinemyo/io/npy.h"

#include <bit>
#include <cstdint>
#include <limits>
#include <optional>

#include "kinemyo/base/bytes.h"
#include "kinemyo/base/file.h"
#include "kinemyo/base/floats.h"
#include "kinemyo/base/text.h"
#include "kinemyo/io/variables.h"

namespace kinemyo::io {

namespace {

using base::ByteCursor;

constexpr std::string_view kMagic("\x93NUMPY", 6);

struct Header {
  std::string type;
  bool fortran = false;
  std::vector<std::size_t> shape;
};

// The header is a Python dictionary: {'descr': '<f4', 'fortran_order': False, 'shape': (3, 2), }
class HeaderParser {
 public:
  HeaderParser(const ByteCursor& file, std::size_t offset, std::string_view text)
      : file_(file), offset_(offset), text_(text) {}

  Header parse() {
    Header out;
    bool has_type = false, has_order = false, has_shape = false;
    take('{');
    while (!peek('}')) {
      const std::string key = quoted_text();
      take(':');
      if (key == "descr" && !has_type) {
        if (!peek('\'') && !peek('"')) fail("a plain type in quotes");
        out.type = quoted_text();
        has_type = true;
      } else if (key == "fortran_order" && !has_order) {
        out.fortran = boolean();
        has_order = true;
      } else if (key == "shape" && !has_shape) {
        out.shape = tuple();
        has_shape = true;
      } else {
        fail("descr, fortran_order and shape, once each");
      }
      if (!peek(',')) break;
      take(',');
    }
    take('}');
    if (!has_type || !has_order || !has_shape) fail("descr, fortran_order and shape");
    return out;
  }

 private:
  void skip_blanks() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n' || text_[at_] == '\t')) ++at_;
  }
  bool peek(char c) {
    skip_blanks();
    return at_ < text_.size() && text_[at_] == c;
  }
  void take(char c) {
    if (!peek(c)) fail(std::string("'") + c + "'");
    ++at_;
  }
  std::string quoted_text() {
    const char quote = peek('"') ? '"' : '\'';
    take(quote);
    const auto end = text_.find(quote, at_);
    if (end == text_.npos) fail("a closing quote");
    std::string out(text_.substr(at_, end - at_));
    at_ = end + 1;
    return out;
  }
  bool boolean() {
    skip_blanks();
    for (const bool value : {true, false}) {
      const std::string_view word = value ? "True" : "False";
      if (text_.substr(at_).starts_with(word)) {
        at_ += word.size();
        return value;
      }
    }
    fail("True or False");
  }
  std::vector<std::size_t> tuple() {
    std::vector<std::size_t> out;
    take('(');
    while (!peek(')')) {
      const auto end = text_.find_first_not_of("0123456789", at_);
      const auto number = base::to_integer(text_.substr(at_, end - at_));
      if (!number || end == text_.npos) fail("a tuple of sizes");
      out.push_back(static_cast<std::size_t>(*number));
      if (out.size() > 32) fail("at most 32 dimensions");
      at_ = text_[end] == 'L' ? end + 1 : end;  // Python 2 wrote 3L
      if (!peek(',')) break;
      take(',');
    }
    take(')');
    return out;
  }
  [[noreturn]] void fail(std::string expected) const {
    file_.fail(offset_ + at_, "the header of the array is not understood", std::move(expected),
               base::quoted(text_.substr(std::min(at_, text_.size()))));
  }

  const ByteCursor& file_;
  std::size_t offset_;
  std::string_view text_;
  std::size_t at_ = 0;
};

using ReadOne = double (*)(ByteCursor&);

struct Type {
  std::size_t bytes;
  ReadOne read;
};

std::optional<Type> type_of(std::string_view code) {
  if (code == "f8") return Type{8, [](ByteCursor& c) { return c.f64("a value"); }};
  if (code == "f4") return Type{4, [](ByteCursor& c) { return static_cast<double>(c.f32("a value")); }};
  if (code == "f2") return Type{2, [](ByteCursor& c) { return static_cast<double>(base::from_half(c.u16("a value"))); }};
  if (code == "i8") return Type{8, [](ByteCursor& c) { return static_cast<double>(c.i64("a value")); }};
  if (code == "i4") return Type{4, [](ByteCursor& c) { return static_cast<double>(c.i32("a value")); }};
  if (code == "i2") return Type{2, [](ByteCursor& c) { return static_cast<double>(c.i16("a value")); }};
  if (code == "i1") return Type{1, [](ByteCursor& c) { return static_cast<double>(c.i8("a value")); }};
  if (code == "u8") return Type{8, [](ByteCursor& c) { return static_cast<double>(c.u64("a value")); }};
  if (code == "u4") return Type{4, [](ByteCursor& c) { return static_cast<double>(c.u32("a value")); }};
  if (code == "u2") return Type{2, [](ByteCursor& c) { return static_cast<double>(c.u16("a value")); }};
  if (code == "u1") return Type{1, [](ByteCursor& c) { return static_cast<double>(c.u8("a value")); }};
  if (code == "b1") return Type{1, [](ByteCursor& c) { return c.u8("a value") != 0 ? 1.0 : 0.0; }};
  return std::nullopt;
}

}  // namespace

NpyArray read_npy(const std::filesystem::path& path) { return parse_npy(base::read_file(path), path.string()); }

NpyArray parse_npy(std::string_view bytes, const std::string& path) {
  ByteCursor file(path, bytes);
  const auto magic = file.take(std::min<std::size_t>(6, bytes.size()), "the magic");  // 0x0: \x93NUMPY
  if (magic != kMagic) file.fail(0, "this is no NumPy array", base::quoted(kMagic), base::quoted(magic));
  const auto major = file.u8("the version");  // 0x6
  const auto minor = file.u8("the version");  // 0x7
  if (major < 1 || major > 3 || minor != 0) {
    file.fail(6, "the version of the array is not known", "1.0, 2.0 or 3.0",
              std::to_string(major) + "." + std::to_string(minor));
  }
  const std::size_t length = major == 1 ? file.u16("the header's length")   // 0x8, 2 bytes
                                        : file.u32("the header's length");  // 0x8, 4 bytes
  const std::size_t begin = file.offset();
  const Header header = HeaderParser(file, begin, file.take(length, "the header")).parse();
  const bool ordered = header.type.size() == 3 && std::string_view("<>|=").find(header.type[0]) != std::string_view::npos;
  const auto type = ordered ? type_of(std::string_view(header.type).substr(1)) : std::nullopt;
  if (!type) {
    file.fail(begin, "the type of the array is not read", "bool, integers, f2, f4 or f8", base::quoted(header.type));
  }
  std::size_t count = 1;
  bool none = false;
  for (const auto size : header.shape) none = none || size == 0;
  for (const auto size : header.shape) {
    if (none) break;
    if (size > std::numeric_limits<std::size_t>::max() / 16 / count) {
      file.fail(begin, "the shape of the array is absurd", "fewer numbers than the file has bytes",
                std::to_string(size) + " in one dimension");
    }
    count *= size;
  }
  if (none) count = 0;
  file.expect(count, type->bytes, "the array");
  if (file.remaining() != count * type->bytes) {
    file.fail(file.offset() + count * type->bytes, "bytes follow the array", "the end of the file",
              std::to_string(file.remaining() - count * type->bytes) + " bytes");
  }
  file.set_order(header.type[0] == '>' ? std::endian::big : std::endian::little);
  NpyArray out{header.shape, {}, header.type};
  out.values.reserve(count);
  for (std::size_t i = 0; i < count; ++i) out.values.push_back(type->read(file));
  if (header.fortran && header.shape.size() > 1) out.values = to_row_major(out.values, header.shape);
  return out;
}

std::string format_npy(const std::vector<std::size_t>& shape, std::span<const double> values, NpyType type) {
  std::size_t count = 1;
  std::string sizes;
  for (const auto size : shape) {
    count *= size;
    sizes += (sizes.empty() ? "" : " ") + std::to_string(size) + ",";
  }
  if (shape.size() > 1) sizes.pop_back();
  require(count == values.size(), "format_npy: " + std::to_string(values.size()) + " values for a shape of " +
                                      std::to_string(count));
  std::string header = std::string("{'descr': '") + (type == NpyType::f4 ? "<f4" : "<f8") +
                       "', 'fortran_order': False, 'shape': (" + sizes + "), }";
  header.append(63 - (kMagic.size() + 4 + header.size()) % 64, ' ');  // data start at a multiple of 64
  header += '\n';
  std::string out(kMagic);
  out += {'\x01', '\x00', static_cast<char>(header.size() & 255), static_cast<char>(header.size() >> 8)};
  out += header;
  const auto append = [&out](auto bits) {
    for (std::size_t i = 0; i < sizeof bits; ++i) out += static_cast<char>((bits >> (8 * i)) & 255);
  };
  out.reserve(out.size() + count * (type == NpyType::f4 ? 4 : 8));
  for (const double value : values) {
    if (type == NpyType::f4) append(std::bit_cast<std::uint32_t>(static_cast<float>(value)));
    else append(std::bit_cast<std::uint64_t>(value));
  }
  return out;
}

void write_npy(const std::filesystem::path& path, const std::vector<std::size_t>& shape,
               std::span<const double> values, NpyType type) {
  base::write_file(path, format_npy(shape, values, type));
}

}  // namespace kinemyo::io
