#include "kinemyo/io/any.h"

#include <algorithm>
#include <cmath>
#include <fstream>

#include "kinemyo/base/file.h"
#include "kinemyo/base/text.h"
#include "kinemyo/io/c3d.h"
#include "kinemyo/io/csv.h"
#include "kinemyo/io/edf.h"
#include "kinemyo/io/hdf5_variables.h"
#include "kinemyo/io/keypoints_json.h"
#include "kinemyo/io/landmarks.h"
#include "kinemyo/io/mat.h"
#include "kinemyo/io/motive_csv.h"
#include "kinemyo/io/npy.h"
#include "kinemyo/io/qualisys_tsv.h"
#include "kinemyo/io/stamps.h"
#include "kinemyo/io/sto.h"
#include "kinemyo/io/trc.h"
#include "kinemyo/io/trial_csv.h"
#include "kinemyo/io/vicon_csv.h"
#include "kinemyo/io/xdf.h"

namespace kinemyo::io {

namespace {

enum class Kind { c3d, trc, sto, npy, csv, vicon, qualisys, motive, xdf, edf, mat, hdf5, keypoints, none };

constexpr const char* kPreparedStore = "kinemyo prepared store";
constexpr std::size_t kStoreHead = 1 << 20;  // bytes in which a store says that it is one

std::string extension_of(const std::filesystem::path& path) { return base::lower(path.extension().string()); }

bool is_hdf5_extension(const std::string& extension) { return extension == ".h5" || extension == ".hdf5"; }

Kind kind_of_extension(const std::filesystem::path& path) {
  const std::string extension = extension_of(path);
  if (extension == ".c3d") return Kind::c3d;
  if (extension == ".trc") return Kind::trc;
  if (extension == ".sto" || extension == ".mot") return Kind::sto;
  if (extension == ".npy") return Kind::npy;
  if (extension == ".csv") return Kind::csv;
  if (extension == ".xdf") return Kind::xdf;
  if (extension == ".edf" || extension == ".bdf") return Kind::edf;
  if (extension == ".mat" || extension == ".zoo") return Kind::mat;
  if (is_hdf5_extension(extension)) return Kind::hdf5;
  if (extension == ".json" || extension == ".jsonl" || extension == ".ndjson") return Kind::keypoints;
  return Kind::none;
}

Kind kind_of_content(std::string_view bytes) {
  if (looks_like_xdf(bytes)) return Kind::xdf;
  if (looks_like_edf(bytes)) return Kind::edf;
  if (looks_like_hdf5(bytes)) return Kind::hdf5;
  if (looks_like_mat(bytes)) return Kind::mat;
  if (looks_like_c3d(bytes)) return Kind::c3d;
  if (bytes.starts_with("\x93NUMPY")) return Kind::npy;
  if (looks_like_vicon_csv(bytes)) return Kind::vicon;
  if (looks_like_qualisys_tsv(bytes)) return Kind::qualisys;
  if (looks_like_motive_csv(bytes)) return Kind::motive;
  if (looks_like_keypoints_json(bytes)) return Kind::keypoints;
  const std::string head = base::lower(bytes.substr(0, 1 << 16));
  if (head.starts_with("pathfiletype") || head.starts_with("\xef\xbb\xbfpathfiletype")) return Kind::trc;
  if (head.find("\nendheader") != head.npos || head.starts_with("endheader")) return Kind::sto;
  return Kind::none;
}

motion::Recording parse_csv_recording(std::string_view bytes, const std::string& path, const ReadOptions& options) {
  Table table = parse_csv(bytes, path);
  if (looks_like_landmarks(table)) {
    LandmarkOptions landmark;
    if (!options.position_unit.empty()) landmark.position_unit = options.position_unit;
    if (options.rate_hz > 0) landmark.rate_hz = options.rate_hz;
    return parse_landmarks(std::move(table), landmark);
  }
  TrialCsvOptions trial;
  if (!options.position_unit.empty()) trial.position_unit = options.position_unit;
  if (!options.emg_unit.empty()) trial.emg_unit = options.emg_unit;
  trial.angles = options.angles;
  trial.muscles = options.muscles;
  return parse_trial_csv(table, trial);
}

motion::Recording parse_npy_recording(std::string_view bytes, const std::string& path, const ReadOptions& options) {
  NpyArray array = parse_npy(bytes, path);
  if (array.values.empty()) {
    throw FormatError(path, Place::named("shape"), "the array is empty", "frames x channels", "no numbers");
  }
  // Rows are frames; what lies behind the first dimension are channels.
  const std::size_t frames = array.shape.empty() ? 1 : array.shape[0];
  const std::size_t width = array.values.size() / frames;
  std::vector<std::string> sizes;
  for (const auto size : array.shape) sizes.push_back(std::to_string(size));
  motion::Recording out;
  out.source = path;
  out.format = "npy";
  std::vector<motion::Channel> channels;
  for (std::size_t c = 0; c < width; ++c) channels.push_back({std::to_string(c), ""});
  const double rate = options.rate_hz > 0 ? options.rate_hz : 1;
  out.notes.push_back("shape " + (sizes.empty() ? "()" : base::join(sizes, " x ")) + ", type " + array.type + "; an array has no names, units or times: its rows count as " +
                      base::to_text(rate) + " a second");
  out.series.emplace_back(motion::Quantity::analog, std::move(channels),
                          motion::Clock::uniform(rate, 0, frames),
                          base::Matrix<double>(frames, width, std::move(array.values)));
  return out;
}

LandmarkOptions keypoint_options(const ReadOptions& options) {
  LandmarkOptions out;
  out.position_unit = options.position_unit;
  if (options.rate_hz > 0) out.rate_hz = options.rate_hz;
  return out;
}

motion::Recording parse_variables(std::string_view bytes, const std::string& path, Kind kind, const ReadOptions& options) {
  std::vector<std::string> notes;
  const auto variables = kind == Kind::mat ? parse_mat(bytes, path, notes) : parse_hdf5(bytes, path, notes);
  if (const auto* format = find_variable(variables, "format"); format != nullptr && format->is_attribute && format->texts == std::vector<std::string>{kPreparedStore}) {
    throw FormatError(path, Place::named("file"), "this is a store that kinemyo prepare made, of many trials", "a recording of one (train, evaluate and report take stores)",
                      "a prepared store");
  }
  const std::string format = kind == Kind::mat ? "MATLAB 5" : looks_like_mat73(bytes) ? "MATLAB 7.3" : "HDF5";
  auto out = to_recording(path, format, variables, VariableOptions{options.position_unit, options.emg_unit, options.rate_hz, options.part});
  out.notes.insert(out.notes.begin(), notes.begin(), notes.end());
  return out;
}

std::string head_of(const std::filesystem::path& path, std::size_t bytes) {
  std::string head(bytes, '\0');
  std::ifstream file(path, std::ios::binary);
  file.read(head.data(), static_cast<std::streamsize>(head.size()));
  head.resize(static_cast<std::size_t>(std::max<std::streamsize>(file.gcount(), 0)));
  return head;
}

bool is_store(const std::filesystem::path& path) { return head_of(path, kStoreHead).find(kPreparedStore) != std::string::npos; }

std::string count_of(const motion::Series& series) {
  return std::to_string(series.channels().size()) + " channels of " + std::string(motion::to_string(series.quantity()));
}

std::vector<std::string> write_csv_recording(const motion::Recording& recording, const std::filesystem::path& path) {
  std::vector<std::string> notes;
  std::vector<const motion::Series*> chosen;
  for (const auto& series : recording.series) {
    if (series.channels().empty() || series.frames() == 0) continue;
    if (!chosen.empty() && !same_times(chosen.front()->clock(), series.clock())) {
      notes.push_back(count_of(series) + " at " + base::to_text(series.clock().rate_hz()) +
                      " Hz: a CSV has one time column, that of " +
                      std::string(motion::to_string(chosen.front()->quantity())));
      continue;
    }
    if (!series.residuals().empty()) notes.push_back("residuals of the markers");
    chosen.push_back(&series);
  }
  if (chosen.empty()) throw Error(recording.source + ": there is nothing to write as CSV");
  write_csv(to_trial_table(chosen), path);
  if (!recording.events.empty()) notes.push_back(std::to_string(recording.events.size()) + " events");
  if (!recording.measures.empty()) notes.push_back(std::to_string(recording.measures.size()) + " measures of the body");
  return notes;
}

std::vector<std::string> write_npy_recording(const motion::Recording& recording, const std::filesystem::path& path) {
  std::vector<std::string> notes;
  const motion::Series* chosen = nullptr;
  for (const auto& series : recording.series) {
    if (chosen == nullptr && !series.channels().empty()) chosen = &series;
    else notes.push_back(count_of(series) + ": an array holds one series");
  }
  if (chosen == nullptr) throw Error(recording.source + ": there is nothing to write as npy");
  write_npy(path, {chosen->values().rows(), chosen->values().columns()}, chosen->values().flat());
  notes.push_back("names, units and times: an array holds numbers alone (SI units)");
  return notes;
}

}  // namespace

const std::vector<Format>& formats() {
  static const std::vector<Format> table = {
      {"C3D", {".c3d"}, "markers, angles, forces, EMG, other signals, events, measures"},
      {"TRC", {".trc"}, "marker positions"},
      {"STO/MOT", {".sto", ".mot"}, "coordinates, angles, forces, EMG, other signals"},
      {"npy", {".npy"}, "one table of numbers"},
      {"CSV", {".csv"}, "trials and tables of the original's layout, keypoints from video"},
      {"Vicon CSV", {".csv"}, "exports of Vicon Nexus: trajectories, model outputs, devices, events", false},
      {"Qualisys TSV", {".tsv"}, "exports of Qualisys Track Manager: markers, analog channels", false},
      {"Motive CSV", {".csv"}, "exports of OptiTrack Motive: markers, rigid bodies", false},
      {"XDF", {".xdf"}, "streams of Lab Streaming Layer, their clocks repaired", false},
      {"EDF/BDF", {".edf", ".bdf"}, "EMG, other signals, annotations", false},
      {"MATLAB", {".mat", ".zoo"}, "arrays by name, and structs as Qualisys, biomechZoo, Delsys, LabChart write them (5 to 7.3)", false},
      {"HDF5", {".h5", ".hdf5"}, "arrays by name", false},
      {"JSON", {".json", ".jsonl", ".ndjson"}, "keypoints from video: MediaPipe's landmarks, OpenPose's people (also its folder of frames)", false},
  };
  return table;
}

bool has_known_extension(const std::filesystem::path& path) {
  const std::string extension = extension_of(path);
  if (is_hdf5_extension(extension) && is_store(path)) return false;
  // Much else is called .json; OpenPose's frames are one recording, their folder.
  if (extension == ".json" && (is_openpose_frame(path) || !looks_like_keypoints_json(head_of(path, 1 << 16)))) return false;
  return std::any_of(formats().begin(), formats().end(), [&](const Format& format) {
    return std::find(format.extensions.begin(), format.extensions.end(), extension) != format.extensions.end();
  });
}

bool has_written_extension(const std::filesystem::path& path) {
  const std::string extension = extension_of(path);
  return std::any_of(formats().begin(), formats().end(), [&](const Format& format) {
    return format.written && std::find(format.extensions.begin(), format.extensions.end(), extension) != format.extensions.end();
  });
}

bool is_capture(const std::filesystem::path& path) {
  const std::string extension = extension_of(path);
  for (const char* one : {".c3d", ".trc", ".xdf", ".edf", ".bdf", ".mat", ".zoo"}) {
    if (extension == one) return true;
  }
  if (is_hdf5_extension(extension)) return !is_store(path);
  if (extension != ".csv" && extension != ".tsv") return false;
  const std::string head = head_of(path, 64);
  return looks_like_vicon_csv(head) || looks_like_motive_csv(head) || looks_like_qualisys_tsv(head);
}

bool holds(const std::filesystem::path& path, motion::Quantity quantity) {
  using motion::Quantity;
  switch (kind_of_extension(path)) {
    case Kind::c3d: return quantity != Quantity::coordinate && quantity != Quantity::visibility;
    case Kind::trc: return quantity == Quantity::position;
    case Kind::sto: return quantity != Quantity::position;
    case Kind::npy:
    case Kind::csv: return true;
    default: break;
  }
  return false;
}

void rename_channels(motion::Recording& recording, const std::map<std::string, std::string>& aliases) {
  std::size_t renamed = 0;
  for (auto& series : recording.series) {
    auto channels = series.channels();
    std::vector<std::size_t> changed;
    for (std::size_t c = 0; c < channels.size(); ++c) {
      auto& name = channels[c].name;
      auto found = aliases.find(name);
      if (found == aliases.end()) found = aliases.find(name.substr(name.rfind(':') + 1));
      if (found == aliases.end() || found->second == name) continue;
      name = found->second;
      changed.push_back(c);
    }
    if (changed.empty()) continue;
    // All at once, so that two channels can take each other's names; only what comes out must differ.
    std::map<std::string, std::size_t> bearers;
    for (const auto& channel : channels) ++bearers[channel.name];
    for (const auto c : changed) {
      if (bearers[channels[c].name] == 1) continue;
      throw FormatError(recording.source, Place::named(series.channels()[c].name), "a channel cannot be renamed", "a name that no other has",
                        base::quoted(channels[c].name) + ", which is there already");
    }
    renamed += changed.size();
    motion::Series other(series.quantity(), std::move(channels), series.clock(), std::move(series.values()));
    if (!series.residuals().empty()) other.set_residuals(series.residuals());
    series = std::move(other);
  }
  if (renamed > 0) recording.notes.push_back(std::to_string(renamed) + (renamed == 1 ? " channel" : " channels") + " renamed by the table of aliases");
}

namespace {

motion::Recording read_as_named(const std::filesystem::path& path, const ReadOptions& options) {
  if (is_openpose_folder(path)) return read_openpose_folder(path, keypoint_options(options));
  const std::string bytes = base::read_file(path);
  const std::string name = path.string();
  Kind kind = kind_of_content(bytes);
  if (kind == Kind::none) kind = kind_of_extension(path);
  switch (kind) {
    case Kind::c3d: return to_recording(name, parse_c3d(name, bytes), {.point_unit = options.position_unit});
    case Kind::trc: return parse_trc(bytes, name);
    case Kind::sto: return parse_sto(bytes, name);
    case Kind::npy: return parse_npy_recording(bytes, name, options);
    case Kind::csv: return parse_csv_recording(bytes, name, options);
    case Kind::vicon: return parse_vicon_csv(bytes, name);
    case Kind::qualisys: return parse_qualisys_tsv(bytes, name);
    case Kind::motive: return parse_motive_csv(bytes, name);
    case Kind::edf: return parse_edf(bytes, name);
    case Kind::mat:
    case Kind::hdf5: return parse_variables(bytes, name, kind, options);
    case Kind::keypoints: return parse_keypoints_json(bytes, name, keypoint_options(options));
    case Kind::xdf:
      return to_recording(name, parse_xdf(bytes, name),
                          XdfReadOptions{.position_unit = options.position_unit, .emg_unit = options.emg_unit});
    default: break;
  }
  std::vector<std::string> names;
  for (const auto& format : formats()) names.push_back(format.name);
  throw FormatError(name, Place::byte(0), "the format of the file is not known", base::join(names),
                    bytes.empty() ? "an empty file" : base::quoted(std::string_view(bytes).substr(0, 16)));
}

}  // namespace

motion::Recording read_recording(const std::filesystem::path& path, const ReadOptions& options) {
  auto out = read_as_named(path, options);
  if (!options.aliases.empty()) rename_channels(out, options.aliases);
  return out;
}

std::vector<std::string> write_recording(const motion::Recording& recording, const std::filesystem::path& path) {
  switch (kind_of_extension(path)) {
    case Kind::c3d: return write_c3d(recording, path);
    case Kind::trc: return write_trc(recording, path);
    case Kind::sto: return write_sto(recording, path);
    case Kind::npy: return write_npy_recording(recording, path);
    case Kind::csv: return write_csv_recording(recording, path);
    default: break;
  }
  std::vector<std::string> extensions;
  for (const auto& format : formats()) {
    if (format.written) extensions.insert(extensions.end(), format.extensions.begin(), format.extensions.end());
  }
  throw Error(path.string() + ": no format is written under the extension " + base::quoted(path.extension().string()) +
              "; there are " + base::join(extensions));
}

}  // namespace kinemyo::io
