#include "kinemyo/io/named_arrays.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <set>

#include "kinemyo/base/text.h"
#include "kinemyo/io/array_layout.h"
#include "kinemyo/io/channel_names.h"
#include "kinemyo/io/coordinate_names.h"
#include "kinemyo/io/stamps.h"
#include "kinemyo/io/units.h"

namespace kinemyo::io {

namespace {

using motion::Channel;
using motion::Quantity;
using Words = std::vector<std::string_view>;

constexpr int kDeepest = 16;
constexpr std::size_t kFewestUnclear = 16;  // frames of an array that neither its name nor a setting of its own explains

const Words kTimes = {"time", "times", "t", "timestamp", "timestamps", "stamps"};
const Words kTimesMs = {"timems", "timestampms", "timestampsms", "tms"};
const Words kRates = {"rate", "ratehz", "fs", "sr", "srate", "samplerate", "samplingrate", "samplingfrequency", "samplefrequency",
                      "framerate", "frequency", "frequencyhz", "freq", "hz"};
const Words kNames = {"names", "labels", "channelnames", "channellabels", "channels", "markernames", "markerlabels", "markers", "muscles",
                      "musclenames", "columns", "titles"};
const Words kUnits = {"units", "unit"};
const Words kData = {"data", "values", "value", "signal", "signals", "raw", "samples", "xyz"};

std::string stem(std::string_view name) {
  std::string out = name_key(name);
  if (out.ends_with('s')) out.pop_back();
  return out;
}

bool among(const std::string& one, const Words& words) { return std::find(words.begin(), words.end(), one) != words.end(); }

// A struct and those around it; names are looked up by key, since there may be many.
class Scope {
 public:
  Scope(const std::vector<Variable>& variables, const Scope* around, std::string place, std::string own_name)
      : group(variables), outer(around), prefix(std::move(place)), name(std::move(own_name)) {
    for (const auto& one : variables) {
      by_key_.emplace(name_key(one.name), &one);
      stems_.insert(stem(one.name));
    }
  }
  const Variable* find(const std::string& wanted) const {
    const auto found = by_key_.find(wanted);
    return found == by_key_.end() ? nullptr : found->second;
  }
  bool has_stem(const std::string& wanted) const { return stems_.contains(wanted); }

  const std::vector<Variable>& group;
  const Scope* outer;
  std::string prefix;  // "data.emg."
  std::string name;    // "emg"

