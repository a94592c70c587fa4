#include "kinemyo/body/marker_fit.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <pugixml.hpp>

#include "kinemyo/base/error.h"
#include "kinemyo/base/text.h"
#include "kinemyo/body/gap_bridge.h"
#include "kinemyo/body/streaming_fit.h"
#include "kinemyo/signal/marker_gaps.h"

namespace kinemyo::body {

namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kLost = 0.05;  ///< m: a fit that gets worse than this, suddenly, is tried anew
// Led astray little by little, against a limit: more than so many times the RMS of the first frame, and than so much. It is
// looked at anew every so many frames.
constexpr double kAstray = 1.5, kAstrayLeast = 0.01;
constexpr std::size_t kAstrayEvery = 10;

double weight_of(const std::string& marker) {
  const auto name = base::lower(marker);
  const auto has = [&](std::string_view part) { return name.find(part) != std::string::npos; };
  if (has("hjc") || has("mknee") || has("mankle") || has("kneemedial") || has("anklemedial")) return 0;
  if (has("asi") || has("psi") || has("sacr")) return 25;
  if (has("knee") || has("ankle") || name == "lkne" || name == "rkne" || name == "lank" || name == "rank") return 20;
  if (has("toe") || has("5meta") || has("calc") || has("heel") || name == "lhee" || name == "rhee") return 7;
  if (has("shoulder")) return 5;
  if (has("thigh") || has("shank") || has("_sh") || name == "lthi" || name == "rthi" || name == "ltib" || name == "rtib") return 4;
  return 5;
}

std::vector<double> parse_task_set(std::string_view text, const std::string& path, const Model& model) {
  pugi::xml_document xml;
  if (!xml.load_buffer(text.data(), text.size(), pugi::parse_default, pugi::encoding_utf8)) {
    throw FormatError(path, Place::line(1), "not well-formed XML", "OpenSim's IKTaskSet", "something else");
  }
  std::vector<double> weights(model.markers().size(), 0);
  std::size_t known = 0;
  for (const auto& found : xml.select_nodes("//IKMarkerTask")) {
    const auto task = found.node();
    const std::string name = task.attribute("name").value();
    const auto at = std::find_if(model.markers().begin(), model.markers().end(), [&](const Marker& m) { return m.name == name; });
    if (at == model.markers().end()) continue;
    ++known;
    const auto apply = task.child("apply").text();
    const auto weight = base::to_number(task.child("weight") ? task.child("weight").text().get() : "1");
    if (!weight || !std::isfinite(*weight) || *weight < 0) {
      throw FormatError(path, Place::named("IKMarkerTask " + name), "weight", "0 or more", base::quoted(task.child("weight").text().get()));
    }
    weights[static_cast<std::size_t>(at - model.markers().begin())] = apply && std::string_view(base::trim(apply.get())) == "false" ? 0 : *weight;
  }
  if (known == 0) throw FormatError(path, Place::line(1), "task set names no marker of the model", "IKMarkerTask elements", "none that fits");
  return weights;
}

}  // namespace

std::vector<double> task_weights(const Model& model) {
  std::vector<double> out;
  for (const auto& marker : model.markers()) out.push_back(weight_of(marker.name));
  return out;
}

std::vector<double> parse_weights(std::string_view text, const std::string& path, const Model& model) {
  if (base::trim(text).starts_with("<")) return parse_task_set(text, path, model);
  std::vector<double> weights(model.markers().size(), 0);
  base::LineCursor lines(path, text);
  while (const auto line = lines.next()) {
    if (base::trim(*line).empty()) continue;
    const auto cells = base::split(*line, ',');
    if (lines.line() == 1 && cells.size() == 2 && base::lower(base::trim(cells[0])) == "marker") continue;
    const auto weight = cells.size() == 2 ? base::to_number(cells[1]) : std::nullopt;
    if (!weight || !std::isfinite(*weight) || *weight < 0) lines.fail("weights", "marker,weight with a weight of 0 or more", base::quoted(*line));
    const std::string name(base::trim(cells[0]));
    const auto at = std::find_if(model.markers().begin(), model.markers().end(), [&](const Marker& m) { return m.name == name; });
    if (at == model.markers().end()) {
      const auto near = base::nearest(name, model.marker_names());
      lines.fail("no marker of the model has that name", near ? "perhaps " + *near : "one of the model's", base::quoted(name));
    }
    weights[static_cast<std::size_t>(at - model.markers().begin())] = *weight;
  }
  return weights;
}

