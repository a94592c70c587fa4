#pragma once

#include <vector>

namespace kinemyo::signal {

/// An angle within half a turn either way. Units: rad.
double wrap(double angle);

/// Makes an angle continuous that is kept within half a turn either way and jumps from one end to the other, in place; says whether it
/// was one. What goes beyond half a turn is not kept so: its jumps are jumps, and it stays. Missing: NaN is passed over.
bool unwrap(std::vector<double>& angle);

}  // namespace kinemyo::signal
