#include "kinemyo/train/linear.h"

#include <cstdint>
#include <set>

#include "kinemyo/dataset/split.h"
#include "kinemyo/train/ridge.h"

namespace kinemyo::train {

namespace {

std::vector<std::string> groups_of(const std::vector<features::Example>& examples, std::string_view by) {
  std::vector<std::string> out;
  for (const auto& example : examples) out.push_back(dataset::group_of(example.key, by));
  return out;
}

}  // namespace

Linear fit_linear(std::vector<features::Example> examples, const model::Scaler& inputs, std::string_view by) {
  require(!examples.empty(), "fit_linear: no examples");
  for (auto& example : examples) features::scale(example.x, inputs);
  auto groups = groups_of(examples, by);
  if (std::set<std::string>(groups.begin(), groups.end()).size() < 2) groups = groups_of(examples, "trial");
  Ridge::Settings settings;
  settings.lags_s = {{0}};  // what earlier frames tell is the recurrent layers' to learn
  const Eigen::MatrixXd fitted = Ridge::fit(examples, groups, settings).weights();
  const auto width = fitted.rows() - 1, outputs = fitted.cols();
  Linear out{{{outputs, width}, {}}, {{outputs}, {}}};
  for (Eigen::Index c = 0; c < outputs; ++c) {
    for (Eigen::Index i = 0; i < width; ++i) out.weight.values.push_back(static_cast<float>(fitted(i, c)));
    out.bias.values.push_back(static_cast<float>(fitted(width, c)));
  }
  return out;
}

}  // namespace kinemyo::train
