#include "kinemyo/exchange/pth.h"

#include <optional>

#include "kinemyo/base/file.h"
#include "kinemyo/base/floats.h"
#include "kinemyo/base/text.h"
#include "kinemyo/exchange/pickle.h"
#include "kinemyo/exchange/zip.h"

namespace kinemyo::exchange {

namespace {

using Kind = Pickle::Kind;
using Value = Pickle::Value;

// Where kinemyo leaves the rest of a model; PyTorch passes over what it does not know.
constexpr const char* kDocument = "extra/kinemyo.json";

struct Element {
  std::string_view storage;
  base::FloatType numbers;
};
constexpr Element kElements[] = {{"torch FloatStorage", base::kFloat32},
                                 {"torch DoubleStorage", base::kFloat64},
                                 {"torch HalfStorage", base::kFloat16},
                                 {"torch BFloat16Storage", base::kBfloat16}};

class Reader {
 public:
  Reader(std::string path, std::string_view bytes)
      : path_(std::move(path)), file_bytes_(bytes.size()) {
    if (bytes.starts_with("\x80")) {
      throw FormatError(
          path_, Place::byte(0), "a bare pickle",
          "a zip, as PyTorch writes since version 1.6 (save the state dict again with that)",
          "a pickle, as PyTorch wrote before");
    }
    entries_ = parse_zip(path_, bytes);
    for (const auto& [name, entry] : entries_) {
      if (name == "data.pkl" || name.ends_with("/data.pkl")) {
        folder_ = name.substr(0, name.size() - std::string_view("data.pkl").size());
        check_byte_order();
        pickle_ = parse_pickle(path_, entry.bytes, entry.offset);
        return;
      }
    }
    fail("a zip, but no file of PyTorch's", "an entry data.pkl",
         std::to_string(entries_.size()) + " others");
  }

  StateDict read() {
    StateDict out;
    auto& weights = out.weights;
    const auto& dict = choose();
    for (std::size_t i = 0; i + 1 < dict.items.size(); i += 2) {
      const auto& key = pickle_.at(dict.items[i]);
      if (key.kind != Kind::text) continue;
      if (auto tensor = read_tensor(key.text, pickle_.at(dict.items[i + 1]))) {
        weights[key.text] = std::move(*tensor);
      }
    }
    const auto document = entries_.find(folder_ + kDocument);
    if (document != entries_.end()) out.document = document->second.bytes;
    return out;
  }

 private:
  [[noreturn]] void fail(std::string what, std::string expected, std::string found) const {
    throw FormatError(path_, Place::named(folder_ + "data.pkl"), std::move(what),
                      std::move(expected), std::move(found));
  }

  void check_byte_order() const {
    const auto order = entries_.find(folder_ + "byteorder");
    if (order != entries_.end() && order->second.bytes != "little") {
      fail("byte order of the numbers", "little", base::quoted(order->second.bytes));
    }
  }

  bool calls(const Value& value, std::string_view function) const {
    return value.kind == Kind::call && pickle_.at(value.items[0]).text == function;
  }
  const Value& arguments(const Value& call) const { return pickle_.at(call.items[1]); }

  bool holds_tensors(const Value& value) const {
    if (value.kind != Kind::dict) return false;
    for (std::size_t i = 1; i < value.items.size(); i += 2) {
      const auto& item = pickle_.at(value.items[i]);
      if (calls(item, "torch._utils _rebuild_tensor_v2") ||
          calls(item, "torch._utils _rebuild_parameter"))
        return true;
    }
    return false;
  }

  // The dict of tensors: the root itself, or the only one in it.
  const Value& choose() const {
    const auto& root = pickle_.root();
    if (root.kind != Kind::dict) fail("no state dict", "a dict of named tensors", "another object");
    if (holds_tensors(root)) return root;
    const Value* chosen = nullptr;
    std::vector<std::string> names;
    for (std::size_t i = 0; i + 1 < root.items.size(); i += 2) {
      const auto& item = pickle_.at(root.items[i + 1]);
      if (!holds_tensors(item)) continue;
      const auto& key = pickle_.at(root.items[i]);
      names.push_back(key.kind == Kind::text ? base::quoted(key.text) : "unnamed");
      chosen = &item;
    }
    for (const char* usual : {"state_dict", "model_state_dict"}) {
      const auto* found = pickle_.find(root, usual);
      if (found != nullptr && holds_tensors(*found)) return *found;
    }
    if (names.size() != 1) {
      fail("no single state dict", "one dict of named tensors",
           names.empty() ? "none" : base::join(names));
    }
    return *chosen;
  }

