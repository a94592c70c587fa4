#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "kinemyo/infer/live.h"

namespace kinemyo::serve {

/// An Open Sound Control 1.0 bundle, to be done at once. Source: Wright, OSC 1.0 specification, 2002.
class OscBundle {
 public:
  using Argument = std::variant<std::int32_t, float, std::string_view>;
  OscBundle();
  void add(std::string_view address, std::initializer_list<Argument> arguments);
  const std::string& bytes() const { return bytes_; }

 private:
  std::string bytes_;
};

/// A frame as OSC: /kinemyo/<session>/state (s), and /kinemyo/<session>/<output> (f, deg or % or mV) for each that is known.
std::string osc_packet(std::string_view session, const infer::Live& live, const std::vector<infer::LiveOutput>& outputs);

}  // namespace kinemyo::serve
