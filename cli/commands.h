#pragma once

#include "cli/command.h"

// One function a subcommand; it stands in cli/<name>.cc.
namespace kinemyo::cli {

}  // namespace kinemyo::cli
