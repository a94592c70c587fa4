#pragma once

#include <string>
#include <string_view>

namespace kinemyo::serve {

/// A QR code for a terminal: dark on light whatever its colours, two rows of modules a line of half blocks.
/// Throws Error if the text is too long for one.
std::string qr_code(std::string_view text);

}  // namespace kinemyo::serve
