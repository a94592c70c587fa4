// What a recording of landmarks becomes beside its CSV: a prepared store, as `kinemyo prepare` makes of other recordings.
#include <cmath>
#include <limits>

#include "kinemyo/body/names.h"
#include "kinemyo/dataset/store.h"
#include "kinemyo/io/landmark_frames.h"
#include "kinemyo/serve/recorder.h"

namespace kinemyo::serve {

namespace {

using dataset::Mark;
using motion::Quantity;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kReach_s = 0.25;  // frames further apart are not bridged
constexpr double kFallbackRate_hz = 30;

// What Live made of each picture, a row a picture.
struct Table {
  std::vector<double> stamps_s;
  base::Matrix<double> values;
  base::Matrix<double> marks;  // of each channel, of Mark
};

// Straight lines between pictures, on an even clock.
dataset::Marked on_clock(const Table& table, Quantity quantity, std::vector<motion::Channel> channels, const motion::Clock& clock) {
  const std::size_t width = motion::components(quantity);
  base::Matrix<double> values(clock.size(), channels.size() * width, kNaN);
  base::Matrix<std::uint8_t> marks(clock.size(), channels.size(), static_cast<std::uint8_t>(Mark::missing));
  std::size_t at = 0;
  for (std::size_t f = 0; f < clock.size(); ++f) {
    const double t = clock.time_s(f);
    while (at + 1 < table.stamps_s.size() && table.stamps_s[at + 1] <= t) ++at;
    const std::size_t next = std::min(at + 1, table.stamps_s.size() - 1);
    const double step = table.stamps_s[next] - table.stamps_s[at];
    if (step > kReach_s) continue;
    const double part = step > 0 ? (t - table.stamps_s[at]) / step : 0;
    for (std::size_t c = 0; c < channels.size(); ++c) {
      bool known = true;
      for (std::size_t k = c * width; k < (c + 1) * width; ++k) {
        values(f, k) = part == 0 ? table.values(at, k) : table.values(at, k) + part * (table.values(next, k) - table.values(at, k));
        known = known && std::isfinite(values(f, k));
      }
      if (!known) {
        for (std::size_t k = c * width; k < (c + 1) * width; ++k) values(f, k) = kNaN;
        continue;
      }
      marks(f, c) = static_cast<std::uint8_t>(std::max(table.marks(at, c), table.marks(part == 0 ? at : next, c)));
    }
  }
  return {motion::Series(quantity, std::move(channels), clock, std::move(values)), std::move(marks)};
}

}  // namespace

void write_live_store(const infer::LiveModels& models, const std::filesystem::path& landmarks, const std::string& person,
                      const std::filesystem::path& store) {
  const auto trials = io::read_landmark_trials(landmarks);
  if (trials.empty()) throw Error(landmarks.string() + " has no frames");
  dataset::StoreWriter writer(store);
  for (std::size_t number = 0; number < trials.size(); ++number) {
    const auto& trial = trials[number];
    const auto& outputs = models.outputs();
    Table points{{}, base::Matrix<double>(trial.size(), 3 * motion::kLandmarks), base::Matrix<double>(trial.size(), motion::kLandmarks)};
    Table named{{}, base::Matrix<double>(trial.size(), outputs.size()), base::Matrix<double>(trial.size(), outputs.size(), 2.0)};
    infer::Live live(models);
    for (std::size_t f = 0; f < trial.size(); ++f) {
      live.step(trial[f]);
      points.stamps_s.push_back(trial[f].time_s);
      for (std::size_t i = 0; i < motion::kLandmarks; ++i) {
        for (std::size_t k = 0; k < 3; ++k) points.values(f, 3 * i + k) = live.body().points()[i][k];
        points.marks(f, i) = live.body().unseen_s()[i] == 0 ? 1 : 2;
      }
      std::copy(live.values().begin(), live.values().end(), named.values.row(f).begin());
    }
    named.stamps_s = points.stamps_s;

    dataset::PreparedTrial out;
    out.key = {person, "Live", std::to_string(number + 1)};
    out.rate_hz = models.rate_hz() > 0 ? models.rate_hz() : kFallbackRate_hz;
    const double span_s = points.stamps_s.back() - points.stamps_s.front();
    const auto clock = motion::Clock::uniform(out.rate_hz, points.stamps_s.front(), static_cast<std::size_t>(std::floor(span_s * out.rate_hz)) + 1);
    std::vector<motion::Channel> channels;
    for (const auto& name : body::mediapipe_landmarks()) channels.push_back({name, "m"});
    out.markers = on_clock(points, Quantity::position, std::move(channels), clock);
    for (const bool muscles : {false, true}) {
      std::vector<motion::Channel> picked;
      std::vector<std::size_t> columns;
      for (std::size_t i = 0; i < outputs.size(); ++i) {
        if (outputs[i].is_muscle() != muscles) continue;
        picked.push_back({outputs[i].name, muscles ? "V" : "rad"});
        columns.push_back(i);
      }
      if (picked.empty()) continue;
      Table part{named.stamps_s, base::Matrix<double>(trial.size(), columns.size()), base::Matrix<double>(trial.size(), columns.size(), 2.0)};
      for (std::size_t c = 0; c < columns.size(); ++c) part.values.set_column(c, named.values.column(columns[c]));
      (muscles ? out.emg : out.angles) = on_clock(part, muscles ? Quantity::emg : Quantity::coordinate, std::move(picked), clock);
    }
    out.history = {"recorded live from a camera: " + landmarks.filename().string(),
                   "landmarks smoothed (One Euro), turned upright, facing +X, on the floor; straight lines between pictures",
                   "angles and muscles are a network's, not measured: marked as filled; 1 V stands for a muscle's peak where the "
                   "network gives fractions"};
    writer.add(out);
  }
  writer.commit();
}

}  // namespace kinemyo::serve
