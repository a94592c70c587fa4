#include "kinemyo/io/hdf5_variables.h"

#include <hdf5.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "kinemyo/base/text.h"
#include "kinemyo/io/contained.h"

namespace kinemyo::io {

namespace {

constexpr std::string_view kSignature = "\x89HDF\r\n\x1a\n";
constexpr int kDeepest = 24;
constexpr std::size_t kMostObjects = 200'000;
constexpr std::size_t kMostAttributeNumbers = 65'536;  // HDF5 keeps no more in an object's header
constexpr std::size_t kNumbersAnyway = std::size_t{8} << 20, kNumbersShare = 6;  // doubles; a share of the file's bytes

// An HDF5 identifier; whatever it is of, H5Idec_ref gives it back.
class Id {
 public:
  explicit Id(hid_t id) : id_(id) {}
  Id(Id&& other) noexcept : id_(std::exchange(other.id_, H5I_INVALID_HID)) {}
  Id(const Id&) = delete;
  Id& operator=(const Id&) = delete;
  ~Id() {
    if (id_ >= 0) H5Idec_ref(id_);
  }
  hid_t get() const { return id_; }
  bool good() const { return id_ >= 0; }

 private:
  hid_t id_;
};

// What ends the reading of the whole file.
struct Problem {
  ContainedResult::Problem parts;
};

[[noreturn]] void fail(const std::string& place, std::string what, std::string expected, std::string found) {
  throw Problem{{place, std::move(what), std::move(expected), std::move(found)}};
}

// The texts of an array of strings, of both of HDF5's kinds.
std::vector<std::string> texts_of(hid_t type, std::size_t count, const auto& read) {
  std::vector<std::string> out;
  if (H5Tis_variable_str(type) > 0) {
    const Id memory(H5Tcopy(type));
    std::vector<char*> pointers(count, nullptr);
    if (read(memory.get(), pointers.data())) {
      for (const char* one : pointers) out.emplace_back(one == nullptr ? "" : one);
    }
    return out;  // the texts are the child's to lose
  }
  const std::size_t size = H5Tget_size(type);
  std::string bytes(size * count, '\0');
  if (!read(type, bytes.data())) return out;
  for (std::size_t i = 0; i < count; ++i) {
    const std::string_view one = std::string_view(bytes).substr(i * size, size);
    out.emplace_back(base::trim(one.substr(0, one.find('\0'))));
  }
  return out;
}

class Reader {
 public:
  Reader(std::size_t file_bytes, bool matlab, std::vector<std::string>& notes)
      : matlab_(matlab), left_(kNumbersAnyway + kNumbersShare * file_bytes), notes_(notes) {}

  std::vector<Variable> read(hid_t file) {
    const Id root(H5Gopen2(file, "/", H5P_DEFAULT));
    if (!root.good()) fail("/", "the root of the file cannot be opened", "a group", "damage");
    return group(root.get(), entries_of(root.get(), ""), "", 0);
  }

 private:
  struct Entry {
    std::string name;
    bool hard = true;
  };

  static herr_t collect(hid_t, const char* name, const H5L_info_t* info, void* into) {
    auto& list = *static_cast<std::vector<Entry>*>(into);
    if (list.size() >= kMostObjects) return -1;
    list.push_back({name, info->type == H5L_TYPE_HARD});
    return 0;
  }

  std::vector<Entry> entries_of(hid_t id, const std::string& place) const {
    std::vector<Entry> entries;
    hsize_t next = 0;
    if (H5Literate(id, H5_INDEX_NAME, H5_ITER_INC, &next, collect, &entries) < 0) {
      fail(place.empty() ? "/" : place, "the names in a group cannot be read", "up to " + std::to_string(kMostObjects), "damage, or more");
    }
    return entries;
  }

