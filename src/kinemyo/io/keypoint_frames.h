#pragma once

#include <cmath>
#include <optional>
#include <string>
#include <vector>

#include "kinemyo/io/landmarks.h"
#include "kinemyo/motion/recording.h"

// What video shows, frame by frame and person by person, whatever file it stood in.
namespace kinemyo::io {

/// A place, NaN where it was not seen, and how surely it was (NaN: not told).
struct Keypoint {
  double x = std::nan(""), y = std::nan(""), z = std::nan("");
  double seen = std::nan("");
};

/// What the points of a file are; one kind a file.
enum class KeypointSpace { unknown, world, plain, openpose_2d, openpose_3d };

struct KeypointPerson {
  std::vector<std::string> names;
  std::vector<Keypoint> points;
};

struct KeypointFrame {
  std::string place;  ///< for messages: "line 7", "frame 3"
  std::optional<double> time_s, number;
  bool time_has_unit = true;
  std::vector<KeypointPerson> people;
};

struct KeypointFrames {
  KeypointSpace space = KeypointSpace::unknown;
  std::vector<KeypointFrame> frames;
  std::size_t bytes = 0;  ///< of the file: what it can hold is measured by them
};

constexpr std::size_t kMostKeypoints = 1000;  ///< of a person

/// One person of each frame as a recording: at first the one seen best, then the one nearest to where he was.
/// Units: m, as the space and the options say (a note tells); pictures' coordinates become signals in px.
/// Throws FormatError (frame): no frame or nobody in any, times that do not increase or whose unit is not told, no unit of
/// OpenPose's 3-D keypoints, more room than a file of its size can fill.
motion::Recording follow_person(const std::string& path, const KeypointFrames& shown, const LandmarkOptions& options);

}  // namespace kinemyo::io
