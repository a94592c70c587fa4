#pragma once

#include "kinemyo/dataset/prepare.h"

namespace kinemyo::cli {

/// Tells on stderr what `prepare` did to trials and what is wrong with them: what is the same in many trials once, EMG
/// person by person, the first faults of a trial's markers.
void say_notes_in_short(const dataset::PrepareReport& report);
/// The same, every note of every trial, EMG channel by channel.
void say_every_note(const dataset::PrepareReport& report);

}  // namespace kinemyo::cli
