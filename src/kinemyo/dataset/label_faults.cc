#include "kinemyo/dataset/label_faults.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <optional>

#include "kinemyo/base/text.h"
#include "kinemyo/dataset/prepare_clock.h"
#include "kinemyo/features/channels.h"

namespace kinemyo::dataset {

namespace {

using motion::Quantity;
using signal::LabelFaultKind;

constexpr std::size_t kMostMarkers = 150;  // a cloud of points is no set of markers

std::optional<motion::Series> physical_markers(const motion::Recording& recording) {
  const auto* markers = recording.find(Quantity::position);
  if (markers == nullptr) return std::nullopt;
  std::vector<std::string> names;
  for (const auto& channel : markers->channels()) {
    if (!features::is_computed_point(channel.name)) names.push_back(channel.name);
  }
  if (names.size() < 3 || names.size() > kMostMarkers) return std::nullopt;
  return on_even_clock(markers->select(names));
}

std::string millimetres(double value_m) { return base::to_text(std::round(value_m * 1000)) + " mm"; }
std::string seconds(double value_s) { return base::to_text(std::round(value_s * 1e3) / 1e3); }

}  // namespace

std::string describe(const MarkerFault& fault) {
  std::string when = " throughout, beside the person's other trials";
  if (!fault.throughout() && fault.end - fault.first == 1) {
    when = " in frame " + std::to_string(fault.end) + " (" + seconds(fault.from_s) + " s)";
  } else if (!fault.throughout()) {
    when = " in frames " + std::to_string(fault.first + 1) + " to " + std::to_string(fault.end) + " (" + seconds(fault.from_s) + " to " +
           seconds(fault.to_s) + " s)";
  }
  if (fault.kind == LabelFaultKind::jump) {
    return "marker " + fault.pairs.front().first + " is off its place" + when + ": distances to the markers that move with it are off by " +
           millimetres(fault.off_m);
  }
  std::vector<std::string> pairs;
  for (const auto& [a, b] : fault.pairs) pairs.push_back(a + " and " + b);
  return "names of " + base::join(pairs, ", of ") + " are exchanged" + when + ": distances off by " + millimetres(fault.off_m) + ", " +
         millimetres(fault.restored_m) + " if exchanged back";
}

std::vector<MarkerFault> find_marker_faults(const motion::Recording& recording) {
  std::vector<MarkerFault> out;
  const auto markers = physical_markers(recording);
  if (!markers) return out;
  const auto names = markers->names();
  for (const auto& fault : signal::find_label_faults(markers->values().view(), markers->clock().rate_hz())) {
    MarkerFault one{fault.kind, {}, fault.first, fault.end, markers->clock().time_s(fault.first), markers->clock().time_s(fault.end - 1),
                    fault.off_m, fault.restored_m};
    for (const auto& [a, b] : fault.pairs) one.pairs.emplace_back(names[a], names[b]);
    out.push_back(std::move(one));
  }
  return out;
}

NamedLayout layout_of(const motion::Recording& recording) {
  const auto markers = physical_markers(recording);
  return markers ? layout_of(*markers) : NamedLayout{};
}

NamedLayout layout_of(const motion::Series& markers) { return {markers.names(), signal::measure_layout(markers.values().view())}; }

std::vector<std::vector<MarkerFault>> compare_trials(const std::vector<NamedLayout>& trials) {
  std::vector<std::vector<MarkerFault>> out(trials.size());
  std::map<std::string, std::size_t> counts;
  std::size_t with_markers = 0;
  for (const auto& trial : trials) {
    with_markers += trial.names.empty() ? 0 : 1;
    for (const auto& name : trial.names) ++counts[name];
  }
  std::vector<std::string> names;
  for (const auto& [name, count] : counts) {
    if (2 * count > with_markers) names.push_back(name);
  }
  if (with_markers < 2 || names.size() < 4) return out;
  std::vector<signal::MarkerLayout> layouts;
  std::vector<std::size_t> of_trial;
  for (std::size_t t = 0; t < trials.size(); ++t) {
    const auto& trial = trials[t];
    if (trial.names.empty()) continue;
    constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
    signal::MarkerLayout mine{base::Matrix<double>(names.size(), names.size(), kNan), base::Matrix<double>(names.size(), names.size(), kNan)};
    std::vector<std::size_t> place;
    for (const auto& name : names) {
      place.push_back(static_cast<std::size_t>(std::find(trial.names.begin(), trial.names.end(), name) - trial.names.begin()));
    }
    for (std::size_t i = 0; i < names.size(); ++i) {
      for (std::size_t k = 0; k < names.size(); ++k) {
        if (place[i] == trial.names.size() || place[k] == trial.names.size()) continue;
        mine.distance_m(i, k) = trial.layout.distance_m(place[i], place[k]);
        mine.spread_m(i, k) = trial.layout.spread_m(place[i], place[k]);
      }
    }
    layouts.push_back(std::move(mine));
    of_trial.push_back(t);
  }
  const auto found = signal::compare_layouts(layouts);
  for (std::size_t i = 0; i < found.size(); ++i) {
    for (const auto& one : found[i]) {
      MarkerFault fault{LabelFaultKind::exchange, {}, 0, 0, 0, 0, one.off_m, one.restored_m};
      for (const auto& [a, b] : one.pairs) fault.pairs.emplace_back(names[a], names[b]);
      out[of_trial[i]].push_back(std::move(fault));
    }
  }
  return out;
}

}  // namespace kinemyo::dataset
