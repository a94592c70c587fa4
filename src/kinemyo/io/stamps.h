#pragma once

#include <optional>
#include <string>
#include <vector>

#include "kinemyo/motion/series.h"

namespace kinemyo::io {

/// The first frame whose stamp is no number or not after the one before it, or nothing.
std::optional<std::size_t> first_bad_stamp(const std::vector<double>& stamps_s);

/// Whether both clocks tell the same times, to a nanosecond.
bool same_times(const motion::Clock& a, const motion::Clock& b);

/// The clock that a column of printed times describes: even, at the stated rate or at the one that the stamps
/// show, if every stamp lies there as near as its printed digits allow (and within 15 % of a step); else stamped.
/// Adds a note where the stated rate is not the stamps' rate, and where the steps are uneven.
/// Units: s, Hz; stated_rate_hz is 0 where the file states none.
/// Throws Error as motion::Clock does; std::invalid_argument if there are no stamps.
motion::Clock make_clock(std::vector<double> stamps_s, double stated_rate_hz,
                         std::vector<std::string>& notes);

}  // namespace kinemyo::io
