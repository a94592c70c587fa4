#include "kinemyo/serve/server.h"

#include <algorithm>
#include <chrono>
#include <memory>
#include <mutex>
#include <thread>

#include "cli/commands.h"
#include "cli/model_input.h"
#include "kinemyo/base/text.h"
#include "kinemyo/io/landmark_frames.h"
#include "kinemyo/serve/pages.h"
#include "kinemyo/serve/qr_code.h"

namespace kinemyo::cli {

namespace {

struct Options {
  std::string model, emg;
  std::string listen, certificate, key, token, record, pose;
  std::vector<std::string> hosts;
  int port = 8080;
  std::string replay;
  bool again = false, lines = false;
  int tcp = -1, udp = -1;
  std::string osc, vmc;
};

std::optional<serve::Target> target_of(const std::string& text, const char* option) {
  if (text.empty()) return std::nullopt;
  const auto colon = text.rfind(':');
  const auto port = colon == std::string::npos ? std::nullopt : base::to_integer(std::string_view(text).substr(colon + 1));
  if (!port || *port < 1 || *port > 65535 || colon == 0)
    throw UsageError(std::string(option) + ": expected HOST:PORT, found " + base::quoted(text));
  return serve::Target{text.substr(0, colon), static_cast<std::uint16_t>(*port)};
}

bool is_loopback(const std::string& address) { return address.starts_with("127.") || address == "::1" || address == "localhost"; }

// Pages may be opened by any of these, and the certificate is for them.
std::vector<std::string> hosts_of(const Options& options) {
  auto out = options.hosts;
  if (options.listen == "0.0.0.0" || options.listen == "::") {
    const auto all = serve::network_addresses();
    out.insert(out.end(), all.begin(), all.end());
  } else if (!options.listen.empty()) {
    out.push_back(options.listen);
  }
  return out;
}

serve::ServerOptions settle(const Options& options) {
  serve::ServerOptions out;
  const bool network = !options.listen.empty() && !is_loopback(options.listen);
  out.address = options.listen.empty() || options.listen == "localhost" ? "127.0.0.1" : options.listen;
  out.port = static_cast<std::uint16_t>(options.port);
  out.hosts = hosts_of(options);
  if (options.certificate.empty() != options.key.empty()) throw UsageError("--cert and --key go together");
  if (!options.certificate.empty()) {
    out.certificate = {options.certificate, options.key};
  } else if (network) {
    auto names = out.hosts;
    names.insert(names.end(), {"localhost", "127.0.0.1"});
    out.certificate = serve::own_certificate(serve::data_folder(), names);
  }
  if (network && !options.token.empty() && options.token.size() < 16) throw UsageError("--token: at least 16 characters, where others can reach the server");
  out.token = options.token.empty() ? serve::make_token() : options.token;
  out.pose = options.pose.empty() ? serve::default_pose_folder() : std::filesystem::path(options.pose);
  out.record = options.record;
  if (options.tcp >= 0) out.tcp = static_cast<std::uint16_t>(options.tcp);
  if (options.udp >= 0) out.udp = static_cast<std::uint16_t>(options.udp);
  out.lines_in = options.lines;
  out.osc = target_of(options.osc, "--osc");
  out.vmc = target_of(options.vmc, "--vmc");
  return out;
}

void tell_addresses(const serve::Server& server, const serve::ServerOptions& options) {
  const std::string scheme = options.certificate ? "https://" : "http://";
  const auto address = [&](const std::string& host) {
    const std::string bracketed = host.find(':') == std::string::npos ? host : "[" + host + "]";
    return scheme + bracketed + ":" + std::to_string(server.port()) + "/#token=" + options.token;
  };
  const bool all = options.address == "0.0.0.0" || options.address == "::";
  const std::string first = address(!options.hosts.empty() ? options.hosts.front() : all ? "127.0.0.1" : options.address);
  const bool here = is_loopback(options.address) && std::all_of(options.hosts.begin(), options.hosts.end(), is_loopback);
  say(std::string(here ? "Open this in a browser on this machine (others, a phone say, get in with --listen 0.0.0.0):"
                       : "Open this on the phone or computer with the camera, and wherever you want to look on:") +
      "\n\n  " + first + "\n");
  say(serve::qr_code(first));
  for (std::size_t i = 1; i < options.hosts.size(); ++i) say("  or " + address(options.hosts[i]));
  if (options.certificate) {
    say("The browser will warn of the certificate, which nobody but this program signed; its SHA-256 is\n  " +
        serve::fingerprint(options.certificate->certificate));
  }
  if (server.tcp_port() != 0) say("lines of landmarks by TCP: 127.0.0.1:" + std::to_string(server.tcp_port()));
  if (server.udp_port() != 0) say("landmarks by UDP: 127.0.0.1:" + std::to_string(server.udp_port()));
  if (!options.record.empty()) say("recordings go to " + options.record.string());
}

void tell_statistics(const serve::Statistics& seen) {
  if (seen.pictures == 0) return;
  say(std::to_string(seen.pictures) + " pictures taken, " + std::to_string(seen.lost) + " lost; " + std::to_string(seen.answers) +
      " answers sent, " + std::to_string(seen.skipped) + " skipped for slow viewers");
  if (seen.latency.count() > 0)
    say("from a picture to its answer: median " + fixed(1000 * seen.latency.quantile_s(0.5), 2) + " ms, 99 % within " +
        fixed(1000 * seen.latency.quantile_s(0.99), 2) + " ms, at most " + fixed(1000 * seen.latency.worst_s(), 1) + " ms");
}

void run(const Options& options) {
  std::optional<model::Model> muscles;
  if (!options.emg.empty()) muscles = model::read_model(options.emg);
  const infer::LiveModels models(model::read_model(options.model), std::move(muscles));
  warn_of_gaps(models.body().model(), options.model);
  auto settings = settle(options);
  std::mutex one_line;
  settings.tell = [&one_line](const std::string& line) {
    const std::lock_guard lock(one_line);
    say(line);
  };
  serve::Server server(models, settings);
  if (!options.replay.empty()) {
    const auto trials = io::read_landmark_trials(options.replay);
    if (trials.empty()) throw Error(options.replay + " has no frames");
    for (std::size_t i = 0; i < trials.size() && i < 8; ++i)
      server.replay(trials[i], trials.size() == 1 ? "Replay" : "Replay " + std::to_string(i + 1), options.again);
  }
  if (!serve::Pages(settings.pose).have_pose())
    warn("the pose estimator's files are not in " + settings.pose.string() + " (--pose): the camera's page will not find anybody");
  handle_interrupts();
  tell_addresses(server, settings);
  say("Ctrl-C ends it.");
  std::atomic<bool> done{false};
  std::thread watch([&] {
    while (!done && !interrupted()) std::this_thread::sleep_for(std::chrono::milliseconds(50));
    server.stop();
  });
  try {
    server.run();
  } catch (...) {
    done = true;
    watch.join();
    throw;
  }
  done = true;
  watch.join();
  tell_statistics(server.hub().statistics());
}

}  // namespace

void add_serve(CLI::App& app) {
  auto options = std::make_shared<Options>();
  app.add_option("model", options->model, "a model file of a causal network that takes keypoints (recipe keypoints-live)")->required();
  app.add_option("--emg", options->emg, "a second model for muscles, fed with the first one's angles (recipe emg) or with keypoints");
  app.add_option("--port", options->port, "0: any that is free. Default: 8080")->check(CLI::Range(0, 65535));
  app.add_option("--listen", options->listen,
                 "an address of this machine by which others reach it (0.0.0.0: all): with TLS, because phones give their camera "
                 "to no other page. Default: this machine alone (127.0.0.1), without TLS");
  app.add_option("--host", options->hosts, "a name by which this machine is reached; it may be given several times");
  app.add_option("--cert", options->certificate, "a certificate (PEM), with --key. Default: one of its own, made at the first use");
  app.add_option("--key", options->key, "the certificate's key (PEM)");
  app.add_option("--token", options->token, "the secret that clients have to know. Default: a new one each time");
  app.add_option("--record", options->record, "a folder for recordings, which the pages then offer: landmarks as CSV, and a prepared store");
  app.add_option("--replay", options->replay, "plays a recording of landmarks (CSV, JSON) in real time, as a camera would send it");
  app.add_flag("--again", options->again, "with --replay: over and over");
  app.add_option("--tcp", options->tcp, "a port on this machine alone for lines of landmarks (docs/protocol.md); 0: any")->check(CLI::Range(0, 65535));
  app.add_option("--udp", options->udp, "the same by datagrams")->check(CLI::Range(0, 65535));
  app.add_flag("--stdin", options->lines, "lines of landmarks on stdin, answers on stdout; ends with its input");
  app.add_option("--osc", options->osc, "HOST:PORT that gets angles (deg) and muscles (%) as OSC, a bundle a picture");
  app.add_option("--vmc", options->vmc, "HOST:PORT that gets the body as VMC, for avatars");
  app.add_option("--pose", options->pose, "the folder with the pose estimator's files. Default: where `make install` put them");
  app.footer(
      "Prints an address, and the same as a QR code. Open it with the phone: its page finds the body in the camera's picture and\n"
      "sends landmarks, never pictures; the view shows the body, joint angles (deg) and muscles (%), with their uncertainty.\n"
      "`kinemyo predict M RECORDING.csv --live` gives the same numbers of a recording. Stand still for two seconds at first.\n\n"
      "Example:\n"
      "  kinemyo synth people --subjects 4 --trials 2 --seconds 4\n"
      "  kinemyo prepare people/c3d --out people.h5\n"
      "  kinemyo train people.h5 --recipe keypoints-live --test S4 --epochs 3 --out keypoints.safetensors\n"
      "  kinemyo serve keypoints.safetensors --replay people/video/S4_keypoints.csv");
  app.callback([options] { run(*options); });
}

}  // namespace kinemyo::cli
