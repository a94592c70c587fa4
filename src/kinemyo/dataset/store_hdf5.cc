#include "kinemyo/dataset/store_hdf5.h"

#include <algorithm>
#include <cstring>

#include "kinemyo/base/error.h"

namespace kinemyo::dataset::h5 {

namespace {

constexpr hsize_t kChunkBytes = 1 << 18;
constexpr hsize_t kMaxAttributeBytes = 1 << 26;
// zlib's format cannot squeeze more than 1032 to 1, fill values aside.
constexpr double kMaxDeflation = 1100;

Handle type(hid_t id) { return {id, H5Tclose}; }
Handle space(hid_t id) { return {id, H5Sclose}; }
Handle list(hid_t id) { return {id, H5Pclose}; }

std::string member(const Object& at, const std::string& name) {
  return at.name == "/" ? "/" + name : at.name + "/" + name;
}

std::string of(const Object& at, const char* attribute) {
  return "attribute " + base::quoted(attribute) + " of " + at.name;
}

void check_written(bool good, const Object& at) {
  if (!good) throw IoError(*at.path, "cannot write " + at.name + ": " + last_problem());
}

herr_t take_description(unsigned depth, const H5E_error2_t* error, void* out) {
  if (depth == 0 && error->desc != nullptr) *static_cast<std::string*>(out) = error->desc;
  return 0;
}

herr_t add_name(hid_t, const char* name, const H5L_info_t* info, void* out) {
  auto& found = *static_cast<std::vector<std::pair<std::string, bool>>*>(out);
  found.emplace_back(name, info->type == H5L_TYPE_HARD);
  return 0;
}

void write_attribute(const Object& at, const char* name, const Handle& kind, const Handle& extent,
                     const void* values) {
  const Handle attribute(H5Acreate2(at.id(), name, kind.get(), extent.get(), H5P_DEFAULT, H5P_DEFAULT),
                         H5Aclose);
  check_written(attribute.valid() && H5Awrite(attribute.get(), kind.get(), values) >= 0, at);
}

Handle text_type(std::size_t bytes) {
  Handle kind = type(H5Tcopy(H5T_C_S1));
  H5Tset_size(kind.get(), std::max<std::size_t>(bytes, 1));
  H5Tset_cset(kind.get(), H5T_CSET_UTF8);
  H5Tset_strpad(kind.get(), H5T_STR_NULLPAD);
  return kind;
}

Handle open_attribute(const Object& at, const char* name) {
  if (!has_attribute(at, name)) {
    fail(at, "an attribute is missing", base::quoted(name), "none of that name");
  }
  Handle attribute(H5Aopen(at.id(), name, H5P_DEFAULT), H5Aclose);
  if (!attribute.valid()) fail(at, "cannot read " + of(at, name), "an attribute", last_problem());
  return attribute;
}

// How many values an attribute has, refused where they would not fit any sane file.
std::size_t attribute_count(const Object& at, const char* name, const Handle& attribute,
                            std::size_t item_bytes) {
  const Handle extent = space(H5Aget_space(attribute.get()));
  const hssize_t count = extent.valid() ? H5Sget_simple_extent_npoints(extent.get()) : -1;
  if (count < 0 || static_cast<hsize_t>(count) > kMaxAttributeBytes / std::max<std::size_t>(item_bytes, 1)) {
    fail(at, "bad size of " + of(at, name), "at most 64 MiB", std::to_string(count) + " values");
  }
  return static_cast<std::size_t>(count);
}

// Shape and kind of number were checked by shape(); this reads them.
void read_array(const Object& array, hid_t kind, std::size_t count, void* out) {
  if (count == 0) return;
  if (H5Dread(array.id(), kind, H5S_ALL, H5S_ALL, H5P_DEFAULT, out) < 0) {
    fail(array, "the values cannot be read", "whole chunks", last_problem());
  }
}

}  // namespace

void quiet() {
  static const bool once = [] {
    H5dont_atexit();
    H5open();
    return true;
  }();
  (void)once;
  H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
}

std::string last_problem() {
  std::string text;
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, take_description, &text);
  H5Eclear2(H5E_DEFAULT);
  const std::string before = "error message = '";
  if (const auto from = text.find(before); from != std::string::npos) {
    const auto start = from + before.size();
    text = text.substr(start, text.find('\'', start) - start);
  }
  return text.empty() ? "HDF5 does not say why" : text;
}

