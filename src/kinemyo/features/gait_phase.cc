#include "kinemyo/features/gait_phase.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "kinemyo/base/error.h"
#include "kinemyo/base/text.h"
#include "kinemyo/features/channels.h"

namespace kinemyo::features {

namespace {

constexpr double kLine_s = 0.09;
// People take about a stride a second; what matters is that it is the same for all.
constexpr double kCadence_rad_s = 6;
constexpr double kSmallRadius = 0.1;

std::size_t line_frames(double rate_hz) { return static_cast<std::size_t>(2 * GaitPhase::delay_frames(rate_hz) + 1); }

// The foot before the hip. Knees flex backwards, whatever sign a model gives that.
double reach(double hip, double knee) { return std::sin(hip) + std::sin(hip - std::abs(knee)); }

}  // namespace

int GaitPhase::delay_frames(double rate_hz) { return std::max(1, static_cast<int>(std::lround(0.5 * (kLine_s * rate_hz - 1)))); }

GaitPhase::GaitPhase(const std::vector<std::string>& scalars, double rate_hz, int harmonics)
    : past_(line_frames(rate_hz)), rate_hz_(rate_hz), harmonics_(static_cast<std::size_t>(harmonics)) {
  require(rate_hz > 0 && std::isfinite(rate_hz), "GaitPhase: a rate above 0 is needed");
  require(harmonics > 0, "GaitPhase: at least one harmonic");
  static const std::array<std::array<const char*, 2>, 4> names = {{{"hip_flexion_l", "LHipAngles_x"},
                                                                  {"knee_angle_l", "LKneeAngles_x"},
                                                                  {"hip_flexion_r", "RHipAngles_x"},
                                                                  {"knee_angle_r", "RKneeAngles_x"}}};
  std::vector<std::string> missing;
  for (std::size_t i = 0; i < names.size(); ++i) {
    auto found = find_scalar(scalars, names[i][0]);
    if (!found) found = find_scalar(scalars, names[i][1]);
    if (found) {
      at_[i] = *found;
    } else {
      missing.push_back(std::string(names[i][0]) + " (or " + names[i][1] + ")");
    }
  }
  if (!missing.empty()) {
    throw Error("the gait phase needs flexion of both hips and knees among the input angles; missing are " + base::join(missing) +
                "; the recipe takes " + (scalars.empty() ? "no angles" : base::join(scalars)));
  }
}

void GaitPhase::reset() { begun_ = false; }

void GaitPhase::step(std::span<const double> scalars, std::span<float> out) {
  require(out.size() == 2 * harmonics_, "GaitPhase::step: wrong number of outputs");
  const double now = reach(scalars[at_[0]], scalars[at_[1]]) - reach(scalars[at_[2]], scalars[at_[3]]);
  if (!std::isfinite(now)) {
    std::fill(out.begin(), out.end(), std::numeric_limits<float>::quiet_NaN());
    begun_ = false;
    return;
  }
  const std::size_t frames = past_.size();
  if (!begun_) std::fill(past_.begin(), past_.end(), now);  // stood so before
  begun_ = true;
  past_[next_] = now;
  next_ = (next_ + 1) % frames;
  const double middle = 0.5 * static_cast<double>(frames - 1);
  double sum = 0, slope = 0, squares = 0;
  for (std::size_t i = 0; i < frames; ++i) {  // from the oldest
    const double t = static_cast<double>(i) - middle, x = past_[(next_ + i) % frames];
    sum += x;
    slope += t * x;
    squares += t * t;
  }
  const double place = sum / static_cast<double>(frames), speed = slope / squares * rate_hz_ / kCadence_rad_s;
  const double radius = std::hypot(place, speed), angle = std::atan2(-speed, place);
  for (std::size_t k = 0; k < harmonics_; ++k) {
    const double gain = radius / (radius + kSmallRadius), turns = static_cast<double>(k + 1) * angle;
    out[2 * k] = static_cast<float>(gain * std::cos(turns));
    out[2 * k + 1] = static_cast<float>(gain * std::sin(turns));
  }
}

bool is_leg_flexion(const std::string& name) {
  static const std::vector<std::string> names = {"hip_flexion_l",  "hip_flexion_r",  "knee_angle_l",  "knee_angle_r",
                                                 "ankle_angle_l",  "ankle_angle_r",  "LHipAngles_x",  "RHipAngles_x",
                                                 "LKneeAngles_x",  "RKneeAngles_x",  "LAnkleAngles_x", "RAnkleAngles_x"};
  return find_scalar(names, name).has_value();
}

}  // namespace kinemyo::features
