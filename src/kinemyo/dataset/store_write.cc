#include <algorithm>
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
  std::map<std::string, std::map<std::string, double>> peaks_v;  // by subject, muscle

  explicit File(std::filesystem::path where)
      : path(where.string()), target(std::move(where)), root{&path, "/", {}} {
    root.handle = h5::create_file(target.temporary().string());
    h5::write_text(root, "format", "kinemyo prepared store");
    h5::write_integer(root, "version", 1);
    h5::write_text(root, "program", "kinemyo " KINEMYO_VERSION);
  }

  h5::Object group(const h5::Object& parent, const std::string& name) {
    return h5::has(parent, name.c_str()) ? h5::open_group(parent, name) : h5::create_group(parent, name);
  }
};

StoreWriter::StoreWriter(std::filesystem::path path) : file_(std::make_unique<File>(std::move(path))) {}
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
  auto& peaks_v = file_->peaks_v[trial.key.subject];
  for (const auto& [muscle, peak_v] : trial.emg_peak_v) {
    const auto [place, is_new] = peaks_v.emplace(muscle, peak_v);
    if (!is_new) place->second = std::max(place->second, peak_v);
  }
}

void StoreWriter::commit() {
  for (const auto& [subject, peaks_v] : file_->peaks_v) {
    const auto at = h5::open_group(file_->root, subject);
    h5::write_texts(at, "emg_peak_names", names_of(peaks_v));
    h5::write_numbers(at, "emg_peak_v", values_of(peaks_v));
  }
  // What HDF5 still holds in memory meets a full disk here, not in add().
  if (H5Fflush(file_->root.id(), H5F_SCOPE_LOCAL) < 0 || file_->root.handle.reset() < 0) {
    throw IoError(file_->path, "cannot write: " + h5::last_problem());
  }
  file_->target.commit();
}

}  // namespace kinemyo::dataset
