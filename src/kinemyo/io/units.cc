#include "kinemyo/io/units.h"

#include <numbers>

#include "kinemyo/base/text.h"

namespace kinemyo::io {

namespace {

constexpr double kDegree = std::numbers::pi / 180.0;

struct Row {
  const char* text;
  const char* si;
  double factor;
};

// Lower case, without blanks, points and asterisks.
constexpr Row kUnits[] = {
    {"m", "m", 1},           {"meter", "m", 1},       {"meters", "m", 1},      {"metre", "m", 1},
    {"metres", "m", 1},      {"dm", "m", 0.1},        {"cm", "m", 0.01},       {"mm", "m", 0.001},
    {"millimeter", "m", 0.001}, {"millimeters", "m", 0.001}, {"in", "m", 0.0254}, {"inch", "m", 0.0254},
    {"inches", "m", 0.0254}, {"ft", "m", 0.3048},     {"um", "m", 1e-6},
    {"deg", "rad", kDegree}, {"degree", "rad", kDegree}, {"degrees", "rad", kDegree},
    {"°", "rad", kDegree},   {"rad", "rad", 1},       {"radian", "rad", 1},    {"radians", "rad", 1},
    {"deg/s", "rad/s", kDegree}, {"°/s", "rad/s", kDegree}, {"rad/s", "rad/s", 1},
    {"n", "N", 1},           {"newton", "N", 1},      {"kn", "N", 1000},       {"n/kg", "N/kg", 1},
    {"nm", "N m", 1},        {"nmm", "N m", 0.001},   {"nm/kg", "N m/kg", 1},  {"nmm/kg", "N m/kg", 0.001},
    {"w", "W", 1},                {"kw", "W", 1000},       {"w/kg", "W/kg", 1},
    {"v", "V", 1},           {"volt", "V", 1},        {"volts", "V", 1},       {"mv", "V", 0.001},
    {"uv", "V", 1e-6},       {"\u00b5v", "V", 1e-6},  {"\u03bcv", "V", 1e-6},
    {"microvolt", "V", 1e-6}, {"microvolts", "V", 1e-6}, {"millivolt", "V", 0.001}, {"millivolts", "V", 0.001},
    {"nv", "V", 1e-9},       {"centimeter", "m", 0.01}, {"centimeters", "m", 0.01},
    {"kg", "kg", 1},         {"s", "s", 1},           {"ms", "s", 0.001},      {"hz", "Hz", 1},
    {"m/s", "m/s", 1},       {"mm/s", "m/s", 0.001},  {"m/s^2", "m/s^2", 1},   {"m/s2", "m/s^2", 1},
    {"mm/s^2", "m/s^2", 0.001}, {"mm/s2", "m/s^2", 0.001}, {"pa", "Pa", 1},   {"kpa", "Pa", 1000},
};

}  // namespace

std::optional<Unit> parse_unit(std::string_view text) {
  std::string key;
  for (const char c : base::lower(text)) {
    if (c != ' ' && c != '.' && c != '*') key += c;
  }
  for (const auto& row : kUnits) {
    if (key == row.text) return Unit{row.si, row.factor};
  }
  return std::nullopt;
}

Unit unit_or_as_is(std::string_view text) {
  if (auto known = parse_unit(text)) return *known;
  return {std::string(text), 1.0};
}

FileUnit point_unit_of(std::string_view si) {
  if (si == "m") return {"mm", 0.001};
  if (si == "rad") return {"deg", kDegree};
  if (si == "N m") return {"Nmm", 0.001};
  if (si == "N m/kg") return {"Nmm/kg", 0.001};
  return {std::string(si), 1.0};
}

}  // namespace kinemyo::io
