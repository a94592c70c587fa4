#include "cli/alignment.h"

#include <cmath>

#include "cli/command.h"

namespace kinemyo::cli {

void add_alignment(CLI::App& app, dataset::AlignSettings& settings, const std::string& by, const std::string& prefix) {
  settings.advice = "Options: " + by + " events, stamps or activity; " + prefix + "channel, " + prefix + "other-channel, " + prefix +
                    "stamps name channels; " + prefix + "largest-lag bounds the lag; what is known is told by " + by + " clock, " + by +
                    " start or " + prefix + "lag";
  app.add_option_function<std::string>(
         by, [&settings](const std::string& way) { settings.by = dataset::align_by(way); },
         "how devices find one clock. stamps: a channel of the other file holds the trial's time; events: events of\n"
         "the same label, or rising edges of a trigger; activity: what moves in both, correlated; auto: the first of\n"
         "these that there is and that serves; told, not measured: clock (both have one), start (both began together)")
      ->check(CLI::IsMember({"auto", "stamps", "events", "activity", "clock", "start"}))
      ->default_str("auto");
  app.add_option_function<double>(
         prefix + "lag",
         [&settings](double lag_s) {
           settings.by = dataset::AlignBy::lag;
           settings.lag_s = lag_s;
         },
         "the trial's time less the other file's, s, where it is known from elsewhere; told, not measured")
      ->excludes(by);
  app.add_option(prefix + "stamps", settings.stamps_channel, "channel of the other file that holds the trial's time of each sample, s");
  app.add_option(prefix + "channel", settings.reference_channel, "channel to correlate, or trigger; without: all that both have");
  app.add_option(prefix + "other-channel", settings.other_channel, "the same in the other file, where it bears another name");
  app.add_option(prefix + "largest-lag", settings.limits.largest_lag_s, "lags beyond are not looked at, s; 0: any")
      ->capture_default_str();
  app.add_option(prefix + "least-correlation", settings.limits.correlation, "of activity; less is refused")->capture_default_str();
}

nlohmann::ordered_json to_json(const std::string& file, const dataset::Aligned& found) {
  const auto& clock = found.clock;
  const bool told = is_told(found.by);
  nlohmann::ordered_json out = {{"file", file},
                                {"by", to_string(found.by)},
                                {"rests_on", found.rests_on},
                                {"lag_s", clock.lag_s},
                                {"origin_s", clock.origin_s},
                                {"drift_ppm", clock.drift_ppm},
                                {"residual_s", nullptr},
                                {"correlation", nullptr},
                                {"confidence", nullptr},
                                {"points", clock.points}};
  if (!told) out["confidence"] = clock.confidence;
  if (!told && clock.points > 1) out["residual_s"] = clock.residual_s;
  if (clock.correlation > 0) out["correlation"] = clock.correlation;
  return out;
}

std::vector<std::string> alignment_header() {
  return {"by", "lag s", "drift ppm", "residual ms", "r", "confidence", "rests on"};
}

std::vector<std::string> alignment_cells(const dataset::Aligned& found) {
  const auto& clock = found.clock;
  const auto where = [](bool there, double value) { return there ? value : std::nan(""); };
  return {std::string(to_string(found.by)),
          fixed(std::abs(clock.lag_s) < 5e-5 ? 0 : clock.lag_s, 4),
          fixed(clock.drift_ppm, 1),
          fixed(where(clock.points > 1, clock.residual_s * 1000), 2),
          fixed(where(clock.correlation > 0, clock.correlation), 3),
          fixed(where(clock.confidence > 0, clock.confidence), 2),
          found.rests_on};
}

}  // namespace kinemyo::cli
