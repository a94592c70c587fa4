#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "kinemyo/model/model.h"
#include "kinemyo/motion/recording.h"

namespace kinemyo::cli {

/// Frames that come as lines of text: a line of names (<marker>_X, _Y, _Z and single channels, as
/// in CSV files), then a line of numbers for each frame. The same numbers, units, aliases and
/// missing values as for a CSV file that is read whole.
class FrameLines {
 public:
  /// `up` unknown: as the body of the first frame stands, else Y.
  /// Throws Error listing the channels that the model takes and the header lacks.
  FrameLines(std::string_view header, const model::InputSpec& spec, double units_per_metre,
             motion::UpAxis up);
  /// The raw frame of a line (3 numbers a marker in m, Y up, then scalars); it stands until the
  /// next call. Throws FormatError (line, column) on a cell that is no number and on a wrong number
  /// of cells.
  std::span<const double> parse(std::string_view line, std::size_t number);
  /// The time in the line parsed last as its text, empty without a time column.
  std::string_view time() const { return time_; }
  std::string_view time_name() const { return time_name_; }
  /// Which axis points up in the lines; unknown until a frame has told.
  motion::UpAxis up() const { return up_; }

 private:
  struct Target {
    std::size_t series = 0;
    std::size_t column = 0;
    double divisor = 1;
    bool used = false;
    bool numbers = true;  ///< text is an error; else it counts as missing
  };
  const model::InputSpec& spec_;
  motion::UpAxis up_;
  motion::Recording frame_;      ///< of one frame, filled anew for each line
  std::vector<Target> targets_;  ///< one a cell
  std::vector<std::string> names_;
  std::size_t time_column_;
  std::string time_name_;
  std::string time_;
  base::Matrix<double> raw_;
};

}  // namespace kinemyo::cli
