#pragma once

#include <optional>
#include <string>
#include <vector>

#include "kinemyo/io/variables.h"

namespace kinemyo::io {

/// An array as frames x columns, row by row.
struct FrameTable {
  std::size_t frames = 0, columns = 0;
  std::vector<double> values;
};

/// What stands beside an array and tells which dimension counts what. 0: not there.
struct ArrayFacts {
  bool positions = false;   ///< three numbers a channel
  std::size_t stamps = 0;   ///< of its time
  std::size_t names = 0;    ///< of its channels
};

/// Turns an array so that frames come first, and of positions the coordinates last: the dimension that fits the stamps
/// counts frames, that which fits the names channels, the one of 3 coordinates; where nothing tells, the longest counts
/// frames (a note says so). Returns nothing where that leaves two ways; `problem` then is what would tell.
std::optional<FrameTable> to_table(const Variable& array, const ArrayFacts& facts, std::string& problem, std::vector<std::string>& notes,
                              const std::string& place);

}  // namespace kinemyo::io
