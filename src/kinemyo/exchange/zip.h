#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace kinemyo::exchange {

/// One file inside a zip, uncompressed, as a part of the archive's own bytes.
struct ZipEntry {
  std::string_view bytes;
  std::size_t offset = 0;  ///< in the archive, for messages
};

/// The entries of a zip archive by name. PyTorch stores without compression, so nothing is
/// unpacked. Throws FormatError: no zip, compressed or encrypted entries, sizes beyond the file,
/// entries that overlap, a CRC that disagrees.
std::map<std::string, ZipEntry> parse_zip(const std::string& path, std::string_view bytes);

struct ZipContent {
  std::string name;
  std::string_view bytes;
};
/// An archive of these entries in their order, without compression, each beginning at a multiple of 64 bytes as PyTorch has
/// it. Throws Error over 4 GiB.
std::string format_zip(const std::vector<ZipContent>& contents);

}  // namespace kinemyo::exchange
