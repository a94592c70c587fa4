#pragma once

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

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
  struct Stopped {
    int status = 0;  // as waitpid() gives it
    std::string err;
  };
  /// The same with a signal, once `line` and `later` more bytes stand on stderr.
  Stopped run_until(const std::vector<std::string>& arguments, const std::string& line, int signal, std::size_t later = 0) const {
    int ends[2];
    EXPECT_EQ(::pipe(ends), 0);
    const auto child = ::fork();
    if (child == 0) {
      const std::string out = path("out.txt");
      ::dup2(ends[1], STDERR_FILENO);
      ::close(ends[0]);
      if (::chdir(folder_.c_str()) != 0 || std::freopen(out.c_str(), "w", stdout) == nullptr) ::_exit(9);
      auto words = arguments;
      words.insert(words.begin(), "kinemyo");
      std::vector<char*> argv;
      for (auto& word : words) argv.push_back(word.data());
      argv.push_back(nullptr);
      ::execv(KINEMYO_BINARY, argv.data());
      ::_exit(9);
    }
    ::close(ends[1]);
    Stopped ran;
    char buffer[256];
    bool sent = false;
    for (ssize_t n; (n = ::read(ends[0], buffer, sizeof buffer)) > 0;) {
      ran.err.append(buffer, static_cast<std::size_t>(n));
      const auto at = ran.err.find(line);
      if (!sent && at != std::string::npos && ran.err.size() >= at + later) {
        ::kill(child, signal);
        sent = true;
      }
    }
    ::close(ends[0]);
    ::waitpid(child, &ran.status, 0);
    EXPECT_TRUE(sent) << ran.err;
    return ran;
  }

  std::filesystem::path folder_;
};

}  // namespace kinemyo::testing_cli