  std::vector<Variable> group(hid_t id, const std::vector<Entry>& entries, const std::string& place, int depth) {
    std::vector<Variable> out;
    for (const auto& entry : entries) {
      const std::string inner = place + "/" + entry.name;
      if (entry.name.starts_with("#")) continue;  // MATLAB's own, reached by reference
      if (!entry.hard) {
        notes_.push_back(inner + " is a link to elsewhere, and left out");
        continue;
      }
      const Id object(H5Oopen(id, entry.name.c_str(), H5P_DEFAULT));
      if (!object.good()) fail(inner, "an object cannot be opened", "a sound file", "damage");
      take(object.get(), entry.name, inner, depth, out);
    }
    if (!matlab_) attributes(id, "", out);
    return out;
  }

  void take(hid_t object, const std::string& name, const std::string& place, int depth, std::vector<Variable>& out) {
    if (depth > kDeepest) fail(place, "groups lie too deeply in each other", std::to_string(kDeepest) + " levels", "more");
    if (++objects_ > kMostObjects) fail(place, "there are too many objects", std::to_string(kMostObjects), "more");
    const auto kind = H5Iget_type(object);
    if (kind == H5I_GROUP) {
      const auto entries = entries_of(object, place);
      if (matlab_ && is_struct_array(object, entries)) return struct_array(object, entries, name, place, depth, out);
      Variable variable;
      variable.name = name;
      variable.fields = group(object, entries, place, depth + 1);
      out.push_back(std::move(variable));
    } else if (kind == H5I_DATASET) {
      dataset(object, name, place, depth, out);
    }  // a named type holds nothing
  }

  // In a struct of several elements every field is an array of references without a class of MATLAB's.
  static bool is_struct_array(hid_t group_id, const std::vector<Entry>& entries) {
    for (const auto& entry : entries) {
      if (!entry.hard) return false;
      const Id field(H5Oopen(group_id, entry.name.c_str(), H5P_DEFAULT));
      if (!field.good() || H5Iget_type(field.get()) != H5I_DATASET || !matlab_class(field.get()).empty() || lies_elsewhere(field.get())) return false;
      const Id type(H5Dget_type(field.get()));
      if (H5Tget_class(type.get()) != H5T_REFERENCE || H5Tequal(type.get(), H5T_STD_REF_OBJ) <= 0) return false;
    }
    return !entries.empty();
  }

  // Each element takes its own of every field, however many elements a field has itself.
  void struct_array(hid_t id, const std::vector<Entry>& entries, const std::string& name, const std::string& place, int depth, std::vector<Variable>& out) {
    std::vector<Variable> elements;
    for (const auto& entry : entries) {
      const std::string inner = place + "/" + entry.name;
      const Id field(H5Oopen(id, entry.name.c_str(), H5P_DEFAULT));
      if (!field.good()) fail(inner, "an object cannot be opened", "a sound file", "damage");
      const auto references = references_of(field.get(), extent_of(field.get(), inner).count, inner);
      for (std::size_t e = 0; e < references.size(); ++e) {
        if (e == elements.size()) elements.emplace_back().name = element_name(name, e);
        take_reference(field.get(), references[e], e, entry.name, inner, depth, elements[e].fields);
      }
    }
    std::move(elements.begin(), elements.end(), std::back_inserter(out));
  }

  struct Extent {
    std::vector<hsize_t> sizes;
    std::size_t count = 1;
  };

  static Extent extent_of(hid_t id, const std::string& place) {
    const Id space(H5Dget_space(id));
    if (!space.good()) fail(place, "a data set cannot be opened", "a sound file", "damage");
    const int dimensions = H5Sget_simple_extent_ndims(space.get());
    if (dimensions < 0 || dimensions > 32) fail(place, "the dimensions of a data set", "up to 32", std::to_string(dimensions));
    Extent out;
    out.sizes.resize(static_cast<std::size_t>(dimensions));
    if (dimensions > 0) H5Sget_simple_extent_dims(space.get(), out.sizes.data(), nullptr);
    if (H5Sget_simple_extent_type(space.get()) == H5S_NULL) out.count = 0;
    for (const auto size : out.sizes) {
      if (size > 0 && out.count > (std::size_t{1} << 40) / size) fail(place, "the size of a data set", "less than 2^40 numbers", "more");
      out.count *= static_cast<std::size_t>(size);
    }
    return out;
  }

