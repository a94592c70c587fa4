#pragma once

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace kinemyo::testing_serve {

/// A TCP connection to this machine, by the system's own calls.
class Socket {
 public:
  explicit Socket(std::uint16_t port, int receive_buffer = 0) : descriptor_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    if (receive_buffer > 0) ::setsockopt(descriptor_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
    const int now = 1;
    ::setsockopt(descriptor_, IPPROTO_TCP, TCP_NODELAY, &now, sizeof now);
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(descriptor_, reinterpret_cast<sockaddr*>(&to), sizeof to) != 0) throw std::runtime_error("cannot connect");
  }
  ~Socket() { close(); }
  Socket(const Socket&) = delete;
  void close() {
    if (descriptor_ >= 0) ::close(descriptor_);
    descriptor_ = -1;
  }
  /// False if the other side has gone.
  bool write(std::string_view bytes) {
    while (!bytes.empty()) {
      const auto put = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (put <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(put));
    }
    return true;
  }
  /// What has come, within the time; empty: nothing, or the end.
  std::string read(double seconds = 10) {
    pollfd wait{descriptor_, POLLIN, 0};
    if (::poll(&wait, 1, static_cast<int>(seconds * 1000)) <= 0) return {};
    char bytes[65536];
    const auto got = ::recv(descriptor_, bytes, sizeof bytes, 0);
    if (got <= 0) ended = true;
    return got > 0 ? std::string(bytes, static_cast<std::size_t>(got)) : std::string();
  }
  bool ended = false;
  int descriptor() const { return descriptor_; }

 private:
  int descriptor_;
};

/// A WebSocket client after RFC 6455, without any library.
class WebClient {
 public:
  struct Options {
    std::string origin;
    std::string protocol = "kinemyo.1";
    std::string path = "/live";
    int receive_buffer = 0;
  };
  explicit WebClient(std::uint16_t port) : WebClient(port, Options{}) {}
  WebClient(std::uint16_t port, const Options& options) : socket_(port, options.receive_buffer) {
    std::string request = "GET " + options.path + " HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                          "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
    if (!options.protocol.empty()) request += "Sec-WebSocket-Protocol: " + options.protocol + "\r\n";
    if (!options.origin.empty()) request += "Origin: " + options.origin + "\r\n";
    socket_.write(request + "\r\n");
    while (bytes_.find("\r\n\r\n") == std::string::npos) {
      const auto more = socket_.read();
      if (more.empty()) break;
      bytes_ += more;
    }
    const auto end = bytes_.find("\r\n\r\n");
    head = bytes_.substr(0, end);
    bytes_.erase(0, end == std::string::npos ? bytes_.size() : end + 4);
    if (head.size() > 12) status = std::stoi(head.substr(9, 3));
  }

  bool send(std::string_view text, int opcode = 1, bool last = true) {
    std::string frame(1, static_cast<char>((last ? 0x80 : 0) | opcode));
    const auto size = text.size();
    if (size < 126) {
      frame += static_cast<char>(0x80 | size);
    } else if (size < 65536) {
      frame += static_cast<char>(0x80 | 126);
      frame += static_cast<char>(size >> 8);
      frame += static_cast<char>(size & 255);
    } else {
      frame += static_cast<char>(0x80 | 127);
      for (int shift = 56; shift >= 0; shift -= 8) frame += static_cast<char>((static_cast<std::uint64_t>(size) >> shift) & 255);
    }
    const char mask[4] = {0x12, 0x34, 0x56, 0x78};
    frame.append(mask, 4);
    for (std::size_t i = 0; i < size; ++i) frame += static_cast<char>(text[i] ^ mask[i % 4]);
    return socket_.write(frame);
  }

  /// The next text message, within the time. Nothing: it was closed (close_code says how), or nothing came.
  std::optional<std::string> read(double seconds = 10) {
    using Clock = std::chrono::steady_clock;
    const auto end = Clock::now() + std::chrono::duration<double>(seconds);
    for (bool looked = false; close_code == 0; looked = true) {
      if (const auto message = take()) return message;
      if (close_code != 0) break;
      const double left = std::chrono::duration<double>(end - Clock::now()).count();
      if (left <= 0 && looked) return std::nullopt;
      bytes_ += socket_.read(std::max(left, 0.0));
      if (socket_.ended) close_code = close_code ? close_code : 1006;
    }
    return std::nullopt;
  }
  /// Until a message holds that text; nothing if none does within the time.
  std::optional<std::string> read_until(std::string_view text, double seconds = 10) {
    for (;;) {
      const auto message = read(seconds);
      if (!message || message->find(text) != std::string::npos) return message;
    }
  }
  void vanish() { socket_.close(); }
  Socket& socket() { return socket_; }

  int status = 0;      ///< of HTTP; 101: it is a WebSocket
  std::string head;    ///< the answer's header
  int close_code = 0;  ///< 1006: closed without a word

 private:
  std::optional<std::string> take() {
    for (;;) {
      if (bytes_.size() < 2) return std::nullopt;
      const auto byte = [&](std::size_t i) { return static_cast<std::uint64_t>(static_cast<unsigned char>(bytes_[i])); };
      const int opcode = static_cast<int>(byte(0) & 15);
      std::uint64_t size = byte(1) & 127;
      std::size_t at = 2;
      const std::size_t wide = size == 126 ? 2 : size == 127 ? 8 : 0;
      if (bytes_.size() < at + wide) return std::nullopt;
      if (wide > 0) size = 0;
      for (std::size_t i = 0; i < wide; ++i) size = size << 8 | byte(at + i);
      at += wide;
      if (bytes_.size() < at + size) return std::nullopt;
      const std::string content = bytes_.substr(at, size);
      bytes_.erase(0, at + size);
      if (opcode == 8) {
        close_code = content.size() < 2 ? 1005 : (static_cast<unsigned char>(content[0]) << 8 | static_cast<unsigned char>(content[1]));
        send(content, 8);
        return std::nullopt;
      }
      if (opcode == 9) send(content, 10);
      if (opcode == 1) return content;
    }
  }
  Socket socket_;
  std::string bytes_;
};

}  // namespace kinemyo::testing_serve
