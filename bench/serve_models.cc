#include "bench/serve_models.h"

#include <cstdlib>
#include <vector>

#include "infer/random_model.h"
#include "kinemyo/dataset/examples.h"

namespace kinemyo::bench {

namespace {

void run(const std::string& command) {
  if (std::system(command.c_str()) != 0) throw Error("this failed: " + command);
}

model::Model random_model(const std::string& recipe_name, const std::vector<dataset::PreparedTrial>& trials) {
  const auto recipe = model::read_recipe(recipe_name);
  auto model = dataset::settle(recipe, trials);
  std::vector<features::Example> examples;
  for (const auto& trial : trials) examples.push_back(dataset::make_example(trial, model, recipe));
  model.input_scaler = features::fit_scaler(examples, false);
  model.output_scaler = features::fit_scaler(examples, true);
  model.weights = infer::random_weights(model.network, 1);
  model.metrics = R"({"validation_loss": 0.05})";
  return model;
}

}  // namespace

ServedModels write_served_models(const std::string& program, const std::filesystem::path& folder) {
  const std::string people = (folder / "people").string(), store = (folder / "people.h5").string(), quiet = " >/dev/null 2>&1";
  run("'" + program + "' synth '" + people + "' --subjects 1 --trials 1 --seconds 6 --format c3d" + quiet);
  run("'" + program + "' prepare '" + people + "/c3d' --out '" + store + "'" + quiet);
  std::vector<dataset::PreparedTrial> trials;
  const dataset::Store read(store);
  for (const auto& key : read.keys()) trials.push_back(read.read(key));
  ServedModels out{folder / "keypoints.safetensors", folder / "emg-live.safetensors"};
  model::write_model(random_model("keypoints-live", trials), out.body);
  model::write_model(random_model("emg-live", trials), out.muscles);
  return out;
}

}  // namespace kinemyo::bench
