#include "kinemyo/io/c3d_measures.h"

#include <cmath>
#include <optional>

#include "kinemyo/base/text.h"
#include "kinemyo/io/c3d_parameters.h"

namespace kinemyo::io::c3d {

namespace {

bool contains_any(const std::string& name, std::initializer_list<const char*> words) {
  for (const char* word : words) {
    if (name.find(word) != std::string::npos) return true;
  }
  return false;
}

// SI per unit of the parameter, or nothing where the name is not that of a measure of the body.
std::optional<double> measure_factor(std::string_view parameter, double length_factor) {
  const std::string name = base::lower(parameter);
  if (contains_any(name, {"measurement", "frame", "time", "rate", "rotation", "torsion", "angle", "index",
                          "ratio", "filter", "cycle", "rom_"})) {
    return std::nullopt;
  }
  const bool mass = contains_any(name, {"mass", "weight"});
  const bool length = contains_any(name, {"length", "width", "height", "distance", "diameter", "thickness",
                                          "circumference", "breadth", "stature", "shoulderoffset"});
  if (mass == length) return std::nullopt;
  if (mass) return 1.0;
  if (name.ends_with("_mm")) return 0.001;
  if (name.ends_with("_cm")) return 0.01;
  if (name.ends_with("_m")) return 1.0;
  return length_factor;
}

std::optional<double> single_number(const C3dParameter& parameter) {
  const auto one = [](const auto& values) -> std::optional<double> {
    if constexpr (std::is_same_v<std::decay_t<decltype(values)>, std::string>) {
      return base::to_number(std::string_view(values).substr(0, values.find('\0')));
    } else {
      if (values.size() != 1) return std::nullopt;
      return static_cast<double>(values.front());
    }
  };
  return std::visit(one, parameter.value);
}

}  // namespace

std::map<std::string, double> read_measures(const std::vector<C3dGroup>& groups, double length_factor) {
  std::map<std::string, double> out;
  for (const char* name : {"PROCESSING", "SUBJECTS"}) {
    const auto* group = find_group(groups, name);
    if (group == nullptr) continue;
    for (const auto& parameter : group->parameters) {
      const auto factor = measure_factor(parameter.name, length_factor);
      if (!factor) continue;
      const auto value = single_number(parameter);
      // 0 is what is stored for a measure that nobody took.
      if (value && *value > 0 && std::isfinite(*value * *factor)) {
        out.try_emplace(parameter.name, *value * *factor);
      }
    }
  }
  return out;
}

void set_measures(const std::map<std::string, double>& measures, std::vector<C3dGroup>& groups,
                  std::vector<std::string>& notes) {
  std::vector<std::string> unclear;
  for (const auto& [name, value] : measures) {
    const auto factor = measure_factor(name, 0.001);
    if (!factor || !(value > 0) || !std::isfinite(value)) {
      unclear.push_back(name);
      continue;
    }
    set(groups, "PROCESSING", {name, {1}, std::vector<float>{static_cast<float>(value / *factor)}});
  }
  if (!unclear.empty()) {
    notes.push_back("not written: measures whose name says neither length nor mass, or that are not above 0: " +
                    base::join(unclear));
  }
}

}  // namespace kinemyo::io::c3d
