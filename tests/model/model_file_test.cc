#include <gmock/gmock.h>

#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <functional>
#include <nlohmann/json.hpp>

#include "kinemyo/base/file.h"
#include "kinemyo/model/model.h"
#include "kinemyo/model/safetensors.h"

namespace kinemyo::model {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

Model small_model() {
  Model model;
  model.network = {"lstm", 8, 2, 1, 2, 0.25, false};
  model.input = {.markers = {"C7", "CLAV"},
                 .scalars = {"knee_angle_r", "weird \"name\" \xc3\xa9"},
                 .frame = Frame::laboratory,
                 .scale = BodyScale::none,
                 .calibration_frames = 7};
  model.outputs = {{"knee_angle_r", "rad", OutputChannel::Source::network, 1, 0, true},
                   {"knee_angle_r_beta", "rad", OutputChannel::Source::copy, 0},
                   {"mtp_angle_r", "rad", OutputChannel::Source::constant, 0, 0.1}};
  model.input_scaler = {{1, 2, 3, 4, 5, 6, 7, 8}, {1, 1, 1, 1, 1, 1, 1, 1.0 / 3}};
  model.output_scaler = {{0.1, 1e-300}, {2, 3}};
  model.rate_hz = 59.94;
  model.window_frames = 500;
  model.recipe = "[inputs]\nmarkers = \"common\"\n";
  model.data_hash = "0123";
  model.metrics = R"({"rmse":0.5})";
  model.training_subjects = {"S1"};
  model.training_trials = {"S1/Walk/1", "S1/Walk/2"};
  float value = 0;
  for (const auto& [name, shape] : weight_shapes(model.network)) {
    auto& tensor = model.weights[name];
    tensor.shape = shape;
    std::int64_t count = 1;
    for (const auto size : shape) count *= size;
    for (std::int64_t i = 0; i < count; ++i) tensor.values.push_back(value += 0.125f);
  }
  return model;
}

void expect_equal(const Model& a, const Model& b) {
  EXPECT_EQ(a.network, b.network);
  EXPECT_EQ(a.input, b.input);
  EXPECT_EQ(a.outputs, b.outputs);
  EXPECT_EQ(a.input_scaler, b.input_scaler);
  EXPECT_EQ(a.output_scaler, b.output_scaler);
  EXPECT_EQ(a.rate_hz, b.rate_hz);
  EXPECT_EQ(a.window_frames, b.window_frames);
  EXPECT_EQ(a.recipe, b.recipe);
  EXPECT_EQ(a.data_hash, b.data_hash);
  EXPECT_EQ(a.metrics, b.metrics);
  EXPECT_EQ(a.training_subjects, b.training_subjects);
  EXPECT_EQ(a.training_trials, b.training_trials);
  EXPECT_EQ(a.weights, b.weights);
}

// The same file with its metadata document changed.
std::string with_metadata(const std::function<void(nlohmann::json&)>& change) {
  auto file = parse_safetensors("m", format_model(small_model()));
  auto document = nlohmann::json::parse(file.metadata.at("kinemyo"));
  change(document);
  file.metadata["kinemyo"] = document.dump();
  return format_safetensors(file);
}

std::string message(const std::string& bytes) {
  try {
    parse_model("m.safetensors", bytes);
  } catch (const Error& problem) {
    return problem.what();
  }
  return "no error";
}

// A safetensors file of this header and data.
std::string raw(const std::string& header, const std::string& data) {
  std::string bytes(8, '\0');
  bytes[0] = static_cast<char>(header.size());
  bytes[1] = static_cast<char>(header.size() >> 8);
  return bytes + header + data;
}

TEST(ModelFile, RoundTrip) {
  expect_equal(parse_model("m", format_model(small_model())), small_model());
}

TEST(ModelFile, HowPointsGoTogetherComesBack) {
  auto model = small_model();
  model.input.movement.width = Movement::kFrames * 6;
  for (std::size_t i = 0; i < 2 * model.input.movement.width; ++i) model.input.movement.basis.push_back(1e-5 * static_cast<double>(i));
  model.input.movement.rest_m = 0.003;
  expect_equal(parse_model("m", format_model(model)), model);
  // 5 frames of x y z of two markers are 30 numbers.
  for (const auto& [basis, width, rest_m] : {std::tuple(60, 7, 0.0), {59, 30, 0.0}, {60, 30, -1.0}, {60, -30, 0.0}}) {
    const auto file = with_metadata([&](nlohmann::json& document) {
      document["input"]["movement"] = {{"width", width}, {"basis", std::vector<double>(static_cast<std::size_t>(basis), 0.5)}, {"rest_m", rest_m}};
    });
    EXPECT_THROW(parse_model("m", file), Error) << basis << " " << width << " " << rest_m;
  }
}

TEST(ModelFile, WhatOneHundredPercentOfAMuscleIsComesBack) {
  auto model = small_model();
  model.outputs[0].reference = "mvc";
  expect_equal(parse_model("m", format_model(model)), model);
  EXPECT_EQ(format_model(small_model()).find("reference"), std::string::npos) << "where it is not known, nothing is said";
}

TEST(ModelFile, WrittenAtomicallyAndReadBack) {
  const auto path =
      std::filesystem::path(testing::TempDir()) / ("kinemyo_model_file_test_" + std::to_string(::getpid()) + ".safetensors");
  write_model(small_model(), path);
  expect_equal(read_model(path), small_model());
  auto bad = small_model();
  bad.weights.erase("fc.bias");
  EXPECT_THAT([&] { write_model(bad, path); }, ThrowsMessage<Error>("tensor fc.bias is missing"));
  expect_equal(read_model(path), small_model());
  std::filesystem::remove(path);
  EXPECT_THROW(write_model(small_model(), "/dev/full/m.safetensors"), IoError);
}

TEST(ModelFile, IsLaidOutAsSafetensors) {
  const auto bytes = format_model(small_model());
  std::size_t header = 0;
  for (int i = 7; i >= 0; --i)
    header = header << 8 | static_cast<unsigned char>(bytes[static_cast<std::size_t>(i)]);
  EXPECT_EQ(header % 8, 0u);
  EXPECT_EQ(bytes[8], '{');
  const auto json = nlohmann::json::parse(bytes.substr(8, header));
  EXPECT_EQ(json.at("fc.bias").at("data_offsets"), nlohmann::json({0, 8}));
  EXPECT_EQ(json.at("fc.weight").at("data_offsets"), nlohmann::json({8, 24}));
  EXPECT_TRUE(json.at("__metadata__").at("kinemyo").is_string());
}

TEST(ModelFile, RefusesWhatThePartsDoNotAgreeOn) {
  const auto changed = [](const std::function<void(Model&)>& change) {
    auto model = small_model();
    change(model);
    try {
      check_model(model);
    } catch (const Error& problem) {
      return std::string(problem.what());
    }
    return std::string("no error");
  };
  EXPECT_EQ(changed([](Model& m) { m.network.hidden = 3; }),
            "tensor fc.weight has shape [2, 2], the network needs [2, 3]");
  EXPECT_EQ(changed([](Model& m) { m.weights["x"] = {}; }),
            "tensor x is not one of this network's");
  EXPECT_EQ(changed([](Model& m) { m.weights["fc.bias"].values[0] = INFINITY; }),
            "tensor fc.bias holds inf at element 0");
  EXPECT_EQ(changed([](Model& m) { m.network.kind = "cnn"; }),
            "network kind \"cnn\" is not known; known are lstm, gru, tcn, transformer, linear");
  EXPECT_EQ(changed([](Model& m) { m.network.layers = 0; }),
            "network: layers is 0, must be from 1 to 16");
  EXPECT_EQ(changed([](Model& m) { m.input_scaler.scale[3] = 0; }),
            "input scaler: column 3 has mean 4 and scale 0");
  EXPECT_EQ(changed([](Model& m) { m.output_scaler.mean.pop_back(); }),
            "output scaler: 1 means, 2 scales");
  EXPECT_EQ(changed([](Model& m) { m.outputs[0].index = 2; }),
            "output \"knee_angle_r\": takes column 2 of a network with 2");
  EXPECT_EQ(changed([](Model& m) { m.outputs[1].index = 1; }),
            "output \"knee_angle_r_beta\": copies channel 1, which is none, or a copy itself");
  EXPECT_EQ(changed([](Model& m) { m.outputs[1].name = "knee_angle_r"; }),
            "output \"knee_angle_r\" stands twice");
  EXPECT_EQ(changed([](Model& m) { m.input.markers.pop_back(); }),
            "the input channels make 5 columns, the network takes 8");
  EXPECT_THAT(changed([](Model& m) { m.rate_hz = NAN; }), HasSubstr("rate is nan Hz"));
  EXPECT_EQ(changed([](Model&) {}), "no error");
}

TEST(ModelFile, EveryKindOfNetworkComesBackWithItsSettings) {
  NetworkSpec tcn{"tcn", 8, 2, 2, 6, 0}, transformer{"transformer", 8, 2, 1, 6, 0};
  tcn.kernel = 5;
  tcn.dilations = {1, 7};
  transformer.heads = 3;
  transformer.feedforward = 10;
  transformer.look_back_frames = 50;
  NetworkSpec linear{"linear", 8, 2, 1, 21, 0};
  linear.lags_frames = {0, 4, 9};
  linear.once = 4;
  linear.near_frames = 2;
  linear.own_frames = 3;
  for (const auto& network : {tcn, transformer, linear}) {
    auto model = small_model();
    model.network = network;
    if (network.kind == "linear") {
      model.outputs[0].root = true;
      model.outputs[0].half_width = 0.25;
      model.outputs[0].adapted_half_width = 0.125;
    }
    model.weights.clear();
    for (const auto& [name, shape] : weight_shapes(network)) {
      std::size_t count = 1;
      for (const auto size : shape) count *= static_cast<std::size_t>(size);
      model.weights[name] = {shape, std::vector<float>(count, 0.5f)};
    }
    const auto bytes = format_model(model);
    const auto back = parse_model("m.safetensors", bytes);
    expect_equal(back, model);
    EXPECT_TRUE(back.network.causal());
    // A file cut anywhere in the settings is refused; so is a setting that its kind has not.
    for (const char* key : {"kernel", "dilations", "heads", "feedforward", "look_back_frames", "lags_frames", "look_ahead_frames", "once",
                            "own_frames", "own_penalty"}) {
      auto file = parse_safetensors("m.safetensors", bytes);
      auto document = nlohmann::json::parse(file.metadata["kinemyo"]);
      auto& settings = document["network"];
      if (settings.contains(key)) {
        settings.erase(key);
      } else {
        settings[key] = 1;
      }
      file.metadata["kinemyo"] = document.dump();
      EXPECT_THROW(parse_model("m.safetensors", format_safetensors(file)), FormatError) << key;
    }
  }
}

TEST(ModelFile, RefusesSettingsThatMakeNoNetwork) {
  const auto refused = [](const std::function<void(NetworkSpec&)>& change) {
    NetworkSpec network{"tcn", 8, 2, 2, 6, 0};
    change(network);
    try {
      weight_shapes(network);
    } catch (const Error& problem) {
      return std::string(problem.what());
    }
    return std::string("no error");
  };
  EXPECT_EQ(refused([](auto&) {}), "no error");
  EXPECT_EQ(refused([](auto& n) { n.dilations = {1}; }),
            "network: 1 dilations for 2 layers, must be one a layer");
  EXPECT_EQ(refused([](auto& n) { n.dilations = {1, 0}; }),
            "network: a dilation is 0, must be from 1 to 32768");
  EXPECT_EQ(refused([](auto& n) { n.kernel = 1000, n.dilations = {1, 1000}; }),
            "network: (kernel - 1) * dilation is 999000, must be from 0 to 100000");
  EXPECT_EQ(refused([](auto& n) { n.bidirectional = true; }),
            "network: bidirectional is for lstm and gru; a tcn has no direction");
  const auto linear = [](auto& n) { n.kind = "linear", n.lags_frames = {0, 5}, n.hidden = 16, n.dilations = {}; };
  EXPECT_EQ(refused(linear), "no error");
  EXPECT_EQ(refused([&](auto& n) { linear(n), n.once = 9; }), "network: once is 9, must be from 0 to 8");
  EXPECT_EQ(refused([&](auto& n) { linear(n), n.own_frames = 2; }),
            "network: hidden is 16, a linear one with these lags has 16 features, 0 frames of people and 2 of a person");
  EXPECT_EQ(refused([&](auto& n) { linear(n), n.own_penalty = 0; }), "network: own_penalty is 0, must be above 0");
  EXPECT_EQ(refused([](auto& n) { n.look_ahead_frames = 3; }),
            "network: look_ahead_frames is for linear; a tcn tells the frame that it saw last");
  EXPECT_EQ(refused([](auto& n) { n.kind = "transformer"; }),
            "network: hidden is 6, must be a multiple of heads, 4");
  EXPECT_EQ(refused([](auto& n) { n.kind = "transformer", n.heads = 0; }),
            "network: heads is 0, must be from 1 to 6");
}

TEST(ModelFile, RefusesMetadataThatIsNotOurs) {
  EXPECT_EQ(message(format_safetensors({{}, small_model().weights})),
            "m.safetensors:metadata: a safetensors file, but no kinemyo model; expected the key "
            "\"kinemyo\" (kinemyo import reads weights without it), found none");
  EXPECT_EQ(message(with_metadata([](auto& j) { j["version"] = 2; })),
            "m.safetensors:metadata: version of the model file: made by a newer kinemyo; expected "
            "1, found 2");
  EXPECT_EQ(message(with_metadata([](auto& j) { j["input"]["frame"] = "polar"; })),
            "m.safetensors:metadata: input.frame; expected one of laboratory, canonical, found "
            "\"polar\"");
  EXPECT_EQ(
      message(with_metadata([](auto& j) { j["network"]["hidden"] = "many"; })),
      "m.safetensors:metadata: network.hidden; expected a whole number, found \"\\\"many\\\"\"");
  EXPECT_EQ(
      message(with_metadata([](auto& j) { j["network"]["hidden"] = 1e12; })),
      "m.safetensors:metadata: network.hidden; expected a whole number, found \"1000000000000.0\"");
  EXPECT_EQ(message(with_metadata([](auto& j) { j["outputs"][1].erase("unit"); })),
            "m.safetensors:metadata: outputs[1].unit; expected this field, found none");
  EXPECT_EQ(message(with_metadata([](auto& j) { j["lookahead"] = 5; })),
            "m.safetensors:metadata: lookahead; expected only known fields, found an unknown one");
  EXPECT_EQ(message(with_metadata([](auto& j) { j["network"]["layers"] = 2; })),
            "m.safetensors: tensor lstm.bias_hh_l1 is missing");
}

TEST(Safetensors, RefusesBadHeaders) {
  const auto error = [](const std::string& bytes) {
    try {
      parse_safetensors("s", bytes);
    } catch (const Error& problem) {
      return std::string(problem.what());
    }
    return std::string("no error");
  };
  const std::string a = R"("a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]})";
  EXPECT_EQ(error(raw("{" + a + "}", "1234")), "no error");
  EXPECT_EQ(error(raw("{" + a + "}", "12345678")),
            "s:byte 0x42: bytes that belong to no tensor; expected the end of the file, found 4 "
            "more bytes");
  EXPECT_EQ(error(raw("{" + a + "}", "123")),
            "s:byte 0x8: tensor \"a\": data_offsets; expected a range within 3 bytes, found [0,4]");
  EXPECT_THAT(error(raw("{" + a + "}", "")), HasSubstr("tensor \"a\""));
  EXPECT_THAT(error(raw("{" + a + "," + a + "}", "1234")),
              HasSubstr("a name stands twice in the header"));
  EXPECT_THAT(error(raw(R"({"a":{"dtype":"I16","shape":[2],"data_offsets":[0,4]}})", "1234")),
              HasSubstr("tensor \"a\": element type; expected \"F32\", \"F64\", \"F16\" or \"BF16\""));
  EXPECT_THAT(error(raw(R"({"a":{"dtype":"F16","shape":[1],"data_offsets":[0,4]}})", "1234")),
              HasSubstr("expected 1 x 2 bytes, found 4 bytes"));
  EXPECT_THAT(error(raw(R"({"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}})", "1234")),
              HasSubstr("whole numbers, found \"-1\""));
  EXPECT_THAT(error(raw(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}})", "12345678")),
              HasSubstr("shape [2] does not fit its bytes; expected 2 x 4 bytes, found 4 bytes"));
  EXPECT_THAT(
      error(raw(R"({"a":{"dtype":"F32","shape":[18446744073709551615,2],"data_offsets":[0,4]}})",
                "1234")),
      HasSubstr("tensor \"a\": shape"));
  EXPECT_THAT(
      error(raw("{" + a + R"(,"b":{"dtype":"F32","shape":[1],"data_offsets":[2,6]}})", "123456")),
      HasSubstr("tensor \"b\" overlaps the one before"));
  EXPECT_THAT(error(raw("{" + a + R"(,"b":{"dtype":"F32","shape":[1],"data_offsets":[8,12]}})",
                        "123456789012")),
              HasSubstr("tensor \"b\" leaves a hole before it"));
  EXPECT_THAT(error(raw("{\"a\":1e999}", "")), HasSubstr("the header is not valid JSON"));
  EXPECT_THAT(error(raw("{", "")), HasSubstr("the header is not valid JSON"));
  EXPECT_THAT(error(raw("[]", "")), HasSubstr("the header's first byte"));
  EXPECT_THAT(error(std::string(7, 'x')), HasSubstr("the header's length runs past the end"));
  EXPECT_THAT(error(std::string(8, '\x7f')), HasSubstr("not a safetensors file: header length"));
  EXPECT_THAT(error(raw(R"({"__metadata__":{"k":1}})", "")),
              HasSubstr("expected a text, found number"));
}

