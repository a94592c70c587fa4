#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "kinemyo/base/error.h"
#include "kinemyo/infer/live.h"
#include "kinemyo/motion/landmark_frame.h"

// The live protocol, version 1: docs/protocol.md. Messages are JSON objects; here they become values and text.
namespace kinemyo::serve {

constexpr int kProtocolVersion = 1;
constexpr std::size_t kLargestMessage = 64 * 1024;  ///< bytes, from a client

/// Numbers that WebSocket connections are closed with.
enum CloseCode : int { kGoingAway = 1001, kGarbage = 4400, kWrongToken = 4401, kTooSlow = 4408, kFull = 4429 };

enum class Role { camera, view };

struct Hello {
  int version = 0;
  Role role = Role::view;
  std::string token;
  std::string name;
};
/// A picture's landmarks as the camera itself saw them: what a mirrored picture changed is undone.
struct Landmarks {
  std::uint64_t seq = 0;
  motion::LandmarkFrame frame;
  std::optional<double> pose_ms;  ///< how long the camera's side took to find the pose; passed on
  std::string token, name;        ///< where each message stands alone (UDP)
};
struct Calibrate {
  std::string session;
};
struct Record {
  std::string session;
  bool on = false;
};
struct Ping {
  double time_s = 0;
};
using ClientMessage = std::variant<Hello, Landmarks, Calibrate, Record, Ping>;

/// A client's message that is not what the protocol says. `code` is for programs: json, type, hello, frame, token, version.
class ProtocolError : public Error {
 public:
  ProtocolError(std::string code, const std::string& what, std::optional<std::uint64_t> seq = std::nullopt)
      : Error(what), code_(std::move(code)), seq_(seq) {}
  const std::string& code() const { return code_; }
  const std::optional<std::uint64_t>& seq() const { return seq_; }

 private:
  std::string code_;
  std::optional<std::uint64_t> seq_;
};

/// Throws ProtocolError that names the field, what was expected and what was found; nothing else, whatever the bytes.
ClientMessage parse_message(std::string_view text);

/// What viewers are told of a camera.
struct SessionInfo {
  std::string id;
  std::string name;
  bool recording = false;
  bool silent = false;  ///< nothing came for a second
};

/// A picture's answer, all but `skipped`, which each receiver has its own of: append ,"skipped":0} to it.
struct FrameInfo {
  std::string_view session;
  std::uint64_t seq = 0;
  double time_s = 0;
  const infer::Live* live = nullptr;
  std::int64_t server_us = 0;
  std::uint64_t lost = 0;
  std::optional<double> pose_ms;
};
std::string format_frame_head(const FrameInfo& frame, const std::vector<infer::LiveOutput>& outputs);
std::string format_frame_tail(std::uint64_t skipped);

std::string format_welcome(const infer::LiveModels& models, std::string_view own_session, const std::vector<SessionInfo>& sessions,
                           bool can_record);
std::string format_sessions(const std::vector<SessionInfo>& sessions);
/// `file` is a name without a folder.
std::string format_recording(std::string_view session, bool on, std::string_view file, std::uint64_t frames);
std::string format_calibrated(std::string_view session, double time_s, double stature_m);
std::string format_pong(double client_time_s, double server_time_s);
std::string format_error(std::string_view code, std::string_view message, std::optional<std::uint64_t> seq = std::nullopt);

/// An output's number as clients get it: deg, %, mV; the same digits as `kinemyo predict` writes angles with.
double shown(const infer::LiveOutput& output, double value);
/// deg, % or mV.
std::string_view shown_unit(const infer::LiveOutput& output);

}  // namespace kinemyo::serve
