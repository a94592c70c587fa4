#pragma once

#include <nlohmann/json.hpp>

#include "kinemyo/study/score_table.h"

// Score tables as evaluate and crossval print them.
namespace kinemyo::cli {

/// Channels, mean, people; then the line on hip, knee and ankle. On stdout.
void print_scores(const study::Evaluation& evaluation);
/// The same as JSON. NaN becomes null.
nlohmann::json scores_as_json(const study::Evaluation& evaluation);
/// {"windows": ..., "mse": ..., ...} of numbers that may be NaN.
nlohmann::json number_or_null(double value);

}  // namespace kinemyo::cli
