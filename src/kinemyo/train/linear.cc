#include "kinemyo/train/linear.h"

#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <map>
#include <set>
#include <string_view>

#include "kinemyo/dataset/split.h"
#include "kinemyo/features/angle_names.h"

namespace kinemyo::train {

namespace {

std::vector<std::string> groups_of(const std::vector<features::Example>& examples, std::string_view by) {
  std::vector<std::string> out;
  for (const auto& example : examples) out.push_back(dataset::group_of(example.key, by));
  return out;
}

constexpr double kWorthIt = 0.8;  // all inputs may be what is peculiar to a few people: they have to leave a fifth less

// The network's outputs and the inputs that each may see: all, or the geometry of its joint.
struct Part {
  std::vector<std::size_t> outputs, inputs;
};

std::vector<std::size_t> counted(std::size_t from, std::size_t to) {
  std::vector<std::size_t> out;
  for (std::size_t i = from; i < to; ++i) out.push_back(i);
  return out;
}

std::size_t geometry_column(const model::Model& model) { return model::position_width(model.input) + model.input.scalars.size(); }

Part everything(const model::Model& model) {
  return {counted(0, static_cast<std::size_t>(model.network.outputs)), counted(0, static_cast<std::size_t>(model.network.inputs))};
}

std::vector<Part> joints_of(const model::Model& model) {
  std::map<std::string, Part> joints;
  for (const auto& channel : model.outputs) {
    if (channel.source == model::OutputChannel::Source::network) joints[features::joint_of(channel.name)].outputs.push_back(channel.index);
  }
  for (std::size_t g = 0; g < model.input.geometry.size(); ++g) {
    const auto found = joints.find(features::joint_of(model.input.geometry[g]));
    if (found != joints.end()) found->second.inputs.push_back(geometry_column(model) + g);
  }
  std::vector<Part> out;
  for (auto& [joint, part] : joints) {
    if (!part.inputs.empty()) out.push_back(std::move(part));  // without any: 0, the mean
  }
  return out;
}

base::Matrix<float> columns_of(const base::Matrix<float>& values, const std::vector<std::size_t>& columns) {
  base::Matrix<float> out(values.rows(), columns.size());
  for (std::size_t r = 0; r < values.rows(); ++r) {
    for (std::size_t c = 0; c < columns.size(); ++c) out(r, c) = values(r, columns[c]);
  }
  return out;
}

// Weights of all outputs, the last row the intercepts, and what each output was off by in groups left out.
struct Fitted {
  Eigen::MatrixXd weights;
  std::vector<double> errors;
};

// Ridge regression of some outputs on some inputs, added to what is fitted.
void fit_part(const std::vector<features::Example>& examples, const std::vector<std::string>& groups, const Part& part,
              const std::vector<Ridge::Settings::Start>& starts, Fitted& fitted) {
  const auto place = [](const std::vector<std::size_t>& all, std::size_t one) {
    return static_cast<std::size_t>(std::find(all.begin(), all.end(), one) - all.begin());
  };
  Ridge::Settings settings;
  settings.lags_s = {{0}};  // what earlier frames tell is the recurrent layers' to learn
  for (const auto& one : starts) {
    const Ridge::Settings::Start here{place(part.outputs, one.output), place(part.inputs, one.input), one.weight};
    if (here.output < part.outputs.size() && here.input < part.inputs.size()) settings.start.push_back(here);
  }
  std::vector<features::Example> seen;
  for (const auto& example : examples) {
    seen.push_back({example.key, example.rate_hz, columns_of(example.x, part.inputs), columns_of(example.y, part.outputs), {}});
  }
  const auto ridge = Ridge::fit(seen, groups, settings);
  const auto& weights = ridge.weights();
  for (std::size_t o = 0; o < part.outputs.size(); ++o) {
    const auto to = static_cast<Eigen::Index>(part.outputs[o]), from = static_cast<Eigen::Index>(o);
    for (std::size_t i = 0; i < part.inputs.size(); ++i) {
      fitted.weights(static_cast<Eigen::Index>(part.inputs[i]), to) += weights(static_cast<Eigen::Index>(i), from);
    }
    fitted.weights(fitted.weights.rows() - 1, to) += weights(weights.rows() - 1, from);
    fitted.errors[part.outputs[o]] = ridge.left_out_errors()[o];
  }
}

// What weights leave of the targets, less its mean in each recording: how people move, and not who they are.
void leave_movement(std::vector<features::Example>& examples, const Eigen::MatrixXd& fitted) {
  const Eigen::Index width = fitted.rows() - 1;
  for (auto& example : examples) {
    using Rows = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
    const auto frames = static_cast<Eigen::Index>(example.x.rows());
    const Eigen::Map<const Rows> x(example.x.data(), frames, width);
    Eigen::Map<Rows> y(example.y.data(), frames, fitted.cols());
    y -= x * fitted.topRows(width).cast<float>();
    for (Eigen::Index c = 0; c < y.cols(); ++c) {
      double sum = 0, count = 0;
      for (Eigen::Index f = 0; f < frames; ++f) {
        if (std::isfinite(y(f, c))) sum += y(f, c), ++count;
      }
      if (count > 0) y.col(c).array() -= static_cast<float>(sum / count);
    }
  }
}

}  // namespace

std::vector<Ridge::Settings::Start> linear_start(const model::Model& model) {
  std::vector<Ridge::Settings::Start> out;
  const auto& geometry = model.input.geometry;
  for (const auto& channel : model.outputs) {
    if (channel.source != model::OutputChannel::Source::network) continue;
    const auto name = features::geometric_name(channel.name);
    const auto at = name ? std::find(geometry.begin(), geometry.end(), *name) : geometry.end();
    if (at == geometry.end()) continue;
    const auto input = geometry_column(model) + static_cast<std::size_t>(at - geometry.begin());
    out.push_back({channel.index, input, model.input_scaler.scale[input] / model.output_scaler.scale[channel.index]});
  }
  return out;
}

Linear fit_linear(std::vector<features::Example> examples, const model::Model& model, const model::Recipe& recipe) {
  require(!examples.empty(), "fit_linear: no examples");
  for (auto& example : examples) features::scale(example.x, model.input_scaler);
  auto groups = groups_of(examples, recipe.split.by);
  if (std::set<std::string>(groups.begin(), groups.end()).size() < 2) groups = groups_of(examples, "trial");
  const auto inputs = static_cast<std::size_t>(model.network.inputs), outputs = static_cast<std::size_t>(model.network.outputs);
  const auto width = static_cast<Eigen::Index>(inputs);
  const auto start = linear_start(model);
  const auto fit = [&](const std::vector<Part>& parts) {
    // An output of which no part sees anything stays at its mean.
    Fitted out{Eigen::MatrixXd::Zero(width + 1, static_cast<Eigen::Index>(outputs)), std::vector<double>(outputs, 1.0)};
    for (const auto& part : parts) fit_part(examples, groups, part, start, out);
    return out;
  };
  auto fitted = fit(recipe.linear_sees == "all" ? std::vector<Part>{everything(model)} : joints_of(model));
  if (recipe.linear_sees == "best") {
    const auto other = fit({everything(model)});
    for (std::size_t o = 0; o < outputs; ++o) {
      if (other.errors[o] < kWorthIt * fitted.errors[o]) fitted.weights.col(static_cast<Eigen::Index>(o)) = other.weights.col(static_cast<Eigen::Index>(o));
    }
  }
  if (recipe.linear_sees == "joint" && model::around_blocks(model.input) > 0) {
    leave_movement(examples, fitted.weights);
    fit_part(examples, groups, {counted(0, outputs), counted(model::frame_width(model.input), inputs)}, {}, fitted);
  }
  Linear out{{{model.network.outputs, width}, {}}, {{model.network.outputs}, {}}};
  for (Eigen::Index c = 0; c < fitted.weights.cols(); ++c) {
    for (Eigen::Index i = 0; i < width; ++i) out.weight.values.push_back(static_cast<float>(fitted.weights(i, c)));
    out.bias.values.push_back(static_cast<float>(fitted.weights(width, c)));
  }
  return out;
}

}  // namespace kinemyo::train
