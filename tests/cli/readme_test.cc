// Runs the README's commands and the examples of every --help word for word, in an empty folder, as a reader would.
#include <gmock/gmock.h>

#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "cli/program.h"
#include "kinemyo/base/file.h"

namespace {

namespace fs = std::filesystem;
using kinemyo::base::read_file;
using testing::HasSubstr;

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> out;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) out.push_back(line);
  return out;
}

// The command of a line, without the remark behind it and the blanks around it.
std::string command_of(std::string line) {
  line = line.substr(0, line.find("  #"));
  const auto first = line.find_first_not_of(' '), last = line.find_last_not_of(' ');
  return first == line.npos ? "" : line.substr(first, last - first + 1);
}

class Documents : public kinemyo::testing_cli::Program {
 protected:
  // Each command once, in the order of the documents; what trains needs LibTorch.
  void follow(const std::string& command, const std::string& document) {
    if (!done_.insert(command).second) return;
#ifndef KINEMYO_TRAIN
    if (command.find(".safetensors") != command.npos || command.find("crossval") != command.npos) return;
#endif
    // A server goes on until Ctrl-C.
    const bool endless = command.rfind("kinemyo serve", 0) == 0;
    const std::string line = "cd '" + folder_.string() + "' && PATH='" +
                             fs::path(KINEMYO_BINARY).parent_path().string() + "':\"$PATH\" && { " +
                             (endless ? "timeout --foreground --preserve-status -s INT 3 " + command + " --port 0" : command) + "\n} >log 2>&1";
    ASSERT_EQ(std::system(line.c_str()), 0) << document << ": " << command << "\n" << read_file(folder_ / "log");
  }
  std::set<std::string> done_;
};

TEST_F(Documents, CommandsDoWhatTheySay) {
  bool inside = false;
  std::size_t count = 0;
  for (const auto& line : lines_of(read_file(fs::path(KINEMYO_SOURCE_DIR) / "README.md"))) {
    if (line.rfind("```", 0) == 0) {
      inside = line == "```sh";
    } else if (inside && !line.empty()) {
      ++count;
      ASSERT_NO_FATAL_FAILURE(follow(command_of(line), "README.md"));
    }
  }
  EXPECT_GE(count, 8u);
#ifdef KINEMYO_TRAIN
  EXPECT_GT(fs::file_size(folder_ / "report.html"), 100000u);
#endif
  EXPECT_FALSE(fs::is_empty(folder_ / "original/filtered"));

  // The subcommands stand under "Subcommands:", one a line, the name first.
  const auto help = run("--help").out;
  std::size_t commands = 0;
  for (const auto& line : lines_of(help.substr(help.find("Subcommands:") + 13))) {
    const auto name = line.substr(0, line.find(' ', 2)).substr(std::min<std::size_t>(2, line.size()));
    if (name.empty()) continue;
    ++commands;
    const auto text = run(name + " --help").out;
    const auto example = text.find("\nExample");
    ASSERT_NE(example, text.npos) << name;
    if (name == "import" || name == "augment") continue;  // need weights of the reader's own
    for (const auto& step : lines_of(text.substr(example + 1))) {
      if (step.rfind("  kinemyo ", 0) == 0) ASSERT_NO_FATAL_FAILURE(follow(command_of(step), name + " --help"));
    }
  }
  EXPECT_GE(commands, 10u);
}

}  // namespace
