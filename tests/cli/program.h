#pragma once

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <string>

#include "kinemyo/base/file.h"

namespace kinemyo::testing_cli {

/// The real program, run as a person runs it, in an empty folder of the test's own.
class Program : public testing::Test {
 protected:
  struct Ran {
    int code = 0;
    std::string out;
    std::string err;
  };

  void SetUp() override {
    const auto* test = testing::UnitTest::GetInstance()->current_test_info();
    folder_ = std::filesystem::path(testing::TempDir()) /
              (std::string("kinemyo_") + test->test_suite_name() + "_" + test->name() + "_" + std::to_string(::getpid()));
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::string path(const std::string& name) const { return (folder_ / name).string(); }
  void write(const std::string& name, const std::string& text) const {
    std::filesystem::create_directories((folder_ / name).parent_path());
    base::write_file(folder_ / name, text);
  }
  /// `kinemyo <arguments>` as a shell line in the folder; redirections in it come before the test's own.
  Ran run(const std::string& arguments) const {
    const std::string line = "cd '" + folder_.string() + "' && { '" KINEMYO_BINARY "' " + arguments +
                             "\n} >out.txt 2>err.txt";
    const int status = std::system(line.c_str());
    return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, base::read_file(folder_ / "out.txt"), base::read_file(folder_ / "err.txt")};
  }

  std::filesystem::path folder_;
};

}  // namespace kinemyo::testing_cli
