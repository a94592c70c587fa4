#include "kinemyo/io/exporter_layouts.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <set>
#include <tuple>

#include "kinemyo/base/text.h"
#include "kinemyo/io/channel_names.h"
#include "kinemyo/io/named_arrays.h"
#include "kinemyo/io/units.h"

namespace kinemyo::io {

namespace {

using motion::Channel;
using motion::Clock;
using motion::Quantity;

struct Target {
  const std::string& path;
  const VariableOptions& options;
  motion::Recording& out;

  [[noreturn]] void fail(const std::string& place, std::string what, std::string expected, std::string found) const {
    throw FormatError(path, Place::named(place), std::move(what), std::move(expected), std::move(found));
  }
  std::string emg_unit() const { return options.emg_unit.empty() ? "V" : options.emg_unit; }
};

// Signals side by side, those that are EMG apart from the others; all in volts.
void add_signals(const Target& to, const std::string& place, std::vector<std::string> names, const std::vector<bool>& emg, const Clock& clock,
                 const auto& value_at, const std::string& unit_of_others, double factor) {
  names = distinct_names(std::move(names), emg.size(), "channel of " + place, to.out.notes);
  for (const bool wanted : {true, false}) {
    std::vector<Channel> channels;
    std::vector<std::size_t> from;
    for (std::size_t c = 0; c < names.size(); ++c) {
      if (emg[c] != wanted) continue;
      channels.push_back({names[c], wanted ? "V" : unit_of_others});
      from.push_back(c);
    }
    if (from.empty()) continue;
    base::Matrix<double> values(clock.size(), from.size());
    for (std::size_t f = 0; f < clock.size(); ++f) {
      for (std::size_t c = 0; c < from.size(); ++c) values(f, c) = value_at(f, from[c]) * (wanted ? factor : 1);
    }
    to.out.series.emplace_back(wanted ? Quantity::emg : Quantity::analog, std::move(channels), clock, std::move(values));
  }
}

std::vector<bool> emg_among(const std::vector<std::string>& names) {
  std::vector<AnalogChannel> described;
  for (const auto& name : names) described.push_back({name, "", "V"});
  return find_emg(described);
}

// --- Qualisys Track Manager: <trial>.{FrameRate, Trajectories.Labeled.{Labels, Data: markers x 4 x frames, mm}, Analog(k), EMG(k), Events(k)}

void add_board(const Target& to, const std::string& place, const Variable& board, bool all_emg) {
  const auto* data = board.find("Data");
  const auto* rate = board.find("Frequency");
  if (data == nullptr || data->numbers.empty() || rate == nullptr) return;
  const double hz = rate_of(to.path, *rate, place + ".Frequency");
  const std::size_t count = data->shape.empty() ? 1 : data->shape[0];
  const std::size_t frames = data->numbers.size() / count;
  const auto* labels = board.find("Labels");
  auto names = labels == nullptr ? std::vector<std::string>() : labels->texts;
  if (!names.empty() && names.size() != count) to.fail(place + ".Labels", "names and data do not fit", std::to_string(count), std::to_string(names.size()));
  names.resize(count);
  auto emg = all_emg ? std::vector<bool>(count, true) : emg_among(names);
  to.out.notes.push_back(place + ": in V, as Qualisys writes them; EMG by " + (all_emg ? "its board" : "the names of channels"));
  add_signals(to, place, std::move(names), emg, Clock::uniform(hz, 0, frames),
              [&](std::size_t f, std::size_t c) { return data->numbers[c * frames + f]; }, "V", 1);
}

bool add_qualisys(const Target& to, const Variable& one) {
  const auto* trajectories = one.find("Trajectories");
  const auto* rate = one.find("FrameRate");
  const bool boards = std::any_of(one.fields.begin(), one.fields.end(), [](const auto& field) { return field.name.starts_with("Analog") && field.find("Frequency") != nullptr; });
  if (rate == nullptr || (trajectories == nullptr && !boards)) return false;
  const double hz = rate_of(to.path, *rate, one.name + ".FrameRate");
  const auto* labeled = trajectories == nullptr ? nullptr : trajectories->find("Labeled");
  const auto* data = labeled == nullptr ? nullptr : labeled->find("Data");
  const auto* labels = labeled == nullptr ? nullptr : labeled->find("Labels");
  if (data != nullptr && labels != nullptr && !data->numbers.empty()) {
    const std::string place = one.name + ".Trajectories.Labeled";
    const std::size_t markers = labels->texts.size();
    // Of a single marker MATLAB keeps three dimensions, of a single frame two.
    if (data->shape.size() < 2 || data->shape.size() > 3 || data->shape[0] != markers || data->shape[1] < 3) {
      to.fail(place + ".Data", "the shape", std::to_string(markers) + " markers x 4 x frames", shape_text(*data));
    }
    const std::size_t width = data->shape[1], frames = data->shape.size() == 3 ? data->shape[2] : 1;
    std::vector<double> rows(frames * 3 * markers);
    for (std::size_t m = 0; m < markers; ++m) {
      for (std::size_t k = 0; k < 3; ++k) {
        for (std::size_t f = 0; f < frames; ++f) rows[(f * markers + m) * 3 + k] = data->numbers[(m * width + k) * frames + f];
      }
    }
    std::vector<Channel> channels;
    for (auto& name : distinct_names(labels->texts, markers, "marker", to.out.notes)) channels.push_back({std::move(name), "m"});
    to.out.notes.emplace_back("positions are in mm, as Qualisys writes them");
    to.out.series.emplace_back(Quantity::position, std::move(channels), Clock::uniform(hz, 0, frames), to_positions(rows, frames, 0.001, to.out.notes));
  }
  for (const auto& field : one.fields) {
    if (field.name.starts_with("Analog") || field.name.starts_with("EMG")) add_board(to, one.name + "." + field.name, field, field.name.starts_with("EMG"));
    if (!field.name.starts_with("Event")) continue;
    const auto* label = field.find("Label");
    const auto* time = field.find("Time");
    if (label != nullptr && !label->texts.empty() && time != nullptr && time->numbers.size() == 1 && std::isfinite(time->numbers[0])) {
      to.out.events.push_back({label->texts[0], "", time->numbers[0]});
    }
  }
  return true;
}

// --- biomechZoo: data.<channel>.{line: n x 3 or n x 1, event.<name>: [frame value 0]}, data.zoosystem.{Video, Analog, Units}

struct ZooPart {
  std::vector<std::string> names;
  std::vector<const Variable*> lines;
};

Quantity zoo_kind(const std::string& name, std::size_t width) {
  if (width == 1) return Quantity::analog;
  const std::string low = base::lower(name);
  if (low.ends_with("angles") || low.ends_with("angle")) return Quantity::angle3;
  if (low.ends_with("force") || low.ends_with("forces")) return Quantity::force3;
  if (low.ends_with("moment") || low.ends_with("moments")) return Quantity::moment3;
  if (low.ends_with("power") || low.ends_with("powers")) return Quantity::vector3;
  return Quantity::position;
}

std::string zoo_unit(const Variable& system, const char* of) {
  const auto* units = system.find("Units");
  const auto* found = units == nullptr ? nullptr : units->find(of);
  return found == nullptr || found->texts.empty() ? "" : found->texts[0];
}

double zoo_rate(const Target& to, const Variable& system, const char* section) {
  const auto* part = system.find(section);
  const auto* rate = part == nullptr ? nullptr : part->find("Freq");
  const std::string place = std::string("zoosystem.") + section + ".Freq";
  if (rate == nullptr || rate->numbers.empty()) to.fail(place, "the rate is missing", "a number of Hz", "none");
  return rate_of(to.path, *rate, place);
}

// "RightFootStrike1" -> "Foot Strike" of the "Right".
motion::Event zoo_event(std::string name, double time_s) {
  while (!name.empty() && name.back() >= '0' && name.back() <= '9') name.pop_back();
  std::string context;
  for (const char* side : {"Right", "Left", "General"}) {
    if (!name.starts_with(side)) continue;
    context = side;
    name = name.substr(context.size());
    while (!name.empty() && name.front() == '_') name = name.substr(1);
  }
  if (name == "FootStrike") name = "Foot Strike";
  if (name == "FootOff") name = "Foot Off";
  return {name, context, time_s};
}

void add_zoo_part(const Target& to, const Variable& system, Quantity kind, bool fast, std::size_t frames, ZooPart part) {
  const std::size_t width = motion::components(kind);
  const auto factor_of = [&](const char* of, const std::string& otherwise, std::string_view si) {
    Variable stated;
    const auto text = zoo_unit(system, of);
    if (!text.empty()) stated.texts = {text};
    return unit_factor(to.path, std::string("zoosystem.Units.") + of, &stated, otherwise, si, to.out.notes);
  };
  const auto clock = Clock::uniform(zoo_rate(to, system, fast ? "Analog" : "Video"), 0, frames);
  const auto value_at = [&](std::size_t f, std::size_t c) { return part.lines[c / width]->numbers[f * width + c % width]; };
  if (kind == Quantity::analog) {
    // Single columns of the video's rate (sums, ratios, parts of angles) have no unit of their own.
    const auto emg = fast ? emg_among(part.names) : std::vector<bool>(part.names.size(), false);
    const double factor = std::count(emg.begin(), emg.end(), true) > 0 ? factor_of("EMG", to.emg_unit(), "V") : 1;
    return add_signals(to, fast ? "zoosystem.Analog" : "zoosystem.Video", std::move(part.names), emg, clock, value_at, "", factor);
  }
  part.names = distinct_names(std::move(part.names), part.lines.size(), "channel", to.out.notes);
  std::string si;
  double factor = 1;
  if (kind == Quantity::position) {
    factor = factor_of("Markers", to.options.position_unit, "m");
  } else if (kind == Quantity::angle3) {
    factor = factor_of("Angles", "deg", "rad"), si = "rad";
  } else {
    const auto unit = unit_or_as_is(zoo_unit(system, kind == Quantity::force3 ? "Forces" : kind == Quantity::moment3 ? "Moments" : "Power"));
    factor = unit.factor, si = unit.si;
  }
  std::vector<double> rows(frames * part.lines.size() * width);
  const std::size_t columns = part.lines.size() * width;
  for (std::size_t f = 0; f < frames; ++f) {
    for (std::size_t c = 0; c < columns; ++c) rows[f * columns + c] = value_at(f, c);
  }
  std::vector<Channel> channels;
  if (kind == Quantity::position) {
    for (auto& name : part.names) channels.push_back({std::move(name), "m"});
    to.out.series.emplace_back(kind, std::move(channels), clock, to_positions(rows, frames, factor, to.out.notes));
    return;
  }
  for (auto& name : part.names) channels.push_back({std::move(name), si});
  for (auto& value : rows) value *= factor;
  to.out.series.emplace_back(kind, std::move(channels), clock, base::Matrix<double>(frames, columns, std::move(rows)));
}

bool add_zoo(const Target& to, const Variable& data) {
  const auto* system = data.find("zoosystem");
  if (system == nullptr || system->fields.empty()) return false;
  std::set<std::string> analog;
  if (const auto* section = system->find("Analog")) {
    if (const auto* channels = section->find("Channels")) analog.insert(channels->texts.begin(), channels->texts.end());
  }
  std::map<std::tuple<bool, int, std::size_t>, ZooPart> parts;  // analog rate?, kind, frames
  std::vector<std::string> odd;
  for (const auto& channel : data.fields) {
    const auto* line = channel.find("line");
    if (&channel == system || line == nullptr || line->numbers.empty()) continue;
    const bool fast = analog.contains(channel.name);
    const std::size_t rows = line->shape.empty() ? line->numbers.size() : line->shape[0];
    const std::size_t columns = line->numbers.size() / rows;
    const std::size_t width = rows == 1 || columns == 1 ? 1 : columns;
    if (line->shape.size() > 2 || (width != 1 && width != 3)) {
      odd.push_back(channel.name + ".line (" + shape_text(*line) + ")");
      continue;
    }
    const std::size_t frames = width == 1 ? line->numbers.size() : rows;
    auto& part = parts[{fast, static_cast<int>(zoo_kind(channel.name, width)), frames}];
    part.names.push_back(channel.name);
    part.lines.push_back(line);
    if (const auto* events = channel.find("event")) {
      for (const auto& event : events->fields) {
        if (event.numbers.empty() || !(event.numbers[0] >= 1 && event.numbers[0] <= static_cast<double>(frames))) continue;
        const auto made = zoo_event(event.name, (event.numbers[0] - 1) / zoo_rate(to, *system, fast ? "Analog" : "Video"));
        to.out.events.push_back(made);
      }
    }
  }
  for (auto& [what, part] : parts) {
    const auto [fast, kind, frames] = what;
    add_zoo_part(to, *system, static_cast<Quantity>(kind), fast, frames, std::move(part));
  }
  // Channels repeat each other's events.
  auto& events = to.out.events;
  std::sort(events.begin(), events.end(), [](const auto& a, const auto& b) { return std::tie(a.time_s, a.label, a.context) < std::tie(b.time_s, b.label, b.context); });
  events.erase(std::unique(events.begin(), events.end()), events.end());
  if (!odd.empty()) to.out.notes.push_back("left out, being neither n x 3 nor n x 1: " + base::join(odd));
  return true;
}

// The variables of a layout, found by their names as people vary them.
class Parts {
 public:
  Parts(const std::vector<Variable>& variables, std::vector<std::string> names) : names_(std::move(names)) {
    std::map<std::string, const Variable*> by_key;
    for (const auto& one : variables) by_key.emplace(name_key(one.name), &one);
    for (const auto& name : names_) {
      const auto found = by_key.find(name_key(name));
      found_.push_back(found == by_key.end() ? nullptr : found->second);
    }
  }
  const Variable* at(std::size_t i) const { return found_[i]; }
  std::vector<std::string> missing() const {
    std::vector<std::string> out;
    for (std::size_t i = 0; i < names_.size(); ++i) {
      if (found_[i] == nullptr) out.push_back(names_[i]);
    }
    return out;
  }