  // True of data that lie in other files.
  static bool lies_elsewhere(hid_t dataset) {
    const Id made(H5Dget_create_plist(dataset));
    return !made.good() || H5Pget_external_count(made.get()) != 0 || H5Pget_layout(made.get()) == H5D_VIRTUAL;
  }

  std::vector<hobj_ref_t> references_of(hid_t dataset, std::size_t count, const std::string& place) {
    spend(count, place);
    std::vector<hobj_ref_t> out(count);
    if (count > 0 && H5Dread(dataset, H5T_STD_REF_OBJ, H5S_ALL, H5S_ALL, H5P_DEFAULT, out.data()) < 0) cannot_read(place);
    return out;
  }

  // What the reference of cell or element `index` leads to, under that name.
  void take_reference(hid_t file, const hobj_ref_t& reference, std::size_t index, const std::string& name, const std::string& place, int depth,
                      std::vector<Variable>& out) {
    const std::string number = std::to_string(index + 1);
    const Id object(H5Rdereference2(file, H5P_DEFAULT, H5R_OBJECT, &reference));
    if (!object.good()) fail(place, "cell " + number + " refers to nothing", "a sound file", "damage");
    take(object.get(), name, place + "{" + number + "}", depth + 1, out);
  }

  static std::string matlab_class(hid_t object) {
    if (H5Aexists(object, "MATLAB_class") <= 0) return "";
    const Id attribute(H5Aopen(object, "MATLAB_class", H5P_DEFAULT));
    const Id type(H5Aget_type(attribute.get()));
    const Id space(H5Aget_space(attribute.get()));
    if (H5Tget_class(type.get()) != H5T_STRING || H5Sget_simple_extent_npoints(space.get()) != 1) return "";
    const auto texts = texts_of(type.get(), 1, [&](hid_t memory, void* to) { return H5Aread(attribute.get(), memory, to) >= 0; });
    return texts.empty() ? "" : texts[0];
  }

  void spend(std::size_t numbers, const std::string& place) {
    if (numbers > left_) {
      fail(place, "the arrays of the file are larger than a file of its size can fill", "up to " + std::to_string(left_) + " more numbers", std::to_string(numbers));
    }
    left_ -= numbers;
  }

  void dataset(hid_t id, const std::string& name, const std::string& place, int depth, std::vector<Variable>& out) {
    const Id type(H5Dget_type(id));
    if (!type.good()) fail(place, "a data set cannot be opened", "a sound file", "damage");
    if (lies_elsewhere(id)) {
      notes_.push_back(place + " lies in other files, and is left out");
      return;
    }
    const auto [sizes, count] = extent_of(id, place);
    Variable variable;
    variable.name = name;
    variable.shape.assign(sizes.begin(), sizes.end());
    const std::string meant = matlab_ ? matlab_class(id) : "";
    if (matlab_) std::reverse(variable.shape.begin(), variable.shape.end());
    if (matlab_ && H5Aexists(id, "MATLAB_empty") > 0) {
      out.push_back({name, {0, 0}, {}, meant == "char" ? std::vector<std::string>{""} : std::vector<std::string>{}, {}});
      return;
    }
    if (matlab_ && (H5Aexists(id, "MATLAB_object_decode") > 0 || meant == "function_handle")) {
      notes_.push_back(place + " is an object of MATLAB's (" + (meant.empty() ? "no class" : meant) + "; a table, datetime, string ...), and left out: docs/formats/mat.md says how to save it");
      return;
    }
    const auto read = [&](hid_t memory, void* to) { return H5Dread(id, memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, to) >= 0; };
    switch (H5Tget_class(type.get())) {
      case H5T_INTEGER:
      case H5T_FLOAT: {
        spend(count, place);
        variable.numbers.resize(count);
        if (count > 0 && !read(H5T_NATIVE_DOUBLE, variable.numbers.data())) cannot_read(place);
        break;
      }
      case H5T_ENUM: {
        if (H5Tget_size(type.get()) != 1) {
          notes_.push_back(place + " holds names of choices, and is left out");
          return;
        }
        spend(count, place);
        std::string bytes(count, '\0');
        if (count > 0 && !read(type.get(), bytes.data())) cannot_read(place);
        variable.numbers.assign(bytes.begin(), bytes.end());
        break;
      }
      case H5T_STRING: {
        spend(count * (1 + H5Tget_size(type.get()) / 8), place);
        variable.texts = texts_of(type.get(), count, read);
        if (variable.texts.size() != count) cannot_read(place);
        variable.shape.clear();
        break;
      }
      case H5T_REFERENCE: {
        if (H5Tequal(type.get(), H5T_STD_REF_OBJ) <= 0) {
          notes_.push_back(place + " refers to parts of arrays, and is left out");
          return;
        }
        cells(id, references_of(id, count, place), place, depth, variable);
        break;
      }
      case H5T_COMPOUND: {
        members(id, type.get(), count, place, variable);
        break;
      }
      default: notes_.push_back(place + " holds neither numbers nor texts, and is left out"); return;
    }
    if (matlab_ && meant == "char") as_characters(variable);
    if (matlab_ && !variable.numbers.empty()) variable.numbers = to_row_major(variable.numbers, variable.shape);
    out.push_back(std::move(variable));
    if (!matlab_) attributes(id, name + "_", out);
  }

