#include "kinemyo/serve/server.h"

#include <boost/asio/ip/udp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cmath>

#include "kinemyo/serve/connection.h"
#include "kinemyo/serve/lines.h"
#include "kinemyo/serve/osc.h"
#include "kinemyo/serve/vmc.h"

namespace kinemyo::serve {

namespace {

using namespace std::chrono_literals;
using boost::system::error_code;
using tcp = asio::ip::tcp;
using udp = asio::ip::udp;

constexpr auto kTick = 250ms;
constexpr auto kEnding = 2s;  // for connections to be closed politely

std::string bracketed(const std::string& host) { return host.find(':') == std::string::npos ? host : "[" + host + "]"; }

// A trial played as a camera would send it.
class Player final : public Peer, public std::enable_shared_from_this<Player> {
 public:
  Player(asio::io_context& context, Hub& hub, motion::LandmarkTrial trial, std::string name, bool again)
      : hub_(hub), timer_(context), trial_(std::move(trial)), name_(std::move(name)), again_(again) {}

  void start() {
    client_ = hub_.join(*this, true);
    client_->take(Hello{kProtocolVersion, Role::camera, "", name_}, std::chrono::steady_clock::now());
    begin_ = std::chrono::steady_clock::now();
    wait();
  }
  void end() {
    timer_.cancel();
    client_.reset();
  }
  void send(SharedText) override {}
  void send_frame(const std::string&, SharedText, Instant) override {}
  void close(int, const std::string&) override {}

 private:
  void wait() {
    if (next_ == trial_.size()) {
      if (!again_) return end();
      client_.reset();
      next_ = 0;
      return start();
    }
    const double after_s = trial_[next_].time_s - trial_.front().time_s;
    timer_.expires_at(begin_ + std::chrono::duration_cast<std::chrono::steady_clock::duration>(std::chrono::duration<double>(after_s)));
    timer_.async_wait([me = shared_from_this()](error_code problem) {
      if (problem || !me->client_) return;
      me->client_->take(Landmarks{me->next_, me->trial_[me->next_], std::nullopt, "", ""}, std::chrono::steady_clock::now());
      ++me->next_;
      me->wait();
    });
  }

  Hub& hub_;
  asio::steady_timer timer_;
  motion::LandmarkTrial trial_;
  std::string name_;
  bool again_;
  std::unique_ptr<Hub::Client> client_;
  std::size_t next_ = 0;
  Instant begin_;
};

}  // namespace

struct Server::Parts {
  Parts(const infer::LiveModels& models, const ServerOptions& of)
      : options(of), pages(of.pose),
        recorder(of.record.empty() ? nullptr : std::make_unique<Recorder>(of.record, models, of.tell)),
        hub(models, of.token, recorder.get()), service{hub, pages, {}, {}, nullptr, {}, {}} {
    service.greeting = std::chrono::milliseconds(static_cast<long>(1000 * options.greeting_s));
  }

  void listen(tcp::acceptor& acceptor, const std::string& address, std::uint16_t port);
  void accept_web();
  void accept_lines();
  void tick();
  void end();
  void leave();
  void send_packets(const Target& target, bool body);

