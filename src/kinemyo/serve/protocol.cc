#include "kinemyo/serve/protocol.h"

#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>
#include <numbers>

#include "kinemyo/base/text.h"
#include "kinemyo/body/names.h"
#include "kinemyo/io/rows.h"

namespace kinemyo::serve {

namespace {

using nlohmann::json;
using Ordered = nlohmann::ordered_json;  // messages as docs/protocol.md writes them, the type first

constexpr double kDegPerRad = 180.0 / std::numbers::pi;
constexpr double kFarthest_m = 10;  // of a landmark from the hips

std::string found_in(const json* value) {
  if (value == nullptr) return "nothing";
  std::string text = value->dump(-1, ' ', true, json::error_handler_t::replace);
  if (text.size() > 40) text = text.substr(0, 37) + "...";
  return text;
}

// The fields of a message; each error names its field.
class Fields {
 public:
  Fields(const json& object, std::string code) : object_(object), code_(std::move(code)) {}
  std::optional<std::uint64_t> seq;

  const json* find(const char* key) const {
    const auto found = object_.find(key);
    return found == object_.end() ? nullptr : &*found;
  }
  [[noreturn]] void fail(const std::string& place, const std::string& expected, const std::string& found) const {
    throw ProtocolError(code_, place + ": expected " + expected + ", found " + found, seq);
  }
  double number(const char* key) const {
    const json* value = find(key);
    if (value == nullptr || !value->is_number() || !std::isfinite(value->get<double>())) fail(key, "a number", found_in(value));
    return value->get<double>();
  }
  std::uint64_t count(const char* key) const {
    const json* value = find(key);
    if (value == nullptr || !value->is_number_unsigned() || value->get<std::uint64_t>() > (1ull << 53))
      fail(key, "a whole number from 0 to 2^53", found_in(value));
    return value->get<std::uint64_t>();
  }
  bool truth(const char* key, std::optional<bool> otherwise = std::nullopt) const {
    const json* value = find(key);
    if (value == nullptr && otherwise) return *otherwise;
    if (value == nullptr || !value->is_boolean()) fail(key, "true or false", found_in(value));
    return value->get<bool>();
  }
  std::string text(const char* key, std::optional<std::string> otherwise = std::nullopt) const {
    const json* value = find(key);
    if (value == nullptr && otherwise) return *otherwise;
    if (value == nullptr || !value->is_string()) fail(key, "a text", found_in(value));
    return value->get<std::string>();
  }

