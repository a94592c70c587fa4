#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>

namespace kinemyo::serve {

using Instant = std::chrono::steady_clock::time_point;

/// A message that several receivers share.
using SharedText = std::shared_ptr<const std::string>;

/// What goes out as one message: a shared part, and an end that is this receiver's own.
struct Outgoing {
  SharedText body;
  std::string tail;
  std::optional<Instant> received;  ///< of a picture's answer: when the picture came
};

/// What waits to be sent to one receiver. Of each session only the newest picture's answer waits: who is slow misses
/// pictures, which is counted in the next that he gets, and delays nobody. Other messages keep their order.
class Outbox {
 public:
  /// False if more than `kMost` bytes would wait: the receiver takes nothing.
  bool put(SharedText message);
  /// True if one that waited was left out for it.
  bool put_frame(const std::string& session, SharedText head, Instant received);
  /// Forgets a session's picture.
  void drop(const std::string& session);
  bool empty() const { return messages_.empty() && waiting_ == 0; }
  /// The next to be sent: messages first, then sessions in turns. Not empty().
  Outgoing next();

  static constexpr std::size_t kMost = 1 << 20;

 private:
  struct Frame {
    SharedText head;
    Instant received;
    std::uint64_t skipped = 0;
    std::uint64_t turn = 0;
  };
  std::deque<SharedText> messages_;
  std::size_t bytes_ = 0;
  std::map<std::string, Frame> frames_;
  std::size_t waiting_ = 0;
  std::uint64_t turn_ = 0;
};

}  // namespace kinemyo::serve
