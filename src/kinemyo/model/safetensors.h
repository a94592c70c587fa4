#pragma once

#include <map>
#include <string>
#include <string_view>

#include "kinemyo/model/model.h"

namespace kinemyo::model {

/// What a safetensors file holds, as far as we use it: named tensors and named texts.
/// docs/formats/model.md draws the bytes.
struct TensorFile {
  std::map<std::string, std::string> metadata;
  Weights tensors;
  bool operator==(const TensorFile&) const = default;
};

/// F32, F64, F16 and BF16, all as float32. Throws FormatError: header that is no JSON, a name twice, another type, offsets
/// that overlap, leave holes, or do not fit the shape; sizes are checked before anything is allocated.
TensorFile parse_safetensors(const std::string& path, std::string_view bytes);
/// Laid out as Python's safetensors does it: tensors by name, header padded to 8 bytes.
/// Throws Error when a name or text is not UTF-8.
std::string format_safetensors(const TensorFile& file);

}  // namespace kinemyo::model
