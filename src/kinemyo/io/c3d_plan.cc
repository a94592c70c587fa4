#include "kinemyo/io/c3d_plan.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "kinemyo/base/text.h"

namespace kinemyo::io::c3d {

namespace {

using motion::Quantity;

bool is_point(Quantity quantity) {
  return quantity == Quantity::position || quantity == Quantity::angle3 || quantity == Quantity::force3 ||
         quantity == Quantity::moment3 || quantity == Quantity::vector3;
}
bool is_sampled(Quantity quantity) { return quantity == Quantity::emg || quantity == Quantity::analog; }

std::string describe(const motion::Series& series) {
  return std::to_string(series.channels().size()) + " channels of " +
         std::string(motion::to_string(series.quantity())) + " at " + base::to_text(series.clock().rate_hz()) +
         " Hz";
}

// A clock as evenly spaced, which is all that C3D knows; nothing if its stamps are not.
struct Even {
  double rate_hz = 0;
  double start_s = 0;
};

std::optional<Even> evenly(const motion::Clock& clock) {
  if (clock.size() == 0) return std::nullopt;
  if (clock.is_uniform()) return Even{clock.rate_hz(), clock.start_s()};
  if (clock.size() < 2) return std::nullopt;
  const double rate = static_cast<double>(clock.size() - 1) / clock.span_s();
  for (std::size_t i = 0; i < clock.size(); ++i) {
    const double place = (clock.time_s(i) - clock.start_s()) * rate;
    if (std::fabs(place - static_cast<double>(i)) > 0.1) return std::nullopt;
  }
  return Even{rate, clock.start_s()};
}

// How many of `rate` go into a frame; 0 if that is no whole number.
std::size_t whole_ratio(double rate, double frame_rate) {
  const double ratio = rate / frame_rate;
  const double nearest = std::round(ratio);
  if (nearest < 1 || nearest > 65535 || std::fabs(ratio - nearest) > 1e-5 * nearest) return 0;
  return static_cast<std::size_t>(nearest);
}

std::optional<long long> place_on(double start_s, double grid_start_s, double rate_hz) {
  const double place = (start_s - grid_start_s) * rate_hz;
  if (!(std::fabs(place) < 1e12) || std::fabs(place - std::round(place)) > kClockTolerance) return std::nullopt;
  return std::llround(place);
}

// The series that sets the frame rate: the first positions, else the first other points, else samples.
const motion::Series* choose_leader(const motion::Recording& recording) {
  const auto first = [&](auto&& wanted) -> const motion::Series* {
    for (const auto& series : recording.series) {
      if (wanted(series.quantity()) && series.frames() > 0 && !series.channels().empty() &&
          evenly(series.clock())) {
        return &series;
      }
    }
    return nullptr;
  };
  if (const auto* found = first([](Quantity q) { return q == Quantity::position; })) return found;
  if (const auto* found = first(is_point)) return found;
  if (const auto* found = first([](Quantity q) { return q == Quantity::rotation; })) return found;
  if (const auto* found = first([](Quantity q) { return q == Quantity::emg; })) return found;
  return first(is_sampled);
}

// Places a series; says why in `notes` where it does not fit.
void place(const motion::Series& series, Plan& plan, std::vector<std::string>& notes) {
  if (series.channels().empty() || series.frames() == 0) return;
  const Quantity quantity = series.quantity();
  if (!is_point(quantity) && !is_sampled(quantity) && quantity != Quantity::rotation) {
    notes.push_back("not written: " + describe(series) + ", for which C3D has no place");
    return;
  }
  const auto even = evenly(series.clock());
  const std::size_t ratio = even ? whole_ratio(even->rate_hz, plan.rate_hz) : 0;
  const bool one_a_frame = is_point(quantity);
  auto& held = quantity == Quantity::rotation ? plan.rotations_per_frame : plan.samples_per_frame;
  auto& list = one_a_frame ? plan.points : quantity == Quantity::rotation ? plan.rotations : plan.analogs;
  std::optional<long long> first;
  if (ratio > 0 && (one_a_frame ? ratio == 1 : list.empty() || ratio == held)) {
    first = place_on(even->start_s, plan.start_s, plan.rate_hz * static_cast<double>(ratio));
  }
  if (!first) {
    notes.push_back("not written: " + describe(series) + ", whose clock does not fit frames of " +
                    base::to_text(plan.rate_hz) + " Hz" +
                    (list.empty() || one_a_frame ? "" : " and " + std::to_string(held) + " samples a frame"));
    return;
  }
  if (!one_a_frame) held = ratio;
  list.push_back({&series, *first});
}

long long floor_divide(long long a, long long b) { return a >= 0 ? a / b : -((-a + b - 1) / b); }

}  // namespace

Plan make_plan(const motion::Recording& recording, std::vector<std::string>& notes) {
  const auto* leader = choose_leader(recording);
  if (leader == nullptr) throw Error("nothing in this recording can be written as C3D");
  const Even lead = *evenly(leader->clock());
  Plan plan;
  plan.rate_hz = lead.rate_hz;
  plan.start_s = lead.start_s;
  for (const auto& series : recording.series) place(series, plan, notes);
  long long first = std::numeric_limits<long long>::max(), end = std::numeric_limits<long long>::min();
  const auto widen = [&](const std::vector<Placed>& list, std::size_t per_frame) {
    const auto step = static_cast<long long>(per_frame);
    for (const auto& one : list) {
      first = std::min(first, floor_divide(one.first, step));
      end = std::max(end, floor_divide(one.end() + step - 1, step));
    }
  };
  widen(plan.points, 1);
  if (plan.samples_per_frame > 0) widen(plan.analogs, plan.samples_per_frame);
  widen(plan.rotations, plan.rotations_per_frame);
  // Series that lie far apart would make a file that is almost all gap.
  if (end - first > 100'000'000) throw Error("the series of this recording lie too far apart in time for one C3D file");
  plan.first = first;
  plan.frames = static_cast<std::size_t>(end - first);
  for (const auto* list : {&plan.points, &plan.analogs, &plan.rotations}) {
    const std::size_t step = list == &plan.points      ? 1
                             : list == &plan.analogs ? plan.samples_per_frame
                                                     : plan.rotations_per_frame;
    for (const auto& one : *list) {
      const std::size_t room = plan.frames * step;
      if (one.series->frames() < room) {
        notes.push_back(describe(*one.series) + ": padded with " +
                        std::to_string(room - one.series->frames()) + " missing frames to fit the others");
      }
    }
  }
  return plan;
}

}  // namespace kinemyo::io::c3d
