#include "kinemyo/io/keypoints_json.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>

#include "kinemyo/base/file.h"
#include "kinemyo/base/text.h"
#include "kinemyo/io/channel_names.h"
#include "kinemyo/io/keypoint_frames.h"
#include "kinemyo/motion/landmarks.h"

namespace kinemyo::io {

namespace {

using Json = nlohmann::json;
using Frame = KeypointFrame;
using Person = KeypointPerson;
using Point = Keypoint;
using Space = KeypointSpace;

constexpr int kDeepest = 16;
constexpr const char* kFrameEnding = "_keypoints.json";

class Parser {
 public:
  Parser(const std::string& path, const LandmarkOptions& options) : path_(path), options_(options) {}

  [[noreturn]] void fail(const std::string& place, std::string what, std::string expected, std::string found) const {
    throw FormatError(path_, Place::named(place), std::move(what), std::move(expected), std::move(found));
  }

  void add_text(std::string_view text, std::optional<double> number) {
    shown_.bytes += text.size();
    const auto start = text.find_first_not_of(" \t\r\n\xef\xbb\xbf");
    if (start == text.npos) fail("line 1", "there is nothing in it", "JSON", "nothing");
    text = text.substr(start);
    // Several values, one a line, or one value over the whole text.
    const auto end = text.find('\n');
    const std::string_view first = base::trim(text.substr(0, end));
    const bool lines = end != text.npos && text.find_first_not_of(" \t\r\n", end) != text.npos && is_whole(first);
    if (!lines) return add_value(read(text, "line 1"), number);
    std::size_t line = 0;
    while (!text.empty()) {
      ++line;
      const auto stop = text.find('\n');
      const auto one = base::trim(text.substr(0, stop));
      text = stop == text.npos ? std::string_view() : text.substr(stop + 1);
      const std::string place = "line " + std::to_string(line);
      if (!one.empty()) add_frame(read(one, place), place, std::nullopt);
    }
  }

  motion::Recording finish() && { return follow_person(path_, shown_, options_); }

 private:
  static bool is_whole(std::string_view text) { return (text.ends_with('}') || text.ends_with(']')) && Json::accept(text); }

  Json read(std::string_view text, const std::string& place) const {
    int depth = 0, deepest = 0;
    bool quoted = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
      const char c = text[i];
      if (quoted) {
        if (c == '\\') ++i;
        else if (c == '"') quoted = false;
      } else if (c == '"') {
        quoted = true;
      } else if (c == '[' || c == '{') {
        deepest = std::max(deepest, ++depth);
      } else if (c == ']' || c == '}') {
        --depth;
      }
    }
    if (deepest > kDeepest) fail(place, "JSON is nested too deeply", "up to " + std::to_string(kDeepest) + " levels", std::to_string(deepest));
    try {
      return Json::parse(text);
    } catch (const Json::exception& problem) {
      std::string said = problem.what();
      if (const auto at = said.find("] "); at != said.npos) said = said.substr(at + 2);
      fail(place, "this is no JSON", "one whole value", said);
    }
  }

  // One value: an array of frames, an object that holds one, or a single frame.
  void add_value(const Json& value, std::optional<double> number) {
    const Json* list = &value;
    if (value.is_object()) {
      for (const char* name : {"frames", "data", "results"}) {
        if (value.contains(name) && value[name].is_array()) list = &value[name];
      }
    }
    const bool frames = list->is_array() && !list->empty() && !is_person(*list);
    if (!frames) return add_frame(value, "frame 1", number);
    std::size_t count = 0;
    for (const auto& frame : *list) add_frame(frame, "frame " + std::to_string(++count), std::nullopt);
  }

  static bool is_point(const Json& value) {
    if (value.is_object()) return value.contains("x") && value.contains("y");
    return value.is_array() && value.size() >= 2 && value.size() <= 5 && value[0].is_number();
  }
  static bool is_person(const Json& value) { return value.is_array() && !value.empty() && is_point(value[0]); }

