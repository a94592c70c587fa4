#include "kinemyo/exchange/zip.h"

#include <zlib.h>

#include <algorithm>
#include <cstdint>
#include <vector>

#include "kinemyo/base/bytes.h"
#include "kinemyo/base/error.h"

// Source: APPNOTE.TXT 6.3.10 of PKWARE, sections 4.3.7 (local header), 4.3.12 (central
// directory), 4.3.16 (end).
namespace kinemyo::exchange {

namespace {

constexpr std::uint32_t kLocal = 0x04034b50;
constexpr std::uint32_t kCentral = 0x02014b50;
constexpr std::uint32_t kEnd = 0x06054b50;
constexpr std::size_t kEndBytes = 22;
constexpr std::size_t kLongestComment = 65535;
constexpr std::uint32_t kIn64 = 0xffffffff;  // the number stands in a zip64 field

std::uint32_t crc_of(std::string_view bytes) {
  return static_cast<std::uint32_t>(::crc32_z(0, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()));
}

std::size_t find_end(const base::ByteCursor& cursor, std::string_view bytes) {
  if (bytes.size() >= kEndBytes) {
    const std::size_t last = bytes.size() - kEndBytes;
    const std::size_t first = last > kLongestComment ? last - kLongestComment : 0;
    for (std::size_t at = last + 1; at-- > first;) {
      if (bytes.substr(at, 4) == "PK\x05\x06") return at;
    }
  }
  cursor.fail(bytes.size(), "no zip archive, or one that is cut off", "an end record", "none");
}

}  // namespace

std::map<std::string, ZipEntry> parse_zip(const std::string& path, std::string_view bytes) {
  base::ByteCursor cursor(path, bytes);
  cursor.seek(find_end(cursor, bytes), "the end record");
  const auto end_at = cursor.offset();
  if (cursor.u32("end record") != kEnd) cursor.fail(end_at, "end record", "PK 5 6", "other bytes");
  cursor.skip(4, "disk numbers");                             // 4
  cursor.skip(2, "entries on this disk");                     // 8
  const std::size_t count = cursor.u16("number of entries");  // 10
  const auto directory_bytes = cursor.u32("directory size");  // 12
  const auto directory_at = cursor.u32("directory offset");   // 16
  if (directory_at == kIn64 || directory_bytes == kIn64 || count == 0xffff) {
    cursor.fail(end_at, "a zip64 archive", "an archive under 4 GiB", "zip64");
  }

  std::map<std::string, ZipEntry> entries;
  std::vector<std::pair<std::size_t, std::size_t>> extents;
  cursor.seek(directory_at, "the directory");
  cursor.expect(count, 46, "directory entries");
  for (std::size_t i = 0; i < count; ++i) {
    const auto at = cursor.offset();
    if (cursor.u32("directory entry") != kCentral)
      cursor.fail(at, "directory entry", "PK 1 2", "other bytes");
    cursor.skip(4, "versions");                               // 4
    const auto flags = cursor.u16("flags");                   // 8
    const auto method = cursor.u16("compression method");     // 10
    cursor.skip(4, "time and date");                          // 12
    const auto crc = cursor.u32("CRC");                       // 16
    const auto packed = cursor.u32("compressed size");        // 20
    const auto size = cursor.u32("size");                     // 24
    const auto name_bytes = cursor.u16("name length");        // 28
    const auto extra_bytes = cursor.u16("extra length");      // 30
    const auto comment_bytes = cursor.u16("comment length");  // 32
    cursor.skip(8, "attributes");                             // 34
    const auto local_at = cursor.u32("local header offset");  // 42
    const std::string name(cursor.take(name_bytes, "an entry's name"));
    cursor.skip(extra_bytes, "an entry's extra field");
    cursor.skip(comment_bytes, "an entry's comment");

    const std::string what = "entry " + base::quoted(name);
    if (flags & 1) cursor.fail(at, what, "an entry without password", "an encrypted one");
    if (method != 0) {
      cursor.fail(at, what, "an entry stored without compression (method 0), as PyTorch writes it",
                  "method " + std::to_string(method));
    }
    if (packed == kIn64 || size == kIn64 || local_at == kIn64)
      cursor.fail(at, what, "under 4 GiB", "zip64");
    if (packed != size)
      cursor.fail(at, what, std::to_string(packed) + " bytes", std::to_string(size));

    base::ByteCursor local(path, bytes);
    local.seek(local_at, what);
    if (local.u32("local header") != kLocal)
      local.fail(local_at, what, "a local header, PK 3 4", "other bytes");
    local.skip(22, "local header");                            // 4
    const auto local_name = local.u16("local name length");    // 26
    const auto local_extra = local.u16("local extra length");  // 28
    if (local.take(local_name, "local name") != name) {
      local.fail(local_at, what, "the same name in its local header", "another");
    }
    local.skip(local_extra, "local extra field");
    const auto begin = local.offset();
    const auto content = local.take(size, what);
    if (crc_of(content) != crc)
      local.fail(begin, what + " is damaged", "CRC " + std::to_string(crc),
                 std::to_string(crc_of(content)));
    if (!entries.emplace(name, ZipEntry{content, begin}).second) {
      cursor.fail(at, what + " stands twice", "each name once", "two of it");
    }
    extents.emplace_back(local_at, begin + size);
  }
  std::sort(extents.begin(), extents.end());
  for (std::size_t i = 1; i < extents.size(); ++i) {
    if (extents[i].first < extents[i - 1].second) {
      cursor.fail(extents[i].first, "two entries overlap", "entries side by side",
                  "one inside another");
    }
  }
  return entries;
}

namespace {

void add16(std::string& out, std::size_t value) {
  out += static_cast<char>(value & 0xff);
  out += static_cast<char>(value >> 8 & 0xff);
}
void add32(std::string& out, std::size_t value) {
  add16(out, value & 0xffff);
  add16(out, value >> 16);
}

// What local header and directory say alike, from the version needed to the extra field's length.
void add_facts(std::string& out, const ZipContent& content, std::uint32_t crc, std::size_t extra) {
  add16(out, 20);    // version needed
  add16(out, 0);     // flags
  add16(out, 0);     // method: stored
  add16(out, 0);     // time
  add16(out, 0x21);  // date: 1 January 1980, the first there is
  add32(out, crc);
  add32(out, content.bytes.size());
  add32(out, content.bytes.size());
  add16(out, content.name.size());
  add16(out, extra);
}

}  // namespace

std::string format_zip(const std::vector<ZipContent>& contents) {
  constexpr std::size_t kAlignment = 64;
  constexpr std::size_t kLocalBytes = 30;
  constexpr std::size_t kMost = 0xfffffffe;
  constexpr std::size_t kOwn = 200;  // around one entry: headers and padding, at most, without its name
  std::size_t total = kEndBytes;
  for (const auto& content : contents) {
    require(content.name.size() < 0xffff, "format_zip: a name is too long");
    total += kOwn + 2 * content.name.size() + content.bytes.size();
  }
  require(contents.size() < 0xffff, "format_zip: too many entries");
  if (total > kMost) throw Error("the weights take more than 4 GiB, which this kind of file does not hold");
  std::string out, directory;
  out.reserve(total);
  for (const auto& content : contents) {
    const std::size_t at = out.size();
    const auto crc = crc_of(content.bytes);
    add32(out, kLocal);
    // The extra field, "FB", fills up to the alignment.
    const std::size_t begin = at + kLocalBytes + content.name.size() + 4;
    const std::size_t padding = (kAlignment - begin % kAlignment) % kAlignment;
    add_facts(out, content, crc, 4 + padding);
    out += content.name;
    out += "FB";
    add16(out, padding);
    out.append(padding, 'Z');
    out += content.bytes;
    add32(directory, kCentral);
    add16(directory, 20);  // version made by
    add_facts(directory, content, crc, 0);
    add16(directory, 0);  // comment
    add16(directory, 0);  // disk
    add16(directory, 0);  // internal attributes
    add32(directory, 0);  // external attributes
    add32(directory, at);
    directory += content.name;
  }
  const std::size_t directory_at = out.size();
  out += directory;
  add32(out, kEnd);
  add32(out, 0);  // disk numbers
  add16(out, contents.size());
  add16(out, contents.size());
  add32(out, directory.size());
  add32(out, directory_at);
  add16(out, 0);  // comment
  return out;
}

}  // namespace kinemyo::exchange
