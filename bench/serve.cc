// Cameras and viewers before the real program, over its own sockets: how long a picture waits for its answer to go out.
//   bench_serve KINEMYO [--cameras 10] [--viewers 20] [--rate 30] [--seconds 60] [--model MODEL] [--emg MODEL]
// The program's own clock tells from picture received to answer handed to the system; this one, from sent to seen.
// Without --model: models of the recipes keypoints-live and emg-live, their weights random (serve_models.h).
#include <fcntl.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/wait.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <memory>
#include <queue>
#include <random>
#include <sstream>

#include "bench/measure.h"
#include "bench/serve_models.h"
#include "infer/live_person.h"
#include "serve/messages.h"
#include "serve/web_client.h"

namespace {

using namespace kinemyo;
using bench::now_s;
using testing_serve::WebClient;

// The number behind "key": in a message.
double number(const std::string& text, const std::string& key) {
  const auto at = text.rfind("\"" + key + "\":");
  return at == std::string::npos ? NAN : std::strtod(text.c_str() + at + key.size() + 3, nullptr);
}

double memory_mb(pid_t process) {
  std::ifstream file("/proc/" + std::to_string(process) + "/status");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("VmRSS:")) return std::strtod(line.c_str() + 6, nullptr) / 1024;
  }
  return NAN;
}

double quantile(std::vector<double>& values, double part) {
  if (values.empty()) return NAN;
  const auto at = static_cast<std::ptrdiff_t>(part * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), values.begin() + at, values.end());
  return values[static_cast<std::size_t>(at)];
}

struct Arguments {
  std::string program, model, emg;
  int cameras = 10, viewers = 20, rate = 30, seconds = 60;
};

struct Child {
  pid_t process = 0;
  int errors = -1;
  std::uint16_t port = 0;
};

Child start(const Arguments& with) {
  int ends[2];
  if (::pipe(ends) != 0) throw std::runtime_error("pipe");
  Child out;
  out.process = ::fork();
  if (out.process == 0) {
    ::dup2(ends[1], STDERR_FILENO);
    std::vector<const char*> words = {with.program.c_str(), "serve", with.model.c_str(), "--port", "0", "--token", testing_serve::kToken};
    if (!with.emg.empty()) words.insert(words.end(), {"--emg", with.emg.c_str()});
    words.push_back(nullptr);
    ::execv(with.program.c_str(), const_cast<char**>(words.data()));
    ::_exit(127);
  }
  ::close(ends[1]);
  out.errors = ends[0];
  std::string said;
  char bytes[4096];
  while (said.find("Ctrl-C") == std::string::npos) {
    const auto got = ::read(out.errors, bytes, sizeof bytes);
    if (got <= 0) throw std::runtime_error("the server did not start: " + said);
    said.append(bytes, static_cast<std::size_t>(got));
  }
  const auto at = said.find("http://127.0.0.1:");
  out.port = static_cast<std::uint16_t>(std::atoi(said.c_str() + at + 17));
  return out;
}

}  // namespace

