#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "kinemyo/model/model.h"

namespace kinemyo::exchange {

/// The floating-point tensors of a state dict that torch.save wrote (PyTorch 1.6 and later), as
/// float32, by their names in the file; docs/formats/pth.md draws it. A checkpoint that holds one
/// state dict among other things is taken as that. Nothing of the file is executed. Throws
/// FormatError, IoError.
model::Weights read_pth(const std::filesystem::path& path);
model::Weights parse_pth(const std::string& path, std::string_view bytes);

}  // namespace kinemyo::exchange