 private:
  std::map<std::string, const Variable*> by_key_;
  std::set<std::string> stems_;
};

// `emg_rate` of `emg`, `marker_rate` of `markers`: the name of an array and a word behind it.
const Variable* own_setting(const Scope& scope, const std::string& array, const Words& words) {
  for (const auto word : words) {
    for (const auto& front : {name_key(array), stem(array)}) {
      if (const auto* found = scope.find(front + std::string(word))) return found;
    }
  }
  return nullptr;
}

// "trials" of trials(2); "" of a cell's 3.
std::string array_of(const std::string& name) {
  if (std::all_of(name.begin(), name.end(), [](char c) { return c >= '0' && c <= '9'; })) return "";
  return name.ends_with(')') && name.find('(') != name.npos ? name.substr(0, name.rfind('(')) : name;
}

// Of the struct itself, beside it: `emg_rate` of all in the struct `emg`.
const Variable* setting_beside(const Scope& scope, const Words& words) {
  return scope.outer == nullptr ? nullptr : own_setting(*scope.outer, array_of(scope.name), words);
}

// Of all in the struct: in it or beside it, else those of the structs around it, the nearest first.
const Variable* common_setting(const Scope& scope, const Words& words) {
  for (const Scope* at = &scope; at != nullptr; at = at->outer) {
    for (const auto word : words) {
      if (const auto* found = at->find(std::string(word)); found != nullptr && found->fields.empty()) return found;
    }
    if (const auto* found = setting_beside(*at, words)) return found;
  }
  return nullptr;
}

const Variable* setting(const Scope& scope, const std::string& array, const Words& words) {
  const auto* own = own_setting(scope, array, words);
  return own != nullptr ? own : common_setting(scope, words);
}

bool is_setting(const Scope& scope, const Variable& one) {
  const std::string name = name_key(one.name);
  for (const auto* words : {&kTimes, &kTimesMs, &kRates, &kUnits}) {
    for (const auto word : *words) {
      if (name == word) return true;
      if (!name.ends_with(word)) continue;
      const auto front = name.substr(0, name.size() - word.size());
      if (scope.find(front) != nullptr || scope.has_stem(front)) return true;
    }
  }
  return false;
}

std::optional<Quantity> kind_of_name(std::string_view name) {
  const std::string low = base::lower(name);
  const auto has = [&](std::initializer_list<const char*> words) {
    return std::any_of(words.begin(), words.end(), [&](const char* word) { return low.find(word) != low.npos; });
  };
  if (has({"emg"})) return Quantity::emg;
  if (has({"marker", "trajector", "keypoint", "landmark", "position"})) return Quantity::position;
  if (has({"angle", "kinematic"})) return Quantity::coordinate;
  if (has({"analog", "force", "moment", "torque", "power", "velocit", "accel", "gyro"})) return Quantity::analog;
  return std::nullopt;
}

// By the name itself, else by those of the structs around it, the nearest first.
std::optional<Quantity> kind_of(const Scope& scope, std::string_view name) {
  if (auto kind = kind_of_name(name)) return kind;
  for (const Scope* at = &scope; at != nullptr; at = at->outer) {
    if (auto kind = kind_of_name(at->name)) return kind;
  }
  return std::nullopt;
}

class Adder {
 public:
  Adder(const std::string& path, const std::vector<const Variable*>& part, const VariableOptions& options, motion::Recording& out)
      : path_(path), part_(part), options_(options), out_(out) {}

  void add_group(const Scope& scope, int depth) {
    std::set<std::string> trials;  // arrays of structs of which one element has given series
    for (const auto& one : scope.group) {
      if (one.is_attribute || !is_chosen(one, depth)) continue;
      if (one.fields.empty()) {
        if (!one.numbers.empty() && !is_setting(scope, one)) add_array(scope, one);
        continue;
      }
      const std::size_t before = out_.series.size();
      const Scope inner(one.fields, &scope, scope.prefix + one.name + ".", one.name);
      if (depth < kDeepest && !add_collection(inner, depth + 1)) add_group(inner, depth + 1);
      if (out_.series.size() == before) continue;
      const std::string array = array_of(one.name);
      if (array != one.name && !trials.insert(array).second) {
        fail(scope.prefix + one.name, "several trials stand in one file", "one trial a file, or one of them chosen (--part " + base::quoted(scope.prefix + one.name) + ")",
             "a second one");
      }
      trials.insert(array);
    }
  }

  void finish() {
    merge_same_clocks();
    if (!left_out_.empty()) {
      const std::size_t count = left_out_.size();
      if (count > 12) left_out_.resize(12);
      out_.notes.push_back("left out: " + base::join(left_out_, "; ") + (count > 12 ? " and " + std::to_string(count - 12) + " more" : ""));
    }
  }

 private:
  bool is_chosen(const Variable& one, int depth) const {
    const auto level = static_cast<std::size_t>(depth);
    return level >= part_.size() || part_[level] == &one;
  }

  [[noreturn]] void fail(const std::string& place, std::string what, std::string expected, std::string found) const {
    throw FormatError(path_, Place::named(place), std::move(what), std::move(expected), std::move(found));
  }

  void leave_out(const std::string& place, const Variable& array, const std::string& reason) {
    left_out_.push_back(place + " (" + shape_text(array) + (reason.empty() ? ")" : "): " + reason));
  }

