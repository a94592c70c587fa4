#include "kinemyo/io/contained.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fstream>
#include <mutex>
#include <new>

#include "kinemyo/base/bytes.h"

namespace kinemyo::io {

namespace {

using base::ByteCursor;

// What goes over the pipe: 'V', notes and variables; or 'P' and the parts of a problem; or 'F' and a text; or 'M' for no memory.
template <typename T>
void put(std::string& out, T value) {
  out.append(reinterpret_cast<const char*>(&value), sizeof value);
}
void put(std::string& out, const std::string& text) {
  put(out, static_cast<std::uint64_t>(text.size()));
  out += text;
}

// One flat part at a time, so that the child never holds all of it twice.
class Pipe {
 public:
  explicit Pipe(int descriptor) : descriptor_(descriptor) {}
  void send(const void* data, std::size_t size) const {
    const char* at = static_cast<const char*>(data);
    while (size > 0) {
      const auto sent = ::write(descriptor_, at, size);
      if (sent < 0 && errno == EINTR) continue;
      if (sent <= 0) _exit(1);
      at += sent;
      size -= static_cast<std::size_t>(sent);
    }
  }
  void send(const std::string& text) const { send(text.data(), text.size()); }

 private:
  int descriptor_;
};

void send_variables(const Pipe& pipe, const std::vector<Variable>& variables) {
  std::string head;
  put(head, static_cast<std::uint64_t>(variables.size()));
  pipe.send(head);
  for (const auto& one : variables) {
    std::string text;
    put(text, one.name);
    put(text, static_cast<std::uint8_t>(one.is_attribute ? 1 : 0));
    put(text, static_cast<std::uint64_t>(one.shape.size()));
    for (const auto n : one.shape) put(text, static_cast<std::uint64_t>(n));
    put(text, static_cast<std::uint64_t>(one.texts.size()));
    for (const auto& t : one.texts) put(text, t);
    put(text, static_cast<std::uint64_t>(one.numbers.size()));
    pipe.send(text);
    pipe.send(one.numbers.data(), one.numbers.size() * sizeof(double));
    send_variables(pipe, one.fields);
  }
}

// The child is not believed either: every count is checked against the bytes that came.
constexpr int kDeepest = 64;

std::string take_text(ByteCursor& bytes) { return std::string(bytes.take(bytes.u64("a text"), "a text")); }

bool fits(const Variable& one) {
  if (one.shape.empty()) return true;
  if (one.numbers.empty()) return std::find(one.shape.begin(), one.shape.end(), 0u) != one.shape.end();
  std::size_t product = 1;
  for (const auto size : one.shape) {
    if (size == 0 || product > one.numbers.size() / size) return false;
    product *= size;
  }
  return product == one.numbers.size();
}

std::vector<Variable> take_variables(ByteCursor& bytes, int depth) {
  const auto count = bytes.u64("variables");
  bytes.expect(count, 8, "variables");
  if (depth > kDeepest) bytes.fail(bytes.offset(), "nesting", "less", "more");
  std::vector<Variable> out;
  for (std::uint64_t i = 0; i < count; ++i) {
    Variable one;
    one.name = take_text(bytes);
    one.is_attribute = bytes.u8("a mark") != 0;
    const auto dimensions = bytes.u64("a shape");
    bytes.expect(dimensions, 8, "a shape");
    for (std::uint64_t d = 0; d < dimensions; ++d) one.shape.push_back(bytes.u64("a shape"));
    const auto texts = bytes.u64("texts");
    bytes.expect(texts, 8, "texts");
    for (std::uint64_t t = 0; t < texts; ++t) one.texts.push_back(take_text(bytes));
    const auto numbers = bytes.u64("numbers");
    bytes.expect(numbers, 8, "numbers");
    const auto raw = bytes.take(numbers * 8, "numbers");
    one.numbers.resize(numbers);
    if (!raw.empty()) std::memcpy(one.numbers.data(), raw.data(), raw.size());
    if (!fits(one)) bytes.fail(bytes.offset(), "the shape of " + one.name, std::to_string(numbers) + " numbers", shape_text(one));
    one.fields = take_variables(bytes, depth + 1);
    out.push_back(std::move(one));
  }
  return out;
}

std::size_t memory_now() {
  std::ifstream file("/proc/self/statm");
  std::size_t pages = 0;
  file >> pages;
  return pages * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
}

void limit(int what, rlim_t value) {
  rlimit now{};
  getrlimit(static_cast<__rlimit_resource>(what), &now);
  now.rlim_cur = now.rlim_max == RLIM_INFINITY ? value : std::min(value, now.rlim_max);
  setrlimit(static_cast<__rlimit_resource>(what), &now);
}

[[noreturn]] void run_child(int descriptor, const ContainedLimits& limits, std::size_t memory, const std::function<ContainedResult()>& parse) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);  // nobody would read what it says
  for (const int signal : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTERM, SIGINT, SIGXCPU, SIGALRM}) std::signal(signal, SIG_DFL);
  std::signal(SIGPIPE, SIG_IGN);
  limit(RLIMIT_CORE, 0);
  limit(RLIMIT_FSIZE, 0);
  limit(RLIMIT_CPU, limits.time_s);
  alarm(2 * limits.time_s);  // a child that waits uses no processor
  // The sanitizers map terabytes of shadow.
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#if defined(__has_feature)
#if !__has_feature(address_sanitizer) && !__has_feature(thread_sanitizer)
  limit(RLIMIT_AS, memory + limits.memory_bytes);
