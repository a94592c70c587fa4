#include <memory>

#include "cli/commands.h"
#include "cli/original_steps.h"
#include "kinemyo/dataset/original.h"

namespace kinemyo::cli {

namespace {

namespace fs = std::filesystem;

struct Options {
  fs::path subject;
  fs::path out;
  bool json = false;
};

StepRow sync_activity(const dataset::OriginalActivity& activity, const fs::path& out) {
  const std::string name = activity.subject + "_" + activity.activity + "_Synchronized.csv";
  const auto result = dataset::sync_original(activity, out / name);
  for (const auto& warning : result.warnings) warn(activity.activity + ": " + warning);
  if (result.rows == 0)
    warn(activity.activity + ": no trial row meets a frame; the table is empty");
  return {.file = name,
          .rows = result.rows,
          .columns = result.columns,
          .notes = {{"trials", std::to_string(activity.trials.size())},
                    {"trial rows", std::to_string(result.trial_rows)},
                    {"frames", std::to_string(result.frame_rows)},
                    {"frames in several trials", std::to_string(result.frames_met_twice)},
                    {"stamps cut by 1 ms", std::to_string(result.stamps_truncated)}}};
}

void sync(const Options& options) {
  handle_interrupts();
  const auto folder = dataset::find_original_activities(options.subject);
  say("The original's step, number for number. What it gets wrong: stamps are cut to whole "
      "milliseconds, which "
      "moves some exact ones by 1 ms; trials are joined without their number, so where the clock "
      "restarts, frames "
      "of one trial meet rows of another; EMG is taken at the frames' instants without a low-pass. "
      "`kinemyo prepare` "
      "does none of that.");
  for (const auto& reason : folder.passed_over) warn("skipped " + reason);
  fs::create_directories(options.out);
  std::vector<StepRow> rows;
  const auto progress = make_progress();
  for (const auto& activity : folder.activities) {
    rows.push_back(sync_activity(activity, options.out));
    if (!progress("sync", rows.size(), folder.activities.size())) break;
  }
  finish_step(rows, folder.activities.size(), options.json);
}

}  // namespace

void add_sync(CLI::App& app) {
  const auto options = std::make_shared<Options>();
  app.add_option(
         "subject", options->subject,
         "<base>/<S>: a folder with Activity_Trials/<S>_<Activity>_Trial<k>.csv (Time in s) and "
         "<S>_FramesData_Orig/<S>_<Activity>_FD_Orig/*.csv (TimeStamp in ms)")
      ->required();
  app.add_option("--out", options->out,
                 "folder for <S>_<Activity>_Synchronized.csv (Timestamp in ms)")
      ->required();
  app.add_flag("--json", options->json, "the table on stdout as JSON");
  app.footer("Example:\n"
             "  kinemyo synth people --subjects 4 --trials 2 --seconds 4\n"
             "  kinemyo sync people/raw/S1 --out original/synchronized");
  app.callback([options] { sync(*options); });
}

}  // namespace kinemyo::cli