  // The clock of `frames` frames, or nothing where neither time nor rate is told.
  std::optional<motion::Clock> clock_of(const Scope& scope, const std::string& array, const Variable* time, std::size_t frames) {
    const std::string place = scope.prefix + array;
    std::optional<double> rate;
    if (const auto* stated = setting(scope, array, kRates); stated != nullptr && stated->numbers.size() == 1) {
      rate = rate_of(path_, *stated, scope.prefix + stated->name);
    }
    if (time != nullptr) {
      auto stamps = time->numbers;
      const std::string name = name_key(time->name);
      if (std::any_of(kTimesMs.begin(), kTimesMs.end(), [&](auto word) { return name.ends_with(word); })) {
        for (auto& t : stamps) t /= 1000;
      }
      if (const auto bad = first_bad_stamp(stamps)) {
        fail(time->name + " " + std::to_string(*bad + 1), "time does not increase", *bad == 0 ? "a number" : "more than " + base::to_text(stamps[*bad - 1]) + " s",
             base::to_text(stamps[*bad]));
      }
      return make_clock(std::move(stamps), rate.value_or(0), out_.notes);
    }
    if (rate) return motion::Clock::uniform(*rate, 0, frames);
    if (options_.rate_hz > 0) return motion::Clock::uniform(options_.rate_hz, 0, frames);
    return std::nullopt;
  }

  const Variable* time_of(const Scope& scope, const std::string& array) const {
    for (const auto* words : {&kTimes, &kTimesMs}) {
      if (const auto* own = own_setting(scope, array, *words); own != nullptr && own->numbers.size() > 1) return own;
    }
    for (const auto* words : {&kTimes, &kTimesMs}) {
      if (const auto* common = common_setting(scope, *words); common != nullptr && common->numbers.size() > 1) return common;
    }
    return nullptr;
  }

  const Variable* names_of(const Scope& scope, const std::string& array) const {
    for (const auto* found : {own_setting(scope, array, kNames), common_setting(scope, kNames)}) {
      if (found != nullptr && !found->texts.empty() && found->numbers.empty()) return found;
    }
    return nullptr;
  }

  std::string no_clock(const std::string& array) const {
    return array + "_rate or rate (Hz), or " + array + "_time or time (s) with one number a frame; or --rate HZ";
  }

  void add_array(const Scope& scope, const Variable& array) {
    const std::string place = scope.prefix + array.name;
    if (array.numbers.size() < 2) return leave_out(place, array, "a single number");
    const auto named = kind_of(scope, array.name);
    const auto* time = time_of(scope, array.name);
    const auto* names = names_of(scope, array.name);
    const auto kind = named.value_or(Quantity::analog);
    const bool clear = named && *named != Quantity::analog;
    ArrayFacts facts{kind == Quantity::position, time == nullptr ? 0 : time->numbers.size(), names == nullptr ? 0 : names->texts.size()};
    std::string problem;
    auto table = to_table(array, facts, problem, out_.notes, place);
    if (!table) {
      if (clear) fail(place, "how the array lies is not told", problem, shape_text(array));
      return leave_out(place, array, problem);
    }
    if (time != nullptr && time->numbers.size() != table->frames) time = nullptr;
    const auto explained_by = [&](const Words& words) { return own_setting(scope, array.name, words) != nullptr || setting_beside(scope, words) != nullptr; };
    const bool own = time != nullptr || explained_by(kRates) || explained_by(kNames);
    if (!named && !own && (table->frames < kFewestUnclear || table->frames <= table->columns)) {
      return leave_out(place, array, "neither its name nor a setting of its own tells what it is");
    }
    auto clock = clock_of(scope, array.name, time, table->frames);
    if (!clock) {
      if (clear) fail(place, "no variable tells its times", no_clock(array.name), "neither for " + shape_text(array));
      return leave_out(place, array, "no time and no rate");
    }
    if (kind == Quantity::position && table->columns % 3 != 0) {
      fail(place, "positions come in threes", "3 columns a marker", std::to_string(table->columns) + " columns");
    }
    const std::size_t width = motion::components(kind);
    const std::size_t channels = table->columns / width;
    auto labels = labels_of(place, array, names, channels, width);
    const auto* units = own_setting(scope, array.name, kUnits);
    if (units == nullptr && named) units = common_setting(scope, kUnits);
    add_channels(place, kind, std::move(labels), *table, *clock, units);
  }

