#include "kinemyo/synth/trial.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "kinemyo/base/error.h"
#include "kinemyo/body/names.h"
#include "kinemyo/synth/movement.h"
#include "kinemyo/synth/muscles.h"

namespace kinemyo::synth {

namespace {

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();

std::vector<motion::Channel> channels_of(const std::vector<std::string>& names,
                                         const std::string& unit) {
  std::vector<motion::Channel> out;
  for (const auto& name : names) {
    out.push_back({name, unit.empty()
                             ? (name.starts_with("pelvis_t") && name != "pelvis_tilt" ? "m" : "rad")
                             : unit});
  }
  return out;
}

base::Matrix<double> place_markers(const body::Model& model,
                                   const base::Matrix<double>& coordinates) {
  auto pose = model.make_pose();
  base::Matrix<double> out(coordinates.rows(), 3 * model.markers().size());
  for (std::size_t f = 0; f < out.rows(); ++f) {
    model.place(coordinates.row(f), pose);
    model.place_markers(pose, out.row(f));
  }
  return out;
}

// Skin slides over bone with the movement; most on thigh and shank. Units: m.
double skin_movement(const std::string& marker) {
  if (marker.find("Thigh") != std::string::npos) return 0.005;
  if (marker.find("Shank") != std::string::npos || marker.find("ASIS") != std::string::npos)
    return 0.003;
  return 0.0015;
}

void move_skin(base::Matrix<double>& markers, const std::vector<std::string>& names,
               base::Random& random) {
  const double pi = std::numbers::pi;
  for (std::size_t c = 0; c < markers.columns(); ++c) {
    const double size = skin_movement(names[c / 3]);
    const double slow = random.uniform(0.2, 0.8), quick = random.uniform(1, 4);
    const double a = size * random.normal() * 0.7, b = size * random.normal() * 0.3;
    const double phase_a = random.uniform(0, 2 * pi), phase_b = random.uniform(0, 2 * pi);
    for (std::size_t f = 0; f < markers.rows(); ++f) {
      const double time = static_cast<double>(f) / kMotionHz;
      markers(f, c) += a * std::sin(2 * pi * slow * time + phase_a) +
                       b * std::sin(2 * pi * quick * time + phase_b) + 0.0002 * random.normal();
    }
  }
}

// Blanks a stretch of one channel, now and then.
void hide(base::Matrix<double>& values, std::size_t width, double per_channel, std::size_t shortest,
          std::size_t longest, base::Random& random) {
  for (std::size_t c = 0; c < values.columns() / width; ++c) {
    if (random.uniform() >= per_channel) continue;
    const std::size_t length =
        std::min(values.rows(), shortest + random.below(longest - shortest + 1));
    const std::size_t first = random.below(values.rows() - length + 1);
    for (std::size_t f = first; f < first + length; ++f) {
      for (std::size_t i = 0; i < width; ++i) values(f, c * width + i) = kMissing;
    }
  }
}

// As a camera in front of the person sees it: x to its right, y down, z away from it.
motion::Series film(const Subject& subject, const base::Matrix<double>& coordinates,
                    const std::vector<double>& stamps_s, base::Random& random) {
  const auto& names = body::mediapipe_landmarks();
  const auto& placed = subject.landmarks.marker_names();
  std::vector<std::size_t> order;
  for (const auto& name : names) {
    order.push_back(
        static_cast<std::size_t>(std::find(placed.begin(), placed.end(), name) - placed.begin()));
  }
  const auto left_hip =
      static_cast<std::size_t>(std::find(names.begin(), names.end(), "LEFT_HIP") - names.begin());
  auto pose = subject.landmarks.make_pose();
  std::vector<double> q(coordinates.columns()), points(3 * placed.size());
  base::Matrix<double> out(stamps_s.size(), 3 * names.size());
  std::vector<double> error(out.columns());
  for (std::size_t f = 0; f < stamps_s.size(); ++f) {
    read_at(coordinates, kMotionHz, stamps_s[f], q);
    subject.landmarks.place(q, pose);
    subject.landmarks.place_markers(pose, points);
    const auto point = [&](std::size_t i, std::size_t axis) { return points[3 * order[i] + axis]; };
    for (std::size_t axis = 0; axis < 3; ++axis) {
      const double middle = 0.5 * (point(left_hip, axis) + point(left_hip + 1, axis));
      for (std::size_t i = 0; i < names.size(); ++i) {
        // A detector's error stays for a while; depth is its weak side.
        double& wrong = error[3 * i + axis];
        const double size = axis == 0 ? 0.020 : 0.008;
        wrong = f == 0 ? size * random.normal() : 0.85 * wrong + 0.53 * size * random.normal();
        out(f, 3 * i + 2 - axis) = -(point(i, axis) - middle + wrong);
      }
    }
  }
  return {motion::Quantity::position, channels_of(names, "m"), motion::Clock::stamped(stamps_s),
          std::move(out)};
}

}  // namespace

void read_at(const base::Matrix<double>& values, double rate_hz, double time_s,
             std::span<double> out) {
  const double at = time_s * rate_hz;
  const auto last = static_cast<double>(values.rows() - 1);
  const double floor = std::clamp(std::floor(at), 0.0, std::max(0.0, last - 1));
  const auto i = static_cast<std::size_t>(floor);
  const double t = at - floor;
  const std::size_t rows = values.rows();
  const auto p1 = values.row(i);
  const auto p2 = values.row(std::min(i + 1, rows - 1));
  // Beyond either end of the samples, the straight line goes on.
  const bool first = i == 0, end = i + 2 >= rows;
  const auto p0 = values.row(first ? 0 : i - 1);
  const auto p3 = values.row(end ? rows - 1 : i + 2);
  for (std::size_t c = 0; c < out.size(); ++c) {
    const double step = p2[c] - p1[c];
    if (t == 0) {
      out[c] = p1[c];
      continue;
    }
    if (t >= 1) {
      out[c] = p2[c] + (t - 1) * step;
      continue;
    }
    const double m1 = first ? step : 0.5 * (p2[c] - p0[c]);
    const double m2 = end ? step : 0.5 * (p3[c] - p1[c]);
    out[c] = p1[c] + t * (m1 + t * (3 * step - 2 * m1 - m2 + t * (m1 + m2 - 2 * step)));
  }
}

SynthTrial make_trial(const Subject& subject, const Activity& activity, int trial, double seconds) {
  require(trial >= 1, "make_trial: trials are counted from 1");
  require(seconds >= 0.5 && seconds <= 600, "make_trial: seconds outside 0.5 to 600");
  base::Random random = subject.random_of(activity.name, trial);
  base::Random move = random.fork(1), effort_today = random.fork(2), skin = random.fork(3),
               electrodes = random.fork(4), camera = random.fork(5), gaps = random.fork(6);
  SynthTrial out;
  out.key = {subject.name, activity.name, std::to_string(trial)};
  const base::Matrix<double> movement = make_movement(subject, activity, seconds, kMotionHz, move);
  const std::size_t frames = movement.rows();
  Effort effort = measure_effort(subject, movement, kMotionHz);
  base::Matrix<double> activation =
      activate_muscles(subject, movement, effort, kMotionHz, effort_today);
  base::Matrix<double> emg = make_emg(subject, activation, kMotionHz, kEmgHz, electrodes);
  base::Matrix<double> markers = place_markers(subject.model, movement);
  move_skin(markers, subject.model.marker_names(), skin);
  hide(markers, 3, 0.06, 3, 25, gaps);
  hide(emg, 1, 0.05, 5, 60, gaps);

  for (std::size_t f = 0;
       static_cast<double>(f) / kVideoHz < static_cast<double>(frames) / kMotionHz; ++f) {
    if (f > 0 && camera.uniform() < 0.004) continue;
    out.frame_stamps_s.push_back(std::floor(1000.0 * static_cast<double>(f) / kVideoHz) / 1000);
    out.frame_blur.push_back(std::round(camera.uniform(0.02, 0.6) * 1e4) / 1e4);
  }
  out.landmarks = film(subject, movement, out.frame_stamps_s, camera);
  const auto clock = motion::Clock::uniform(kMotionHz, 0, frames);
  out.coordinates = {motion::Quantity::coordinate, channels_of(body::rajagopal_coordinates(), ""),
                     clock, movement};
  out.activations = {motion::Quantity::analog, channels_of(body::original_muscles(), "1"), clock,
                     std::move(activation)};
  out.floor_force = std::move(effort.floor_force);
  out.markers = {motion::Quantity::position, channels_of(body::original_markers(), "m"), clock,
                 std::move(markers)};
  const auto emg_clock = motion::Clock::uniform(kEmgHz, 0, emg.rows());
  out.emg = {motion::Quantity::emg, channels_of(body::original_muscles(), "V"), emg_clock,
             std::move(emg)};
  return out;
}

}  // namespace kinemyo::synth
