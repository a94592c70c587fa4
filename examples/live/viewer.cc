// A viewer of `kinemyo serve M --tcp PORT` (docs/protocol.md) in C++ without any library: prints one angle of every person.
//   c++ -std=c++20 viewer.cc -o viewer && ./viewer PORT TOKEN knee_angle_r
#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

namespace {

// What stands behind "key": in a line of JSON, up to the comma or bracket that ends it; for the server's own flat fields.
std::string_view field(std::string_view line, const std::string& key) {
  const auto at = line.find("\"" + key + "\":");
  if (at == std::string_view::npos) return {};
  const auto begin = at + key.size() + 3;
  if (line[begin] == '[') return line.substr(begin + 1, line.find(']', begin) - begin - 1);
  return line.substr(begin, line.find_first_of(",}", begin) - begin);
}

// The n-th of numbers parted by commas.
std::string_view nth(std::string_view list, std::size_t n) {
  for (; n > 0; --n) {
    const auto comma = list.find(',');
    if (comma == std::string_view::npos) return {};
    list.remove_prefix(comma + 1);
  }
  return list.substr(0, list.find(','));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fprintf(stderr, "usage: viewer PORT TOKEN OUTPUT\n");
    return 2;
  }
  const int server = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(static_cast<std::uint16_t>(std::atoi(argv[1])));
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(server, reinterpret_cast<sockaddr*>(&to), sizeof to) != 0) {
    std::perror("connect");
    return 1;
  }
  const std::string hello = std::string(R"({"type":"hello","version":1,"role":"view","token":")") + argv[2] + "\"}\n";
  if (::write(server, hello.data(), hello.size()) < 0) return 1;

  std::string text;
  std::size_t wanted = static_cast<std::size_t>(-1);
  char bytes[65536];
  for (ssize_t got = 0; (got = ::read(server, bytes, sizeof bytes)) > 0;) {
    text.append(bytes, static_cast<std::size_t>(got));
    for (std::size_t end = 0; (end = text.find('\n')) != std::string::npos; text.erase(0, end + 1)) {
      const std::string_view line(text.data(), end);
      const auto type = field(line, "type");
      if (type == "\"error\"") std::fprintf(stderr, "%.*s\n", static_cast<int>(line.size()), line.data());
      if (line.find("\"type\":\"welcome\"") != std::string_view::npos) {
        // Outputs are named in the order of the values.
        std::size_t index = 0;
        for (auto at = line.find("{\"name\":"); at != std::string_view::npos; at = line.find("{\"name\":", at + 1), ++index) {
          const auto name = field(line.substr(at), "name");
          if (name == "\"" + std::string(argv[3]) + "\"") wanted = index;
        }
        if (wanted == static_cast<std::size_t>(-1)) {
          std::fprintf(stderr, "the server gives no %s\n", argv[3]);
          return 1;
        }
      }
      if (type != "\"frame\"") continue;
      const auto session = field(line, "session"), value = nth(field(line, "values"), wanted), t = field(line, "t");
      std::printf("%.*s %.*s s: %s %.*s\n", static_cast<int>(session.size()), session.data(), static_cast<int>(t.size()), t.data(), argv[3],
                  static_cast<int>(value.size()), value.data());
      std::fflush(stdout);
    }
  }
  ::close(server);
  return 0;
}