  std::vector<std::string> labels_of(const std::string& place, const Variable& array, const Variable* names, std::size_t channels, std::size_t width) {
    std::vector<std::string> labels;
    if (names != nullptr && names->texts.size() == channels) {
      labels = names->texts;
    } else if (names != nullptr && width == 3 && names->texts.size() == 3 * channels && is_triples(names->texts)) {
      for (std::size_t c = 0; c < channels; ++c) labels.push_back(without_axis(names->texts[3 * c]));
    } else {
      for (std::size_t c = 0; c < channels; ++c) labels.push_back(channels == 1 ? array.name : array.name + " " + std::to_string(c + 1));
      if (names != nullptr && channels > 1) {
        out_.notes.push_back(place + ": " + std::to_string(names->texts.size()) + " " + names->name + " do not fit " + std::to_string(channels) + " channels; they are numbered");
      } else if (channels > 1) {
        out_.notes.push_back(place + " has no names: its channels are numbered");
      }
    }
    return distinct_names(std::move(labels), channels, "channel of " + place, out_.notes);
  }

  // "Apex" of Apex_X: the letter, then what parts it from the name.
  static std::string without_axis(std::string name) {
    name.pop_back();
    return name.substr(0, name.find_last_not_of("_. -") + 1);
  }

  // LASI_X, LASI_Y, LASI_Z, ...
  static bool is_triples(const std::vector<std::string>& names) {
    for (std::size_t i = 0; i + 2 < names.size(); i += 3) {
      for (std::size_t k = 0; k < 3; ++k) {
        const std::string low = base::lower(names[i + k]);
        if (low.size() < 2 || low.back() != "xyz"[k] || low.substr(0, low.size() - 1) != base::lower(names[i]).substr(0, names[i].size() - 1)) return false;
      }
    }
    return names.size() % 3 == 0;
  }

  // A struct whose name says the kind and whose fields are channels: markers.LASI (n x 3), emg.TA (n x 1).
  bool add_collection(const Scope& scope, int depth) {
    const auto kind = kind_of(scope, "");
    if (!kind) return false;
    std::map<std::pair<std::size_t, std::size_t>, std::vector<const Variable*>> parts;  // by frames and width
    for (const auto& one : scope.group) {
      if (one.is_attribute || is_setting(scope, one) || one.numbers.size() < 2 || !is_chosen(one, depth)) continue;
      if (!one.fields.empty() || among(name_key(one.name), kData) || own_setting(scope, one.name, kNames) != nullptr) return false;
      const std::size_t rows = one.shape.empty() ? one.numbers.size() : one.shape[0];
      const std::size_t columns = one.numbers.size() / rows;
      const bool vector = rows == 1 || columns == 1;
      if (one.shape.size() > 2 || (!vector && columns != 3)) return false;
      parts[vector ? std::pair{one.numbers.size(), std::size_t{1}} : std::pair{rows, columns}].push_back(&one);
    }
    if (parts.empty()) return false;
    for (const auto& [size, arrays] : parts) {
      const auto [frames, width] = size;
      auto quantity = *kind;
      if (quantity == Quantity::position && width != 3) {
        for (const auto* one : arrays) leave_out(scope.prefix + one->name, *one, "a marker has 3 columns");
        continue;
      }
      if (quantity == Quantity::coordinate && width == 3) quantity = Quantity::angle3;
      if (quantity == Quantity::analog && width == 3) quantity = Quantity::vector3;
      const std::size_t components = motion::components(quantity);
      FrameTable table{frames, 0, {}};
      std::vector<std::string> labels;
      for (const auto* one : arrays) {
        for (std::size_t c = 0; c < width / components; ++c) labels.push_back(width == components ? one->name : one->name + " " + std::to_string(c + 1));
      }
      table.columns = labels.size() * components;
      table.values.resize(frames * table.columns);
      for (std::size_t a = 0; a < arrays.size(); ++a) {
        for (std::size_t f = 0; f < frames; ++f) {
          for (std::size_t c = 0; c < width; ++c) table.values[f * table.columns + a * width + c] = arrays[a]->numbers[f * width + c];
        }
      }
      const auto* time = time_of(scope, scope.name);
      if (time != nullptr && time->numbers.size() != frames) time = nullptr;
      const auto clock = clock_of(scope, scope.name, time, frames);
      const std::string place = scope.prefix.substr(0, scope.prefix.size() - 1);
      if (!clock) fail(place, "no variable tells its times", no_clock(scope.name), "neither for " + std::to_string(frames) + " frames");
      add_channels(place, quantity, distinct_names(std::move(labels), table.columns / components, "channel of " + place, out_.notes), table, *clock,
                   common_setting(scope, kUnits));
    }
    return true;
  }

