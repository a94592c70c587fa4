#include <algorithm>
#include <cmath>
#include <set>

#include "kinemyo/base/file.h"
#include "kinemyo/dataset/store.h"
#include "kinemyo/dataset/store_hash.h"
#include "kinemyo/dataset/store_hdf5.h"

namespace kinemyo::dataset {

namespace {

using motion::Series;

std::vector<hsize_t> series_shape(const Series& series) {
  std::vector<hsize_t> out{series.frames(), series.channels().size()};
  if (series.components() > 1) out.push_back(series.components());
  return out;
}

void write_channels(const h5::Object& array, const Series& series) {
  std::vector<std::string> units;
  for (const auto& channel : series.channels()) units.push_back(channel.unit);
  h5::write_text(array, "quantity", std::string(to_string(series.quantity())));
  h5::write_texts(array, "names", series.names());
  h5::write_texts(array, "units", units);
}

void write_marked(const h5::Object& trial, const char* name, const char* mask, const Marked& part,
                  std::size_t frames) {
  if (part.empty()) return;
  const auto& series = part.series;
  require(series.frames() == frames, std::string("StoreWriter: ") + name + " is not on the trial's timeline");
  require(part.marks.rows() == frames && part.marks.columns() == series.channels().size(),
          std::string("StoreWriter: marks of ") + name + " are not frames x channels");
  write_channels(h5::write_array(trial, name, series_shape(series), H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE,
                                 series.values().data()),
                 series);
  const auto array = h5::write_array(trial, mask, {part.marks.rows(), part.marks.columns()}, H5T_STD_U8LE,
                                     H5T_NATIVE_UINT8, part.marks.data());
  h5::write_text(array, "meaning", "0 missing, 1 measured, 2 filled");
}

void write_time(const h5::Object& trial, const char* name, const motion::Clock& clock) {
  std::vector<double> time_s(clock.size());
  for (std::size_t f = 0; f < clock.size(); ++f) time_s[f] = clock.time_s(f);
  const auto array =
      h5::write_array(trial, name, {time_s.size()}, H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, time_s.data());
  h5::write_text(array, "unit", "s");
  h5::write_number(array, "rate_hz", clock.rate_hz());
  h5::write_integer(array, "uniform", clock.is_uniform() ? 1 : 0);
}

template <typename Value>
std::vector<std::string> names_of(const std::map<std::string, Value>& map) {
  std::vector<std::string> out;
  for (const auto& [name, value] : map) out.push_back(name);
  return out;
}

template <typename Value>
std::vector<Value> values_of(const std::map<std::string, Value>& map) {
  std::vector<Value> out;
  for (const auto& [name, value] : map) out.push_back(value);
  return out;
}

void write_synchronised(const h5::Object& at, const std::vector<Synchronised>& all) {
  std::vector<std::string> files, by, rests_on;
  std::vector<double> lag_s, origin_s, drift_ppm, residual_s, correlation, confidence, points;
  for (const auto& [file, how] : all) {
    files.push_back(file);
    by.emplace_back(to_string(how.by));
    rests_on.push_back(how.rests_on);
    lag_s.push_back(how.clock.lag_s);
    origin_s.push_back(how.clock.origin_s);
    drift_ppm.push_back(how.clock.drift_ppm);
    residual_s.push_back(how.clock.residual_s);
    correlation.push_back(how.clock.correlation);
    confidence.push_back(how.clock.confidence);
    points.push_back(static_cast<double>(how.clock.points));
  }
  h5::write_texts(at, "sync_files", files);
  h5::write_texts(at, "sync_by", by);
  h5::write_texts(at, "sync_rests_on", rests_on);
  h5::write_numbers(at, "sync_lag_s", lag_s);
  h5::write_numbers(at, "sync_origin_s", origin_s);
  h5::write_numbers(at, "sync_drift_ppm", drift_ppm);
  h5::write_numbers(at, "sync_residual_s", residual_s);
  h5::write_numbers(at, "sync_correlation", correlation);
  h5::write_numbers(at, "sync_confidence", confidence);
  h5::write_numbers(at, "sync_points", points);
}

void write_facts(const h5::Object& at, const PreparedTrial& trial) {
  std::vector<std::string> labels, contexts;
  std::vector<double> times_s;
  for (const auto& event : trial.events) {
    labels.push_back(event.label);
    contexts.push_back(event.context);
    times_s.push_back(event.time_s);
  }
  h5::write_number(at, "rate_hz", trial.rate_hz);
  h5::write_integer(at, "synthetic", trial.synthetic ? 1 : 0);
  h5::write_texts(at, "history", trial.history);
  h5::write_texts(at, "event_labels", labels);
  h5::write_texts(at, "event_contexts", contexts);
  h5::write_numbers(at, "event_times_s", times_s);
  h5::write_texts(at, "measure_names", names_of(trial.measures));
  h5::write_numbers(at, "measures", values_of(trial.measures));
  h5::write_texts(at, "emg_score_names", names_of(trial.emg_scores));
  h5::write_numbers(at, "emg_scores", values_of(trial.emg_scores));
  if (trial.emg_edge_s > 0) h5::write_number(at, "emg_edge_s", trial.emg_edge_s);
  write_synchronised(at, trial.synchronised);
  h5::write_texts(at, "emg_excluded_names", names_of(trial.emg_excluded));
  h5::write_texts(at, "emg_excluded_reasons", values_of(trial.emg_excluded));
}

void check_name(const std::string& name, const char* what) {
  require(!name.empty() && name != "." && name.find('/') == std::string::npos &&
              name.find('\0') == std::string::npos,
          std::string("StoreWriter: ") + what + " " + base::quoted(name) + " cannot be a name in a store");
}

}  // namespace

struct StoreWriter::File {
  std::string path;
  base::AtomicFile target;
  h5::Object root;
  std::set<motion::TrialKey> written;
  EmgReference reference;
  std::map<std::string, EmgUnits> emg_units;                             // by subject
  std::map<std::string, std::map<std::string, double>> emg_mean_frames;  // that a mean is of