  void add_frame(const Json& value, const std::string& place, std::optional<double> number) {
    Frame frame{place, {}, number, true, {}};
    if (value.is_array()) {
      set_space(Space::plain, place);
      add_people(value, place, frame);
    } else if (value.is_object()) {
      read_times(value, frame);
      if (value.contains("people")) {
        add_openpose(value["people"], place, frame);
      } else {
        add_landmarks(value, place, frame);
      }
    } else {
      fail(place, "a frame", "an object or an array of landmarks", std::string(value.type_name()));
    }
    shown_.frames.push_back(std::move(frame));
  }

  void read_times(const Json& value, Frame& frame) const {
    for (const auto& [name, content] : value.items()) {
      if (!content.is_number()) continue;
      const std::string word = name_key(name);
      if (word == "time" || word == "times" || word == "t" || word == "timesec" || word == "timestamps" || word == "timestampsec") {
        frame.time_s = content.get<double>();
      } else if (word == "timestamp") {
        frame.time_s = content.get<double>();
        frame.time_has_unit = false;
      } else if (word == "timems" || word == "timestampms") {
        frame.time_s = content.get<double>() / 1000;
      } else if (word == "frame" || word == "frameindex" || word == "frameid" || word == "framenumber" || word == "frameidx") {
        frame.number = content.get<double>();
      }
    }
  }

  void set_space(Space space, const std::string& place) {
    if (shown_.space != Space::unknown && shown_.space != space) fail(place, "points of another kind than in the frames before", "one kind", "two");
    shown_.space = space;
  }

  void add_landmarks(const Json& value, const std::string& place, Frame& frame) {
    const Json* plain = nullptr;
    bool picture = false;
    for (const auto& [name, content] : value.items()) {
      const std::string word = name_key(name);
      if (word == "worldlandmarks" || word == "poseworldlandmarks" || word == "keypoints3d") {
        set_space_of_people(Space::world, content, place);
        return add_people(content, place, frame);
      }
      if (word == "landmarks" || word == "keypoints" || word == "points") plain = &content;
      if (word == "poselandmarks" || word == "normalizedlandmarks" || word == "imagelandmarks") picture = true;
    }
    if (plain != nullptr) {
      set_space_of_people(Space::plain, *plain, place);
      return add_people(*plain, place, frame);
    }
    if (picture) {
      fail(place, "landmarks in coordinates of the picture are no positions", "MediaPipe's world landmarks (pose_world_landmarks, worldLandmarks)", "pose_landmarks alone");
    }
    std::vector<std::string> names;
    for (const auto& [name, content] : value.items()) names.push_back(name);
    if (names.size() > 8) names.resize(8);
    fail(place, "a frame without keypoints", "world_landmarks, landmarks, keypoints or people", names.empty() ? "nothing" : base::join(names));
  }

  void set_space_of_people(Space space, const Json& content, const std::string& place) {
    if (!content.is_null() && !content.empty()) set_space(space, place);
  }

  // One person, several, or none (null, []).
  void add_people(const Json& content, const std::string& place, Frame& frame) const {
    if (content.is_null() || content.empty()) return;
    if (content.is_object() && content.contains("landmark")) return add_people(content["landmark"], place, frame);
    if (content.is_object()) {
      Person person;
      for (const auto& [name, point] : content.items()) {
        person.names.push_back(name);
        person.points.push_back(point_of(point, place + ", " + name));
      }
      return add_person(std::move(person), place, frame);
    }
    if (!content.is_array()) fail(place, "landmarks", "an array or an object", std::string(content.type_name()));
    if (!is_person(content)) {
      for (const auto& one : content) {
        if (one.is_array() && !one.empty() && !is_person(one)) fail(place, "a landmark", "x, y and z", one.dump(-1, ' ', false, Json::error_handler_t::replace).substr(0, 40));
        add_people(one, place, frame);
      }
      return;
    }
    Person person;
    bool named = true;
    for (const auto& point : content) {
      const bool has_name = point.is_object() && point.contains("name") && point["name"].is_string();
      named = named && has_name;
      person.names.push_back(has_name ? point["name"].get<std::string>() : "");
      person.points.push_back(point_of(point, place + ", point " + std::to_string(person.points.size() + 1)));
    }
    if (!named) {
      if (person.points.size() != motion::mediapipe_landmarks().size()) {
        fail(place, "landmarks without names", "MediaPipe's 33, or a name in each", std::to_string(person.points.size()));
      }
      person.names = motion::mediapipe_landmarks();
    }
    add_person(std::move(person), place, frame);
  }

