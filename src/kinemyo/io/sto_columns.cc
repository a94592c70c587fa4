#include "kinemyo/io/sto_columns.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <set>

#include "kinemyo/base/text.h"
#include "kinemyo/io/coordinate_names.h"

namespace kinemyo::io {

namespace {

using motion::Quantity;

constexpr double kDegPerRad = 180.0 / std::numbers::pi;

// A channel to be: its numbers in a row, and what they are divided by.
struct Plan {
  Quantity quantity = Quantity::analog;
  motion::Channel channel;
  std::vector<std::size_t> numbers;
  double divisor = 1;
};

constexpr std::array kQuantities = {Quantity::coordinate, Quantity::position, Quantity::angle3,  Quantity::force3,
                                    Quantity::moment3,    Quantity::vector3,  Quantity::rotation, Quantity::emg,
                                    Quantity::analog,     Quantity::visibility};

std::string component_name(std::string_view name, Quantity quantity, std::size_t k) {
  if (motion::components(quantity) == 1) return std::string(name);
  if (motion::components(quantity) != 3) return std::string(name) + "_" + std::to_string(k + 1);
  // OpenSim's external forces are ground_force_vx, ground_force_px, ground_torque_x.
  const bool opensim = name.ends_with("_v") || name.ends_with("_p") || name.ends_with("_m");
  return std::string(name) + (opensim ? "" : "_") + "xyz"[k];
}

// "ground_force_1_vx", "..._vy", "..._vz" in turn: a vector of a force plate.
std::optional<Plan> force_plate(const std::vector<std::string>& names, std::size_t column) {
  const std::string& first = names[column];
  if (column + 2 >= names.size() || first.size() < 3 || !first.ends_with("x")) return std::nullopt;
  std::string stem = first.substr(0, first.size() - 1);
  if (names[column + 1] != stem + "y" || names[column + 2] != stem + "z") return std::nullopt;
  const std::string low = base::lower(stem);
  const bool force = low.find("force") != low.npos || low.find("grf") != low.npos;
  const bool torque = low.find("torque") != low.npos || low.find("moment") != low.npos;
  Plan plan{.numbers = {column, column + 1, column + 2}};
  if (force && low.ends_with("_v")) {
    plan.quantity = Quantity::force3;
    plan.channel.unit = "N";
  } else if (force && low.ends_with("_p")) {
    plan.quantity = Quantity::vector3;
    plan.channel.unit = "m";
  } else if ((force && low.ends_with("_m")) || (torque && low.ends_with("_"))) {
    plan.quantity = Quantity::moment3;
    plan.channel.unit = "N m";
    if (!low.ends_with("_m")) stem.pop_back();
  } else {
    return std::nullopt;
  }
  plan.channel.name = stem;
  return plan;
}

// "/jointset/ground_pelvis/pelvis_tilt/value" -> "pelvis_tilt".
std::optional<std::string> coordinate_of_path(std::string_view name) {
  if (!name.starts_with("/jointset/") || !name.ends_with("/value")) return std::nullopt;
  name.remove_suffix(6);
  return std::string(name.substr(name.rfind('/') + 1));
}

// Without a word in the header: by names alone.
std::vector<Plan> plan_by_names(const StoHeader& header, const std::vector<std::string>& names) {
  const std::string title = base::lower(header.title);
  const bool coordinates = title.find("coordinates") != title.npos || title.find("static pose") != title.npos;
  const bool emg = title.find("electromyography") != title.npos || title.find("emg") != title.npos;
  const bool degrees = header.in_degrees.value_or(false);
  std::vector<Plan> plans;
  for (std::size_t c = 1; c < names.size(); ++c) {
    if (auto plan = force_plate(names, c)) {
      plans.push_back(std::move(*plan));
      c += 2;
      continue;
    }
    Plan plan{.channel = {names[c], ""}, .numbers = {c}};
    const bool path = names[c].find_first_of("/|.") != std::string::npos;
    const auto coordinate = coordinate_of_path(names[c]);
    if (coordinate || (!path && (coordinates || is_coordinate_name(names[c])))) {
      plan.quantity = Quantity::coordinate;
      plan.channel.name = coordinate.value_or(names[c]);
      plan.channel.unit = is_translation_name(plan.channel.name) ? "m" : "rad";
      if (plan.channel.unit == "rad" && degrees) plan.divisor = kDegPerRad;
    } else if (emg || base::lower(names[c]).find("emg") != std::string::npos) {
      plan.quantity = Quantity::emg;
    } else if (names[c].ends_with("_moment")) {
      plan.channel.unit = "N m";
    } else if (names[c].ends_with("_force")) {
      plan.channel.unit = "N";
    }
    plans.push_back(std::move(plan));
  }
  return plans;
}

// By the header's lines channels_<column>=<quantity> <count> <unit>.
std::vector<Plan> plan_by_header(const std::string& path, const StoHeader& header, const std::vector<std::string>& names) {
  std::vector<Plan> plans;
  for (std::size_t column = 1; column < names.size();) {
    const std::string key = "channels_" + std::to_string(column + 1);
    const auto refuse = [&](const std::string& found) {
      throw FormatError(path, Place::named("header"), "the header's " + key + " cannot be",
                        "a quantity, a number of channels that the columns hold, a unit", found);
    };
    const auto found = header.settings.find(key);
    if (found == header.settings.end()) refuse("nothing");
    const auto words = base::split_blank(found->second);
    const long long count = words.size() < 2 ? 0 : base::to_integer(words[1]).value_or(0);
    const auto quantity = std::find_if(kQuantities.begin(), kQuantities.end(), [&](Quantity q) {
      return !words.empty() && motion::to_string(q) == words[0];
    });
    if (count < 1 || quantity == kQuantities.end() ||
        static_cast<std::size_t>(count) > (names.size() - column) / motion::components(*quantity)) {
      refuse(base::quoted(found->second));
    }
    const std::size_t width = motion::components(*quantity);
    std::string unit;
    for (std::size_t w = 2; w < words.size(); ++w) unit += (unit.empty() ? "" : " ") + std::string(words[w]);
    for (long long i = 0; i < count; ++i, column += width) {
      Plan plan{*quantity, {names[column], unit}, {}, 1};
      if (unit == "deg") {
        plan.channel.unit = "rad";
        plan.divisor = kDegPerRad;
      }
      for (std::size_t k = 0; k < width; ++k) plan.numbers.push_back(column + k);
      if (width > 1) {
        std::string& name = plan.channel.name;
        const std::size_t tail = width == 3 && names[column].size() > 2 && names[column][names[column].size() - 2] != '_' ? 1 : 2;
        name.resize(name.size() - std::min(tail, name.size()));
        if (component_name(name, *quantity, 0) != names[column]) refuse(base::quoted(names[column]));
      }
      plans.push_back(std::move(plan));
    }
  }
  return plans;
}

// Cells of several numbers (DataType=Vec3 ...): one or two vectors, or a scalar for each number.
std::vector<Plan> plan_vectors(const std::vector<std::string>& names, std::size_t cell_numbers) {
  std::vector<Plan> plans;
  for (std::size_t c = 1; c < names.size(); ++c) {
    const std::size_t first = c * cell_numbers;
    if (cell_numbers == 3) {
      plans.push_back({Quantity::vector3, {names[c], ""}, {first, first + 1, first + 2}});
    } else if (cell_numbers == 6) {
      plans.push_back({Quantity::vector3, {names[c] + "_rotation", ""}, {first, first + 1, first + 2}});
      plans.push_back({Quantity::vector3, {names[c] + "_translation", ""}, {first + 3, first + 4, first + 5}});
    } else {
      for (std::size_t k = 0; k < cell_numbers; ++k) {
        plans.push_back({Quantity::analog, {names[c] + "_" + std::to_string(k + 1), ""}, {first + k}});
      }
    }
  }
  return plans;
}

// The patella's column tells by its numbers whether it is in radians beside a knee in degrees.
void settle_patellae(std::vector<Plan>& plans, const NumberRows& rows, std::vector<std::string>& notes) {
  for (auto& plan : plans) {
    if (plan.quantity != Quantity::coordinate || plan.divisor == 1 || !is_patella_name(plan.channel.name)) continue;
    const std::string knee = plan.channel.name.substr(0, plan.channel.name.size() - 5);
    const auto found = std::find_if(plans.begin(), plans.end(), [&](const Plan& p) { return p.channel.name == knee; });
    const auto patella = rows.column(plan.numbers[0]);
    const bool radians = found == plans.end() ||
                         patella_in_radians(patella, rows.column(found->numbers[0]), true);
    if (radians) {
      plan.divisor = 1;
    } else {
      notes.push_back(plan.channel.name + " is in degrees, unlike OpenSim's own files");
    }
  }
}

}  // namespace

void add_sto_series(motion::Recording& recording, const StoHeader& header, const std::vector<std::string>& names,
                    const NumberRows& rows, std::size_t cell_numbers, const motion::Clock& clock) {
  const bool told = header.settings.contains("channels_2") && cell_numbers == 1;
  auto plans = cell_numbers > 1 ? plan_vectors(names, cell_numbers)
               : told           ? plan_by_header(recording.source, header, names)
                                : plan_by_names(header, names);
  const bool has_angles = std::any_of(plans.begin(), plans.end(), [](const Plan& p) {
    return p.quantity == Quantity::coordinate && p.channel.unit == "rad";
  });
  if (has_angles && !told) {
    if (!header.in_degrees) {
      throw FormatError(recording.source, Place::named("header"), "the header does not say whether angles are in degrees",
                        "inDegrees=yes or inDegrees=no", "neither");
    }
    settle_patellae(plans, rows, recording.notes);
    recording.notes.push_back(*header.in_degrees ? "angles were in degrees" : "angles were in radians");
  }
  for (const Quantity quantity : kQuantities) {
    std::vector<const Plan*> chosen;
    for (const auto& plan : plans) {
      if (plan.quantity == quantity) chosen.push_back(&plan);
    }
    if (chosen.empty()) continue;
    const std::size_t width = motion::components(quantity);
    base::Matrix<double> values(rows.rows(), chosen.size() * width);
    std::vector<motion::Channel> channels;
    std::set<std::string> seen;
    for (std::size_t i = 0; i < chosen.size(); ++i) {
      motion::Channel channel = chosen[i]->channel;
      // Two joints may have a coordinate of one name: then the path tells them apart.
      if (!seen.insert(channel.name).second) channel.name = names[chosen[i]->numbers[0] / cell_numbers];
      seen.insert(channel.name);
      channels.push_back(std::move(channel));
      for (std::size_t r = 0; r < rows.rows(); ++r) {
        for (std::size_t k = 0; k < width; ++k) {
          values(r, i * width + k) = rows.at(r, chosen[i]->numbers[k]) / chosen[i]->divisor;
        }
      }
    }
    if (quantity == Quantity::emg && channels.front().unit.empty()) {
      recording.notes.push_back("the unit of EMG is not stated");
    }
    recording.series.emplace_back(quantity, std::move(channels), clock, std::move(values));
  }
}

std::string sto_names(const std::vector<const motion::Series*>& series, std::vector<std::string>& names,
                      std::vector<double>& factors) {
  std::string runs;
  bool plain = true;
  for (const auto* one : series) {
    require(one->frames() == series.front()->frames(), "format_sto: the series have different clocks");
    const Quantity quantity = one->quantity();
    const std::size_t width = one->components();
    std::size_t run_start = 0;
    for (std::size_t c = 0; c < one->channels().size(); ++c) {
      const auto& channel = one->channels()[c];
      if (channel.name.empty() || channel.name.find_first_of("\t\r\n") != std::string::npos) {
        throw Error("the name " + base::quoted(channel.name) + " cannot stand in a column of STO");
      }
      const bool translation = quantity == Quantity::coordinate && is_translation_name(channel.name);
      const bool patella = quantity == Quantity::coordinate && is_patella_name(channel.name);
      const bool angle = channel.unit == "rad" && !patella;
      plain = plain && quantity == Quantity::coordinate && channel.unit == (translation ? "m" : "rad");
      for (std::size_t k = 0; k < width; ++k) {
        names.push_back(component_name(channel.name, quantity, k));
        factors.push_back(angle ? kDegPerRad : 1.0);
      }
      const auto written_unit = [](const motion::Channel& of, bool as_is) { return !as_is && of.unit == "rad" ? "deg" : of.unit; };
      const bool last = c + 1 == one->channels().size();
      const bool next_patella = !last && quantity == Quantity::coordinate && is_patella_name(one->channels()[c + 1].name);
      if (last || written_unit(one->channels()[c + 1], next_patella) != written_unit(channel, patella)) {
        runs += "channels_" + std::to_string(names.size() - (c - run_start + 1) * width + 2) + "=" +
                std::string(motion::to_string(quantity)) + " " + std::to_string(c - run_start + 1);
        const std::string unit = written_unit(channel, patella);
        runs += (unit.empty() ? "" : " " + unit) + "\n";
        run_start = c + 1;
      }
    }
  }
  return plain ? "" : runs;
}

}  // namespace kinemyo::io