  ServerOptions options;
  Pages pages;
  std::unique_ptr<Recorder> recorder;
  Hub hub;
  Service service;
  std::optional<asio::ssl::context> tls;
  asio::io_context context{1};
  tcp::acceptor web{context}, lines{context};
  std::unique_ptr<Datagrams> datagrams;
  asio::steady_timer ticking{context}, pause{context};
  std::vector<std::shared_ptr<Player>> players;
  std::vector<std::unique_ptr<udp::socket>> packets;
  bool ending = false;
  Instant deadline;
};

void Server::Parts::listen(tcp::acceptor& acceptor, const std::string& address, std::uint16_t port) {
  error_code problem;
  const auto where = asio::ip::make_address(address, problem);
  if (problem) throw Error("--listen: expected an address of this machine (192.168.1.7, 0.0.0.0, ::), found " + base::quoted(address));
  const tcp::endpoint endpoint(where, port);
  const auto check = [&] {
    if (problem) throw Error("cannot listen on " + bracketed(address) + ":" + std::to_string(port) + ": " + problem.message());
  };
  acceptor.open(endpoint.protocol(), problem);
  check();
  acceptor.set_option(tcp::acceptor::reuse_address(true), problem);
  check();
  acceptor.bind(endpoint, problem);
  check();
  acceptor.listen(asio::socket_base::max_listen_connections, problem);
  check();
}

void Server::Parts::accept_web() {
  web.async_accept([this](error_code problem, tcp::socket socket) {
    if (problem == asio::error::operation_aborted || ending) return;
    if (problem) {  // too many open files, say: no reason to spin
      pause.expires_after(kTick);
      pause.async_wait([this](error_code) { if (!ending) accept_web(); });
      return;
    }
    if (service.open.size() < kMostConnections) start_web(std::move(socket), service);
    accept_web();
  });
}

void Server::Parts::accept_lines() {
  lines.async_accept([this](error_code problem, tcp::socket socket) {
    if (problem == asio::error::operation_aborted || ending) return;
    if (!problem && service.open.size() < kMostConnections) start_lines(std::move(socket), service);
    accept_lines();
  });
}

void Server::Parts::tick() {
  ticking.expires_after(kTick);
  ticking.async_wait([this](error_code) {
    if (ending) return;
    hub.tick(std::chrono::steady_clock::now());
    tick();
  });
}

void Server::Parts::end() {
  if (ending) return;
  ending = true;
  error_code ignored;
  web.close(ignored);
  lines.close(ignored);
  if (datagrams) datagrams->close();
  for (auto& player : players) player->end();
  hub.close();
  for (const auto& connection : std::set<std::shared_ptr<Closable>>(service.open)) connection->shut();
  deadline = std::chrono::steady_clock::now() + kEnding;
  leave();
}

// When all are gone, or have had their time.
void Server::Parts::leave() {
  if (service.open.empty() || std::chrono::steady_clock::now() > deadline) return context.stop();
  ticking.expires_after(20ms);
  ticking.async_wait([this](error_code) { leave(); });
}

Server::Server(const infer::LiveModels& models, const ServerOptions& options) : parts_(std::make_unique<Parts>(models, options)) {
  auto& p = *parts_;
  if (options.certificate) {
    p.tls.emplace(asio::ssl::context::tls_server);
    try {
      p.tls->set_options(asio::ssl::context::default_workarounds | asio::ssl::context::no_tlsv1 | asio::ssl::context::no_tlsv1_1);
      p.tls->use_certificate_chain_file(options.certificate->certificate.string());
      p.tls->use_private_key_file(options.certificate->key.string(), asio::ssl::context::pem);
    } catch (const boost::system::system_error& problem) {
      throw Error(options.certificate->certificate.string() + ", " + options.certificate->key.string() +
                  ": expected a certificate and its key as PEM: " + problem.code().message());
    }
    p.service.tls = &*p.tls;
  }
  p.listen(p.web, options.address, options.port);
  std::vector<std::string> hosts = options.hosts;
  hosts.insert(hosts.begin(), options.address);
  if (asio::ip::make_address(options.address).is_loopback()) hosts.insert(hosts.end(), {"localhost", "127.0.0.1", "::1"});
  for (const auto& host : hosts) {
    const std::string at = "://" + bracketed(host) + ":" + std::to_string(port());
    p.service.origins.push_back((p.tls ? "https" : "http") + at);
    // A content policy cannot name an address of IPv6; browsers that know IPv6 take 'self' for it.
    if (host.find(':') == std::string::npos) p.service.socket_origins += (p.tls ? " wss" : " ws") + at;
    // Browsers leave the usual port away.
    if (port() == (p.tls ? 443 : 80)) p.service.origins.push_back((p.tls ? "https://" : "http://") + bracketed(host));
  }
  try {
    if (options.tcp) p.listen(p.lines, "127.0.0.1", *options.tcp);
    if (options.udp) p.datagrams = std::make_unique<Datagrams>(p.context, *options.udp, p.service);
  } catch (const boost::system::system_error& problem) {
    throw Error("cannot listen on UDP port " + std::to_string(*options.udp) + ": " + problem.code().message());
  }
  if (options.osc) p.send_packets(*options.osc, false);
  if (options.vmc) p.send_packets(*options.vmc, true);
}

// Handlers that never ran keep connections until the context goes; the hub shall not hear of them then.
Server::~Server() {
  auto& p = *parts_;
  p.hub.close();
  for (auto& player : p.players) player->end();
  if (p.datagrams) p.datagrams->close();
  for (const auto& connection : p.service.open) connection->forget();
  p.service.open.clear();
}

void Server::Parts::send_packets(const Target& target, bool body) {
  error_code problem;
  udp::resolver resolver(context);
  const auto found = resolver.resolve(target.host, std::to_string(target.port), problem);
  if (problem || found.empty()) throw Error("no address is known of " + base::quoted(target.host) + ": " + problem.message());
  const udp::endpoint to = *found.begin();
  auto& socket = *packets.emplace_back(std::make_unique<udp::socket>(context, to.protocol()));
  socket.non_blocking(true);
  hub.add_sink([this, &socket, to, body](const std::string& session, double time_s, const infer::Live& live, const SharedText&) {
    const std::string packet = body ? vmc_packet(time_s, live.body().points()) : osc_packet(session, live, hub.models().outputs());
    error_code full;  // what the network does not take is gone, as datagrams are
    socket.send_to(asio::buffer(packet), to, 0, full);
  });
}

std::uint16_t Server::port() const { return parts_->web.local_endpoint().port(); }
std::uint16_t Server::tcp_port() const { return parts_->lines.is_open() ? parts_->lines.local_endpoint().port() : 0; }
std::uint16_t Server::udp_port() const { return parts_->datagrams ? parts_->datagrams->port() : 0; }
const Hub& Server::hub() const { return parts_->hub; }

void Server::replay(const motion::LandmarkTrial& trial, const std::string& name, bool again) {
  require(!trial.empty(), "Server::replay: no frames");
  parts_->players.push_back(std::make_shared<Player>(parts_->context, parts_->hub, trial, name, again));
}

void Server::run() {
  auto& p = *parts_;
  p.accept_web();
  if (p.lines.is_open()) p.accept_lines();
  for (auto& player : p.players) player->start();
  if (p.options.lines_in) start_pipe(p.context, p.service, [this] { parts_->end(); });
  p.tick();
  p.context.run();
}

void Server::stop() {
  asio::post(parts_->context, [this] { parts_->end(); });
}

}  // namespace kinemyo::serve
