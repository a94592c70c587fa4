#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace kinemyo::io {

/// An array of NumPy. Values are row-major (C order), whatever the file's order.
struct NpyArray {
  std::vector<std::size_t> shape;  ///< empty: a single number
  std::vector<double> values;
  std::string type;  ///< as in the file: "<f4", ">i8", "|b1"
};

enum class NpyType { f4, f8 };

/// Reads .npy 1.0 to 3.0: bool, integers of 1 to 8 bytes, f2, f4, f8, both byte orders, C and Fortran order:
/// docs/formats/npy.md. Integers beyond 2^53 are rounded to the nearest double.
/// Throws FormatError (byte offset) on other types, and on a file longer or shorter than its shape; IoError.
/// Cost: O(bytes); the size is checked before anything is allocated.
NpyArray read_npy(const std::filesystem::path& path);
NpyArray parse_npy(std::string_view bytes, const std::string& path);

/// As numpy.save writes version 1.0, little endian, C order; f4 rounds to the nearest float.
/// Throws std::invalid_argument if the shape does not fit the values.
std::string format_npy(const std::vector<std::size_t>& shape, std::span<const double> values, NpyType type);
/// Throws IoError; the file appears whole or not at all.
void write_npy(const std::filesystem::path& path, const std::vector<std::size_t>& shape,
               std::span<const double> values, NpyType type = NpyType::f8);

}  // namespace kinemyo::io
