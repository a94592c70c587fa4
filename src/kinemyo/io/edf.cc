#include "kinemyo/io/edf.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "kinemyo/base/bytes.h"
#include "kinemyo/base/text.h"
#include "kinemyo/io/channel_names.h"
#include "kinemyo/io/units.h"

namespace kinemyo::io {

namespace {

using base::ByteCursor;
using motion::Channel;
using motion::Quantity;

struct Signal {
  std::string label, transducer, unit;
  double physical_low = 0, physical_high = 0, digital_low = 0, digital_high = 0;
  std::size_t samples = 0;  // a record
  std::size_t offset = 0;   // bytes in a record
  bool annotations = false;
};

struct Header {
  std::size_t sample_bytes = 2;
  bool discontinuous = false;
  std::size_t records = 0;
  double record_s = 0;
  std::vector<Signal> signals;
  std::size_t data = 0;          // byte
  std::size_t record_bytes = 0;
};

std::string take_text(ByteCursor& bytes, std::size_t width, std::string_view what) {
  auto text = bytes.take(width, what);
  text = text.substr(0, text.find('\0'));
  return std::string(base::trim(text));
}

double take_number(ByteCursor& bytes, std::size_t width, std::string_view what) {
  const std::size_t at = bytes.offset();
  const std::string text = take_text(bytes, width, what);
  const auto number = base::to_number(text);
  if (!number || !std::isfinite(*number)) bytes.fail(at, std::string(what), "a number", base::quoted(text));
  return *number;
}

std::size_t take_count(ByteCursor& bytes, std::size_t width, std::string_view what, double most) {
  const std::size_t at = bytes.offset();
  const double number = take_number(bytes, width, what);
  if (number < 0 || number > most || number != std::floor(number)) {
    bytes.fail(at, std::string(what), "a whole number up to " + base::to_text(most), base::to_text(number));
  }
  return static_cast<std::size_t>(number);
}

Header read_header(ByteCursor& bytes) {
  Header out;
  const std::size_t at = bytes.offset();
  const auto version = bytes.take(8, "the version");
  if (version == "\xff" "BIOSEMI") out.sample_bytes = 3;
  else if (base::trim(version) != "0") bytes.fail(at, "this is neither EDF nor BDF", "version 0 or BIOSEMI", base::quoted(version));
  bytes.skip(80 + 80 + 8 + 8, "the recording's description");
  const std::size_t size_at = bytes.offset();
  out.data = take_count(bytes, 8, "the size of the header", 1e9);
  const std::string kind = take_text(bytes, 44, "the reserved field");
  out.discontinuous = kind.starts_with("EDF+D") || kind.starts_with("BDF+D");
  const double records = take_number(bytes, 8, "the number of records");
  const std::size_t duration_at = bytes.offset();
  out.record_s = take_number(bytes, 8, "the duration of a record");
  const std::size_t count = take_count(bytes, 4, "the number of signals", 9999);
  if (out.data != 256 * (count + 1)) {
    bytes.fail(size_at, "the size of the header does not fit its signals", std::to_string(256 * (count + 1)), std::to_string(out.data));
  }
  bytes.expect(count, 256, "the headers of the signals");
  out.signals.resize(count);
  for (auto& one : out.signals) one.label = take_text(bytes, 16, "a label");
  for (auto& one : out.signals) one.transducer = take_text(bytes, 80, "a transducer");
  for (auto& one : out.signals) one.unit = take_text(bytes, 8, "a unit");
  for (auto& one : out.signals) one.physical_low = take_number(bytes, 8, "a physical minimum");
  for (auto& one : out.signals) one.physical_high = take_number(bytes, 8, "a physical maximum");
  for (auto& one : out.signals) one.digital_low = take_number(bytes, 8, "a digital minimum");
  const std::size_t high_at = bytes.offset();
  for (auto& one : out.signals) one.digital_high = take_number(bytes, 8, "a digital maximum");
  bytes.skip(80 * count, "the filters");
  for (auto& one : out.signals) {
    one.samples = take_count(bytes, 8, "the samples of a record", 1e8);
    one.offset = out.record_bytes;
    out.record_bytes += one.samples * out.sample_bytes;
    one.annotations = one.label == "EDF Annotations" || one.label == "BDF Annotations";
  }
  bytes.skip(32 * count, "the reserved fields");
  bool any = false;
  for (std::size_t i = 0; i < count; ++i) {
    const auto& one = out.signals[i];
    if (one.annotations) continue;
    any = any || one.samples > 0;
    if (!(one.digital_high > one.digital_low) || one.physical_high == one.physical_low) {
      bytes.fail(high_at + 8 * i, "the range of signal " + base::quoted(one.label) + " has no width", "minimum below maximum",
                 base::to_text(one.digital_low) + " to " + base::to_text(one.digital_high));
    }
  }
  if (any && !(out.record_s > 0 && out.record_s < 1e6)) {
    bytes.fail(duration_at, "the duration of a record", "s above 0", base::to_text(out.record_s));
  }
  if (out.record_bytes == 0) bytes.fail(bytes.offset(), "the file has no signals with samples", "samples a record", "none");
  const std::size_t whole = bytes.remaining() / out.record_bytes;
  // -1: the recorder did not come to count them.
  if (records >= 0 && records > static_cast<double>(whole)) {
    bytes.fail(bytes.offset() + whole * out.record_bytes, "the file ends before its last record", base::to_text(records) + " records",
               std::to_string(whole) + " whole ones");
  }
  out.records = records >= 0 ? static_cast<std::size_t>(records) : whole;
  return out;
}

struct Annotation {
  double onset_s = 0;
  std::vector<std::string> texts;
};

// A signal of annotations in one record: onset [21 duration] 20 text 20 text 20 0, again and again.
std::vector<Annotation> parse_annotations(std::string_view bytes, const std::string& path, std::size_t at) {
  std::vector<Annotation> out;
  for (std::size_t from = 0; from < bytes.size();) {
    if (bytes[from] == '\0') {
      ++from;
      continue;
    }
    const std::size_t end = std::min(bytes.find('\0', from), bytes.size());
    const auto parts = base::split(bytes.substr(from, end - from), '\x14');
    const auto onset = base::to_number(parts[0].substr(0, parts[0].find('\x15')));
    if (!onset || !(std::abs(*onset) < 1e10)) {
      throw FormatError(path, Place::byte(at + from), "an annotation has no onset", "s with a sign", base::quoted(parts[0]));
    }
    Annotation one{*onset, {}};
    for (std::size_t i = 1; i < parts.size(); ++i) {
      if (!parts[i].empty()) one.texts.emplace_back(parts[i]);
    }
    out.push_back(std::move(one));
    from = end;
  }
  return out;
}

double digital(std::string_view bytes, std::size_t width) {
  const auto b = [&](std::size_t i) { return static_cast<std::uint32_t>(static_cast<unsigned char>(bytes[i])); };
  if (width == 2) return static_cast<std::int16_t>(b(0) | b(1) << 8);
  return static_cast<std::int32_t>((b(0) | b(1) << 8 | b(2) << 16) << 8) / 256;
}

// Which signals are EMG: those that say so; else volts that EDF's other words (EEG, ECG ...) do not claim.
std::vector<bool> find_edf_emg(const std::vector<const Signal*>& signals) {
  static const char* const kOthers[] = {"eeg", "ecg", "ekg", "eog", "erg", "meg", "mcg", "ep", "resp", "sao2", "status", "pleth"};
  std::vector<AnalogChannel> described;
  for (const auto* one : signals) {
    const std::string low = base::lower(one->label);
    const bool other = std::any_of(std::begin(kOthers), std::end(kOthers), [&](const char* word) {
      const std::string start = word;
      return low.starts_with(start) && (low.size() == start.size() || std::isalnum(static_cast<unsigned char>(low[start.size()])) == 0);
    });
    described.push_back({one->label, one->transducer, other ? "" : one->unit});
  }
  return find_emg(described);
}

}  // namespace

bool looks_like_edf(std::string_view bytes) {
  return bytes.size() >= 256 && (bytes.starts_with("\xff" "BIOSEMI") || bytes.starts_with("0       ")) && bytes[184] >= '0' && bytes[184] <= '9';
}

motion::Recording parse_edf(std::string_view bytes, const std::string& path) {
  ByteCursor cursor(path, bytes);
  const Header header = read_header(cursor);
  motion::Recording out;
  out.source = path;
  out.format = header.sample_bytes == 3 ? "BDF" : "EDF";

  // When each record begins: one behind another, unless its annotations say otherwise.
  std::vector<double> starts_s(header.records);
  for (std::size_t r = 0; r < header.records; ++r) starts_s[r] = static_cast<double>(r) * header.record_s;
  bool told = false;
  for (const auto& signal : header.signals) {
    if (!signal.annotations) continue;
    for (std::size_t r = 0; r < header.records; ++r) {
      const std::size_t at = header.data + r * header.record_bytes + signal.offset;
      const auto list = parse_annotations(bytes.substr(at, signal.samples * header.sample_bytes), path, at);
      for (std::size_t i = 0; i < list.size(); ++i) {
        // The first of a record, in the first signal of annotations, tells the record's own time.
        if (i == 0 && !told) starts_s[r] = list[i].onset_s;
        for (const auto& text : list[i].texts) out.events.push_back({text, "", list[i].onset_s});
      }
      if (!told && list.empty()) {
        throw FormatError(path, Place::byte(at), "record " + std::to_string(r + 1) + " does not say when it begins", "an annotation", "none");
      }
    }
    told = true;
  }
  for (std::size_t r = 1; r < header.records; ++r) {
    if (!(starts_s[r] >= starts_s[r - 1] + 0.999 * header.record_s)) {
      throw FormatError(path, Place::byte(header.data + r * header.record_bytes), "record " + std::to_string(r + 1) + " begins before the one before it ends",
                        base::to_text(starts_s[r - 1] + header.record_s) + " s or later", base::to_text(starts_s[r]) + " s");
    }
  }
  if (header.records == 0) throw FormatError(path, Place::byte(header.data), "the file holds no records", "data", "none");

  std::map<std::size_t, std::vector<const Signal*>> by_rate;
  for (const auto& signal : header.signals) {
    if (!signal.annotations && signal.samples > 0) by_rate[signal.samples].push_back(&signal);
  }
  for (const auto& [samples, signals] : by_rate) {
    const double rate = static_cast<double>(samples) / header.record_s;
    const auto place = [&](std::size_t r) { return static_cast<std::size_t>(std::llround((starts_s[r] - starts_s[0]) * rate)); };
    if (!((starts_s.back() - starts_s[0]) * rate < 1e10) || place(header.records - 1) > 2 * header.records * samples + 100) {
      throw FormatError(path, Place::byte(header.data), "the pauses between records are longer than the records", "one stretch of time",
                        base::to_text(starts_s.back() - starts_s[0]) + " s for " + std::to_string(header.records) + " records");
    }
    const std::size_t frames = place(header.records - 1) + samples;
    if (frames > header.records * samples) {
      out.notes.push_back(std::to_string(frames - header.records * samples) + " samples of each channel at " + base::to_text(rate) +
                          " Hz lie between records and count as missing");
    }
    std::vector<std::string> labels;
    for (const auto* one : signals) labels.push_back(one->label);
    labels = distinct_names(std::move(labels), signals.size(), "signal", out.notes);
    const auto is_emg = find_edf_emg(signals);
    for (const bool emg : {true, false}) {
      std::vector<std::size_t> chosen;
      std::vector<Channel> channels;
      for (std::size_t i = 0; i < signals.size(); ++i) {
        if (is_emg[i] != emg) continue;
        chosen.push_back(i);
        channels.push_back({labels[i], unit_or_as_is(signals[i]->unit).si});
      }
      if (chosen.empty()) continue;
      if (emg) {
        std::vector<std::string> names;
        for (const auto& channel : channels) names.push_back(channel.name);
        out.notes.push_back("taken as EMG (by name, in volts): " + base::join(names));
      }
      base::Matrix<double> values(frames, chosen.size(), std::numeric_limits<double>::quiet_NaN());
      for (std::size_t c = 0; c < chosen.size(); ++c) {
        const Signal& signal = *signals[chosen[c]];
        const double factor = unit_or_as_is(signal.unit).factor;
        const double step = (signal.physical_high - signal.physical_low) / (signal.digital_high - signal.digital_low);
        for (std::size_t r = 0; r < header.records; ++r) {
          const auto block = bytes.substr(header.data + r * header.record_bytes + signal.offset, samples * header.sample_bytes);
          const std::size_t first = place(r);
          for (std::size_t s = 0; s < samples; ++s) {
            const double raw = digital(block.substr(s * header.sample_bytes), header.sample_bytes);
            values(first + s, c) = ((raw - signal.digital_low) * step + signal.physical_low) * factor;
          }
        }
      }
      out.series.emplace_back(emg ? Quantity::emg : Quantity::analog, std::move(channels),
                              motion::Clock::uniform(rate, starts_s[0], frames), std::move(values));
    }
  }
  if (out.series.empty() && out.events.empty()) {
    throw FormatError(path, Place::byte(header.data), "the file holds nothing", "signals with samples, or annotations with texts", "none");
  }
  if (out.series.empty()) out.notes.emplace_back("the file holds annotations alone, and no signals");
  return out;
}

}  // namespace kinemyo::io