  File(std::filesystem::path where, EmgReference kind)
      : path(where.string()), target(std::move(where)), root{&path, "/", {}}, reference(kind) {
    root.handle = h5::create_file(target.temporary().string());
    h5::write_text(root, "format", "kinemyo prepared store");
    h5::write_integer(root, "version", 1);
    h5::write_text(root, "program", "kinemyo " KINEMYO_VERSION);
  }

  void measure_emg(const PreparedTrial& trial, bool mvc) {
    const auto& series = trial.emg.series;
    for (std::size_t c = 0; c < series.channels().size(); ++c) {
      const auto& muscle = series.channels()[c].name;
      double largest_v = 0, sum_v = 0, frames = 0;
      for (const double value_v : series.values().column(c)) {
        if (std::isnan(value_v)) continue;
        largest_v = std::max(largest_v, value_v);
        sum_v += value_v;
        frames += 1;
      }
      if (frames == 0) continue;
      auto& unit = emg_units[trial.key.subject][muscle];
      if (reference == EmgReference::mean) {
        auto& all = emg_mean_frames[trial.key.subject][muscle];
        all += frames;
        unit.kind = EmgReference::mean;
        unit.value_v += (sum_v - unit.value_v * frames) / all;
      } else {
        if (mvc) unit.kind = EmgReference::mvc;
        unit.value_v = std::max(unit.value_v, largest_v);
      }
    }
  }

