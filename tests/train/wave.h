#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <cstddef>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace kinemyo::train {

// The formula that tests/golden/train/make_golden.py makes data and weights with.
inline std::vector<double> wave(std::size_t count, double phase, double size = 1.0) {
  std::vector<double> out(count);
  for (std::size_t k = 0; k < count; ++k) {
    const double i = static_cast<double>(k + 1);
    out[k] = size * std::sin(12.9898 * i + phase + 0.5 * std::sin(0.37 * i));
  }
  return out;
}

inline std::vector<float> wave_f(std::size_t count, double phase, double size = 1.0) {
  const auto values = wave(count, phase, size);
  return {values.begin(), values.end()};
}

inline nlohmann::json golden(const std::string& name) {
  std::ifstream file(std::string(KINEMYO_GOLDEN_DIR) + "/train/" + name);
  return nlohmann::json::parse(file);
}

// The largest error of sampled numbers, relative to the largest of them, or that of the norm.
inline double relative_error(const std::vector<float>& values, const nlohmann::json& sampled) {
  double squares = 0;
  for (const float v : values) squares += static_cast<double>(v) * v;
  const double norm = sampled["norm"];
  if (norm == 0) return std::sqrt(squares);
  double worst = std::abs(std::sqrt(squares) - norm) / norm;
  const auto expected = sampled["values"].get<std::vector<double>>();
  const std::size_t step = sampled["step"];
  double largest = 0;
  for (const double e : expected) largest = std::max(largest, std::abs(e));
  for (std::size_t i = 0; i < expected.size(); ++i) {
    if (i * step >= values.size()) return INFINITY;
    worst = std::max(worst, std::abs(values[i * step] - expected[i]) / largest);
  }
  return worst;
}

}  // namespace kinemyo::train