Handle create_file(const std::string& path) {
  quiet();
  const Handle access = list(H5Pcreate(H5P_FILE_ACCESS));
  // From 1.8 on all structure of the file lies under checksums.
  H5Pset_libver_bounds(access.get(), H5F_LIBVER_V18, H5F_LIBVER_V18);
  const Handle creation = list(H5Pcreate(H5P_FILE_CREATE));
  H5Pset_obj_track_times(creation.get(), false);
  Handle file(H5Fcreate(path.c_str(), H5F_ACC_TRUNC, creation.get(), access.get()), H5Fclose);
  if (!file.valid()) throw IoError(path, "cannot create: " + last_problem());
  return file;
}

Handle open_file(const std::string& path) {
  quiet();
  Handle file(H5Fopen(path.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT), H5Fclose);
  if (!file.valid()) {
    throw FormatError(path, Place::named("superblock"), "this is no readable HDF5 file",
                      "a prepared store (HDF5)", last_problem());
  }
  return file;
}

Object create_group(const Object& parent, const std::string& name) {
  const Handle creation = list(H5Pcreate(H5P_GROUP_CREATE));
  H5Pset_obj_track_times(creation.get(), false);
  Object out{parent.path, member(parent, name),
             Handle(H5Gcreate2(parent.id(), name.c_str(), H5P_DEFAULT, creation.get(), H5P_DEFAULT), H5Gclose)};
  check_written(out.handle.valid(), out);
  return out;
}

void write_text(const Object& at, const char* name, const std::string& value) {
  write_attribute(at, name, text_type(value.size()), space(H5Screate(H5S_SCALAR)),
                  value.empty() ? "\0" : value.data());
}

void write_texts(const Object& at, const char* name, const std::vector<std::string>& values) {
  if (values.empty()) return;
  std::size_t longest = 1;
  for (const auto& value : values) longest = std::max(longest, value.size());
  std::string packed(values.size() * longest, '\0');
  for (std::size_t i = 0; i < values.size(); ++i) {
    std::memcpy(packed.data() + i * longest, values[i].data(), values[i].size());
  }
  const hsize_t count = values.size();
  write_attribute(at, name, text_type(longest), space(H5Screate_simple(1, &count, nullptr)), packed.data());
}

void write_number(const Object& at, const char* name, double value) {
  write_attribute(at, name, type(H5Tcopy(H5T_NATIVE_DOUBLE)), space(H5Screate(H5S_SCALAR)), &value);
}

void write_integer(const Object& at, const char* name, int value) {
  write_attribute(at, name, type(H5Tcopy(H5T_NATIVE_INT)), space(H5Screate(H5S_SCALAR)), &value);
}

void write_numbers(const Object& at, const char* name, const std::vector<double>& values) {
  if (values.empty()) return;
  const hsize_t count = values.size();
  write_attribute(at, name, type(H5Tcopy(H5T_NATIVE_DOUBLE)), space(H5Screate_simple(1, &count, nullptr)),
                  values.data());
}

