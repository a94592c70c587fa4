// export and import of what it wrote, as a user runs them.
#include <gmock/gmock.h>

#include <cmath>

#include "cli/program.h"
#include "exchange/sample_model.h"
#include "kinemyo/io/npy.h"
#include "kinemyo/model/safetensors.h"
#include "real_data.h"

namespace {

using namespace kinemyo;
using testing::HasSubstr;

class Export : public testing_cli::Program {};

TEST_F(Export, ToPyTorchAndBackIsTheSameFile) {
  model::write_model(exchange::sample_model({"transformer", 5, 3, 2, 8, 0.1, false, true}, 1), path("m.safetensors"));
  const auto ran = run("export m.safetensors m.pth");
  ASSERT_EQ(ran.code, 0) << ran.err;
  EXPECT_THAT(ran.err, HasSubstr("wrote m.pth: a PyTorch state dict of"));
  const auto back = run("import m.pth --out again.safetensors");
  ASSERT_EQ(back.code, 0) << back.err;
  EXPECT_THAT(back.err, testing::Not(HasSubstr("no scaler")));
  EXPECT_EQ(base::read_file(folder_ / "again.safetensors"), base::read_file(folder_ / "m.safetensors"));
  const auto renamed = run("import m.pth --out named.safetensors --outputs a,b,c,d,e,f --rate 50");
  ASSERT_EQ(renamed.code, 0) << renamed.err;
  const auto named = model::read_model(path("named.safetensors"));
  EXPECT_EQ(named.outputs[5].name, "f");
  EXPECT_EQ(named.rate_hz, 50);
}

TEST_F(Export, PlainSafetensorsAreImported) {
  auto model = exchange::sample_model({"gru", 5, 3, 2, 8, 0}, 1);
  write("w.safetensors", model::format_safetensors({{{"format", "pt"}}, model.weights}));
  const auto ran = run("import w.safetensors --out m.safetensors --json");
  ASSERT_EQ(ran.code, 0) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("\"network\": \"gru\""));
  EXPECT_EQ(model::read_model(path("m.safetensors")).weights, model.weights);
}

// A published network (four LSTM layers, each written out as a loop) and ONNX Runtime's output for an input.
TEST_F(Export, AnOnnxNetworkOfOthersIsImported) {
  KINEMYO_REAL_DATA(real, "augmenter");
  const auto ran = run("import '" + (real / "lower.onnx").string() + "' --out lower.safetensors");
  ASSERT_EQ(ran.code, 0) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("4 x 128"));
  const auto predicted = run("predict lower.safetensors '" + (real / "augmenter_lower_input.npy").string() + "' --raw --out y.npy");
  ASSERT_EQ(predicted.code, 0) << predicted.err;
  const auto y = io::read_npy(path("y.npy")), expected = io::read_npy(real / "augmenter_lower_expected.npy");
  ASSERT_EQ(y.values.size(), expected.values.size());
  double largest = 0;
  for (std::size_t i = 0; i < y.values.size(); ++i) largest = std::max(largest, std::abs(y.values[i] - expected.values[i]));
  std::printf("largest difference to ONNX Runtime's output: %.3g\n", largest);
  EXPECT_LT(largest, 1e-5);

  const auto scaled = run("import '" + (real / "lower.onnx").string() + "' --out scaled.safetensors --input-mean '" +
                          (real / "lower_mean.npy").string() + "' --input-scale '" + (real / "lower_std.npy").string() + "'");
  ASSERT_EQ(scaled.code, 0) << scaled.err;
  EXPECT_EQ(scaled.err, "");
  const auto scaler = model::read_model(path("scaled.safetensors")).input_scaler;
  EXPECT_EQ(scaler.mean, io::read_npy(real / "lower_mean.npy").values);
  EXPECT_EQ(scaler.scale, io::read_npy(real / "lower_std.npy").values);
  const auto wrong = run("import '" + (real / "lower.onnx").string() + "' --out x.safetensors --output-mean '" +
                         (real / "lower_mean.npy").string() + "'");
  EXPECT_EQ(wrong.code, 1);
  EXPECT_THAT(wrong.err, HasSubstr("lower_mean.npy: 47 numbers, the network has 105 outputs"));
}

TEST_F(Export, SaysWhatItCannotDo) {
  model::write_model(exchange::sample_model({"lstm", 5, 3, 2, 8, 0, true}, 1), path("m.safetensors"));
  auto ran = run("export m.safetensors m.h5");
  EXPECT_EQ(ran.code, 2);
  EXPECT_THAT(ran.err, HasSubstr("told by the extension: .onnx, .pth or .pt; m.h5 has none of them"));
  ran = run("export m.safetensors m.pth --scaled");
  EXPECT_EQ(ran.code, 2);
  EXPECT_THAT(ran.err, HasSubstr("--scaled and --stateful are for .onnx"));
  ran = run("export m.safetensors m.onnx --stateful");
  EXPECT_EQ(ran.code, 1);
  EXPECT_THAT(ran.err, HasSubstr("only an LSTM or GRU of one direction has a state"));
  ran = run("import notes.txt --out m.safetensors");
  EXPECT_EQ(ran.code, 2);
  EXPECT_THAT(ran.err, HasSubstr("notes.txt has none of them"));
}

TEST_F(Export, SaysWhatAnOnnxFileTakesAndGives) {
  model::write_model(exchange::sample_model({"lstm", 5, 3, 2, 8, 0}, 1), path("m.safetensors"));
  auto ran = run("export m.safetensors m.onnx");
  ASSERT_EQ(ran.code, 0) << ran.err;
  EXPECT_THAT(ran.err, HasSubstr("(batch x time x 5) to outputs (batch x time x 3)"));
  EXPECT_THAT(ran.err, HasSubstr("--scaled puts the scalers into the graph"));
  ran = run("export m.safetensors m.onnx --scaled");
  ASSERT_EQ(ran.code, 0) << ran.err;
  EXPECT_THAT(ran.err, HasSubstr("to outputs (batch x time x 6)"));
}

}  // namespace
