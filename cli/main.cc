// kinemyo: from motion to joint angles and muscle activity.

#include <cstdio>
#include <exception>
#include <stdexcept>

#include "cli/command.h"
#include "kinemyo/base/error.h"

namespace {

int run(int argc, char** argv) {
  using namespace kinemyo;
  CLI::App app{"From motion to joint angles and muscle activity.", "kinemyo"};
  app.set_version_flag("--version", std::string("kinemyo ") + KINEMYO_VERSION);
  app.require_subcommand(1);
  app.failure_message(CLI::FailureMessage::help);
  for (const auto& command : cli::commands()) {
    auto* sub = app.add_subcommand(command.name, command.summary);
    command.add(*sub);
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& done) {
    return app.exit(done);  // --help, --version
  } catch (const CLI::ParseError& problem) {
    const auto chosen = app.get_subcommands();
    const std::string help =
        chosen.empty() ? "kinemyo --help" : "kinemyo " + chosen.front()->get_name() + " --help";
    std::fprintf(stderr, "kinemyo: %s\nSee `%s`.\n", problem.what(), help.c_str());
    return cli::kBadUsage;
  }
  return cli::kDone;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const kinemyo::cli::UsageError& problem) {
    std::fprintf(stderr, "kinemyo: %s\n", problem.what());
    return kinemyo::cli::kBadUsage;
  } catch (const kinemyo::Error& problem) {
    std::fprintf(stderr, "kinemyo: %s\n", problem.what());
    return kinemyo::cli::kBadData;
  } catch (const std::bad_alloc&) {
    std::fprintf(stderr, "kinemyo: not enough memory\n");
    return kinemyo::cli::kBadData;
  } catch (const std::exception& problem) {
    std::fprintf(stderr, "kinemyo: a fault of the program, not of the data: %s\n", problem.what());
    return kinemyo::cli::kOurFault;
  }
}