  void add_person(Person person, const std::string& place, Frame& frame) const {
    if (person.points.size() > kMostKeypoints) fail(place, "the points of a person", "up to " + std::to_string(kMostKeypoints), std::to_string(person.points.size()));
    // MediaPipe's own names in the form that everything else knows.
    for (auto& name : person.names) {
      std::string upper = name;
      std::transform(upper.begin(), upper.end(), upper.begin(), [](unsigned char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : static_cast<char>(c); });
      std::replace(upper.begin(), upper.end(), ' ', '_');
      if (std::find(motion::mediapipe_landmarks().begin(), motion::mediapipe_landmarks().end(), upper) != motion::mediapipe_landmarks().end()) name = upper;
    }
    frame.people.push_back(std::move(person));
  }

  Point point_of(const Json& value, const std::string& place) const {
    const auto number = [&](const Json& one) {
      if (one.is_null()) return std::nan("");
      if (!one.is_number()) fail(place, "a coordinate", "a number", one.dump(-1, ' ', false, Json::error_handler_t::replace).substr(0, 40));
      return one.get<double>();
    };
    Point out;
    if (value.is_array()) {
      if (value.size() < 3) fail(place, "a position", "x, y, z", std::to_string(value.size()) + " numbers");
      out = {number(value[0]), number(value[1]), number(value[2]), value.size() > 3 ? number(value[3]) : std::nan("")};
    } else if (value.is_object()) {
      if (!value.contains("x") || !value.contains("y") || !value.contains("z")) fail(place, "a position", "x, y and z", "one of them is missing");
      out = {number(value["x"]), number(value["y"]), number(value["z"]), std::nan("")};
      for (const char* word : {"visibility", "score", "confidence", "presence"}) {
        if (value.contains(word)) {
          out.seen = number(value[word]);
          break;
        }
      }
    } else {
      fail(place, "a landmark", "x, y and z", std::string(value.type_name()));
    }
    if ((out.x == 0 && out.y == 0 && out.z == 0) || !std::isfinite(out.x) || !std::isfinite(out.y) || !std::isfinite(out.z)) {
      out.x = out.y = out.z = std::nan("");
    }
    return out;
  }

  void add_openpose(const Json& people, const std::string& place, Frame& frame) {
    if (!people.is_array()) fail(place, "people", "an array", std::string(people.type_name()));
    for (const auto& one : people) {
      if (!one.is_object()) fail(place, "a person", "an object", std::string(one.type_name()));
      const auto filled = [&](const char* name) { return one.contains(name) && one[name].is_array() && !one[name].empty(); };
      const bool solid = filled("pose_keypoints_3d");
      if (!solid && !filled("pose_keypoints_2d")) continue;
      const auto& numbers = one[solid ? "pose_keypoints_3d" : "pose_keypoints_2d"];
      const std::size_t width = solid ? 4 : 3;
      const auto* names = openpose_names(numbers.size() / width);
      if (names == nullptr || numbers.size() % width != 0) {
        fail(place, "OpenPose's keypoints", "25, 18 or 15 times " + std::string(solid ? "x, y, z, c" : "x, y, c"), std::to_string(numbers.size()) + " numbers");
      }
      set_space(solid ? Space::openpose_3d : Space::openpose_2d, place);
      Person person{*names, {}};
      for (std::size_t p = 0; p < names->size(); ++p) {
        double v[4] = {0, 0, 0, 0};
        for (std::size_t k = 0; k < width; ++k) {
          const auto& number = numbers[p * width + k];
          if (!number.is_number()) fail(place, "a keypoint of OpenPose", "a number", std::string(number.type_name()));
          v[k] = number.get<double>();
        }
        const double seen = v[width - 1];
        Point point{v[0], v[1], solid ? v[2] : 0, seen};
        if (!(seen > 0) || !std::isfinite(v[0]) || !std::isfinite(v[1]) || !std::isfinite(point.z)) point.x = point.y = point.z = std::nan("");
        person.points.push_back(point);
      }
      frame.people.push_back(std::move(person));
    }
  }

