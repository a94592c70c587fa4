#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <memory>
#include <optional>
#include <utility>

#include "kinemyo/base/text.h"
#include "kinemyo/features/channels.h"
#include "kinemyo/features/features.h"
#include "kinemyo/features/gait_phase.h"
#include "kinemyo/features/joint_moments.h"
#include "kinemyo/features/segment_angles.h"

namespace kinemyo::features {

namespace {

using Point = std::array<double, 3>;
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
// Knee to ankle of an adult, until a shank has been seen.
constexpr double kTypicalShank_m = 0.4;

Point operator+(const Point& a, const Point& b) { return {a[0] + b[0], a[1] + b[1], a[2] + b[2]}; }
Point operator-(const Point& a, const Point& b) { return {a[0] - b[0], a[1] - b[1], a[2] - b[2]}; }
Point operator*(double s, const Point& a) { return {s * a[0], s * a[1], s * a[2]}; }
bool seen(const Point& p) { return std::isfinite(p[0]) && std::isfinite(p[1]) && std::isfinite(p[2]); }

// About the vertical: +X goes to (cos h, 0, -sin h), as a positive rotation about Y does.
Point turned(const Point& p, double heading) {
  const double c = std::cos(heading), s = std::sin(heading);
  return {c * p[0] + s * p[2], p[1], -s * p[0] + c * p[2]};
}

}  // namespace

struct Extractor::State {
  model::InputSpec spec;
  double rate_hz;
  Landmarks landmarks;
  std::vector<std::size_t> pelvis;  // markers that tell where the pelvis is
  std::vector<Point> known;         // where each stood in the pelvis' own frame when all were last seen
  bool have_known = false;
  Placement placement;
  double shank_sum_m = 0;
  int shank_frames = 0;
  std::optional<SegmentAngles> angles;
  std::vector<double> angle;              // all that the markers give
  std::vector<std::size_t> wanted_angle;  // where those of spec.geometry stand among them
  std::vector<double> last_angle;         // of those, as each was last seen
  std::size_t raw_numbers = 0;
  std::vector<double> value, velocity, last_value, last_velocity;
  std::optional<JointMoments> moments;
  std::optional<GaitPhase> phase;

