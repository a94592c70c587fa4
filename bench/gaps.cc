// Gaps cut into real trials: how well they are filled, beside a cubic spline, and whether the stated error holds.
//   bench_gaps FOLDER-OF-TRC [REPEATS]
// Prints a table in Markdown; docs/gaps.md keeps it.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <limits>
#include <string>
#include <vector>

#include "kinemyo/base/random.h"
#include "kinemyo/features/channels.h"
#include "kinemyo/io/trc.h"
#include "kinemyo/signal/marker_gaps.h"

namespace {

namespace fs = std::filesystem;
using namespace kinemyo;

struct Cell {
  double ours_m = 0, spline_m = 0, squares = 0, bars_m = 0;
  std::size_t gaps = 0, covered = 0, left = 0;
};

// Trials in which every marker was seen throughout, computed points left out.
std::vector<motion::Series> read_trials(const fs::path& folder) {
  std::vector<fs::path> paths;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().extension() == ".trc" && entry.path().stem().string().find("static") == std::string::npos) paths.push_back(entry.path());
  }
  std::sort(paths.begin(), paths.end());
  std::vector<motion::Series> out;
  for (const auto& path : paths) {
    const auto recording = io::read_trc(path);
    const auto& markers = *recording.find(motion::Quantity::position);
    std::vector<std::string> names;
    for (const auto& name : markers.names()) {
      if (!features::is_computed_point(name)) names.push_back(name);
    }
    out.push_back(markers.select(names));
  }
  return out;
}

void cut_and_fill(const motion::Series& trial, std::size_t frames, std::size_t together, base::Random& random, Cell& cell) {
  constexpr std::size_t kMargin = 5;
  const auto& truth = trial.values();
  if (truth.rows() < frames + 4 * kMargin) return;
  const double rate_hz = trial.clock().rate_hz();
  const auto first = kMargin + random.below(truth.rows() - frames - 2 * kMargin);
  std::vector<std::size_t> cut(trial.channels().size());
  for (std::size_t m = 0; m < cut.size(); ++m) cut[m] = m;
  for (std::size_t m = cut.size() - 1; m > 0; --m) std::swap(cut[m], cut[random.below(m + 1)]);
  cut.resize(together);
  auto ours = truth;
  for (const auto m : cut) {
    for (std::size_t f = first; f < first + frames; ++f) {
      for (std::size_t k = 0; k < 3; ++k) ours(f, 3 * m + k) = std::numeric_limits<double>::quiet_NaN();
    }
  }
  auto spline = ours;
  const auto done = signal::fill_markers(ours.view(), rate_hz);
  signal::fill_gaps(spline.view(), rate_hz, 10, signal::Interpolation::cubic);
  cell.left += done.left.size();
  for (const auto& fill : done.filled) {
    double mine = 0, theirs = 0;
    for (std::size_t f = first; f < first + frames; ++f) {
      for (std::size_t k = 0; k < 3; ++k) {
        const auto column = 3 * fill.marker + k;
        mine += std::pow(ours(f, column) - truth(f, column), 2) / static_cast<double>(frames);
        theirs += std::pow(spline(f, column) - truth(f, column), 2) / static_cast<double>(frames);
      }
    }
    cell.ours_m += std::sqrt(mine);
    cell.spline_m += std::sqrt(theirs);
    cell.squares += mine;
    cell.bars_m += fill.error_bar_m;
    cell.covered += std::sqrt(mine) <= fill.error_bar_m ? 1 : 0;
    ++cell.gaps;
  }
}

void print_row(std::size_t milliseconds, std::size_t together, const Cell& cell) {
  const auto n = static_cast<double>(cell.gaps);
  std::printf("| %zu | %zu | %zu | %zu | %.2f | %.2f | %.2f | %.0f %% | %.1f |\n", milliseconds, together, cell.gaps, cell.left,
              1e3 * cell.spline_m / n, 1e3 * cell.ours_m / n, cell.ours_m / cell.spline_m, 100 * static_cast<double>(cell.covered) / n,
              2 * cell.bars_m / n / std::sqrt(cell.squares / n));
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
  Cell all;
  double widths = 0;
  std::size_t rows = 0;
  for (const std::size_t milliseconds : {10u, 50u, 100u, 200u, 250u, 350u, 500u}) {
    for (const std::size_t together : {1u, 2u, 4u, 8u}) {
      Cell cell;
      for (const auto& trial : trials) {
        const auto frames = std::max<std::size_t>(1, static_cast<std::size_t>(std::lround(static_cast<double>(milliseconds) * trial.clock().rate_hz() / 1000)));
        for (int repeat = 0; repeat < repeats; ++repeat) cut_and_fill(trial, frames, together, random, cell);
      }
      print_row(milliseconds, together, cell);
      all.gaps += cell.gaps;
      all.covered += cell.covered;
      widths += 2 * cell.bars_m / static_cast<double>(cell.gaps) / std::sqrt(cell.squares / static_cast<double>(cell.gaps));
      ++rows;
    }
  }
  std::printf("\nAll: %zu gaps; the error bar holds in %.1f %%; its mean width is %.2f RMS errors.\n", all.gaps,
              100 * static_cast<double>(all.covered) / static_cast<double>(all.gaps), widths / static_cast<double>(rows));
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
