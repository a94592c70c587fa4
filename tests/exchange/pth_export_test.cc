#include <gmock/gmock.h>

#include "exchange/sample_model.h"
#include "kinemyo/exchange/pickle.h"
#include "kinemyo/exchange/pth.h"
#include "kinemyo/exchange/zip.h"

namespace kinemyo::exchange {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

TEST(PthExport, ComesBackBitForBit) {
  for (const auto& [name, spec] : sample_networks()) {
    const auto model = sample_model(spec, 3);
    const auto state = parse_pth("m.pth", format_pth(model));
    EXPECT_EQ(state.weights, model.weights) << name;
    const auto again = model::parse_metadata("m.pth", state.document, state.weights);
    EXPECT_EQ(model::format_model(again), model::format_model(model)) << name;
  }
}

// What torch.load of PyTorch 1.13 and later looks for; that it takes such files was seen with PyTorch 1.13.
TEST(PthExport, HasTheEntriesOfTorchSave) {
  const auto model = sample_model({"gru", 3, 2, 1, 4, 0}, 1);
  const auto bytes = format_pth(model);
  const auto entries = parse_zip("m.pth", bytes);
  EXPECT_EQ(entries.at("kinemyo/version").bytes, "3\n");
  EXPECT_EQ(entries.at("kinemyo/byteorder").bytes, "little");
  EXPECT_EQ(entries.size(), model.weights.size() + 4);
  for (const auto& [name, entry] : entries) EXPECT_EQ(entry.offset % 64, 0u) << name;
  const auto& pickle = entries.at("kinemyo/data.pkl");
  constexpr char kBegin[] =
      "\x80\x02"
      "ccollections\nOrderedDict\n)R("
      "X\x07\0\0\0fc.biasctorch._utils\n_rebuild_tensor_v2\n"
      "((X\x07\0\0\0storagectorch\nFloatStorage\nX\x01\0\0\0"
      "0X\x03\0\0\0cpuK\x02tQK\0(K\x02t(K\x01t\x89"
      "ccollections\nOrderedDict\n)RtR";
  EXPECT_TRUE(pickle.bytes.starts_with(std::string_view(kBegin, sizeof kBegin - 1)));
  const auto parsed = parse_pickle("m.pth", pickle.bytes, pickle.offset);
  EXPECT_EQ(parsed.root().items.size(), 2 * model.weights.size());
}

TEST(PthExport, TruncatedOrChangedIsRefused) {
  const auto bytes = format_pth(sample_model({"lstm", 2, 1, 1, 2, 0}, 1));
  const auto right = parse_pth("m", bytes);
  for (std::size_t size = 0; size < bytes.size(); ++size)
    EXPECT_THROW(parse_pth("m", std::string_view(bytes).substr(0, size)), FormatError) << size;
  std::size_t refused = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    auto damaged = bytes;
    damaged[i] = static_cast<char>(damaged[i] ^ 0x11);
    try {
      EXPECT_EQ(parse_pth("m", damaged).weights, right.weights) << i;
    } catch (const Error&) {
      ++refused;
    }
  }
  EXPECT_GT(refused, bytes.size() / 2);
}

TEST(PthExport, RefusesWhatIsNoModel) {
  auto model = sample_model({"lstm", 2, 1, 1, 2, 0}, 1);
  model.weights.erase("fc.bias");
  EXPECT_THAT([&] { format_pth(model); }, ThrowsMessage<Error>(HasSubstr("tensor fc.bias is missing")));
}

}  // namespace
}  // namespace kinemyo::exchange
