#pragma once

#include <hdf5.h>

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "kinemyo/base/matrix.h"

/// HDF5's C interface with owners, checks and messages: private to the store.
/// Threads: one at a time over all files, as the serial library wants it.
namespace kinemyo::dataset::h5 {

/// Owns an HDF5 identifier and closes it.
class Handle {
 public:
  using Close = herr_t (*)(hid_t);
  Handle() = default;
  Handle(hid_t id, Close close) : id_(id), close_(close) {}
  Handle(Handle&& other) noexcept { swap(other); }
  Handle& operator=(Handle&& other) noexcept {
    swap(other);
    return *this;
  }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  ~Handle() { reset(); }
  hid_t get() const { return id_; }
  bool valid() const { return id_ >= 0; }
  herr_t reset() {
    const herr_t result = id_ >= 0 ? close_(id_) : 0;
    id_ = -1;
    return result;
  }

 private:
  void swap(Handle& other) {
    std::swap(id_, other.id_);
    std::swap(close_, other.close_);
  }
  hid_t id_ = -1;
  Close close_ = nullptr;
};

/// Switches off HDF5's own printing and its clean-up at exit, which hangs on files that could not
/// be written. Called before anything else of HDF5.
void quiet();

/// The system's words ("No space left on device") or HDF5's innermost message for what failed last.
std::string last_problem();

/// An object of a file that is being read or written, and the names that messages need.
struct Object {
  const std::string* path;  ///< of the file
  std::string name;         ///< in the file: "/S1/Walk/1"
  Handle handle;
  hid_t id() const { return handle.get(); }
};

Handle create_file(const std::string& path);
Handle open_file(const std::string& path);

// Writing. Throw IoError.
Object create_group(const Object& parent, const std::string& name);
void write_text(const Object& at, const char* name, const std::string& value);
/// Fixed length, UTF-8, padded with zero bytes: lies in the object header, under its checksum.
void write_texts(const Object& at, const char* name, const std::vector<std::string>& values);
void write_number(const Object& at, const char* name, double value);
void write_integer(const Object& at, const char* name, int value);
void write_numbers(const Object& at, const char* name, const std::vector<double>& values);
/// Chunked along the first axis, shuffled, deflated and with a checksum a chunk.
Object write_array(const Object& at, const char* name, const std::vector<hsize_t>& shape,
                   hid_t stored, hid_t given, const void* values);

// Reading. Throw FormatError that names file and object.
[[noreturn]] void fail(const Object& at, std::string what, std::string expected, std::string found);
/// Names of the groups inside; links that are not hard, and data sets, are refused.
std::vector<std::string> group_names(const Object& at);
Object open_group(const Object& parent, const std::string& name);
bool has(const Object& at, const char* name);
bool has_attribute(const Object& at, const char* name);
Object open_array(const Object& at, const char* name);
/// At most `max_rank` axes; checked against the bytes that the file holds before anyone allocates.
std::vector<hsize_t> shape(const Object& array, std::size_t rank);
std::vector<double> read_doubles(const Object& array, std::size_t count);
std::vector<std::uint8_t> read_bytes(const Object& array, std::size_t count);
std::string read_text(const Object& at, const char* name);
std::vector<std::string> read_texts(const Object& at, const char* name);
double read_number(const Object& at, const char* name);
std::vector<double> read_numbers(const Object& at, const char* name);

}  // namespace kinemyo::dataset::h5
