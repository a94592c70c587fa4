#include "kinemyo/exchange/pth.h"

#include <gmock/gmock.h>

#include "kinemyo/base/file.h"
#include "kinemyo/exchange/pickle.h"
#include "kinemyo/exchange/recognise.h"
#include "kinemyo/exchange/zip.h"
#include "kinemyo/model/safetensors.h"

namespace kinemyo::exchange {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

std::string golden(const std::string& name) {
  return std::string(KINEMYO_GOLDEN_DIR) + "/exchange/" + name;
}

model::Weights expected(const std::string& name) {
  return model::parse_safetensors(name, base::read_file(golden(name))).tensors;
}

// Golden files from PyTorch 1.13: tests/golden/exchange/make_pth.py.
TEST(Pth, AStateDictIsReadExactly) {
  EXPECT_EQ(read_pth(golden("lstm.pth")).weights, expected("lstm.safetensors"));
}

TEST(Pth, ACheckpointsStateDictIsFoundAndConverted) {
  EXPECT_EQ(read_pth(golden("checkpoint.pth")).weights, expected("checkpoint.safetensors"));
}

TEST(Pth, AWholeObjectIsRefusedByName) {
  EXPECT_THAT(
      [] { read_pth(golden("whole_object.pth")); },
      ThrowsMessage<FormatError>(testing::AllOf(HasSubstr("torch.save(model.state_dict(), file)"),
                                                HasSubstr("found \"__main__.Regressor\""))));
}

TEST(Pth, TheFormatBeforeVersion16IsRefused) {
  EXPECT_THAT(
      [] { read_pth(golden("old_format.pth")); },
      ThrowsMessage<FormatError>(HasSubstr("expected a zip, as PyTorch writes since version 1.6")));
}

TEST(Pth, OtherFilesAreRefused) {
  EXPECT_THAT([] { parse_pth("x.pth", "hello"); },
              ThrowsMessage<FormatError>(
                  "x.pth:byte 0x5: no zip archive, or one that is cut off; expected an end "
                  "record, found none"));
  EXPECT_THAT([] { parse_pth("x.pth", std::string("PK\x05\x06", 4) + std::string(18, '\0')); },
              ThrowsMessage<FormatError>(HasSubstr("a zip, but no file of PyTorch's")));
}

TEST(Pth, TruncatedAnywhereIsRefused) {
  const auto bytes = base::read_file(golden("checkpoint.pth"));
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_THROW(parse_pth("x.pth", std::string_view(bytes).substr(0, size)), FormatError) << size;
  }
}

// With a byte changed, the file is refused or gives the same tensors: a checksum stands over every
// number.
TEST(Pth, AChangedByteNeverChangesANumber) {
  const auto bytes = base::read_file(golden("checkpoint.pth"));
  const auto right = parse_pth("x.pth", bytes);
  std::size_t refused = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    auto damaged = bytes;
    damaged[i] = static_cast<char>(damaged[i] ^ 0x41);
    try {
      EXPECT_EQ(parse_pth("x.pth", damaged), right) << i;
    } catch (const Error&) {
      ++refused;
    }
  }
  EXPECT_GT(refused, bytes.size() / 2);
}

std::string pickle_error(std::string_view bytes) {
  try {
    parse_pickle("p", bytes, 0x10);
  } catch (const Error& problem) {
    return problem.what();
  }
  return "no error";
}

TEST(Pickle, CallsNothingAndRefusesByName) {
  EXPECT_EQ(
      pickle_error("\x80\x02"
                   "cos\nsystem\nX\x02\0\0\0ls\x85R."),
      "p:byte 0x12: the file asks for an object of its own program; weights alone are read, as "
      "torch.save(model.state_dict(), file) writes them; expected tensors and their names, found "
      "\"os.system\"");
  EXPECT_THAT(pickle_error("\x80\x04."), HasSubstr("pickle protocol; expected 2, found 4"));
  EXPECT_THAT(pickle_error("\x80\x02i"), HasSubstr("found \"i\""));
  EXPECT_THAT(pickle_error("."), HasSubstr("expected a value on the stack"));
  EXPECT_THAT(pickle_error("(."), HasSubstr("expected a value on the stack"));
  EXPECT_THAT(pickle_error("t."), HasSubstr("expected a mark on the stack"));
  EXPECT_THAT(pickle_error("h\x05."), HasSubstr("found memo 5"));
  EXPECT_THAT(pickle_error("NNa."), HasSubstr("a list to add to"));
  EXPECT_THAT(pickle_error("}(Nu."), HasSubstr("pairs of key and value"));
  EXPECT_THAT(pickle_error("X\xff\xff\xff\xff"), HasSubstr("a text runs past the end"));
}