  [[noreturn]] static void cannot_read(const std::string& place) { fail(place, "a data set cannot be read", "a sound file", "damage"); }

  // MATLAB's cells: texts become texts, one cell becomes what is in it, others become fields 1, 2, 3 ...
  void cells(hid_t file, const std::vector<hobj_ref_t>& references, const std::string& place, int depth, Variable& variable) {
    bool texts = true;
    std::vector<Variable> inside;
    for (std::size_t i = 0; i < references.size(); ++i) {
      const std::string number = std::to_string(i + 1);
      const std::size_t before = inside.size();
      take_reference(file, references[i], i, number, place, depth, inside);
      if (inside.size() == before) inside.push_back({number, {}, {}, {}, {}});
      for (std::size_t k = before; k < inside.size(); ++k) texts = texts && inside[k].numbers.empty() && inside[k].fields.empty();
    }
    set_cells(variable, std::move(inside), texts);
  }

  // UTF-16 by columns: each row is a text.
  static void as_characters(Variable& variable) {
    const std::size_t rows = variable.shape.empty() ? 1 : variable.shape[0];
    variable.texts.assign(rows, "");
    for (std::size_t i = 0; i < variable.numbers.size(); ++i) {
      append_utf8(variable.texts[i % rows], variable.numbers[i]);
    }
    for (auto& text : variable.texts) text = std::string(base::trim(text));
    variable.numbers.clear();
    variable.shape.clear();
  }

  // A table of records (h5py, PyTables): each member that is a number becomes a field.
  void members(hid_t id, hid_t type, std::size_t count, const std::string& place, Variable& variable) {
    const int many = H5Tget_nmembers(type);
    variable.shape.clear();
    for (int m = 0; m < many; ++m) {
      const auto kind = H5Tget_member_class(type, static_cast<unsigned>(m));
      if (kind != H5T_INTEGER && kind != H5T_FLOAT) continue;
      char* text = H5Tget_member_name(type, static_cast<unsigned>(m));
      if (text == nullptr) cannot_read(place);
      Variable field;
      field.name = text;
      const Id memory(H5Tcreate(H5T_COMPOUND, sizeof(double)));
      H5Tinsert(memory.get(), text, 0, H5T_NATIVE_DOUBLE);
      H5free_memory(text);
      spend(count, place);
      field.shape = {count};
      field.numbers.resize(count);
      if (count > 0 && H5Dread(id, memory.get(), H5S_ALL, H5S_ALL, H5P_DEFAULT, field.numbers.data()) < 0) cannot_read(place);
      variable.fields.push_back(std::move(field));
    }
  }