  std::vector<std::size_t> sizes(const std::string& name, const Value& value) const {
    std::vector<std::size_t> out;
    if (value.kind != Kind::tuple || value.items.size() > 8)
      fail("tensor " + name, "at most 8 sizes", "another value");
    for (const auto index : value.items) {
      const auto& item = pickle_.at(index);
      if (item.kind != Kind::integer || item.integer < 0)
        fail("tensor " + name, "sizes of 0 or more", "another value");
      out.push_back(static_cast<std::size_t>(item.integer));
    }
    return out;
  }

  // Nothing for tensors of whole numbers (counters of an optimiser) and values that are no tensors.
  std::optional<model::Tensor> read_tensor(const std::string& key, const Value& value) {
    const std::string name = base::quoted(key, 80);
    const Value* call = &value;
    if (calls(*call, "torch._utils _rebuild_parameter")) {
      if (arguments(*call).items.empty()) fail("tensor " + name, "a parameter's tensor", "none");
      call = &pickle_.at(arguments(*call).items[0]);
    }
    if (!calls(*call, "torch._utils _rebuild_tensor_v2")) return std::nullopt;
    const auto& parts =
        arguments(*call).items;  // storage, offset, size, stride, requires_grad, hooks
    if (parts.size() < 4) fail("tensor " + name, "storage, offset, size and stride", "fewer parts");

    const auto& persistent = pickle_.at(parts[0]);
    if (persistent.kind != Kind::persistent) fail("tensor " + name, "a storage", "another value");
    const auto& id =
        pickle_.at(persistent.items[0]);  // 'storage', type, key, location, number of elements
    if (id.kind != Kind::tuple || id.items.size() != 5 ||
        pickle_.at(id.items[0]).text != "storage" || pickle_.at(id.items[1]).kind != Kind::global ||
        pickle_.at(id.items[2]).kind != Kind::text) {
      fail("tensor " + name, "a storage's type, key, place and size", "another value");
    }
    const auto& type = pickle_.at(id.items[1]).text;
    const Element* element = nullptr;
    for (const auto& known : kElements) {
      if (known.storage == type) element = &known;
    }
    if (element == nullptr) return std::nullopt;

    const std::string entry_name = folder_ + "data/" + pickle_.at(id.items[2]).text;
    const auto entry = entries_.find(entry_name);
    if (entry == entries_.end())
      fail("tensor " + name, "an entry " + base::quoted(entry_name, 80), "none");
    const auto stored = entry->second.bytes;
    const std::size_t available = stored.size() / element->numbers.bytes;

    const auto& first = pickle_.at(parts[1]);
    const auto shape = sizes(name, pickle_.at(parts[2]));
    const auto strides = sizes(name, pickle_.at(parts[3]));
    if (first.kind != Kind::integer || first.integer < 0 || shape.size() != strides.size()) {
      fail("tensor " + name, "an offset and a stride for each size", "another value");
    }
    const std::size_t start = static_cast<std::size_t>(first.integer);
    std::size_t count = 1;
    std::size_t last = start;
    bool fits = start <= available;
    for (std::size_t d = 0; d < shape.size() && fits; ++d) {
      fits = shape[d] == 0 || count <= available / shape[d];
      count *= shape[d];
      if (!fits || shape[d] < 2) continue;
      fits = strides[d] <= available / (shape[d] - 1) &&
             last + (shape[d] - 1) * strides[d] <= available;
      last += (shape[d] - 1) * strides[d];
    }
    if (!fits || (count > 0 && last >= available)) {
      fail("tensor " + name, "numbers within the " + std::to_string(available) + " of its storage",
           "more");
    }
    total_ += count;
    if (total_ > file_bytes_)
      fail("tensor " + name, "tensors no larger than the file", "the same numbers over and over");

    model::Tensor tensor;
    for (const auto size : shape) tensor.shape.push_back(static_cast<std::int64_t>(size));
    tensor.values.reserve(count);
    std::vector<std::size_t> index(shape.size(), 0);
    for (std::size_t n = 0; n < count; ++n) {
      std::size_t at = start;
      for (std::size_t d = 0; d < shape.size(); ++d) at += index[d] * strides[d];
      tensor.values.push_back(element->numbers.read(stored.data() + at * element->numbers.bytes));
      for (std::size_t d = shape.size(); d-- > 0;) {
        if (++index[d] < shape[d]) break;
        index[d] = 0;
      }
    }
    return tensor;
  }

