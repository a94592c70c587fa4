#include "kinemyo/train/adapt.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "kinemyo/base/text.h"
#include "kinemyo/features/mirror.h"
#include "kinemyo/train/closed_form.h"
#include "kinemyo/train/own_frames.h"

namespace kinemyo::train {

namespace {

using Source = model::OutputChannel::Source;

// The model as it was before it knew anybody.
model::Model without_person(const model::Model& from) {
  model::Model out = from;
  auto& spec = out.network;
  if (spec.own_frames == 0) return out;
  const auto hidden = static_cast<std::size_t>(spec.hidden), general = hidden - static_cast<std::size_t>(spec.own_frames);
  model::Tensor weight{{spec.outputs, static_cast<std::int64_t>(general)}, {}};
  for (std::size_t c = 0; c < static_cast<std::size_t>(spec.outputs); ++c) {
    const auto row = from.weights.at("fc.weight").values.begin() + static_cast<std::ptrdiff_t>(c * hidden);
    weight.values.insert(weight.values.end(), row, row + static_cast<std::ptrdiff_t>(general));
  }
  out.weights["fc.weight"] = std::move(weight);
  out.weights.erase("own.centres");
  spec.own_frames = 0;
  spec.hidden = static_cast<int>(general);
  return out;
}

// What a model that knows nobody lacks: scaled truth less prediction.
base::Matrix<float> lacking(const model::Model& model, const base::Matrix<float>& features, const base::Matrix<float>& y) {
  const auto& weight = model.weights.at("fc.weight").values;
  const auto& bias = model.weights.at("fc.bias").values;
  const auto hidden = static_cast<std::size_t>(model.network.hidden), near = static_cast<std::size_t>(model.network.near_frames);
  Eigen::MatrixXd nearness_to;
  if (near > 0) {
    const auto& scale = model.weights.at("near.scale").values;
    const base::Matrix<float> centres(near, features.columns(), model.weights.at("near.centres").values);
    nearness_to = nearness(features, centres, {scale.begin(), scale.end()});
  }
  base::Matrix<float> out(y.rows(), y.columns());
  for (std::size_t r = 0; r < y.rows(); ++r) {
    for (std::size_t c = 0; c < y.columns(); ++c) {
      double told = bias[c];
      for (std::size_t i = 0; i < features.columns(); ++i) told += double{weight[c * hidden + i]} * features(r, i);
      for (std::size_t k = 0; k < near; ++k) {
        told += double{weight[c * hidden + features.columns() + k]} * nearness_to(static_cast<Eigen::Index>(r), static_cast<Eigen::Index>(k));
      }
      const double truth = (y(r, c) - model.output_scaler.mean[c]) / model.output_scaler.scale[c];
      out(r, c) = static_cast<float>(truth - told);
    }
  }
  return out;
}

bool knows(const std::vector<features::Example>& examples, std::size_t output) {
  for (const auto& example : examples) {
    for (std::size_t r = 0; r < example.y.rows(); ++r) {
      if (std::isfinite(example.y(r, output))) return true;
    }
  }
  return false;
}

// Root mean square over frames and outputs that are known.
double size_of(const base::Matrix<float>& left, const Eigen::MatrixXd* corrected) {
  double sum = 0, count = 0;
  for (std::size_t r = 0; r < left.rows(); ++r) {
    for (std::size_t c = 0; c < left.columns(); ++c) {
      double one = left(r, c);
      if (!std::isfinite(one)) continue;
      if (corrected != nullptr) one -= (*corrected)(static_cast<Eigen::Index>(r), static_cast<Eigen::Index>(c));
      sum += one * one;
      count += 1;
    }
  }
  return std::sqrt(sum / std::max(count, 1.0));
}

}  // namespace

Adapted adapt(const model::Model& given, std::vector<features::Example> examples, bool mirror) {
  if (given.network.kind != "linear") {
    throw Error("the model is a network of kind " + given.network.kind +
                ": only linear ones (recipe emg) are adapted to a person; others are trained on with `kinemyo train --initial`");
  }
  Adapted out;
  out.model = without_person(given);
  auto& model = out.model;
  auto& spec = model.network;
  const std::size_t measured = examples.size();
  std::vector<bool> direct(static_cast<std::size_t>(spec.outputs));
  for (std::size_t c = 0; c < direct.size(); ++c) direct[c] = knows(examples, c);
  if (std::none_of(direct.begin(), direct.end(), [](bool one) { return one; })) {
    std::vector<std::string> names;
    for (const auto& channel : model.outputs) names.push_back(channel.name);
    throw Error("the person's data hold none of the model's channels, measured and good; expected at least one of " + base::join(names));
  }
  if (mirror) {
    const features::Mirror mirrored(model);
    for (std::size_t i = 0; i < measured; ++i) examples.push_back(mirrored.apply(examples[i]));
  }

  std::size_t rows = 0;
  for (const auto& example : examples) rows += example.x.rows();
  const std::size_t every = OwnFrames::every(rows, OwnFrames::kMost);
  std::vector<float> kept, left;
  for (std::size_t i = 0; i < examples.size(); ++i) {
    auto& example = examples[i];
    features::scale(example.x, model.input_scaler);
    const auto features = all_features(spec, example.x);
    const auto missing = lacking(model, features, example.y);
    for (std::size_t r = 0; r < features.rows(); r += every) {
      bool any = false;
      std::vector<float> known(missing.row(r).begin(), missing.row(r).end());
      for (std::size_t c = 0; c < known.size(); ++c) {
        // The person's own measurement of a side tells more than the other side's.
        if (i >= measured && direct[c]) known[c] = std::numeric_limits<float>::quiet_NaN();
        any = any || std::isfinite(known[c]);
      }
      if (!any) continue;
      kept.insert(kept.end(), features.row(r).begin(), features.row(r).end());
      left.insert(left.end(), known.begin(), known.end());
      ++out.frames;
    }
  }
  std::vector<double> scale(model.weights.at("own.scale").values.begin(), model.weights.at("own.scale").values.end());
  const auto width = static_cast<std::size_t>(spec.features());
  const base::Matrix<float> before(out.frames, direct.size(), left);
  const OwnFrames own(base::Matrix<float>(out.frames, width, kept), before, std::move(scale));
  const auto weights = own.weights(spec.own_penalty);
  const auto corrected = own.correction(own.features(), weights);
  out.before = size_of(before, nullptr);
  out.after = size_of(before, &corrected);

  const auto general = model.weights.at("fc.weight").values;
  const auto before_own = static_cast<std::size_t>(spec.hidden);
  model::Tensor head{{spec.outputs, static_cast<std::int64_t>(before_own + out.frames)}, {}};
  for (std::size_t c = 0; c < direct.size(); ++c) {
    head.values.insert(head.values.end(), general.begin() + static_cast<std::ptrdiff_t>(c * before_own),
                       general.begin() + static_cast<std::ptrdiff_t>((c + 1) * before_own));
    for (std::size_t k = 0; k < out.frames; ++k) {
      head.values.push_back(static_cast<float>(weights(static_cast<Eigen::Index>(k), static_cast<Eigen::Index>(c))));
    }
  }
  model.weights["fc.weight"] = std::move(head);
  model.weights["own.centres"] = {{static_cast<std::int64_t>(out.frames), static_cast<std::int64_t>(width)}, std::move(kept)};
  spec.own_frames = static_cast<int>(out.frames);
  spec.hidden += spec.own_frames;

  for (auto& channel : model.outputs) {
    if (channel.source != Source::network) continue;
    if (direct[channel.index]) {
      out.measured.push_back(channel.name);
    } else if (mirror && knows({examples.begin() + static_cast<std::ptrdiff_t>(measured), examples.end()}, channel.index)) {
      out.mirrored.push_back(channel.name);
      continue;
    } else {
      out.untouched.push_back(channel.name);
      continue;
    }
    if (channel.adapted_half_width > 0) channel.half_width = channel.adapted_half_width;
  }
  for (std::size_t i = 0; i < measured; ++i) {
    const auto& key = examples[i].key;
    const auto add = [](std::vector<std::string>& to, const std::string& name) {
      if (std::find(to.begin(), to.end(), name) == to.end()) to.push_back(name);
    };
    add(model.training_trials, motion::to_string(key));
    add(model.training_subjects, key.subject);
  }
  model::check_model(model);
  return out;
}

}  // namespace kinemyo::train
