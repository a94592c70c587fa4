#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <chrono>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "kinemyo/serve/hub.h"
#include "kinemyo/serve/pages.h"

// Between server.cc and the files that speak over sockets; no other file sees Boost.
namespace kinemyo::serve {

namespace asio = boost::asio;

/// What connections share.
struct Service {
  Hub& hub;
  const Pages& pages;
  std::vector<std::string> origins;  ///< that pages may come from: "https://192.168.1.7:8080"
  std::string socket_origins;        ///< the same as wss://..., for the content policy
  asio::ssl::context* tls = nullptr;
  std::chrono::milliseconds greeting{5000};  ///< in which a new connection has to say hello
  std::set<std::shared_ptr<class Closable>> open;
};

/// A connection that the server can end.
class Closable {
 public:
  virtual ~Closable() = default;
  virtual void shut() = 0;
  /// Takes it off the hub at once; nothing of it is heard any more.
  virtual void forget() = 0;
};

/// HTTP on a socket just accepted, and WebSocket once it is asked for.
void start_web(asio::ip::tcp::socket socket, Service& service);
/// Lines of JSON on a socket just accepted.
void start_lines(asio::ip::tcp::socket socket, Service& service);

}  // namespace kinemyo::serve
