#include "kinemyo/io/keypoint_frames.h"

#include <algorithm>
#include <limits>
#include <map>

#include "kinemyo/base/text.h"
#include "kinemyo/io/stamps.h"
#include "kinemyo/io/trial_csv.h"

namespace kinemyo::io {

namespace {

using motion::Channel;
using motion::Quantity;
using Frame = KeypointFrame;
using Person = KeypointPerson;
using Space = KeypointSpace;

constexpr std::size_t kNumbersAnyway = std::size_t{16} << 20;

struct Source {
  const std::string& path;
  const KeypointFrames& shown;
  const LandmarkOptions& options;

  [[noreturn]] void fail(const std::string& place, std::string what, std::string expected, std::string found) const {
    throw FormatError(path, Place::named(place), std::move(what), std::move(expected), std::move(found));
  }
};

double confidence(const Person& person) {
  double sum = 0;
  for (const auto& point : person.points) sum += std::isnan(point.x) ? 0 : std::isnan(point.seen) ? 1 : point.seen;
  return sum;
}

double distance(const Person& a, const Person& b) {
  double sum = 0;
  std::size_t count = 0;
  for (std::size_t p = 0; p < a.points.size() && p < b.points.size(); ++p) {
    const double d = std::hypot(a.points[p].x - b.points[p].x, a.points[p].y - b.points[p].y, a.points[p].z - b.points[p].z);
    if (!std::isnan(d)) sum += d, ++count;
  }
  return count == 0 ? std::numeric_limits<double>::infinity() : sum / static_cast<double>(count);
}

// One person of each frame (or none): at first the one seen best, then the one nearest to where he was.
std::vector<const Person*> follow(const std::vector<Frame>& frames, std::vector<std::string>& notes) {
  std::vector<const Person*> out;
  const Person* last = nullptr;
  std::size_t crowded = 0, empty = 0;
  for (const auto& frame : frames) {
    const Person* chosen = nullptr;
    for (const auto& person : frame.people) {
      if (chosen == nullptr) chosen = &person;
      else if (last == nullptr ? confidence(person) > confidence(*chosen) : distance(person, *last) < distance(*chosen, *last)) chosen = &person;
    }
    crowded += frame.people.size() > 1 ? 1 : 0;
    empty += chosen == nullptr ? 1 : 0;
    if (chosen != nullptr) last = chosen;
    out.push_back(chosen);
  }
  if (crowded > 0) {
    notes.push_back(std::to_string(crowded) + " of " + std::to_string(frames.size()) +
                    " frames show several people: the one seen best at first is followed from frame to frame by nearness");
  }
  if (empty > 0) notes.push_back(std::to_string(empty) + " of " + std::to_string(frames.size()) + " frames show nobody");
  return out;
}

motion::Clock clock_of(const Source& from, std::vector<std::string>& notes) {
  const auto& frames = from.shown.frames;
  require(std::isfinite(from.options.rate_hz) && from.options.rate_hz > 0, "follow_person: rate_hz is not above 0");
  const auto all = [&](auto member) { return std::all_of(frames.begin(), frames.end(), [&](const Frame& frame) { return (frame.*member).has_value(); }); };
  std::vector<double> stamps;
  if (all(&Frame::time_s)) {
    for (const auto& frame : frames) stamps.push_back(*frame.time_s);
    if (frames.size() > 1 && std::any_of(frames.begin(), frames.end(), [](const Frame& frame) { return !frame.time_has_unit; })) {
      const double step = (stamps.back() - stamps.front()) / static_cast<double>(stamps.size() - 1);
      if (!(step > 0.001 && step < 1)) {
        from.fail(frames[1].place, "the unit of timestamp is not told", "timestamp in seconds, or timestamp_ms", "steps of " + base::to_text(step));
      }
      notes.emplace_back("timestamp is taken as seconds");
    }
  } else if (all(&Frame::number)) {
    bool even = true;
    for (const auto& frame : frames) {
      even = even && (stamps.empty() || *frame.number - *frames[stamps.size() - 1].number == 1);
      stamps.push_back(*frame.number / from.options.rate_hz);
    }
    notes.push_back("the file has no time; frames taken at " + base::to_text(from.options.rate_hz) + " Hz");
    if (even && std::isfinite(stamps[0])) return motion::Clock::uniform(from.options.rate_hz, stamps[0], stamps.size());
  } else {
    notes.push_back("the file has neither times nor numbers of frames; they are taken one after another at " + base::to_text(from.options.rate_hz) + " Hz");
    return motion::Clock::uniform(from.options.rate_hz, 0, frames.size());
  }
  if (const auto bad = first_bad_stamp(stamps)) {
    from.fail(frames[*bad].place, "time does not increase", *bad == 0 ? "a number" : "more than " + base::to_text(stamps[*bad - 1]) + " s", base::to_text(stamps[*bad]));
  }
  return all(&Frame::time_s) ? make_clock(std::move(stamps), 0, notes) : motion::Clock::stamped(std::move(stamps));
}

void add_series(const Source& from, const std::vector<const Person*>& people, const motion::Clock& clock, motion::Recording& out) {
  const auto space = from.shown.space;
  std::vector<std::string> names;
  std::map<std::string, std::size_t> columns;
  for (std::size_t f = 0; f < people.size(); ++f) {
    if (people[f] == nullptr) continue;
    for (const auto& name : people[f]->names) {
      if (columns.emplace(name, names.size()).second) names.push_back(name);
    }
    if (names.size() > kMostKeypoints) from.fail(from.shown.frames[f].place, "names of points", "up to " + std::to_string(kMostKeypoints), "more");
  }
  // Empty frames take a few bytes in the file, and room for every point here.
  const std::size_t most = kNumbersAnyway + 4 * from.shown.bytes;
  if (4 * names.size() > most / std::max<std::size_t>(people.size(), 1)) {
    from.fail("frames", "so many frames without a person", "frames and points that a file of its size can fill",
         std::to_string(people.size()) + " frames of " + std::to_string(names.size()) + " points");
  }
  const bool flat = space == Space::openpose_2d;
  const std::size_t width = flat ? 2 : 3;
  double factor = 1;
  if (space == Space::plain || space == Space::openpose_3d) {
    if (from.options.position_unit.empty() && space == Space::openpose_3d) {
      from.fail("people", "the unit of OpenPose's 3-D keypoints is that of its calibration", "--units mm, cm or m", "none");
    }
    const std::string unit = from.options.position_unit.empty() ? "m" : from.options.position_unit;
    factor = 1 / units_per_metre(unit);
    out.notes.push_back("positions are taken as " + unit);
  } else if (space == Space::world) {
    out.notes.emplace_back("world landmarks are in m, their origin between the hips");
  }
  base::Matrix<double> values(people.size(), names.size() * width), seen(people.size(), names.size());
  std::fill(values.flat().begin(), values.flat().end(), std::nan(""));
  std::fill(seen.flat().begin(), seen.flat().end(), std::nan(""));
  bool any_seen = false;
  for (std::size_t f = 0; f < people.size(); ++f) {
    for (std::size_t p = 0; people[f] != nullptr && p < people[f]->points.size(); ++p) {
      const auto& point = people[f]->points[p];
      const std::size_t c = columns.at(people[f]->names[p]);
      const double v[3] = {point.x, point.y, point.z};
      for (std::size_t k = 0; k < width; ++k) values(f, c * width + k) = v[k] * factor;
      seen(f, c) = point.seen;
      any_seen = any_seen || !std::isnan(point.seen);
    }
  }
  std::vector<Channel> points, marks;
  for (const auto& name : names) {
    if (flat) points.push_back({name + "_X", "px"}), points.push_back({name + "_Y", "px"});
    else points.push_back({name, "m"});
    marks.push_back({name, "1"});
  }
  if (flat) out.notes.emplace_back("OpenPose's 2-D keypoints are places in the picture, in px: signals, not positions (Pose2Sim makes positions of several cameras)");
  out.series.emplace_back(flat ? Quantity::analog : Quantity::position, std::move(points), clock, std::move(values));
  if (any_seen) out.series.emplace_back(Quantity::visibility, std::move(marks), clock, std::move(seen));
}

}  // namespace

motion::Recording follow_person(const std::string& path, const KeypointFrames& shown, const LandmarkOptions& options) {
  const Source from{path, shown, options};
  if (shown.frames.empty()) from.fail("frames", "there is no frame", "frames with landmarks or people", "none");
  if (shown.space == Space::unknown) from.fail("frames", "no frame shows a person", "landmarks", "only empty frames");
  motion::Recording out;
  out.source = path;
  out.format = shown.space == Space::openpose_2d || shown.space == Space::openpose_3d ? "OpenPose JSON" : "landmarks JSON";
  const auto people = follow(shown.frames, out.notes);
  const auto clock = clock_of(from, out.notes);
  add_series(from, people, clock, out);
  return out;
}

}  // namespace kinemyo::io
