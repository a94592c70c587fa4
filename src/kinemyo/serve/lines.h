#pragma once

#include <boost/asio/ip/udp.hpp>
#include <functional>
#include <map>
#include <string_view>
#include <vector>

#include "kinemyo/serve/connection.h"

namespace kinemyo::serve {

/// Landmarks on stdin, answers on stdout, frame for frame; `ended` when there are no more.
void start_pipe(asio::io_context& context, Service& service, std::function<void()> ended);

/// Landmarks as datagrams on loopback.
class Datagrams {
 public:
  /// Throws boost::system::system_error if the port cannot be had.
  Datagrams(asio::io_context& context, std::uint16_t port, Service& service);
  ~Datagrams();
  std::uint16_t port() const;
  void close();

 private:
  class Sender;
  void read();
  void take(std::string_view text, Instant received);
  Service& service_;
  asio::ip::udp::socket socket_;
  asio::ip::udp::endpoint from_;
  std::vector<char> bytes_;
  std::map<asio::ip::udp::endpoint, std::unique_ptr<Sender>> senders_;
};

}  // namespace kinemyo::serve
