#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace kinemyo::features {

/// Where in the cycle of walking a frame is, told from the legs' angles alone, frame by frame: how far the left foot stands
/// before the right one (thighs and shanks of length 1, the pelvis upright), and how fast that changes, by a line through
/// the last 0.09 s, are the two coordinates of a circle; a cycle of movement is a turn.
/// As inputs: cosine and sine of the angle, of twice the angle ..., times r / (r + 0.1) with the radius r, so that they
/// vanish where nobody walks. Mirrored left to right, odd harmonics change sign.
/// Time: causal, delayed by delay_frames(). Missing: NaN while an angle is. Threads: as for any value.
/// Source: phase by the plane of a quantity and its rate of change: Hurmuzlu, Basdogan and Carollo 1994,
/// Journal of Biomechanics 27, 1495.
class GaitPhase {
 public:
  /// Throws Error when flexion of a hip or a knee is not among the scalars (OpenSim's or Plug-in-Gait's names).
  GaitPhase(const std::vector<std::string>& scalars, double rate_hz, int harmonics);
  /// Shape: a frame's scalars (rad) to 2 * harmonics numbers. Cost: no allocation.
  void step(std::span<const double> scalars, std::span<float> out);
  void reset();
  /// So many frames before the last one stands the frame that is told.
  static int delay_frames(double rate_hz);

 private:
  std::array<std::size_t, 4> at_{};  // left hip, left knee, right hip, right knee
  std::vector<double> past_;         // of the distance; a ring
  std::size_t next_ = 0;
  bool begun_ = false;
  double rate_hz_;
  std::size_t harmonics_;
};

/// Whether a joint angle is flexion of hip, knee or ankle, by OpenSim's or Plug-in-Gait's name.
bool is_leg_flexion(const std::string& name);

}  // namespace kinemyo::features
