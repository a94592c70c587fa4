#include "kinemyo/io/channel_names.h"

#include <algorithm>
#include <cctype>
#include <unordered_set>

#include "kinemyo/base/text.h"
#include "kinemyo/io/units.h"

namespace kinemyo::io {

namespace {

// "Voltage.L Tib Ant" to voltage, l, tib, ant.
std::vector<std::string> words_of(std::string_view name) {
  std::vector<std::string> out;
  std::string word;
  for (const char c : base::lower(name)) {
    if (std::isalnum(static_cast<unsigned char>(c)) != 0 || (static_cast<unsigned char>(c) & 0x80) != 0) {
      word += c;
    } else if (!word.empty()) {
      out.push_back(std::move(word));
      word.clear();
    }
  }
  if (!word.empty()) out.push_back(std::move(word));
  return out;
}

std::string without_digits(std::string_view word) {
  std::string out;
  for (const char c : word) {
    if (std::isdigit(static_cast<unsigned char>(c)) == 0) out += c;
  }
  return out;
}

// Fx1, F1Z2, MY, COP: what force plates and treadmills give.
bool is_plate_word(const std::string& letters) {
  if (letters.size() == 2) {
    return (letters[0] == 'f' || letters[0] == 'm') && letters[1] >= 'x' && letters[1] <= 'z';
  }
  return letters == "force" || letters == "moment" || letters == "cop" || letters == "plate" ||
         letters == "copx" || letters == "copy";
}

bool names_another_device(const std::string& letters) {
  static const std::unordered_set<std::string> kDevices = {
      "sync",  "trigger", "trig",     "ttl",     "switch", "footswitch", "clock", "pulse",
      "fsr",   "spare",   "nothing",  "none",    "unused", "empty",      "temp",  "temperature",
      "acc",   "accel",   "gyro",     "mag",     "imu",    "audio",      "mic",   "microphone",
      "laser", "torque",  "pressure", "encoder", "speed",  "velocity",   "accx",  "accy",
      "accz",  "gyrox",   "gyroy",    "gyroz",   "magx",   "magy",       "magz",  "angle"};
  return kDevices.contains(letters) || letters.starts_with("gonio") ||
         letters.starts_with("accelero") || letters.starts_with("gyroscop") ||
         letters.starts_with("magneto") || is_plate_word(letters);
}

bool says_nothing(const std::string& letters) {
  static const std::unordered_set<std::string> kEmptyWords = {
      "",   "voltage", "volts",     "analog", "analogue", "channel",
      "ch", "input",   "potential", "pin",    "unnamed",  "electric"};
  return kEmptyWords.contains(letters);
}

bool mentions_emg(const AnalogChannel& channel) {
  return base::lower(channel.name).find("emg") != std::string::npos ||
         base::lower(channel.description).find("emg") != std::string::npos;
}

bool is_another_device(std::string_view name) {
  const auto words = words_of(name);
  return std::any_of(words.begin(), words.end(),
                     [](const auto& word) { return names_another_device(without_digits(word)); });
}

bool has_meaning(std::string_view name) {
  const auto words = words_of(name);
  return std::any_of(words.begin(), words.end(),
                     [](const auto& word) { return !says_nothing(without_digits(word)); });
}

}  // namespace

std::string name_key(std::string_view name) {
  std::string out;
  for (const char c : base::lower(name)) {
    if (c != '_' && c != '.' && c != ' ' && c != '-') out += c;
  }
  return out;
}

std::vector<std::string> distinct_names(std::vector<std::string> labels, std::size_t count,
                                        std::string_view what, std::vector<std::string>& notes) {
  labels.resize(count);
  std::unordered_set<std::string> taken(labels.begin(), labels.end());
  std::unordered_set<std::string> seen;
  std::vector<std::string> unnamed, repeated;
  const auto free_name = [&](const std::string& wanted) {
    std::string name = wanted;
    for (std::size_t i = 2; taken.contains(name); ++i) name = wanted + "#" + std::to_string(i);
    taken.insert(name);
    return name;
  };
  for (std::size_t i = 0; i < count; ++i) {
    std::string& label = labels[i];
    if (label.empty()) {
      label = free_name("unnamed_" + std::to_string(i + 1));
      unnamed.push_back(label);
    } else if (!seen.insert(label).second) {
      label = free_name(label);
      repeated.push_back(label);
    }
  }
  const auto some = [](const std::vector<std::string>& names) {
    if (names.size() <= 8) return base::join(names);
    return base::join({names.begin(), names.begin() + 8}) + " and " + std::to_string(names.size() - 8) +
           " more";
  };
  if (!unnamed.empty()) notes.push_back(std::string(what) + " without a label, named by place: " + some(unnamed));
  if (!repeated.empty()) notes.push_back(std::string(what) + " with a label that stands before, renamed: " + some(repeated));
  return labels;
}

std::vector<bool> find_emg(const std::vector<AnalogChannel>& channels) {
  std::vector<bool> out(channels.size(), false);
  const auto in_volts = [](const AnalogChannel& channel) {
    const auto unit = parse_unit(channel.unit);
    return unit && unit->si == "V" && !channel.of_force_plate;
  };
  const bool labelled = std::any_of(channels.begin(), channels.end(), [&](const auto& channel) {
    return in_volts(channel) && mentions_emg(channel);
  });
  for (std::size_t i = 0; i < channels.size(); ++i) {
    out[i] = in_volts(channels[i]) && !is_another_device(channels[i].name) &&
             (labelled ? mentions_emg(channels[i]) : has_meaning(channels[i].name));
  }
  return out;
}

}  // namespace kinemyo::io
