#include "kinemyo/dataset/prepare_axes.h"

#include <array>
#include <cmath>
#include <optional>

#include "kinemyo/base/text.h"

namespace kinemyo::dataset {

namespace {

constexpr double kStandingHeight_m = 0.5;
constexpr double kShareOfFrames = 0.9;

bool holds(const std::string& name, std::initializer_list<std::string_view> parts) {
  for (const auto part : parts) {
    if (name.find(part) != std::string::npos) return true;
  }
  return false;
}

// Names of laboratories, model sets and keypoints: "L.ShoulderFront", "LSHO", "Head_Top", "r_ankle", "LEFT_HEEL".
bool is_high(const std::string& name) {
  return holds(name, {"head", "fhd", "bhd", "c7", "clav", "sho", "acr", "nose", "neck"});
}
bool is_low(const std::string& name) { return holds(name, {"ank", "hee", "toe", "foot", "calc", "5meta"}); }

using Point = std::array<double, 3>;

std::optional<Point> mean_of(const motion::Series& markers, std::size_t frame, const std::vector<std::size_t>& which) {
  Point sum{};
  std::size_t seen = 0;
  for (const auto marker : which) {
    if (markers.missing(frame, marker)) continue;
    for (std::size_t c = 0; c < 3; ++c) sum[c] += markers.at(frame, marker, c);
    ++seen;
  }
  if (seen == 0) return std::nullopt;
  for (double& value : sum) value /= static_cast<double>(seen);
  return sum;
}

}  // namespace

motion::UpAxis recognise_up(const motion::Series& markers) {
  std::vector<std::size_t> high, low;
  for (std::size_t m = 0; m < markers.channels().size(); ++m) {
    const auto name = base::lower(markers.channels()[m].name);
    if (is_high(name)) high.push_back(m);
    else if (is_low(name)) low.push_back(m);
  }
  std::array<std::size_t, 3> up{}, down{};
  std::size_t frames = 0;
  for (std::size_t f = 0; f < markers.frames(); ++f) {
    const auto top = mean_of(markers, f, high), bottom = mean_of(markers, f, low);
    if (!top || !bottom) continue;
    ++frames;
    std::size_t axis = 0;
    for (std::size_t c = 1; c < 3; ++c) {
      if (std::abs((*top)[c] - (*bottom)[c]) > std::abs((*top)[axis] - (*bottom)[axis])) axis = c;
    }
    const double height_m = (*top)[axis] - (*bottom)[axis];
    if (height_m >= kStandingHeight_m) ++up[axis];
    if (height_m <= -kStandingHeight_m) ++down[axis];
  }
  const double enough = kShareOfFrames * static_cast<double>(frames);
  for (std::size_t axis = 0; frames > 0 && axis < 3; ++axis) {
    if (static_cast<double>(down[axis]) >= enough) {
      throw Error(std::string("markers of the head lie below those of the feet along ") + "XYZ"[axis] +
                  ": the axis points down; turn the data first, or say which axis is up");
    }
    if (static_cast<double>(up[axis]) >= enough) {
      return std::array{motion::UpAxis::x, motion::UpAxis::y, motion::UpAxis::z}[axis];
    }
  }
  return motion::UpAxis::unknown;
}

void turn_y_up(motion::Series& markers, motion::UpAxis up) {
  require(up != motion::UpAxis::unknown, "turn_y_up: the up axis is not known");
  if (up == motion::UpAxis::y) return;
  for (std::size_t f = 0; f < markers.frames(); ++f) {
    for (std::size_t m = 0; m < markers.channels().size(); ++m) {
      const double x = markers.at(f, m, 0), y = markers.at(f, m, 1), z = markers.at(f, m, 2);
      markers.at(f, m, 0) = up == motion::UpAxis::z ? x : -y;
      markers.at(f, m, 1) = up == motion::UpAxis::z ? z : x;
      markers.at(f, m, 2) = up == motion::UpAxis::z ? -y : z;
    }
  }
}

}  // namespace kinemyo::dataset
