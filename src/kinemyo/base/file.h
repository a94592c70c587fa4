#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

namespace kinemyo::base {

/// All bytes of a file. Throws IoError that says why it cannot be read.
std::string read_file(const std::filesystem::path& path);

/// A file of which parts are read where they are wanted.
/// Threads: read_at may be called from several at once.
class RandomAccessFile {
 public:
  /// Throws IoError that says why it cannot be read.
  explicit RandomAccessFile(std::filesystem::path path);
  ~RandomAccessFile();
  RandomAccessFile(RandomAccessFile&& other) noexcept;
  RandomAccessFile(const RandomAccessFile&) = delete;
  RandomAccessFile& operator=(const RandomAccessFile&) = delete;

  const std::filesystem::path& path() const { return path_; }
  std::uint64_t size() const { return size_; }
  /// Fills `bytes` from `offset` on; the number of bytes is less only where the file ends. Throws IoError.
  std::size_t read_at(std::uint64_t offset, std::span<char> bytes) const;

 private:
  std::filesystem::path path_;
  int descriptor_ = -1;
  std::uint64_t size_ = 0;
};

/// A file's bytes in the address space, unread until they are looked at; pages are the system's to take back.
class MappedFile {
 public:
  /// Throws IoError.
  explicit MappedFile(const std::filesystem::path& path);
  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;
  std::string_view text() const { return {static_cast<const char*>(bytes_), size_}; }

 private:
  void* bytes_ = nullptr;
  std::size_t size_ = 0;
};

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
