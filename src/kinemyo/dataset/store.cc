#include "kinemyo/dataset/store.h"

#include <algorithm>
#include <cmath>

#include "kinemyo/base/hash.h"
#include "kinemyo/base/text.h"
#include "kinemyo/dataset/store_hash.h"
#include "kinemyo/dataset/store_hdf5.h"

namespace kinemyo::dataset {

namespace {

using motion::Quantity;
using motion::Series;

constexpr Quantity kQuantities[] = {Quantity::position, Quantity::coordinate, Quantity::emg};
// A timeline that someone else wrote may be rounded, but not by a tenth of a frame.
constexpr double kTimelineTolerance = 0.1;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// "Trial10" after "Trial9"; equal numbers ("01" and "1") fall back to the text.
bool natural_less(const std::string& a, const std::string& b) {
  std::size_t i = 0, j = 0;
  while (i < a.size() && j < b.size()) {
    if (is_digit(a[i]) && is_digit(b[j])) {
      const auto number = [](const std::string& text, std::size_t& at) {
        while (at < text.size() && text[at] == '0') ++at;
        const auto from = at;
        while (at < text.size() && is_digit(text[at])) ++at;
        return text.substr(from, at - from);
      };
      const auto x = number(a, i), y = number(b, j);
      if (x.size() != y.size()) return x.size() < y.size();
      if (x != y) return x < y;
    } else if (a[i] != b[j]) {
      return a[i] < b[j];
    } else {
      ++i;
      ++j;
    }
  }
  if ((i < a.size()) != (j < b.size())) return j < b.size();
  return a < b;
}

bool key_less(const motion::TrialKey& a, const motion::TrialKey& b) {
  if (a.subject != b.subject) return natural_less(a.subject, b.subject);
  if (a.activity != b.activity) return natural_less(a.activity, b.activity);
  return natural_less(a.trial, b.trial);
}

motion::Clock read_time(const h5::Object& trial, const char* name, bool needs_uniform) {
  const auto array = h5::open_array(trial, name);
  const auto count = static_cast<std::size_t>(h5::shape(array, 1)[0]);
  auto time_s = h5::read_doubles(array, count);
  const double rate_hz = h5::read_number(array, "rate_hz");
  if (!std::isfinite(rate_hz) || rate_hz <= 0) {
    h5::fail(array, "bad rate", "a rate above 0 Hz", base::to_text(rate_hz));
  }
  const bool uniform = h5::read_number(array, "uniform") != 0;
  if (needs_uniform && (!uniform || count == 0)) {
    h5::fail(array, "no uniform timeline", "frames at an even rate", std::to_string(count) + " stamps");
  }
  if (!uniform) return motion::Clock::stamped(std::move(time_s));
  const double start_s = count == 0 ? 0.0 : time_s[0];
  if (!std::isfinite(start_s)) h5::fail(array, "bad time of frame 0", "a number", "nan");
  const auto clock = motion::Clock::uniform(rate_hz, start_s, count);
  for (std::size_t f = 0; f < count; ++f) {
    if (!(std::abs(time_s[f] - clock.time_s(f)) * rate_hz < kTimelineTolerance)) {
      h5::fail(array, "time of frame " + std::to_string(f) + " does not fit the rate",
               base::to_text(clock.time_s(f)) + " s", base::to_text(time_s[f]) + " s");
    }
  }
  return clock;
}

Series read_series(const h5::Object& trial, const char* name, const motion::Clock& clock) {
  const auto array = h5::open_array(trial, name);
  const auto quantity_name = h5::read_text(array, "quantity");
  const auto* quantity = std::find_if(std::begin(kQuantities), std::end(kQuantities), [&](Quantity one) {
    return to_string(one) == quantity_name;
  });
  if (quantity == std::end(kQuantities)) {
    h5::fail(array, "unknown quantity", "position, coordinate or emg", base::quoted(quantity_name));
  }
  const auto names = h5::read_texts(array, "names");
  const auto units = h5::read_texts(array, "units");
  const std::size_t components = motion::components(*quantity);
  const auto shape = h5::shape(array, components > 1 ? 3 : 2);
  const std::vector<hsize_t> expected =
      components > 1 ? std::vector<hsize_t>{clock.size(), names.size(), components}
                     : std::vector<hsize_t>{clock.size(), names.size()};
  const auto text = [](const std::vector<hsize_t>& axes) {
    std::vector<std::string> parts;
    for (const auto axis : axes) parts.push_back(std::to_string(axis));
    return base::join(parts, " x ");
  };
  if (shape != expected || units.size() != names.size()) {
    h5::fail(array, "wrong shape for its time and names",
             text(expected) + " and " + std::to_string(names.size()) + " units",
             text(shape) + " and " + std::to_string(units.size()));
  }
  std::vector<motion::Channel> channels;
  for (std::size_t c = 0; c < names.size(); ++c) channels.push_back({names[c], units[c]});
  const std::size_t columns = names.size() * components;
  try {
    return {*quantity, std::move(channels), clock,
            base::Matrix<double>(clock.size(), columns, h5::read_doubles(array, clock.size() * columns))};
  } catch (const FormatError&) {
    throw;
  } catch (const Error& problem) {
    h5::fail(array, problem.what(), "names of their own", "a name twice");
  }
}

Marked read_marked(const h5::Object& trial, const char* name, const char* mask, const motion::Clock& clock) {
  if (!h5::has(trial, name)) return {};
  Marked out{read_series(trial, name, clock), {}};
  const auto array = h5::open_array(trial, mask);
  const auto shape = h5::shape(array, 2);
  const std::size_t rows = out.series.frames(), columns = out.series.channels().size();
  if (shape[0] != rows || shape[1] != columns) {
    h5::fail(array, "wrong shape for its data", std::to_string(rows) + " x " + std::to_string(columns),
             std::to_string(shape[0]) + " x " + std::to_string(shape[1]));
  }
  auto marks = h5::read_bytes(array, rows * columns);
  for (const auto mark : marks) {
    if (mark > static_cast<std::uint8_t>(Mark::filled)) {
      h5::fail(array, "unknown mark", "0 missing, 1 measured, 2 filled", std::to_string(mark));
    }
  }
  out.marks = base::Matrix<std::uint8_t>(rows, columns, std::move(marks));
  return out;
}

std::vector<std::string> optional_texts(const h5::Object& at, const char* name) {
  return h5::has_attribute(at, name) ? h5::read_texts(at, name) : std::vector<std::string>{};
}

std::vector<double> optional_numbers(const h5::Object& at, const char* name) {
  return h5::has_attribute(at, name) ? h5::read_numbers(at, name) : std::vector<double>{};
}

template <typename Value>
std::map<std::string, Value> pair_up(const h5::Object& at, const char* what, std::vector<std::string> names,
                                     std::vector<Value> values) {
  if (names.size() != values.size()) {
    h5::fail(at, std::string("names and values of ") + what + " differ in number", std::to_string(names.size()),
             std::to_string(values.size()));
  }
  std::map<std::string, Value> out;
  for (std::size_t i = 0; i < names.size(); ++i) out[std::move(names[i])] = std::move(values[i]);
  return out;
}

std::vector<Synchronised> read_synchronised(const h5::Object& at) {
  const auto files = optional_texts(at, "sync_files"), by = optional_texts(at, "sync_by"), rests_on = optional_texts(at, "sync_rests_on");
  const auto lag_s = optional_numbers(at, "sync_lag_s"), origin_s = optional_numbers(at, "sync_origin_s"),
             drift_ppm = optional_numbers(at, "sync_drift_ppm"), residual_s = optional_numbers(at, "sync_residual_s"),
             correlation = optional_numbers(at, "sync_correlation"), confidence = optional_numbers(at, "sync_confidence"),
             points = optional_numbers(at, "sync_points");
  for (const std::size_t size : {by.size(), rests_on.size(), lag_s.size(), origin_s.size(), drift_ppm.size(), residual_s.size(),
                                 correlation.size(), confidence.size(), points.size()}) {
    if (size == files.size()) continue;
    h5::fail(at, "files that were synchronised and how differ in number", std::to_string(files.size()), std::to_string(size));
  }
  std::vector<Synchronised> out;
  for (std::size_t i = 0; i < files.size(); ++i) {
    signal::Alignment clock{lag_s[i], drift_ppm[i], origin_s[i], correlation[i], residual_s[i], confidence[i], 0};
    clock.points = points[i] >= 0 && points[i] < 1e9 ? static_cast<std::size_t>(points[i]) : 0;
    try {
      out.push_back({files[i], {clock, align_by(by[i]), rests_on[i]}});
    } catch (const Error&) {
      h5::fail(at, "unknown sync_by", "stamps, events, activity, clock, start or lag", base::quoted(by[i]));
    }
  }
  return out;
}

EmgReference reference_of(const h5::Object& subject, const std::string& name) {
  for (const auto kind : {EmgReference::peak, EmgReference::mvc, EmgReference::mean}) {
    if (name == to_string(kind)) return kind;
  }
  h5::fail(subject, "unknown kind of EMG reference", "peak, mvc or mean", base::quoted(name));
}

EmgUnits read_emg_units(const h5::Object& subject) {
  // Stores of before there was a choice have the peak, by another name; some have one kind for all muscles.
  const bool old = !h5::has_attribute(subject, "emg_reference_names");
  const auto values_v = pair_up(subject, "emg_reference", optional_texts(subject, old ? "emg_peak_names" : "emg_reference_names"),
                                optional_numbers(subject, old ? "emg_peak_v" : "emg_reference_v"));
  EmgUnits out;
  for (const auto& [muscle, value_v] : values_v) out[muscle].value_v = value_v;
  if (h5::has_attribute(subject, "emg_reference_kinds")) {
    const auto kinds = pair_up(subject, "emg_reference_kinds", optional_texts(subject, "emg_reference_names"),
                               optional_texts(subject, "emg_reference_kinds"));
    for (const auto& [muscle, kind] : kinds) out[muscle].kind = reference_of(subject, kind);
  } else if (h5::has_attribute(subject, "emg_reference")) {
    const auto kind = reference_of(subject, h5::read_text(subject, "emg_reference"));
    for (auto& [muscle, unit] : out) unit.kind = kind;
  }
  return out;
}

}  // namespace

struct Store::File {
  std::string path;
  h5::Object root;
  std::vector<motion::TrialKey> keys;

