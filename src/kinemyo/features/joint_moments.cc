#include "kinemyo/features/joint_moments.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <utility>

#include "kinemyo/base/error.h"
#include "kinemyo/base/text.h"
#include "kinemyo/body/full_body.h"
#include "kinemyo/features/angle_names.h"

namespace kinemyo::features {

namespace {

// Moments per kg depend little on who it is.
constexpr double kStature_m = 1.75, kMass_kg = 75;

const body::Model& average_adult() {
  static const auto model = body::make_full_body(body::Anthropometry::of_stature(kStature_m, kMass_kg));
  return model;
}

// The coordinate that an angle is, and its sign. Plug-in-Gait counts tilt of the pelvis forwards, for both sides.
std::optional<std::pair<std::size_t, double>> coordinate_of(const std::string& angle) {
  const auto& model = average_adult();
  if (angle == "LPelvisAngles_x" || angle == "RPelvisAngles_x") return std::pair(*model.find_coordinate("pelvis_tilt"), -1.0);
  const auto name = geometric_name(angle);
  const auto found = name ? model.find_coordinate(*name) : std::nullopt;
  if (!found) return std::nullopt;
  const auto follows = [&](const body::Coupling& coupling) { return coupling.dependent == *found; };
  if (model.coordinates()[*found].locked || std::any_of(model.couplings().begin(), model.couplings().end(), follows)) return std::nullopt;
  return std::pair(*found, 1.0);
}

const std::string& name_of(std::size_t coordinate) { return average_adult().coordinates()[coordinate].name; }
bool of_pelvis(std::size_t coordinate) { return name_of(coordinate).starts_with("pelvis_"); }

}  // namespace

std::vector<std::string> JointMoments::of(const std::vector<std::string>& scalars) {
  std::vector<std::string> out;
  for (const auto& name : scalars) {
    const auto found = coordinate_of(name);
    if (found && !of_pelvis(found->first)) out.push_back(name);
  }
  return out;
}

JointMoments::JointMoments(const std::vector<std::string>& scalars, const std::vector<std::string>& names, double rate_hz)
    : dynamics_(average_adult()), rate_hz_(rate_hz) {
  require(rate_hz > 0 && std::isfinite(rate_hz), "JointMoments: a rate above 0 is needed");
  const auto known = of(scalars);
  for (const auto& name : names) {
    if (std::find(known.begin(), known.end(), name) == known.end()) {
      throw Error("no joint moment can be told of " + base::quoted(name) + ": expected angles of legs, lumbar joint or arms by OpenSim's or "
                  "Plug-in-Gait's names, found " + base::join(known));
    }
    told_.push_back(coordinate_of(name)->first);
  }
  for (std::size_t s = 0; s < scalars.size(); ++s) {
    const auto found = coordinate_of(scalars[s]);
    // Both sides' angles of the pelvis are one coordinate, and so may be angles of two conventions: the first counts.
    const bool taken = found && std::any_of(taken_.begin(), taken_.end(), [&](const Taken& one) { return one.coordinate == found->first; });
    if (found && !taken && (!of_pelvis(found->first) || name_of(found->first) == "pelvis_tilt")) taken_.push_back({s, found->first, found->second});
  }
  mass_kg_ = average_adult().mass_kg();
  angle_ = average_adult().neutral();
  velocity_.assign(angle_.size(), 0);
  acceleration_ = moment_ = velocity_;
}

void JointMoments::step(std::span<const double> scalars, std::span<float> out) {
  require(out.size() == told_.size(), "JointMoments::step: wrong number of outputs");
  const bool seen = std::all_of(taken_.begin(), taken_.end(), [&](const Taken& one) { return std::isfinite(scalars[one.scalar]); });
  frames_ = seen ? std::min(frames_ + 1, 3) : 0;
  for (const auto& one : taken_) {
    const double now = one.sign * scalars[one.scalar], velocity = (now - angle_[one.coordinate]) * rate_hz_;
    acceleration_[one.coordinate] = (velocity - velocity_[one.coordinate]) * rate_hz_;
    velocity_[one.coordinate] = velocity;
    angle_[one.coordinate] = now;
  }
  if (frames_ < 3) return std::fill(out.begin(), out.end(), std::numeric_limits<float>::quiet_NaN());
  dynamics_.solve(angle_, velocity_, acceleration_, moment_);
  for (std::size_t t = 0; t < told_.size(); ++t) out[t] = static_cast<float>(moment_[told_[t]] / mass_kg_);
}

}  // namespace kinemyo::features