namespace {

// Gaps filled from the markers that move with each; but a limb of which nothing is seen is not made of the others.
motion::Series fill_gaps(const InverseKinematics& solver, const std::vector<std::optional<std::size_t>>& channels,
                         const motion::Series& markers, MarkerFit& fit) {
  motion::Series out = markers;
  const signal::MarkerFillLimits limits{.spline_s = 0.2, .neighbours_s = 2, .worst_error_m = 0.05};
  const auto fills = signal::fill_markers(out.values(), markers.clock().rate_hz(), limits);
  fit.filled_gaps = fills.filled.size();
  for (const auto& one : fills.filled) fit.fill_error = std::fmax(fit.fill_error, one.error_bar_m);
  for (const auto& shows : channels_that_show(solver, channels)) {
    for (std::size_t f = 0; !shows.empty() && f < markers.frames(); ++f) {
      if (std::any_of(shows.begin(), shows.end(), [&](std::size_t c) { return !markers.missing(f, c); })) continue;
      for (const auto c : shows) {
        for (std::size_t k = 0; k < 3; ++k) out.at(f, c, k) = kNaN;
      }
    }
  }
  return out;
}

}  // namespace

MarkerFit fit_markers(InverseKinematics& solver, const motion::Series& recorded, const FitOptions& options) {
  require(recorded.quantity() == motion::Quantity::position, "fit_markers: a series of positions");
  const auto& model = solver.model();
  const auto count = model.markers().size();
  MarkerFit fit;
  motion::Series markers = recorded;
  std::vector<std::optional<std::size_t>> channels(count);
  std::size_t usable = 0;
  for (std::size_t m = 0; m < count; ++m) {
    channels[m] = markers.find(model.markers()[m].name);
    if (!channels[m]) fit.absent.push_back(model.markers()[m].name);
    usable += channels[m] && solver.weights()[m] > 0;
  }
  if (usable < 3) {
    throw Error("the recording has " + std::to_string(usable) + " of the model's " + std::to_string(count) +
                " markers, which is too few; the model's: " + base::join(model.marker_names()) + "; the recording's: " + base::join(markers.names()));
  }
  if (options.bridge && !options.causal && recorded.frames() > 2) markers = fill_gaps(solver, channels, recorded, fit);
  std::vector<double> frame(3 * count), distances(count);
  const auto load = [&](std::size_t f) {
    std::size_t seen = 0;
    for (std::size_t m = 0; m < count; ++m) {
      const bool there = channels[m] && !markers.missing(f, *channels[m]);
      seen += there && solver.weights()[m] > 0;
      for (std::size_t k = 0; k < 3; ++k) frame[3 * m + k] = there ? markers.at(f, *channels[m], k) : kNaN;
    }
    return seen;
  };
  std::size_t first = 0, most = 0;
  for (std::size_t f = 0; f < markers.frames(); ++f) {
    const auto seen = load(f);
    if (seen > most) most = seen, first = f;
  }
  if (most < 3) throw Error("no frame shows 3 of the model's markers");

  const auto n = model.coordinates().size();
  base::Matrix<double> values(markers.frames(), n, kNaN);
  for (std::size_t m = 0; m < count; ++m) fit.residuals.push_back({model.markers()[m].name, solver.weights()[m]});
  std::vector<double> costs(markers.frames(), 0);
  std::vector<char> stuck(markers.frames(), 0);
  std::vector<std::size_t> seen_frames(count, 0);
  double before = 0;
  const auto rms_of = [&](const IkFrame& solved) {
    double weight = 0;
    for (std::size_t m = 0; m < count; ++m) weight += std::isfinite(frame[3 * m]) ? solver.weights()[m] : 0;
    return std::sqrt(solved.cost / weight);
  };
  const auto keep = [&](std::size_t f, const IkFrame& solved) {
    costs[f] = solved.cost;
    stuck[f] = !solved.converged;
    std::copy(solver.coordinates().begin(), solver.coordinates().end(), values.row(f).begin());
    before = rms_of(solved);
  };
  std::vector<double> posture, last_whole;
  double usual = kNaN;  // RMS of the first frame, in which most is seen
  std::size_t astray_frames = 0;
  std::size_t seen_before = 0, seen_whole = 0;
  const auto go = [&](std::size_t f) {
    const auto seen = load(f);
    if (seen == 0) return;
    auto solved = solver.step(frame);
    // A marker that comes back: few markers may have led astray, and what was before does better.
    if (seen > seen_before && !last_whole.empty()) {
      posture.assign(solver.coordinates().begin(), solver.coordinates().end());
      solver.set_coordinates(last_whole);
      const auto other = solver.step(frame);
      if (other.cost < 0.99 * solved.cost) {
        solved = other;
      } else {
        solver.set_coordinates(posture);
      }
    }
    seen_before = seen;
    const double now = rms_of(solved);
    astray_frames = now > std::max(kAstray * usual, kAstrayLeast) ? astray_frames + 1 : 0;
    const bool astray = astray_frames % kAstrayEvery == 1;
    if (astray || (now > kLost && now > 2 * before) || !solved.converged) {
      posture.assign(solver.coordinates().begin(), solver.coordinates().end());
      const auto anew = solver.start(frame);
      if (anew.cost < 0.7 * solved.cost) {
        solved = anew;
        ++fit.restarts;
      } else {
        solver.set_coordinates(posture);
      }
    }
    keep(f, solved);
    if (seen >= seen_whole) seen_whole = seen, last_whole.assign(solver.coordinates().begin(), solver.coordinates().end());
  };
  if (options.causal) {
    StreamingFit stream(model, {solver.weights().begin(), solver.weights().end()}, solver.options());
    for (std::size_t f = 0; f < markers.frames(); ++f) {
      load(f);
      const auto solved = stream.step(frame);
      if (!stream.found()) continue;
      costs[f] = solved.cost;
      stuck[f] = !solved.converged;
      std::copy(stream.coordinates().begin(), stream.coordinates().end(), values.row(f).begin());
    }
    fit.restarts = stream.restarts();
  } else {
    load(first);
    keep(first, solver.start(frame));
    posture.assign(solver.coordinates().begin(), solver.coordinates().end());
    const auto beginning = posture;
    const double rms_first = before;
    usual = rms_first;
    seen_before = seen_whole = most;
    last_whole = beginning;
    for (std::size_t f = first + 1; f < markers.frames(); ++f) go(f);
    solver.set_coordinates(beginning);
    before = rms_first;
    astray_frames = 0;
    seen_before = most;
    last_whole = beginning;
    for (std::size_t f = first; f-- > 0;) go(f);
    if (options.bridge) {
      const auto bridged = bridge_gaps(solver, channels, markers, values);
      for (std::size_t c = 0; c < n; ++c) {
        if (bridged[c] > 0) fit.bridged.push_back({model.coordinates()[c].name, bridged[c]});
      }
    }
  }

  markers = recorded;  // distances are from what was measured
  double square_sum = 0;
  std::size_t square_count = 0;
  for (std::size_t f = 0; f < markers.frames(); ++f) {
    if (!std::isfinite(values(f, 0))) continue;
    load(f);
    fit.cost += costs[f];
    fit.not_converged += stuck[f];
    solver.set_coordinates(values.row(f));
    solver.distances(frame, distances);
    for (std::size_t m = 0; m < count; ++m) {
      if (!std::isfinite(distances[m])) continue;
      auto& residual = fit.residuals[m];
      ++seen_frames[m];
      residual.rms += distances[m] * distances[m];
      if (distances[m] > residual.worst) residual.worst = distances[m], residual.worst_time_s = markers.clock().time_s(f);
      if (residual.weight > 0) square_sum += distances[m] * distances[m], ++square_count;
    }
  }
  for (std::size_t m = 0; m < count; ++m) {
    auto& residual = fit.residuals[m];
    residual.missing_frames = markers.frames() - seen_frames[m];
    residual.rms = seen_frames[m] == 0 ? kNaN : std::sqrt(residual.rms / static_cast<double>(seen_frames[m]));
  }
  std::erase_if(fit.residuals, [&](const MarkerResidual& one) {
    return std::find(fit.absent.begin(), fit.absent.end(), one.name) != fit.absent.end();
  });
  fit.rms = square_count == 0 ? kNaN : std::sqrt(square_sum / static_cast<double>(square_count));

  std::vector<char> moves_along(n, 0);
  for (const auto& joint : model.joints()) {
    for (const auto& axis : joint.axes) {
      if (axis.coordinate && axis.kind == Axis::Kind::translation) moves_along[*axis.coordinate] |= 1;
      if (axis.coordinate && axis.kind == Axis::Kind::rotation) moves_along[*axis.coordinate] |= 2;
    }
  }
  std::vector<motion::Channel> channels_out;
  for (std::size_t c = 0; c < n; ++c) channels_out.push_back({model.coordinates()[c].name, moves_along[c] == 1 ? "m" : "rad"});
  fit.coordinates = motion::Series(motion::Quantity::coordinate, std::move(channels_out), markers.clock(), std::move(values));
  return fit;
}

}  // namespace kinemyo::body
