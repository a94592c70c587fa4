#include "kinemyo/io/c3d_parameters.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <functional>
#include <limits>
#include <map>
#include <numeric>

#include "kinemyo/base/text.h"
#include "kinemyo/io/c3d_numbers.h"

namespace kinemyo::io::c3d {

namespace {

constexpr std::size_t kLongestList = 255;
constexpr std::size_t kBlock = 512;

bool same(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [&](char x, char y) { return lower(x) == lower(y); });
}

std::size_t product(const std::vector<std::size_t>& dimensions) {
  return std::accumulate(dimensions.begin(), dimensions.end(), std::size_t{1}, std::multiplies<>());
}

C3dParameter::Value parse_value(int type, std::string_view raw, std::size_t count,
                                C3dProcessor processor) {
  switch (type) {
    case -1: return std::string(raw);
    case 1: {
      std::vector<std::int8_t> out(count);
      std::transform(raw.begin(), raw.end(), out.begin(),
                     [](char c) { return static_cast<std::int8_t>(c); });
      return out;
    }
    case 2: {
      std::vector<std::int16_t> out(count);
      for (std::size_t i = 0; i < count; ++i) {
        out[i] = static_cast<std::int16_t>(decode_word(processor, raw.data() + 2 * i));
      }
      return out;
    }
    default: {
      std::vector<float> out(count);
      decode_floats(processor, raw.data(), count, out.data());
      return out;
    }
  }
}

// A record behind its name: type, dimensions, values, description.
C3dParameter parse_parameter(base::ByteCursor& cursor, C3dProcessor processor) {
  C3dParameter out;
  const std::size_t at = cursor.offset();
  const int type = cursor.i8("the type of a parameter");  // +0
  if (type != -1 && type != 1 && type != 2 && type != 4) {
    cursor.fail(at, "the type of a parameter is unknown", "-1, 1, 2 or 4", std::to_string(type));
  }
  const std::size_t rank = cursor.u8("the number of dimensions");  // +1
  if (rank > 7) {
    cursor.fail(at + 1, "a parameter has too many dimensions", "at most 7", std::to_string(rank));
  }
  for (std::size_t i = 0; i < rank; ++i) out.dimensions.push_back(cursor.u8("a dimension"));  // +2
  std::size_t count = 1;
  for (const auto size : out.dimensions) {
    count *= size;  // below 255^7 < 2^56
  }
  const auto width = static_cast<std::size_t>(std::abs(type));
  cursor.expect(count, width, "the values of a parameter");
  const auto raw = cursor.take(count * width, "the values of a parameter");
  out.value = parse_value(type, raw, count, processor);
  return out;
}

// UTF-8 as it is; anything else is taken for Latin-1.
std::string to_utf8(std::string_view text) {
  bool valid = true;
  for (std::size_t i = 0; i < text.size() && valid;) {
    const auto c = static_cast<unsigned char>(text[i]);
    const std::size_t more = c < 0x80 ? 0 : c >= 0xc2 && c < 0xe0 ? 1 : c >= 0xe0 && c < 0xf0 ? 2 : 9;
    valid = more < 9 && i + more < text.size();
    for (std::size_t k = 1; valid && k <= more; ++k) {
      valid = (static_cast<unsigned char>(text[i + k]) & 0xc0) == 0x80;
    }
    if (valid && c == 0xe0) valid = static_cast<unsigned char>(text[i + 1]) >= 0xa0;
    if (valid && c == 0xed) valid = static_cast<unsigned char>(text[i + 1]) < 0xa0;
    i += more + 1;
  }
  if (valid) return std::string(text);
  std::string out;
  for (const char one : text) {
    const auto c = static_cast<unsigned char>(one);
    if (c < 0x80) {
      out += one;
    } else {
      out += static_cast<char>(0xc0 | (c >> 6));
      out += static_cast<char>(0x80 | (c & 0x3f));
    }
  }
  return out;
}

// The parameter, then NAME2, NAME3 ... as long as there are any.
std::vector<const C3dParameter*> with_continuations(const std::vector<C3dGroup>& groups,
                                                    std::string_view group, std::string_view name) {
  std::vector<const C3dParameter*> out;
  const auto* first = find(groups, group, name);
  if (first == nullptr) return out;
  out.push_back(first);
  for (std::size_t i = 2;; ++i) {
    const auto* next = find(groups, group, std::string(name) + std::to_string(i));
    if (next == nullptr) return out;
    out.push_back(next);
  }
}

void append_numbers(const C3dParameter& parameter, std::vector<double>& out) {
  std::visit(
      [&out](const auto& values) {
        if constexpr (!std::is_same_v<std::decay_t<decltype(values)>, std::string>) {
          for (const auto value : values) out.push_back(static_cast<double>(value));
        }
      },
      parameter.value);
}

void append_value(const C3dParameter& parameter, C3dProcessor processor, std::string& out) {
  if (const auto* words = std::get_if<std::string>(&parameter.value)) {
    out += *words;
  } else if (const auto* bytes = std::get_if<std::vector<std::int8_t>>(&parameter.value)) {
    for (const auto value : *bytes) out += static_cast<char>(value);
  } else if (const auto* integers = std::get_if<std::vector<std::int16_t>>(&parameter.value)) {
    for (const auto value : *integers) append_word(processor, static_cast<std::uint16_t>(value), out);
  } else {
    for (const auto value : std::get<std::vector<float>>(parameter.value)) {
      append_float(processor, value, out);
    }
  }
}

// Length, id, name; a locked record has a negative length.
void append_name(const std::string& name, bool locked, int id, std::string& out) {
  if (name.empty() || name.size() > 127) {
    throw Error("C3D names have 1 to 127 characters; " + base::quoted(name) + " has " +
                std::to_string(name.size()));
  }
  const int length = static_cast<int>(name.size());
  out += static_cast<char>(locked ? -length : length);
  out += static_cast<char>(id);
  out += name;
}

// The offset to the next record counts from its own place.
void append_record(const std::string& body, const std::string& name, C3dProcessor processor,
                   std::string& out) {
  if (body.size() + 2 > 0x7fff * 2) {
    throw Error("the C3D parameter " + base::quoted(name) + " is larger than 65534 bytes");
  }
  append_word(processor, static_cast<std::uint16_t>(body.size() + 2), out);
  out += body;
}

void append_description(const std::string& text, std::string& out) {
  const std::string cut = text.substr(0, kLongestList);
  out += static_cast<char>(cut.size());
  out += cut;
}

std::string format_parameter(const C3dParameter& parameter, C3dProcessor processor) {
  std::string out;
  const std::size_t type_index = parameter.value.index();
  const char types[] = {-1, 1, 2, 4};
  out += types[type_index];
  if (parameter.dimensions.size() > 7) {
    throw Error("the C3D parameter " + base::quoted(parameter.name) + " has more than 7 dimensions");
  }
  out += static_cast<char>(parameter.dimensions.size());
  for (const auto size : parameter.dimensions) {
    if (size > kLongestList) {
      throw Error("the C3D parameter " + base::quoted(parameter.name) + " has a dimension of " +
                  std::to_string(size) + ", above 255");
    }
    out += static_cast<char>(size);
  }
  const std::size_t held = std::visit([](const auto& values) { return values.size(); }, parameter.value);
  require(held == product(parameter.dimensions),
          "C3dParameter " + parameter.name + ": " + std::to_string(held) + " values for dimensions of " +
              std::to_string(product(parameter.dimensions)));
  append_value(parameter, processor, out);
  append_description(parameter.description, out);
  return out;
}

}  // namespace