  std::string path_;
  std::size_t file_bytes_;
  std::map<std::string, ZipEntry> entries_;
  std::string folder_;
  Pickle pickle_;
  std::size_t total_ = 0;
};

}  // namespace

StateDict parse_pth(const std::string& path, std::string_view bytes) {
  return Reader(path, bytes).read();
}

StateDict read_pth(const std::filesystem::path& path) {
  return parse_pth(path.string(), base::read_file(path));
}

namespace {

// The opcodes of protocol 2 that a state dict takes. Source: CPython, Lib/pickletools.py.
void add_text(std::string_view text, std::string& pickle) {
  pickle += 'X';
  for (int i = 0; i < 4; ++i) pickle += static_cast<char>(text.size() >> (8 * i) & 0xff);
  pickle += text;
}

void add_integer(std::uint64_t value, std::string& pickle) {
  const auto bytes = [&](int count) {
    for (int i = 0; i < count; ++i) pickle += static_cast<char>(value >> (8 * i) & 0xff);
  };
  if (value < 1u << 8) {
    pickle += 'K';
    bytes(1);
  } else if (value < 1u << 16) {
    pickle += 'M';
    bytes(2);
  } else if (value < 1u << 31) {
    pickle += 'J';
    bytes(4);
  } else {
    pickle += "\x8a\x08";
    bytes(8);
  }
}

void add_integers(const std::vector<std::uint64_t>& values, std::string& pickle) {
  pickle += '(';
  for (const auto value : values) add_integer(value, pickle);
  pickle += 't';
}

constexpr std::string_view kEmptyDict = "ccollections\nOrderedDict\n)R";

void add_tensor(const model::Tensor& tensor, const std::string& storage, std::string& pickle) {
  pickle += "ctorch._utils\n_rebuild_tensor_v2\n((";
  add_text("storage", pickle);
  pickle += "ctorch\nFloatStorage\n";
  add_text(storage, pickle);
  add_text("cpu", pickle);
  add_integer(tensor.values.size(), pickle);
  pickle += "tQ";
  add_integer(0, pickle);
  std::vector<std::uint64_t> shape(tensor.shape.begin(), tensor.shape.end());
  std::vector<std::uint64_t> strides(shape.size(), 1);
  for (std::size_t d = shape.size(); d-- > 1;) strides[d - 1] = strides[d] * shape[d];
  add_integers(shape, pickle);
  add_integers(strides, pickle);
  pickle += '\x89';  // no gradient
  pickle += kEmptyDict;  // no hooks
  pickle += "tR";
}

}  // namespace

std::string format_pth(const model::Model& model) {
  const std::string document = model::format_metadata(model);
  const std::string folder = "kinemyo/";
  std::string pickle("\x80\x02");
  pickle += kEmptyDict;
  pickle += '(';
  std::vector<ZipContent> contents(1);
  for (const auto& [name, tensor] : model.weights) {
    const auto storage = std::to_string(contents.size() - 1);
    add_text(name, pickle);
    add_tensor(tensor, storage, pickle);
    contents.push_back({folder + "data/" + storage,
                        {reinterpret_cast<const char*>(tensor.values.data()), tensor.values.size() * sizeof(float)}});
  }
  pickle += "u.";
  contents[0] = {folder + "data.pkl", pickle};
  contents.push_back({folder + "byteorder", "little"});
  contents.push_back({folder + kDocument, document});
  contents.push_back({folder + "version", "3\n"});
  return format_zip(contents);
}

void write_pth(const model::Model& model, const std::filesystem::path& path) {
  base::write_file(path, format_pth(model));
}

}  // namespace kinemyo::exchange
