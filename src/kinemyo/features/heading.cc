#include "kinemyo/features/heading.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "kinemyo/features/features.h"

namespace kinemyo::features {

HeadingTurn::HeadingTurn(const std::vector<model::OutputChannel>& outputs) {
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    if (!outputs[i].from_heading) continue;
    if (outputs[i].name == "pelvis_tilt") tilt_ = i;
    if (outputs[i].name == "pelvis_list") list_ = i;
    if (outputs[i].name == "pelvis_rotation") rotation_ = i;
  }
}

void HeadingTurn::apply(double turn_rad, std::span<double> named) const {
  if (rotation_ == kNone) return;
  if (tilt_ == kNone || list_ == kNone) {
    named[rotation_] = std::remainder(named[rotation_] + turn_rad, 2 * std::numbers::pi);
    return;
  }
  const double ct = std::cos(named[tilt_]), st = std::sin(named[tilt_]);
  const double cl = std::cos(named[list_]), sl = std::sin(named[list_]);
  const double cr = std::cos(named[rotation_]), sr = std::sin(named[rotation_]);
  const double c = std::cos(turn_rad), s = std::sin(turn_rad);
  // R = Rz(tilt) Rx(list) Ry(rotation); what is needed of Ry(turn) R: its second column and its third row.
  const double x1 = -st * cl, y1 = ct * cl;
  const double row0[2] = {ct * cr - st * sl * sr, ct * sr + st * sl * cr};  // R(0, 0), R(0, 2)
  const double row2[2] = {-cl * sr, cl * cr};                              // R(2, 0), R(2, 2)
  const double turned_x1 = c * x1 + s * sl;
  const double turned_z1 = -s * x1 + c * sl;
  named[list_] = std::asin(std::clamp(turned_z1, -1.0, 1.0));
  named[tilt_] = std::atan2(-turned_x1, y1);
  named[rotation_] = std::atan2(s * row0[0] - c * row2[0], -s * row0[1] + c * row2[1]);
}

namespace {

// 9 of 10 numbers of a normal distribution lie within so many standard deviations.
constexpr double kNineOfTen = 1.6449;

}  // namespace

void restore(const model::Model& model, std::span<const float> network, const Placement& placement,
             std::span<double> named) {
  require(named.size() == model.outputs.size(), "restore: wrong number of named outputs");
  const auto& scaler = model.output_scaler;
  using Source = model::OutputChannel::Source;
  for (std::size_t i = 0; i < named.size(); ++i) {
    const auto& channel = model.outputs[i];
    if (channel.source == Source::constant) named[i] = channel.value;
    if (channel.source != Source::network) continue;
    require(channel.index < network.size(), "restore: an output that the network does not have");
    named[i] = network[channel.index];
    if (!scaler.empty()) named[i] = named[i] * scaler.scale[channel.index] + scaler.mean[channel.index];
    if (channel.root) {
      // The mean of a square is the square of the mean and the variance.
      const double deviation = channel.half_width / kNineOfTen;
      named[i] = std::pow(std::max(named[i], 0.0), 2) + deviation * deviation;
    }
  }
  HeadingTurn(model.outputs).apply(placement.heading_rad, named);
  for (std::size_t i = 0; i < named.size(); ++i) {
    const auto& channel = model.outputs[i];
    if (channel.source == Source::copy) named[i] = named[channel.index];
  }
}

void restore_interval(const model::Model& model, std::span<const float> network, std::span<double> low,
                      std::span<double> high) {
  require(low.size() == model.outputs.size() && high.size() == low.size(), "restore_interval: wrong number of named outputs");
  const auto& scaler = model.output_scaler;
  for (std::size_t i = 0; i < low.size(); ++i) {
    const auto* channel = &model.outputs[i];
    if (channel->source == model::OutputChannel::Source::copy) channel = &model.outputs[channel->index];
    low[i] = high[i] = std::numeric_limits<double>::quiet_NaN();
    if (channel->source != model::OutputChannel::Source::network || channel->half_width == 0) continue;
    double value = network[channel->index];
    if (!scaler.empty()) value = value * scaler.scale[channel->index] + scaler.mean[channel->index];
    low[i] = value - channel->half_width;
    high[i] = value + channel->half_width;
    if (!channel->root) continue;
    low[i] = std::pow(std::max(low[i], 0.0), 2);
    high[i] = std::pow(std::max(high[i], 0.0), 2);
  }
}

}  // namespace kinemyo::features