  void add_channels(const std::string& place, Quantity kind, std::vector<std::string> labels, const FrameTable& table, const motion::Clock& clock, const Variable* units) {
    if (kind == Quantity::position) {
      const double factor = unit_factor(path_, place, units, options_.position_unit, "m", out_.notes);
      std::vector<Channel> channels;
      for (auto& label : labels) channels.push_back({std::move(label), "m"});
      out_.series.emplace_back(kind, std::move(channels), clock, to_positions(table.values, table.frames, factor, out_.notes));
      return;
    }
    // Channels that their names call muscles are EMG wherever they stand.
    std::vector<bool> emg(labels.size(), kind == Quantity::emg);
    if (kind == Quantity::analog) std::transform(labels.begin(), labels.end(), emg.begin(), [](const auto& label) { return is_muscle_name(label); });
    for (const bool wanted : {true, false}) {
      const auto many = static_cast<std::size_t>(std::count(emg.begin(), emg.end(), wanted));
      if (many == 0) continue;
      const auto quantity = wanted ? Quantity::emg : kind;
      const std::size_t width = motion::components(quantity);
      double factor = 1;
      std::string unit;
      if (quantity == Quantity::emg) {
        factor = unit_factor(path_, place, units, options_.emg_unit.empty() ? "V" : options_.emg_unit, "V", out_.notes);
        unit = "V";
      } else if (quantity == Quantity::coordinate || quantity == Quantity::angle3) {
        factor = unit_factor(path_, place, units, "deg", "rad", out_.notes);
        unit = "rad";
      } else {
        const auto known = unit_or_as_is(units == nullptr || units->texts.empty() ? "" : units->texts[0]);
        factor = known.factor;
        unit = known.si;
      }
      base::Matrix<double> values(table.frames, many * width);
      std::vector<Channel> channels;
      for (std::size_t c = 0; c < labels.size(); ++c) {
        if (emg[c] != wanted) continue;
        const bool translation = quantity == Quantity::coordinate && is_translation_name(labels[c]);
        for (std::size_t f = 0; f < table.frames; ++f) {
          for (std::size_t k = 0; k < width; ++k) {
            values(f, channels.size() * width + k) = table.values[f * table.columns + c * width + k] * (translation ? 1 : factor);
          }
        }
        channels.push_back({labels[c], translation ? "m" : unit});
      }
      out_.series.emplace_back(quantity, std::move(channels), clock, std::move(values));
    }
  }

  void merge_same_clocks() {
    std::vector<motion::Series> merged;
    while (!out_.series.empty()) {
      std::vector<motion::Series> alike;
      std::vector<motion::Series> others;
      for (auto& one : out_.series) {
        const bool fits = alike.empty() || (one.quantity() == alike[0].quantity() && same_times(one.clock(), alike[0].clock()));
        (fits ? alike : others).push_back(std::move(one));
      }
      out_.series = std::move(others);
      merged.push_back(alike.size() == 1 ? std::move(alike[0]) : merge(alike));
    }
    out_.series = std::move(merged);
  }