// Deep nesting and values that hold themselves must not exhaust the stack.
TEST(Pickle, DeepNestingAndCyclesAreHarmless) {
  std::string deep = "N";
  deep.append(1'000'000, '\x85');
  EXPECT_EQ(parse_pickle("p", deep + ".", 0).root().kind, Pickle::Kind::tuple);
  const auto cycle = parse_pickle("p", std::string_view("]q\0h\0a.", 7), 0);
  EXPECT_EQ(&cycle.at(cycle.root().items[0]), &cycle.root());
}

TEST(Recognise, FindsTheNetworkFromShapes) {
  const auto lstm = recognise("lstm.pth", read_pth(golden("lstm.pth")).weights);
  EXPECT_EQ(lstm.network, (model::NetworkSpec{"lstm", 4, 2, 2, 3, 0, false}));
  EXPECT_EQ(lstm.weights, expected("lstm.safetensors"));
  const auto gru = recognise("gru.pth", read_pth(golden("checkpoint.pth")).weights);
  EXPECT_EQ(gru.network, (model::NetworkSpec{"gru", 3, 2, 1, 2, 0, true}));
  EXPECT_EQ(gru.weights.at("fc.bias").values,
            expected("checkpoint.safetensors").at("module.out.bias").values);
  EXPECT_TRUE(gru.input_scaler.empty());
  EXPECT_EQ(gru.outputs[1].name, "output_1");
  model::check_model(gru);
}

TEST(Recognise, SaysWhatIsMissingOrTooMuch) {
  auto weights = expected("lstm.safetensors");
  const auto message = [](const model::Weights& changed) {
    try {
      recognise("m.pth", changed);
    } catch (const Error& problem) {
      return std::string(problem.what());
    }
    return std::string("no error");
  };
  auto without = weights;
  without.erase("lstm.weight_hh_l1");
  EXPECT_EQ(message(without), "m.pth: tensor lstm.weight_hh_l1 is missing");
  without = weights;
  without.erase("fc.weight");
  EXPECT_THAT(message(without),
              HasSubstr("m.pth: expected one linear layer from 3 numbers, found 0"));
  auto more = weights;
  more["norm.weight"] = {{3}, {1, 1, 1}};
  EXPECT_EQ(
      message(more),
      "m.pth: tensors that an LSTM or GRU with one linear layer has no place for: \"norm.weight\"");
  EXPECT_THAT(message({{"conv.weight", {{1, 1}, {1}}}}),
              HasSubstr("expected the weights of one LSTM or GRU"));
  auto plain = weights;
  plain["lstm.weight_ih_l0"] = {{3, 4}, std::vector<float>(12)};
  EXPECT_THAT(message(plain), HasSubstr("neither an LSTM (4 each) nor a GRU (3 each)"));
  auto nan = weights;
  nan["fc.bias"].values[0] = std::nanf("");
  EXPECT_EQ(message(nan), "m.pth: tensor fc.bias holds nan at element 0");
}

TEST(Recognise, AbsentBiasesCountZero) {
  auto weights = expected("lstm.safetensors");
  for (const char* name :
       {"lstm.bias_ih_l0", "lstm.bias_hh_l0", "lstm.bias_ih_l1", "lstm.bias_hh_l1", "fc.bias"}) {
    weights.erase(name);
  }
  const auto model = recognise("m.pth", weights);
  EXPECT_EQ(model.weights.at("lstm.bias_hh_l1").values, std::vector<float>(12, 0.0f));
}

}  // namespace
}  // namespace kinemyo::exchange
