#include "cli/commands.h"

#include "cli/command.h"

namespace kinemyo::cli {

const std::vector<Command>& commands() {
  static const std::vector<Command> table = {
      {"import", "other people's weights to a model file", add_import},
  };
  return table;
}

}  // namespace kinemyo::cli
