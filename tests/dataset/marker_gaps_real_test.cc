// Gaps cut into real trials: the fill against a cubic spline, and its error bar against the truth.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <limits>
#include <random>

#include "kinemyo/io/trc.h"
#include "kinemyo/signal/marker_gaps.h"

namespace kinemyo::signal {
namespace {

struct Cell {
  double spline_m = 0, ours_m = 0, squares = 0, bars_m = 0;
  std::size_t gaps = 0, covered = 0, left = 0;
};

class MarkerGapsReal : public testing::Test {
 protected:
  void SetUp() override {
    const char* data = std::getenv("KINEMYO_DATA");
    const std::filesystem::path folder = std::filesystem::path(data == nullptr ? "../shared/data" : data) / "opencap_expert1";
    if (!std::filesystem::exists(folder)) GTEST_SKIP() << folder << " is absent";
    for (const char* name : {"walking2", "walkingTS1", "squats1", "STSFast1", "DJ1", "DJAsym2"}) {
      const auto recording = io::read_trc(folder / (std::string(name) + ".trc"));
      const auto& markers = *recording.find(motion::Quantity::position);
      std::vector<std::string> names;  // hip joint centres are computed from the others
      for (const auto& each : markers.names()) {
        if (each.find("HJC") == std::string::npos) names.push_back(each);
      }
      trials_.push_back(markers.select(names));
    }
  }

  Cell measure(std::size_t frames, std::size_t together) {
    Cell cell;
    for (const auto& trial : trials_) {
      for (int repeat = 0; repeat < 3; ++repeat) try_one(trial, frames, together, cell);
    }
    return cell;
  }

 private:
  void try_one(const motion::Series& trial, std::size_t frames, std::size_t together, Cell& cell) {
    const auto& truth = trial.values();
    const auto first = 5 + random_() % (truth.rows() - frames - 10);
    std::vector<std::size_t> cut(trial.channels().size());
    for (std::size_t m = 0; m < cut.size(); ++m) cut[m] = m;
    std::shuffle(cut.begin(), cut.end(), random_);
    cut.resize(together);
    auto ours = truth;
    for (const auto m : cut) {
      for (std::size_t f = first; f < first + frames; ++f) {
        for (std::size_t k = 0; k < 3; ++k) ours(f, 3 * m + k) = std::numeric_limits<double>::quiet_NaN();
      }
    }
    auto spline = ours;
    const auto done = fill_markers(ours, trial.clock().rate_hz());
    cell.left += done.left.size();
    for (const auto& fill : done.filled) {
      base::Matrix<double> own(truth.rows(), 3);
      for (std::size_t f = 0; f < own.rows(); ++f) {
        for (std::size_t k = 0; k < 3; ++k) own(f, k) = spline(f, 3 * fill.marker + k);
      }
      fill_gaps(own.view(), trial.clock().rate_hz(), 10, Interpolation::cubic);
      double theirs = 0, mine = 0;
      for (std::size_t f = first; f < first + frames; ++f) {
        for (std::size_t k = 0; k < 3; ++k) {
          theirs += std::pow(own(f, k) - truth(f, 3 * fill.marker + k), 2);
          mine += std::pow(ours(f, 3 * fill.marker + k) - truth(f, 3 * fill.marker + k), 2);
        }
      }
      const auto n = static_cast<double>(frames);
      cell.spline_m += std::sqrt(theirs / n);
      cell.ours_m += std::sqrt(mine / n);
      cell.squares += mine / n;
      cell.bars_m += fill.error_bar_m;
      cell.covered += std::sqrt(mine / n) <= fill.error_bar_m ? 1 : 0;
      ++cell.gaps;
    }
  }

  std::vector<motion::Series> trials_;
  std::mt19937 random_{20};
};

TEST_F(MarkerGapsReal, LongGapsAreFilledTwiceAsWellAsByASplineShortOnesNoWorse) {
  Cell all;
  double width_in_errors = 0;
  int cells = 0;
  for (const std::size_t frames : {1u, 5u, 10u, 25u, 35u, 50u}) {
    for (const std::size_t together : {1u, 8u}) {
      const auto cell = measure(frames, together);
      SCOPED_TRACE(std::to_string(frames) + " frames, " + std::to_string(together) + " markers");
      EXPECT_LE(cell.ours_m, (frames > 20 ? 0.5 : 1.001) * cell.spline_m);
      EXPECT_LE(cell.left * 10, cell.gaps);
      all.covered += cell.covered;
      all.gaps += cell.gaps;
      width_in_errors += 2 * cell.bars_m / static_cast<double>(cell.gaps) / std::sqrt(cell.squares / static_cast<double>(cell.gaps));
      ++cells;
    }
  }
  EXPECT_GE(static_cast<double>(all.covered), 0.9 * static_cast<double>(all.gaps));
  EXPECT_LE(width_in_errors / cells, 4.0);
}

}  // namespace
}  // namespace kinemyo::signal
