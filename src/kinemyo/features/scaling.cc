#include <algorithm>
#include <cmath>
#include <limits>

#include "kinemyo/features/features.h"

namespace kinemyo::features {

void scale(base::MatrixView<float> values, const model::Scaler& scaler) {
  require(scaler.empty() || scaler.mean.size() == values.columns(), "scale: the scaler has other columns");
  for (std::size_t r = 0; r < values.rows(); ++r) {
    for (std::size_t c = 0; c < values.columns(); ++c) {
      float& v = values(r, c);
      if (!std::isfinite(v)) {
        v = 0;
      } else if (!scaler.empty()) {
        v = static_cast<float>((static_cast<double>(v) - scaler.mean[c]) / scaler.scale[c]);
      }
    }
  }
}

model::Scaler fit_scaler(std::span<const Example> examples, bool of_targets) {
  require(!examples.empty(), "fit_scaler: no examples");
  const auto part = [of_targets](const Example& e) -> const base::Matrix<float>& { return of_targets ? e.y : e.x; };
  const std::size_t columns = part(examples.front()).columns();
  model::Scaler out{std::vector<double>(columns, 0.0), std::vector<double>(columns, 0.0)};
  std::vector<double> count(columns, 0.0);
  std::vector<float> low(columns, std::numeric_limits<float>::infinity());
  std::vector<float> high(columns, -std::numeric_limits<float>::infinity());
  const auto each = [&](auto&& use) {
    for (const auto& example : examples) {
      const auto& values = part(example);
      require(values.columns() == columns, "fit_scaler: examples with different columns");
      for (std::size_t r = 0; r < values.rows(); ++r) {
        for (std::size_t c = 0; c < columns; ++c) {
          if (std::isfinite(values(r, c))) use(c, values(r, c));
        }
      }
    }
  };
  each([&](std::size_t c, float v) {
    out.mean[c] += v;
    count[c] += 1;
    low[c] = std::min(low[c], v);
    high[c] = std::max(high[c], v);
  });
  for (std::size_t c = 0; c < columns; ++c) {
    // A constant column has exactly its value as mean, whatever the sum's rounding.
    out.mean[c] = count[c] == 0 ? 0.0 : low[c] == high[c] ? low[c] : out.mean[c] / count[c];
  }
  each([&](std::size_t c, float v) { out.scale[c] += (v - out.mean[c]) * (v - out.mean[c]); });
  for (std::size_t c = 0; c < columns; ++c) {
    const double deviation = count[c] == 0 ? 0.0 : std::sqrt(out.scale[c] / count[c]);
    out.scale[c] = deviation > 0 ? deviation : 1.0;
  }
  return out;
}

}  // namespace kinemyo::features
