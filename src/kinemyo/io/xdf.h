#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "kinemyo/motion/recording.h"

// XDF, the file of Lab Streaming Layer's recorders; drawn in docs/formats/xdf.md.
// Two levels: XdfFile is the file as it is stored, motion::Recording is what it means.
namespace kinemyo::io {

struct XdfChannel {
  std::string label;
  std::string marker;  ///< of MoCap streams: whose position it is
  std::string type;    ///< "PositionX", "EMG" ...
  std::string unit;    ///< as written
};

/// One measurement of how far the recorder's clock is ahead of the stream's. Units: s.
struct XdfClockOffset {
  double time_s = 0;   ///< on the stream's clock
  double value_s = 0;  ///< to be added to the stream's stamps
};

/// A stream as it is stored: stamps on the clock of the computer that sent it.
struct XdfStream {
  std::uint32_t id = 0;
  std::string name;
  std::string type;
  bool text = false;           ///< samples are texts (events), else numbers
  double nominal_rate_hz = 0;  ///< 0: samples come when they come
  std::vector<XdfChannel> channels;
  std::vector<double> stamps_s;
  std::size_t deduced = 0;        ///< stamps that the file leaves out: the one before plus one step
  std::vector<double> values;     ///< samples x channels, row-major
  std::vector<std::string> texts;  ///< the same of texts
  std::vector<XdfClockOffset> offsets;
  bool footer = false;  ///< its recorder closed it
};

struct XdfFile {
  std::vector<XdfStream> streams;  ///< in the order of their headers
  std::vector<std::string> notes;
};

struct XdfReadOptions {
  std::string position_unit;  ///< of MoCap channels that state none; "": m, as the type's definition says
  std::string emg_unit;       ///< of EMG channels that state none; "": V
};

bool looks_like_xdf(std::string_view bytes);

/// Bytes to the streams as stored. A file that ends within a chunk, as of a recorder that was interrupted, is read up
/// to there, with a note; anything else that is not XDF is refused.
/// Throws FormatError with the byte.
/// Cost: O(bytes); a byte of the file makes at most 150 of memory.
XdfFile parse_xdf(std::string_view bytes, const std::string& path);

/// What the streams mean, on the recorder's clock: MoCap to positions, EMG to emg, other numbers to analog, texts to
/// events. Clocks are repaired as xdf_clock.h says; empty streams are named in the notes.
/// Throws FormatError (a unit that is no length or voltage).
motion::Recording to_recording(const std::string& path, const XdfFile& file, const XdfReadOptions& options = {});

/// Throws IoError, FormatError.
motion::Recording read_xdf(const std::filesystem::path& path, const XdfReadOptions& options = {});

}  // namespace kinemyo::io
