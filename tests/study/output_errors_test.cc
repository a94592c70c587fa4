#include "kinemyo/study/output_errors.h"

#include <gtest/gtest.h>

#include <cmath>

namespace kinemyo::study {
namespace {

// A network that gives 0 for everything: the mean of each output.
model::Model of_means() {
  model::Model model;
  model.input.markers = {"LEFT_HIP", "RIGHT_HIP"};
  model.input.scale = model::BodyScale::none;
  model.network = {"lstm", 6, 2, 1, 4, 0, false};
  for (const auto& [name, shape] : model::weight_shapes(model.network)) {
    auto& tensor = model.weights[name];
    tensor.shape = shape;
    tensor.values.assign(static_cast<std::size_t>(shape[0] * (shape.size() > 1 ? shape[1] : 1)), 0.0F);
  }
  model.output_scaler = {{1, 10}, {0.5, 2}};
  using Source = model::OutputChannel::Source;
  model.outputs = {{"a", "rad", Source::network, 0}, {"b", "rad", Source::network, 1}};
  model.metrics = R"({"epoch": 3})";
  return model;
}

TEST(OutputErrors, AreMeanSquaresOfScaledOutputs) {
  auto model = of_means();
  features::Example example;
  example.x = base::Matrix<float>(2, 6);
  example.y = base::Matrix<float>(2, 2, {2.0F, 10.0F, 1.0F, std::nanf("")});  // off by 2 and 0 deviations; by 0, and not known
  note_output_errors(model, {example});
  EXPECT_EQ(model::metrics_of(model, "validation_loss_of"), (std::vector<double>{2, 0}));
  EXPECT_EQ(model::metric(model, "epoch"), 3);
}

TEST(OutputErrors, WithoutExamplesNothingIsNoted) {
  auto model = of_means();
  note_output_errors(model, {});
  EXPECT_TRUE(model::metrics_of(model, "validation_loss_of").empty());
}

}  // namespace
}  // namespace kinemyo::study
