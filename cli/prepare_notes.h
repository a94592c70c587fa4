#pragma once

#include "kinemyo/dataset/prepare.h"

namespace kinemyo::cli {

/// Tells on stderr what `prepare` did to trials and what is wrong with them: `each`, every note of every trial; else what
/// is the same in many trials once, EMG channels person by person, and the first faults of markers of a trial.
void say_notes(const dataset::PrepareReport& report, bool each);

}  // namespace kinemyo::cli
