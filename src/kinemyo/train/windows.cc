#include "kinemyo/train/windows.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <numeric>
#include <string>

#include "kinemyo/base/threads.h"

namespace kinemyo::train {

namespace {

void scale_targets(base::MatrixView<float> y, const model::Scaler& scaler) {
  for (std::size_t r = 0; r < y.rows(); ++r) {
    for (std::size_t c = 0; c < y.columns(); ++c) {
      y(r, c) = static_cast<float>((y(r, c) - scaler.mean[c]) / scaler.scale[c]);
    }
  }
}

void add_noise(base::MatrixView<float> window, std::span<const features::Placement> placements,
               double rate_hz, const model::InputSpec& spec, double noise_m, base::Random& random) {
  const std::size_t markers = model::position_width(spec);
  const std::size_t block = model::value_width(spec);
  // Noise before the window's start, so that its first velocity is as noisy as the others.
  std::vector<double> last(markers), last_velocity(markers), noise(markers);
  for (auto& n : last) n = noise_m * random.normal();
  for (auto& v : last_velocity) v = noise_m * std::numbers::sqrt2 * rate_hz * random.normal();
  for (std::size_t t = 0; t < window.rows(); ++t) {
    const double scale = t < placements.size() ? placements[t].scale_m : 1.0;
    for (std::size_t k = 0; k < markers; ++k) {
      const double n = noise_m * random.normal();
      const double velocity = (n - last[k]) * rate_hz;
      const double parts[3] = {n, velocity, (velocity - last_velocity[k]) * rate_hz};
      for (int d = 0; d <= spec.derivatives && d < 3; ++d) {
        window(t, static_cast<std::size_t>(d) * block + k) += static_cast<float>(parts[d] / scale);
      }
      last[k] = n;
      last_velocity[k] = velocity;
    }
  }
}

// Where markers sit differs from person to person: not a thing to learn people by.
void add_offsets(base::MatrixView<float> window, std::span<const features::Placement> placements,
                 const model::InputSpec& spec, double offset_m, base::Random& random) {
  for (std::size_t k = 0; k < model::position_width(spec); ++k) {
    const double offset = offset_m * random.normal();
    for (std::size_t t = 0; t < window.rows(); ++t) {
      const double scale = t < placements.size() ? placements[t].scale_m : 1.0;
      window(t, k) += static_cast<float>(offset / scale);
    }
  }
}

void turn(base::MatrixView<float> window, const model::InputSpec& spec, double angle_rad) {
  const std::size_t block = model::value_width(spec);
  const auto c = static_cast<float>(std::cos(angle_rad)),
             s = static_cast<float>(std::sin(angle_rad));
  for (std::size_t t = 0; t < window.rows(); ++t) {
    for (int d = 0; d <= spec.derivatives; ++d) {
      for (std::size_t m = 0; 3 * m < model::position_width(spec); ++m) {
        float& x = window(t, static_cast<std::size_t>(d) * block + 3 * m);
        float& z = window(t, static_cast<std::size_t>(d) * block + 3 * m + 2);
        const float old_x = x;
        x = c * old_x + s * z;
        z = c * z - s * old_x;
      }
    }
  }
}

}  // namespace

Side make_side(std::vector<features::Example> examples, const model::Scaler& outputs,
               const model::Recipe& recipe) {
  for (auto& example : examples) {
    if (!outputs.empty()) scale_targets(example.y, outputs);
    dataset::smooth_targets(example.y, recipe.original.smooth_targets);
  }
  auto windows = dataset::make_windows(examples, recipe);
  return {std::move(examples), std::move(windows)};
}

void augment(base::MatrixView<float> window, std::span<const features::Placement> placements,
             double rate_hz, const model::InputSpec& spec, const model::Recipe::Inputs& recipe,
             base::Random& random) {
  if (recipe.noise_mm > 0)
    add_noise(window, placements, rate_hz, spec, 1e-3 * recipe.noise_mm, random);
  if (recipe.offset_mm > 0)
    add_offsets(window, placements, spec, 1e-3 * recipe.offset_mm, random);
  // In the canonical frame a turned trial is the same trial.
  if (recipe.turn && spec.frame == model::Frame::laboratory) {
    turn(window, spec, random.uniform(0, 2 * std::numbers::pi));
  }
}

void widen(model::Scaler& scaler, std::span<const features::Example> examples, const model::InputSpec& spec,
           const model::Recipe::Inputs& recipe) {
  double squares = 0;  // of one over the body length
  std::size_t frames = 0;
  for (const auto& example : examples) {
    for (const auto& placement : example.placements) {
      squares += 1 / (placement.scale_m * placement.scale_m);
      ++frames;
    }
  }
  const double added_m2 = 1e-6 * (recipe.noise_mm * recipe.noise_mm + recipe.offset_mm * recipe.offset_mm);
  if (frames == 0 || added_m2 == 0) return;
  for (std::size_t k = 0; k < model::position_width(spec); ++k) {
    auto& scale = scaler.scale[k];
    scale = std::sqrt(scale * scale + added_m2 * squares / static_cast<double>(frames));
  }
}

void check_augmentation(const model::Model& model, const model::Recipe& recipe) {
  if (!recipe.inputs.turn || model.input.frame != model::Frame::laboratory) return;
  for (const auto& output : model.outputs) {
    if (output.source == model::OutputChannel::Source::network &&
        output.name.starts_with("pelvis_")) {
      throw Error("recipe: inputs.turn cannot go with frame = \"laboratory\" and the target " +
                  output.name +
                  ", which a turn changes; expected frame = \"canonical\" or turn = false");
    }
  }
}

void fill_batch(const Side& side, std::span<const std::int64_t> windows, const model::Model& model,
                const model::Recipe& recipe, base::Random* random, int threads, Batch& batch) {
  const auto frames = static_cast<std::size_t>(recipe.training.window_frames);
  const auto inputs = static_cast<std::size_t>(model.network.inputs);
  const auto outputs = static_cast<std::size_t>(model.network.outputs);
  const std::size_t count = windows.size();
  batch.x.assign(frames * count * inputs, 0.0F);
  batch.y.assign(frames * count * outputs, std::numeric_limits<float>::quiet_NaN());
  std::vector<std::int64_t> known(count);
  const auto fill = [&](std::size_t b) {
    const auto& window = side.windows[static_cast<std::size_t>(windows[b])];
    const auto& example = side.examples[window.example];
    const std::size_t length = std::min(frames, example.x.rows() - window.first);
    base::Matrix<float> x(length, inputs);
    std::copy_n(&example.x(window.first, 0), length * inputs, x.data());
    if (random != nullptr) {
      std::span<const features::Placement> placements(example.placements);
      placements = placements.subspan(std::min(window.first, placements.size()));
      augment(x, placements, example.rate_hz, model.input, recipe.inputs, *random);
    }
    features::scale(x, model.input_scaler);
    for (std::size_t t = 0; t < length; ++t) {
      std::copy_n(x.row(t).data(), inputs, &batch.x[(t * count + b) * inputs]);
      const auto y = example.y.row(window.first + t);
      std::copy(y.begin(), y.end(),
                batch.y.begin() + static_cast<std::ptrdiff_t>((t * count + b) * outputs));
      known[b] += std::count_if(y.begin(), y.end(), [](float v) { return !std::isnan(v); });
    }
  };
  // Draws have one order: one window after the other.
  const bool draws = random != nullptr && (recipe.inputs.noise_mm > 0 || recipe.inputs.offset_mm > 0 || recipe.inputs.turn);
  const std::size_t parts = draws ? 1 : std::clamp<std::size_t>(static_cast<std::size_t>(threads), 1, std::max<std::size_t>(count, 1));
  base::in_threads(parts, [&](std::size_t part) {
    for (std::size_t b = count * part / parts; b < count * (part + 1) / parts; ++b) fill(b);
  });
  batch.known = std::accumulate(known.begin(), known.end(), std::int64_t{0});
}

}  // namespace kinemyo::train