std::vector<C3dGroup> parse_groups(base::ByteCursor& cursor, C3dProcessor processor) {
  std::vector<C3dGroup> groups;
  std::map<int, std::size_t> place;  // id to group
  const auto group_of = [&](int id) -> C3dGroup& {
    const auto [found, added] = place.try_emplace(id, groups.size());
    if (added) groups.emplace_back();
    return groups[found->second];
  };
  cursor.set_order(processor == C3dProcessor::mips ? std::endian::big : std::endian::little);
  for (;;) {
    const int length = cursor.i8("the parameter section");  // +0: negative where locked
    if (length == 0) break;
    const int id = cursor.i8("a group number");  // +1: negative for a group
    const std::string name(
        cursor.take(static_cast<std::size_t>(std::abs(length)), "the name of a parameter"));  // +2
    const std::size_t link = cursor.offset();
    const std::size_t next = cursor.u16("the offset of the next parameter");
    std::string description;
    if (id < 0) {
      C3dGroup& group = group_of(-id);
      if (group.name.empty()) group.name = name;
      group.locked = length < 0;
    } else {
      C3dParameter parameter = parse_parameter(cursor, processor);
      parameter.name = name;
      parameter.locked = length < 0;
      group_of(id).parameters.push_back(std::move(parameter));
    }
    if (next != 0 && link + next < cursor.offset()) {
      cursor.fail(link, "the parameter " + base::quoted(name) + " is longer than its record",
                  "a next record at or after byte " + std::to_string(cursor.offset()),
                  std::to_string(link + next));
    }
    // Old writers leave the description out altogether.
    if (next != 0 && link + next > cursor.offset()) {
      const std::size_t size = cursor.u8("the length of a description");
      if (cursor.offset() + size <= link + next) description = cursor.take(size, "a description");
      if (id < 0) {
        group_of(-id).description = description;
      } else {
        group_of(id).parameters.back().description = description;
      }
    }
    if (next == 0) break;
    cursor.seek(link + next, "the next parameter");
  }
  for (const auto& [id, index] : place) {
    if (groups[index].name.empty()) groups[index].name = "GROUP_" + std::to_string(id);
  }
  return groups;
}

