#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "kinemyo/infer/live.h"
#include "kinemyo/motion/landmark_frame.h"

namespace kinemyo::serve {

/// What came of a recording.
struct Recorded {
  std::string file;            ///< the landmarks' name in the folder
  std::uint64_t frames = 0;
  std::uint64_t unwritten = 0; ///< frames for which there was no room: the disk is too slow, or full
  std::string problem;         ///< for people; empty: none
};

/// Writes landmarks as they come (docs/formats/landmarks.md, with Time), so that a killed program leaves all but the last
/// second; when a recording ends, a prepared store of it (landmarks, angles, muscles) appears beside it.
/// Threads: the caller's never waits for the disk; writing and making stores have a thread of their own each.
class Recorder {
 public:
  /// Throws IoError if the folder cannot be made. `models` must outlive it. `tell` is called on the recorder's threads with
  /// lines for people.
  Recorder(std::filesystem::path folder, const infer::LiveModels& models, std::function<void(const std::string&)> tell);
  /// Ends what still runs: all frames are written, stores too.
  ~Recorder();

  class Recording;
  /// A new file, named by the session and the time of day. Throws IoError.
  std::shared_ptr<Recording> start(const std::string& session, const std::string& person);
  /// Never blocks.
  void add(const std::shared_ptr<Recording>& recording, const motion::LandmarkFrame& frame);
  /// What is still in the queue is written after this returns.
  Recorded stop(const std::shared_ptr<Recording>& recording);
  static std::string file(const Recording& recording);
  static std::uint64_t frames(const Recording& recording);

 private:
  struct Threads;
  std::unique_ptr<Threads> threads_;
};

/// The prepared store of a recording of landmarks: what Live makes of it, on the models' clock. Throws Error, IoError.
void write_live_store(const infer::LiveModels& models, const std::filesystem::path& landmarks, const std::string& person,
                      const std::filesystem::path& store);

}  // namespace kinemyo::serve