 private:
  const json& object_;
  std::string code_;
};

std::array<double, 3> point_of(const Fields& fields, const json& value, const std::string& place, double& visibility) {
  visibility = 0;
  if (value.is_null()) return motion::no_landmarks()[0];
  if (!value.is_array() || value.size() < 3 || value.size() > 4) fields.fail(place, "[x, y, z, visibility] or null", found_in(&value));
  double numbers[4] = {0, 0, 0, 1};
  for (std::size_t k = 0; k < value.size(); ++k) {
    if (!value[k].is_number() || !std::isfinite(value[k].get<double>())) fields.fail(place, "numbers", found_in(&value[k]));
    numbers[k] = value[k].get<double>();
    if (k < 3 && std::abs(numbers[k]) > kFarthest_m) fields.fail(place, "metres from the hips, at most 10", base::to_text(numbers[k]));
  }
  if (numbers[3] < 0 || numbers[3] > 1) fields.fail(place, "a visibility from 0 to 1", base::to_text(numbers[3]));
  if (numbers[0] == 0 && numbers[1] == 0 && numbers[2] == 0) return motion::no_landmarks()[0];
  visibility = numbers[3];
  return {numbers[0], numbers[1], numbers[2]};
}

Landmarks parse_landmarks(const json& object) {
  Fields fields(object, "frame");
  Landmarks out;
  out.seq = fields.count("seq");
  fields.seq = out.seq;
  out.token = fields.text("token", "");
  out.name = fields.text("name", "");
  out.frame.time_s = fields.number("t");
  if (std::abs(out.frame.time_s) > 1e10) fields.fail("t", "seconds, at most 1e10", base::to_text(out.frame.time_s));
  if (fields.find("pose_ms") != nullptr) {
    out.pose_ms = fields.number("pose_ms");
    if (*out.pose_ms < 0 || *out.pose_ms > 10000) fields.fail("pose_ms", "a number from 0 to 10000", base::to_text(*out.pose_ms));
  }
  const bool mirrored = fields.truth("mirrored", false);
  const json* world = fields.find("world");
  if (world == nullptr) fields.fail("world", "33 points or null", "nothing");
  if (world->is_null()) return out;
  if (!world->is_array()) fields.fail("world", "33 points or null", found_in(world));
  if (world->size() != motion::kLandmarks)
    throw ProtocolError("frame", "landmarks: expected 33 points, found " + std::to_string(world->size()), out.seq);
  for (std::size_t i = 0; i < motion::kLandmarks; ++i)
    out.frame.points[i] = point_of(fields, (*world)[i], "world[" + std::to_string(i) + "]", out.frame.visibility[i]);
  if (mirrored) out.frame = motion::unmirrored(out.frame);
  return out;
}

Hello parse_hello(const json& object) {
  const Fields fields(object, "hello");
  Hello out;
  const auto version = fields.count("version");
  out.version = static_cast<int>(std::min<std::uint64_t>(version, 1'000'000));
  const auto role = fields.text("role");
  if (role != "camera" && role != "view") fields.fail("role", "camera or view", base::quoted(role));
  out.role = role == "camera" ? Role::camera : Role::view;
  out.token = fields.text("token", "");
  out.name = fields.text("name", "");
  return out;
}

void append(std::string& out, double value) {
  if (!std::isfinite(value)) {
    out += "null";
    return;
  }
  char digits[40];
  const auto end = std::to_chars(digits, digits + sizeof digits, value);
  out.append(digits, end.ptr);
}

// Tenths of a millimetre are enough to be looked at.
void append_place(std::string& out, double metres) {
  char digits[40];
  const auto end = std::to_chars(digits, digits + sizeof digits, std::round(metres * 1e4) / 1e4);
  out.append(digits, end.ptr);
}

void append_text(std::string& out, std::string_view text) {
  out += json(std::string(text)).dump(-1, ' ', false, json::error_handler_t::replace);
}

// All digits of values, so that they compare with files; two behind the point of their doubt.
void append_values(std::string& out, const std::vector<infer::LiveOutput>& outputs, const std::vector<double>& values) {
  out += '[';
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (i > 0) out += ',';
    append(out, shown(outputs[i], values[i]));
  }
  out += ']';
}

void append_deviations(std::string& out, const std::vector<infer::LiveOutput>& outputs, const std::vector<double>& values) {
  out += '[';
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (i > 0) out += ',';
    const double per_unit = outputs[i].unit == "rad" ? kDegPerRad : outputs[i].unit == "V" ? 1000 : 100;
    append(out, std::round(values[i] * per_unit * 100) / 100);
  }
  out += ']';
}

Ordered encode(const std::vector<SessionInfo>& sessions) {
  Ordered out = Ordered::array();
  for (const auto& one : sessions) out.push_back({{"session", one.id}, {"name", one.name}, {"recording", one.recording}, {"silent", one.silent}});
  return out;
}

std::string written(const Ordered& message) { return message.dump(-1, ' ', false, Ordered::error_handler_t::replace); }

std::string side_of(const std::string& name) {
  const auto low = base::lower(name);
  if (low.ends_with("_r") || low.starts_with("right")) return "right";
  if (low.ends_with("_l") || low.starts_with("left")) return "left";
  if (low.ends_with("_r_beta")) return "right";
  return low.ends_with("_l_beta") ? "left" : "middle";
}

const char* name_of(infer::LiveBody::State state) {
  if (state == infer::LiveBody::State::lost) return "lost";
  return state == infer::LiveBody::State::live ? "live" : "calibrating";
}

}  // namespace

ClientMessage parse_message(std::string_view text) {
  const json object = json::parse(text, nullptr, false);
  if (object.is_discarded()) throw ProtocolError("json", "message: expected a JSON object, found " + base::quoted(text));
  if (!object.is_object()) throw ProtocolError("json", "message: expected a JSON object, found " + found_in(&object));
  const auto type = Fields(object, "type").text("type");
  if (type == "landmarks") return parse_landmarks(object);
  if (type == "hello") return parse_hello(object);
  const Fields fields(object, "field");
  if (type == "calibrate") return Calibrate{fields.text("session", "")};
  if (type == "record") return Record{fields.text("session", ""), fields.truth("on")};
  if (type == "ping") return Ping{fields.number("t")};
  throw ProtocolError("type", "type: expected hello, landmarks, calibrate, record or ping, found " + base::quoted(type));
}

