// The same protocol as lines of text: TCP and UDP on loopback, stdin and stdout.
#include "kinemyo/serve/lines.h"

#include <unistd.h>

#include <array>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <chrono>
#include <map>

#include "kinemyo/serve/outbox.h"

namespace kinemyo::serve {

namespace {

using namespace std::chrono_literals;
using boost::system::error_code;
using tcp = asio::ip::tcp;
using udp = asio::ip::udp;

constexpr auto kForget = 20s;  // a sender of datagrams that is silent for so long
constexpr std::size_t kMostSenders = 64;

struct SocketWire {
  tcp::socket socket;
  tcp::socket& in() { return socket; }
  tcp::socket& out() { return socket; }
  void close() {
    error_code ignored;
    socket.shutdown(tcp::socket::shutdown_send, ignored);
    socket.close(ignored);
  }
};

struct PipeWire {
  asio::posix::stream_descriptor input, output;
  asio::posix::stream_descriptor& in() { return input; }
  asio::posix::stream_descriptor& out() { return output; }
  // Whoever shares them finds them as they were.
  void close() {
    error_code ignored;
    input.native_non_blocking(false, ignored);
    output.native_non_blocking(false, ignored);
    input.close(ignored);
    output.close(ignored);
  }
};

/// `own`: the program's own input, which is believed, answered frame for frame, and whose end is told.
template <typename Wire>
class LineConnection final : public Peer, public Closable, public std::enable_shared_from_this<LineConnection<Wire>> {
 public:
  LineConnection(Wire wire, Service& service, bool own, std::function<void()> ended)
      : service_(service), wire_(std::move(wire)), greeting_(wire_.in().get_executor()), own_(own), ended_(std::move(ended)) {}

  void start() {
    service_.open.insert(self());
    client_ = service_.hub.join(*this, own_);
    if (own_) {
      client_->take(Hello{kProtocolVersion, Role::camera, "", "stdin"}, std::chrono::steady_clock::now());
    } else {
      greeting_.expires_after(service_.greeting);
      greeting_.async_wait([me = self()](error_code problem) {
        if (!problem && me->client_ && !me->client_->greeted()) me->close(kTooSlow, "no hello came");
      });
    }
    read();
  }
  void send(SharedText message) override {
    if (!outbox_.put(std::move(message))) return close(kTooSlow, "takes no messages");
    write();
  }
  void send_frame(const std::string& session, SharedText head, Instant received) override {
    if (outbox_.put_frame(session, std::move(head), received)) service_.hub.note_skipped(1);
    write();
  }
  void close(int, const std::string&) override {
    closing_ = true;
    write();
  }
  void forget() override { client_.reset(); }
  void shut() override { end(); }

 private:
  std::shared_ptr<LineConnection> self() { return this->shared_from_this(); }

  void end() {
    const auto me = self();
    if (service_.open.erase(me) == 0) return;
    client_.reset();
    greeting_.cancel();
    wire_.close();
    if (ended_) ended_();
  }

  void read() {
    reading_ = true;
    asio::async_read_until(wire_.in(), asio::dynamic_buffer(text_, kLargestMessage), '\n', [me = self()](error_code problem, std::size_t size) {
      me->reading_ = false;
      if (me->client_) me->take(problem, size, std::chrono::steady_clock::now());
    });
  }

  void take(error_code problem, std::size_t size, Instant received) {
    if (problem == asio::error::not_found) {
      send(std::make_shared<const std::string>(format_error("json", "a line: expected at most 64 KiB, found more")));
      return close(kGarbage, "");
    }
    if (problem) return close(0, "");  // what was answered still goes out
    const std::string_view line = std::string_view(text_).substr(0, size - 1);
    if (!closing_ && line.find_first_not_of(" \t\r") != std::string_view::npos) client_->take(line, received);
    text_.erase(0, size);
    if (!own_ || !writing_) read();
  }

  void write() {
    if (writing_) return;
    if (outbox_.empty()) {
      if (closing_) asio::post(wire_.in().get_executor(), [me = self()] { me->end(); });
      else if (own_ && !reading_ && client_) read();
      return;
    }
    writing_ = true;
    outgoing_ = outbox_.next();
    outgoing_.tail += '\n';
    const std::array<asio::const_buffer, 2> parts = {asio::buffer(*outgoing_.body), asio::buffer(outgoing_.tail)};
    asio::async_write(wire_.out(), parts, [me = self()](error_code problem, std::size_t) {
      me->writing_ = false;
      if (problem) return me->end();
      me->service_.hub.note_sent(me->outgoing_, std::chrono::steady_clock::now());
      me->write();
    });
  }

