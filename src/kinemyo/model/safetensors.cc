#include "kinemyo/model/safetensors.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <vector>

#include "kinemyo/base/bytes.h"
#include "kinemyo/base/floats.h"

namespace kinemyo::model {

namespace {

using nlohmann::json;

constexpr std::size_t kLengthBytes = 8;
constexpr std::size_t kLargestHeader = 100'000'000;  // as the format's own library has it
constexpr const char* kMetadata = "__metadata__";

struct Element {
  const char* type;
  base::FloatType numbers;
};
constexpr Element kElements[] = {
    {"F32", base::kFloat32}, {"F64", base::kFloat64}, {"F16", base::kFloat16}, {"BF16", base::kBfloat16}};

struct Extent {
  std::string name;
  const Element* element = nullptr;
  std::vector<std::int64_t> shape;
  std::size_t begin = 0;
  std::size_t end = 0;
};

json parse_header(base::ByteCursor& cursor, std::string_view text) {
  std::vector<std::set<std::string>> keys;
  const auto watch = [&](int, json::parse_event_t event, json& parsed) {
    if (event == json::parse_event_t::object_start) keys.emplace_back();
    if (event == json::parse_event_t::object_end) keys.pop_back();
    if (event == json::parse_event_t::key &&
        !keys.back().insert(parsed.get<std::string>()).second) {
      cursor.fail(kLengthBytes, "a name stands twice in the header", "each name once",
                  base::quoted(parsed.get<std::string>()));
    }
    return true;
  };
  try {
    json header = json::parse(text, watch);
    if (!header.is_object()) {
      cursor.fail(kLengthBytes, "the header", "a JSON object", header.type_name());
    }
    return header;
  } catch (const json::parse_error& problem) {
    cursor.fail(kLengthBytes + problem.byte, "the header is not valid JSON", "JSON",
                base::quoted(problem.what(), 120));
  } catch (const json::exception& problem) {  // a number too large for any type
    cursor.fail(kLengthBytes, "the header is not valid JSON", "JSON",
                base::quoted(problem.what(), 120));
  }
}

Extent parse_extent(const base::ByteCursor& cursor, const std::string& name, const json& entry,
                    std::size_t data_bytes) {
  const auto fail = [&](const std::string& what, std::string expected, std::string found) {
    cursor.fail(kLengthBytes, "tensor " + base::quoted(name) + ": " + what, std::move(expected),
                std::move(found));
  };
  const auto field = [&](const char* key) -> const json& {
    if (!entry.is_object() || !entry.contains(key)) fail(key, "this field", "none");
    return entry.at(key);
  };
  const auto& dtype = field("dtype");
  Extent extent;
  for (const auto& known : kElements) {
    if (dtype == known.type) extent.element = &known;
  }
  if (extent.element == nullptr) {
    fail("element type", "\"F32\", \"F64\", \"F16\" or \"BF16\"", base::quoted(dtype.dump(-1, ' ', true)));
  }
  extent.name = name;
  const auto& shape = field("shape");
  if (!shape.is_array() || shape.size() > 8)
    fail("shape", "a list of at most 8 sizes", "another value");
  std::size_t count = 1;
  for (const auto& size : shape) {
    if (!size.is_number_unsigned())
      fail("shape", "whole numbers", base::quoted(size.dump(-1, ' ', true)));
    const auto n = size.get<std::uint64_t>();
    if (n != 0 && count > data_bytes / n) {
      fail("shape", "at most " + std::to_string(data_bytes) + " bytes", shape.dump());
    }
    count *= static_cast<std::size_t>(n);
    extent.shape.push_back(static_cast<std::int64_t>(n));
  }
  const auto& offsets = field("data_offsets");
  if (!offsets.is_array() || offsets.size() != 2 || !offsets[0].is_number_unsigned() ||
      !offsets[1].is_number_unsigned()) {
    fail("data_offsets", "two whole numbers", base::quoted(offsets.dump(-1, ' ', true)));
  }
  extent.begin = offsets[0].get<std::size_t>();
  extent.end = offsets[1].get<std::size_t>();
  if (extent.begin > extent.end || extent.end > data_bytes) {
    fail("data_offsets", "a range within " + std::to_string(data_bytes) + " bytes", offsets.dump());
  }
  const std::size_t each = extent.element->numbers.bytes;
  if ((extent.end - extent.begin) / each != count || (extent.end - extent.begin) % each != 0) {
    fail("shape " + shape.dump() + " does not fit its bytes",
         std::to_string(count) + " x " + std::to_string(each) + " bytes",
         std::to_string(extent.end - extent.begin) + " bytes");
  }
  return extent;
}

std::map<std::string, std::string> parse_metadata(const base::ByteCursor& cursor,
                                                  const json& header) {
  std::map<std::string, std::string> metadata;
  if (!header.contains(kMetadata)) return metadata;
  const auto& texts = header.at(kMetadata);
  if (!texts.is_object())
    cursor.fail(kLengthBytes, kMetadata, "an object of texts", texts.type_name());
  for (const auto& [key, value] : texts.items()) {
    if (!value.is_string()) {
      cursor.fail(kLengthBytes, std::string(kMetadata) + ", " + base::quoted(key), "a text",
                  value.type_name());
    }
    metadata[key] = value.get<std::string>();
  }
  return metadata;
}

}  // namespace

TensorFile parse_safetensors(const std::string& path, std::string_view bytes) {
  base::ByteCursor cursor(path, bytes);
  const auto length = cursor.u64("the header's length");
  if (length > kLargestHeader) {
    cursor.fail(0, "not a safetensors file: header length",
                "at most " + std::to_string(kLargestHeader), std::to_string(length));
  }
  const auto text = cursor.take(static_cast<std::size_t>(length), "the header");
  if (text.empty() || text.front() != '{') {
    cursor.fail(kLengthBytes, "not a safetensors file: the header's first byte", "\"{\"",
                base::quoted(text.substr(0, 1)));
  }
  const json header = parse_header(cursor, text);
  const auto data = cursor.take(cursor.remaining(), "the tensors");

  TensorFile file;
  file.metadata = parse_metadata(cursor, header);
  std::vector<Extent> extents;
  for (const auto& [name, entry] : header.items()) {
    if (name != kMetadata) extents.push_back(parse_extent(cursor, name, entry, data.size()));
  }
  std::sort(extents.begin(), extents.end(), [](const Extent& a, const Extent& b) {
    return std::pair(a.begin, a.end) < std::pair(b.begin, b.end);
  });
  std::size_t expected_begin = 0;
  for (const auto& extent : extents) {
    if (extent.begin != expected_begin) {
      cursor.fail(kLengthBytes + text.size() + extent.begin,
                  "tensor " + base::quoted(extent.name) +
                      (extent.begin < expected_begin ? " overlaps the one before"
                                                     : " leaves a hole before it"),
                  "a start at " + std::to_string(expected_begin), std::to_string(extent.begin));
    }
    expected_begin = extent.end;
  }
  if (expected_begin != data.size()) {
    cursor.fail(kLengthBytes + text.size() + expected_begin, "bytes that belong to no tensor",
                "the end of the file",
                std::to_string(data.size() - expected_begin) + " more bytes");
  }
  for (auto& extent : extents) {
    Tensor tensor;
    const std::size_t each = extent.element->numbers.bytes;
    tensor.values.reserve((extent.end - extent.begin) / each);
    for (std::size_t at = extent.begin; at < extent.end; at += each)
      tensor.values.push_back(extent.element->numbers.read(data.data() + at));
    tensor.shape = std::move(extent.shape);
    file.tensors[extent.name] = std::move(tensor);
  }
  return file;
}

std::string format_safetensors(const TensorFile& file) {
  json header = json::object();
  if (!file.metadata.empty()) header[kMetadata] = file.metadata;
  std::size_t offset = 0;
  for (const auto& [name, tensor] : file.tensors) {
    require(name != kMetadata, "format_safetensors: a tensor cannot be named __metadata__");
    const std::size_t size = tensor.values.size() * sizeof(float);
    header[name] = {
        {"dtype", "F32"}, {"shape", tensor.shape}, {"data_offsets", {offset, offset + size}}};
    offset += size;
  }
  std::string text;
  try {
    text = header.dump();
  } catch (const json::type_error&) {
    throw Error("a name or text of the model is not UTF-8, and cannot be written");
  }
  text.resize((text.size() + 7) / 8 * 8, ' ');

  std::string bytes;
  bytes.reserve(kLengthBytes + text.size() + offset);
  const auto length = static_cast<std::uint64_t>(text.size());
  for (int i = 0; i < 8; ++i) bytes += static_cast<char>(length >> (8 * i) & 0xff);
  bytes += text;
  for (const auto& [name, tensor] : file.tensors) {
    bytes.append(reinterpret_cast<const char*>(tensor.values.data()),
                 tensor.values.size() * sizeof(float));
  }
  return bytes;
}

}  // namespace kinemyo::model
