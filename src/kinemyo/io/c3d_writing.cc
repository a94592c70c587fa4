#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>

#include "kinemyo/base/file.h"
#include "kinemyo/base/text.h"
#include "kinemyo/io/c3d.h"
#include "kinemyo/io/channel_names.h"
#include "kinemyo/io/c3d_measures.h"
#include "kinemyo/io/c3d_parameters.h"
#include "kinemyo/io/c3d_plan.h"
#include "kinemyo/io/units.h"

namespace kinemyo::io {

namespace {

using c3d::Placed;
using c3d::Plan;
using motion::Quantity;

constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();
constexpr double kLargestInteger = 32767;

// The smallest step of which all residuals are multiples up to 255, or a 255th of the largest.
double residual_step(const std::vector<double>& residuals, bool& exact) {
  exact = true;
  double smallest = std::numeric_limits<double>::infinity(), largest = 0;
  for (const double r : residuals) {
    smallest = std::min(smallest, r);
    largest = std::max(largest, r);
  }
  for (int divisor = 1; divisor <= 255; ++divisor) {
    const double step = smallest / divisor;
    if (largest / step > 255.5) break;
    const bool whole = std::all_of(residuals.begin(), residuals.end(), [step](double r) {
      return std::fabs(r / step - std::round(r / step)) < 1e-3;
    });
    if (whole) return step;
  }
  exact = false;
  return largest / 255;
}

// Distinct residuals above 0, in file units; a real file has at most 255 of them.
std::vector<double> distinct_residuals(const Plan& plan, double unit_factor) {
  std::vector<float> seen;
  for (const auto& one : plan.points) {
    for (const float r : one.series->residuals().flat()) {
      if (r > 0 && std::isfinite(r)) seen.push_back(r);
    }
  }
  std::sort(seen.begin(), seen.end());
  seen.erase(std::unique(seen.begin(), seen.end()), seen.end());
  std::vector<double> out;
  for (const float r : seen) out.push_back(static_cast<double>(r) / unit_factor);
  return out;
}

struct PointSource {
  const Placed* placed = nullptr;
  std::size_t channel = 0;
  double factor = 1;  // SI per file unit
};

double largest_coordinate(const std::vector<PointSource>& sources) {
  double out = 0;
  for (const auto& source : sources) {
    const auto& series = *source.placed->series;
    for (std::size_t f = 0; f < series.frames(); ++f) {
      for (std::size_t c = 0; c < 3; ++c) {
        const double value = std::fabs(series.at(f, source.channel, c) / source.factor);
        if (std::isfinite(value)) out = std::max(out, value);
      }
    }
  }
  return out;
}

// C3D keeps numbers, and the steps of integers and residuals, as floats. `largest`: what asks for this one.
double require_float(double number, double largest, const char* what) {
  const auto held = static_cast<double>(static_cast<float>(number));
  if (std::isfinite(held)) return held;
  char found[32];
  std::snprintf(found, sizeof found, "%.3g", largest);
  throw Error(std::string(what) + " as large as " + found + " (mm, degrees, ...) cannot be written to C3D, whose numbers and steps end at 3.4e38");
}

void choose_scale(const Plan& plan, const std::vector<PointSource>& sources, C3dFile& file) {
  const double reach = largest_coordinate(sources);
  constexpr const char* kWhat = "positions, angles or forces";
  const auto residuals = distinct_residuals(plan, 0.001);
  // The step must survive as a float, and integers must not pass 32767 for it.
  const double of_reach = static_cast<double>(
      std::nextafter(static_cast<float>(reach > 0 ? reach / kLargestInteger : 0.1), HUGE_VALF));
  file.scale = require_float(of_reach, reach, kWhat);
  if (file.storage == C3dStorage::integer) {
    file.notes.push_back("positions, angles and forces are stored as integers of " + base::to_text(of_reach) +
                         " (mm, degrees, ...)");
    if (!residuals.empty()) file.notes.push_back("residuals are rounded to whole steps of that size");
    return;
  }
  require_float(reach, reach, kWhat);
  if (residuals.empty()) return;
  bool exact = true;
  const double step = residual_step(residuals, exact);
  file.scale = require_float(step, *std::max_element(residuals.begin(), residuals.end()), "residuals");
  file.scale = std::max(file.scale, static_cast<double>(std::numeric_limits<float>::denorm_min()));
  if (!exact) {
    file.notes.push_back("residuals are rounded to steps of " + base::to_text(file.scale) +
                         " mm, of which C3D stores up to 255");
  }
}

float residual_word(const motion::Series& series, std::size_t frame, std::size_t channel, double scale) {
  if (series.residuals().empty()) return 0;
  const float residual = series.residuals()(frame, channel);
  if (!(residual > 0)) return 0;
  // A residual of 0 means interpolated, so a measured point keeps at least one step.
  return static_cast<float>(std::clamp(std::round(static_cast<double>(residual) / 0.001 / scale), 1.0, 255.0));
}

void fill_points(const Plan& plan, const std::vector<PointSource>& sources, C3dFile& file) {
  file.points = base::Matrix<float>(plan.frames, 4 * sources.size());
  const bool real = file.storage == C3dStorage::real;
  for (std::size_t f = 0; f < plan.frames; ++f) {
    const auto row = file.points.row(f);
    for (std::size_t p = 0; p < sources.size(); ++p) {
      const auto& series = *sources[p].placed->series;
      const long long frame = static_cast<long long>(f) + plan.first - sources[p].placed->first;
      const bool inside = frame >= 0 && frame < static_cast<long long>(series.frames());
      const auto at = static_cast<std::size_t>(inside ? frame : 0);
      row[4 * p + 3] = -1;
      if (!inside || series.missing(at, sources[p].channel)) continue;
      for (std::size_t c = 0; c < 3; ++c) {
        const double value = series.at(at, sources[p].channel, c) / sources[p].factor;
        row[4 * p + c] = static_cast<float>(real ? value : std::round(value / file.scale));
      }
      row[4 * p + 3] = residual_word(series, at, sources[p].channel, file.scale);
    }
  }
}

// POINT:<list> and POINT:<type>_UNITS of points that are no positions.
void list_computed(const std::vector<PointSource>& sources, const std::vector<std::string>& names,
                   C3dFile& file) {
  struct List {
    const char* name;
    const char* type;
    std::vector<std::string> labels;
    std::string si;
  };
  List lists[] = {{"ANGLES", "ANGLE", {}, {}}, {"FORCES", "FORCE", {}, {}}, {"MOMENTS", "MOMENT", {}, {}},
                  {"POWERS", "POWER", {}, {}}, {"SCALARS", "SCALAR", {}, {}}};
  for (std::size_t p = 0; p < sources.size(); ++p) {
    const auto& series = *sources[p].placed->series;
    const std::string& si = series.channels()[sources[p].channel].unit;
    const Quantity quantity = series.quantity();
    if (quantity == Quantity::position) continue;
    List& list = quantity == Quantity::angle3    ? lists[0]
                 : quantity == Quantity::force3  ? lists[1]
                 : quantity == Quantity::moment3 ? lists[2]
                 : si.starts_with("W")           ? lists[3]
                                                 : lists[4];
    if (list.labels.empty()) list.si = si;
    if (si != list.si) {
      file.notes.push_back("the unit of " + names[p] + ", " + base::quoted(si) + ", is not kept: POINT:" +
                           list.name + " have one unit, " + base::quoted(list.si));
    }
    list.labels.push_back(names[p]);
  }
  for (const auto& list : lists) {
    if (list.labels.empty()) continue;
    c3d::set(file.groups, "POINT",
             c3d::make_text(std::string(list.type) + "_UNITS", point_unit_of(list.si).text));
    c3d::set_texts(file.groups, "POINT", list.name, list.labels);
  }
}

void write_points(const motion::Recording& recording, const Plan& plan, C3dFile& file) {
  std::vector<PointSource> sources;
  std::vector<std::string> names;
  for (const auto& placed : plan.points) {
    for (std::size_t c = 0; c < placed.series->channels().size(); ++c) {
      const auto& channel = placed.series->channels()[c];
      sources.push_back({&placed, c, point_unit_of(channel.unit).factor});
      names.push_back(channel.name);
    }
  }
  names = distinct_names(std::move(names), sources.size(), "point", file.notes);
  c3d::set(file.groups, "POINT", c3d::make_text("UNITS", "mm"));
  c3d::set_texts(file.groups, "POINT", "LABELS", names);
  c3d::set_texts(file.groups, "POINT", "DESCRIPTIONS", std::vector<std::string>(names.size()));
  if (recording.up != motion::UpAxis::unknown) {
    const bool x_up = recording.up == motion::UpAxis::x;
    c3d::set(file.groups, "POINT", c3d::make_text("X_SCREEN", x_up ? "+Y" : "+X"));
    c3d::set(file.groups, "POINT",
             c3d::make_text("Y_SCREEN", x_up ? "+X" : recording.up == motion::UpAxis::y ? "+Y" : "+Z"));
  }
  list_computed(sources, names, file);
  choose_scale(plan, sources, file);
  fill_points(plan, sources, file);
}

// One channel into its column; integers get a scale of their own, which is returned.
double fill_channel(const Placed& placed, std::size_t channel, long long grid_first, std::size_t column,
                    C3dFile& file, std::size_t& lost) {
  const auto& series = *placed.series;
  double scale = 1, reach = 0;
  for (std::size_t s = 0; s < series.frames(); ++s) {
    const double value = std::fabs(series.at(s, channel));
    if (std::isfinite(value)) reach = std::max(reach, value);
  }
  if (file.storage == C3dStorage::real) {
    require_float(reach, reach, "an analog channel");
  } else if (reach > 0) {
    const auto step = std::nextafter(static_cast<float>(reach / kLargestInteger), HUGE_VALF);
    scale = require_float(static_cast<double>(step), reach, "an analog channel");
  }
  for (std::size_t row = 0; row < file.analogs.rows(); ++row) {
    const long long at = static_cast<long long>(row) + grid_first - placed.first;
    const bool inside = at >= 0 && at < static_cast<long long>(series.frames());
    const double value = inside ? series.at(static_cast<std::size_t>(at), channel) : static_cast<double>(kNaN);
    if (file.storage == C3dStorage::real) {
      file.analogs(row, column) = static_cast<float>(value);
    } else {
      const bool held = std::isfinite(value);
      if (!held) ++lost;
      file.analogs(row, column) = held ? static_cast<float>(std::round(value / scale)) : 0.0f;
    }
  }
  return scale;
}

void write_analogs(const Plan& plan, C3dFile& file) {
  std::vector<std::string> names, units, descriptions;
  std::size_t count = 0;
  for (const auto& placed : plan.analogs) count += placed.series->channels().size();
  file.samples_per_frame = plan.samples_per_frame;
  file.analogs = base::Matrix<float>(count == 0 ? 0 : plan.frames * plan.samples_per_frame, count);
  const long long grid_first = plan.first * static_cast<long long>(plan.samples_per_frame);
  std::vector<float> scales;
  std::size_t lost = 0;
  for (const auto& placed : plan.analogs) {
    const bool emg = placed.series->quantity() == Quantity::emg;
    for (std::size_t c = 0; c < placed.series->channels().size(); ++c) {
      const auto& channel = placed.series->channels()[c];
      scales.push_back(static_cast<float>(fill_channel(placed, c, grid_first, names.size(), file, lost)));
      names.push_back(channel.name);
      units.push_back(channel.unit == "N m" ? "Nm" : channel.unit);
      descriptions.push_back(emg ? "EMG" : "");
    }
  }
  if (lost > 0) {
    file.notes.push_back(std::to_string(lost) + " missing analog samples are written as 0: integers have no NaN");
  }
  names = distinct_names(std::move(names), count, "channel", file.notes);
  c3d::set_texts(file.groups, "ANALOG", "LABELS", names);
  c3d::set_texts(file.groups, "ANALOG", "DESCRIPTIONS", descriptions);
  c3d::set_texts(file.groups, "ANALOG", "UNITS", units);
  c3d::set(file.groups, "ANALOG", c3d::make_real("GEN_SCALE", 1));
  c3d::set_reals(file.groups, "ANALOG", "SCALE", scales);
  for (std::size_t first = 0, part = 1; first < count || part == 1; first += 255, ++part) {
    c3d::set(file.groups, "ANALOG",
             c3d::make_integers(part == 1 ? "OFFSET" : "OFFSET" + std::to_string(part),
                                std::vector<std::int16_t>(std::min<std::size_t>(255, count - first), 0)));
  }
  if (file.storage == C3dStorage::integer) {
    c3d::set(file.groups, "ANALOG", c3d::make_text("FORMAT", "SIGNED"));
    c3d::set(file.groups, "ANALOG", c3d::make_integer("BITS", 16));
  }
}

void write_rotations(const Plan& plan, C3dFile& file) {
  if (plan.rotations.empty()) return;
  std::vector<std::string> names;
  for (const auto& placed : plan.rotations) {
    for (const auto& channel : placed.series->channels()) names.push_back(channel.name);
  }
  names = distinct_names(names, names.size(), "rotation", file.notes);
  file.rotations_per_frame = plan.rotations_per_frame;
  file.rotations = base::Matrix<float>(plan.frames * plan.rotations_per_frame, 17 * names.size(), 0.0f);
  const long long grid_first = plan.first * static_cast<long long>(plan.rotations_per_frame);
  std::size_t column = 0;
  for (const auto& placed : plan.rotations) {
    const auto& series = *placed.series;
    for (std::size_t c = 0; c < series.channels().size(); ++c, ++column) {
      for (std::size_t f = 0; f < file.rotations.rows(); ++f) {
        float* to = &file.rotations.row(f)[17 * column];
        const long long at = static_cast<long long>(f) + grid_first - placed.first;
        const bool inside = at >= 0 && at < static_cast<long long>(series.frames());
        const bool missing = !inside || series.missing(static_cast<std::size_t>(at), c);
        for (std::size_t i = 0; i < 16; ++i) {
          const std::size_t row = i / 4, across = i % 4;
          const double unit = across == 3 && row < 3 ? 0.001 : 1.0;
          to[4 * across + row] =
              missing ? kNaN : static_cast<float>(series.at(static_cast<std::size_t>(at), c, i) / unit);
        }
        to[16] = missing ? -1.0f : 0.0f;
      }
    }
  }
  c3d::set_texts(file.groups, "ROTATION", "LABELS", names);
  c3d::set(file.groups, "DATA_BLOCKS", c3d::make_text("ROTATION", "4x4 ROTATION"));
}

// Frame 1 is 0 s; a start between two frames, or before the first, is moved, and events with it.
double write_start(const Plan& plan, C3dFile& file) {
  const double start_s = plan.start_s + static_cast<double>(plan.first) / plan.rate_hz;
  const double frame = std::max(0.0, std::round(start_s * plan.rate_hz));
  const double shift_s = frame / plan.rate_hz - start_s;
  if (frame > 4e9) throw Error("the recording starts later than a C3D file can count frames");
  file.first_frame = static_cast<std::size_t>(frame) + 1;
  if (std::fabs(shift_s) * plan.rate_hz < c3d::kClockTolerance) return 0;
  file.notes.push_back("all times are moved by " + base::to_text(shift_s) +
                       " s: C3D counts time in whole frames from the first");
  return shift_s;
}

void write_events(const std::vector<motion::Event>& events, double shift_s, C3dFile& file) {
  if (events.empty()) return;
  std::vector<std::string> labels, contexts;
  std::vector<float> times;
  for (const auto& event : events) {
    const double time_s = event.time_s + shift_s;
    const double minutes = std::trunc(time_s / 60);
    times.push_back(static_cast<float>(minutes));
    times.push_back(static_cast<float>(time_s - 60 * minutes));
    labels.push_back(event.label);
    contexts.push_back(event.context);
  }
  c3d::set(file.groups, "EVENT", c3d::make_integer("USED", events.size()));
  c3d::set_texts(file.groups, "EVENT", "CONTEXTS", contexts);
  c3d::set_texts(file.groups, "EVENT", "LABELS", labels);
  c3d::set_reals(file.groups, "EVENT", "TIMES", times, 2);
}

}  // namespace

C3dFile from_recording(const motion::Recording& recording, const C3dWriteOptions& options) {
  C3dFile file;
  file.processor = options.processor;
  file.storage = options.storage;
  const Plan plan = c3d::make_plan(recording, file.notes);
  file.rate_hz = plan.rate_hz;
  write_points(recording, plan, file);
  write_analogs(plan, file);
  write_rotations(plan, file);
  write_events(recording.events, write_start(plan, file), file);
  c3d::set_measures(recording.measures, file.groups, file.notes);
  c3d::set(file.groups, "FORCE_PLATFORM", c3d::make_integer("USED", 0));
  c3d::set(file.groups, "MANUFACTURER", c3d::make_text("SOFTWARE", "kinemyo"));
  return file;
}

std::vector<std::string> write_c3d(const motion::Recording& recording, const std::filesystem::path& path,
                                   const C3dWriteOptions& options) {
  C3dFile file = from_recording(recording, options);
  base::write_file(path, format_c3d(file));
  return std::move(file.notes);
}

}  // namespace kinemyo::io