double shown(const infer::LiveOutput& output, double value) {
  if (output.unit == "rad") return io::undo_division(value, kDegPerRad);
  return output.unit == "V" ? value * 1000 : output.unit == "1" ? value * 100 : value;
}

std::string_view shown_unit(const infer::LiveOutput& output) {
  if (output.unit == "rad") return "deg";
  return output.unit == "V" ? "mV" : "%";
}

std::string format_frame_head(const FrameInfo& frame, const std::vector<infer::LiveOutput>& outputs) {
  const auto& live = *frame.live;
  std::string out;
  out.reserve(4096);
  out += R"({"type":"frame","session":)";
  append_text(out, frame.session);
  out += ",\"seq\":" + std::to_string(frame.seq) + ",\"t\":";
  append(out, frame.time_s);
  out += std::string(",\"state\":\"") + name_of(live.body().state()) + "\",\"progress\":";
  append_place(out, live.body().progress());
  out += ",\"points\":";
  if (live.body().state() == infer::LiveBody::State::lost) {
    out += "null";
  } else {
    char open = '[';
    for (const auto& point : live.body().points()) {
      out += open;
      open = ',';
      if (!motion::is_seen(point)) {
        out += "null";
        continue;
      }
      for (std::size_t c = 0; c < 3; ++c) {
        out += c == 0 ? '[' : ',';
        append_place(out, point[c]);
      }
      out += ']';
    }
    out += ']';
  }
  out += ",\"values\":";
  append_values(out, outputs, live.values());
  out += ",\"sd\":";
  append_deviations(out, outputs, live.deviations());
  out += ",\"server_us\":" + std::to_string(frame.server_us) + ",\"lost\":" + std::to_string(frame.lost);
  if (frame.pose_ms) {
    out += ",\"pose_ms\":";
    append(out, *frame.pose_ms);
  }
  return out;
}

std::string format_frame_tail(std::uint64_t skipped) { return ",\"skipped\":" + std::to_string(skipped) + "}"; }

std::string format_welcome(const infer::LiveModels& models, std::string_view own_session, const std::vector<SessionInfo>& sessions,
                           bool can_record) {
  Ordered outputs = Ordered::array();
  for (const auto& one : models.outputs()) {
    outputs.push_back({{"name", one.name},
                       {"unit", shown_unit(one)},
                       {"kind", one.is_muscle() ? "muscle" : "angle"},
                       {"side", side_of(one.name)},
                       {"low", std::round(shown(one, one.low))},
                       {"high", std::round(shown(one, one.high))}});
  }
  Ordered message = {{"type", "welcome"},
                  {"version", kProtocolVersion},
                  {"landmarks", body::mediapipe_landmarks()},
                  {"outputs", outputs},
                  {"rate_hz", models.rate_hz()},
                  {"delay_s", models.delay_s()},
                  {"sessions", encode(sessions)},
                  {"can_record", can_record}};
  if (!own_session.empty()) message["session"] = own_session;
  return written(message);
}

std::string format_sessions(const std::vector<SessionInfo>& sessions) { return written({{"type", "sessions"}, {"sessions", encode(sessions)}}); }

std::string format_recording(std::string_view session, bool on, std::string_view file, std::uint64_t frames) {
  return written({{"type", "recording"}, {"session", session}, {"on", on}, {"file", file}, {"frames", frames}});
}

std::string format_calibrated(std::string_view session, double time_s, double stature_m) {
  Ordered message = {{"type", "calibrated"}, {"session", session}, {"t", time_s}, {"stature_m", nullptr}};
  if (stature_m > 0) message["stature_m"] = std::round(stature_m * 1000) / 1000;
  return written(message);
}

std::string format_pong(double client_time_s, double server_time_s) {
  return written({{"type", "pong"}, {"t", client_time_s}, {"server_t", server_time_s}});
}

std::string format_error(std::string_view code, std::string_view message, std::optional<std::uint64_t> seq) {
  Ordered out = {{"type", "error"}, {"code", code}, {"message", message}};
  if (seq) out["seq"] = *seq;
  return written(out);
}

}  // namespace kinemyo::serve
