// Accuracy of what is learned, on people left out: bench_learned PART prints one JSON line a figure;
// bench/accuracy.py makes docs/accuracy.md of them.
#include "bench/learned/learned.h"

#include <unistd.h>

#include <cstdio>
#include <exception>
#include <string_view>

#include "bench/accuracy/accuracy.h"
#include "kinemyo/dataset/layout.h"
#include "kinemyo/dataset/prepare.h"

namespace kinemyo::bench {

std::vector<dataset::PreparedTrial> prepared(const std::string& part, const std::vector<std::string>& names) {
  const auto folder = recordings(part);
  std::vector<std::filesystem::path> sources;
  for (const auto& name : names) sources.push_back(folder / name);
  if (names.empty()) sources.push_back(folder);
  dataset::PrepareSettings settings;
  settings.keep_raw_emg = false;
  settings.skip_bad = true;  // of other use: a model's static pose, say
  const auto path = std::filesystem::temp_directory_path() / ("bench_learned_" + std::to_string(::getpid()) + ".h5");
  dataset::prepare(dataset::find_trials(sources).trials, path, settings, {});
  std::vector<dataset::PreparedTrial> out;
  {
    const dataset::Store store(path);
    out = study::read_trials(store);
  }
  std::filesystem::remove(path);
  return out;
}

study::TestNoise white_noise() {
  study::TestNoise out{"white noise 10 mm", {}};
  out.levels.white_mm = 10;
  return out;
}

study::TestNoise smooth_noise() {
  study::TestNoise out{"smooth noise 10 mm", {}};
  out.levels.smooth_mm = 10;
  return out;
}

study::ScoreTable angles_of(const study::Evaluation& evaluation) {
  for (auto& table : study::tabulate(evaluation)) {
    if (table.unit == "deg") return table;
  }
  throw Error("no angles among the outputs");
}

void print_sagittal(const std::string& what, const study::Evaluation& evaluation, const std::string& over,
                    const std::vector<std::pair<std::string, double>>& goals) {
  const auto table = angles_of(evaluation);
  for (std::size_t m = 0; m < table.methods.size(); ++m) {
    const auto& s = table.sagittal;
    Figure figure{what + ": sag, " + table.methods[m], s.mean[m], "deg"};
    figure.over = over;
    figure.spread = {s.hip[m], s.knee[m], s.ankle[m]};
    figure.interval = {s.mean_over_subjects[m].low, s.mean_over_subjects[m].high};
    for (const auto& [method, most] : goals) {
      if (method == table.methods[m]) figure.at_most = most;
    }
    print(figure);
  }
}

}  // namespace kinemyo::bench

int main(int argc, char** argv) {
  using namespace kinemyo::bench;
  const std::pair<std::string_view, void (*)()> parts[] = {{"networks", networks},
                                                           {"noisy_networks", noisy_networks},
                                                           {"joint_centres", joint_centres},
                                                           {"video_landmarks", video_landmarks},
                                                           {"augmented_person", augmented_person},
                                                           {"another_person", another_person},
                                                           {"emg", emg},
                                                           {"live", live}};
  try {
    for (const auto& [name, part] : parts) {
      if (argc == 2 && name == argv[1]) return part(), 0;
    }
  } catch (const std::exception& problem) {
    std::fprintf(stderr, "bench_learned: %s\n", problem.what());
    return 1;
  }
  std::fprintf(stderr, "usage: bench_learned networks|noisy_networks|joint_centres|video_landmarks|augmented_person|another_person|emg|live\n");
  return 2;
}