  Service& service_;
  Wire wire_;
  asio::steady_timer greeting_;
  bool own_;
  std::function<void()> ended_;
  std::string text_;
  std::unique_ptr<Hub::Client> client_;
  Outbox outbox_;
  Outgoing outgoing_;
  bool reading_ = true, writing_ = false, closing_ = false;
};

}  // namespace

void start_lines(tcp::socket socket, Service& service) {
  error_code ignored;
  socket.set_option(tcp::no_delay(true), ignored);
  std::make_shared<LineConnection<SocketWire>>(SocketWire{std::move(socket)}, service, false, nullptr)->start();
}

void start_pipe(asio::io_context& context, Service& service, std::function<void()> ended) {
  PipeWire wire{asio::posix::stream_descriptor(context, ::dup(STDIN_FILENO)), asio::posix::stream_descriptor(context, ::dup(STDOUT_FILENO))};
  std::make_shared<LineConnection<PipeWire>>(std::move(wire), service, true, std::move(ended))->start();
}

/// One that sends datagrams; answers go back to where they came from.
class Datagrams::Sender final : public Peer {
 public:
  Sender(udp::socket& socket, udp::endpoint to, Hub& hub) : socket_(socket), to_(std::move(to)), hub_(hub) {}
  void send(SharedText message) override { put({std::move(message), "", std::nullopt}); }
  void send_frame(const std::string&, SharedText head, Instant received) override { put({std::move(head), format_frame_tail(0), received}); }
  void close(int, const std::string&) override { closed = true; }

  bool closed = false;
  std::unique_ptr<Hub::Client> client;
  Instant heard;

 private:
  void put(Outgoing out) {
    const std::array<asio::const_buffer, 2> parts = {asio::buffer(*out.body), asio::buffer(out.tail)};
    error_code problem;
    socket_.send_to(parts, to_, 0, problem);  // does not block; a full buffer drops it, as networks do
    if (problem) hub_.note_skipped(1);
    else hub_.note_sent(out, std::chrono::steady_clock::now());
  }
  udp::socket& socket_;
  udp::endpoint to_;
  Hub& hub_;
};

Datagrams::Datagrams(asio::io_context& context, std::uint16_t port, Service& service)
    : service_(service), socket_(context, udp::endpoint(asio::ip::address_v4::loopback(), port)), bytes_(kLargestMessage) {
  socket_.non_blocking(true);
  read();
}

Datagrams::~Datagrams() = default;

std::uint16_t Datagrams::port() const { return socket_.local_endpoint().port(); }

void Datagrams::read() {
  socket_.async_receive_from(asio::buffer(bytes_), from_, [this](error_code problem, std::size_t size) {
    if (problem == asio::error::operation_aborted) return;
    if (!problem) take({bytes_.data(), size}, std::chrono::steady_clock::now());
    read();
  });
}

// Each datagram stands alone, so each bears the token. To a stranger nothing is answered.
void Datagrams::take(std::string_view text, Instant received) {
  std::optional<ClientMessage> message;
  std::string code, what;
  try {
    message = parse_message(text);
  } catch (const ProtocolError& problem) {
    code = problem.code();
    what = problem.what();
  }
  std::erase_if(senders_, [&](const auto& one) { return one.second->closed || received - one.second->heard > kForget; });
  const auto* landmarks = message ? std::get_if<Landmarks>(&*message) : nullptr;
  auto found = senders_.find(from_);
  if (landmarks == nullptr) {
    if (found != senders_.end() && !message) found->second->send(std::make_shared<const std::string>(format_error(code, what)));
    return;
  }
  if (!service_.hub.right_token(landmarks->token)) return;
  if (found == senders_.end()) {
    if (senders_.size() >= kMostSenders) return;
    auto sender = std::make_unique<Sender>(socket_, from_, service_.hub);
    sender->client = service_.hub.join(*sender, true);
    sender->client->take(Hello{kProtocolVersion, Role::camera, "", landmarks->name}, received);
    found = senders_.emplace(from_, std::move(sender)).first;
  }
  found->second->heard = received;
  found->second->client->take(*message, received);
}

void Datagrams::close() {
  error_code ignored;
  socket_.close(ignored);
  senders_.clear();
}

}  // namespace kinemyo::serve
