#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "kinemyo/infer/live.h"
#include "kinemyo/motion/landmark_frame.h"
#include "kinemyo/serve/certificate.h"
#include "kinemyo/serve/hub.h"

namespace kinemyo::serve {

/// Where packets go to.
struct Target {
  std::string host;
  std::uint16_t port = 0;
};

struct ServerOptions {
  std::string address = "127.0.0.1";  ///< that is listened on; 0.0.0.0 or :: for all
  std::uint16_t port = 8080;          ///< 0: any that is free
  std::optional<Certificate> certificate;  ///< HTTPS and WSS; without it HTTP and WS
  std::string token;                       ///< that clients have to know; empty: none is asked for
  std::vector<std::string> hosts;          ///< names and addresses that pages may be opened by, beside `address`
  std::filesystem::path pose;              ///< the pose estimator's files (Pages)
  std::filesystem::path record;            ///< folder for recordings; empty: nothing is recorded
  std::optional<std::uint16_t> tcp, udp;   ///< ports on loopback for lines of landmarks; 0: any
  double greeting_s = 5;                   ///< in which a new connection has to say hello
  bool lines_in = false;                   ///< landmarks on stdin, answers on stdout
  std::optional<Target> osc, vmc;          ///< angles and muscles as OSC; the body as VMC
  std::function<void(const std::string&)> tell = [](const std::string&) {};  ///< lines for people; on several threads
};

/// HTTP, WebSocket and lines before a hub of cameras and viewers: docs/protocol.md.
/// Threads: run() works on the thread that calls it and nothing waits there; stop() may be called from any.
class Server {
 public:
  /// Listens from here on. Throws Error naming the address and why it cannot be listened on, or what is wrong with the certificate.
  Server(const infer::LiveModels& models, const ServerOptions& options);
  ~Server();

  std::uint16_t port() const;
  std::uint16_t tcp_port() const;  ///< 0: none
  std::uint16_t udp_port() const;
  /// Until stop(), or until stdin has ended where nothing else is listened to.
  void run();
  void stop();
  /// Plays a trial in real time as a session of that name, once or over and over; before run().
  void replay(const motion::LandmarkTrial& trial, const std::string& name, bool again);
  /// To be looked at when run() has returned.
  const Hub& hub() const;

  static constexpr std::size_t kMostConnections = 512;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace kinemyo::serve
