#include "kinemyo/synth/write.h"

#include <array>
#include <charconv>
#include <cmath>

#include "kinemyo/base/error.h"
#include "kinemyo/base/file.h"
#include "kinemyo/base/text.h"
#include "kinemyo/body/names.h"
#include "kinemyo/io/c3d.h"
#include "kinemyo/io/sto.h"

namespace kinemyo::synth {

namespace {

namespace fs = std::filesystem;

constexpr double kMillimetres = 1000;

// "12.340" as 12.34: a number rounded to `decimals` places; blank when missing.
void append_fixed(std::string& out, double value, int decimals) {
  if (std::isnan(value)) return;
  static constexpr std::array<double, 9> kPowers = {1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8};
  long long scaled = std::llround(value * kPowers[static_cast<std::size_t>(decimals)]);
  if (scaled < 0) {
    out += '-';
    scaled = -scaled;
  }
  char digits[24];
  const auto end = std::to_chars(digits, digits + sizeof digits, scaled).ptr;
  const auto count = static_cast<int>(end - digits);
  if (count > decimals) {
    out.append(digits, end - decimals);
  } else {
    out += '0';
  }
  out += '.';
  if (count < decimals) out.append(static_cast<std::size_t>(decimals - count), '0');
  out.append(end - std::min(count, decimals), end);
  const std::size_t point = out.size() - static_cast<std::size_t>(decimals);
  while (out.size() > point + 1 && out.back() == '0') out.pop_back();
}

void append_axes(std::string& header, const std::vector<std::string>& names) {
  for (const auto& name : names) {
    for (const char* axis : {"_X", "_Y", "_Z"}) header += "," + name + axis;
  }
}

bool is_length(std::size_t coordinate) {
  return coordinate >= 3 && coordinate < 6;
}  // pelvis_tx, _ty, _tz

// Coordinates and markers of one instant, as they stand in a row.
class RowReader {
 public:
  explicit RowReader(const SynthTrial& trial)
      : trial_(trial),
        coordinates_(trial.coordinates.values().columns()),
        markers_(trial.markers.values().columns()),
        floor_(trial.floor_force.columns()) {}

  void read(double time_s) {
    read_at(trial_.coordinates.values(), kMotionHz, time_s, coordinates_);
    read_at(trial_.markers.values(), kMotionHz, time_s, markers_);
    read_at(trial_.floor_force, kMotionHz, time_s, floor_);
  }
  void append_coordinates(std::string& out, bool with_lengths) const {
    for (std::size_t c = 0; c < coordinates_.size(); ++c) {
      if (is_length(c) && !with_lengths) continue;
      out += ',';
      append_fixed(out, is_length(c) ? coordinates_[c] : coordinates_[c] / kDegree,
                   is_length(c) ? 5 : 3);
    }
  }
  void append_markers(std::string& out) const {
    for (const double value : markers_) {
      out += ',';
      append_fixed(out, kMillimetres * value, 2);
    }
  }
  double floor_force() const { return floor_[0] + floor_[1]; }

 private:
  const SynthTrial& trial_;
  std::vector<double> coordinates_, markers_, floor_;
};

// Joins video and motion capture of a person's trials, a row a frame.
struct VideoTables {
  std::string keypoints, mocap;

  VideoTables() {
    keypoints = mocap = "Activity,Trial,Frame";
    append_axes(keypoints, body::mediapipe_landmarks());
    append_axes(mocap, body::original_markers());
    for (const auto& name : body::original_angles()) mocap += "," + name;
    keypoints += '\n';
    mocap += '\n';
  }
  void add(const SynthTrial& trial) {
    RowReader reader(trial);
    for (std::size_t f = 0; f < trial.frame_stamps_s.size(); ++f) {
      const std::string key = trial.key.activity + "," + trial.key.trial + "," + std::to_string(f);
      keypoints += key;
      for (const double value : trial.landmarks.values().row(f)) {
        keypoints += ',';
        append_fixed(keypoints, value, 5);
      }
      keypoints += '\n';
      reader.read(trial.frame_stamps_s[f]);
      mocap += key;
      reader.append_markers(mocap);
      reader.append_coordinates(mocap, false);
      mocap += '\n';
    }
  }
};

class Folder {
 public:
  Folder(fs::path root, Written& written) : root_(std::move(root)), written_(written) {}