int main(int argc, char** argv) {
  Arguments with;
  if (argc < 2) {
    std::fprintf(stderr, "usage: bench_serve KINEMYO [--cameras N] [--viewers N] [--rate HZ] [--seconds S] [--model MODEL] [--emg MODEL]\n");
    return 2;
  }
  with.program = argv[1];
  for (int i = 2; i + 1 < argc; i += 2) {
    const std::string name = argv[i];
    int* number = name == "--cameras" ? &with.cameras : name == "--viewers" ? &with.viewers : name == "--rate" ? &with.rate : name == "--seconds" ? &with.seconds : nullptr;
    if (number != nullptr) *number = std::atoi(argv[i + 1]);
    if (name == "--model") with.model = argv[i + 1];
    if (name == "--emg") with.emg = argv[i + 1];
  }
  const auto made = std::filesystem::temp_directory_path() / ("bench_serve_" + std::to_string(::getpid()));
  if (with.model.empty()) {
    std::filesystem::create_directories(made);
    const auto models = bench::write_served_models(with.program, made);
    with.model = models.body;
    with.emg = models.muscles;
  }
  const auto server = start(with);
  std::filesystem::remove_all(made);

  // Messages are made before: ten seconds of a person who stands and squats, over and over with later times.
  testing_live::Person person;
  std::vector<std::string> worlds;
  for (const auto& frame : person.squats(10)) {
    const auto text = testing_serve::landmarks(0, frame);
    worlds.push_back(text.substr(text.find(",\"world\"")));
  }
  std::vector<std::unique_ptr<WebClient>> cameras, viewers;
  for (int i = 0; i < with.viewers + with.cameras; ++i) {
    auto& list = i < with.viewers ? viewers : cameras;
    list.push_back(std::make_unique<WebClient>(server.port));
    list.back()->send(testing_serve::hello(i < with.viewers ? "view" : "camera", "Camera " + std::to_string(i)));
    if (!list.back()->read_until("\"welcome\"")) return 1;
  }

  // One thread: cameras send at their times, each with its own phase; in between all that came is read.
  const int poller = ::epoll_create1(0);
  std::vector<WebClient*> all;
  for (auto* list : {&viewers, &cameras})
    for (auto& one : *list) all.push_back(one.get());
  for (std::size_t i = 0; i < all.size(); ++i) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = i;
    ::epoll_ctl(poller, EPOLL_CTL_ADD, all[i]->socket().descriptor(), &event);
  }
  std::mt19937 random(1);
  std::uniform_real_distribution<double> phase(0, 1.0 / with.rate);
  using Due = std::pair<double, std::size_t>;
  std::priority_queue<Due, std::vector<Due>, std::greater<>> due;
  const double begin = now_s() + 0.1;
  for (std::size_t c = 0; c < cameras.size(); ++c) due.push({begin + phase(random), c});
  std::vector<std::uint64_t> sent(cameras.size(), 0);
  std::map<std::string, std::size_t> sessions;
  std::vector<std::vector<double>> sent_at(cameras.size());
  std::vector<double> seen_s;
  std::uint64_t answers = 0, skipped = 0, lost = 0;
  std::vector<std::pair<double, double>> memory;
  double looked_at = 0;
  const auto read_all = [&](double wait_s) {
    epoll_event events[64];
    const timespec wait{0, static_cast<long>(1e9 * std::clamp(wait_s, 0.0, 0.999))};
    const int ready = ::epoll_pwait2(poller, events, 64, &wait, nullptr);
    for (int e = 0; e < ready; ++e) {
      const auto i = events[e].data.u64;
      while (const auto text = all[i]->read(0)) {
        if (text->compare(0, 15, "{\"type\":\"frame\"") != 0) continue;
        ++answers;
        skipped += static_cast<std::uint64_t>(number(*text, "skipped"));
        const auto name = text->substr(27, text->find('"', 27) - 27);
        const auto camera = static_cast<std::size_t>(std::atoi(name.c_str() + 7)) - viewers.size();
        lost = std::max(lost, static_cast<std::uint64_t>(number(*text, "lost")));
        seen_s.push_back(now_s() - sent_at[camera][static_cast<std::size_t>(std::strtod(text->c_str() + text->find("\"seq\":") + 6, nullptr))]);
      }
    }
  };
  while (due.top().first < begin + with.seconds) {
    const auto [when, c] = due.top();
    if (now_s() < when) {
      read_all(std::min(when - now_s(), 0.01));
      if (now_s() - looked_at > 5) {
        looked_at = now_s();
        memory.emplace_back(looked_at - begin, memory_mb(server.process));
      }
      continue;
    }
    due.pop();
    const auto seq = sent[c]++;
    sent_at[c].push_back(now_s());
    const std::string message = "{\"type\":\"landmarks\",\"seq\":" + std::to_string(seq) + ",\"t\":" +
                                base::to_text(static_cast<double>(seq) / with.rate) + worlds[(seq + 37 * c) % worlds.size()];
    if (!cameras[c]->send(message)) return 1;
    due.push({when + 1.0 / with.rate, c});
  }
  for (int i = 0; i < 50; ++i) read_all(0.02);
  const double at_end_mb = memory_mb(server.process);
  ::kill(server.process, SIGINT);
  std::string said;
  char bytes[4096];
  for (ssize_t got = 0; (got = ::read(server.errors, bytes, sizeof bytes)) > 0;) said.append(bytes, static_cast<std::size_t>(got));
  int status = 0;
  ::waitpid(server.process, &status, 0);
  std::fputs(said.c_str(), stderr);

  std::uint64_t pictures = 0;
  for (const auto n : sent) pictures += n;
  const auto expected = pictures * (viewers.size() + 1);
  const std::string setting = std::to_string(with.cameras) + " cameras, " + std::to_string(with.rate) + " Hz, " + std::to_string(with.viewers) + " viewers, " +
                              std::to_string(with.seconds) + " s";
  const auto own = [&](const std::string& words) {
    const auto at = said.rfind(words);
    return at == std::string::npos ? NAN : std::strtod(said.c_str() + at + words.size(), nullptr);
  };
  // After a minute all that is made once has been made; a shorter run has its first quarter.
  const double warm_s = std::min(60.0, with.seconds / 4.0);
  const auto warm = std::find_if(memory.begin(), memory.end(), [&](const auto& at) { return at.first >= warm_s; });
  const double early_mb = warm == memory.end() ? NAN : warm->second;
  const double worst_ms = own("at most ");
  bench::print_line("serve: received to sent, median", own("median "), "ms", {{"of", setting}});
  bench::print_line("serve: received to sent, 99 %", own("99 % within "), "ms", {{"worst", worst_ms}});
  bench::print_line("serve: sent to seen, median", 1000 * quantile(seen_s, 0.5), "ms");
  bench::print_line("serve: sent to seen, 99 %", 1000 * quantile(seen_s, 0.99), "ms");
  bench::print_line("serve: answers missing and not counted", static_cast<double>(expected) - static_cast<double>(answers + skipped), "answers",
                    {{"pictures", pictures}, {"answers", answers}, {"skipped", skipped}, {"lost", lost}});
  bench::print_line("serve: memory at the end", at_end_mb, "MB", {{"after_s", warm_s}, {"after_mb", early_mb}});
  bench::print_line("serve: memory grown since then", at_end_mb - early_mb, "MB");
  double load[1] = {NAN};
  ::getloadavg(load, 1);
  bench::print_line("serve: load of the machine at the end", load[0], "processes");
  return status == 0 ? 0 : 1;
}
