#include "kinemyo/serve/outbox.h"

#include "kinemyo/base/error.h"
#include "kinemyo/serve/protocol.h"

namespace kinemyo::serve {

bool Outbox::put(SharedText message) {
  if (bytes_ + message->size() > kMost) return false;
  bytes_ += message->size();
  messages_.push_back(std::move(message));
  return true;
}

bool Outbox::put_frame(const std::string& session, SharedText head, Instant received) {
  auto& frame = frames_[session];
  const bool waited = frame.head != nullptr;
  if (waited) {
    ++frame.skipped;
  } else {
    frame.turn = ++turn_;
    ++waiting_;
  }
  frame.head = std::move(head);
  frame.received = received;
  return waited;
}

void Outbox::drop(const std::string& session) {
  const auto found = frames_.find(session);
  if (found == frames_.end()) return;
  if (found->second.head) --waiting_;
  frames_.erase(found);
}

Outgoing Outbox::next() {
  base::require(!empty(), "Outbox::next: nothing waits");
  if (!messages_.empty()) {
    Outgoing out{std::move(messages_.front()), {}, std::nullopt};
    messages_.pop_front();
    bytes_ -= out.body->size();
    return out;
  }
  Frame* first = nullptr;
  for (auto& [session, frame] : frames_) {
    if (frame.head && (first == nullptr || frame.turn < first->turn)) first = &frame;
  }
  Outgoing out{std::move(first->head), format_frame_tail(first->skipped), first->received};
  first->head = nullptr;
  first->skipped = 0;
  --waiting_;
  return out;
}

}  // namespace kinemyo::serve
