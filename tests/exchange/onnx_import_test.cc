#include "kinemyo/exchange/onnx/import.h"

#include <gmock/gmock.h>

#include <cmath>
#include <cstring>

#include "exchange/sample_model.h"
#include "kinemyo/base/file.h"
#include "kinemyo/base/matrix.h"
#include "kinemyo/exchange/onnx/export.h"
#include "kinemyo/infer/network.h"
#include "kinemyo/model/safetensors.h"

namespace kinemyo::exchange {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::ThrowsMessage;

std::string golden(const std::string& name) { return std::string(KINEMYO_GOLDEN_DIR) + "/exchange/" + name; }

// Golden files from PyTorch 1.13: tests/golden/exchange/make_onnx.py.
struct Golden {
  const char* stem;
  model::NetworkSpec network;
};
class OnnxOfPyTorch : public testing::TestWithParam<Golden> {};

TEST_P(OnnxOfPyTorch, GivesWhatPyTorchGives) {
  const std::string stem = GetParam().stem;
  const auto model = read_onnx(golden(stem + ".onnx"));
  EXPECT_EQ(model.network, GetParam().network);
  const auto tensors = model::parse_safetensors("x", base::read_file(golden(stem + "_onnx.safetensors"))).tensors;
  const auto &x = tensors.at("x"), &expected = tensors.at("y");
  const infer::Network network(model);
  base::Matrix<float> y(30, network.outputs());
  network.run({x.values.data(), 30, 5}, y);
  ASSERT_EQ(y.flat().size(), expected.values.size());
  for (std::size_t i = 0; i < expected.values.size(); ++i) EXPECT_NEAR(y.flat()[i], expected.values[i], 1e-6) << i;
}

INSTANTIATE_TEST_SUITE_P(Networks, OnnxOfPyTorch,
                         testing::Values(Golden{"torch_lstm", {"lstm", 5, 3, 2, 7, 0}}, Golden{"torch_bilstm", {"lstm", 5, 3, 2, 7, 0, true}},
                                         Golden{"torch_gru_no_bias", {"gru", 5, 3, 1, 7, 0}},
                                         Golden{"torch_bigru_time_first", {"gru", 5, 3, 2, 7, 0, true}},
                                         Golden{"torch_lstm_fixed", {"lstm", 5, 3, 1, 7, 0}},
                                         Golden{"torch_lstm_alone", {"lstm", 5, 7, 1, 7, 0}}),
                         [](const auto& test) { return test.param.stem; });

TEST(OnnxImport, NamesTheNodeThatHasNoPlace) {
  EXPECT_THAT([] { read_onnx(golden("torch_lstm_relu.onnx")); },
              ThrowsMessage<Error>(AllOf(HasSubstr("torch_lstm_relu.onnx: node \"/Relu\" (\"Relu\"): the operator is not known; known are "),
                                         HasSubstr("LSTM"), HasSubstr("Loop"))));
  const auto model = sample_model({"tcn", 5, 3, 2, 7, 0}, 1);
  EXPECT_THAT([&] { parse_onnx("m", format_onnx(model, {})); },
              ThrowsMessage<Error>(HasSubstr("m: node \"time_last\" (\"Transpose\"): it takes the numbers of a frame apart")));
}

TEST(OnnxImport, WhatWasExportedComesBackBitForBit) {
  for (const auto& [name, spec] : sample_networks()) {
    if (!spec.recurrent()) continue;
    const auto model = sample_model(spec, 2);
    const auto back = parse_onnx(name, format_onnx(model, {}));
    EXPECT_EQ(back.network, model.network) << name;
    EXPECT_EQ(back.weights, model.weights) << name;
  }
}

TEST(OnnxImport, RefusesOtherInputsAndOutputs) {
  EXPECT_THAT([] { parse_onnx("m", format_onnx(sample_model({"lstm", 5, 3, 2, 7, 0}, 2), {.stateful = true})); },
              ThrowsMessage<Error>(HasSubstr("m: the network has 3 inputs (\"frames\", \"h0\", \"c0\"); those of one, the frames, are read")));
  EXPECT_THAT([] { parse_onnx("m", "hello"); },
              ThrowsMessage<FormatError>("m:byte 0x0: no ONNX file, or one that is cut off; expected a model with a graph, found \"hello\""));
  EXPECT_THAT([] { parse_onnx("m", ""); }, ThrowsMessage<FormatError>(HasSubstr("no ONNX file")));
}

// Two bytes make a node; a file of nothing else must not take a hundred times its size.
TEST(OnnxImport, MemoryIsBoundedByTheFile) {
  const std::size_t count = 500'000;
  std::string graph;
  for (std::size_t i = 0; i < count; ++i) graph += std::string_view("\x0a\x00", 2);  // GraphProto.node, empty
  std::string bytes = "\x3a";                                                       // ModelProto.graph
  for (std::size_t left = graph.size(); ; left >>= 7) {
    bytes += static_cast<char>((left & 0x7f) | (left > 0x7f ? 0x80 : 0));
    if (left <= 0x7f) break;
  }
  EXPECT_THAT([&] { parse_onnx("m", bytes + graph); }, ThrowsMessage<Error>(HasSubstr("m: its messages take far more memory than the file has bytes")));
}

TEST(OnnxImport, TruncatedAnywhereIsRefusedOrTheSame) {
  const auto bytes = base::read_file(golden("torch_gru_no_bias.onnx"));
  const auto right = parse_onnx("m", bytes);
  std::size_t read = 0;
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    try {
      EXPECT_EQ(parse_onnx("m", std::string_view(bytes).substr(0, size)).weights, right.weights) << size;
      ++read;
    } catch (const Error&) {
    }
  }
  EXPECT_LT(read, 3u);
}

// ONNX has no checksum: a changed byte may be a changed number. It must be read or refused.
TEST(OnnxImport, AChangedByteIsReadOrRefused) {
  for (const char* name : {"torch_gru_no_bias.onnx", "torch_lstm.onnx"}) {
    const auto bytes = base::read_file(golden(name));
    std::size_t refused = 0;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      auto damaged = bytes;
      damaged[i] = static_cast<char>(damaged[i] ^ 0x41);
      try {
        model::check_model(parse_onnx("m", damaged));
      } catch (const Error&) {
        ++refused;
      }
    }
    EXPECT_GT(refused, 100u);
  }
}

}  // namespace
}  // namespace kinemyo::exchange
