#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "kinemyo/io/rows.h"
#include "kinemyo/motion/recording.h"

// Between the columns of STO and MOT and the channels of a recording: for sto.cc only.
namespace kinemyo::io {

struct StoHeader {
  std::string title;
  std::map<std::string, std::string> settings;  ///< keys in lower case
  std::optional<bool> in_degrees;
};

/// Sorts columns to quantities, by "channels_<column>=<quantity> <count> <unit>" where the header has it, else by
/// name; appends a series for each quantity. names[0] is the time.
/// Throws FormatError where coordinates are there and nothing says whether they are degrees.
void add_sto_series(motion::Recording& recording, const StoHeader& header, const std::vector<std::string>& names,
                    const NumberRows& rows, std::size_t cell_numbers, const motion::Clock& clock);

/// Names of all columns but the time, and what each is multiplied with. Returns the header's lines channels_... that say
/// what names alone do not; empty where they do.
/// Throws std::invalid_argument if the clocks differ in length, Error where a name cannot stand in a column.
std::string sto_names(const std::vector<const motion::Series*>& series, std::vector<std::string>& names,
                      std::vector<double>& factors);

}  // namespace kinemyo::io
