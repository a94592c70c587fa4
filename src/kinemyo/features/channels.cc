#include "kinemyo/features/channels.h"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <utility>

#include "kinemyo/base/text.h"
#include "kinemyo/body/keypoints.h"
#include "kinemyo/body/names.h"
#include "kinemyo/model/aliases.h"

namespace kinemyo::features {

namespace {

using Names = std::vector<std::string>;

// "Anna:LASI" -> "lasi".
std::string plain(std::string_view name) {
  const auto colon = name.rfind(':');
  return base::lower(base::trim(colon == std::string_view::npos ? name : name.substr(colon + 1)));
}

const Names* synonyms_of(const std::string& plain_name) {
  for (const auto& row : model::landmark_names()) {
    if (std::find(row.begin(), row.end(), plain_name) != row.end()) return &row;
  }
  return nullptr;
}

bool ends_with_any(std::string_view name, std::initializer_list<std::string_view> endings) {
  return std::any_of(endings.begin(), endings.end(),
                     [&](std::string_view ending) { return name.ends_with(ending); });
}

}  // namespace

std::optional<std::size_t> find_scalar(std::span<const std::string> names, std::string_view wanted) {
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (names[i] == wanted) return i;
  }
  const std::string key = plain(wanted);
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (plain(names[i]) == key) return i;
  }
  return std::nullopt;
}

std::optional<std::size_t> find_marker(std::span<const std::string> names, std::string_view wanted) {
  if (const auto found = find_scalar(names, wanted)) return found;
  const Names* row = synonyms_of(plain(wanted));
  if (row == nullptr) return std::nullopt;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const std::string key = plain(names[i]);
    if (std::find(row->begin(), row->end(), key) != row->end()) return i;
  }
  return std::nullopt;
}

bool is_computed_point(std::string_view full_name) {
  const std::string name = plain(full_name);
  if (name.empty() || name[0] == '*') return true;
  if (ends_with_any(name, {"angles", "angle", "angleindex", "force", "forces", "moment", "moments",
                           "power", "powers", "grf"})) {
    return true;
  }
  // jc: joint centres (LHJC, R_HJC_reg).
  for (const std::string_view part :
       {"centreofmass", "centerofmass", "angles", "harrington", "archheight", "leglength", "plantar",
        "proxff", "virtual", "hjc", "kjc", "ajc", "ejc", "sjc", "wjc"}) {
    if (name.find(part) != std::string::npos) return true;
  }
  // A segment's origin and the ends of its axes: LFEO, LFEA, LFEL, LFEP ...
  static constexpr std::array<std::string_view, 13> kSegments = {
      "fe", "fo", "ti", "to", "hn", "hu", "ra", "cl", "hed", "pel", "trx", "tho", "spi"};
  if (name.size() == 4 && std::string_view("oalp0123").find(name.back()) != std::string_view::npos) {
    const std::string_view segment = std::string_view(name).substr(0, 3);
    const bool sided = segment[0] == 'l' || segment[0] == 'r';
    for (const auto one : kSegments) {
      if (one == segment || (sided && one == segment.substr(1))) return true;
    }
  }
  // Oxford Foot Model's and others' computed points: a physical marker's name with a digit behind (LTIB1, LHLX0,
  // LFOF2, LHDF3, LHE1, LANK1, LD1M0), its axes (LKAX), and its angle groups (LHFTBA, LKNA, PELAng).
  static constexpr std::array<std::string_view, 12> kDigitStems = {
      "tib", "hlx", "fof", "hdf", "he", "ank", "d1m", "kne", "thi", "kax", "toe", "hee"};
  if (name.starts_with('l') || name.starts_with('r')) {
    const std::string_view stem = std::string_view(name).substr(1);
    for (const auto one : kDigitStems) {
      if (stem.size() == one.size() + 1 && stem.starts_with(one) && stem.back() >= '0' &&
          stem.back() <= '9') {
        return true;
      }
    }
    static constexpr std::array<std::string_view, 12> kGroups = {
        "kax", "fetba", "tiba", "hftfl", "hftba", "fftba", "ffhfa", "hxffa", "hpa", "kna", "ana", "fta"};
    if (std::find(kGroups.begin(), kGroups.end(), stem) != kGroups.end()) return true;
  }
  return name.starts_with("proj") || name == "pelang" || name == "jug" || name == "mihd" ||
         name == "trunkoffseta";
}

const std::vector<Keypoint>& keypoint_map() {
  static const std::vector<Keypoint> map = [] {
    // Where the joint's two sides are named otherwise, or only a point near it is marked.
    const std::vector<std::pair<std::string, Names>> otherwise = {
        {"SHOULDER", {"?ACR"}},
        {"ELBOW", {"?ELB", "?_elbow_lat", "?_elbow_med"}},
        {"WRIST", {"?WRA", "?WRB", "?_wrist_radius", "?_wrist_ulna"}},
        {"FOOT_INDEX", {"?TOE", "?_toe", "?_5meta"}},
    };
    std::vector<Keypoint> out;
    for (const auto& point : body::original_keypoints_from_markers()) {
      out.push_back({point.name, point.of, {}});
      for (const auto& [joint, markers] : otherwise) {
        if (!point.name.ends_with("_" + joint)) continue;
        for (std::string marker : markers) {
          marker[0] = point.name[0];
          out.back().otherwise.push_back(std::move(marker));
        }
      }
    }
    return out;
  }();
  return map;
}

bool is_keypoint(std::string_view name) {
  const auto& landmarks = body::mediapipe_landmarks();
  return std::find(landmarks.begin(), landmarks.end(), name) != landmarks.end() ||
         std::any_of(keypoint_map().begin(), keypoint_map().end(),
                     [&](const Keypoint& one) { return one.name == name; });
}

Landmarks find_landmarks(std::span<const std::string> markers) {
  Landmarks out;
  const auto pair = [&](std::string_view left, std::string_view right) {
    const auto l = find_marker(markers, left);
    const auto r = find_marker(markers, right);
    if (l && r) out.pelvis.push_back({*l, *r});
    return l && r;
  };
  const bool front = pair("LASIS", "RASIS");
  const bool back = pair("LPSIS", "RPSIS");
  if (front && !back) out.sacrum = find_marker(markers, "SACR");
  if (!front && !back) pair("LEFT_HIP", "RIGHT_HIP");
  const auto shank = [&](std::string_view knee, std::string_view ankle) {
    const auto k = find_marker(markers, knee);
    const auto a = find_marker(markers, ankle);
    if (k && a) out.shanks.push_back({*k, *a});
  };
  shank("L.KneeLateral", "L.AnkleLateral");
  shank("R.KneeLateral", "R.AnkleLateral");
  if (out.shanks.empty()) {
    shank("LEFT_KNEE", "LEFT_ANKLE");
    shank("RIGHT_KNEE", "RIGHT_ANKLE");
  }
  return out;
}

}  // namespace kinemyo::features
