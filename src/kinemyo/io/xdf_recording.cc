// Streams of an XDF file to series on the recorder's clock.
#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "kinemyo/base/text.h"
#include "kinemyo/io/channel_names.h"
#include "kinemyo/io/units.h"
#include "kinemyo/io/xdf.h"
#include "kinemyo/io/xdf_clock.h"

namespace kinemyo::io {

namespace {

using motion::Channel;
using motion::Quantity;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

std::string ms(double seconds) { return base::to_text(std::round(seconds * 1e6) / 1e3) + " ms"; }
std::string rounded(double value) { return base::to_text(std::round(value * 1e4) / 1e4); }

// Which sample stands in which frame, and when.
struct Timing {
  motion::Clock clock;
  std::vector<std::size_t> frames;  // of the samples; kNone: left out
  static constexpr std::size_t kNone = static_cast<std::size_t>(-1);
};

// All pieces on one grid, dropped samples as empty frames; nothing if they do not fit or the holes are wider than the data.
std::optional<Timing> on_grid(const XdfStream& stream, const RepairedClock& repaired, std::size_t& empty) {
  const auto& pieces = repaired.pieces;
  double weight = 0, period = 0;
  for (const auto& piece : pieces) {
    if (piece.wanders) return std::nullopt;
    weight += static_cast<double>(piece.count);
    period += static_cast<double>(piece.count) * piece.period_s;
  }
  period /= weight;
  if (std::abs(period * stream.nominal_rate_hz - 1) < 1e-6) period = 1 / stream.nominal_rate_hz;
  const double start = pieces.front().start_s;
  Timing out;
  std::size_t end = 0;
  for (const auto& piece : pieces) {
    const double place = (piece.start_s - start) / period;
    if (!(place >= -0.5 && place < 1e9)) return std::nullopt;
    const auto first = std::max(end, static_cast<std::size_t>(std::llround(std::max(place, 0.0))));
    const double off_end = static_cast<double>(piece.count - 1) * std::abs(piece.period_s - period) / period;
    if (off_end > 0.75 || static_cast<double>(first) - place > 1) return std::nullopt;
    for (std::size_t i = 0; i < piece.count; ++i) out.frames.push_back(first + i);
    end = first + piece.count;
  }
  empty = end - stream.stamps_s.size();
  if (empty > stream.stamps_s.size()) return std::nullopt;
  out.clock = motion::Clock::uniform(std::abs(period * stream.nominal_rate_hz - 1) < 1e-12 ? stream.nominal_rate_hz : 1 / period, start, end);
  return out;
}

// Every sample at its own time; of those that do not come later than the one before, the first is kept.
Timing by_stamps(const std::vector<double>& times_s, std::size_t& left_out) {
  std::vector<std::size_t> order(times_s.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return times_s[a] < times_s[b]; });
  Timing out;
  out.frames.assign(times_s.size(), Timing::kNone);
  std::vector<double> kept;
  for (const std::size_t i : order) {
    if (!kept.empty() && !(times_s[i] > kept.back())) {
      ++left_out;
      continue;
    }
    out.frames[i] = kept.size();
    kept.push_back(times_s[i]);
  }
  out.clock = motion::Clock::stamped(std::move(kept));
  return out;
}

Timing time_samples(const XdfStream& stream, std::vector<std::string>& notes) {
  const RepairedClock repaired = repair_clock(stream);
  std::vector<std::string> said;
  if (repaired.lives.empty()) {
    said.emplace_back("no clock offsets: its stamps are taken as the recorder's");
  } else {
    const auto& life = *std::max_element(repaired.lives.begin(), repaired.lives.end(), [](const auto& a, const auto& b) {
      return a.to_s - a.from_s < b.to_s - b.from_s;
    });
    said.push_back("clock moved by " + rounded(life.offset_s) + " s, drift " + rounded(life.drift * 1e6) + " ppm, measured to " + ms(life.worst_s));
    if (repaired.lives.size() > 1) said.push_back(std::to_string(repaired.lives.size() - 1) + " clock resets repaired");
  }
  Timing out;
  std::size_t left_out = 0;
  if (repaired.pieces.empty()) {
    out = by_stamps(repaired.times_s, left_out);
    said.emplace_back("samples at times of their own");
  } else {
    if (repaired.jitter_s > 5e-7) said.push_back("stamps smoothed (median deviation " + ms(repaired.jitter_s) + ")");
    std::size_t empty = 0;
    if (auto grid = on_grid(stream, repaired, empty)) {
      out = *std::move(grid);
      if (empty > 0) {
        said.push_back(std::to_string(empty) + " samples were dropped at " + std::to_string(repaired.pieces.size() - 1) + " places and count as missing");
      }
    } else {
      out = by_stamps(repaired.smooth_s, left_out);
      const bool wanders = std::any_of(repaired.pieces.begin(), repaired.pieces.end(), [](const auto& piece) { return piece.wanders; });
      if (wanders) said.emplace_back("the sender's rate wanders, and its samples are followed");
      if (repaired.pieces.size() > 1) said.push_back(std::to_string(repaired.pieces.size()) + " pieces with pauses or losses between");
    }
    const double rate = out.clock.rate_hz();
    if (std::abs(rate - stream.nominal_rate_hz) > 1e-3 * stream.nominal_rate_hz) {
      said.push_back("states " + rounded(stream.nominal_rate_hz) + " Hz, its stamps step at " + rounded(rate) + " Hz; the stamps are believed");
    }
  }
  if (left_out > 0) said.push_back(std::to_string(left_out) + " samples at times that others have already are left out");
  notes.push_back("stream " + base::quoted(stream.name) + ": " + base::join(said, "; "));
  return out;
}

// Values of chosen channels, in their frames, times a factor each.
base::Matrix<double> values_of(const XdfStream& stream, const Timing& timing, const std::vector<std::size_t>& columns,
                               const std::vector<double>& factors) {
  base::Matrix<double> out(timing.clock.size(), columns.size(), kNan);
  const std::size_t width = stream.channels.size();
  for (std::size_t i = 0; i < timing.frames.size(); ++i) {
    if (timing.frames[i] == Timing::kNone) continue;
    for (std::size_t c = 0; c < columns.size(); ++c) {
      out(timing.frames[i], c) = stream.values[i * width + columns[c]] * factors[c];
    }
  }
  return out;
}

std::string label_of(const XdfStream& stream, std::size_t c) {
  if (!stream.channels[c].label.empty()) return stream.channels[c].label;
  const std::string name = stream.name.empty() ? "stream " + std::to_string(stream.id) : stream.name;
  return stream.channels.size() == 1 ? name : name + " " + std::to_string(c + 1);
}

void add_scalars(const std::string& path, const XdfStream& stream, const Timing& timing, const std::vector<std::size_t>& columns,
                 Quantity quantity, const std::string& default_unit, motion::Recording& out) {
  if (columns.empty()) return;
  std::vector<std::string> names;
  std::vector<double> factors;
  std::vector<std::string> units;
  bool assumed = false;
  for (const auto c : columns) {
    names.push_back(label_of(stream, c));
    const std::string& stated = stream.channels[c].unit;
    const Unit unit = unit_or_as_is(stated.empty() ? default_unit : stated);
    assumed = assumed || (stated.empty() && !default_unit.empty());
    if (quantity == Quantity::emg && unit.si != "V") {
      throw FormatError(path, Place::named("channel " + names.back() + " of stream " + stream.name), "the unit of EMG is not known",
                        "V, mV, uV and their words", base::quoted(stated.empty() ? default_unit : stated));
    }
    units.push_back(unit.si);
    factors.push_back(unit.factor);
  }
  if (assumed) out.notes.push_back("stream " + base::quoted(stream.name) + " states no unit: taken as " + default_unit);
  names = distinct_names(std::move(names), columns.size(), "channel", out.notes);
  std::vector<Channel> channels;
  for (std::size_t c = 0; c < names.size(); ++c) channels.push_back({names[c], units[c]});
  out.series.emplace_back(quantity, std::move(channels), timing.clock, values_of(stream, timing, columns, factors));
}

// "LASI" of a channel's marker, else of its label without X, Y, Z behind.
std::string marker_of(const XdfChannel& channel) {
  if (!channel.marker.empty()) return channel.marker;
  std::string name = channel.label;
  for (const std::string_view end : {"PositionX", "PositionY", "PositionZ", "Confidence", "X", "Y", "Z", "x", "y", "z"}) {
    if (name.size() > end.size() && name.ends_with(end)) {
      name.resize(name.size() - end.size());
      break;
    }
  }
  while (name.size() > 1 && std::string_view("_. -:").find(name.back()) != std::string_view::npos) name.pop_back();
  return name;
}

void add_mocap(const std::string& path, const XdfStream& stream, const Timing& timing, const XdfReadOptions& options, motion::Recording& out) {
  struct Marker {
    std::string name;
    std::size_t columns[3] = {Timing::kNone, Timing::kNone, Timing::kNone};
  };
  std::vector<Marker> markers;
  std::vector<std::size_t> confidences, others;
  for (std::size_t c = 0; c < stream.channels.size(); ++c) {
    const std::string type = base::lower(stream.channels[c].type);
    if (type == "confidence") confidences.push_back(c);
    if (type.size() == 9 && type.starts_with("position") && type.back() >= 'x' && type.back() <= 'z') {
      const std::string name = marker_of(stream.channels[c]);
      auto found = std::find_if(markers.begin(), markers.end(), [&](const auto& m) { return m.name == name; });
      if (found == markers.end()) found = markers.insert(markers.end(), Marker{name});
      found->columns[type.back() - 'x'] = c;
    } else if (type != "confidence") {
      others.push_back(c);
    }
  }
  std::vector<Channel> channels;
  std::vector<std::size_t> columns;
  std::vector<double> factors;
  bool assumed = false;
  const std::string usual = options.position_unit.empty() ? "m" : options.position_unit;
  for (const auto& marker : markers) {
    channels.push_back({marker.name, "m"});
    for (const auto c : marker.columns) {
      if (c == Timing::kNone) {
        throw FormatError(path, Place::named("stream " + stream.name), "marker " + base::quoted(marker.name) + " lacks a coordinate",
                          "PositionX, PositionY and PositionZ", "fewer");
      }
      const std::string& stated = stream.channels[c].unit;
      assumed = assumed || stated.empty();
      const auto unit = parse_unit(stated.empty() ? usual : stated);
      if (!unit || unit->si != "m") {
        throw FormatError(path, Place::named("marker " + marker.name + " of stream " + stream.name), "the unit of positions is not known",
                          "m, cm, mm and their words", base::quoted(stated.empty() ? usual : stated));
      }
      columns.push_back(c);
      factors.push_back(unit->factor);
    }
  }
  if (assumed && !markers.empty()) out.notes.push_back("stream " + base::quoted(stream.name) + " states no unit of positions: taken as " + usual);
  if (!markers.empty()) {
    auto values = values_of(stream, timing, columns, factors);
    out.series.emplace_back(Quantity::position, std::move(channels), timing.clock, std::move(values));
  }
  std::vector<Channel> seen;
  std::vector<std::string> names;
  for (const auto c : confidences) names.push_back(marker_of(stream.channels[c]));
  names = distinct_names(std::move(names), confidences.size(), "confidence", out.notes);
  for (const auto& name : names) seen.push_back({name, "1"});
  if (!seen.empty()) {
    auto values = values_of(stream, timing, confidences, std::vector<double>(confidences.size(), 1));
    out.series.emplace_back(Quantity::visibility, std::move(seen), timing.clock, std::move(values));
  }
  add_scalars(path, stream, timing, others, Quantity::analog, "", out);
}

void add_events(const XdfStream& stream, motion::Recording& out) {
  const auto repaired = repair_clock(stream);
  const std::size_t width = stream.channels.size();
  std::size_t without = 0;
  for (std::size_t i = 0; i < repaired.times_s.size(); ++i) {
    for (std::size_t c = 0; c < width; ++c) {
      const std::string& text = stream.texts[i * width + c];
      if (text.empty()) ++without;
      else out.events.push_back({text, stream.name, repaired.times_s[i]});
    }
  }
  if (without > 0) out.notes.push_back(std::to_string(without) + " events of stream " + base::quoted(stream.name) + " without a text are left out");
}

}  // namespace

