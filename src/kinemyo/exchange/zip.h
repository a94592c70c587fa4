#pragma once

#include <map>
#include <string>
#include <string_view>

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

}  // namespace kinemyo::exchange
