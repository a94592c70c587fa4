#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

namespace kinemyo::signal::testing_golden {

/// tests/golden/signal/golden.txt, made by make_golden.py beside it: name -> numbers.
inline const std::map<std::string, std::vector<double>>& golden() {
  static const auto table = [] {
    std::map<std::string, std::vector<double>> out;
    std::ifstream file(std::string(KINEMYO_GOLDEN_DIR) + "/signal/golden.txt");
    for (std::string line; std::getline(file, line);) {
      std::istringstream words(line);
      std::string name, word;
      words >> name;
      while (words >> word) out[name].push_back(std::stod(word));
    }
    return out;
  }();
  return table;
}

/// The settings of every golden line whose name begins with `what/`: "4", "lowpass", "0", ...
inline std::vector<std::vector<std::string>> cases(const std::string& what) {
  std::vector<std::vector<std::string>> out;
  for (const auto& [name, values] : golden()) {
    if (name.rfind(what + "/", 0) != 0) continue;
    std::istringstream parts(name.substr(what.size() + 1));
    out.emplace_back();
    for (std::string part; std::getline(parts, part, '/');) out.back().push_back(part);
  }
  return out;
}

/// Within 1e-9 of the larger of the expected number and the expected numbers' largest size times
/// 1e-3.
inline void expect_close(const std::vector<double>& found, const std::vector<double>& expected,
                         const std::string& what) {
  ASSERT_EQ(found.size(), expected.size()) << what;
  double size = 0;
  for (const double v : expected) size = std::max(size, std::abs(v));
  for (std::size_t i = 0; i < found.size(); ++i) {
    ASSERT_NEAR(found[i], expected[i], 1e-9 * std::max(std::abs(expected[i]), 1e-3 * size))
        << what << " at " << i;
  }
}

}  // namespace kinemyo::signal::testing_golden
