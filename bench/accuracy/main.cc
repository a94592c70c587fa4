// Accuracy on recordings of people: bench_accuracy gait|ik|scaling|faults|keypoints|emg (emg: with LibTorch)
// prints one JSON line a figure; bench/accuracy.py makes docs/accuracy.md of them.
#include <algorithm>
#include <cstdio>
#include <exception>
#include <string_view>

#include "bench/accuracy/accuracy.h"
#include "kinemyo/base/error.h"
#include "kinemyo/body/osim.h"
#include "kinemyo/io/trc.h"

namespace kinemyo::bench {

void print(const Figure& figure) {
  const auto number = [](double v) { return std::isfinite(v) ? nlohmann::json(v) : nlohmann::json(nullptr); };
  nlohmann::ordered_json line{{"what", figure.what},       {"value", number(figure.value)},       {"unit", figure.unit},
                              {"at_most", number(figure.at_most)}, {"at_least", number(figure.at_least)}, {"over", figure.over},
                              {"digits", figure.digits}};
  if (!figure.spread.empty()) {
    const auto [low, high] = std::minmax_element(figure.spread.begin(), figure.spread.end());
    line["lowest"] = number(*low);
    line["highest"] = number(*high);
  }
  std::printf("%s\n", line.dump().c_str());
  std::fflush(stdout);
}

std::filesystem::path recordings(const std::string& part) {
  const char* named = std::getenv("KINEMYO_DATA");
  const std::filesystem::path root = named ? named : "build/data";
  if (!std::filesystem::exists(root / part)) throw Error((root / part).string() + " is not there; KINEMYO_DATA says where recordings are");
  return root / part;
}

std::vector<std::string> opencap_trials() {
  std::vector<std::string> out;
  for (const auto& entry : std::filesystem::directory_iterator(recordings("opencap_expert1"))) {
    if (entry.path().extension() == ".mot" && entry.path().stem() != "DJ3") out.push_back(entry.path().stem().string());
  }
  std::sort(out.begin(), out.end());
  return out;
}

motion::Series opencap_markers(const std::string& trial) {
  return *io::read_trc(recordings("opencap_expert1") / (trial + ".trc")).find(motion::Quantity::position);
}

body::Model opencap_model(const std::string& name) { return body::read_osim(recordings("opencap_expert1") / (name + ".osim")).model; }

}  // namespace kinemyo::bench

int main(int argc, char** argv) {
  using namespace kinemyo::bench;
  const std::pair<std::string_view, void (*)()> parts[] = {{"gait", gait}, {"ik", ik}, {"scaling", scaling}, {"faults", faults}, {"keypoints", keypoints},
#ifdef KINEMYO_TRAIN
                                                        {"emg", emg},
#endif
  };
  try {
    for (const auto& [name, part] : parts) {
      if (argc == 2 && name == argv[1]) return part(), 0;
    }
  } catch (const std::exception& problem) {
    std::fprintf(stderr, "bench_accuracy: %s\n", problem.what());
    return 1;
  }
  std::fprintf(stderr, "usage: bench_accuracy gait|ik|scaling|faults|keypoints|emg\n");
  return 2;
}
