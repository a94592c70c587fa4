#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <nlohmann/json.hpp>
#include <string_view>

#include "kinemyo/report/document.h"

extern "C" {
extern const char kinemyo_report_js[];
extern const char kinemyo_report_js_end[];
extern const char kinemyo_report_css[];
extern const char kinemyo_report_css_end[];
}

namespace kinemyo::report {

namespace {

using nlohmann::json;

std::string base64(std::string_view bytes) {
  static constexpr char kDigits[] =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::uint32_t group = 0;
    const std::size_t count = std::min<std::size_t>(3, bytes.size() - i);
    for (std::size_t k = 0; k < 3; ++k) {
      group = group << 8 | (k < count ? static_cast<unsigned char>(bytes[i + k]) : 0u);
    }
    for (std::size_t k = 0; k < 4; ++k) {
      out += k <= count ? kDigits[(group >> (18 - 6 * k)) & 63] : '=';
    }
  }
  return out;
}

std::string packed(const std::vector<float>& values) {
  static_assert(std::endian::native == std::endian::little);
  std::string bytes(values.size() * sizeof(float), '\0');
  std::memcpy(bytes.data(), values.data(), bytes.size());
  return base64(bytes);
}

json number(double value) { return std::isfinite(value) ? json(value) : json(nullptr); }

json numbers(const std::vector<double>& values) {
  json out = json::array();
  for (const double value : values) out.push_back(number(value));
  return out;
}

json score(const Score& s) {
  return {{"mae", number(s.mae)}, {"rmse", number(s.rmse)}, {"r2", number(s.r2)}, {"r", number(s.r)}};
}

json scores(const std::vector<Score>& all) {
  json out = json::array();
  for (const auto& one : all) out.push_back(score(one));
  return out;
}

json groups(const std::vector<Document::ScoreTable::Group>& all) {
  json out = json::array();
  for (const auto& one : all) out.push_back({{"name", one.name}, {"mae", numbers(one.mae)}});
  return out;
}

json table(const Document::ScoreTable& t) {
  json channels = json::array();
  for (const auto& c : t.channels) {
    channels.push_back({{"name", c.name}, {"group", c.group}, {"scores", scores(c.scores)}});
  }
  return {{"title", t.title},       {"unit", t.unit},
          {"methods", t.methods},   {"channels", channels},
          {"mean", scores(t.mean)}, {"left_out", t.left_out},
          {"subjects", groups(t.subjects)}, {"activities", groups(t.activities)},
          {"people", t.people}};
}

json trial_in(const Document::TrialIn& t) {
  json excluded = json::array();
  for (const auto& [channel, reason] : t.excluded) {
    excluded.push_back({{"channel", channel}, {"reason", reason}});
  }
  json emg_scores = json::array();
  for (const auto& [channel, one] : t.emg_scores) emg_scores.push_back({{"channel", channel}, {"score", number(one)}});
  return {{"key", t.key},           {"subject", t.subject}, {"activity", t.activity},
          {"role", t.role},         {"seconds", number(t.seconds)},
          {"rate_hz", number(t.rate_hz)}, {"markers", t.markers}, {"angles", t.angles},
          {"muscles", t.muscles},   {"filled", t.filled},   {"missing", t.missing},
          {"longest_gap_s", number(t.longest_gap_s)},
          {"excluded", excluded},   {"emg_scores", emg_scores}, {"emg_edge_s", number(t.emg_edge_s)},
          {"history", t.history}};
}

json plot(const Document::TrialPlot& t) {
  json channels = json::array();
  for (const auto& c : t.channels) {
    channels.push_back({{"name", c.name}, {"group", c.group}, {"unit", c.unit},
                        {"truth", packed(c.truth)}, {"predicted", packed(c.predicted)}, {"low", packed(c.low)}, {"high", packed(c.high)}});
  }
  json emg = json::array();
  for (const auto& m : t.emg) {
    emg.push_back({{"name", m.name}, {"unit", m.unit}, {"bin_s", m.bin_s}, {"low", packed(m.low)},
                   {"high", packed(m.high)}, {"envelope", packed(m.envelope)}});
  }
  return {{"key", t.key}, {"start_s", t.start_s}, {"rate_hz", t.rate_hz}, {"frames", t.frames},
          {"channels", channels}, {"emg", emg}};
}

json window(const Document::WorstWindow& w) {
  return {{"key", w.key}, {"name", w.name}, {"unit", w.unit}, {"start_s", w.start_s}, {"rate_hz", w.rate_hz},
          {"rmse", number(w.rmse)}, {"truth", packed(w.truth)}, {"predicted", packed(w.predicted)}};
}

json whole(const Document& d) {
  json worst = json::array();
  for (const auto& one : d.worst) worst.push_back(window(one));
  json model = json::array(), trials = json::array(), epochs = json::array(),
       tables = json::array(), plots = json::array();
  for (const auto& [name, value] : d.model) model.push_back({{"name", name}, {"value", value}});
  for (const auto& one : d.trials_in) trials.push_back(trial_in(one));
  for (const auto& e : d.epochs) {
    epochs.push_back({{"number", e.number}, {"training", number(e.training)},
                      {"validation", number(e.validation)},
                      {"learning_rate", number(e.learning_rate)}, {"best", e.best}});
  }
  for (const auto& one : d.scores) tables.push_back(table(one));
  for (const auto& one : d.plots) plots.push_back(plot(one));
  return {{"title", d.title},       {"version", d.version}, {"headline", d.headline},
          {"split", d.split},       {"synthetic", d.synthetic}, {"cautions", d.cautions},
          {"model", model},         {"recipe", d.recipe},   {"methods_text", d.methods_text},
          {"trials_in", trials},    {"epochs", epochs},     {"scores", tables}, {"plots", plots},
          {"worst", worst}};
}

// Inside a script element only "</" and "<!" can end or hide it; in JSON a "<" may be written \u003c.
std::string for_script_element(std::string text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    if (c == '<') {
      out += "\\u003c";
    } else {
      out += c;
    }
  }
  return out;
}

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      default: out += c;
    }
  }
  return out;
}

}  // namespace

std::string format_html(const Document& document) {
  const std::string_view script(kinemyo_report_js, static_cast<std::size_t>(kinemyo_report_js_end - kinemyo_report_js));
  const std::string_view style(kinemyo_report_css, static_cast<std::size_t>(kinemyo_report_css_end - kinemyo_report_css));
  std::string page;
  page += "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n";
  page += "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>";
  page += escaped(document.title);
  page += "</title>\n<link rel=\"icon\" href=\"data:,\">\n<style>";
  page += style;
  page += "</style>\n</head>\n<body>\n<noscript>This report draws itself with JavaScript, which is switched off here.</noscript>\n";
  page += "<script type=\"application/json\" id=\"kinemyo-document\">";
  page += for_script_element(whole(document).dump(-1, ' ', false, json::error_handler_t::replace));
  page += "</script>\n<script>";
  page += script;
  page += "</script>\n</body>\n</html>\n";
  return page;
}

}  // namespace kinemyo::report
