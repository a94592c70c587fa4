// HTTP and WebSocket (Boost.Beast), plain or through TLS.
#include <sys/socket.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl.hpp>
#include <boost/beast/websocket.hpp>
#include <boost/beast/websocket/ssl.hpp>
#include <algorithm>
#include <array>
#include <chrono>
#include <optional>

#include "kinemyo/serve/connection.h"
#include "kinemyo/serve/outbox.h"

namespace kinemyo::serve {

namespace {

namespace beast = boost::beast;
namespace http = beast::http;
namespace websocket = beast::websocket;
using namespace std::chrono_literals;
using boost::system::error_code;
using tcp = asio::ip::tcp;

constexpr auto kRequest = 10s;   // to ask, or to take an answer
constexpr auto kHandshake = 5s;  // of WebSocket, its opening and its end
constexpr auto kIdle = 20s;      // without a sign of life; pings go out at half of it
constexpr std::size_t kLargestHeader = 16 * 1024;
constexpr const char* kProtocol = "kinemyo.1";

using PlainStream = beast::tcp_stream;
using TlsStream = beast::ssl_stream<beast::tcp_stream>;

// Answers go out at once, and little lies unsent in the system: what is old is skipped here instead.
void tune(tcp::socket& socket) {
  error_code ignored;
  socket.set_option(tcp::no_delay(true), ignored);
  const int unsent = 32 * 1024;
  ::setsockopt(socket.native_handle(), IPPROTO_TCP, TCP_NOTSENT_LOWAT, &unsent, sizeof unsent);
  const int buffer = 128 * 1024;
  ::setsockopt(socket.native_handle(), SOL_SOCKET, SO_SNDBUF, &buffer, sizeof buffer);
}

template <typename Stream>
class WebConnection final : public Peer, public Closable, public std::enable_shared_from_this<WebConnection<Stream>> {
 public:
  WebConnection(Stream&& stream, Service& service) : service_(service), stream_(std::move(stream)), greeting_(stream_->get_executor()) {}

  void start() {
    service_.open.insert(self());
    tune(beast::get_lowest_layer(*stream_).socket());
    if constexpr (std::is_same_v<Stream, TlsStream>) {
      beast::get_lowest_layer(*stream_).expires_after(kRequest);
      stream_->async_handshake(asio::ssl::stream_base::server, [me = self()](error_code problem) {
        if (problem) return me->gone();
        me->read_request();
      });
    } else {
      read_request();
    }
  }

  void send(SharedText message) override {
    if (!outbox_.put(std::move(message))) return close(kTooSlow, "takes no messages");
    write();
  }
  void send_frame(const std::string& session, SharedText head, Instant received) override {
    if (outbox_.put_frame(session, std::move(head), received)) service_.hub.note_skipped(1);
    write();
  }
  void close(int code, const std::string& why) override {
    if (closing_) return;
    closing_ = websocket::close_reason(static_cast<websocket::close_code>(code), why);
    write();
  }
  void forget() override { client_.reset(); }
  void shut() override {
    if (web_) return close(kGoingAway, "the server ends");
    error_code ignored;
    beast::get_lowest_layer(*stream_).socket().close(ignored);
  }

 private:
  using Response = http::response<http::span_body<const char>>;

  std::shared_ptr<WebConnection> self() { return this->shared_from_this(); }

  void gone() {
    client_.reset();
    greeting_.cancel();
    auto me = self();
    service_.open.erase(me);
  }

  void read_request() {
    parser_.emplace();
    parser_->header_limit(kLargestHeader);
    parser_->body_limit(0);
    beast::get_lowest_layer(*stream_).expires_after(kRequest);
    http::async_read(*stream_, buffer_, *parser_, [me = self()](error_code problem, std::size_t) {
      if (problem) return me->end_http(problem);
      me->answer(me->parser_->release());
    });
  }

  void end_http(error_code) {
    error_code ignored;
    beast::get_lowest_layer(*stream_).socket().shutdown(tcp::socket::shutdown_send, ignored);
    gone();
  }

  void answer(http::request<http::empty_body> request) {
    const std::string_view target(request.target().data(), request.target().size());
    const auto path = target.substr(0, target.find('?'));
    if (websocket::is_upgrade(request)) {
      const auto origin = request[http::field::origin];
      const bool ours = origin.empty() || std::find(service_.origins.begin(), service_.origins.end(), origin) != service_.origins.end();
      const auto offered = request[http::field::sec_websocket_protocol];
      if (path != "/live") return respond(request, http::status::not_found, "nothing here\n");
      if (!ours) return respond(request, http::status::forbidden, "this page is not the server's own\n");
      if (!offers(std::string_view(offered.data(), offered.size()))) return respond(request, http::status::bad_request, "the sub-protocol is kinemyo.1\n");
      return upgrade(std::move(request));
    }
    if (request.method() != http::verb::get && request.method() != http::verb::head)
      return respond(request, http::status::method_not_allowed, "only GET\n");
    const auto* page = service_.pages.find(path);
    if (page == nullptr) return respond(request, http::status::not_found, "nothing here\n");
    respond(request, http::status::ok, page->bytes, page->type, page->lasting);
  }

