#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "kinemyo/base/file.h"

namespace kinemyo::exchange {

/// float32, row-major, as ONNX Runtime takes and gives it.
struct Array {
  std::vector<std::size_t> shape;
  std::vector<float> values;
};
using Arrays = std::map<std::string, Array>;

/// Networks run by ONNX Runtime (tests/exchange/onnxruntime, in a process of its own); skipped where `scripts/install.sh test`
/// has not installed it.
class OnnxRuntime : public testing::Test {
 protected:
  void SetUp() override {
    if (!std::filesystem::exists(kFolder / "node_modules/onnxruntime-node"))
      GTEST_SKIP() << "no onnxruntime-node: scripts/install.sh test";
    folder_ = std::filesystem::path(testing::TempDir()) / ("kinemyo_onnx_" + std::to_string(::getpid()));
    std::filesystem::create_directories(folder_);
  }
  void TearDown() override {
    if (!folder_.empty()) std::filesystem::remove_all(folder_);
  }

  /// The outputs `names` of the model for these inputs.
  Arrays run(const std::string& onnx, const Arrays& inputs, const std::vector<std::string>& names) {
    base::write_file(folder_ / "m.onnx", onnx);
    nlohmann::json task = {{"model", (folder_ / "m.onnx").string()}};
    for (const auto& [name, array] : inputs) {
      const auto file = folder_ / (name + ".in");
      base::write_file(file, {reinterpret_cast<const char*>(array.values.data()), array.values.size() * sizeof(float)});
      task["inputs"][name] = {{"shape", array.shape}, {"file", file.string()}};
    }
    for (const auto& name : names) task["outputs"][name] = (folder_ / (name + ".out")).string();
    base::write_file(folder_ / "task.json", task.dump());
    const auto line = std::string("'" KINEMYO_NODE "' '") + (kFolder / "run.mjs").string() + "' '" + (folder_ / "task.json").string() +
                      "' > '" + (folder_ / "shapes.json").string() + "' 2> '" + (folder_ / "errors").string() + "'";
    Arrays outputs;
    if (std::system(line.c_str()) != 0) {
      ADD_FAILURE() << base::read_file(folder_ / "errors");
      return outputs;
    }
    const auto shapes = nlohmann::json::parse(base::read_file(folder_ / "shapes.json"));
    for (const auto& name : names) {
      auto& array = outputs[name];
      array.shape = shapes.at(name).get<std::vector<std::size_t>>();
      const auto bytes = base::read_file(folder_ / (name + ".out"));
      array.values.resize(bytes.size() / sizeof(float));
      std::memcpy(array.values.data(), bytes.data(), bytes.size());
    }
    return outputs;
  }

 private:
  inline static const std::filesystem::path kFolder = KINEMYO_SOURCE_DIR "/tests/exchange/onnxruntime";
  std::filesystem::path folder_;
};

}  // namespace kinemyo::exchange
