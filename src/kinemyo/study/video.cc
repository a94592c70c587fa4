#include "kinemyo/study/video.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numbers>

#include "kinemyo/base/text.h"
#include "kinemyo/features/features.h"
#include "kinemyo/infer/network.h"

namespace kinemyo::study {

namespace {

constexpr std::size_t kSteps = 3000;  // the original scores so many and no more

// A cell of a key, so that 3 and 3.0 are the same.
std::string cell(const io::Column& column, std::size_t row) {
  return column.is_text() ? column.texts[row] : base::to_text(column.numbers[row]);
}

std::vector<std::string> keys_of(const io::Table& table) {
  std::vector<std::string> out(table.rows());
  for (const char* name : {"Activity", "Trial", "Frame"}) {
    const auto& column = table.column(name);
    for (std::size_t r = 0; r < out.size(); ++r) out[r] += cell(column, r) + '\n';
  }
  return out;
}

io::Table rows_of(const io::Table& table, const std::vector<std::size_t>& rows) {
  io::Table out;
  out.path = table.path;
  for (const auto& column : table.columns) {
    io::Column picked;
    picked.name = column.name;
    picked.kind = column.kind;
    picked.text_line = column.text_line;
    picked.text_cell = column.text_cell;
    for (const auto r : rows) {
      if (column.is_text()) {
        picked.texts.push_back(column.texts[r]);
      } else {
        picked.numbers.push_back(column.numbers[r]);
      }
    }
    out.columns.push_back(std::move(picked));
  }
  return out;
}

// The keypoints that the network takes, from the video, else from the MoCap table; those in neither stay out.
motion::Recording keypoints(const model::Model& model, const VideoPairs& pairs, double position_unit_m) {
  std::vector<motion::Channel> channels;
  std::vector<const std::vector<double>*> columns;
  for (const auto& name : model.input.markers) {
    for (const auto* table : {&pairs.video, &pairs.mocap}) {
      if (!table->find(name + "_X")) continue;
      channels.push_back({name, "m"});
      for (const char* axis : {"_X", "_Y", "_Z"}) columns.push_back(&table->numbers(name + axis));
      break;
    }
  }
  const std::size_t rows = pairs.video.rows();
  base::Matrix<double> values(rows, columns.size());
  for (std::size_t c = 0; c < columns.size(); ++c) {
    for (std::size_t r = 0; r < rows; ++r) values(r, c) = position_unit_m * (*columns[c])[r];
  }
  motion::Recording out;
  out.source = pairs.video.path;
  out.series.emplace_back(motion::Quantity::position, channels, motion::Clock::uniform(1, 0, rows), std::move(values));
  return out;
}

}  // namespace

VideoPairs join_video(const io::Table& video, const io::Table& mocap) {
  std::multimap<std::string, std::size_t> rows;
  const auto mocap_keys = keys_of(mocap);
  for (std::size_t r = 0; r < mocap_keys.size(); ++r) rows.emplace(mocap_keys[r], r);
  std::vector<std::size_t> from_video, from_mocap;
  const auto video_keys = keys_of(video);
  for (std::size_t r = 0; r < video_keys.size(); ++r) {
    const auto [begin, end] = rows.equal_range(video_keys[r]);
    for (auto it = begin; it != end; ++it) {
      from_video.push_back(r);
      from_mocap.push_back(it->second);
    }
  }
  if (from_video.empty()) {
    throw Error(video.path + " and " + mocap.path + " have no row of the same Activity, Trial and Frame");
  }
  return {rows_of(video, from_video), rows_of(mocap, from_mocap)};
}

OriginalScore score_video(const model::Model& model, const VideoPairs& pairs, double position_unit_m) {
  const auto length = static_cast<std::size_t>(model.window_frames);
  require(length > 0, "score_video: the model has no window length");
  const auto raw = features::raw_frames(keypoints(model, pairs, position_unit_m), model.input);
  if (raw.rows() < length) {
    throw Error("the tables share " + std::to_string(raw.rows()) + " rows; a window takes " + std::to_string(length));
  }
  std::vector<const std::vector<double>*> angles;
  for (const auto& channel : model.outputs) angles.push_back(&pairs.mocap.numbers(channel.name));

  const infer::Network network(model);
  const std::size_t windows = raw.rows() / length;
  const std::size_t rows = std::min(kSteps, windows * length);
  base::Matrix<double> truth(rows, model.outputs.size()), predicted(rows, model.outputs.size());
  base::Matrix<float> x(length, network.inputs()), y(length, network.outputs());
  std::vector<features::Placement> placements(length);
  for (std::size_t w = 0; w * length < rows; ++w) {
    features::Extractor extractor(model.input, model.rate_hz > 0 ? model.rate_hz : 1.0);
    for (std::size_t r = 0; r < length; ++r) {
      extractor.step(raw.row(w * length + r), x.row(r));
      placements[r] = extractor.placement();
    }
    features::scale(x, model.input_scaler);
    network.run(x, y);
    for (std::size_t r = 0; r < length && w * length + r < rows; ++r) {
      const std::size_t row = w * length + r;
      features::restore(model, y.row(r), placements[r], predicted.row(row));
      for (std::size_t c = 0; c < model.outputs.size(); ++c) {
        if (model.outputs[c].unit == "rad") predicted(row, c) *= 180 / std::numbers::pi;
        truth(row, c) = (*angles[c])[row];
      }
    }
  }
  auto out = original_metrics(truth, predicted);
  out.windows = windows;
  return out;
}

}  // namespace kinemyo::study