 private:
  std::vector<std::string> names_;
  std::vector<const Variable*> found_;
};

// --- Delsys: Data and Time (channels x samples, short rows padded with zeros), Channels (names), Fs (one rate a channel)

bool add_delsys(const Target& to, const std::vector<Variable>& variables) {
  const Parts found(variables, {"Data", "Channels", "Fs", "Time"});
  const auto *data = found.at(0), *names = found.at(1), *rates = found.at(2), *time = found.at(3);
  // Others call their arrays so as well: channels in rows are Delsys' way.
  if (data == nullptr || names == nullptr || names->texts.empty() || data->shape.size() != 2 || data->numbers.empty()) return false;
  const std::size_t count = names->texts.size();
  if (data->shape[0] != count && data->shape[1] == count) return false;
  if (const auto missing = found.missing(); !missing.empty()) {
    if (missing.size() == 1) to.out.notes.push_back("like an export of Delsys' but for " + missing[0] + ", which is missing: read as arrays by name");
    return false;
  }
  if (data->shape[0] != count || (rates->numbers.size() != count && rates->numbers.size() != 1)) {
    to.fail("Data", "names, rates and data do not fit", std::to_string(count) + " x samples, and as many rates",
            shape_text(*data) + " and " + std::to_string(rates->numbers.size()) + " rates");
  }
  const std::size_t longest = data->shape[1];
  const bool own_times = time->shape == data->shape;
  std::map<std::pair<double, std::size_t>, std::vector<std::size_t>> parts;  // by rate and samples
  for (std::size_t c = 0; c < count; ++c) {
    const double hz = rates->numbers[rates->numbers.size() == 1 ? 0 : c];
    if (!(std::isfinite(hz) && hz > 0 && hz < 1e7)) to.fail("Fs " + std::to_string(c + 1), "the rate", "a number of Hz above 0", base::to_text(hz));
    std::size_t samples = longest;
    if (own_times) {
      samples = 1;
      while (samples < longest && time->numbers[c * longest + samples] > time->numbers[c * longest + samples - 1]) ++samples;
    }
    parts[{hz, samples}].push_back(c);
  }
  to.out.notes.push_back("channels of Delsys are taken as " + to.emg_unit() + " where their names say EMG; other signals are left as they are");
  const auto unit = parse_unit(to.emg_unit());
  if (!unit || unit->si != "V") to.fail("Data", "the unit of EMG", "V, mV or uV", base::quoted(to.emg_unit()));
  for (const auto& [what, rows] : parts) {
    std::vector<std::string> labels;
    std::vector<bool> emg;
    for (const auto c : rows) {
      labels.push_back(names->texts[c]);
      emg.push_back(base::lower(names->texts[c]).find("emg") != std::string::npos);
    }
    const double start = own_times ? time->numbers[rows[0] * longest] : time->numbers.empty() ? 0 : time->numbers[0];
    add_signals(to, "Data", std::move(labels), emg, Clock::uniform(what.first, std::isfinite(start) ? start : 0, what.second),
                [&, &rows = rows](std::size_t f, std::size_t c) { return data->numbers[rows[c] * longest + f]; }, "", unit->factor);
  }
  return true;
}

// --- LabChart: data (one row), datastart and dataend (channels x blocks, from 1; -1: none), titles, samplerate, unittext, unittextmap

bool add_labchart(const Target& to, const std::vector<Variable>& variables) {
  const Parts found(variables, {"datastart", "dataend", "data", "titles", "samplerate", "unittext", "unittextmap"});
  const auto *start = found.at(0), *end = found.at(1), *data = found.at(2), *titles = found.at(3), *rates = found.at(4);
  const auto *units = found.at(5), *map = found.at(6);
  if (start == nullptr && end == nullptr) return false;
  if (start == nullptr || end == nullptr || data == nullptr || titles == nullptr || rates == nullptr) {
    auto missing = found.missing();
    std::erase_if(missing, [](const std::string& name) { return name.starts_with("unit"); });
    to.fail(start == nullptr ? "dataend" : "datastart", "an export of LabChart's lacks variables", "data, datastart, dataend, titles and samplerate",
            "no " + base::join(missing));
  }
  if (start->shape.size() != 2) to.fail("datastart", "the shape", "channels x blocks", shape_text(*start));
  const std::size_t count = start->shape[0];
  if (start->shape[1] != 1) to.fail("datastart", "the recording has several blocks, and pauses between them", "one block a file", std::to_string(start->shape[1]));
  if (end->numbers.size() != count || rates->numbers.size() != count || titles->texts.size() != count) {
    to.fail("dataend", "names, rates and places do not fit", std::to_string(count) + " of each", std::to_string(end->numbers.size()) + ", " +
            std::to_string(rates->numbers.size()) + " and " + std::to_string(titles->texts.size()));
  }
  std::map<std::tuple<double, std::size_t, std::string>, std::vector<std::size_t>> parts;  // by rate, samples, unit
  for (std::size_t c = 0; c < count; ++c) {
    const double first = start->numbers[c], last = end->numbers[c], hz = rates->numbers[c];
    if (first < 0) continue;  // a channel that was off
    if (!(first >= 1 && last >= first && last <= static_cast<double>(data->numbers.size()))) {
      to.fail("datastart " + std::to_string(c + 1), "a channel lies outside the data", "1 to " + std::to_string(data->numbers.size()), base::to_text(first) + " to " + base::to_text(last));
    }
    if (!(std::isfinite(hz) && hz > 0 && hz < 1e7)) to.fail("samplerate " + std::to_string(c + 1), "the rate", "a number of Hz above 0", base::to_text(hz));
    std::string unit;
    if (units != nullptr && map != nullptr && c < map->numbers.size() && map->numbers[c] >= 1 && map->numbers[c] <= static_cast<double>(units->texts.size())) {
      unit = units->texts[static_cast<std::size_t>(map->numbers[c]) - 1];
    }
    parts[{hz, static_cast<std::size_t>(last - first) + 1, unit}].push_back(c);
  }
  for (const auto& [what, rows] : parts) {
    const auto unit = unit_or_as_is(std::get<2>(what));
    std::vector<std::string> labels;
    for (const auto c : rows) labels.push_back(titles->texts[c]);
    const auto emg = unit.si == "V" ? emg_among(labels) : std::vector<bool>(rows.size(), false);
    add_signals(to, "data", std::move(labels), emg, Clock::uniform(std::get<0>(what), 0, std::get<1>(what)),
                [&, &rows = rows](std::size_t f, std::size_t c) { return data->numbers[static_cast<std::size_t>(start->numbers[rows[c]]) - 1 + f] * unit.factor; }, unit.si, 1);
  }
  return true;
}

}  // namespace

bool add_exporter_layout(const std::string& path, const std::vector<Variable>& variables, const VariableOptions& options, motion::Recording& out) {
  const Target to{path, options, out};
  if (add_delsys(to, variables) || add_labchart(to, variables)) return true;
  bool found = false;
  for (const auto& one : variables) {
    if (one.fields.empty()) continue;
    if (found && (one.find("zoosystem") != nullptr || one.find("FrameRate") != nullptr)) {
      to.fail(one.name, "several trials stand in one file", "one trial a file, or one of them chosen (--part " + one.name + ")", "a second one");
    }
    found = add_zoo(to, one) || add_qualisys(to, one) || found;
  }
  return found;
}

}  // namespace kinemyo::io
