#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "kinemyo/model/model.h"

namespace kinemyo::exchange {

/// The tensors of a state dict by name, and, where kinemyo wrote the file, its document of all the rest (model::parse_metadata).
struct StateDict {
  model::Weights weights;
  std::string document;
  bool operator==(const StateDict&) const = default;
};

/// The floating-point tensors of a state dict that torch.save wrote (PyTorch 1.6 and later), as
/// float32, by their names in the file; docs/formats/pth.md draws it. A checkpoint that holds one
/// state dict among other things is taken as that. Nothing of the file is executed. Throws
/// FormatError, IoError.
StateDict read_pth(const std::filesystem::path& path);
StateDict parse_pth(const std::string& path, std::string_view bytes);

/// The weights as torch.save writes a state dict, for torch.load; the model's document stands in an entry of its own beside
/// them, so that reading gives back the model exactly. Throws Error for what check_model() refuses and over 4 GiB, IoError.
std::string format_pth(const model::Model& model);
void write_pth(const model::Model& model, const std::filesystem::path& path);

}  // namespace kinemyo::exchange
