#include "kinemyo/serve/hub.h"

#include <algorithm>
#include <cctype>
#include <chrono>

#include "kinemyo/base/text.h"

namespace kinemyo::serve {

namespace {

using namespace std::chrono_literals;

constexpr int kMostBad = 100;         // messages in a row that are no good
constexpr auto kSilence = 1s;         // after which a camera counts as lost
constexpr std::size_t kMostSessions = 64;
constexpr std::size_t kLongestName = 60;

SharedText shared(std::string text) { return std::make_shared<const std::string>(std::move(text)); }

}  // namespace

std::string slug(std::string_view name) {
  std::string out;
  for (const char c : base::lower(name)) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    if (plain) {
      out += c;
    } else if (!out.empty() && out.back() != '-') {
      out += '-';
    }
    if (out.size() == 32) break;
  }
  while (out.ends_with('-')) out.pop_back();
  return out.empty() ? "camera" : out;
}

struct Hub::Session {
  Session(std::string id_, std::string name_, const infer::LiveModels& models, Peer& peer)
      : id(std::move(id_)), name(std::move(name_)), live(models), camera(&peer) {}
  std::string id, name;
  infer::Live live;
  Peer* camera;
  std::shared_ptr<Recorder::Recording> recording;
  bool begun = false, timed = false, silent = false;
  std::uint64_t seq = 0, lost = 0;
  double time_s = 0;
  std::optional<double> pose_ms;
  Instant heard = std::chrono::steady_clock::now();
};

Hub::Hub(const infer::LiveModels& models, std::string token, Recorder* recorder)
    : models_(models), token_(std::move(token)), recorder_(recorder) {}
Hub::~Hub() { close(); }

void Hub::close() {
  for (auto& session : sessions_) {
    if (session->recording) record(*session, false);
  }
}

// In the same time whatever is wrong with it.
bool Hub::right_token(std::string_view token) const {
  unsigned char different = token.size() == token_.size() ? 0 : 1;
  for (std::size_t i = 0; i < token_.size(); ++i)
    different |= static_cast<unsigned char>(token_[i] ^ (i < token.size() ? token[i] : '\0'));
  return different == 0;
}

std::unique_ptr<Hub::Client> Hub::join(Peer& peer, bool trusted) { return std::unique_ptr<Client>(new Client(*this, peer, trusted)); }

Hub::Session* Hub::find(const std::string& id) {
  const auto found = std::find_if(sessions_.begin(), sessions_.end(), [&](const auto& one) { return one->id == id; });
  return found == sessions_.end() ? nullptr : found->get();
}

Hub::Session& Hub::open(const std::string& name, Peer& camera) {
  std::string shown = name.empty() ? "Camera" : name.substr(0, kLongestName);
  std::string id = slug(shown);
  for (int number = 2; find(id) != nullptr; ++number) id = slug(shown) + "-" + std::to_string(number);
  sessions_.push_back(std::make_unique<Session>(id, shown, models_, camera));
  return *sessions_.back();
}

void Hub::end(const std::string& id) {
  const auto found = std::find_if(sessions_.begin(), sessions_.end(), [&](const auto& one) { return one->id == id; });
  if (found == sessions_.end()) return;
  if ((*found)->recording) record(**found, false);
  sessions_.erase(found);
  tell_viewers(format_sessions(infos()));
}

std::vector<SessionInfo> Hub::infos() const {
  std::vector<SessionInfo> out;
  for (const auto& one : sessions_) out.push_back({one->id, one->name, one->recording != nullptr, one->silent});
  return out;
}

void Hub::tell_viewers(const std::string& message) {
  const auto text = shared(message);
  for (auto* viewer : std::vector<Peer*>(viewers_)) viewer->send(text);
}

void Hub::tell_all(const std::string& message) {
  const auto text = shared(message);
  for (const auto& session : sessions_) session->camera->send(text);
  for (auto* viewer : std::vector<Peer*>(viewers_)) viewer->send(text);
}

// The numbers between the last picture and this one never came.
void Hub::count_up_to(Session& session, std::uint64_t seq) {
  if (session.begun) {
    session.lost += seq - session.seq - 1;
    statistics_.lost += seq - session.seq - 1;
  }
  session.begun = true;
  session.seq = seq;
}

void Hub::take(Session& session, const Landmarks& landmarks, Instant received) {
  session.heard = received;
  if (session.begun && landmarks.seq <= session.seq)
    throw ProtocolError("frame", "seq: expected above " + std::to_string(session.seq) + ", found " + std::to_string(landmarks.seq), landmarks.seq);
  if (session.timed && !(landmarks.frame.time_s > session.time_s))
    throw ProtocolError("frame", "t: expected above " + base::to_text(session.time_s) + ", found " + base::to_text(landmarks.frame.time_s), landmarks.seq);
  count_up_to(session, landmarks.seq);
  const bool was_silent = session.silent;
  session.silent = false;
  session.time_s = landmarks.frame.time_s;
  session.timed = true;
  ++statistics_.pictures;
  if (session.recording) recorder_->add(session.recording, landmarks.frame);
  session.live.step(landmarks.frame);
  session.pose_ms = landmarks.pose_ms;
  answer(session, received);
  if (was_silent) tell_viewers(format_sessions(infos()));
  if (session.live.body().just_calibrated()) tell_all(format_calibrated(session.id, session.time_s, session.live.body().stature_m()));
}

void Hub::answer(Session& session, Instant received) {
  const auto spent = std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - received);
  const auto head = shared(format_frame_head({session.id, session.seq, session.time_s, &session.live, spent.count(), session.lost, session.pose_ms}, models_.outputs()));
  session.camera->send_frame(session.id, head, received);
  for (auto* viewer : std::vector<Peer*>(viewers_)) viewer->send_frame(session.id, head, received);
  for (const auto& sink : sinks_) sink(session.id, session.time_s, session.live, head);
}

