#include "cli/command.h"

#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <chrono>
#include <cmath>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <memory>

#include "kinemyo/base/text.h"
#include "kinemyo/model/aliases.h"

namespace kinemyo::cli {

namespace {

std::atomic<bool> interrupt_seen{false};

void on_signal(int) {
  if (interrupt_seen.exchange(true)) std::_Exit(130);
}

// Columns that a text takes on a terminal: UTF-8 continuation bytes take none.
std::size_t width(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(
      text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

bool looks_numeric(const std::string& text) {
  return text == "-" || base::to_number(text).has_value() ||
         (!text.empty() && (std::isdigit(static_cast<unsigned char>(text[0])) || text[0] == '-'));
}

struct Bar {
  using Clock = std::chrono::steady_clock;
  Clock::time_point start = Clock::now();
  Clock::time_point shown{};
  std::string doing;
  bool terminal = ::isatty(STDERR_FILENO) == 1;
};

}  // namespace

const std::atomic<bool>& interrupted() { return interrupt_seen; }

void handle_interrupts() {
  std::signal(SIGINT, on_signal);
  std::signal(SIGTERM, on_signal);
}

void add_aliases_option(CLI::App& app, std::map<std::string, std::string>& aliases) {
  app.add_option_function<std::string>(
      "--aliases", [&aliases](const std::string& file) { aliases = model::read_aliases(file); },
      "a TOML file with names of your own: below [aliases], lines like \"LeftHipFront\" = \"LASIS\" (docs/formats/aliases.md)");
}

void say(std::string_view line) {
  std::fprintf(stderr, "%.*s\n", static_cast<int>(line.size()), line.data());
}

void warn(std::string_view line) { say("warning: " + std::string(line)); }

base::Progress make_progress() {
  auto bar = std::make_shared<Bar>();
  return [bar](std::string_view doing, std::size_t done, std::size_t total) {
    const auto now = Bar::Clock::now();
    if (doing != bar->doing) {
      bar->doing = doing;
      bar->start = now;
      bar->shown = {};
    }
    const bool last = total > 0 && done >= total;
    const auto pause = std::chrono::milliseconds(bar->terminal ? 100 : 2000);
    if (!last && now - bar->shown < pause) return !interrupted();
    bar->shown = now;
    const double seconds = std::chrono::duration<double>(now - bar->start).count();
    const double rate = seconds > 0 ? static_cast<double>(done) / seconds : 0;
    const double left = rate > 0 ? static_cast<double>(total - std::min(done, total)) / rate : 0;
    if (bar->terminal) {
      const int filled = total > 0 ? static_cast<int>(24 * done / total) : 0;
      std::fprintf(stderr, "\r\x1b[K%s [%.*s%.*s] %zu/%zu  %.1f/s  %.0f s left", bar->doing.c_str(),
                   filled, "========================", 24 - filled, "                        ", done,
                   total, rate, left);
      if (last) std::fprintf(stderr, "\n");
    } else {
      std::fprintf(stderr, "%s: %zu of %zu, %.1f/s, %.0f s left\n", bar->doing.c_str(), done, total,
                   rate, left);
    }
    return !interrupted();
  };
}

void print_table(const std::vector<std::string>& header,
                 const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths(header.size());
  std::vector<bool> numeric(header.size(), true);
  for (std::size_t c = 0; c < header.size(); ++c) widths[c] = width(header[c]);
  for (const auto& row : rows) {
    for (std::size_t c = 0; c < row.size() && c < widths.size(); ++c) {
      widths[c] = std::max(widths[c], width(row[c]));
      if (!row[c].empty() && !looks_numeric(row[c])) numeric[c] = false;
    }
  }
  const auto print = [&](const std::vector<std::string>& row) {
    std::string line;
    for (std::size_t c = 0; c < row.size() && c < widths.size(); ++c) {
      const std::string pad(widths[c] - std::min(widths[c], width(row[c])), ' ');
      if (c > 0) line += "  ";
      line += numeric[c] && c > 0 ? pad + row[c] : row[c] + pad;
    }
    line.erase(line.find_last_not_of(' ') + 1);
    std::printf("%s\n", line.c_str());
  };
  print(header);
  std::vector<std::string> rule;
  for (const auto w : widths) rule.push_back(std::string(w, '-'));
  print(rule);
  for (const auto& row : rows) print(row);
}

std::string fixed(double value, int digits) {
  if (std::isnan(value)) return "-";
  char buffer[64];
  std::snprintf(buffer, sizeof buffer, "%.*f", digits, value);
  return buffer;
}

}  // namespace kinemyo::cli
