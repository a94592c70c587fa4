#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <unordered_map>

#include "kinemyo/base/file.h"
#include "kinemyo/base/text.h"
#include "kinemyo/io/c3d.h"
#include "kinemyo/io/channel_names.h"
#include "kinemyo/io/c3d_measures.h"
#include "kinemyo/io/c3d_parameters.h"
#include "kinemyo/io/units.h"

namespace kinemyo::io {

namespace {

using motion::Quantity;

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();

/// What a point is: its quantity, and how its numbers become SI.
struct PointKind {
  Quantity quantity = Quantity::position;
  Unit unit;
};

std::string plural(std::size_t count, std::string_view what) {
  return std::to_string(count) + " " + std::string(what) + (count == 1 ? "" : "s");
}

// The unit of positions, one for all points or one a point (Optotrak).
Unit position_unit(const std::string& path, const C3dFile& file, const C3dReadOptions& options) {
  std::string stated;
  for (const auto& one : c3d::texts(file.groups, "POINT", "UNITS")) {
    if (one.empty()) continue;
    if (!stated.empty() && one != stated) {
      throw FormatError(path, Place::named("POINT:UNITS"), "the points have different units", stated, one);
    }
    stated = one;
  }
  auto unit = parse_unit(stated);
  if (!unit || unit->si != "m") unit = parse_unit(options.point_unit);
  if (!unit || unit->si != "m") {
    throw FormatError(path, Place::named("POINT:UNITS"), "the unit of the positions is not known",
                      "mm, cm or m", stated.empty() ? "nothing" : base::quoted(stated));
  }
  return *unit;
}

Quantity quantity_of_type(const std::string& type) {
  if (type == "ANGLE") return Quantity::angle3;
  if (type == "FORCE") return Quantity::force3;
  if (type == "MOMENT") return Quantity::moment3;
  if (type == "MODELED_MARKER") return Quantity::position;
  return Quantity::vector3;
}

// POINT:ANGLES, FORCES ... list the labels of points that are no positions; POINT:TYPE_GROUPS may add
// lists of the maker's own as pairs (list, type). The unit stands in POINT:<type>_UNITS.
std::unordered_map<std::string, PointKind> computed_points(const C3dFile& file,
                                                           std::vector<std::string>& notes) {
  std::vector<std::pair<std::string, std::string>> lists{{"ANGLES", "ANGLE"},
                                                         {"FORCES", "FORCE"},
                                                         {"MOMENTS", "MOMENT"},
                                                         {"POWERS", "POWER"},
                                                         {"SCALARS", "SCALAR"}};
  const auto types = c3d::texts(file.groups, "POINT", "TYPE_GROUPS");
  for (std::size_t i = 0; i + 1 < types.size(); i += 2) {
    const bool known = std::any_of(lists.begin(), lists.end(),
                                   [&](const auto& list) { return list.first == types[i]; });
    if (!known && !types[i].empty()) lists.emplace_back(types[i], types[i + 1]);
  }
  const std::map<std::string, std::string> usual{
      {"ANGLE", "deg"}, {"FORCE", "N"}, {"MOMENT", "Nmm"}, {"POWER", "W"}};
  std::unordered_map<std::string, PointKind> out;
  for (const auto& [list, type] : lists) {
    const auto labels = c3d::texts(file.groups, "POINT", list);
    const Quantity quantity = quantity_of_type(type);
    if (labels.empty() || quantity == Quantity::position) continue;
    std::string unit = c3d::text(file.groups, "POINT", type + "_UNITS");
    if (unit.empty() && usual.contains(type)) {
      unit = usual.at(type);
      notes.push_back("POINT:" + type + "_UNITS is missing: " + list + " are taken as " + unit);
    }
    PointKind kind{quantity, unit_or_as_is(unit)};
    if (quantity == Quantity::angle3 && kind.unit.si != "rad") {
      notes.push_back("POINT:ANGLE_UNITS is " + base::quoted(unit) + ", which is no angle: " + list +
                      " are kept as numbers without meaning");
      kind.quantity = Quantity::vector3;
    }
    for (const auto& label : labels) {
      if (!label.empty()) out.try_emplace(label, kind);
    }
  }
  return out;
}

bool is_missing(const float* point) {
  return point[3] < 0 || !std::isfinite(point[0]) || !std::isfinite(point[1]) || !std::isfinite(point[2]);
}

// The fourth number of a point: the low byte times the scale is the residual, the high byte the cameras.
struct Fourth {
  float residual = std::numeric_limits<float>::quiet_NaN();
  bool cameras = false;
};

Fourth parse_fourth(float word, double scale, double unit_factor) {
  if (!(word >= 0 && word <= 32767)) return {};
  const auto bits = static_cast<unsigned>(word);
  return {static_cast<float>(static_cast<double>(bits & 0xff) * scale * unit_factor), (bits >> 8) != 0};
}

struct PointFacts {
  bool cameras = false;
  bool odd_residuals = false;  // not the byte that they should be
  bool computed_residuals = false;
};

base::Matrix<float> read_residuals(const C3dFile& file, const std::vector<std::size_t>& points,
                                   double unit_factor, PointFacts& facts) {
  base::Matrix<float> out(file.frames(), points.size());
  bool any = false;
  for (std::size_t f = 0; f < file.frames(); ++f) {
    const auto row = file.points.row(f);
    for (std::size_t i = 0; i < points.size(); ++i) {
      const float* point = &row[4 * points[i]];
      const Fourth fourth = is_missing(point) ? Fourth{} : parse_fourth(point[3], file.scale, unit_factor);
      out(f, i) = fourth.residual;
      any = any || fourth.residual > 0;
      facts.cameras = facts.cameras || fourth.cameras;
      facts.odd_residuals =
          facts.odd_residuals ||
          (!is_missing(point) && (std::isnan(fourth.residual) || point[3] != std::floor(point[3])));
    }
  }
  return any ? out : base::Matrix<float>();
}

void add_point_series(const C3dFile& file, const motion::Clock& clock,
                      const std::vector<std::string>& names, const std::vector<PointKind>& kinds,
                      motion::Recording& out) {
  PointFacts facts;
  for (const auto quantity : {Quantity::position, Quantity::angle3, Quantity::force3, Quantity::moment3,
                              Quantity::vector3}) {
    std::vector<std::size_t> points;
    std::vector<motion::Channel> channels;
    for (std::size_t p = 0; p < kinds.size(); ++p) {
      if (kinds[p].quantity != quantity) continue;
      points.push_back(p);
      channels.push_back({names[p], kinds[p].unit.si});
    }
    if (points.empty()) continue;
    const double scale = file.storage == C3dStorage::integer ? file.scale : 1.0;
    base::Matrix<double> values(file.frames(), 3 * points.size());
    for (std::size_t f = 0; f < file.frames(); ++f) {
      const auto from = file.points.row(f);
      const auto to = values.row(f);
      for (std::size_t i = 0; i < points.size(); ++i) {
        const float* point = &from[4 * points[i]];
        const bool missing = is_missing(point);
        const double factor = scale * kinds[points[i]].unit.factor;
        for (std::size_t c = 0; c < 3; ++c) {
          to[3 * i + c] = missing ? kMissing : static_cast<double>(point[c]) * factor;
        }
        if (quantity != Quantity::position && !missing && point[3] > 0) facts.computed_residuals = true;
      }
    }
    motion::Series series(quantity, std::move(channels), clock, std::move(values));
    if (quantity == Quantity::position) {
      auto residuals = read_residuals(file, points, kinds[points.front()].unit.factor, facts);
      if (!residuals.empty()) series.set_residuals(std::move(residuals));
    }
    out.series.push_back(std::move(series));
  }
  if (facts.cameras) out.notes.push_back("not kept: which cameras saw each point");
  if (facts.odd_residuals) {
    out.notes.push_back("some residuals are not the bytes that C3D defines; they are rounded or left out");
  }
  if (facts.computed_residuals) out.notes.push_back("not kept: residuals of computed points");
}

void add_points(const std::string& path, const C3dFile& file, const C3dReadOptions& options,
                const motion::Clock& clock, motion::Recording& out) {
  const std::size_t count = file.point_count();
  if (count == 0) return;
  const auto labels = c3d::texts(file.groups, "POINT", "LABELS");
  const auto names = distinct_names(labels, count, "point", out.notes);
  if (labels.size() > count) {
    out.notes.push_back("POINT:LABELS names " + std::to_string(labels.size()) + " points, of which " +
                        std::to_string(count) + " are in the file");
  }
  const auto computed = computed_points(file, out.notes);
  std::vector<PointKind> kinds(count);
  bool any_position = false;
  for (std::size_t p = 0; p < count; ++p) {
    const auto found = p < labels.size() ? computed.find(labels[p]) : computed.end();
    if (found != computed.end()) kinds[p] = found->second;
    any_position = any_position || kinds[p].quantity == Quantity::position;
  }
  if (any_position) {
    const auto unit = position_unit(path, file, options);
    for (auto& kind : kinds) {
      if (kind.quantity == Quantity::position) kind.unit = unit;
    }
  }
  add_point_series(file, clock, names, kinds, out);
}

struct Scaling {
  double offset = 0;
  double factor = 1;
};

std::vector<Scaling> analog_scalings(const C3dFile& file, const std::vector<Unit>& units,
                                     std::vector<std::string>& notes) {
  const auto scales = c3d::numbers(file.groups, "ANALOG", "SCALE");
  const auto offsets = c3d::numbers(file.groups, "ANALOG", "OFFSET");
  const double general = c3d::number(file.groups, "ANALOG", "GEN_SCALE").value_or(1.0);
  const bool is_unsigned = base::lower(c3d::text(file.groups, "ANALOG", "FORMAT")) == "unsigned";
  if (scales.size() < units.size()) {
    notes.push_back("ANALOG:SCALE has " + plural(scales.size(), "number") + " for " +
                    plural(units.size(), "channel") + ": the others are taken as 1");
  }
  std::vector<Scaling> out;
  for (std::size_t c = 0; c < units.size(); ++c) {
    double offset = c < offsets.size() ? offsets[c] : 0.0;
    if (is_unsigned && offset < 0) offset += 65536;
    const double scale = c < scales.size() ? scales[c] : 1.0;
    out.push_back({offset, scale * general * units[c].factor});
  }
  return out;
}

std::vector<AnalogChannel> analog_channels(const C3dFile& file, const std::vector<std::string>& names) {
  const auto descriptions = c3d::texts(file.groups, "ANALOG", "DESCRIPTIONS");
  const auto units = c3d::texts(file.groups, "ANALOG", "UNITS");
  std::vector<AnalogChannel> out(names.size());
  for (std::size_t c = 0; c < names.size(); ++c) {
    out[c].name = names[c];
    if (c < descriptions.size()) out[c].description = descriptions[c];
    if (c < units.size()) out[c].unit = units[c];
  }
  if (c3d::count(file.groups, "FORCE_PLATFORM", "USED").value_or(0) > 0) {
    for (const double place : c3d::numbers(file.groups, "FORCE_PLATFORM", "CHANNEL")) {
      if (place >= 1 && place <= static_cast<double>(out.size())) {
        out[static_cast<std::size_t>(place) - 1].of_force_plate = true;
      }
    }
  }
  return out;
}

motion::Series analog_series(Quantity quantity, const C3dFile& file, const motion::Clock& clock,
                             const std::vector<std::size_t>& sources, const std::vector<std::string>& names,
                             const std::vector<Unit>& units, const std::vector<Scaling>& scalings) {
  std::vector<motion::Channel> channels;
  for (const auto c : sources) channels.push_back({names[c], units[c].si});
  base::Matrix<double> values(file.analogs.rows(), sources.size());
  for (std::size_t s = 0; s < file.analogs.rows(); ++s) {
    const auto from = file.analogs.row(s);
    const auto to = values.row(s);
    for (std::size_t i = 0; i < sources.size(); ++i) {
      const Scaling& scaling = scalings[sources[i]];
      to[i] = (static_cast<double>(from[sources[i]]) - scaling.offset) * scaling.factor;
    }
  }
  return {quantity, std::move(channels), clock, std::move(values)};
}

void add_analogs(const C3dFile& file, double start_s, motion::Recording& out) {
  const std::size_t count = file.channel_count();
  if (count == 0) return;
  const double rate = file.rate_hz * static_cast<double>(file.samples_per_frame);
  const auto stated = c3d::number(file.groups, "ANALOG", "RATE");
  if (stated && std::fabs(*stated - rate) > 1e-4 * rate) {
    out.notes.push_back("ANALOG:RATE is " + base::to_text(*stated) + " Hz, but " +
                        std::to_string(file.samples_per_frame) + " samples a frame at " +
                        base::to_text(file.rate_hz) + " Hz make " + base::to_text(rate) +
                        " Hz, which is taken");
  }
  const auto clock = motion::Clock::uniform(rate, start_s, file.analogs.rows());
  const auto names =
      distinct_names(c3d::texts(file.groups, "ANALOG", "LABELS"), count, "channel", out.notes);
  const auto channels = analog_channels(file, names);
  const auto is_emg = find_emg(channels);
  std::vector<Unit> units;
  std::vector<std::size_t> emg, others;
  std::vector<std::string> unclear;
  for (std::size_t c = 0; c < count; ++c) {
    units.push_back(unit_or_as_is(channels[c].unit));
    (is_emg[c] ? emg : others).push_back(c);
    if (!is_emg[c] && units[c].si == "V" && !channels[c].of_force_plate) unclear.push_back(names[c]);
  }
  const auto scalings = analog_scalings(file, units, out.notes);
  if (!emg.empty()) {
    std::vector<std::string> chosen;
    for (const auto c : emg) chosen.push_back(names[c]);
    out.notes.push_back(
        "taken as EMG (in volts, of no force plate, not named as another device): " + base::join(chosen));
    out.series.push_back(analog_series(Quantity::emg, file, clock, emg, names, units, scalings));
  }
  if (!unclear.empty()) out.notes.push_back("in volts, but not taken as EMG by name: " + base::join(unclear));
  if (!others.empty()) {
    out.series.push_back(analog_series(Quantity::analog, file, clock, others, names, units, scalings));
  }
}

void add_rotations(const std::string& path, const C3dFile& file, const C3dReadOptions& options,
                   double start_s, motion::Recording& out) {
  const std::size_t count = file.rotation_count();
  if (count == 0) return;
  const double factor = position_unit(path, file, options).factor;
  const auto names = distinct_names(c3d::texts(file.groups, "ROTATION", "LABELS"), count, "rotation",
                                         out.notes);
  std::vector<motion::Channel> channels;
  for (const auto& name : names) channels.push_back({name, "m"});
  base::Matrix<double> values(file.rotations.rows(), 16 * count);
  bool reliabilities = false;
  for (std::size_t f = 0; f < file.rotations.rows(); ++f) {
    for (std::size_t r = 0; r < count; ++r) {
      const float* from = &file.rotations.row(f)[17 * r];
      double* to = &values.row(f)[16 * r];
      const bool missing = from[16] < 0;
      reliabilities = reliabilities || from[16] > 0;
      for (std::size_t i = 0; i < 16; ++i) {
        const std::size_t row = i / 4, column = i % 4;
        const double unit = column == 3 && row < 3 ? factor : 1.0;
        to[i] = missing ? kMissing : static_cast<double>(from[4 * column + row]) * unit;
      }
    }
  }
  const double rate = file.rate_hz * static_cast<double>(file.rotations_per_frame);
  const auto clock = motion::Clock::uniform(rate, start_s, file.rotations.rows());
  out.series.emplace_back(Quantity::rotation, std::move(channels), clock, std::move(values));
  if (reliabilities) out.notes.push_back("not kept: reliabilities of rotations");
}

void add_events(const std::string& path, const C3dFile& file, double start_s, motion::Recording& out) {
  const auto times = c3d::numbers(file.groups, "EVENT", "TIMES");
  const auto labels = c3d::texts(file.groups, "EVENT", "LABELS");
  const auto contexts = c3d::texts(file.groups, "EVENT", "CONTEXTS");
  const std::size_t used = c3d::count(file.groups, "EVENT", "USED").value_or(times.size() / 2);
  if (used > times.size() / 2) {
    throw FormatError(path, Place::named("EVENT:TIMES"), "events without a time",
                      std::to_string(used) + " pairs of minutes and seconds", std::to_string(times.size() / 2));
  }
  std::size_t without_time = 0;
  for (std::size_t i = 0; i < used; ++i) {
    const double time_s = 60.0 * times[2 * i] + times[2 * i + 1];
    if (!std::isfinite(time_s)) {
      ++without_time;
      continue;
    }
    out.events.push_back(
        {i < labels.size() ? labels[i] : "", i < contexts.size() ? contexts[i] : "", time_s});
  }
  // Times of the header count from the file's first frame; those of the group from frame 1.
  const std::size_t of_group = out.events.size();
  for (const auto& event : file.events) {
    const double time_s = start_s + static_cast<double>(event.time_s);
    if (!std::isfinite(time_s)) {
      ++without_time;
      continue;
    }
    const bool known = std::any_of(out.events.begin(), out.events.begin() + static_cast<std::ptrdiff_t>(of_group),
                                   [&](const auto& one) { return std::fabs(one.time_s - time_s) < 1e-3; });
    if (!known) out.events.push_back({event.label, "", time_s});
  }
  if (without_time > 0) out.notes.push_back(plural(without_time, "event") + " without a time left out");
}

motion::UpAxis read_up(const C3dFile& file, std::vector<std::string>& notes) {
  const std::string up = base::lower(c3d::text(file.groups, "POINT", "Y_SCREEN"));
  if (up.starts_with("-")) {
    notes.push_back("POINT:Y_SCREEN is " + base::quoted(up) + ": the axis is taken, not its sign");
  }
  if (up == "+x" || up == "x" || up == "-x") return motion::UpAxis::x;
  if (up == "+y" || up == "y" || up == "-y") return motion::UpAxis::y;
  if (up == "+z" || up == "z" || up == "-z") return motion::UpAxis::z;
  return motion::UpAxis::unknown;
}

void note_other_groups(const C3dFile& file, std::vector<std::string>& notes) {
  std::vector<std::string> left;
  for (const auto& group : file.groups) {
    const std::string name = base::lower(group.name);
    const bool read = name == "point" || name == "analog" || name == "trial" || name == "event" ||
                      name == "event_context" || name == "rotation" || name == "data_blocks";
    const bool empty = c3d::count(file.groups, group.name, "USED") == std::size_t{0};
    if (read || empty || group.parameters.empty()) continue;
    const bool partly = name == "processing" || name == "subjects";
    left.push_back(partly ? group.name + " (but its tape measures)" : group.name);
  }
  if (!left.empty()) notes.push_back("not kept: parameter groups " + base::join(left));
}

}  // namespace

motion::Recording to_recording(const std::string& path, const C3dFile& file, const C3dReadOptions& options) {
  motion::Recording out;
  out.source = path;
  out.format = "C3D";
  out.notes = file.notes;
  const double start_s = static_cast<double>(std::max<std::size_t>(file.first_frame, 1) - 1) / file.rate_hz;
  const auto clock = motion::Clock::uniform(file.rate_hz, start_s, file.frames());
  out.up = read_up(file, out.notes);
  add_points(path, file, options, clock, out);
  add_analogs(file, start_s, out);
  add_rotations(path, file, options, start_s, out);
  add_events(path, file, start_s, out);
  auto unit = parse_unit(c3d::text(file.groups, "POINT", "UNITS"));
  if (!unit) unit = parse_unit(options.point_unit);
  out.measures = c3d::read_measures(file.groups, unit && unit->si == "m" ? unit->factor : kMissing);
  note_other_groups(file, out.notes);
  return out;
}

motion::Recording read_c3d(const std::filesystem::path& path, const C3dReadOptions& options) {
  const std::string bytes = base::read_file(path);
  return to_recording(path.string(), parse_c3d(path.string(), bytes), options);
}

}  // namespace kinemyo::io
