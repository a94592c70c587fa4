// Runs the README's commands word for word, in an empty folder, as a reader would.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

namespace {

namespace fs = std::filesystem;

std::string content(const fs::path& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

// The lines between ```sh and ``` in order.
std::vector<std::string> commands_of(const fs::path& path) {
  std::vector<std::string> commands;
  std::istringstream lines(content(path));
  bool inside = false;
  for (std::string line; std::getline(lines, line);) {
    if (line.rfind("```", 0) == 0) {
      inside = line == "```sh";
    } else if (inside && !line.empty()) {
      commands.push_back(line);
    }
  }
  return commands;
}

TEST(Readme, CommandsDoWhatTheySay) {
  const auto commands = commands_of(fs::path(KINEMYO_SOURCE_DIR) / "README.md");
  ASSERT_GE(commands.size(), 8u);
  const fs::path folder = fs::path(KINEMYO_BINARY).parent_path() / "readme_test";
  fs::remove_all(folder);
  fs::create_directories(folder);
  const std::string path = fs::path(KINEMYO_BINARY).parent_path().string();
  for (const auto& command : commands) {
#ifndef KINEMYO_TRAIN
    // Built without LibTorch: what trains, or needs what was trained, is not there.
    if (command.find("angles.safetensors") != std::string::npos) continue;
#endif
    const std::string log = (folder / "log").string();
    const std::string line = "cd '" + folder.string() + "' && PATH='" + path + "':\"$PATH\" && { " + command +
                             "\n} >'" + log + "' 2>&1";
    ASSERT_EQ(std::system(line.c_str()), 0) << command << "\n" << content(log);
  }
#ifdef KINEMYO_TRAIN
  EXPECT_GT(fs::file_size(folder / "report.html"), 100000u);
#endif
  EXPECT_FALSE(fs::is_empty(folder / "original/filtered"));
  fs::remove_all(folder);
}

}  // namespace
