#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace kinemyo::base {

/// All bytes of a file. Throws IoError that says why it cannot be read.
std::string read_file(const std::filesystem::path& path);

/// A file that appears under its name whole or not at all: written under a temporary name beside
/// it, flushed to the disk and renamed by commit(). Without commit() the temporary file is removed,
/// and what stood under the name before is untouched.
class AtomicFile {
 public:
  explicit AtomicFile(std::filesystem::path path);
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  /// Throws IoError (disk full, say).
  void write(std::string_view bytes);
  /// Throws IoError; the old file then still stands.
  void commit();
  /// For libraries that write by name themselves: fill this, then commit().
  const std::filesystem::path& temporary() const { return temporary_; }

 private:
  std::filesystem::path path_;
  std::filesystem::path temporary_;
  int descriptor_ = -1;
  bool committed_ = false;
};

/// Writes all bytes atomically. Throws IoError.
void write_file(const std::filesystem::path& path, std::string_view bytes);

}  // namespace kinemyo::base
