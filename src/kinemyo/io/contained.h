#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "kinemyo/io/variables.h"

namespace kinemyo::io {

struct ContainedResult {
  /// What the parser found wrong with the file: the parts of a FormatError.
  struct Problem {
    std::string place, what, expected, found;
  };
  std::vector<Variable> variables;
  std::vector<std::string> notes;
  std::optional<Problem> problem;
};

struct ContainedLimits {
  std::size_t memory_bytes = std::size_t{1} << 30;  ///< beyond what the process has already
  unsigned time_s = 120;
};

/// Runs `parse` (a parser that is not ours) in a child process, and hands its result over a pipe: a crash, an endless
/// loop or a runaway allocation of the parser is a FormatError of the file, and nothing else happens.
/// Throws FormatError: `problem`, or how the child ended; IoError if no child can be started, or Ctrl-C stopped it.
/// Threads: any; the child runs `parse` alone.
ContainedResult run_contained(const std::string& path, const std::string& parser, const ContainedLimits& limits,
                              const std::function<ContainedResult()>& parse);

}  // namespace kinemyo::io