  const std::string& path_;
  const LandmarkOptions& options_;
  KeypointFrames shown_;
};

// "walk" and 17 of walk_000000000017_keypoints.json.
std::optional<std::pair<std::string, double>> video_and_number(const std::filesystem::path& path) {
  std::string name = path.filename().string();
  if (!name.ends_with(kFrameEnding)) return std::nullopt;
  name.resize(name.size() - std::string_view(kFrameEnding).size());
  const auto digits = name.find_last_not_of("0123456789") + 1;
  if (digits == name.size()) return std::nullopt;
  const auto number = base::to_number(std::string_view(name).substr(digits));
  if (!number) return std::nullopt;
  return std::pair{name.substr(0, digits == 0 ? 0 : digits - 1), *number};
}

}  // namespace

bool looks_like_keypoints_json(std::string_view text) {
  const auto start = text.find_first_not_of(" \t\r\n\xef\xbb\xbf");
  if (start == text.npos || (text[start] != '{' && text[start] != '[')) return false;
  const auto head = text.substr(start, 1 << 16);
  for (const char* word : {"andmark", "keypoints", "\"people\"", "\"points\""}) {
    if (head.find(word) != head.npos) return true;
  }
  return false;
}

motion::Recording parse_keypoints_json(std::string_view text, const std::string& path, const LandmarkOptions& options) {
  Parser parser(path, options);
  parser.add_text(text, std::nullopt);
  return std::move(parser).finish();
}

bool is_openpose_frame(const std::filesystem::path& path) { return video_and_number(path).has_value(); }

bool is_openpose_folder(const std::filesystem::path& path) {
  std::error_code problem;
  if (!std::filesystem::is_directory(path, problem)) return false;
  for (const auto& entry : std::filesystem::directory_iterator(path, problem)) {
    if (is_openpose_frame(entry.path())) return true;
  }
  return false;
}

motion::Recording read_openpose_folder(const std::filesystem::path& folder, const LandmarkOptions& options) {
  std::map<double, std::filesystem::path> frames;
  std::optional<std::string> video;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const auto found = video_and_number(entry.path());
    if (!found) continue;
    if (video && *video != found->first) {
      throw FormatError(folder.string(), Place::named(entry.path().filename().string()), "frames of several videos lie in one folder", "those of " + base::quoted(*video),
                        base::quoted(found->first));
    }
    video = found->first;
    frames[found->second] = entry.path();
  }
  const std::string path = folder.string();
  Parser parser(path, options);
  for (const auto& [number, file] : frames) {
    try {
      parser.add_text(base::read_file(file), number);
    } catch (const FormatError& problem) {
      // The message names the folder; which of its files it was is the place.
      const std::string said = problem.what();
      parser.fail(file.filename().string(), "a frame of OpenPose cannot be read", "its JSON", said.starts_with(path + ":") ? said.substr(path.size() + 1) : said);
    }
  }
  return std::move(parser).finish();
}

}  // namespace kinemyo::io