  fs::path place(const fs::path& inside) const {
    const fs::path path = root_ / inside;
    std::error_code problem;
    fs::create_directories(path.parent_path(), problem);
    if (problem)
      throw IoError(path.parent_path().string(), "cannot make the folder: " + problem.message());
    return path;
  }
  void write(const fs::path& inside, const std::string& text) {
    base::write_file(place(inside), text);
    ++written_.files;
    written_.bytes += text.size();
  }

 private:
  fs::path root_;
  Written& written_;
};

io::C3dParameter text_parameter(const std::string& name, const std::string& text) {
  return {name, {text.size()}, text, "", false};
}

// Markers and EMG in one file whose manufacturer says that nobody was measured.
std::string format_c3d(const SynthTrial& trial) {
  motion::Recording recording;
  recording.up = motion::UpAxis::y;
  recording.series = {trial.markers, trial.emg};
  io::C3dFile file = io::from_recording(recording);
  std::erase_if(file.groups,
                [](const io::C3dGroup& group) { return group.name == "MANUFACTURER"; });
  file.groups.push_back(
      {"MANUFACTURER",
       {text_parameter("COMPANY", "kinemyo"), text_parameter("SOFTWARE", "kinemyo synth"),
        text_parameter("REMARK", "synthetic: made by a model, no person was measured")}});
  return io::format_c3d(file);
}

std::string title_of(const SynthTrial& trial) {
  return "synthetic " + trial.key.subject + " " + trial.key.activity + " " + trial.key.trial;
}

std::string readme(const Options& options, const std::vector<Subject>& subjects) {
  std::string text =
      "SYNTHETIC DATA\n\nNo person was measured. kinemyo synth made these movements and muscle "
      "signals with a jointed\n"
      "model and random numbers. They are for trying the program and for its tests, not for "
      "conclusions about people.\n\n";
  text += "seed " + std::to_string(options.seed) + ", " + std::to_string(options.trials) +
          " trials of " + base::to_text(options.seconds) +
          " s, activities: " + base::join(options.activities) + "\n\n";
  text += "subject  stature (m)  mass (kg)  EMG ahead of force (s)\n";
  for (const auto& subject : subjects) {
    text += subject.name + "  ";
    append_fixed(text, subject.size.stature, 3);
    text += "  ";
    append_fixed(text, subject.size.mass_kg, 1);
    text += "  ";
    append_fixed(text, subject.muscles.delay_s, 3);
    text += '\n';
  }
  text +=
      "\nraw/    the original's layout: Time in s, angles in degrees, pelvis_t* in m, markers in "
      "mm, EMG in V, 1000 Hz;\n"
      "        frame stamps in ms at 30 Hz\n"
      "c3d/    markers (100 Hz) and EMG (1000 Hz) in C3D, angles in MOT; X forward, Y up, Z to the "
      "right\n"
      "video/  MediaPipe landmarks in m, origin between the hips, y down; and markers and angles "
      "at the same frames\n"
      "truth/  angles and activations (0 to 1) without noise\n";
  return text;
}

}  // namespace

std::string format_raw(const SynthTrial& trial) {
  const std::size_t rows = trial.emg.frames();
  std::string out = "Time";
  for (const auto& name : body::rajagopal_coordinates()) out += "," + name;
  append_axes(out, body::original_markers());
  for (const auto& name : body::original_muscles()) out += "," + name;
  out += ",Remark,Force Z\n";
  out.reserve(rows * 1500);
  RowReader reader(trial);
  for (std::size_t row = 0; row < rows; ++row) {
    const double time = static_cast<double>(row) / kEmgHz;
    reader.read(time);
    append_fixed(out, time, 3);
    reader.append_coordinates(out, true);
    reader.append_markers(out);
    for (const double value : trial.emg.values().row(row)) {
      out += ',';
      append_fixed(out, value, 7);
    }
    // The last columns mix numbers, text and blanks, as the original's do.
    out += row == 0 ? ",synthetic," : ",,";
    if (row % 250 == 0) {
      out += " - ";
    } else if (row % 10 == 0) {
      append_fixed(out, reader.floor_force(), 1);
    }
    out += '\n';
  }
  return out;
}

std::string format_frames(const SynthTrial& trial) {
  std::string out = "FrameNo,TimeStamp,Blur\n";
  for (std::size_t f = 0; f < trial.frame_stamps_s.size(); ++f) {
    out += std::to_string(f) + "," + std::to_string(std::llround(1000 * trial.frame_stamps_s[f])) +
           ",";
    append_fixed(out, trial.frame_blur[f], 4);
    out += '\n';
  }
  return out;
}

Written write_synthetic(const fs::path& folder, const Options& options,
                        const base::Progress& progress) {
  require(options.subjects >= 1 && options.first_subject >= 1 && options.trials >= 1,
          "synth: subjects and trials are counted from 1");
  std::vector<const Activity*> wanted;
  for (const auto& name : options.activities) wanted.push_back(&find_activity(name));
  require(!wanted.empty(), "synth: no activity");

  Written written;
  Folder out(folder, written);
  const std::size_t total = static_cast<std::size_t>(options.subjects) * wanted.size() *
                            static_cast<std::size_t>(options.trials);
  for (int s = 0; s < options.subjects; ++s) {
    written.subjects.push_back(sample_subject(options.seed, options.first_subject + s));
  }
  out.write("README.txt", readme(options, written.subjects));
  for (const auto& subject : written.subjects) {
    VideoTables video;
    for (const Activity* activity : wanted) {
      for (int t = 1; t <= options.trials; ++t) {
        if (progress && !progress("making subjects", written.trials, total)) {
          written.stopped = true;
          return written;
        }
        const SynthTrial trial = make_trial(subject, *activity, t, options.seconds);
        const std::string stem = subject.name + "_" + activity->name;
        if (options.raw) {
          const fs::path place = fs::path("raw") / subject.name;
          out.write(place / "Activity_Trials" / (stem + "_Trial" + trial.key.trial + ".csv"),
                    format_raw(trial));
          out.write(place / (subject.name + "_FramesData_Orig") / (stem + "_FD_Orig") /
                        (stem + "_Orig_" + trial.key.trial + ".csv"),
                    format_frames(trial));
          video.add(trial);
        }
        if (options.c3d) {
          const fs::path place = fs::path("c3d") / subject.name / activity->name;
          out.write(place / (trial.key.trial + ".c3d"), format_c3d(trial));
          out.write(place / (trial.key.trial + ".mot"),
                    io::format_sto({&trial.coordinates}, title_of(trial)));
        }
        const fs::path truth = fs::path("truth") / subject.name / activity->name;
        out.write(truth / (trial.key.trial + "_angles.mot"),
                  io::format_sto({&trial.coordinates}, title_of(trial)));
        out.write(truth / (trial.key.trial + "_activations.sto"),
                  io::format_sto({&trial.activations}, title_of(trial)));
        ++written.trials;
      }
    }
    if (options.raw) {
      out.write(fs::path("video") / (subject.name + "_keypoints.csv"), video.keypoints);
      out.write(fs::path("video") / (subject.name + "_mocap.csv"), video.mocap);
    }
  }
  if (progress) progress("making subjects", total, total);
  return written;
}

}  // namespace kinemyo::synth