motion::Recording to_recording(const std::string& path, const XdfFile& file, const XdfReadOptions& options) {
  motion::Recording out;
  out.source = path;
  out.format = "XDF";
  out.notes = file.notes;
  bool open = false;
  for (const auto& stream : file.streams) {
    open = open || !stream.footer;
    if (stream.stamps_s.empty() || stream.channels.empty()) {
      out.notes.push_back("stream " + base::quoted(stream.name) + " (" + stream.type + ") is empty");
      continue;
    }
    if (stream.text) {
      add_events(stream, out);
      continue;
    }
    const auto timing = time_samples(stream, out.notes);
    const std::string type = base::lower(stream.type);
    std::vector<std::size_t> all(stream.channels.size());
    std::iota(all.begin(), all.end(), std::size_t{0});
    if (type == "mocap") add_mocap(path, stream, timing, options, out);
    else if (type == "emg") add_scalars(path, stream, timing, all, Quantity::emg, options.emg_unit.empty() ? "V" : options.emg_unit, out);
    else add_scalars(path, stream, timing, all, Quantity::analog, "", out);
  }
  if (open) out.notes.emplace_back("a stream has no footer: the recorder did not close the file");
  std::stable_sort(out.events.begin(), out.events.end(), [](const auto& a, const auto& b) { return a.time_s < b.time_s; });
  return out;
}

}  // namespace kinemyo::io
