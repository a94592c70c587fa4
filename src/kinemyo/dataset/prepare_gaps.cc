#include "kinemyo/dataset/prepare_gaps.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "kinemyo/base/text.h"
#include "kinemyo/signal/marker_gaps.h"

namespace kinemyo::dataset {

namespace {

constexpr std::size_t kChannelsInNote = 8;

ChannelFill& entry(GapCount& count, const std::string& channel, const std::string& method) {
  for (auto& one : count.fills) {
    if (one.channel == channel && one.method == method) return one;
  }
  count.fills.push_back({channel, method, 0, 0, std::nan("")});
  return count.fills.back();
}

std::string frames(std::size_t count) { return std::to_string(count) + (count == 1 ? " frame" : " frames"); }
std::string gaps(std::size_t count) { return std::to_string(count) + (count == 1 ? " gap" : " gaps"); }

}  // namespace

void GapCount::add(const std::string& channel, const std::string& method, std::size_t more_gaps, std::size_t more_frames,
                   double error_bar_m) {
  auto& one = entry(*this, channel, method);
  one.gaps += more_gaps;
  one.frames += more_frames;
  one.worst_error_bar_m = std::fmax(one.worst_error_bar_m, error_bar_m);
  filled_gaps += more_gaps;
  filled_frames += more_frames;
}

FilledMarkers fill_marker_gaps(motion::Series series, const PrepareSettings& settings, GapCount& count) {
  FilledMarkers out{std::move(series), {}};
  const auto& markers = out.series;
  out.filled.assign(markers.channels().size(), std::vector<std::uint8_t>(markers.frames(), 0));
  signal::MarkerFillLimits limits;
  limits.spline_s = settings.fill_limit_s;
  limits.neighbours_s = settings.rebuild_limit_s;
  limits.worst_error_m = settings.worst_fill_m;
  const auto done = signal::fill_markers(out.series.values(), markers.clock().rate_hz(), limits);
  for (const auto& fill : done.filled) {
    count.add(markers.channels()[fill.marker].name, std::string(to_string(fill.method)), 1, fill.gap.count, fill.error_bar_m);
    std::fill_n(out.filled[fill.marker].begin() + static_cast<std::ptrdiff_t>(fill.gap.first), fill.gap.count,
                std::uint8_t{1});
  }
  count.left_gaps += done.left.size();
  return out;
}

std::string describe(const GapCount& count) {
  std::string text = gaps(count.filled_gaps) + " filled (" + frames(count.filled_frames) + ")";
  auto order = count.fills;
  std::stable_sort(order.begin(), order.end(), [](const auto& a, const auto& b) { return a.frames > b.frames; });
  std::vector<std::string> items;
  for (std::size_t i = 0; i < order.size() && i < kChannelsInNote; ++i) {
    auto item = order[i].channel + " " + gaps(order[i].gaps) + ", " + frames(order[i].frames) + ", " + order[i].method;
    if (!std::isnan(order[i].worst_error_bar_m)) {
      item += ", within " + base::to_text(std::ceil(order[i].worst_error_bar_m * 1e4) / 10) + " mm";
    }
    items.push_back(item);
  }
  if (order.size() > items.size()) items.push_back(std::to_string(order.size() - items.size()) + " more channels");
  if (!items.empty()) text += ": " + base::join(items, "; ");
  return text + "; " + gaps(count.left_gaps) + " left missing";
}

}  // namespace kinemyo::dataset