std::string format_groups(const std::vector<C3dGroup>& groups, C3dProcessor processor) {
  if (groups.size() > 127) throw Error("C3D has room for 127 groups of parameters");
  std::string out(4, '\0');
  int id = 0;
  for (const auto& group : groups) {
    ++id;
    std::string body;
    append_description(group.description, body);
    append_name(group.name, group.locked, -id, out);
    append_record(body, group.name, processor, out);
    for (const auto& parameter : group.parameters) {
      append_name(parameter.name, parameter.locked, id, out);
      append_record(format_parameter(parameter, processor), parameter.name, processor, out);
    }
  }
  out += '\0';
  out.resize((out.size() + kBlock - 1) / kBlock * kBlock, '\0');
  const std::size_t blocks = out.size() / kBlock;
  if (blocks > 255) {
    throw Error("C3D has room for 255 blocks of parameters; these need " + std::to_string(blocks));
  }
  out[0] = 1;
  out[1] = 0x50;
  out[2] = static_cast<char>(blocks);
  out[3] = static_cast<char>(processor);
  return out;
}

const C3dGroup* find_group(const std::vector<C3dGroup>& groups, std::string_view group) {
  const auto found = std::find_if(groups.begin(), groups.end(),
                                  [&](const C3dGroup& one) { return same(one.name, group); });
  return found == groups.end() ? nullptr : &*found;
}

const C3dParameter* find(const std::vector<C3dGroup>& groups, std::string_view group,
                         std::string_view name) {
  const auto* holder = find_group(groups, group);
  if (holder == nullptr) return nullptr;
  const auto found = std::find_if(holder->parameters.begin(), holder->parameters.end(),
                                  [&](const C3dParameter& one) { return same(one.name, name); });
  return found == holder->parameters.end() ? nullptr : &*found;
}

std::vector<double> numbers(const std::vector<C3dGroup>& groups, std::string_view group,
                            std::string_view name) {
  std::vector<double> out;
  for (const auto* parameter : with_continuations(groups, group, name)) append_numbers(*parameter, out);
  return out;
}

std::optional<double> number(const std::vector<C3dGroup>& groups, std::string_view group,
                             std::string_view name) {
  const auto* parameter = find(groups, group, name);
  if (parameter == nullptr) return std::nullopt;
  std::vector<double> values;
  append_numbers(*parameter, values);
  if (values.empty()) return std::nullopt;
  return values.front();
}

std::optional<std::size_t> count(const std::vector<C3dGroup>& groups, std::string_view group,
                                 std::string_view name) {
  const auto* parameter = find(groups, group, name);
  const auto value = number(groups, group, name);
  if (!value) return std::nullopt;
  if (std::holds_alternative<std::vector<std::int16_t>>(parameter->value)) {
    return static_cast<std::uint16_t>(static_cast<std::int16_t>(*value));
  }
  // Above 2^32 frames is damage, not a long recording.
  if (!(*value >= 0 && *value < 0x1p32) || *value != std::floor(*value)) return std::nullopt;
  return static_cast<std::size_t>(*value);
}

