#pragma once

#include <cstddef>
#include <cstdint>

// The bytes of plain comma-separated text, 64 at a time: where cells and lines end, and which cells are not
// numbers of the plainest kind. Bit i of a mask is byte i of the block.
namespace kinemyo::io {

struct CsvBlock {
  std::uint64_t lines;   ///< line feeds
  std::uint64_t commas;
  /// A byte that keeps its cell from being empty or -?[0-9]+(.[0-9]*)?([eE][+-]?[0-9]+)?; it may be the cell's end.
  std::uint64_t odd;
  std::uint32_t comma_count;
  std::uint32_t unused = 0;
};

/// What a block hands to the next. As made, text begins at the beginning of a line.
struct CsvCarry {
  std::uint64_t ended = 1;  ///< the last byte ended a cell
  std::uint64_t digit = 0, dot_or_digit = 0, exponent = 0, sign = 0, carriage = 0;  ///< it was one of these
  std::uint64_t dotted = 0, exponentiated = 0;  ///< the open cell has had a dot, an e
  bool unusual = false;  ///< a quote, or a carriage return without a line feed: cells do not end where they seem to
};

/// Looks at 64 * `blocks` bytes. Cost: O(bytes), no allocation.
/// The instruction set is the best that the CPU has; KINEMYO_KERNELS=scalar takes the plain loop.
void classify_csv(const char* text, std::size_t blocks, CsvCarry& carry, CsvBlock* out);
/// The plain loop, which every instruction set has to equal.
void classify_csv_scalar(const char* text, std::size_t blocks, CsvCarry& carry, CsvBlock* out);

}  // namespace kinemyo::io
