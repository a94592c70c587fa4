#pragma once

#include <string>

#include "kinemyo/dataset/prepare.h"

namespace kinemyo::dataset {

/// What was done to the recordings, as the methods section of a paper states it: rates, gaps, EMG after ISEK
/// (filters, orders, cut-offs, rectification, envelope, rates), which channels were left out and why, normalisation.
/// One paragraph in the past tense, made from the settings and from what happened.
std::string methods_text(const PrepareSettings& settings, const PrepareReport& report);

}  // namespace kinemyo::dataset
