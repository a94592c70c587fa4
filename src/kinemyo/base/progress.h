#pragma once

#include <cstddef>
#include <functional>
#include <string_view>

namespace kinemyo::base {

/// How long work tells its caller how far it is, and asks whether to go on.
/// Called with what is being done, how much is done and of how much; false asks to stop.
/// The library never prints: whoever calls decides what a person sees.
using Progress = std::function<bool(std::string_view doing, std::size_t done, std::size_t total)>;

}  // namespace kinemyo::base