  void attributes(hid_t object, const std::string& prefix, std::vector<Variable>& out) {
    H5O_info_t info{};
    if (H5Oget_info2(object, &info, H5O_INFO_NUM_ATTRS) < 0) return;
    for (hsize_t i = 0; i < info.num_attrs; ++i) {
      const Id attribute(H5Aopen_by_idx(object, ".", H5_INDEX_NAME, H5_ITER_INC, i, H5P_DEFAULT, H5P_DEFAULT));
      if (!attribute.good()) continue;
      if (++objects_ > kMostObjects) fail("/", "there are too many attributes", std::to_string(kMostObjects), "more");
      char text[256] = "";
      H5Aget_name(attribute.get(), sizeof text, text);
      const Id type(H5Aget_type(attribute.get())), space(H5Aget_space(attribute.get()));
      const auto points = H5Sget_simple_extent_npoints(space.get());
      if (points <= 0 || static_cast<std::size_t>(points) > kMostAttributeNumbers) continue;
      const auto count = static_cast<std::size_t>(points);
      const auto read = [&](hid_t memory, void* to) { return H5Aread(attribute.get(), memory, to) >= 0; };
      Variable one;
      one.name = prefix + text;
      const auto kind = H5Tget_class(type.get());
      if (kind == H5T_INTEGER || kind == H5T_FLOAT) {
        one.shape = {count};
        one.numbers.resize(count);
        if (!read(H5T_NATIVE_DOUBLE, one.numbers.data())) continue;
      } else if (kind == H5T_STRING) {
        spend(count * (1 + H5Tget_size(type.get()) / 8), one.name);
        one.texts = texts_of(type.get(), count, read);
        if (one.texts.size() != count) continue;
      } else {
        continue;
      }
      one.is_attribute = true;
      out.push_back(std::move(one));
    }
  }

  bool matlab_;
  std::size_t left_;
  std::size_t objects_ = 0;
  std::vector<std::string>& notes_;
};

ContainedResult read_image(std::string_view bytes, bool matlab) {
  H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
  H5PLset_loading_state(0);  // no code from elsewhere, whatever filter a file asks for
  ContainedResult out;
  try {
    const Id access(H5Pcreate(H5P_FILE_ACCESS));
    if (H5Pset_fapl_core(access.get(), 1 << 20, 0) < 0 || H5Pset_file_image(access.get(), const_cast<char*>(bytes.data()), bytes.size()) < 0) {
      fail("file", "HDF5 takes it not into memory", "a file that fits", std::to_string(bytes.size()) + " bytes");
    }
    const Id file(H5Fopen("image", H5F_ACC_RDONLY, access.get()));
    if (!file.good()) fail("file", "HDF5 cannot open it", "a sound and whole file", "damage, or an end that is missing");
    out.variables = Reader(bytes.size(), matlab, out.notes).read(file.get());
  } catch (const Problem& problem) {
    out.problem = problem.parts;
  }
  return out;
}

}  // namespace

bool looks_like_hdf5(std::string_view bytes) {
  for (std::size_t at = 0; at + kSignature.size() <= bytes.size(); at = at == 0 ? 512 : 2 * at) {
    if (bytes.substr(at, kSignature.size()) == kSignature) return true;
  }
  return false;
}

bool looks_like_mat73(std::string_view bytes) { return bytes.starts_with("MATLAB 7.3") && looks_like_hdf5(bytes); }

std::vector<Variable> parse_hdf5(std::string_view bytes, const std::string& path, std::vector<std::string>& notes) {
  const bool matlab = looks_like_mat73(bytes);
  ContainedLimits limits;
  limits.memory_bytes = (std::size_t{384} << 20) + 128 * bytes.size();
  // A sound file takes milliseconds; a damaged one may lead libhdf5 round in circles.
  limits.time_s = static_cast<unsigned>(4 + (bytes.size() >> 22));
  auto result = run_contained(path, "HDF5", limits, [&] { return read_image(bytes, matlab); });
  notes.insert(notes.end(), result.notes.begin(), result.notes.end());
  return std::move(result.variables);
}

}  // namespace kinemyo::io