void Hub::tick(Instant now) {
  bool changed = false;
  for (auto& session : sessions_) {
    if (session->silent || !session->begun || now - session->heard < kSilence) continue;
    session->silent = changed = true;
  }
  if (changed) tell_viewers(format_sessions(infos()));
}

void Hub::record(Session& session, bool on) {
  if (on == (session.recording != nullptr)) return;
  if (on) {
    session.recording = recorder_->start(session.id, session.id);
    tell_all(format_recording(session.id, true, Recorder::file(*session.recording), 0));
    return;
  }
  const auto done = recorder_->stop(session.recording);
  session.recording.reset();
  tell_all(format_recording(session.id, false, done.file, done.frames));
  if (done.unwritten > 0)
    tell_all(format_error("recording", done.file + ": " + std::to_string(done.unwritten) + " frames could not be written in time"));
  if (!done.problem.empty()) tell_all(format_error("recording", done.file + ": " + done.problem));
}

void Hub::note_sent(const Outgoing& sent, Instant now) {
  if (!sent.received) return;
  ++statistics_.answers;
  statistics_.latency.add(now - *sent.received);
}

Hub::Client::Client(Hub& hub, Peer& peer, bool trusted) : hub_(hub), peer_(peer), trusted_(trusted) {}

Hub::Client::~Client() {
  std::erase(hub_.viewers_, &peer_);
  if (greeted_ && role_ == Role::camera) hub_.end(session_);
}

bool Hub::Client::greeted() const { return greeted_; }

void Hub::Client::greet(const Hello& hello) {
  if (greeted_) throw ProtocolError("hello", "hello: expected once, found again");
  if (!trusted_ && !hub_.right_token(hello.token)) {
    peer_.send(shared(format_error("token", "the token is wrong: open the address that the server printed")));
    peer_.close(kWrongToken, "token");
    return;
  }
  if (hello.version != kProtocolVersion) {
    peer_.send(shared(format_error("version", "version: expected " + std::to_string(kProtocolVersion) + ", found " + std::to_string(hello.version))));
    peer_.close(kGarbage, "version");
    return;
  }
  if (hello.role == Role::camera && hub_.sessions_.size() >= kMostSessions) {
    peer_.send(shared(format_error("full", "no more than " + std::to_string(kMostSessions) + " cameras")));
    peer_.close(kFull, "full");
    return;
  }
  greeted_ = true;
  role_ = hello.role;
  if (role_ == Role::camera) session_ = hub_.open(hello.name, peer_).id;
  peer_.send(shared(format_welcome(hub_.models_, session_, hub_.infos(), hub_.recorder_ != nullptr)));
  if (role_ == Role::camera) {
    hub_.tell_viewers(format_sessions(hub_.infos()));
  } else {
    hub_.viewers_.push_back(&peer_);
  }
}

void Hub::Client::bad(const ProtocolError& problem) {
  if (!greeted_) {
    peer_.send(shared(format_error(problem.code(), problem.what())));
    peer_.close(kGarbage, problem.code());
    return;
  }
  if (auto* session = hub_.find(session_); session != nullptr && problem.code() == "frame") {
    ++session->lost;
    ++hub_.statistics_.lost;
    // What was refused is counted once, not again as a number that never came.
    if (problem.seq() && (!session->begun || *problem.seq() > session->seq)) hub_.count_up_to(*session, *problem.seq());
  }
  peer_.send(shared(format_error(problem.code(), problem.what(), problem.seq())));
  if (++bad_ >= kMostBad) peer_.close(kGarbage, std::to_string(kMostBad) + " bad messages in a row");
}

void Hub::Client::take(std::string_view text, Instant received) {
  std::optional<ClientMessage> message;
  try {
    message = parse_message(text);
  } catch (const ProtocolError& problem) {
    return bad(problem);
  }
  take(*message, received);
}

void Hub::Client::take(const ClientMessage& message, Instant received) {
  try {
    follow(message, received);
  } catch (const ProtocolError& problem) {
    bad(problem);
  } catch (const Error& problem) {  // a recording that cannot be started
    peer_.send(shared(format_error("recording", problem.what())));
  }
}

void Hub::Client::follow(const ClientMessage& message, Instant received) {
  if (const auto* hello = std::get_if<Hello>(&message)) return greet(*hello);
  if (!greeted_) throw ProtocolError("hello", "the first message: expected hello, found another");
  if (const auto* landmarks = std::get_if<Landmarks>(&message)) {
    auto* session = hub_.find(session_);
    if (role_ != Role::camera || session == nullptr) throw ProtocolError("type", "landmarks: expected from a camera, found from a viewer");
    hub_.take(*session, *landmarks, received);
  } else if (const auto* ping = std::get_if<Ping>(&message)) {
    const double now_s = std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
    peer_.send(shared(format_pong(ping->time_s, now_s)));
  } else {
    const auto* record = std::get_if<Record>(&message);
    const auto& wanted = record ? record->session : std::get<Calibrate>(message).session;
    auto* session = hub_.find(wanted.empty() ? session_ : wanted);
    if (session == nullptr) throw ProtocolError("session", "session: expected one of those that are here, found " + base::quoted(wanted));
    if (record != nullptr && hub_.recorder_ == nullptr) throw ProtocolError("recording", "recording: the server was started without --record");
    if (record != nullptr) {
      hub_.record(*session, record->on);
    } else {
      session->live.calibrate();
    }
  }
  bad_ = 0;
}

}  // namespace kinemyo::serve
