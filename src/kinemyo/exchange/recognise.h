#pragma once

#include <string>

#include "kinemyo/model/model.h"

namespace kinemyo::exchange {

/// The network that foreign weights make, with the weights under our names: an LSTM or GRU (any
/// prefix, one or both directions; biases that are absent count 0) and one linear layer behind it.
/// Channels are called input_0, ..., output_0, ...; there is no scaler, so numbers go in and come
/// out as the network has them. Throws Error that lists the tensors which are missing or do not
/// belong; `path` is for the message.
model::Model recognise(const std::string& path, model::Weights weights);

}  // namespace kinemyo::exchange
