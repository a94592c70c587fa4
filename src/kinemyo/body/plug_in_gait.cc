#include "kinemyo/body/plug_in_gait.h"

#include <Eigen/Geometry>
#include <algorithm>
#include <cctype>
#include <cmath>
#include <numbers>
#include <optional>

#include "kinemyo/base/error.h"
#include "kinemyo/base/median.h"

namespace kinemyo::body {

namespace {

using Eigen::Matrix3d;
using Eigen::Vector3d;
using motion::Series;

constexpr Sides<const char*> kSideLetters{"L", "R"};
constexpr Sides<double> kSigns{1, -1};

// Where each marker stands in a series.
struct Columns {
  std::size_t lasi, rasi, sacr;
  struct Leg {
    std::size_t asi, thi, kne, tib, ank, toe;
    std::optional<std::size_t> hee;
  };
  Sides<Leg> legs;
};

Columns find_columns(const Series& markers) {
  std::string absent;
  const auto find = [&](const std::string& name) {
    const auto at = markers.find(name);
    if (!at) absent += (absent.empty() ? "" : ", ") + name;
    return at.value_or(0);
  };
  Columns out{find("LASI"), find("RASI"), find("SACR"), {}};
  for (const std::size_t side : {0u, 1u}) {
    const std::string s = kSideLetters[side];
    out.legs[side] = {side == 0 ? out.lasi : out.rasi, find(s + "THI"), find(s + "KNE"), find(s + "TIB"),
                      find(s + "ANK"), find(s + "TOE"), markers.find(s + "HEE")};
  }
  if (!absent.empty()) throw Error("Plug-in-Gait needs markers that are not there: " + absent);
  return out;
}

Vector3d point(const Series& markers, std::size_t frame, std::size_t marker) {
  return {markers.at(frame, marker, 0), markers.at(frame, marker, 1), markers.at(frame, marker, 2)};
}

Matrix3d axes(const Vector3d& x, const Vector3d& y, const Vector3d& z) {
  Matrix3d out;
  out << x, y, z;
  return out;
}

// The part of v at right angles to a unit vector, made unit length.
Vector3d across(const Vector3d& v, const Vector3d& unit) { return (v - v.dot(unit) * unit).normalized(); }

// A frame with z along `z`, y as near as can be to `y`.
Matrix3d frame_of(const Vector3d& z, const Vector3d& y) {
  const Vector3d unit_z = z.normalized(), unit_y = across(y, unit_z);
  return axes(unit_y.cross(unit_z), unit_y, unit_z);
}

// The joint's centre: `reach` from the marker beside it, in a plane with the proximal centre and the wand's marker, where
// the lines to marker and proximal centre meet at a right angle, on the side away from the wand.
Vector3d chord(const Vector3d& proximal, const Vector3d& beside, const Vector3d& wand, double reach) {
  const Vector3d to_proximal = proximal - beside;
  const double length = to_proximal.norm();
  const Vector3d along = to_proximal / length;
  const double p = reach * reach / length;
  return beside + p * along - std::sqrt(std::max(0.0, reach * reach - p * p)) * across(wand - beside, along);
}

struct LegFrames {
  Matrix3d pelvis, femur, tibia, foot;  // foot before its offset is taken into account
};

LegFrames place_leg(const Series& markers, std::size_t frame, const Columns& columns, const GaitMeasures& m,
                    std::size_t side) {
  const auto at = [&](std::size_t marker) { return point(markers, frame, marker); };
  const auto& leg = columns.legs[side];
  const double sign = kSigns[side];
  const Vector3d left = at(columns.lasi), right = at(columns.rasi);
  LegFrames out;
  const Vector3d origin = 0.5 * (left + right), y = (left - right).normalized();
  const Vector3d x = across(origin - at(columns.sacr), y);
  out.pelvis = axes(x, y, x.cross(y));

  // Newington-Gage; the lengths were given in mm.
  constexpr double kTheta = 0.5, kBeta = 0.314;
  const double radius = m.marker_diameter / 2;
  const double c = 0.115 * 0.5 * (m.leg_length[0] + m.leg_length[1]) - 0.0153;
  const double depth = 0.1288 * m.leg_length[side] - 0.04856 + radius;  // asis to trochanter
  const Vector3d hip_in_pelvis(c * std::cos(kTheta) * std::sin(kBeta) - depth * std::cos(kBeta),
                               sign * (m.inter_asis / 2 - c * std::sin(kTheta)),
                               -c * std::cos(kTheta) * std::cos(kBeta) - depth * std::sin(kBeta));
  const Vector3d hip = origin + out.pelvis * hip_in_pelvis;
  const Vector3d knee_marker = at(leg.kne), ankle_marker = at(leg.ank);
  const Vector3d knee = chord(hip, knee_marker, at(leg.thi), m.knee_width[side] / 2 + radius);
  const Vector3d ankle = chord(knee, ankle_marker, at(leg.tib), m.ankle_width[side] / 2 + radius);
  out.femur = frame_of(hip - knee, sign * (knee_marker - knee));
  out.tibia = frame_of(knee - ankle, sign * (ankle_marker - ankle));
  out.foot = frame_of(ankle - at(leg.toe), out.tibia.col(1));
  return out;
}

// Angles (a, b, c) with rotation = Ry(a) Rx(b) Rz(c).
Vector3d yxz_angles(const Matrix3d& r) {
  return {std::atan2(r(0, 2), r(2, 2)), std::asin(std::clamp(-r(1, 2), -1.0, 1.0)), std::atan2(r(1, 0), r(1, 1))};
}

Matrix3d turned(const FootOffset& offset) {
  return (Eigen::AngleAxisd(offset.plantarflexion, Vector3d::UnitY()) * Eigen::AngleAxisd(offset.rotation, Vector3d::UnitX()))
      .toRotationMatrix();
}

void require_known(const GaitMeasures& m) {
  bool known = std::isfinite(m.marker_diameter) && std::isfinite(m.inter_asis);
  for (const std::size_t side : {0u, 1u}) {
    known = known && std::isfinite(m.leg_length[side]) && std::isfinite(m.knee_width[side]) &&
            std::isfinite(m.ankle_width[side]);
  }
  require(known, "Plug-in-Gait: a measure of the person is not known; complete_measures() estimates it");
}

// Mean offset of one foot over some frames.
FootOffset mean_offset(const Series& markers, const Columns& columns, const Vector3d& up, const GaitMeasures& measures,
                       std::size_t side, const std::vector<std::size_t>& frames) {
  FootOffset sum;
  double count = 0;
  for (const auto frame : frames) {
    const auto leg = place_leg(markers, frame, columns, measures, side);
    const Vector3d toe = point(markers, frame, columns.legs[side].toe);
    Vector3d heel = point(markers, frame, *columns.legs[side].hee);
    heel += (toe - heel).dot(up) * up;
    const Matrix3d flat = frame_of(heel - toe, leg.tibia.col(1));
    const Vector3d turn = yxz_angles(leg.foot.transpose() * flat);
    if (!turn.allFinite()) continue;
    sum.plantarflexion += turn[0];
    sum.rotation += turn[1];
    ++count;
  }
  if (count == 0) {
    throw Error(std::string("Plug-in-Gait: no frame has all markers of the ") + (side == 0 ? "left" : "right") +
                " leg, so its foot's offset cannot be found");
  }
  return {sum.plantarflexion / count, sum.rotation / count};
}

double distance(const Series& markers, std::size_t a, std::size_t b) {
  std::vector<double> all;
  for (std::size_t f = 0; f < markers.frames(); ++f) {
    const double d = (point(markers, f, a) - point(markers, f, b)).norm();
    if (std::isfinite(d)) all.push_back(d);
  }
  if (all.empty()) {
    throw Error("Plug-in-Gait: " + markers.channels()[a].name + " and " + markers.channels()[b].name +
                " are never seen together");
  }
  return base::median(std::move(all));
}

// The frames in which a foot moves least.
std::vector<std::size_t> still_frames(const Series& markers, const Columns::Leg& leg) {
  std::vector<std::pair<double, std::size_t>> speeds;
  for (std::size_t f = 1; f + 1 < markers.frames(); ++f) {
    double fastest = 0;
    for (const auto marker : {*leg.hee, leg.toe}) {
      const double speed = (point(markers, f + 1, marker) - point(markers, f - 1, marker)).norm() /
                           (markers.clock().time_s(f + 1) - markers.clock().time_s(f - 1));
      fastest = speed <= fastest ? fastest : speed;  // NaN stays
    }
    if (std::isfinite(fastest)) speeds.emplace_back(fastest, f);
  }
  std::sort(speeds.begin(), speeds.end());
  speeds.resize(std::min(speeds.size(), std::max<std::size_t>(5, speeds.size() / 10)));
  std::vector<std::size_t> out;
  for (const auto& [speed, frame] : speeds) out.push_back(frame);
  return out;
}

// Offsets of both feet over the frames that `choose` names for a leg.
template <typename Choose>
Sides<FootOffset> offsets_over(const Series& markers, const Vector3d& up, const GaitMeasures& measures, const Choose& choose) {
  require_known(measures);
  const auto columns = find_columns(markers);
  const auto& legs = columns.legs;
  if (!legs[0].hee && !legs[1].hee) throw Error("Plug-in-Gait needs a heel marker for the feet's offsets: LHEE or RHEE");
  Sides<FootOffset> out;
  for (const std::size_t side : {0u, 1u}) {
    if (legs[side].hee) out[side] = mean_offset(markers, columns, up, measures, side, choose(legs[side]));
  }
  for (const std::size_t side : {0u, 1u}) {
    if (!legs[side].hee) out[side] = {out[1 - side].plantarflexion, -out[1 - side].rotation};
  }
  return out;
}

}  // namespace

GaitMeasures gait_measures(const std::map<std::string, double>& tape_m) {
  GaitMeasures out;
  const auto take = [&](std::string_view wanted, double& to) {
    for (const auto& [name, value] : tape_m) {
      const bool same = name.size() == wanted.size() &&
                        std::equal(name.begin(), name.end(), wanted.begin(), [](unsigned char a, unsigned char b) {
                          return std::tolower(a) == std::tolower(b);
                        });
      if (same && value > 0) to = value;
    }
  };
  take("MarkerDiameter", out.marker_diameter);
  take("InterAsisDistance", out.inter_asis);
  for (const std::size_t side : {0u, 1u}) {
    const std::string s = kSideLetters[side];
    take(s + "LegLength", out.leg_length[side]);
    take(s + "KneeWidth", out.knee_width[side]);
    take(s + "AnkleWidth", out.ankle_width[side]);
  }
  return out;
}

GaitMeasures complete_measures(GaitMeasures known, const Series& markers, std::vector<std::string>& estimated) {
  const auto columns = find_columns(markers);
  const auto complete = [&](double& value, const std::string& name, auto&& estimate) {
    if (std::isfinite(value)) return;
    value = estimate();
    estimated.push_back(name);
  };
  complete(known.marker_diameter, "MarkerDiameter", [] { return 0.014; });
  complete(known.inter_asis, "InterAsisDistance", [&] { return distance(markers, columns.lasi, columns.rasi); });
  for (const std::size_t side : {0u, 1u}) {
    const auto& leg = columns.legs[side];
    complete(known.leg_length[side], std::string(kSideLetters[side]) + "LegLength",
             [&] { return distance(markers, leg.asi, leg.kne) + distance(markers, leg.kne, leg.ank); });
  }
  const double mean_leg = 0.5 * (known.leg_length[0] + known.leg_length[1]);
  for (const std::size_t side : {0u, 1u}) {
    complete(known.knee_width[side], std::string(kSideLetters[side]) + "KneeWidth", [&] { return 0.12 * mean_leg; });
    complete(known.ankle_width[side], std::string(kSideLetters[side]) + "AnkleWidth", [&] { return 0.08 * mean_leg; });
  }
  return known;
}

Sides<FootOffset> fit_foot_offsets(const Series& standing, const Vector3d& up, const GaitMeasures& measures) {
  std::vector<std::size_t> frames(standing.frames());
  for (std::size_t f = 0; f < frames.size(); ++f) frames[f] = f;
  return offsets_over(standing, up, measures, [&](const Columns::Leg&) { return frames; });
}

Sides<FootOffset> estimate_foot_offsets(const Series& markers, const Vector3d& up, const GaitMeasures& measures) {
  return offsets_over(markers, up, measures, [&](const Columns::Leg& leg) { return still_frames(markers, leg); });
}

Series plug_in_gait_angles(const Series& markers, const GaitMeasures& measures, const Sides<FootOffset>& offsets) {
  require(markers.quantity() == motion::Quantity::position, "plug_in_gait_angles: needs positions");
  require_known(measures);
  const auto columns = find_columns(markers);
  std::vector<motion::Channel> channels;
  for (const char* side : kSideLetters) {
    for (const char* joint : {"Hip", "Knee", "Ankle"}) channels.push_back({std::string(side) + joint + "Angles", "rad"});
  }
  base::Matrix<double> values(markers.frames(), 3 * channels.size());
  for (std::size_t f = 0; f < markers.frames(); ++f) {
    auto* out = values.row(f).data();
    for (const std::size_t side : {0u, 1u}) {
      const double s = kSigns[side];
      const auto leg = place_leg(markers, f, columns, measures, side);
      const Vector3d hip = yxz_angles(leg.pelvis.transpose() * leg.femur);
      const Vector3d knee = yxz_angles(leg.femur.transpose() * leg.tibia);
      const Vector3d ankle = yxz_angles(leg.tibia.transpose() * leg.foot * turned(offsets[side]));
      for (const double angle : {-hip[0], -s * hip[1], -s * hip[2], knee[0], -s * knee[1], -s * knee[2],
                                 -ankle[0] - std::numbers::pi / 2, -s * ankle[2], -s * ankle[1]}) {
        *out++ = angle;
      }
    }
  }
  return {motion::Quantity::angle3, std::move(channels), markers.clock(), std::move(values)};
}

}  // namespace kinemyo::body
