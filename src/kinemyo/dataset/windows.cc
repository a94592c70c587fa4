#include <algorithm>

#include "kinemyo/dataset/examples.h"
#include "kinemyo/signal/smooth.h"

namespace kinemyo::dataset {

namespace {

base::Matrix<float> first_rows(const base::Matrix<float>& m, std::size_t rows) {
  const auto kept = m.flat().first(rows * m.columns());
  return {rows, m.columns(), std::vector<float>(kept.begin(), kept.end())};
}

features::Example joined(const std::vector<features::Example>& examples) {
  features::Example out;
  out.key = {"all", "joined", "1"};
  out.rate_hz = examples.front().rate_hz;
  std::vector<float> x, y;
  std::size_t rows = 0;
  for (const auto& e : examples) {
    rows += e.x.rows();
    x.insert(x.end(), e.x.flat().begin(), e.x.flat().end());
    y.insert(y.end(), e.y.flat().begin(), e.y.flat().end());
    out.placements.insert(out.placements.end(), e.placements.begin(), e.placements.end());
  }
  out.x = {rows, examples.front().x.columns(), std::move(x)};
  out.y = {rows, examples.front().y.columns(), std::move(y)};
  return out;
}

}  // namespace

std::vector<features::Example> arrange(std::vector<features::Example> examples, const model::Recipe& recipe) {
  if (examples.empty()) return examples;
  if (recipe.original.cut_to_shortest) {
    std::size_t shortest = examples.front().x.rows();
    for (const auto& e : examples) shortest = std::min(shortest, e.x.rows());
    for (auto& e : examples) {
      e.x = first_rows(e.x, shortest);
      e.y = first_rows(e.y, shortest);
      e.placements.resize(std::min(e.placements.size(), shortest));
    }
  }
  if (!recipe.original.concatenate) return examples;
  return {joined(examples)};
}

void smooth_targets(base::MatrixView<float> scaled, int samples) {
  require(samples >= 0, "smooth_targets: a negative number of samples");
  if (samples < 2 || scaled.rows() < static_cast<std::size_t>(samples)) return;
  std::vector<double> column(scaled.rows());
  for (std::size_t c = 0; c < scaled.columns(); ++c) {
    for (std::size_t r = 0; r < scaled.rows(); ++r) column[r] = scaled(r, c);
    const auto smooth = signal::moving_average(column, static_cast<std::size_t>(samples));
    for (std::size_t r = 0; r < scaled.rows(); ++r) scaled(r, c) = static_cast<float>(smooth[r]);
  }
}

std::vector<Window> make_windows(const std::vector<features::Example>& examples, const model::Recipe& recipe) {
  require(recipe.training.window_frames > 0, "make_windows: window_frames must be above 0");
  require(recipe.training.stride_frames > 0, "make_windows: stride_frames must be above 0");
  const auto length = static_cast<std::size_t>(recipe.training.window_frames);
  const auto stride = static_cast<std::size_t>(recipe.training.stride_frames);
  std::vector<Window> out;
  for (std::size_t e = 0; e < examples.size(); ++e) {
    const std::size_t frames = examples[e].x.rows();
    if (frames == 0) continue;
    if (recipe.original.windows) {
      for (std::size_t first = 0; first + length < frames; first += length) out.push_back({e, first});
    } else if (frames <= length) {
      out.push_back({e, 0});
    } else {
      for (std::size_t first = 0; first + length < frames; first += stride) out.push_back({e, first});
      out.push_back({e, frames - length});
    }
  }
  return out;
}

}  // namespace kinemyo::dataset
