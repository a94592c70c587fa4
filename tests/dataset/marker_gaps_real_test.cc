// Gaps cut into real trials: the fill against a cubic spline, and its error bar against the truth.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "real_data.h"
#include "signal/cut_gaps.h"

namespace kinemyo::signal {
namespace {

TEST(MarkerGapsReal, LongGapsAreFilledTwiceAsWellAsByASplineShortOnesNoWorse) {
  KINEMYO_REAL_DATA(folder, "opencap_expert1");
  std::vector<motion::Series> trials;
  for (const char* name : {"walking2", "walkingTS1", "squats1", "STSFast1", "DJ1", "DJAsym2"}) {
    trials.push_back(physical_markers(folder / (std::string(name) + ".trc")));
  }
  base::Random random(20);
  std::size_t gaps = 0, covered = 0;
  double width_in_errors = 0;
  int cells = 0;
  for (const std::size_t frames : {1u, 5u, 10u, 25u, 35u, 50u}) {
    for (const std::size_t together : {1u, 8u}) {
      CutGaps cell;
      for (const auto& trial : trials) {
        for (int repeat = 0; repeat < 3; ++repeat) cut_and_fill(trial, frames, together, random, cell);
      }
      SCOPED_TRACE(std::to_string(frames) + " frames, " + std::to_string(together) + " markers");
      EXPECT_LE(cell.ours_m, (frames > 20 ? 0.5 : 1.001) * cell.spline_m);
      EXPECT_LE(cell.left * 10, cell.gaps);
      covered += cell.covered;
      gaps += cell.gaps;
      width_in_errors += cell.width();
      ++cells;
    }
  }
  EXPECT_GE(static_cast<double>(covered), 0.9 * static_cast<double>(gaps));
  EXPECT_LE(width_in_errors / cells, 4.0);
}

}  // namespace
}  // namespace kinemyo::signal
