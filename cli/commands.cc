#include "cli/commands.h"

#include "cli/command.h"

namespace kinemyo::cli {

const std::vector<Command>& commands() {
  static const std::vector<Command> table = {
  };
  return table;
}

}  // namespace kinemyo::cli
