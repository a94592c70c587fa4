#pragma once

#include <Eigen/Core>
#include <array>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace kinemyo::features {

/// Joint angles of one frame by the geometry of its markers: axes of pelvis, thighs, shanks, feet, trunk and arms as their
/// landmarks tell them, and the angles between neighbours. Named as OpenSim's coordinates where they mean the same
/// (hip_flexion_r, arm_add_l), so that a network starts from them; they differ by what marker placement and a model's
/// conventions make of it, some degrees and nearly constant in a person.
/// Markers: of the sets that model::landmark_names knows, or keypoints. Plug-in-Gait's legs (thigh and shank wands, no
/// medial markers) go by its own geometry, body::place_gait_leg. Those whose markers a set lacks are left out.
/// Lengths that hip centres need are running means over the first frames that show them, `calibration_frames` at most.
/// Units: m in, rad out; Y up. Missing: an angle is NaN where one of its markers is. Time: causal.
/// Source: hip centres Harrington 2007, doi 10.1016/j.jbiomech.2006.02.003; angles in the order of Rajagopal 2016.
class SegmentAngles {
 public:
  SegmentAngles(std::span<const std::string> markers, int calibration_frames);
  ~SegmentAngles();
  SegmentAngles(SegmentAngles&&) noexcept;
  SegmentAngles& operator=(SegmentAngles&&) noexcept;

  const std::vector<std::string>& names() const;
  /// Shape: raw has 3 numbers a marker, out one a name. `heading_rad` as Placement's: pelvis and trunk are seen from there.
  /// Cost: some microseconds; no allocation.
  void step(std::span<const double> raw, double heading_rad, std::span<double> out) noexcept;
  /// Forgets the lengths.
  void reset() noexcept;

  /// Where a segment was in the last frame; NaN: not seen.
  struct Segment {
    Eigen::Vector3d origin;
    Eigen::Matrix3d axes;  ///< columns: forward, up, to the right
  };
  /// Pelvis, trunk, then of the left and of the right side thigh, shank, foot, upper arm, forearm.
  static constexpr std::size_t kSegments = 12;
  const std::array<Segment, kSegments>& segments() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace kinemyo::features
