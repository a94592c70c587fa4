#include "kinemyo/body/scaling.h"

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <map>
#include <optional>

#include "kinemyo/base/error.h"
#include "kinemyo/base/text.h"
#include "kinemyo/body/inverse_kinematics.h"
#include "kinemyo/body/marker_fit.h"

namespace kinemyo::body {

namespace {

using Eigen::Vector3d;

std::string without_side(std::string name) {
  for (const char* side : {"_r", "_l", "_R", "_L"}) {
    if (name.ends_with(side)) return name.substr(0, name.size() - 2);
  }
  return name;
}

// Which segment's size each body has: left and right share one; a body without markers goes with what it carries, else
// with what carries it.
std::vector<std::size_t> segments_of(const Model& model, const std::vector<char>& marked, std::vector<std::string>& names) {
  const auto count = model.bodies().size();
  std::vector<std::size_t> follows(count);
  for (std::size_t b = 0; b < count; ++b) follows[b] = b;
  for (std::size_t b = count; b-- > 1;) {
    if (marked[b]) continue;
    for (std::size_t child = b + 1; child < count; ++child) {
      if (model.parent(child) == b && marked[follows[child]]) {
        follows[b] = follows[child];
        break;
      }
    }
  }
  for (std::size_t b = 1; b < count; ++b) {
    if (!marked[follows[b]] && model.parent(b) != 0) follows[b] = follows[model.parent(b)];
  }
  std::vector<std::size_t> out(count, 0);
  for (std::size_t b = 1; b < count; ++b) {
    const auto name = without_side(model.bodies()[follows[b]].name);
    const auto found = std::find(names.begin(), names.end(), name);
    out[b] = static_cast<std::size_t>(found - names.begin());
    if (found == names.end()) names.push_back(name);
  }
  return out;
}

enum class Place { joint_center, landmark, cluster };

Place place_of(const std::string& marker) {
  const auto name = base::lower(marker);
  const auto has = [&](std::string_view part) { return name.find(part) != std::string::npos; };
  if (has("hjc") || has("kjc") || has("ajc") || has("center") || has("centre")) return Place::joint_center;
  if (has("thigh") || has("shank") || (has("_sh") && !has("shoulder")) || has("upparm") || has("humerus") || has("forearm") || has("fasuperior") ||
      name == "lthi" || name == "rthi" || name == "ltib" || name == "rtib") {
    return Place::cluster;
  }
  return Place::landmark;
}

// Of the mass spread over the body: its second moments stretch, the inertia is made of those.
Eigen::Matrix3d stretched_inertia(const Eigen::Matrix3d& inertia, const Vector3d& factors) {
  const Eigen::Matrix3d moments = 0.5 * inertia.trace() * Eigen::Matrix3d::Identity() - inertia;
  const Eigen::Matrix3d grown = factors.asDiagonal() * moments * factors.asDiagonal();
  return grown.trace() * Eigen::Matrix3d::Identity() - grown;
}

Model rebuilt(const Model& model, std::span<const Vector3d> factors, double mass_ratio) {
  Model out;
  for (const auto& coordinate : model.coordinates()) out.add_coordinate(coordinate);
  for (std::size_t b = 1; b < factors.size(); ++b) {
    Body body = model.bodies()[b];
    body.mass_kg *= mass_ratio;
    body.mass_center = body.mass_center.cwiseProduct(factors[b]);
    body.inertia = mass_ratio * stretched_inertia(body.inertia, factors[b]);
    Joint joint = model.joints()[b];
    const Vector3d& parent = factors[model.parent(b)];
    for (auto& axis : joint.axes) {
      if (axis.kind != Axis::Kind::translation || model.parent(b) == 0) continue;
      axis.function = axis.function.scaled((joint.on_parent.linear() * axis.direction).cwiseProduct(parent).norm());
    }
    joint.on_parent.translation() = joint.on_parent.translation().cwiseProduct(parent);
    joint.on_child.translation() = joint.on_child.translation().cwiseProduct(factors[b]);
    out.add_body(std::move(body), model.parent(b), std::move(joint));
  }
  for (auto marker : model.markers()) {
    marker.location = marker.location.cwiseProduct(factors[marker.body]);
    out.add_marker(std::move(marker));
  }
  for (const auto& coupling : model.couplings()) out.add_coupling(coupling);
  return out;
}

}  // namespace

Model stretched(const Model& model, std::span<const Vector3d> factors) {
  require(factors.size() == model.bodies().size(), "stretched: one factor a body");
  return rebuilt(model, factors, 1);
}

Model with_masses(const Model& model, double ratio) {
  return rebuilt(model, std::vector<Vector3d>(model.bodies().size(), Vector3d::Ones()), ratio);
}

motion::Series stillest(const motion::Series& markers, double length_s) {
  if (markers.frames() < 2) return markers;
  const double rate_hz = markers.clock().rate_hz();
  const auto length = std::min(markers.frames(), static_cast<std::size_t>(std::max(1L, std::lround(length_s * rate_hz))));
  std::size_t best = 0, most = 0;  // of the parts with most to see
  double least = std::numeric_limits<double>::infinity();
  for (std::size_t first = 0; first + length <= markers.frames(); ++first) {
    double moved = 0;
    std::size_t seen = 0;
    for (std::size_t c = 0; c < markers.values().columns(); ++c) {
      double sum = 0, squares = 0;
      for (std::size_t f = first; f < first + length; ++f) {
        const double from_first = markers.values()(f, c) - markers.values()(first, c);
        sum += from_first;
        squares += from_first * from_first;
      }
      const double variance = squares - sum * sum / static_cast<double>(length);
      if (std::isfinite(variance)) moved += variance, ++seen;
    }
    if (seen > most || (seen == most && moved < least)) most = seen, least = moved, best = first;
  }
  base::Matrix<double> values(length, markers.values().columns());
  for (std::size_t f = 0; f < length; ++f) {
    for (std::size_t c = 0; c < values.columns(); ++c) values(f, c) = markers.values()(best + f, c);
  }
  return {markers.quantity(), markers.channels(), motion::Clock::uniform(rate_hz, markers.clock().time_s(best), length), std::move(values)};
}

Scaling fit_scale(const Model& model, const motion::Series& standing, const ScaleOptions& options) {
  const auto count = model.markers().size();
  Scaling result;
  // The mean of each marker over the recording.
  std::vector<double> measured(3 * count, std::numeric_limits<double>::quiet_NaN());
  std::vector<double> weights(count, 0), landmarks(count, 0);
  std::vector<char> marked(model.bodies().size(), 0);
  double moved_sum = 0, moved_count = 0;
  for (std::size_t m = 0; m < count; ++m) {
    const auto& name = model.markers()[m].name;
    const auto channel = standing.find(name);
    Vector3d sum = Vector3d::Zero();
    double frames = 0, squares = 0;
    for (std::size_t f = 0; channel && f < standing.frames(); ++f) {
      if (standing.missing(f, *channel)) continue;
      const Vector3d at(standing.at(f, *channel, 0), standing.at(f, *channel, 1), standing.at(f, *channel, 2));
      sum += at;
      squares += at.squaredNorm();
      ++frames;
    }
    if (frames == 0) {
      result.absent.push_back(name);
      continue;
    }
    moved_sum += squares - sum.squaredNorm() / frames;
    moved_count += frames;
    Eigen::Map<Vector3d>(measured.data() + 3 * m) = sum / frames;
    const auto place = place_of(name);
    const double deviation = place == Place::cluster ? options.cluster : place == Place::landmark ? options.landmark : options.joint_center;
    weights[m] = 1 / (deviation * deviation);
    landmarks[m] = place == Place::cluster ? 0 : 1;
    marked[model.markers()[m].body] = 1;
    result.markers.push_back({name});
  }
  if (result.markers.size() < 6 || std::count(landmarks.begin(), landmarks.end(), 1.0) < 6) {
    throw Error("the standing recording has " + std::to_string(result.markers.size()) + " of the model's markers, " +
                std::to_string(std::count(landmarks.begin(), landmarks.end(), 1.0)) + " of them on landmarks; scaling needs 6 of these at least");
  }
  if (const double moved = std::sqrt(std::max(moved_sum, 0.0) / moved_count); moved > 0.020) {
    throw Error("the standing recording moves: its markers are " + base::to_text(std::round(1000 * moved)) +
                " mm (RMS) from their means; scaling needs a person who stands still, within 20 mm");
  }

  std::vector<std::string> names;
  const auto segment = segments_of(model, marked, names);
  const auto sizes = static_cast<Eigen::Index>(3 * names.size());
  Eigen::VectorXd log_size = Eigen::VectorXd::Zero(sizes);
  const auto factors_of = [&](const Eigen::VectorXd& log) {
    std::vector<Vector3d> out(model.bodies().size(), Vector3d::Ones());
    for (std::size_t b = 1; b < out.size(); ++b) out[b] = log.segment<3>(static_cast<Eigen::Index>(3 * segment[b])).array().exp();
    return out;
  };
  const auto report = [&](InverseKinematics& solver, double ScaledMarker::* into) {
    std::vector<double> distances(count);
    solver.distances(measured, distances);
    double sum = 0, counted = 0;
    for (std::size_t m = 0, at = 0; m < count; ++m) {
      if (weights[m] == 0) continue;
      result.markers[at++].*into = distances[m];
      if (landmarks[m] > 0) sum += distances[m] * distances[m], ++counted;
    }
    return std::sqrt(sum / counted);
  };
  std::vector<double> posture;
  {
    InverseKinematics solver(model, landmarks);
    solver.start(measured);
    result.rms_unscaled = report(solver, &ScaledMarker::unscaled);
    posture.assign(solver.coordinates().begin(), solver.coordinates().end());
  }
  std::vector<std::size_t> rows;
  for (std::size_t m = 0; m < count; ++m) {
    if (weights[m] > 0) rows.push_back(m);
  }
  const auto height = static_cast<Eigen::Index>(3 * rows.size());
  const auto width = static_cast<Eigen::Index>(posture.size());
  auto pose = model.make_pose();
  std::vector<double> placed(3 * count);
  // The posture is projected out of the sizes' derivatives, so that each step solves for both.
  for (int round = 0; round < 20; ++round) {
    const auto now = stretched(model, factors_of(log_size));
    InverseKinematics solver(now, weights);
    solver.set_coordinates(posture);
    solver.step(measured);
    posture.assign(solver.coordinates().begin(), solver.coordinates().end());
    now.place(posture, pose);
    now.place_markers(pose, placed);
    Eigen::MatrixXd by_posture = Eigen::MatrixXd::Zero(height, width), by_size = Eigen::MatrixXd::Zero(height, sizes);
    Eigen::VectorXd residual(height);
    Eigen::Matrix3Xd jacobian;
    for (std::size_t r = 0; r < rows.size(); ++r) {
      const auto m = rows[r];
      const double w = std::sqrt(weights[m]);
      const auto at = static_cast<Eigen::Index>(3 * r);
      const Eigen::Map<const Vector3d> there(placed.data() + 3 * m), goal(measured.data() + 3 * m);
      residual.segment<3>(at) = w * (goal - there);
      now.jacobian(pose, now.markers()[m].body, there, jacobian);
      by_posture.middleRows<3>(at) = w * jacobian;
    }
    for (Eigen::Index c = 0; c < width; ++c) {
      const auto& coordinate = model.coordinates()[static_cast<std::size_t>(c)];
      const double q = posture[static_cast<std::size_t>(c)];
      const bool dependent = std::any_of(model.couplings().begin(), model.couplings().end(), [&](const Coupling& one) { return one.dependent == static_cast<std::size_t>(c); });
      if (coordinate.locked || dependent || q <= coordinate.minimum || q >= coordinate.maximum) by_posture.col(c).setZero();
    }
    std::vector<double> moved(3 * count);
    for (Eigen::Index k = 0; k < sizes; ++k) {
      Eigen::VectorXd other = log_size;
      other[k] += 1e-5;
      const auto next = stretched(model, factors_of(other));
      next.place(posture, pose);
      next.place_markers(pose, moved);
      for (std::size_t r = 0; r < rows.size(); ++r) {
        for (std::size_t i = 0; i < 3; ++i) {
          by_size(static_cast<Eigen::Index>(3 * r + i), k) = std::sqrt(weights[rows[r]]) * (moved[3 * rows[r] + i] - placed[3 * rows[r] + i]) / 1e-5;
        }
      }
    }
    Eigen::MatrixXd posture_normal = by_posture.transpose() * by_posture;
    posture_normal.diagonal().array() += 1e-6;
    const Eigen::LDLT<Eigen::MatrixXd> factored(posture_normal);
    const Eigen::MatrixXd by_size_left = by_size - by_posture * factored.solve(by_posture.transpose() * by_size);
    Eigen::MatrixXd normal = by_size_left.transpose() * by_size_left;
    Eigen::VectorXd right = by_size_left.transpose() * residual;
    // Priors: each segment's mean near the body's, each axis near its segment's.
    const auto segments = static_cast<Eigen::Index>(names.size());
    Eigen::MatrixXd prior = Eigen::MatrixXd::Zero(4 * segments, sizes);
    for (Eigen::Index s = 0; s < segments; ++s) {
      for (Eigen::Index k = 0; k < sizes; ++k) {
        prior(4 * s, k) = ((k / 3 == s ? 1.0 / 3 : 0.0) - 1.0 / static_cast<double>(sizes)) / options.size;
      }
      for (Eigen::Index i = 0; i < 3; ++i) {
        for (Eigen::Index k = 0; k < 3; ++k) prior(4 * s + 1 + i, 3 * s + k) = ((i == k ? 1.0 : 0.0) - 1.0 / 3) / options.shape;
      }
    }
    normal += prior.transpose() * prior;
    right -= prior.transpose() * (prior * log_size);
    normal.diagonal().array() += 1e-6;
    const Eigen::VectorXd step = normal.ldlt().solve(right);
    log_size += step.cwiseMax(-0.2).cwiseMin(0.2);
    if (step.lpNorm<Eigen::Infinity>() < 1e-5) break;
  }
  result.factors = factors_of(log_size);
  result.model = stretched(model, result.factors);
  InverseKinematics solver(result.model, landmarks);
  solver.set_coordinates(posture);
  solver.step(measured);
  result.rms_scaled = report(solver, &ScaledMarker::scaled);
  result.standing.assign(solver.coordinates().begin(), solver.coordinates().end());
  result.model.place(solver.coordinates(), pose);
  auto markers = result.model.markers();
  result.model.clear_markers();
  for (std::size_t m = 0; m < count; ++m) {
    if (weights[m] > 0) {
      const Eigen::Map<const Vector3d> goal(measured.data() + 3 * m);
      markers[m].location = pose.bodies[markers[m].body].inverse() * goal;
    }
    result.model.add_marker(markers[m]);
  }
  return result;
}

}  // namespace kinemyo::body
