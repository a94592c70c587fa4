#include "kinemyo/study/original_score.h"

#include "kinemyo/dataset/examples.h"
#include "kinemyo/infer/network.h"
#include "kinemyo/report/metrics.h"
#include "kinemyo/study/score_table.h"

namespace kinemyo::study {

OriginalScore original_metrics(base::MatrixView<const double> truth, base::MatrixView<const double> predicted) {
  std::vector<std::string> names;
  for (std::size_t c = 0; c < truth.columns(); ++c) names.push_back(std::to_string(c));
  const auto scores = report::score(names, {}, truth, predicted);
  OriginalScore out;
  out.mae = scores.mean.mae;
  out.r2 = scores.mean.r2;
  for (const auto& one : scores.each) out.mse += one.rmse * one.rmse / static_cast<double>(scores.each.size());
  return out;
}

OriginalScore score_as_original(const model::Model& model, const model::Recipe& recipe,
                                const std::vector<dataset::PreparedTrial>& trials) {
  std::vector<features::Example> examples;
  for (const auto& trial : trials) examples.push_back(dataset::make_example(trial, model, recipe));
  model::Recipe cut = recipe;
  cut.original.concatenate = false;
  examples = dataset::arrange(std::move(examples), cut);
  for (auto& e : examples) {
    features::scale(e.x, model.input_scaler);
    features::scale(e.y, model.output_scaler);
    dataset::smooth_targets(e.y, recipe.original.smooth_targets);
  }
  if (recipe.original.concatenate) examples = dataset::arrange(std::move(examples), recipe);
  const auto windows = dataset::make_windows(examples, recipe);
  if (windows.empty()) {
    throw Error("no trial is longer than a window of " + std::to_string(recipe.training.window_frames) + " frames");
  }

  const infer::Network network(model);
  const auto length = static_cast<std::size_t>(recipe.training.window_frames);
  base::Matrix<double> truth(windows.size() * length, model.outputs.size());
  base::Matrix<double> predicted(truth.rows(), truth.columns());
  base::Matrix<float> y(length, network.outputs());
  for (std::size_t w = 0; w < windows.size(); ++w) {
    const auto& example = examples[windows[w].example];
    network.run(example.x.view().rows_from(windows[w].first, length), y);
    for (std::size_t r = 0; r < length; ++r) {
      const std::size_t frame = windows[w].first + r;
      features::restore(model, example.y.row(frame), example.placements[frame], truth.row(w * length + r));
      features::restore(model, y.row(r), example.placements[frame], predicted.row(w * length + r));
    }
  }
  for (std::size_t c = 0; c < truth.columns(); ++c) {
    const double factor = peoples_unit(model.outputs[c].unit).factor;
    for (std::size_t r = 0; r < truth.rows(); ++r) {
      truth(r, c) *= factor;
      predicted(r, c) *= factor;
    }
  }
  auto out = original_metrics(truth, predicted);
  out.windows = windows.size();
  return out;
}

}  // namespace kinemyo::study
