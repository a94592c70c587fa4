#pragma once

#include <string>

#include "kinemyo/exchange/onnx/builder.h"
#include "kinemyo/model/model.h"

namespace kinemyo::exchange {

/// The layers over time of each kind of network, as ONNX nodes of opset 17; what they compute is infer's.
/// `x`: batch x time x inputs. Returns the name of batch x time x width.

/// `stateful`: the graph's inputs h0 (and c0 of an LSTM), layers x batch x hidden, are the state to begin with, and its
/// outputs hn (and cn) the state at the end; for networks of one direction.
std::string build_recurrent(Builder& graph, const model::Model& model, const std::string& x,
                            bool stateful);
std::string build_tcn(Builder& graph, const model::Model& model, const std::string& x);
std::string build_transformer(Builder& graph, const model::Model& model, const std::string& x);
std::string build_linear(Builder& graph, const model::Model& model, const std::string& x);

/// x W' + b by the tensors `weight` and `bias`, on the last axis. No bias: "".
std::string build_dense(Builder& graph, const model::Model& model, const std::string& name,
                        const std::string& x, const std::string& weight, const std::string& bias);

}  // namespace kinemyo::exchange
