#pragma once

#include <span>
#include <string>
#include <vector>

#include "kinemyo/motion/series.h"

namespace kinemyo::body {

/// A point that is the mean of other points. Without any it has no source (landmarks of the face).
struct MeanPoint {
  std::string name;
  std::vector<std::string> of;
};

/// The original's 25 keypoints out of its 42 markers: LEFT_SHOULDER is the mean of L.ShoulderFront
/// and L.ShoulderRear, and so on. (Its THUMB is the acromion; kept, since its weights learned
/// that.)
const std::vector<MeanPoint>& original_keypoints_from_markers();
/// MediaPipe's 33 landmarks in its order out of the 42 markers, by the same map.
const std::vector<MeanPoint>& mediapipe_landmarks_from_markers();
/// The 42 markers out of video keypoints, as the original expands them: C7, CLAV and Head_Top stand
/// at the right shoulder; the shank and superior forearm markers have no source.
const std::vector<MeanPoint>& original_markers_from_keypoints();

/// Plug-in-Gait's markers of pelvis and legs out of the original's: SACR between the posterior spines, TOE between the
/// toe's two. The original has no right heel.
const std::vector<MeanPoint>& plug_in_gait_markers_from_original();

/// What a point becomes when one that it is made of is absent from the source.
enum class Absent {
  zero,     ///< the absent point counts as 0 0 0, as in the original
  missing,  ///< NaN
};

/// Points as means of the named points of a source.
/// Missing: NaN in a source point gives NaN.
/// Threads: const, safe to share.
class PointMap {
 public:
  /// `source` names the points of a frame, in order.
  PointMap(const std::vector<MeanPoint>& points, const std::vector<std::string>& source,
           Absent absent);

  std::size_t source_points() const { return source_points_; }
  const std::vector<std::string>& names() const { return names_; }
  /// Points named by the map that the source does not have, each once.
  const std::vector<std::string>& absent() const { return absent_; }

  /// Shape: frame has source_points() * 3 numbers, out names().size() * 3. Does not allocate.
  void apply(std::span<const double> frame, std::span<double> out) const;
  /// All frames of a series of positions, on its clock. The source's names must be those given
  /// before.
  motion::Series apply(const motion::Series& source) const;

 private:
  struct Source {
    std::vector<std::size_t> points;
    double count = 0;      ///< points that the mean is taken over, absent ones included
    bool missing = false;  ///< gives NaN
  };
  std::size_t source_points_ = 0;
  std::vector<std::string> names_;
  std::vector<std::string> absent_;
  std::vector<Source> sources_;
};

}  // namespace kinemyo::body
