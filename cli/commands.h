#pragma once

#include "cli/command.h"

// One function a subcommand; it stands in cli/<name>.cc.
namespace kinemyo::cli {

void add_align(CLI::App& app);
void add_convert(CLI::App& app);
void add_synth(CLI::App& app);
void add_sync(CLI::App& app);
void add_impute(CLI::App& app);
void add_filter(CLI::App& app);
void add_prepare(CLI::App& app);
void add_import(CLI::App& app);
void add_export(CLI::App& app);
void add_angles(CLI::App& app);
void add_augment(CLI::App& app);
void add_ik(CLI::App& app);
void add_scale(CLI::App& app);
void add_predict(CLI::App& app);
void add_stream(CLI::App& app);
void add_serve(CLI::App& app);  // with Boost
void add_train(CLI::App& app);
void add_inspect(CLI::App& app);
void add_adapt(CLI::App& app);     // with LibTorch
void add_evaluate(CLI::App& app);  // with LibTorch
void add_crossval(CLI::App& app);  // with LibTorch
void add_report(CLI::App& app);    // with LibTorch

}  // namespace kinemyo::cli