  h5::Object group(const h5::Object& parent, const std::string& name) {
    return h5::has(parent, name.c_str()) ? h5::open_group(parent, name) : h5::create_group(parent, name);
  }
};

StoreWriter::StoreWriter(std::filesystem::path path, EmgReference reference)
    : file_(std::make_unique<File>(std::move(path), reference)) {}
StoreWriter::~StoreWriter() = default;
StoreWriter::StoreWriter(StoreWriter&&) noexcept = default;

void StoreWriter::add(const PreparedTrial& trial) {
  check_name(trial.key.subject, "subject");
  check_name(trial.key.activity, "activity");
  check_name(trial.key.trial, "trial");
  const Series* timeline = nullptr;
  for (const Marked* part : {&trial.markers, &trial.angles, &trial.emg}) {
    if (timeline == nullptr && !part->empty()) timeline = &part->series;
  }
  require(timeline != nullptr && timeline->frames() > 0 && timeline->clock().is_uniform(),
          "StoreWriter: trial " + to_string(trial.key) + " has no frames on a uniform timeline");
  require(trial.rate_hz == timeline->clock().rate_hz(), "StoreWriter: rate_hz is not the timeline's");
  require(!trial.emg_raw || (trial.emg_raw->frames() > 0 && !trial.emg_raw->channels().empty()),
          "StoreWriter: raw EMG without samples or channels");
  if (!file_->written.insert(trial.key).second) {
    throw Error("two trials are named " + to_string(trial.key));
  }
  const auto subject = file_->group(file_->root, trial.key.subject);
  const auto activity = file_->group(subject, trial.key.activity);
  const auto at = h5::create_group(activity, trial.key.trial);
  write_facts(at, trial);
  h5::write_text(at, "content_hash", content_hash(trial));
  write_time(at, "time", timeline->clock());
  write_marked(at, "markers", "mask_markers", trial.markers, timeline->frames());
  write_marked(at, "angles", "mask_angles", trial.angles, timeline->frames());
  write_marked(at, "emg", "mask_emg", trial.emg, timeline->frames());
  if (trial.emg_raw) {
    write_time(at, "emg_raw_time", trial.emg_raw->clock());
    write_channels(h5::write_array(at, "emg_raw", series_shape(*trial.emg_raw), H5T_IEEE_F32LE,
                                   H5T_NATIVE_DOUBLE, trial.emg_raw->values().data()),
                   *trial.emg_raw);
  }
  file_->measure_emg(trial, false);
}

void StoreWriter::add_mvc(const PreparedTrial& trial) {
  if (file_->reference != EmgReference::mean) file_->measure_emg(trial, true);
}

const std::map<std::string, EmgUnits>& StoreWriter::emg_units() const { return file_->emg_units; }

void StoreWriter::set_marker_faults(const motion::TrialKey& key, const std::vector<std::string>& faults) {
  require(file_->written.contains(key), "StoreWriter: faults of a trial that was not added: " + to_string(key));
  if (faults.empty()) return;
  const auto activity = h5::open_group(h5::open_group(file_->root, key.subject), key.activity);
  h5::write_texts(h5::open_group(activity, key.trial), "marker_faults", faults);
}

void StoreWriter::set_methods(const std::string& text) { h5::write_text(file_->root, "methods", text); }

void StoreWriter::commit() {
  for (const auto& [subject, units] : file_->emg_units) {
    if (!h5::has(file_->root, subject.c_str())) continue;  // nothing but MVC trials
    const auto at = h5::open_group(file_->root, subject);
    std::vector<double> values_v;
    std::vector<std::string> kinds;
    for (const auto& [muscle, unit] : units) {
      values_v.push_back(unit.value_v);
      kinds.emplace_back(to_string(unit.kind));
    }
    h5::write_texts(at, "emg_reference_names", names_of(units));
    h5::write_texts(at, "emg_reference_kinds", kinds);
    h5::write_numbers(at, "emg_reference_v", values_v);
  }
  // What HDF5 still holds in memory meets a full disk here, not in add().
  if (H5Fflush(file_->root.id(), H5F_SCOPE_LOCAL) < 0 || file_->root.handle.reset() < 0) {
    throw IoError(file_->path, "cannot write: " + h5::last_problem());
  }
  file_->target.commit();
}

}  // namespace kinemyo::dataset
