#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kinemyo/infer/live.h"
#include "kinemyo/serve/latency.h"
#include "kinemyo/serve/outbox.h"
#include "kinemyo/serve/protocol.h"
#include "kinemyo/serve/recorder.h"

namespace kinemyo::serve {

/// What the hub knows of whoever is connected, whatever the wire.
class Peer {
 public:
  virtual ~Peer() = default;
  virtual void send(SharedText message) = 0;
  /// Of each session only the newest has to arrive.
  virtual void send_frame(const std::string& session, SharedText head, Instant received) = 0;
  /// Nothing more is heard from it; what was sent before may still go out.
  virtual void close(int code, const std::string& why) = 0;
};

/// A listener inside the program that gets every picture's answer: OSC, VMC, lines on stdout.
using Sink = std::function<void(const std::string& session, double time_s, const infer::Live& live, const SharedText& head)>;

struct Statistics {
  std::uint64_t pictures = 0;  ///< taken
  std::uint64_t lost = 0;      ///< pictures that never came, by their numbers, or were refused
  std::uint64_t answers = 0;   ///< sent
  std::uint64_t skipped = 0;   ///< not sent, because who should get them was slow
  Latency latency;             ///< from a picture received to its answer handed to the system, each receiver
};

/// Cameras, viewers and what goes between them; it knows no sockets.
/// Threads: one.
class Hub {
 public:
  /// `models` must outlive it. `recorder` may be nullptr. `token` empty: none is asked for.
  Hub(const infer::LiveModels& models, std::string token, Recorder* recorder);
  ~Hub();

  /// One connection's talk.
  class Client {
   public:
    ~Client();
    Client(const Client&) = delete;
    /// A message that came whole at that time. Throws nothing; errors are sent to the peer.
    void take(std::string_view message, Instant received);
    /// The same of one that was understood already.
    void take(const ClientMessage& message, Instant received);
    /// Whether the greeting was accepted.
    bool greeted() const;

   private:
    friend class Hub;
    Client(Hub& hub, Peer& peer, bool trusted);
    void greet(const Hello& hello);
    void follow(const ClientMessage& message, Instant received);
    void bad(const ProtocolError& problem);
    Hub& hub_;
    Peer& peer_;
    bool trusted_, greeted_ = false;
    Role role_ = Role::view;
    int bad_ = 0;
    std::string session_;
  };
  /// `trusted`: no token is asked for (the program's own stdin, files). The peer must outlive the client.
  std::unique_ptr<Client> join(Peer& peer, bool trusted = false);

  void add_sink(Sink sink) { sinks_.push_back(std::move(sink)); }
  /// To be called a few times a second: tells viewers of cameras that have fallen silent.
  void tick(Instant now);
  /// Ends recordings.
  void close();

  const Statistics& statistics() const { return statistics_; }
  void note_sent(const Outgoing& sent, Instant now);
  void note_skipped(std::uint64_t count) { statistics_.skipped += count; }
  const infer::LiveModels& models() const { return models_; }
  bool right_token(std::string_view token) const;
  std::size_t cameras() const { return sessions_.size(); }
  std::size_t viewers() const { return viewers_.size(); }

 private:
  struct Session;
  Session* find(const std::string& id);
  Session& open(const std::string& name, Peer& camera);
  void end(const std::string& id);
  void count_up_to(Session& session, std::uint64_t seq);
  void take(Session& session, const Landmarks& landmarks, Instant received);
  void answer(Session& session, Instant received);
  void record(Session& session, bool on);
  void tell_all(const std::string& message);
  void tell_viewers(const std::string& message);
  std::vector<SessionInfo> infos() const;

  const infer::LiveModels& models_;
  std::string token_;
  Recorder* recorder_;
  std::vector<std::unique_ptr<Session>> sessions_;
  std::vector<Peer*> viewers_;
  std::vector<Sink> sinks_;
  Statistics statistics_;
};

/// A name as part of file names and addresses: "Phone 1" becomes "phone-1"; "camera" where nothing is left.
std::string slug(std::string_view name);

}  // namespace kinemyo::serve