  static bool offers(std::string_view protocols) {
    while (!protocols.empty()) {
      auto one = protocols.substr(0, protocols.find(','));
      protocols.remove_prefix(std::min(protocols.size(), one.size() + 1));
      while (one.starts_with(' ')) one.remove_prefix(1);
      while (one.ends_with(' ')) one.remove_suffix(1);
      if (one == kProtocol) return true;
    }
    return false;
  }

  void respond(const http::request<http::empty_body>& request, http::status status, std::string_view bytes,
               std::string_view type = "text/plain; charset=utf-8", bool lasting = false) {
    auto response = std::make_shared<Response>(status, request.version());
    response->set(http::field::content_type, beast::string_view(type.data(), type.size()));
    response->set("X-Content-Type-Options", "nosniff");
    response->set("Referrer-Policy", "no-referrer");
    response->set("Cross-Origin-Opener-Policy", "same-origin");
    response->set("Cross-Origin-Resource-Policy", "same-origin");
    response->set("Permissions-Policy", "camera=(self), microphone=(), geolocation=()");
    response->set("Content-Security-Policy",
                  "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' blob: data:; "
                  "media-src 'self' blob:; connect-src 'self'" + service_.socket_origins +
                      "; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'");
    response->set(http::field::cache_control, lasting ? "max-age=86400" : "no-cache");
    if (status == http::status::method_not_allowed) response->set(http::field::allow, "GET, HEAD");
    response->keep_alive(request.keep_alive() && status == http::status::ok);
    response->content_length(bytes.size());
    if (request.method() != http::verb::head) response->body() = beast::span<const char>(bytes.data(), bytes.size());
    // Whoever takes megabytes slowly may, as long as he takes something within the time.
    beast::get_lowest_layer(*stream_).expires_after(bytes.size() > 1'000'000 ? 300s : kRequest);
    http::async_write(*stream_, *response, [me = self(), response](error_code problem, std::size_t) {
      if (problem || response->need_eof()) return me->end_http(problem);
      me->read_request();
    });
  }

  void upgrade(http::request<http::empty_body> request) {
    beast::get_lowest_layer(*stream_).expires_never();
    web_.emplace(std::move(*stream_));
    stream_.reset();
    web_->set_option(websocket::stream_base::timeout{kHandshake, kIdle, true});
    web_->set_option(websocket::stream_base::decorator([](websocket::response_type& response) {
      response.set(http::field::sec_websocket_protocol, kProtocol);
    }));
    web_->read_message_max(kLargestMessage);
    web_->auto_fragment(false);
    web_->text(true);
    auto kept = std::make_shared<http::request<http::empty_body>>(std::move(request));
    web_->async_accept(*kept, [me = self(), kept](error_code problem) {
      if (problem) return me->gone();
      me->accepted_ = true;
      me->client_ = me->service_.hub.join(*me);
      me->greeting_.expires_after(me->service_.greeting);
      me->greeting_.async_wait([me](error_code waited) {
        if (!waited && me->client_ && !me->client_->greeted()) me->close(kTooSlow, "no hello came");
      });
      me->read_message();
    });
  }

  void read_message() {
    web_->async_read(buffer_, [me = self()](error_code problem, std::size_t) {
      const auto received = std::chrono::steady_clock::now();
      if (problem) return me->gone();
      const auto bytes = me->buffer_.cdata();
      if (!me->closing_ && me->client_) me->client_->take({static_cast<const char*>(bytes.data()), bytes.size()}, received);
      me->buffer_.consume(me->buffer_.size());
      me->read_message();
    });
  }

  void write() {
    if (writing_ || !accepted_) return;
    if (outbox_.empty()) {
      if (closing_ && !close_sent_) {
        close_sent_ = true;
        web_->async_close(*closing_, [me = self()](error_code) {});
      }
      return;
    }
    if (close_sent_) return;
    writing_ = true;
    outgoing_ = outbox_.next();
    const std::array<asio::const_buffer, 2> parts = {asio::buffer(*outgoing_.body), asio::buffer(outgoing_.tail)};
    web_->async_write(parts, [me = self()](error_code problem, std::size_t) {
      me->writing_ = false;
      if (problem) return;  // the reader sees it too
      me->service_.hub.note_sent(me->outgoing_, std::chrono::steady_clock::now());
      me->write();
    });
  }

  Service& service_;
  std::optional<Stream> stream_;  // HTTP; then web_ has it
  std::optional<websocket::stream<Stream>> web_;
  asio::steady_timer greeting_;
  beast::flat_buffer buffer_;
  std::optional<http::request_parser<http::empty_body>> parser_;
  std::unique_ptr<Hub::Client> client_;
  Outbox outbox_;
  Outgoing outgoing_;
  std::optional<websocket::close_reason> closing_;
  bool writing_ = false, accepted_ = false, close_sent_ = false;
};

}  // namespace

void start_web(tcp::socket socket, Service& service) {
  if (service.tls != nullptr) {
    std::make_shared<WebConnection<TlsStream>>(TlsStream(std::move(socket), *service.tls), service)->start();
  } else {
    std::make_shared<WebConnection<PlainStream>>(PlainStream(std::move(socket)), service)->start();
  }
}

}  // namespace kinemyo::serve