  motion::Series merge(const std::vector<motion::Series>& alike) {
    std::vector<std::string> names;
    std::vector<std::string> units;
    std::size_t columns = 0;
    for (const auto& one : alike) {
      for (const auto& channel : one.channels()) names.push_back(channel.name), units.push_back(channel.unit);
      columns += one.values().columns();
    }
    const std::size_t count = names.size();
    names = distinct_names(std::move(names), count, "channel", out_.notes);
    std::vector<Channel> channels;
    for (std::size_t c = 0; c < count; ++c) channels.push_back({names[c], units[c]});
    base::Matrix<double> values(alike[0].frames(), columns);
    for (std::size_t f = 0; f < values.rows(); ++f) {
      std::size_t to = 0;
      for (const auto& one : alike) {
        for (std::size_t c = 0; c < one.values().columns(); ++c) values(f, to++) = one.values()(f, c);
      }
    }
    return {alike[0].quantity(), std::move(channels), alike[0].clock(), std::move(values)};
  }

  const std::string& path_;
  const std::vector<const Variable*>& part_;
  const VariableOptions& options_;
  motion::Recording& out_;
  std::vector<std::string> left_out_;
};

}  // namespace

double rate_of(const std::string& path, const Variable& variable, const std::string& place) {
  if (variable.numbers.size() != 1 || !(std::isfinite(variable.numbers[0]) && variable.numbers[0] > 0 && variable.numbers[0] < 1e7)) {
    throw FormatError(path, Place::named(place), "the rate", "one number of Hz above 0", variable.numbers.size() == 1 ? base::to_text(variable.numbers[0]) : shape_text(variable));
  }
  return variable.numbers[0];
}

double unit_factor(const std::string& path, const std::string& place, const Variable* units, const std::string& otherwise, std::string_view si,
                   std::vector<std::string>& notes) {
  std::set<std::string> stated;
  if (units != nullptr) {
    for (const auto& text : units->texts) {
      if (!text.empty()) stated.insert(text);
    }
  }
  const std::string words = si == "m" ? "m, cm or mm" : si == "V" ? "V, mV or uV" : "deg or rad";
  const std::string expected = "the text " + words + " in a variable units beside it" + (si == "m" ? ", or --units" : si == "V" ? ", or --emg-units" : "");
  if (stated.size() > 1) throw FormatError(path, Place::named(place), "its channels have several units", "one", base::join({stated.begin(), stated.end()}));
  const std::string text = stated.empty() ? otherwise : *stated.begin();
  const auto unit = parse_unit(text);
  if (!unit || unit->si != si) throw FormatError(path, Place::named(place), "its unit is not known", expected, text.empty() ? "nothing" : base::quoted(text));
  if (stated.empty()) notes.push_back(place + " states no unit: taken as " + text);
  return unit->factor;
}

base::Matrix<double> to_positions(const std::vector<double>& values, std::size_t frames, double factor, std::vector<std::string>& notes) {
  const std::size_t columns = frames == 0 ? 0 : values.size() / frames;
  base::Matrix<double> out(frames, columns);
  std::size_t zeros = 0;
  for (std::size_t f = 0; f < frames; ++f) {
    for (std::size_t c = 0; c + 2 < columns; c += 3) {
      const double* from = &values[f * columns + c];
      const bool zero = from[0] == 0 && from[1] == 0 && from[2] == 0;
      zeros += zero ? 1 : 0;
      for (std::size_t k = 0; k < 3; ++k) out(f, c + k) = zero ? std::nan("") : from[k] * factor;
    }
  }
  if (zeros > 0) notes.push_back(std::to_string(zeros) + " markers at exactly 0 0 0 count as missing");
  return out;
}

void add_named_arrays(const std::string& path, const std::vector<Variable>& variables, const std::vector<const Variable*>& part,
                      const VariableOptions& options, motion::Recording& out) {
  Adder adder(path, part, options, out);
  adder.add_group(Scope(variables, nullptr, "", ""), 0);
  adder.finish();
}

}  // namespace kinemyo::io