// Bits by IEEE 754: half 1 5 10, bfloat16 1 8 7, double 1 11 52.
TEST(Safetensors, ReadsHalfAndDoubleNumbers) {
  const auto read = [](const char* type, int count, const std::string& bytes) {
    const auto header = R"({"a":{"dtype":")" + std::string(type) + R"(","shape":[)" + std::to_string(count) +
                        R"(],"data_offsets":[0,)" + std::to_string(bytes.size()) + "]}}";
    return parse_safetensors("s", raw(header, bytes)).tensors.at("a").values;
  };
  using Values = std::vector<float>;
  // 1, -2, the largest, the smallest subnormal, the largest subnormal
  EXPECT_EQ(read("F16", 5, std::string("\x00\x3c\x00\xc0\xff\x7b\x01\x00\xff\x03", 10)),
            (Values{1, -2, 65504, 0x1p-24f, 0x1.ff8p-15f}));
  EXPECT_EQ(read("F16", 1, std::string("\x00\x7c", 2)), Values{HUGE_VALF});
  EXPECT_TRUE(std::isnan(read("F16", 1, std::string("\x01\xfc", 2))[0]));
  EXPECT_TRUE(std::signbit(read("F16", 1, std::string("\x00\x80", 2))[0]));
  EXPECT_EQ(read("BF16", 2, std::string("\x80\x3f\x49\xc0", 4)), (Values{1, -3.140625f}));
  EXPECT_EQ(read("F64", 1, std::string("\x9a\x99\x99\x99\x99\x99\xb9\x3f", 8)), Values{0.1f});
}

TEST(ModelFile, TruncatedAnywhereIsRefused) {
  const auto bytes = format_model(small_model());
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_THROW(parse_model("m", std::string_view(bytes).substr(0, size)), Error) << size;
  }
}

TEST(ModelFile, AChangedByteIsReadOrRefused) {
  const auto bytes = format_model(small_model());
  std::size_t refused = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    for (const int flip : {0x01, 0x80}) {
      auto damaged = bytes;
      damaged[i] = static_cast<char>(damaged[i] ^ flip);
      try {
        check_model(parse_model("m", damaged));
      } catch (const Error&) {
        ++refused;
      }
    }
  }
  EXPECT_GT(refused, bytes.size() / 2);
}

}  // namespace
}  // namespace kinemyo::model