#endif
#else
  limit(RLIMIT_AS, memory + limits.memory_bytes);
#endif
#endif
  (void)memory;
  const Pipe pipe(descriptor);
  std::string answer;
  try {
    const auto result = parse();
    if (result.problem) {
      answer = "P";
      for (const auto* part : {&result.problem->place, &result.problem->what, &result.problem->expected, &result.problem->found}) put(answer, *part);
      pipe.send(answer);
      _exit(0);
    }
    pipe.send("V", 1);
    put(answer, static_cast<std::uint64_t>(result.notes.size()));
    for (const auto& note : result.notes) put(answer, note);
    pipe.send(answer);
    send_variables(pipe, result.variables);
  } catch (const std::bad_alloc&) {
    pipe.send("M", 1);
  } catch (const std::exception& problem) {
    answer = "F";
    put(answer, std::string(problem.what()));
    pipe.send(answer);
  }
  _exit(0);
}

std::string how_it_ended(int status) {
  if (!WIFSIGNALED(status)) return "exit " + std::to_string(WEXITSTATUS(status));
  if (WTERMSIG(status) == SIGXCPU || WTERMSIG(status) == SIGALRM) return "no end in the time that it has";
  return std::string("a crash (") + strsignal(WTERMSIG(status)) + ")";
}

// Ctrl-C reaches the child as well, and is no fault of the file.
bool was_stopped(int status) {
  if (!WIFSIGNALED(status)) return false;
  const int signal = WTERMSIG(status);
  return signal == SIGINT || signal == SIGTERM || signal == SIGHUP || signal == SIGQUIT;
}

}  // namespace

ContainedResult run_contained(const std::string& path, const std::string& parser, const ContainedLimits& limits,
                              const std::function<ContainedResult()>& parse) {
  // A child that another thread starts meanwhile would keep this pipe open, and its end would come with that child's.
  static std::mutex starting;
  std::unique_lock only_one(starting);
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) throw IoError(path, std::string("no pipe can be made: ") + std::strerror(errno));
  const std::size_t memory = memory_now();
  const pid_t child = fork();
  if (child < 0) {
    close(ends[0]);
    close(ends[1]);
    throw IoError(path, std::string("no process can be started to read it: ") + std::strerror(errno));
  }
  if (child == 0) {
    close(ends[0]);
    run_child(ends[1], limits, memory, parse);
  }
  close(ends[1]);
  only_one.unlock();
  std::string answer;
  std::string block(1 << 16, '\0');
  // The child's memory is limited, and so is what it can say: twice that, and it is stopped.
  bool talks_too_much = false;
  for (;;) {
    const auto count = ::read(ends[0], block.data(), block.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) break;
    answer.append(block, 0, static_cast<std::size_t>(count));
    if (answer.size() > 2 * limits.memory_bytes) {
      talks_too_much = true;
      kill(child, SIGKILL);
      break;
    }
  }
  close(ends[0]);
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  const auto give_up = [&](const std::string& found) -> FormatError {
    return {path, Place::named("file"), parser + " cannot read it", "a sound file", found};
  };
  if (was_stopped(status)) throw IoError(path, "reading it was stopped (" + std::string(strsignal(WTERMSIG(status))) + ")");
  if (talks_too_much) throw give_up("more numbers than fit in memory");
  if (!(WIFEXITED(status) && WEXITSTATUS(status) == 0) || answer.empty()) throw give_up(how_it_ended(status));
  if (answer[0] == 'M') throw give_up("more memory asked for than there is for it");
  ByteCursor bytes(path, answer);
  const auto kind = bytes.u8("the answer");
  if (kind == 'P') {
    const std::string place = take_text(bytes), what = take_text(bytes), expected = take_text(bytes);
    throw FormatError(path, Place::named(place), what, expected, take_text(bytes));
  }
  if (kind == 'F') throw give_up(take_text(bytes));
  ContainedResult out;
  const auto notes = bytes.u64("notes");
  bytes.expect(notes, 8, "notes");
  for (std::uint64_t i = 0; i < notes; ++i) out.notes.push_back(take_text(bytes));
  out.variables = take_variables(bytes, 0);
  return out;
}

}  // namespace kinemyo::io
