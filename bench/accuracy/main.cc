// Accuracy of the geometric methods on recordings of people: bench_accuracy gait|ik|scaling|faults
// prints one JSON line a figure; bench/accuracy.py makes docs/accuracy.md of them.
#include <cstdio>
#include <exception>
#include <string_view>

#include "bench/accuracy/accuracy.h"

int main(int argc, char** argv) {
  using namespace kinemyo::bench;
  const std::pair<std::string_view, void (*)()> parts[] = {{"gait", gait}, {"ik", ik}, {"scaling", scaling}, {"faults", faults}};
  try {
    for (const auto& [name, part] : parts) {
      if (argc == 2 && name == argv[1]) return part(), 0;
    }
  } catch (const std::exception& problem) {
    std::fprintf(stderr, "bench_accuracy: %s\n", problem.what());
    return 1;
  }
  std::fprintf(stderr, "usage: bench_accuracy gait|ik|scaling|faults\n");
  return 2;
}
