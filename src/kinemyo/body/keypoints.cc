#include "kinemyo/body/keypoints.h"

#include <algorithm>
#include <limits>

#include "kinemyo/body/names.h"

namespace kinemyo::body {

namespace {

// Markers of one side, without "L." or "R.", that a landmark without LEFT_ or RIGHT_ is the mean
// of.
struct Part {
  const char* landmark;
  std::vector<const char*> markers;
};

const std::vector<Part>& parts() {
  static const std::vector<Part> table = {
      {"SHOULDER", {".ShoulderFront", ".ShoulderRear"}},
      {"ELBOW", {".LowerArmLateral", ".LowerArmMedial"}},
      {"WRIST", {".WristLateral", ".WristMedial"}},
      {"HIP", {"ASIS", "PSIS"}},
      {"KNEE", {".KneeLateral", ".KneeMedial"}},
      {"ANKLE", {".AnkleLateral", ".AnkleMedial"}},
      {"HEEL", {".FootHeel"}},
      {"FOOT_INDEX", {".ToeLateral", ".ToeMedial"}},
      {"PINKY", {".WristLateral"}},
      {"INDEX", {".WristMedial"}},
      {"THUMB", {"ACR"}},
  };
  return table;
}

// Landmarks that stand for a marker of one side when video is expanded.
const std::vector<Part>& expansion() {
  static const std::vector<Part> table = {
      {"HEEL", {".FootHeel"}},
      {"FOOT_INDEX", {".ToeLateral", ".ToeMedial"}},
      {"ANKLE", {".AnkleLateral", ".AnkleMedial"}},
      {"KNEE", {".KneeLateral", ".KneeMedial"}},
      {"WRIST", {".WristLateral", ".WristMedial"}},
      {"HIP", {".Thigh", "ASIS", "PSIS"}},
      {"ELBOW", {".LowerArmLateral", ".LowerArmMedial"}},
      {"SHOULDER", {".ShoulderFront", ".ShoulderRear", ".UpparArm", "ACR"}},
  };
  return table;
}

std::vector<MeanPoint> from_markers(const std::vector<std::string>& names) {
  std::vector<MeanPoint> out;
  for (const auto& name : names) {
    MeanPoint point{name, {}};
    for (const bool left : {true, false}) {
      const std::string side = left ? "LEFT_" : "RIGHT_";
      for (const auto& part : parts()) {
        if (name != side + part.landmark) continue;
        for (const char* marker : part.markers)
          point.of.push_back((left ? "L" : "R") + std::string(marker));
      }
    }
    const auto& markers = original_markers();
    if (std::find(markers.begin(), markers.end(), name) != markers.end()) point.of = {name};
    out.push_back(std::move(point));
  }
  return out;
}

}  // namespace

const std::vector<MeanPoint>& original_keypoints_from_markers() {
  static const auto points = from_markers(original_keypoints());
  return points;
}

const std::vector<MeanPoint>& mediapipe_landmarks_from_markers() {
  static const auto points = from_markers(mediapipe_landmarks());
  return points;
}

const std::vector<MeanPoint>& original_markers_from_keypoints() {
  static const auto points = [] {
    std::vector<MeanPoint> out;
    for (const auto& marker : original_markers()) {
      MeanPoint point{marker, {}};
      for (const auto& part : expansion()) {
        for (const char* name : part.markers) {
          if (marker == "L" + std::string(name)) point.of = {std::string("LEFT_") + part.landmark};
          if (marker == "R" + std::string(name)) point.of = {std::string("RIGHT_") + part.landmark};
        }
      }
      if (marker == "C7" || marker == "CLAV" || marker == "Head_Top") point.of = {"RIGHT_SHOULDER"};
      out.push_back(std::move(point));
    }
    return out;
  }();
  return points;
}

const std::vector<MeanPoint>& plug_in_gait_markers_from_original() {
  static const auto points = [] {
    std::vector<MeanPoint> out{{"LASI", {"LASIS"}}, {"RASI", {"RASIS"}}, {"SACR", {"LPSIS", "RPSIS"}}};
    for (const std::string s : {"L", "R"}) {
      const std::string m = s + ".";
      out.insert(out.end(), {{s + "THI", {m + "Thigh"}},
                             {s + "KNE", {m + "KneeLateral"}},
                             {s + "TIB", {m + "Shank"}},
                             {s + "ANK", {m + "AnkleLateral"}},
                             {s + "TOE", {m + "ToeLateral", m + "ToeMedial"}}});
    }
    out.push_back({"LHEE", {"L.FootHeel"}});
    return out;
  }();
  return points;
}

PointMap::PointMap(const std::vector<MeanPoint>& points, const std::vector<std::string>& source,
                   Absent absent)
    : source_points_(source.size()) {
  for (const auto& point : points) {
    names_.push_back(point.name);
    Source made;
    made.count = static_cast<double>(std::max<std::size_t>(point.of.size(), 1));
    for (const auto& name : point.of) {
      const auto found = std::find(source.begin(), source.end(), name);
      if (found != source.end()) {
        made.points.push_back(static_cast<std::size_t>(found - source.begin()));
      } else if (std::find(absent_.begin(), absent_.end(), name) == absent_.end()) {
        absent_.push_back(name);
      }
    }
    made.missing =
        absent == Absent::missing && (made.points.empty() || made.points.size() < point.of.size());
    sources_.push_back(std::move(made));
  }
}

void PointMap::apply(std::span<const double> frame, std::span<double> out) const {
  require(frame.size() == source_points_ * 3 && out.size() == sources_.size() * 3,
          "PointMap: frame or output of the wrong size");
  for (std::size_t i = 0; i < sources_.size(); ++i) {
    const Source& source = sources_[i];
    for (std::size_t c = 0; c < 3; ++c) {
      double sum = source.missing ? std::numeric_limits<double>::quiet_NaN() : 0.0;
      for (const auto point : source.points) sum += frame[point * 3 + c];
      out[i * 3 + c] = sum / source.count;
    }
  }
}

motion::Series PointMap::apply(const motion::Series& source) const {
  require(
      source.quantity() == motion::Quantity::position && source.channels().size() == source_points_,
      "PointMap: not the series of positions that the map was made for");
  base::Matrix<double> values(source.frames(), names_.size() * 3);
  for (std::size_t f = 0; f < source.frames(); ++f) apply(source.values().row(f), values.row(f));
  std::vector<motion::Channel> channels;
  for (const auto& name : names_) channels.push_back({name, "m"});
  return {motion::Quantity::position, std::move(channels), source.clock(), std::move(values)};
}

}  // namespace kinemyo::body
