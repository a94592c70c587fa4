#include "kinemyo/features/mirror.h"

#include <array>
#include <initializer_list>
#include <limits>
#include <string_view>
#include <utility>

#include "kinemyo/features/channels.h"

namespace kinemyo::features {

namespace {

// The name with the first of the words that it holds changed for its opposite.
std::optional<std::string> swapped(const std::string& name,
                                   std::initializer_list<std::pair<std::string_view, std::string_view>> words) {
  for (const auto& [left, right] : words) {
    for (const auto& [here, there] : {std::pair(left, right), std::pair(right, left)}) {
      const auto at = name.find(here);
      if (at == std::string::npos) continue;
      std::string out = name;
      return out.replace(at, here.size(), there);
    }
  }
  return std::nullopt;
}

// OpenSim's coordinates end in _r or _l, also before _beta.
std::optional<std::string> opposite_coordinate(const std::string& name) {
  std::string out = name;
  const std::string_view beta = "_beta";
  const std::size_t end = out.ends_with(beta) ? out.size() - beta.size() : out.size();
  if (end < 2 || out[end - 2] != '_') return std::nullopt;
  char& side = out[end - 1];
  if (side != 'l' && side != 'r') return std::nullopt;
  side = side == 'l' ? 'r' : 'l';
  return out;
}

}  // namespace

Opposite opposite_marker(const std::string& name) {
  if (auto other = swapped(name, {{"LEFT", "RIGHT"}, {"Left", "Right"}})) return {*other, 1};
  const auto colon = name.rfind(':');
  const std::size_t first = colon == std::string::npos ? 0 : colon + 1;
  if (first < name.size()) {
    const char side = name[first];
    const std::string_view sides = "LRlr", others = "RLrl";
    const auto at = sides.find(side);
    if (at != std::string_view::npos) {
      std::string out = name;
      out[first] = others[at];
      return {out, 1};
    }
  }
  return {name, 1};
}

std::optional<Opposite> opposite_output(const std::string& name) {
  static const std::array<Opposite, 10> own = {{{"pelvis_tilt", 1},
                                               {"pelvis_list", -1},
                                               {"pelvis_rotation", -1},
                                               {"lumbar_extension", 1},
                                               {"lumbar_bending", -1},
                                               {"lumbar_rotation", -1},
                                               {"lumbar_thorax", 1},
                                               {"trunk_tilt", 1},
                                               {"trunk_list", -1},
                                               {"trunk_rotation", -1}}};
  for (const auto& one : own) {
    if (one.name == name) return one;
  }
  if (auto other = opposite_coordinate(name)) return Opposite{*other, 1};
  // Plug-in-Gait counts the angles of both sides' joints the same way; those of pelvis and trunk it does not.
  for (const std::string_view joint : {"HipAngles", "KneeAngles", "AnkleAngles"}) {
    const auto at = name.find(joint);
    if (at == std::string::npos || at == 0 || (name[at - 1] != 'L' && name[at - 1] != 'R')) continue;
    std::string out = name;
    out[at - 1] = out[at - 1] == 'L' ? 'R' : 'L';
    return Opposite{out, 1};
  }
  if (auto other = swapped(name, {{"Left ", "Right "}, {".L ", ".R "}})) return Opposite{*other, 1};
  return std::nullopt;
}

Mirror::Mirror(const model::Model& model) {
  const auto& spec = model.input;
  if (!spec.markers.empty() && spec.frame != model::Frame::canonical) {
    throw Error("recipe: inputs.mirror needs inputs.frame = \"canonical\": in the laboratory the mirror has no place");
  }
  const std::size_t markers = spec.markers.size();
  const std::size_t block = model::value_width(spec), positions = model::position_width(spec);
  inputs_.resize(input_width(spec));
  masks_ = block * static_cast<std::size_t>(1 + spec.derivatives);
  after_masks_ = masks_ + (spec.masks ? markers : 0);
  // On the other side the gait is half a cycle on: odd harmonics change sign.
  const std::size_t around = model::frame_width(spec);
  const std::size_t phase = around - 2 * static_cast<std::size_t>(spec.gait_phase);
  for (std::size_t c = phase; c < around; ++c) inputs_[c] = {c, (c - phase) / 2 % 2 == 0 ? -1.0F : 1.0F};
  const std::size_t masks = masks_;
  for (std::size_t m = 0; m < markers; ++m) {
    const auto from = find_scalar(spec.markers, opposite_marker(spec.markers[m]).name);
    if (!from) continue;
    for (std::size_t d = 0; d <= static_cast<std::size_t>(spec.derivatives) && spec.positions; ++d) {
      for (std::size_t c = 0; c < 3; ++c) {
        inputs_[d * block + 3 * m + c] = {d * block + 3 * *from + c, c == 2 ? -1.0F : 1.0F};
      }
    }
    if (spec.masks) inputs_[masks + m] = {masks + *from, 1.0F};
  }
  // One input an angle, from column `first` on.
  const auto angles = [&](const std::vector<std::string>& names, std::size_t first) {
    for (std::size_t a = 0; a < names.size(); ++a) {
      const auto opposite = opposite_output(names[a]);
      const auto from = opposite ? find_scalar(names, opposite->name) : std::nullopt;
      if (from) inputs_[first + a] = {first + *from, static_cast<float>(opposite->sign)};
    }
  };
  for (std::size_t d = 0; d <= static_cast<std::size_t>(spec.derivatives); ++d) {
    angles(spec.scalars, d * block + positions);
    angles(spec.geometry, d * block + positions + spec.scalars.size());
  }
  angles(spec.moments, phase - spec.moments.size());
  for (std::size_t b = 0; b < model::around_blocks(spec); ++b) angles(spec.geometry, around + b * spec.geometry.size());
  outputs_.resize(static_cast<std::size_t>(model.network.outputs));
  for (const auto& channel : model.outputs) {
    if (channel.source != model::OutputChannel::Source::network) continue;
    const auto opposite = opposite_output(channel.name);
    if (!opposite) continue;
    for (const auto& other : model.outputs) {
      if (other.source != model::OutputChannel::Source::network || other.name != opposite->name) continue;
      outputs_[channel.index] = {other.index, static_cast<float>(opposite->sign)};
    }
  }
}

Example Mirror::apply(const Example& example) const {
  require(example.x.columns() == inputs_.size() && example.y.columns() == outputs_.size(),
          "Mirror: an example of another model");
  Example out = example;
  const auto swap = [](const base::Matrix<float>& from, const std::vector<From>& columns, base::Matrix<float>& to) {
    for (std::size_t r = 0; r < from.rows(); ++r) {
      for (std::size_t c = 0; c < columns.size(); ++c) {
        to(r, c) = columns[c].sign == 0 ? std::numeric_limits<float>::quiet_NaN()
                                        : columns[c].sign * from(r, columns[c].column);
      }
    }
  };
  swap(example.x, inputs_, out.x);
  for (std::size_t r = 0; r < out.x.rows(); ++r) {
    for (std::size_t c = masks_; c < after_masks_; ++c) {
      if (inputs_[c].sign == 0) out.x(r, c) = 0;
    }
  }
  swap(example.y, outputs_, out.y);
  return out;
}

}  // namespace kinemyo::features
