#pragma once

#include <CLI/CLI.hpp>
#include <atomic>
#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "kinemyo/base/progress.h"

namespace kinemyo::cli {

/// What a program tells the shell.
enum ExitCode { kDone = 0, kBadData = 1, kBadUsage = 2, kOurFault = 3 };

/// One subcommand: its file is cli/<name>.cc (- becomes _), its line stands in cli/commands.cc.
/// `add` declares options on `app` and sets its callback; the callback throws, main.cc catches.
struct Command {
  const char* name;
  const char* summary;  ///< one line
  void (*add)(CLI::App& app);
};

const std::vector<Command>& commands();

/// A wrong command line that only the command itself can see. Exit 2.
class UsageError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// For people, on stderr: a bar with rate and time left on a terminal, plain lines (at most one in
/// two seconds) elsewhere. Stops the work when Ctrl-C was pressed.
base::Progress make_progress();

/// Set by SIGINT and SIGTERM, once handle_interrupts() was called; a second signal ends the program.
const std::atomic<bool>& interrupted();
void handle_interrupts();

/// --aliases FILE.toml: the user's names of channels, read when the option is.
void add_aliases_option(CLI::App& app, std::map<std::string, std::string>& aliases);

/// A line on stderr for people.
void say(std::string_view line);
/// `warning: ...` on stderr.
void warn(std::string_view line);

/// A table on stdout: first column left, others right where they hold numbers.
void print_table(const std::vector<std::string>& header,
                 const std::vector<std::vector<std::string>>& rows);
/// `digits` behind the point; "-" for NaN.
std::string fixed(double value, int digits);

}  // namespace kinemyo::cli
