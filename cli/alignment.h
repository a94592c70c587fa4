#pragma once

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "kinemyo/dataset/align.h"

namespace kinemyo::cli {

/// Options on how recordings of several devices find one clock; `by` names the first ("--by"), `prefix` begins the others
/// ("--"). What is refused names them.
void add_alignment(CLI::App& app, dataset::AlignSettings& settings, const std::string& by, const std::string& prefix);

/// Lag, drift, residual, correlation, confidence; null where there is none.
nlohmann::ordered_json to_json(const std::string& file, const dataset::Aligned& found);

/// The same as cells of a table, and what stands above them.
std::vector<std::string> alignment_cells(const dataset::Aligned& found);
std::vector<std::string> alignment_header();

}  // namespace kinemyo::cli
