#include "kinemyo/base/file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <system_error>
#include <tuple>
#include <utility>

#include "kinemyo/base/error.h"

namespace kinemyo::base {

namespace {

std::string reason(const std::string& doing) { return doing + ": " + std::strerror(errno); }

class Descriptor {
 public:
  explicit Descriptor(int value) : value_(value) {}
  ~Descriptor() {
    if (value_ >= 0) ::close(value_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return value_; }

 private:
  int value_;
};

// An open regular file and its size.
std::pair<int, std::uint64_t> open_regular(const std::filesystem::path& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) throw IoError(path.string(), reason("cannot open"));
  struct stat status {};
  if (::fstat(descriptor, &status) != 0 || !S_ISREG(status.st_mode)) {
    const std::string what = S_ISDIR(status.st_mode) ? "is a folder, not a file" : "is not a plain file";
    ::close(descriptor);
    throw IoError(path.string(), what);
  }
  return {descriptor, static_cast<std::uint64_t>(status.st_size)};
}

}  // namespace

std::string read_file(const std::filesystem::path& path) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0) throw IoError(path.string(), reason("cannot open"));
  struct stat status {};
  if (::fstat(file.get(), &status) != 0) throw IoError(path.string(), reason("cannot read"));
  if (S_ISDIR(status.st_mode)) throw IoError(path.string(), "is a folder, not a file");
  std::string bytes;
  if (status.st_size > 0) bytes.reserve(static_cast<std::size_t>(status.st_size));
  char buffer[1 << 16];
  for (;;) {
    const auto count = ::read(file.get(), buffer, sizeof buffer);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw IoError(path.string(), reason("cannot read"));
    if (count == 0) return bytes;
    bytes.append(buffer, static_cast<std::size_t>(count));
  }
}

RandomAccessFile::RandomAccessFile(std::filesystem::path path) : path_(std::move(path)) {
  std::tie(descriptor_, size_) = open_regular(path_);
}

RandomAccessFile::RandomAccessFile(RandomAccessFile&& other) noexcept
    : path_(std::move(other.path_)),
      descriptor_(std::exchange(other.descriptor_, -1)),
      size_(other.size_) {}

RandomAccessFile::~RandomAccessFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

std::size_t RandomAccessFile::read_at(std::uint64_t offset, std::span<char> bytes) const {
  std::size_t done = 0;
  while (done < bytes.size()) {
    const auto count = ::pread(descriptor_, bytes.data() + done, bytes.size() - done,
                               static_cast<off_t>(offset + done));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw IoError(path_.string(), reason("cannot read"));
    if (count == 0) break;
    done += static_cast<std::size_t>(count);
  }
  return done;
}

MappedFile::MappedFile(const std::filesystem::path& path) {
  const auto [descriptor, size] = open_regular(path);
  const Descriptor file(descriptor);
  size_ = static_cast<std::size_t>(size);
  if (size_ == 0) return;
  bytes_ = ::mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, file.get(), 0);
  if (bytes_ == MAP_FAILED) throw IoError(path.string(), reason("cannot read"));
  ::madvise(bytes_, size_, MADV_SEQUENTIAL);
}

MappedFile::~MappedFile() {
  if (bytes_ != nullptr) ::munmap(bytes_, size_);
}

AtomicFile::AtomicFile(std::filesystem::path path) : path_(std::move(path)) {
  temporary_ = path_;
  temporary_ += "." + std::to_string(::getpid()) + ".tmp";
  descriptor_ = ::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (descriptor_ < 0) throw IoError(path_.string(), reason("cannot create"));
}

AtomicFile::~AtomicFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
  std::error_code ignored;
  if (!committed_) std::filesystem::remove(temporary_, ignored);
}

void AtomicFile::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto count = ::write(descriptor_, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw IoError(path_.string(), reason("cannot write"));
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
}

void AtomicFile::commit() {
  // The data must be on the disk before the name points at it, or a power cut leaves an empty file.
  if (::fsync(descriptor_) != 0) throw IoError(path_.string(), reason("cannot write"));
  const int closed = ::close(descriptor_);
  descriptor_ = -1;
  if (closed != 0) throw IoError(path_.string(), reason("cannot write"));
  if (::rename(temporary_.c_str(), path_.c_str()) != 0) {
    throw IoError(path_.string(), reason("cannot rename into place"));
  }
  committed_ = true;
}

void write_file(const std::filesystem::path& path, std::string_view bytes) {
  AtomicFile file(path);
  file.write(bytes);
  file.commit();
}

}  // namespace kinemyo::base
