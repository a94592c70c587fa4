// End to end as `serve` has it: sample people train recipe "keypoints" from their markers; of people not among them a camera sees
// landmarks with a pose estimator's errors, which go picture by picture through the live pipeline; their true angles are known.
#include <unistd.h>

#include <array>
#include <filesystem>
#include <set>

#include "bench/accuracy/accuracy.h"
#include "bench/learned/learned.h"
#include "kinemyo/dataset/copies.h"
#include "kinemyo/dataset/layout.h"
#include "kinemyo/dataset/prepare.h"
#include "kinemyo/dataset/split.h"
#include "kinemyo/infer/live.h"
#include "kinemyo/synth/write.h"
#include "kinemyo/train/train.h"

namespace kinemyo::bench {

namespace {

constexpr double kTrial_s = 6, kStanding_s = 3;

// Beside what synth's camera does already (errors that stay for 0.2 s: 8 mm in the picture, 20 mm in depth; dropped pictures).
struct Errors {
  double bias_mm = 7;    // of each landmark of a person, in each axis
  double white_mm = 3;
  double hidden = 0.05;  // share of the time that a landmark is not visible, in stretches of 0.3 s
};

const std::vector<std::string> kAngles = [] {
  std::vector<std::string> out = {"pelvis_tilt", "pelvis_list", "lumbar_extension", "lumbar_bending", "lumbar_rotation"};
  for (const char* name : {"hip_flexion", "hip_adduction", "hip_rotation", "knee_angle", "ankle_angle", "subtalar_angle"})
    for (const char* side : {"_r", "_l"}) out.push_back(std::string(name) + side);
  return out;
}();

std::vector<dataset::PreparedTrial> prepared_people(std::uint64_t seed, int subjects) {
  const auto folder = std::filesystem::temp_directory_path() / ("bench_live_" + std::to_string(::getpid()));
  synth::Options people;
  people.seed = seed;
  people.subjects = subjects;
  people.trials = 2;
  people.seconds = kTrial_s;
  people.raw = false;
  synth::write_synthetic(folder, people, {});
  dataset::PrepareSettings settings;
  settings.keep_raw_emg = false;
  dataset::prepare(dataset::find_trials({folder / "c3d"}).trials, folder / "people.h5", settings, {});
  auto out = study::read_trials(dataset::Store(folder / "people.h5"));
  std::filesystem::remove_all(folder);
  return out;
}

model::Model trained(const std::vector<dataset::PreparedTrial>& people, const model::Recipe& recipe) {
  std::vector<motion::TrialKey> keys;
  for (const auto& trial : people) keys.push_back(trial.key);
  const auto sides = dataset::split(keys, recipe.split.by, {}, recipe.split.validation, recipe.training.seed);
  std::vector<dataset::PreparedTrial> training;
  std::vector<features::Example> validation;
  const auto blank_of = [&] {
    for (const auto& trial : people) {
      if (std::find(sides.training.begin(), sides.training.end(), trial.key) != sides.training.end()) training.push_back(trial);
    }
    return dataset::settle(recipe, training);
  };
  const auto blank = blank_of();
  for (const auto& trial : people) {
    if (std::find(sides.validation.begin(), sides.validation.end(), trial.key) != sides.validation.end())
      validation.push_back(dataset::make_example(trial, blank, recipe));
  }
  return train::train(blank, recipe, dataset::make_training_examples(training, blank, recipe), validation, {}).model;
}

using Offsets = std::array<std::array<double, 3>, motion::kLandmarks>;

void film(const synth::SynthTrial& trial, double start_s, const Offsets& bias, const Errors& errors, base::Random& random, motion::LandmarkTrial& out) {
  const auto& values = trial.landmarks.values();
  std::array<double, motion::kLandmarks> hidden_until_s{};
  constexpr double kHidden_s = 0.3;
  for (std::size_t f = 0; f < values.rows(); ++f) {
    motion::LandmarkFrame frame;
    const double t = trial.frame_stamps_s[f];
    frame.time_s = start_s + t;
    for (std::size_t i = 0; i < motion::kLandmarks; ++i) {
      if (t >= hidden_until_s[i] && random.uniform() < errors.hidden / kHidden_s / synth::kVideoHz) hidden_until_s[i] = t + kHidden_s;
      frame.visibility[i] = t < hidden_until_s[i] ? 0.1 : 0.95;
      for (std::size_t axis = 0; axis < 3; ++axis)
        frame.points[i][axis] = values(f, 3 * i + axis) + bias[i][axis] + 1e-3 * errors.white_mm * random.normal();
    }
    out.push_back(frame);
  }
}

// Mean absolute error of each angle over a person's trials, degrees.
std::vector<double> errors_of(const infer::LiveModels& models, const synth::Subject& person, const Errors& errors) {
  std::vector<std::size_t> at;
  for (const auto& name : kAngles) {
    std::size_t i = 0;
    while (i < models.outputs().size() && models.outputs()[i].name != name) ++i;
    at.push_back(i);
  }
  std::vector<double> sum(kAngles.size(), 0), count(kAngles.size(), 0);
  base::Random random = person.random_of("camera", 1);
  Offsets bias;
  for (auto& point : bias)
    for (double& v : point) v = 1e-3 * errors.bias_mm * random.normal();
  const auto standing = synth::make_trial(person, {"Standing", 3, {{0, {}}, {1, {}}}}, 1, kStanding_s);
  std::vector<double> truth(standing.coordinates.values().columns());
  const auto names = standing.coordinates.names();
  for (const char* activity : {"NormalSquat", "ForwardLungeRight", "SideLunge", "Walking"}) {
    const auto moving = synth::make_trial(person, synth::find_activity(activity), 1, kTrial_s);
    motion::LandmarkTrial seen;
    film(standing, 0, bias, errors, random, seen);
    const auto first = seen.size();
    film(moving, kStanding_s, bias, errors, random, seen);
    infer::Live live(models);
    for (std::size_t f = 0; f < seen.size(); ++f) {
      live.step(seen[f]);
      if (f < first) continue;
      synth::read_at(moving.coordinates.values(), synth::kMotionHz, moving.frame_stamps_s[f - first], truth);
      for (std::size_t a = 0; a < at.size(); ++a) {
        if (at[a] == models.outputs().size()) continue;
        const auto column = static_cast<std::size_t>(std::find(names.begin(), names.end(), kAngles[a]) - names.begin());
        sum[a] += std::abs(difference_deg(live.values()[at[a]], truth[column]));
        ++count[a];
      }
    }
  }
  for (std::size_t a = 0; a < sum.size(); ++a) sum[a] = count[a] > 0 ? sum[a] / count[a] : NAN;
  return sum;
}

}  // namespace

void live() {
  const char* which = std::getenv("RECIPE");
  const auto recipe = model::read_recipe(which ? which : "keypoints");
  const infer::LiveModels models(trained(prepared_people(1, 8), recipe));
  for (const auto& errors : {Errors{}, Errors{0, 0, 0}}) {
    std::vector<double> of_people, of_angles(kAngles.size(), 0);
    constexpr int kPeople = 6;
    for (int s = 1; s <= kPeople; ++s) {
      const auto each = errors_of(models, synth::sample_subject(std::getenv("SEED") ? std::atoi(std::getenv("SEED")) : 2, s), errors);
      double mean = 0;
      for (std::size_t a = 0; a < each.size(); ++a) mean += each[a] / static_cast<double>(each.size()), of_angles[a] += each[a] / kPeople;
      of_people.push_back(mean);
    }
    for (std::size_t a = 0; a < kAngles.size(); ++a) std::fprintf(stderr, "%s %.2f\n", kAngles[a].c_str(), of_angles[a]);
    for (const double one : of_people) std::fprintf(stderr, "person %.2f\n", one);
  }
}

}  // namespace kinemyo::bench
