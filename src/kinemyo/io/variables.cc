#include "kinemyo/io/variables.h"

#include <algorithm>
#include <cstdint>

#include "kinemyo/base/text.h"
#include "kinemyo/io/exporter_layouts.h"
#include "kinemyo/io/named_arrays.h"

namespace kinemyo::io {

namespace {

// "trials(2)", "data.walk", "cells{3}": the variable at that place behind those around it, or nothing.
std::vector<const Variable*> find_part(const std::vector<Variable>& list, std::string_view place) {
  if (const auto* found = find_variable(list, place)) return {found};
  for (const auto& one : list) {
    if (!place.starts_with(one.name) || place.size() <= one.name.size() + 1) continue;
    const auto rest = place.substr(one.name.size());
    std::string inner(rest.substr(1));
    if (rest[0] == '{' && rest.back() == '}') inner.pop_back();
    else if (rest[0] != '.' && rest[0] != '/') continue;
    auto found = find_part(one.fields, inner);
    if (found.empty()) continue;
    found.insert(found.begin(), &one);
    return found;
  }
  return {};
}

void list_into(const std::vector<Variable>& list, const std::string& prefix, std::vector<std::string>& out) {
  for (const auto& one : list) {
    if (one.is_attribute) continue;
    const std::string name = prefix + one.name;
    if (!one.fields.empty()) list_into(one.fields, name + ".", out);
    else if (!one.numbers.empty()) out.push_back(name + " (" + shape_text(one) + ")");
    else if (!one.texts.empty()) out.push_back(name + " (text)");
  }
}

}  // namespace

const Variable* find_variable(const std::vector<Variable>& list, std::string_view name) {
  const std::string low = base::lower(name);
  for (const auto& one : list) {
    if (base::lower(one.name) == low) return &one;
  }
  return nullptr;
}

const Variable* Variable::find(std::string_view wanted) const { return find_variable(fields, wanted); }

std::string shape_text(const Variable& one) {
  if (one.shape.empty()) return std::to_string(one.numbers.size());
  std::vector<std::string> sizes;
  for (const auto n : one.shape) sizes.push_back(std::to_string(n));
  return base::join(sizes, " x ");
}

std::string list_variables(const std::vector<Variable>& list, std::size_t most) {
  std::vector<std::string> out;
  list_into(list, "", out);
  if (out.empty()) return "nothing";
  const std::size_t count = out.size();
  if (count > most) {
    out.resize(most);
    out.push_back("and " + std::to_string(count - most) + " more");
  }
  return base::join(out);
}

std::vector<double> to_row_major(const std::vector<double>& values, const std::vector<std::size_t>& shape) {
  if (shape.size() < 2 || values.empty()) return values;
  std::vector<double> out(values.size());
  if (shape.size() == 2) {
    std::size_t from = 0;
    for (std::size_t c = 0; c < shape[1]; ++c) {
      for (std::size_t r = 0; r < shape[0]; ++r) out[r * shape[1] + c] = values[from++];
    }
    return out;
  }
  std::vector<std::size_t> index(shape.size(), 0);
  std::vector<std::size_t> strides(shape.size(), 1);
  for (std::size_t d = shape.size() - 1; d > 0; --d) strides[d - 1] = strides[d] * shape[d];
  std::size_t to = 0;
  for (const double value : values) {
    out[to] = value;
    for (std::size_t d = 0; d < shape.size(); ++d) {
      to += strides[d];
      if (++index[d] < shape[d]) break;
      to -= strides[d] * shape[d];
      index[d] = 0;
    }
  }
  return out;
}

std::string element_name(const std::string& array, std::size_t element) {
  return element == 0 ? array : array + "(" + std::to_string(element + 1) + ")";
}

void set_cells(Variable& variable, std::vector<Variable> inside, bool all_texts) {
  if (all_texts) {
    for (auto& cell : inside) variable.texts.push_back(cell.texts.empty() ? "" : std::move(cell.texts[0]));
    variable.shape.clear();
  } else if (inside.size() == 1) {
    inside[0].name = variable.name;
    variable = std::move(inside[0]);
  } else {
    variable.fields = std::move(inside);
    variable.shape.clear();
  }
}

void append_utf8(std::string& out, double number) {
  auto code = number >= 0 && number <= 0x10ffff ? static_cast<std::uint32_t>(number) : '?';
  if (code >= 0xd800 && code < 0xe000) code = '?';  // half of a pair, outside the characters of names and units
  if (code < 0x80) {
    out += static_cast<char>(code);
  } else if (code < 0x800) {
    out += static_cast<char>(0xc0 | (code >> 6));
    out += static_cast<char>(0x80 | (code & 0x3f));
  } else {
    if (code >= 0x10000) out += static_cast<char>(0xf0 | (code >> 18));
    out += static_cast<char>(code >= 0x10000 ? 0x80 | ((code >> 12) & 0x3f) : 0xe0 | (code >> 12));
    out += static_cast<char>(0x80 | ((code >> 6) & 0x3f));
    out += static_cast<char>(0x80 | (code & 0x3f));
  }
}

motion::Recording to_recording(const std::string& path, const std::string& format, const std::vector<Variable>& variables,
                               const VariableOptions& options) {
  std::vector<const Variable*> part;
  if (!options.part.empty()) {
    part = find_part(variables, options.part);
    if (part.empty()) {
      throw FormatError(path, Place::named(options.part), "the file has no such variable", list_variables(variables), base::quoted(options.part));
    }
  }
  const auto chosen = part.empty() ? std::vector<Variable>() : std::vector<Variable>{*part.back()};
  const auto& list = part.empty() ? variables : chosen;
  motion::Recording out;
  out.source = path;
  out.format = format;
  // Settings that stand around an array hold for it whether or not it is chosen alone.
  if (!add_exporter_layout(path, list, options, out)) add_named_arrays(path, variables, part, options, out);
  if (out.series.empty()) {
    throw FormatError(path, Place::named("variables"), "no variable is recognised as markers, angles, EMG or another signal",
                      "arrays named by kind (markers, angles, emg ...) with a time or a rate beside them, or an exporter's own layout: docs/formats/variables.md",
                      list_variables(list));
  }
  return out;
}

}  // namespace kinemyo::io