  Point at(std::span<const double> raw, std::size_t marker) const {
    return {raw[3 * marker], raw[3 * marker + 1], raw[3 * marker + 2]};
  }
  void forget();
  bool place_from_pairs(std::span<const double> raw);
  bool place_from_known(std::span<const double> raw);
  bool place(std::span<const double> raw);
  void measure(std::span<const double> raw);
};

void Extractor::State::forget() {
  placement = Placement{};
  if (spec.scale == model::BodyScale::segments) placement.scale_m = kTypicalShank_m;
  have_known = false;
  shank_sum_m = 0;
  shank_frames = 0;
  if (angles) angles->reset();
  if (moments) moments->reset();
  if (phase) phase->reset();
  std::fill(last_angle.begin(), last_angle.end(), kNaN);
  std::fill(last_value.begin(), last_value.end(), kNaN);
  std::fill(last_velocity.begin(), last_velocity.end(), kNaN);
}

// From the pairs that are seen on both sides: the centre is the mean of the pairs' middles (and the sacrum).
// With every pelvis marker in sight, remembers where each stands, for frames in which some are hidden.
bool Extractor::State::place_from_pairs(std::span<const double> raw) {
  Point across{}, sum{};
  int middles = 0;
  bool whole = true;
  for (const auto& pair : landmarks.pelvis) {
    const Point left = at(raw, pair.left), right = at(raw, pair.right);
    if (!seen(left) || !seen(right)) {
      whole = false;
      continue;
    }
    across = across + (right - left);
    sum = sum + 0.5 * (left + right);
    ++middles;
  }
  if (middles == 0 || (across[0] == 0 && across[2] == 0)) return false;
  if (landmarks.sacrum) {
    const Point sacrum = at(raw, *landmarks.sacrum);
    if (seen(sacrum)) {
      sum = sum + sacrum;
      ++middles;
    } else {
      whole = false;
    }
  }
  if (!whole && have_known) return false;  // the remembered arrangement tells more
  const Point root = (1.0 / middles) * sum;
  std::copy(root.begin(), root.end(), placement.root_m);
  placement.heading_rad = std::atan2(across[0], across[2]);
  if (whole) {
    for (std::size_t i = 0; i < pelvis.size(); ++i) {
      known[i] = turned(at(raw, pelvis[i]) - root, -placement.heading_rad);
    }
    have_known = true;
  }
  return true;
}

// From some of the pelvis' markers: the remembered arrangement, turned and moved to fit best in the horizontal plane.
bool Extractor::State::place_from_known(std::span<const double> raw) {
  if (!have_known) return false;
  Point here{}, there{};
  int count = 0;
  for (std::size_t i = 0; i < pelvis.size(); ++i) {
    const Point p = at(raw, pelvis[i]);
    if (!seen(p)) continue;
    here = here + p;
    there = there + known[i];
    ++count;
  }
  if (count == 0) return false;
  here = (1.0 / count) * here;
  there = (1.0 / count) * there;
  double cosine = 0, sine = 0;
  for (std::size_t i = 0; i < pelvis.size(); ++i) {
    const Point p = at(raw, pelvis[i]);
    if (!seen(p)) continue;
    const Point u = p - here, v = known[i] - there;
    cosine += u[0] * v[0] + u[2] * v[2];
    sine += u[0] * v[2] - u[2] * v[0];
  }
  if (count > 1 && std::hypot(cosine, sine) > 0) placement.heading_rad = std::atan2(sine, cosine);
  const Point root = here - turned(there, placement.heading_rad);
  std::copy(root.begin(), root.end(), placement.root_m);
  return true;
}

bool Extractor::State::place(std::span<const double> raw) {
  return place_from_pairs(raw) || place_from_known(raw);
}

// The mean shank of this frame joins the running mean, until enough frames have told.
void Extractor::State::measure(std::span<const double> raw) {
  if (shank_frames >= std::max(1, spec.calibration_frames)) return;
  double sum = 0;
  int count = 0;
  for (const auto& shank : landmarks.shanks) {
    const Point d = at(raw, shank.knee) - at(raw, shank.ankle);
    const double length = std::sqrt(d[0] * d[0] + d[1] * d[1] + d[2] * d[2]);
    if (!std::isfinite(length) || length <= 0) continue;
    sum += length;
    ++count;
  }
  if (count == 0) return;
  shank_sum_m += sum / count;
  ++shank_frames;
  placement.scale_m = shank_sum_m / shank_frames;
}

Extractor::Extractor(const model::InputSpec& spec, double rate_hz) {
  require(spec.derivatives >= 0 && spec.derivatives <= 2, "Extractor: derivatives must be 0, 1 or 2");
  require(spec.derivatives == 0 || (std::isfinite(rate_hz) && rate_hz > 0),
          "Extractor: velocities need a rate above 0");
  auto state = std::make_unique<State>();
  state->spec = spec;
  state->rate_hz = rate_hz;
  state->landmarks = find_landmarks(spec.markers);
  const auto& found = state->landmarks;
  if (!spec.markers.empty() && spec.frame == model::Frame::canonical && found.pelvis.empty()) {
    throw Error("the canonical frame needs a pelvis among the input markers: LASIS and RASIS, or LPSIS and RPSIS, "
                "or LEFT_HIP and RIGHT_HIP (or their aliases); found " +
                base::join(spec.markers));
  }
  if (!spec.markers.empty() && spec.scale == model::BodyScale::segments && found.shanks.empty()) {
    throw Error("dividing by the body's size needs a knee and an ankle of one side among the input markers "
                "(L.KneeLateral and L.AnkleLateral, LEFT_KNEE and LEFT_ANKLE, or their aliases); found " +
                base::join(spec.markers));
  }
  for (const auto& pair : found.pelvis) {
    state->pelvis.push_back(pair.left);
    state->pelvis.push_back(pair.right);
  }
  if (found.sacrum) state->pelvis.push_back(*found.sacrum);
  state->known.resize(state->pelvis.size());
  if (!spec.geometry.empty()) {
    state->angles.emplace(spec.markers, spec.calibration_frames);
    const auto& names = state->angles->names();
    for (const auto& wanted : spec.geometry) {
      const auto at = std::find(names.begin(), names.end(), wanted);
      if (at == names.end()) {
        throw Error("the markers do not give the angle " + wanted + " by geometry; they give " +
                    (names.empty() ? "none: a pelvis is needed (LASIS, RASIS, LPSIS and RPSIS, or LEFT_HIP and RIGHT_HIP)"
                                   : base::join(names)));
      }
      state->wanted_angle.push_back(static_cast<std::size_t>(at - names.begin()));
    }
    state->angle.assign(names.size(), kNaN);
    state->last_angle.assign(spec.geometry.size(), kNaN);
  }
  state->raw_numbers = 3 * spec.markers.size() + spec.scalars.size();
  for (auto* buffer : {&state->value, &state->velocity, &state->last_value, &state->last_velocity}) {
    buffer->assign(model::value_width(spec), kNaN);
  }
  if (!spec.moments.empty()) state->moments.emplace(spec.scalars, spec.moments, rate_hz);
  if (spec.gait_phase > 0) state->phase.emplace(spec.scalars, rate_hz, spec.gait_phase);
  state->forget();
  state_ = std::move(state);
}

Extractor::~Extractor() = default;
Extractor::Extractor(Extractor&&) noexcept = default;
Extractor& Extractor::operator=(Extractor&&) noexcept = default;

std::size_t Extractor::raw_width() const { return state_->raw_numbers; }
std::size_t Extractor::width() const { return model::frame_width(state_->spec); }
const Placement& Extractor::placement() const { return state_->placement; }
void Extractor::reset() { state_->forget(); }

void Extractor::step(std::span<const double> raw, std::span<float> inputs) {
  State& s = *state_;
  const std::size_t numbers = s.value.size();
  const std::size_t markers = s.spec.markers.size();
  require(raw.size() == s.raw_numbers, "Extractor::step: wrong number of raw values");
  require(inputs.size() == width(), "Extractor::step: wrong number of inputs");

  const bool canonical = s.spec.frame == model::Frame::canonical;
  const bool placed = markers == 0 || !canonical || s.place(raw);
  if (s.spec.scale == model::BodyScale::segments) s.measure(raw);
  const Point root = {s.placement.root_m[0], s.placement.root_m[1], s.placement.root_m[2]};
  auto next_value = s.value.begin();
  for (std::size_t m = 0; m < markers && s.spec.positions; ++m) {
    Point p = s.at(raw, m);
    if (!placed || !seen(p)) {
      p = {kNaN, kNaN, kNaN};
    } else {
      if (canonical) p = turned(p - root, -s.placement.heading_rad);
      p = (1.0 / s.placement.scale_m) * p;
    }
    next_value = std::copy(p.begin(), p.end(), next_value);
  }
  next_value = std::copy(raw.begin() + static_cast<std::ptrdiff_t>(3 * markers), raw.end(), next_value);
  if (s.angles) {
    s.angles->step(raw.first(3 * markers), s.placement.heading_rad, s.angle);
    for (std::size_t w = 0; w < s.wanted_angle.size(); ++w) {
      const double angle = s.angle[s.wanted_angle[w]];
      if (std::isfinite(angle)) s.last_angle[w] = angle;
      *next_value++ = s.last_angle[w];
    }
  }

  std::size_t next = 0;
  for (const double v : s.value) inputs[next++] = static_cast<float>(v);
  if (s.spec.derivatives > 0) {
    for (std::size_t i = 0; i < numbers; ++i) {
      s.velocity[i] = (s.value[i] - s.last_value[i]) * s.rate_hz;
      inputs[next++] = static_cast<float>(s.velocity[i]);
    }
    if (s.spec.derivatives > 1) {
      for (std::size_t i = 0; i < numbers; ++i) {
        inputs[next++] = static_cast<float>((s.velocity[i] - s.last_velocity[i]) * s.rate_hz);
      }
      std::swap(s.velocity, s.last_velocity);
    }
    std::copy(s.value.begin(), s.value.end(), s.last_value.begin());
  }
  if (s.spec.masks) {
    for (std::size_t m = 0; m < markers; ++m) inputs[next++] = seen(s.at(raw, m)) ? 1.0f : 0.0f;
  }
  if (s.moments) {
    s.moments->step(raw.subspan(3 * markers), inputs.subspan(next, s.spec.moments.size()));
    next += s.spec.moments.size();
  }
  if (s.phase) s.phase->step(raw.subspan(3 * markers), inputs.subspan(next));
}

}  // namespace kinemyo::features