std::vector<std::string> texts(const std::vector<C3dGroup>& groups, std::string_view group,
                               std::string_view name) {
  std::vector<std::string> out;
  for (const auto* parameter : with_continuations(groups, group, name)) {
    const auto* all = std::get_if<std::string>(&parameter->value);
    if (all == nullptr) continue;
    const auto& dimensions = parameter->dimensions;
    const std::size_t width = dimensions.empty() ? 1 : dimensions.front();
    std::size_t entries = 1;
    for (std::size_t i = 1; i < dimensions.size(); ++i) entries *= dimensions[i];
    if (width == 0 && entries > kLongestList) continue;  // nothing but a claim of many empty texts
    for (std::size_t i = 0; i < entries; ++i) {
      std::string_view one = std::string_view(*all).substr(i * width, width);
      one = one.substr(0, one.find('\0'));
      out.push_back(to_utf8(base::trim(one)));
    }
  }
  return out;
}

std::string text(const std::vector<C3dGroup>& groups, std::string_view group, std::string_view name) {
  const auto all = texts(groups, group, name);
  return all.empty() ? std::string() : all.front();
}

void set(std::vector<C3dGroup>& groups, std::string_view group, C3dParameter parameter) {
  auto holder = std::find_if(groups.begin(), groups.end(),
                             [&](const C3dGroup& one) { return same(one.name, group); });
  if (holder == groups.end()) holder = groups.insert(groups.end(), C3dGroup{std::string(group), {}});
  for (auto& one : holder->parameters) {
    if (!same(one.name, parameter.name)) continue;
    parameter.description = one.description;
    parameter.locked = one.locked;
    one = std::move(parameter);
    return;
  }
  holder->parameters.push_back(std::move(parameter));
}

C3dParameter make_integer(std::string name, std::size_t value) {
  const auto word = static_cast<std::uint16_t>(std::min<std::size_t>(value, 0xffff));
  return {std::move(name), {}, std::vector<std::int16_t>{static_cast<std::int16_t>(word)}};
}

C3dParameter make_integers(std::string name, std::vector<std::int16_t> values) {
  const std::size_t size = values.size();
  return {std::move(name), {size}, std::move(values)};
}

C3dParameter make_real(std::string name, double value) {
  return {std::move(name), {}, std::vector<float>{static_cast<float>(value)}};
}

C3dParameter make_text(std::string name, std::string value) {
  const std::size_t size = value.size();
  return {std::move(name), {size}, std::move(value)};
}

void set_texts(std::vector<C3dGroup>& groups, std::string_view group, const std::string& name,
               const std::vector<std::string>& values) {
  for (std::size_t first = 0, part = 1; first < values.size() || part == 1; first += kLongestList, ++part) {
    const std::size_t rows = std::min(kLongestList, values.size() - first);
    std::size_t width = 1;
    for (std::size_t i = 0; i < rows; ++i) width = std::max(width, values[first + i].size());
    if (width > kLongestList) {
      throw Error("C3D texts have at most 255 characters; one of " + std::string(group) + ":" + name +
                  " has " + std::to_string(width));
    }
    std::string all;
    for (std::size_t i = 0; i < rows; ++i) {
      all += values[first + i];
      all.append(width - values[first + i].size(), ' ');
    }
    set(groups, group, {part == 1 ? name : name + std::to_string(part), {width, rows}, std::move(all)});
  }
}

void set_reals(std::vector<C3dGroup>& groups, std::string_view group, const std::string& name,
               const std::vector<float>& values, std::size_t width) {
  require(width > 0 && values.size() % width == 0, "set_reals: values are not whole rows");
  const std::size_t rows = values.size() / width;
  for (std::size_t first = 0, part = 1; first < rows || part == 1; first += kLongestList, ++part) {
    const std::size_t taken = std::min(kLongestList, rows - first);
    const auto begin = values.begin() + static_cast<std::ptrdiff_t>(first * width);
    std::vector<float> some(begin, begin + static_cast<std::ptrdiff_t>(taken * width));
    std::vector<std::size_t> dimensions{taken};
    if (width > 1) dimensions.insert(dimensions.begin(), width);
    set(groups, group,
        {part == 1 ? name : name + std::to_string(part), std::move(dimensions), std::move(some)});
  }
}

}  // namespace kinemyo::io::c3d
