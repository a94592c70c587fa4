// Gaps cut into real trials: how well they are filled, beside a cubic spline, and whether the stated error holds.
//   bench_gaps FOLDER-OF-TRC [REPEATS]
// Prints a table in Markdown; docs/gaps.md keeps it.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <vector>

#include "tests/signal/cut_gaps.h"

namespace {

namespace fs = std::filesystem;
using namespace kinemyo;

// Trials in which every marker was seen throughout.
std::vector<motion::Series> read_trials(const fs::path& folder) {
  std::vector<fs::path> paths;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().extension() == ".trc" && entry.path().stem().string().find("static") == std::string::npos) paths.push_back(entry.path());
  }
  std::sort(paths.begin(), paths.end());
  std::vector<motion::Series> out;
  for (const auto& path : paths) out.push_back(signal::physical_markers(path));
  return out;
}

void print_row(std::size_t milliseconds, std::size_t together, const signal::CutGaps& cell) {
  const auto n = static_cast<double>(cell.gaps);
  std::printf("| %zu | %zu | %zu | %zu | %.2f | %.2f | %.2f | %.0f %% | %.1f |\n", milliseconds, together, cell.gaps, cell.left,
              1e3 * cell.spline_m / n, 1e3 * cell.ours_m / n, cell.ours_m / cell.spline_m, 100 * static_cast<double>(cell.covered) / n,
              cell.width());
  std::fflush(stdout);
}

int run(const fs::path& folder, int repeats) {
  const auto trials = read_trials(folder);
  if (trials.empty()) {
    std::fprintf(stderr, "%s holds no TRC file\n", folder.c_str());
    return 1;
  }
  std::printf("%zu trials, %d repeats each; gaps at random places, the markers at random.\n\n", trials.size(), repeats);
  std::printf("| gap, ms | markers at once | filled | left | spline, mm | kinemyo, mm | ratio | error bar holds | its width, RMS errors |\n"
              "|---|---|---|---|---|---|---|---|---|\n");
  base::Random random(20);
  std::size_t gaps = 0, covered = 0, rows = 0;
  double widths = 0;
  for (const std::size_t milliseconds : {10u, 50u, 100u, 200u, 250u, 350u, 500u}) {
    for (const std::size_t together : {1u, 2u, 4u, 8u}) {
      signal::CutGaps cell;
      for (const auto& trial : trials) {
        const auto frames = std::max<std::size_t>(1, static_cast<std::size_t>(std::lround(static_cast<double>(milliseconds) * trial.clock().rate_hz() / 1000)));
        for (int repeat = 0; repeat < repeats; ++repeat) signal::cut_and_fill(trial, frames, together, random, cell);
      }
      print_row(milliseconds, together, cell);
      gaps += cell.gaps;
      covered += cell.covered;
      widths += cell.width();
      ++rows;
    }
  }
  std::printf("\nAll: %zu gaps; the error bar holds in %.1f %%; its mean width is %.2f RMS errors.\n", gaps,
              100 * static_cast<double>(covered) / static_cast<double>(gaps), widths / static_cast<double>(rows));
  return 0;
}

}  // namespace

int main(int count, char** arguments) {
  if (count < 2 || count > 3) {
    std::fprintf(stderr, "bench_gaps FOLDER-OF-TRC [REPEATS]\n");
    return 2;
  }
  try {
    return run(arguments[1], count > 2 ? std::max(1, std::atoi(arguments[2])) : 4);
  } catch (const std::exception& problem) {
    std::fprintf(stderr, "%s\n", problem.what());
    return 1;
  }
}
