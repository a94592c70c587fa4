#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

namespace kinemyo::io {

/// Builds the bytes of an XDF file chunk by chunk.
class XdfBytes {
 public:
  XdfBytes() { chunk(1, "<?xml version=\"1.0\"?><info><version>1.0</version></info>"); }

  XdfBytes& header(std::uint32_t id, const std::string& name, const std::string& type, std::size_t channels, const std::string& format,
                   double rate_hz, const std::string& channel_xml = "") {
    return chunk(2, raw(id) + "<?xml version=\"1.0\"?><info><name>" + name + "</name><type>" + type + "</type><channel_count>" +
                        std::to_string(channels) + "</channel_count><nominal_srate>" + std::to_string(rate_hz) + "</nominal_srate><channel_format>" +
                        format + "</channel_format><desc><channels>" + channel_xml + "</channels></desc></info>");
  }
  /// Each sample: stamp (NaN: none) and what `values` gives for it, as raw bytes.
  XdfBytes& samples(std::uint32_t id, const std::vector<double>& stamps, const std::vector<std::string>& values) {
    std::string body = raw(id) + '\x04' + raw(static_cast<std::uint32_t>(stamps.size()));
    for (std::size_t i = 0; i < stamps.size(); ++i) {
      body += stamps[i] != stamps[i] ? std::string(1, '\0') : '\x08' + raw(stamps[i]);
      body += values[i];
    }
    return chunk(3, body);
  }
  XdfBytes& offset(std::uint32_t id, double time_s, double value_s) { return chunk(4, raw(id) + raw(time_s) + raw(value_s)); }
  XdfBytes& footer(std::uint32_t id) { return chunk(6, raw(id) + "<info/>"); }
  XdfBytes& chunk(std::uint16_t tag, const std::string& body) {
    bytes_ += '\x04' + raw(static_cast<std::uint32_t>(body.size() + 2)) + raw(tag) + body;
    return *this;
  }
  const std::string& str() const { return bytes_; }

  template <typename T>
  static std::string raw(T value) {
    std::string out(sizeof value, '\0');
    std::memcpy(out.data(), &value, sizeof value);
    return out;
  }
  static std::string text(const std::string& value) { return '\x01' + std::string(1, static_cast<char>(value.size())) + value; }

 private:
  std::string bytes_ = "XDF:";
};

/// A small recording of markers, EMG and events.
inline std::string small_xdf() {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  std::string mocap;
  for (const char* axis : {"PositionX", "PositionY", "PositionZ", "Confidence"}) {
    mocap += std::string("<channel><label>LASI_") + axis + "</label><marker>LASI</marker><type>" + axis + "</type><unit>" +
             (axis[0] == 'P' ? "millimeters" : "normalized") + "</unit></channel>";
  }
  const auto frame = [](float x) {
    return XdfBytes::raw(x) + XdfBytes::raw(x + 1) + XdfBytes::raw(x + 2) + XdfBytes::raw(0.5f);
  };
  return XdfBytes()
      .header(1, "Cameras", "MoCap", 4, "float32", 100, mocap)
      .header(2, "Amplifier", "EMG", 1, "int16", 200, "<channel><label>TA</label><unit>microvolts</unit></channel>")
      .header(3, "Keys", "Markers", 1, "string", 0)
      .header(4, "Nothing", "EEG", 8, "double64", 50)
      .offset(1, 10, 5)
      .samples(1, {10, 10.01, 10.02}, {frame(1000), frame(2000), frame(3000)})
      .samples(2, {15, nan, nan, nan}, {XdfBytes::raw<std::int16_t>(100), XdfBytes::raw<std::int16_t>(-100),
                                        XdfBytes::raw<std::int16_t>(300), XdfBytes::raw<std::int16_t>(0)})
      .samples(3, {15.005}, {XdfBytes::text("go")})
      .footer(1).footer(2).footer(3).footer(4)
      .str();
}

}  // namespace kinemyo::io
