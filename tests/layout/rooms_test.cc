// Holds the code to the table of rooms in docs/architecture.md.
#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <string>

namespace {

namespace fs = std::filesystem;

std::string content(const fs::path& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

std::map<std::string, std::set<std::string>> table_of_rooms() {
  std::map<std::string, std::set<std::string>> rooms;
  std::istringstream lines(content(fs::path(KINEMYO_SOURCE_DIR) / "docs/architecture.md"));
  const std::regex row(R"(^\| `(\w+)` \|[^|]*\|([^|]*)\|$)");
  const std::regex word(R"(\w+)");
  for (std::string line; std::getline(lines, line);) {
    std::smatch match;
    if (!std::regex_match(line, match, row)) continue;
    const std::string uses = match[2];
    auto& allowed = rooms[match[1]];
    for (std::sregex_iterator it(uses.begin(), uses.end(), word), end; it != end; ++it) {
      allowed.insert(it->str());
    }
  }
  return rooms;
}

TEST(Rooms, EveryFolderStandsInTheTable) {
  const auto rooms = table_of_rooms();
  for (const auto& entry : fs::directory_iterator(fs::path(KINEMYO_SOURCE_DIR) / "src/kinemyo")) {
    if (!entry.is_directory()) continue;
    bool has_code = false;
    for (const auto& file : fs::recursive_directory_iterator(entry.path())) {
      has_code |= file.path().extension() == ".cc" || file.path().extension() == ".h";
    }
    EXPECT_TRUE(!has_code || rooms.contains(entry.path().filename().string())) << entry.path();
  }
}

TEST(Rooms, IncludeOnlyWhatTheTableAllows) {
  const auto rooms = table_of_rooms();
  ASSERT_GE(rooms.size(), 10u);
  const fs::path root = fs::path(KINEMYO_SOURCE_DIR) / "src/kinemyo";
  const std::regex include(R"re(#include "kinemyo/(\w+)/)re");
  std::size_t seen = 0;
  for (const auto& entry : fs::recursive_directory_iterator(root)) {
    const auto extension = entry.path().extension();
    if (extension != ".cc" && extension != ".h") continue;
    const std::string room = fs::relative(entry.path(), root).begin()->string();
    const std::string text = content(entry.path());
    for (std::sregex_iterator it(text.begin(), text.end(), include), end; it != end; ++it) {
      ++seen;
      const std::string used = (*it)[1];
      EXPECT_TRUE(used == room || rooms.at(room).contains(used))
          << entry.path() << " includes kinemyo/" << used << ", which the table does not allow";
    }
  }
  EXPECT_GT(seen, 20u);
}

TEST(Rooms, LibTorchStaysInTrain) {
  const fs::path root = fs::path(KINEMYO_SOURCE_DIR) / "src/kinemyo";
  for (const auto& entry : fs::recursive_directory_iterator(root)) {
    const auto extension = entry.path().extension();
    if (extension != ".cc" && extension != ".h") continue;
    const bool in_train = fs::relative(entry.path(), root).begin()->string() == "train";
    if (in_train && extension == ".cc") continue;
    EXPECT_THAT(content(entry.path()), testing::Not(testing::HasSubstr("#include <torch")))
        << entry.path();
  }
}

}  // namespace
