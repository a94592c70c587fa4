#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "kinemyo/base/matrix.h"
#include "kinemyo/motion/recording.h"

// C3D, the file of most motion-capture systems; drawn in docs/formats/c3d.md.
// Two levels: C3dFile is the file as it is stored, motion::Recording is what it means.
namespace kinemyo::io {

/// The computer that a file was written for fixes the order of its bytes and the form of its floats.
enum class C3dProcessor : std::uint8_t { intel = 84, dec = 85, mips = 86 };

/// Points and analogs are floats, or 16-bit integers to be multiplied with a scale.
enum class C3dStorage { real, integer };

/// A parameter: text, bytes, 16-bit integers or floats in up to seven dimensions, first fastest.
/// The first dimension of a text is the number of characters; no dimension is a single value.
struct C3dParameter {
  using Value =
      std::variant<std::string, std::vector<std::int8_t>, std::vector<std::int16_t>, std::vector<float>>;
  std::string name;
  std::vector<std::size_t> dimensions;
  Value value;
  std::string description;
  bool locked = false;
  bool operator==(const C3dParameter&) const = default;
};

struct C3dGroup {
  std::string name;
  std::vector<C3dParameter> parameters;
  std::string description;
  bool locked = false;
  bool operator==(const C3dGroup&) const = default;
};

/// An event of the header. Units: s after the first frame of the file.
struct C3dHeaderEvent {
  std::string label;
  float time_s = 0;
  bool shown = true;
  bool operator==(const C3dHeaderEvent&) const = default;
};

/// A C3D file as it is stored: nothing scaled, nothing renamed.
struct C3dFile {
  C3dProcessor processor = C3dProcessor::intel;
  C3dStorage storage = C3dStorage::real;
  std::size_t first_frame = 1;
  double rate_hz = 0;                ///< frames a second
  double scale = 1;                  ///< of integers, and of residuals; above 0
  std::size_t samples_per_frame = 0;  ///< analog samples a frame, of each channel
  std::size_t rotations_per_frame = 1;
  std::uint16_t largest_gap = 0;     ///< frames that were interpolated at most
  std::vector<C3dHeaderEvent> events;
  std::vector<C3dGroup> groups;
  base::Matrix<float> points;     ///< frames x (points * 4): x, y, z, residual and cameras
  base::Matrix<float> analogs;    ///< (frames * samples_per_frame) x channels
  base::Matrix<float> rotations;  ///< (frames * rotations_per_frame) x (rotations * 17)
  std::vector<std::string> notes;  ///< what had to be decided because the file contradicts itself

  std::size_t frames() const { return points.rows(); }
  std::size_t point_count() const { return points.columns() / 4; }
  std::size_t channel_count() const { return analogs.columns(); }
  std::size_t rotation_count() const { return rotations.columns() / 17; }
};

struct C3dReadOptions {
  std::string point_unit;  ///< of positions where POINT:UNITS is missing or unknown; "" refuses such files
};

struct C3dWriteOptions {
  C3dProcessor processor = C3dProcessor::intel;
  C3dStorage storage = C3dStorage::real;
};

/// True if the bytes begin as a C3D file does; a look at two bytes, no proof.
bool looks_like_c3d(std::string_view bytes);

/// Bytes to the file as stored. `path` is for messages.
/// Throws FormatError with the byte where the file stops being C3D; a file that ends before its last
/// frame is refused, not cut.
/// Cost: O(bytes), one allocation for points and one for analogs.
C3dFile parse_c3d(const std::string& path, std::string_view bytes);

/// The file as bytes. Counts, starts, rate and scale in header and POINT, ANALOG, ROTATION, TRIAL are
/// set to what the data are; every other parameter is written as it stands.
/// Throws std::invalid_argument where shapes disagree, Error where C3D's own limits are passed.
std::string format_c3d(const C3dFile& file);

/// What a stored file means, in SI units; what a Recording cannot hold stands in its notes.
/// Missing: points of negative residual and of NaN are NaN.
/// Time: frame 1 of the capture is 0 s, so a file that starts at frame 101 at 100 Hz starts at 1 s.
/// Throws FormatError naming the parameter (no rate, no unit of positions).
motion::Recording to_recording(const std::string& path, const C3dFile& file,
                               const C3dReadOptions& options = {});

/// A recording as a C3D file; `notes` of the result says what C3D cannot hold (series whose clocks do
/// not fit one frame rate and one analog rate, one-number coordinates, visibilities).
/// Units: mm, degrees, N, Nmm, W; analogs SI. Missing: residual -1.
/// Throws Error where C3D's limits are passed or nothing can be written.
C3dFile from_recording(const motion::Recording& recording, const C3dWriteOptions& options = {});

/// Throws IoError, FormatError.
motion::Recording read_c3d(const std::filesystem::path& path, const C3dReadOptions& options = {});

/// Writes atomically; returns what was left out, for people.
/// Throws IoError, and what from_recording() throws.
std::vector<std::string> write_c3d(const motion::Recording& recording,
                                   const std::filesystem::path& path,
                                   const C3dWriteOptions& options = {});

}  // namespace kinemyo::io
