#include "kinemyo/serve/recorder.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <cstring>
#include <ctime>
#include <deque>
#include <mutex>
#include <set>
#include <thread>

#include "kinemyo/io/landmark_frames.h"

namespace kinemyo::serve {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

namespace {

// Minutes of ten cameras; more than that waits only for a disk that does not work.
constexpr std::size_t kMostQueued = 32 << 20;
constexpr auto kToDisk = 1s;  // at least so often

std::string time_of_day() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  ::localtime_r(&now, &parts);
  char text[32];
  std::strftime(text, sizeof text, "%Y%m%d-%H%M%S", &parts);
  return text;
}

}  // namespace

class Recorder::Recording {
 public:
  fs::path path;
  std::string person;
  int descriptor = -1;
  // The caller's thread.
  std::uint64_t frames = 0, unwritten = 0;
  bool stopped = false;
  // The writer's, looked at by the caller.
  std::mutex mutex;
  std::string problem;

  ~Recording() {
    if (descriptor >= 0) ::close(descriptor);
  }
};

struct Recorder::Threads {
  struct Item {
    std::shared_ptr<Recording> recording;
    std::string bytes;
    bool last = false;
  };

  fs::path folder;
  const infer::LiveModels& models;
  std::function<void(const std::string&)> tell;
  std::mutex mutex;
  std::condition_variable changed;
  std::deque<Item> queue;
  std::size_t queued = 0;  // bytes
  bool ending = false;
  std::mutex store_mutex;
  std::condition_variable store_changed;
  std::deque<std::shared_ptr<Recording>> stores;
  bool stores_ending = false;
  std::thread writer, finisher;

  Threads(fs::path where, const infer::LiveModels& of, std::function<void(const std::string&)> says)
      : folder(std::move(where)), models(of), tell(std::move(says)) {
    writer = std::thread([this] { write_all(); });
    finisher = std::thread([this] { make_stores(); });
  }
  ~Threads() {
    {
      const std::lock_guard lock(mutex);
      ending = true;
    }
    changed.notify_all();
    writer.join();
    {
      const std::lock_guard lock(store_mutex);
      stores_ending = true;
    }
    store_changed.notify_all();
    finisher.join();
  }

  void write_all() {
    std::set<std::shared_ptr<Recording>> unsaved;
    auto saved = std::chrono::steady_clock::now();
    for (;;) {
      std::deque<Item> items;
      bool end = false;
      {
        std::unique_lock lock(mutex);
        changed.wait_for(lock, kToDisk, [this] { return !queue.empty() || ending; });
        items.swap(queue);
        queued = 0;
        end = ending && items.empty();
      }
      if (end) return;
      for (auto& item : items) {
        append(*item.recording, item.bytes);
        unsaved.insert(item.recording);
        if (!item.last) continue;
        ::fsync(item.recording->descriptor);
        unsaved.erase(item.recording);
        const std::lock_guard lock(store_mutex);
        stores.push_back(item.recording);
        store_changed.notify_all();
      }
      const auto now = std::chrono::steady_clock::now();
      if (now - saved < kToDisk) continue;
      for (const auto& recording : unsaved) ::fdatasync(recording->descriptor);
      unsaved.clear();
      saved = now;
    }
  }

  void append(Recording& recording, std::string_view bytes) {
    while (!bytes.empty()) {
      const auto put = ::write(recording.descriptor, bytes.data(), bytes.size());
      if (put < 0 && errno == EINTR) continue;
      if (put < 0) {
        const std::lock_guard lock(recording.mutex);
        if (recording.problem.empty()) {
          recording.problem = std::strerror(errno);
          tell(recording.path.string() + ": " + recording.problem + "; the recording goes no further");
        }
        return;
      }
      bytes.remove_prefix(static_cast<std::size_t>(put));
    }
  }

  void make_stores() {
    for (;;) {
      std::shared_ptr<Recording> recording;
      {
        std::unique_lock lock(store_mutex);
        store_changed.wait(lock, [this] { return !stores.empty() || stores_ending; });
        if (stores.empty()) return;
        recording = std::move(stores.front());
        stores.pop_front();
      }
      auto store = recording->path;
      store.replace_extension(".h5");
      try {
        write_live_store(models, recording->path, recording->person, store);
        tell("wrote " + store.string());
      } catch (const std::exception& problem) {
        tell(store.string() + ": not made: " + problem.what());
      }
    }
  }
};

Recorder::Recorder(fs::path folder, const infer::LiveModels& models, std::function<void(const std::string&)> tell) {
  std::error_code problem;
  fs::create_directories(folder, problem);
  if (problem) throw IoError(folder.string(), "cannot be made: " + problem.message());
  threads_ = std::make_unique<Threads>(std::move(folder), models, std::move(tell));
}

Recorder::~Recorder() = default;

std::shared_ptr<Recorder::Recording> Recorder::start(const std::string& session, const std::string& person) {
  auto recording = std::make_shared<Recording>();
  recording->person = person;
  const std::string stem = session + "-" + time_of_day();
  for (int number = 1; recording->descriptor < 0; ++number) {
    recording->path = threads_->folder / (number == 1 ? stem + ".csv" : stem + "-" + std::to_string(number) + ".csv");
    recording->descriptor = ::open(recording->path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0644);
    if (recording->descriptor < 0 && errno != EEXIST) throw IoError(recording->path.string(), std::string("cannot be written: ") + std::strerror(errno));
  }
  {
    const std::lock_guard lock(threads_->mutex);
    threads_->queue.push_back({recording, io::landmark_header(), false});
  }
  threads_->changed.notify_one();
  return recording;
}

void Recorder::add(const std::shared_ptr<Recording>& recording, const motion::LandmarkFrame& frame) {
  if (recording->stopped) return;
  std::string row;
  io::append_landmark_row(row, frame);
  {
    const std::lock_guard lock(threads_->mutex);
    if (threads_->queued + row.size() > kMostQueued) {
      ++recording->unwritten;
      return;
    }
    threads_->queued += row.size();
    threads_->queue.push_back({recording, std::move(row), false});
  }
  threads_->changed.notify_one();
  ++recording->frames;
}

Recorded Recorder::stop(const std::shared_ptr<Recording>& recording) {
  if (!recording->stopped) {
    recording->stopped = true;
    const std::lock_guard lock(threads_->mutex);
    threads_->queue.push_back({recording, {}, true});
    threads_->changed.notify_one();
  }
  const std::lock_guard lock(recording->mutex);
  return {recording->path.filename().string(), recording->frames, recording->unwritten, recording->problem};
}

std::string Recorder::file(const Recording& recording) { return recording.path.filename().string(); }

std::uint64_t Recorder::frames(const Recording& recording) { return recording.frames; }

}  // namespace kinemyo::serve