Object write_array(const Object& at, const char* name, const std::vector<hsize_t>& extent,
                   hid_t stored, hid_t given, const void* values) {
  const Handle whole = space(H5Screate_simple(static_cast<int>(extent.size()), extent.data(), nullptr));
  const Handle creation = list(H5Pcreate(H5P_DATASET_CREATE));
  H5Pset_obj_track_times(creation.get(), false);
  auto chunk = extent;
  hsize_t row_bytes = H5Tget_size(stored);
  for (std::size_t axis = 1; axis < extent.size(); ++axis) row_bytes *= extent[axis];
  chunk[0] = std::clamp<hsize_t>(kChunkBytes / std::max<hsize_t>(row_bytes, 1), 1, extent[0]);
  H5Pset_chunk(creation.get(), static_cast<int>(chunk.size()), chunk.data());
  H5Pset_shuffle(creation.get());
  H5Pset_deflate(creation.get(), 1);
  H5Pset_fletcher32(creation.get());
  Object out{at.path, member(at, name),
             Handle(H5Dcreate2(at.id(), name, stored, whole.get(), H5P_DEFAULT, creation.get(), H5P_DEFAULT),
                    H5Dclose)};
  check_written(out.handle.valid() &&
                    H5Dwrite(out.id(), given, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0,
                out);
  return out;
}

void fail(const Object& at, std::string what, std::string expected, std::string found) {
  throw FormatError(*at.path, Place::named(at.name), std::move(what), std::move(expected), std::move(found));
}

std::vector<std::string> group_names(const Object& at) {
  std::vector<std::pair<std::string, bool>> found;
  if (H5Literate(at.id(), H5_INDEX_NAME, H5_ITER_INC, nullptr, add_name, &found) < 0) {
    fail(at, "the group cannot be listed", "a group of groups", last_problem());
  }
  std::vector<std::string> names;
  for (const auto& [name, hard] : found) {
    if (!hard) fail(at, "a link leads elsewhere", "a group in this file", base::quoted(name));
    names.push_back(name);
  }
  return names;
}

Object open_group(const Object& parent, const std::string& name) {
  Object out{parent.path, member(parent, name),
             Handle(H5Gopen2(parent.id(), name.c_str(), H5P_DEFAULT), H5Gclose)};
  if (!out.handle.valid()) fail(out, "the group cannot be opened", "a group", last_problem());
  return out;
}

bool has(const Object& at, const char* name) { return H5Lexists(at.id(), name, H5P_DEFAULT) > 0; }

bool has_attribute(const Object& at, const char* name) { return H5Aexists(at.id(), name) > 0; }

Object open_array(const Object& at, const char* name) {
  Object out{at.path, member(at, name), {}};
  H5L_info_t link;
  if (H5Lget_info(at.id(), name, &link, H5P_DEFAULT) < 0) {
    fail(at, "a data set is missing", base::quoted(name), "none of that name");
  }
  if (link.type != H5L_TYPE_HARD) fail(out, "a link leads elsewhere", "a data set in this file", "a link");
  out.handle = Handle(H5Dopen2(at.id(), name, H5P_DEFAULT), H5Dclose);
  if (!out.handle.valid()) fail(out, "the data set cannot be opened", "an array of numbers", last_problem());
  return out;
}

std::vector<hsize_t> shape(const Object& array, std::size_t rank) {
  const Handle kind = type(H5Dget_type(array.id()));
  const auto kind_class = H5Tget_class(kind.get());
  if (kind_class != H5T_FLOAT && kind_class != H5T_INTEGER) {
    fail(array, "wrong type", "numbers", "HDF5 type class " + std::to_string(kind_class));
  }
  const Handle extent = space(H5Dget_space(array.id()));
  const int axes = extent.valid() ? H5Sget_simple_extent_ndims(extent.get()) : -1;
  if (axes != static_cast<int>(rank)) {
    fail(array, "wrong number of axes", std::to_string(rank), std::to_string(axes));
  }
  std::vector<hsize_t> out(rank);
  H5Sget_simple_extent_dims(extent.get(), out.data(), nullptr);

  const Handle creation = list(H5Dget_create_plist(array.id()));
  const auto layout = H5Pget_layout(creation.get());
  if (layout == H5D_VIRTUAL || (layout == H5D_CONTIGUOUS && H5Pget_external_count(creation.get()) != 0)) {
    fail(array, "the values lie in another file", "values in this file", "a virtual or external data set");
  }
  hsize_t file_bytes = 0;
  const Handle file(H5Iget_file_id(array.id()), H5Fclose);
  H5Fget_filesize(file.get(), &file_bytes);
  const double held = static_cast<double>(std::min(H5Dget_storage_size(array.id()), file_bytes));
  double asked = static_cast<double>(H5Tget_size(kind.get()));
  for (const auto axis : out) asked *= static_cast<double>(axis);
  if (asked > held * (layout == H5D_CHUNKED ? kMaxDeflation : 1)) {
    std::string axes_text;
    for (const auto axis : out) axes_text += (axes_text.empty() ? "" : " x ") + std::to_string(axis);
    fail(array, "the file cannot hold so many values",
         "what fits " + std::to_string(static_cast<std::uint64_t>(held)) + " bytes", axes_text);
  }
  return out;
}

std::vector<double> read_doubles(const Object& array, std::size_t count) {
  std::vector<double> out(count);
  read_array(array, H5T_NATIVE_DOUBLE, count, out.data());
  return out;
}

std::vector<std::uint8_t> read_bytes(const Object& array, std::size_t count) {
  std::vector<std::uint8_t> out(count);
  read_array(array, H5T_NATIVE_UINT8, count, out.data());
  return out;
}

std::vector<std::string> read_texts(const Object& at, const char* name) {
  const Handle attribute = open_attribute(at, name);
  const Handle kind = type(H5Aget_type(attribute.get()));
  if (H5Tget_class(kind.get()) != H5T_STRING) {
    fail(at, "wrong type of " + of(at, name), "text", "HDF5 type class " + std::to_string(H5Tget_class(kind.get())));
  }
  std::vector<std::string> out;
  if (H5Tis_variable_str(kind.get()) > 0) {  // as h5py writes it
    const std::size_t count = attribute_count(at, name, attribute, sizeof(char*));
    std::vector<char*> texts(count, nullptr);
    Handle memory = type(H5Tcopy(H5T_C_S1));
    H5Tset_size(memory.get(), H5T_VARIABLE);
    H5Tset_cset(memory.get(), H5Tget_cset(kind.get()));
    if (H5Aread(attribute.get(), memory.get(), texts.data()) < 0) {
      fail(at, "cannot read " + of(at, name), "text", last_problem());
    }
    for (const char* text : texts) out.emplace_back(text == nullptr ? "" : text);
    const Handle extent = space(H5Aget_space(attribute.get()));
    H5Dvlen_reclaim(memory.get(), extent.get(), H5P_DEFAULT, texts.data());
    return out;
  }
  const std::size_t size = H5Tget_size(kind.get());
  const std::size_t count = attribute_count(at, name, attribute, size);
  std::string packed(count * size, '\0');
  if (H5Aread(attribute.get(), kind.get(), packed.data()) < 0) {
    fail(at, "cannot read " + of(at, name), "text", last_problem());
  }
  for (std::size_t i = 0; i < count; ++i) {
    const std::string_view padded(packed.data() + i * size, size);
    out.emplace_back(padded.substr(0, padded.find('\0')));
  }
  return out;
}

std::string read_text(const Object& at, const char* name) {
  auto texts = read_texts(at, name);
  if (texts.size() != 1) fail(at, "bad size of " + of(at, name), "one text", std::to_string(texts.size()));
  return std::move(texts.front());
}

std::vector<double> read_numbers(const Object& at, const char* name) {
  const Handle attribute = open_attribute(at, name);
  const Handle kind = type(H5Aget_type(attribute.get()));
  const auto kind_class = H5Tget_class(kind.get());
  if (kind_class != H5T_FLOAT && kind_class != H5T_INTEGER) {
    fail(at, "wrong type of " + of(at, name), "numbers", "HDF5 type class " + std::to_string(kind_class));
  }
  std::vector<double> out(attribute_count(at, name, attribute, sizeof(double)));
  if (!out.empty() && H5Aread(attribute.get(), H5T_NATIVE_DOUBLE, out.data()) < 0) {
    fail(at, "cannot read " + of(at, name), "numbers", last_problem());
  }
  return out;
}

double read_number(const Object& at, const char* name) {
  const auto numbers = read_numbers(at, name);
  if (numbers.size() != 1) fail(at, "bad size of " + of(at, name), "one number", std::to_string(numbers.size()));
  return numbers.front();
}

}  // namespace kinemyo::dataset::h5
