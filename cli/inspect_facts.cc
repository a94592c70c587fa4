#include "cli/inspect_facts.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "cli/command.h"

namespace kinemyo::cli {

SeriesFacts facts_of(const motion::Series& series) {
  SeriesFacts out;
  for (std::size_t c = 0; c < series.channels().size(); ++c) {
    constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
    ChannelFacts facts{0, 0, 0, kNan, kNan};
    std::size_t run = 0;
    for (std::size_t f = 0; f < series.frames(); ++f) {
      if (series.missing(f, c)) {
        facts.gaps += run == 0 ? 1 : 0;
        ++facts.missing;
        facts.longest_gap = std::max(facts.longest_gap, ++run);
        continue;
      }
      run = 0;
      for (std::size_t k = 0; k < series.components(); ++k) {
        facts.low = std::fmin(facts.low, series.at(f, c, k));
        facts.high = std::fmax(facts.high, series.at(f, c, k));
      }
    }
    out.missing += facts.missing;
    out.gaps += facts.gaps;
    out.longest_gap = std::max(out.longest_gap, facts.longest_gap);
    out.channels.push_back(facts);
  }
  return out;
}

std::vector<body::CoordinateJump> jumps_of(const motion::Recording& recording) {
  std::vector<body::CoordinateJump> out;
  for (const auto& series : recording.series) {
    if (series.quantity() != motion::Quantity::coordinate) continue;
    const auto jumps = body::find_jumps(series);
    out.insert(out.end(), jumps.begin(), jumps.end());
  }
  return out;
}

std::string trimmed(double value, int digits) {
  std::string text = fixed(value, digits);
  if (text.find('.') != text.npos) {
    text.erase(text.find_last_not_of('0') + 1);
    if (text.back() == '.') text.pop_back();
  }
  return text;
}

std::string share(std::size_t part, std::size_t whole) {
  if (part == 0 || whole == 0) return "0 %";
  const double percent = 100.0 * static_cast<double>(part) / static_cast<double>(whole);
  return percent < 0.1 ? "<0.1 %" : fixed(percent, 1) + " %";
}

double span_of(const motion::Recording& recording) {
  double span = 0;
  for (const auto& series : recording.series) span = std::max(span, series.clock().span_s());
  return span;
}

nlohmann::ordered_json to_json(const dataset::MarkerFault& fault) {
  nlohmann::ordered_json out;
  const bool jump = fault.kind == signal::LabelFaultKind::jump;
  out["kind"] = jump ? "jump" : fault.pairs.size() > 1 ? "flip" : "swap";
  out["markers"] = nlohmann::ordered_json::array();
  for (const auto& [a, b] : fault.pairs) {
    if (jump) out["markers"].push_back(a);
    else out["markers"].push_back({a, b});
  }
  out["throughout"] = fault.throughout();
  if (!fault.throughout()) {
    out["first_frame"] = fault.first + 1;
    out["last_frame"] = fault.end;
    out["from_s"] = fault.from_s;
    out["to_s"] = fault.to_s;
  }
  out["off_m"] = fault.off_m;
  if (!jump) out["restored_m"] = fault.restored_m;
  out["text"] = describe(fault);
  return out;
}

nlohmann::ordered_json json_of(const std::string& path, const motion::Recording& recording,
                               const std::vector<dataset::MarkerFault>& faults) {
  using Json = nlohmann::ordered_json;
  Json out;
  out["path"] = path;
  out["format"] = recording.format;
  out["up"] = recording.up == motion::UpAxis::unknown ? Json(nullptr) : Json(std::string(motion::to_string(recording.up)).substr(0, 1));
  out["seconds"] = span_of(recording);
  out["series"] = Json::array();
  for (const auto& series : recording.series) {
    const SeriesFacts facts = facts_of(series);
    Json one;
    one["quantity"] = motion::to_string(series.quantity());
    one["rate_hz"] = series.clock().rate_hz();
    one["even"] = series.clock().is_uniform();
    one["start_s"] = series.clock().start_s();
    one["span_s"] = series.clock().span_s();
    one["frames"] = series.frames();
    one["gaps"] = facts.gaps;
    one["longest_gap_frames"] = facts.longest_gap;
    const double cells = static_cast<double>(series.frames() * series.channels().size());
    one["missing_share"] = cells > 0 ? static_cast<double>(facts.missing) / cells : 0.0;
    one["channels"] = Json::array();
    for (std::size_t c = 0; c < facts.channels.size(); ++c) {
      const auto& channel = facts.channels[c];
      one["channels"].push_back({{"name", series.channels()[c].name},
                                 {"unit", series.channels()[c].unit},
                                 {"least", channel.low},
                                 {"most", channel.high},
                                 {"missing_frames", channel.missing},
                                 {"gaps", channel.gaps},
                                 {"longest_gap_frames", channel.longest_gap}});
    }
    out["series"].push_back(std::move(one));
  }
  out["events"] = Json::array();
  for (const auto& event : recording.events) {
    out["events"].push_back({{"label", event.label}, {"context", event.context}, {"time_s", event.time_s}});
  }
  out["measures"] = Json(recording.measures);
  out["marker_faults"] = Json::array();
  for (const auto& fault : faults) out["marker_faults"].push_back(to_json(fault));
  out["notes"] = recording.notes;
  out["jumps"] = Json::array();
  for (const auto& jump : jumps_of(recording)) {
    out["jumps"].push_back({{"coordinate", jump.coordinate}, {"time_s", jump.time_s}, {"change_rad", jump.change}});
  }
  return out;
}

}  // namespace kinemyo::cli
