#include "kinemyo/infer/live_body.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "kinemyo/base/error.h"

namespace kinemyo::infer {

namespace {

using motion::is_seen;
using motion::kLandmarks;
using motion::LandmarkFrame;
using motion::LandmarkPoints;
using Point = std::array<double, 3>;

enum Landmark : std::size_t {
  kLeftEye = 2, kRightEye = 5, kLeftShoulder = 11, kRightShoulder = 12, kLeftHip = 23, kRightHip = 24, kLeftKnee = 25,
  kRightKnee = 26, kLeftAnkle = 27, kRightAnkle = 28, kLeftHeel = 29, kRightToe = 32
};
// What has to be seen, and be still, of somebody who stands for calibration.
constexpr std::size_t kStanding[] = {kLeftShoulder, kRightShoulder, kLeftHip, kRightHip, kLeftKnee, kRightKnee, kLeftAnkle, kRightAnkle};
// Eyes stand at this part of the stature. Source: Drillis and Contini 1966.
constexpr double kEyeHeight = 0.936;
constexpr std::array<double, 9> kNoTurn = {1, 0, 0, 0, 1, 0, 0, 0, 1};

Point operator+(const Point& a, const Point& b) { return {a[0] + b[0], a[1] + b[1], a[2] + b[2]}; }
Point operator-(const Point& a, const Point& b) { return {a[0] - b[0], a[1] - b[1], a[2] - b[2]}; }
Point operator*(double s, const Point& a) { return {s * a[0], s * a[1], s * a[2]}; }
double length(const Point& a) { return std::hypot(a[0], a[1], a[2]); }
Point middle(const LandmarkPoints& p, std::size_t a, std::size_t b) { return 0.5 * (p[a] + p[b]); }
Point applied(const std::array<double, 9>& r, const Point& p) {
  return {r[0] * p[0] + r[1] * p[1] + r[2] * p[2], r[3] * p[0] + r[4] * p[1] + r[5] * p[2], r[6] * p[0] + r[7] * p[1] + r[8] * p[2]};
}
std::array<double, 9> product(const std::array<double, 9>& a, const std::array<double, 9>& b) {
  std::array<double, 9> out{};
  for (int i = 0; i < 3; ++i)
    for (int j = 0; j < 3; ++j)
      for (int k = 0; k < 3; ++k) out[3 * i + j] += a[3 * i + k] * b[3 * k + j];
  return out;
}

// From left to right over hips and shoulders, horizontally; x and z. Nothing seen: 0 0.
std::array<double, 2> across(const LandmarkPoints& p) {
  std::array<double, 2> out = {0, 0};
  for (const std::size_t left : {kLeftShoulder, kLeftHip}) {
    if (!is_seen(p[left]) || !is_seen(p[left + 1])) continue;
    out[0] += p[left + 1][0] - p[left][0];
    out[1] += p[left + 1][2] - p[left][2];
  }
  return out;
}

// The turn about the vertical that makes a person with that line from left to right face +X.
std::array<double, 9> facing_x(const std::array<double, 2>& line) {
  const double heading = std::atan2(line[0], line[1]), c = std::cos(heading), s = std::sin(heading);
  return {c, 0, -s, 0, 1, 0, s, 0, c};
}

// The smallest turn that makes `up` (a unit vector) vertical.
std::array<double, 9> upright(const Point& up) {
  const double vx = -up[2], vz = up[0];  // the axis, up cross Y
  const double k = 1 / (1 + up[1]);      // R = I + [v] + k [v]^2
  return {1 - k * vz * vz, -vz, k * vx * vz, vz, 1 - k * (vx * vx + vz * vz), -vx, k * vx * vz, vx, 1 - k * vx * vx};
}

bool bends_less_than(const Point& a, const Point& joint, const Point& b, double deg) {
  const Point u = joint - a, v = b - joint;
  const double cosine = (u[0] * v[0] + u[1] * v[1] + u[2] * v[2]) / (length(u) * length(v));
  return cosine > std::cos(deg * std::numbers::pi / 180);
}

// Upright with straight legs, as far as a camera can tell.
bool stands(const LandmarkPoints& p) {
  for (const auto i : kStanding) {
    if (!is_seen(p[i])) return false;
  }
  const Point up = middle(p, kLeftShoulder, kRightShoulder) - middle(p, kLeftAnkle, kRightAnkle);
  return up[1] > 0.75 * length(up) && bends_less_than(p[kLeftHip], p[kLeftKnee], p[kLeftAnkle], 40) &&
         bends_less_than(p[kRightHip], p[kRightKnee], p[kRightAnkle], 40);
}

}  // namespace

LiveBody::LiveBody(const LiveBodySettings& settings) : settings_(settings), filter_(kLandmarks, settings.smoothing), turn_(kNoTurn) {
  seen_at_s_.fill(-std::numeric_limits<double>::infinity());
  unseen_s_.fill(std::numeric_limits<double>::infinity());
}

void LiveBody::calibrate() {
  calibrated_ = false;
  standing_.clear();
}

double LiveBody::progress() const {
  if (calibrated_) return 1;
  return standing_.empty() ? 0 : std::min(1.0, (still_until_s_ - still_since_s_) / settings_.still_s);
}

// Nobody turns about within a frame: where hips and shoulders do, the estimator has taken the back for the front. After a
// while it is believed, because it may have been wrong before.
LandmarkFrame LiveBody::with_steady_sides(const LandmarkFrame& frame) {
  const auto now = across(frame.points);
  const double size = std::hypot(now[0], now[1]) * std::hypot(across_[0], across_[1]);
  if (now[0] == 0 && now[1] == 0) return frame;
  if (resumed_ || now[0] * across_[0] + now[1] * across_[1] >= -0.5 * size) {
    exchanged_ = false;
    across_ = now;
    return frame;
  }
  if (!exchanged_) exchanged_since_s_ = frame.time_s;
  exchanged_ = true;
  if (frame.time_s - exchanged_since_s_ > settings_.turn_s) {
    exchanged_ = false;
    across_ = now;
    filter_.reset();
    return frame;
  }
  across_ = {-now[0], -now[1]};
  return motion::with_sides_swapped(frame);
}

void LiveBody::smooth(const LandmarkFrame& frame) {
  LandmarkPoints now;
  for (std::size_t i = 0; i < kLandmarks; ++i) {
    const auto& p = frame.points[i];
    const bool visible = is_seen(p) && frame.visibility[i] >= settings_.seen;
    now[i] = visible ? Point{p[0], -p[1], -p[2]} : motion::no_landmarks()[i];
    if (visible) seen_at_s_[i] = frame.time_s;
  }
  filter_.step(frame.time_s, {now.front().data(), 3 * kLandmarks});
  for (std::size_t i = 0; i < kLandmarks; ++i) {
    unseen_s_[i] = frame.time_s - seen_at_s_[i];
    if (is_seen(now[i]) || unseen_s_[i] > settings_.hold_s) upright_[i] = now[i];
  }
}

void LiveBody::watch_standing(double time_s) {
  bool still = stands(upright_);
  const double count = static_cast<double>(standing_.size());
  for (const auto i : kStanding) {
    if (!still || standing_.empty()) break;
    still = unseen_s_[i] == 0 && length(upright_[i] - (1 / count) * standing_sum_[i]) <= settings_.still_m;
  }
  if (!still || resumed_) standing_.clear();
  if (!stands(upright_)) return;
  if (standing_.empty()) {
    still_since_s_ = time_s;
    standing_sum_ = {};
  }
  still_until_s_ = time_s;
  standing_.push_back(upright_);
  for (std::size_t i = 0; i < kLandmarks; ++i) standing_sum_[i] = standing_sum_[i] + upright_[i];
  if (time_s - still_since_s_ >= settings_.still_s) settle();
}

// What standing tells: which way is up, where the person faces, how tall he is.
void LiveBody::settle() {
  LandmarkPoints mean;
  for (std::size_t i = 0; i < kLandmarks; ++i) mean[i] = (1.0 / static_cast<double>(standing_.size())) * standing_sum_[i];
  Point up = middle(mean, kLeftShoulder, kRightShoulder) - middle(mean, kLeftAnkle, kRightAnkle);
  up = (1 / length(up)) * up;
  auto turn = up[1] >= std::cos(settings_.largest_tilt_deg * std::numbers::pi / 180) ? upright(up) : kNoTurn;
  for (auto& p : mean) p = applied(turn, p);
  turn_ = product(facing_x(across(mean)), turn);
  double floor = std::min(mean[kLeftAnkle][1], mean[kRightAnkle][1]);
  for (std::size_t i = kLeftHeel; i <= kRightToe; ++i) {
    if (is_seen(mean[i])) floor = std::min(floor, mean[i][1]);
  }
  const Point eyes = middle(mean, kLeftEye, kRightEye);
  stature_m_ = is_seen(eyes) ? (eyes[1] - floor) / kEyeHeight : 0;
  calibrated_ = faced_ = just_calibrated_ = true;
}

void LiveBody::place() {
  if (!faced_) {
    const auto line = across(upright_);
    if (line[0] != 0 || line[1] != 0) {
      turn_ = facing_x(line);
      faced_ = true;
    }
  }
  double floor = std::numeric_limits<double>::infinity();
  for (std::size_t i = 0; i < kLandmarks; ++i) {
    points_[i] = applied(turn_, upright_[i]);
    if (i >= kLeftHeel && is_seen(points_[i])) floor = std::min(floor, points_[i][1]);
  }
  if (std::isfinite(floor)) floor_m_ = floor;
  Point origin = {0, floor_m_, 0};
  if (is_seen(points_[kLeftHip]) && is_seen(points_[kRightHip])) {
    const Point hips = middle(points_, kLeftHip, kRightHip);
    origin = {hips[0], floor_m_, hips[2]};
  }
  for (auto& p : points_) p = p - origin;
}

void LiveBody::step(const LandmarkFrame& frame) {
  require(!started_ || frame.time_s > last_time_s_, "LiveBody::step: time does not increase");
  resumed_ = started_ && frame.time_s - last_time_s_ > settings_.hold_s;
  just_calibrated_ = false;
  started_ = true;
  last_time_s_ = frame.time_s;
  smooth(with_steady_sides(frame));
  lost_ = std::none_of(upright_.begin(), upright_.end(), [](const Point& p) { return is_seen(p); });
  if (!calibrated_) watch_standing(frame.time_s);
  place();
}

}  // namespace kinemyo::infer
