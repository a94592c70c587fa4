#include "kinemyo/serve/osc.h"

#include <bit>
#include <cmath>

#include "kinemyo/serve/protocol.h"

namespace kinemyo::serve {

namespace {

void append_u32(std::string& out, std::uint32_t value) {
  for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>((value >> shift) & 0xff);
}

// With at least one zero behind it, to a multiple of four bytes.
void append_text(std::string& out, std::string_view text) {
  out += text;
  out.append(4 - text.size() % 4, '\0');
}

// What the standard allows in an address.
std::string address_of(std::string_view name) {
  std::string out;
  for (const char c : name) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.';
    out += plain ? c : '_';
  }
  return out;
}

}  // namespace

OscBundle::OscBundle() {
  append_text(bytes_, "#bundle");
  append_u32(bytes_, 0);
  append_u32(bytes_, 1);  // the time tag that means at once
}

void OscBundle::add(std::string_view address, std::initializer_list<Argument> arguments) {
  std::string message, types = ",", values;
  append_text(message, address);
  for (const auto& argument : arguments) {
    if (const auto* number = std::get_if<std::int32_t>(&argument)) {
      types += 'i';
      append_u32(values, static_cast<std::uint32_t>(*number));
    } else if (const auto* real = std::get_if<float>(&argument)) {
      types += 'f';
      append_u32(values, std::bit_cast<std::uint32_t>(*real));
    } else {
      types += 's';
      append_text(values, std::get<std::string_view>(argument));
    }
  }
  append_text(message, types);
  message += values;
  append_u32(bytes_, static_cast<std::uint32_t>(message.size()));
  bytes_ += message;
}

std::string osc_packet(std::string_view session, const infer::Live& live, const std::vector<infer::LiveOutput>& outputs) {
  OscBundle bundle;
  const std::string at = "/kinemyo/" + address_of(session) + "/";
  const auto state = live.body().state();
  using State = infer::LiveBody::State;
  bundle.add(at + "state", {std::string_view(state == State::lost ? "lost" : state == State::live ? "live" : "calibrating")});
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    const double value = shown(outputs[i], live.values()[i]);
    if (std::isfinite(value)) bundle.add(at + address_of(outputs[i].name), {static_cast<float>(value)});
  }
  return bundle.bytes();
}

}  // namespace kinemyo::serve