  explicit File(const std::filesystem::path& where) : path(where.string()), root{&path, "/", {}} {
    std::error_code problem;
    const auto status = std::filesystem::status(where, problem);
    if (!std::filesystem::exists(status)) throw IoError(path, "there is no such file");
    if (std::filesystem::is_directory(status)) throw IoError(path, "is a folder, not a file");
    root.handle = h5::open_file(path);
    if (!h5::has_attribute(root, "format") || h5::read_text(root, "format") != "kinemyo prepared store") {
      h5::fail(root, "this HDF5 file is no prepared store", "attribute format = \"kinemyo prepared store\"",
               "another file's content");
    }
    const double version = h5::read_number(root, "version");
    if (version != 1) h5::fail(root, "unknown version of the store", "1", base::to_text(version));
    for (const auto& subject : h5::group_names(root)) {
      const auto subject_group = h5::open_group(root, subject);
      for (const auto& activity : h5::group_names(subject_group)) {
        const auto activity_group = h5::open_group(subject_group, activity);
        for (const auto& trial : h5::group_names(activity_group)) keys.push_back({subject, activity, trial});
      }
    }
    std::sort(keys.begin(), keys.end(), key_less);
  }

  h5::Object trial(const motion::TrialKey& key) const {
    if (std::find(keys.begin(), keys.end(), key) == keys.end()) {
      throw Error(path + " has no trial " + to_string(key));
    }
    return h5::open_group(h5::open_group(h5::open_group(root, key.subject), key.activity), key.trial);
  }
};

bool is_static(const motion::TrialKey& key) { return base::lower(key.activity) == "static"; }

bool is_mvc(const motion::TrialKey& key) {
  const auto name = base::lower(key.activity);
  for (const std::string word : {"mvic", "mvc"}) {
    if (name.starts_with(word)) return name.size() == word.size() || name[word.size()] < 'a' || name[word.size()] > 'z';
  }
  return false;
}

std::string_view to_string(EmgReference reference) {
  switch (reference) {
    case EmgReference::peak: return "peak";
    case EmgReference::mvc: return "mvc";
    case EmgReference::mean: return "mean";
  }
  return "";
}

Store::Store(std::filesystem::path path) : file_(std::make_unique<File>(path)) {}
Store::~Store() = default;
Store::Store(Store&&) noexcept = default;

const std::vector<motion::TrialKey>& Store::keys() const { return file_->keys; }

std::string Store::methods() const {
  return h5::has_attribute(file_->root, "methods") ? h5::read_text(file_->root, "methods") : "";
}

PreparedTrial Store::read(const motion::TrialKey& key) const {
  const auto at = file_->trial(key);
  const auto subject = h5::open_group(file_->root, key.subject);
  PreparedTrial out;
  out.key = key;
  const auto clock = read_time(at, "time", true);
  out.rate_hz = clock.rate_hz();
  out.markers = read_marked(at, "markers", "mask_markers", clock);
  out.angles = read_marked(at, "angles", "mask_angles", clock);
  out.emg = read_marked(at, "emg", "mask_emg", clock);
  if (h5::has(at, "emg_raw")) out.emg_raw = read_series(at, "emg_raw", read_time(at, "emg_raw_time", false));
  out.synthetic = h5::read_number(at, "synthetic") != 0;
  out.history = optional_texts(at, "history");
  const auto labels = optional_texts(at, "event_labels");
  const auto contexts = optional_texts(at, "event_contexts");
  const auto times_s = optional_numbers(at, "event_times_s");
  if (labels.size() != contexts.size() || labels.size() != times_s.size()) {
    h5::fail(at, "labels, contexts and times of events differ in number", std::to_string(labels.size()),
             std::to_string(contexts.size()) + " and " + std::to_string(times_s.size()));
  }
  for (std::size_t i = 0; i < labels.size(); ++i) out.events.push_back({labels[i], contexts[i], times_s[i]});
  out.measures = pair_up(at, "measures", optional_texts(at, "measure_names"), optional_numbers(at, "measures"));
  out.emg_excluded = pair_up(at, "emg_excluded", optional_texts(at, "emg_excluded_names"),
                             optional_texts(at, "emg_excluded_reasons"));
  out.emg_scores = pair_up(at, "emg_scores", optional_texts(at, "emg_score_names"), optional_numbers(at, "emg_scores"));
  if (h5::has_attribute(at, "emg_edge_s")) out.emg_edge_s = h5::read_number(at, "emg_edge_s");
  out.synchronised = read_synchronised(at);
  out.marker_faults = optional_texts(at, "marker_faults");
  out.emg_units = read_emg_units(subject);
  if (h5::has_attribute(at, "content_hash")) {
    const auto stored = h5::read_text(at, "content_hash"), found = content_hash(out);
    if (stored != found) {
      h5::fail(at, "the content was changed after it was written", "content_hash " + stored, found);
    }
  }
  return out;
}

std::string Store::hash() const {
  base::Hash hash;
  for (const auto& key : keys()) {
    const auto at = file_->trial(key);
    hash.add(to_string(key) + " ");
    hash.add(h5::has_attribute(at, "content_hash") ? h5::read_text(at, "content_hash") : content_hash(read(key)));
    // The peak over the trials follows from them; other references do not.
    for (const auto& [muscle, unit] : read_emg_units(h5::open_group(file_->root, key.subject))) {
      if (unit.kind == EmgReference::peak) continue;
      hash.add(muscle + " " + std::string(to_string(unit.kind)) + " " + base::to_text(unit.value_v) + " ");
    }
  }
  return hash.hex();
}

}  // namespace kinemyo::dataset
