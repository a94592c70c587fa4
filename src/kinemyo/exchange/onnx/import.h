#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "kinemyo/model/model.h"

namespace kinemyo::exchange {

/// The network of an ONNX file: LSTM or GRU layers and one linear layer, as PyTorch and tf2onnx write them (docs/formats/onnx.md).
/// The graph is followed with a few frames whose way through it is known exactly; nothing is taken for granted from names or
/// places. Channels are called input_0, ..., output_0, ...; there is no scaler. Throws Error that names the node which has no
/// place in such a network, FormatError for what is no ONNX file, IoError. Memory is bounded whatever the file says.
model::Model read_onnx(const std::filesystem::path& path);
model::Model parse_onnx(const std::string& path, std::string_view bytes);

}  // namespace kinemyo::exchange
