#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "kinemyo/io/c3d.h"

// Numbers of the three processors: Intel and DEC store the low byte first, MIPS the high byte;
// DEC floats are VAX F-floats.
namespace kinemyo::io::c3d {

float decode_float(C3dProcessor processor, const char* bytes);
std::uint16_t decode_word(C3dProcessor processor, const char* bytes);

/// `count` floats from `bytes` (count * 4 of them) to `out`.
/// Missing: the reserved operand of a VAX is NaN.
void decode_floats(C3dProcessor processor, const char* bytes, std::size_t count, float* out);
/// `count` 16-bit integers as floats, which hold them exactly.
void decode_integers(C3dProcessor processor, const char* bytes, std::size_t count, bool is_unsigned,
                     float* out);

void append_word(C3dProcessor processor, std::uint16_t value, std::string& out);
/// Missing: NaN, and what a VAX cannot hold, become its reserved operand.
void append_float(C3dProcessor processor, float value, std::string& out);

}  // namespace kinemyo::io::c3d
