#include "kinemyo/io/xdf.h"

#include <cmath>
#include <map>
#include <optional>
#include <pugixml.hpp>

#include "kinemyo/base/bytes.h"
#include "kinemyo/base/file.h"
#include "kinemyo/base/text.h"

namespace kinemyo::io {

namespace {

using base::ByteCursor;

enum Tag : std::uint16_t { kFileHeader = 1, kStreamHeader, kSamples, kClockOffset, kBoundary, kStreamFooter };

enum class Number { f32, f64, i8, i16, i32, i64, text };

std::optional<Number> number_of(std::string_view word) {
  static const std::map<std::string_view, Number> kWords = {
      {"float32", Number::f32}, {"double64", Number::f64}, {"int8", Number::i8},    {"int16", Number::i16},
      {"int32", Number::i32},   {"int64", Number::i64},    {"string", Number::text}};
  const auto found = kWords.find(word);
  if (found == kWords.end()) return std::nullopt;
  return found->second;
}

std::size_t size_of(Number number) {
  switch (number) {
    case Number::f64:
    case Number::i64: return 8;
    case Number::f32:
    case Number::i32: return 4;
    case Number::i16: return 2;
    default: return 1;
  }
}

double take_number(ByteCursor& bytes, Number number) {
  switch (number) {
    case Number::f32: return static_cast<double>(bytes.f32("a sample"));
    case Number::f64: return bytes.f64("a sample");
    case Number::i8: return bytes.i8("a sample");
    case Number::i16: return bytes.i16("a sample");
    case Number::i32: return bytes.i32("a sample");
    case Number::i64: return static_cast<double>(bytes.i64("a sample"));
    case Number::text: break;
  }
  return 0;
}

// A length of variable width: one byte that says 1, 4 or 8, then the number in so many bytes.
std::uint64_t take_length(ByteCursor& bytes, std::string_view what) {
  const std::size_t at = bytes.offset();
  const auto width = bytes.u8(what);
  switch (width) {
    case 1: return bytes.u8(what);
    case 4: return bytes.u32(what);
    case 8: return bytes.u64(what);
    default: bytes.fail(at, std::string(what) + " has a width that XDF does not know", "1, 4 or 8", std::to_string(width));
  }
}

constexpr std::size_t kMostChannels = 100'000;
// Of seconds; beyond it a stamp is damage.
constexpr double kLongest_s = 1e12;

struct Stream {
  XdfStream out;
  Number number = Number::f32;
  std::size_t channels = 0;
};

class Parser {
 public:
  Parser(std::string_view bytes, const std::string& path) : bytes_(path, bytes), all_(bytes) {}

  XdfFile parse() {
    if (bytes_.take(std::min<std::size_t>(4, bytes_.size()), "the magic") != "XDF:") {
      bytes_.fail(0, "this is no XDF file", "XDF:", base::quoted(all_.substr(0, 4)));
    }
    while (bytes_.remaining() > 0 && take_chunk()) {
    }
    if (order_.empty()) bytes_.fail(bytes_.offset(), "the file has no stream", "a header of a stream", "the end of the file");
    XdfFile out;
    out.notes = std::move(notes_);
    for (const auto id : order_) out.streams.push_back(std::move(streams_.at(id).out));
    return out;
  }

 private:
  // False where the file ends within the chunk.
  bool take_chunk() {
    const std::size_t start = bytes_.offset();
    const auto cut = [&] {
      notes_.push_back("the file ends within a chunk at byte " + std::to_string(start) + ": its last " +
                       std::to_string(all_.size() - start) + " bytes are left out; the recording was interrupted or the file cut");
      return false;
    };
    const auto width = static_cast<unsigned char>(all_[start]);
    if ((width == 1 || width == 4 || width == 8) && bytes_.remaining() < 1u + width) return cut();
    const std::uint64_t length = take_length(bytes_, "the length of a chunk");
    if (length > bytes_.remaining()) return cut();
    if (length < 2) bytes_.fail(start, "a chunk has no room for its tag", "2 bytes or more", std::to_string(length));
    const std::size_t end = bytes_.offset() + length;
    // A cursor of its own keeps a damaged chunk from reading into the next.
    ByteCursor chunk(bytes_.path(), all_.substr(0, end));
    chunk.seek(bytes_.offset(), "a chunk");
    const auto tag = chunk.u16("the tag of a chunk");
    switch (tag) {
      case kFileHeader:
      case kBoundary: chunk.skip(chunk.remaining(), "a chunk"); break;
      case kStreamHeader: take_header(chunk); break;
      case kSamples: take_samples(chunk); break;
      case kClockOffset: take_offset(chunk); break;
      case kStreamFooter: stream(chunk).out.footer = true; chunk.skip(chunk.remaining(), "a footer"); break;
      default: bytes_.fail(start, "a chunk has a tag that XDF does not know", "1 to 6", std::to_string(tag));
    }
    if (chunk.remaining() > 0) {
      chunk.fail(chunk.offset(), "a chunk is longer than its content", "its end", std::to_string(chunk.remaining()) + " bytes more");
    }
    bytes_.seek(end, "a chunk");
    return true;
  }

  Stream& stream(ByteCursor& chunk) {
    const std::size_t at = chunk.offset();
    const auto id = chunk.u32("the number of a stream");
    const auto found = streams_.find(id);
    if (found == streams_.end()) chunk.fail(at, "a stream has no header before it", "the number of a stream", std::to_string(id));
    return found->second;
  }

  void take_header(ByteCursor& chunk) {
    const std::size_t at = chunk.offset();
    const auto id = chunk.u32("the number of a stream");
    if (streams_.contains(id)) chunk.fail(at, "two streams bear one number", "different numbers", std::to_string(id));
    const std::size_t start = chunk.offset();
    const auto text = chunk.take(chunk.remaining(), "the header of a stream");
    pugi::xml_document document;
    const auto result = document.load_buffer(text.data(), text.size());
    const auto info = document.child("info");
    if (!result || !info) {
      chunk.fail(start + static_cast<std::size_t>(std::max<std::ptrdiff_t>(result.offset, 0)),
                 "the header of a stream is no XML", "<info> ... </info>", result ? "no <info>" : result.description());
    }
    Stream out;
    out.out.id = id;
    out.out.name = info.child_value("name");
    out.out.type = info.child_value("type");
    const auto count = base::to_integer(info.child_value("channel_count"));
    if (!count || *count < 0 || *count > static_cast<long long>(kMostChannels)) {
      chunk.fail(start, "channel_count of stream " + base::quoted(out.out.name), "0 to " + std::to_string(kMostChannels),
                 base::quoted(info.child_value("channel_count")));
    }
    out.channels = static_cast<std::size_t>(*count);
    const auto number = number_of(info.child_value("channel_format"));
    if (!number) {
      chunk.fail(start, "channel_format of stream " + base::quoted(out.out.name), "float32, double64, string, int8, int16, int32 or int64",
                 base::quoted(info.child_value("channel_format")));
    }
    out.number = *number;
    out.out.text = *number == Number::text;
    const auto rate = base::to_number(info.child_value("nominal_srate"));
    out.out.nominal_rate_hz = rate && std::isfinite(*rate) && *rate > 1e-6 && *rate <= 1e9 ? *rate : 0;
    for (const auto& one : info.child("desc").child("channels").children("channel")) {
      if (out.out.channels.size() == out.channels) break;
      out.out.channels.push_back({one.child_value("label"), one.child_value("marker"), one.child_value("type"), one.child_value("unit")});
    }
    // A header may promise more channels than the file has bytes.
    described_ += out.channels;
    if (described_ > all_.size()) chunk.fail(start, "the headers promise more channels than the file has bytes", "fewer", std::to_string(described_));
    out.out.channels.resize(out.channels);
    order_.push_back(id);
    streams_.emplace(id, std::move(out));
  }

  void take_samples(ByteCursor& chunk) {
    Stream& to = stream(chunk);
    const std::size_t at = chunk.offset();
    const auto count = take_length(chunk, "the number of samples");
    // A sample has at least the byte that says whether it has a stamp.
    if (count > chunk.remaining()) {
      chunk.fail(at, "a chunk cannot hold so many samples", std::to_string(chunk.remaining()) + " at most", std::to_string(count));
    }
    for (std::uint64_t i = 0; i < count; ++i) take_sample(chunk, to);
  }

  void take_sample(ByteCursor& chunk, Stream& to) {
    const std::size_t at = chunk.offset();
    const auto width = chunk.u8("whether a sample has a stamp");
    if (width == 8) {
      const double stamp = chunk.f64("the stamp of a sample");
      if (!(std::abs(stamp) < kLongest_s)) chunk.fail(at, "the stamp of a sample is no number", "s", base::to_text(stamp));
      to.out.stamps_s.push_back(stamp);
    } else if (width == 0) {
      if (to.out.stamps_s.empty()) chunk.fail(at, "the first sample of stream " + base::quoted(to.out.name) + " has no stamp", "8 bytes", "none");
      to.out.stamps_s.push_back(to.out.stamps_s.back() + (to.out.nominal_rate_hz > 0 ? 1 / to.out.nominal_rate_hz : 0));
      ++to.out.deduced;
    } else {
      chunk.fail(at, "the stamp of a sample has a width that XDF does not know", "0 or 8", std::to_string(width));
    }
    if (to.number == Number::text) {
      for (std::size_t c = 0; c < to.channels; ++c) {
        to.out.texts.emplace_back(chunk.take(take_length(chunk, "the length of a text"), "a text"));
      }
      return;
    }
    chunk.expect(to.channels, size_of(to.number), "a sample");
    for (std::size_t c = 0; c < to.channels; ++c) to.out.values.push_back(take_number(chunk, to.number));
  }

  void take_offset(ByteCursor& chunk) {
    Stream& to = stream(chunk);
    const double time_s = chunk.f64("the time of a clock offset");
    const double value_s = chunk.f64("a clock offset");
    if (std::abs(time_s) < kLongest_s && std::abs(value_s) < kLongest_s) to.out.offsets.push_back({time_s, value_s});
  }

  ByteCursor bytes_;
  std::string_view all_;
  std::map<std::uint32_t, Stream> streams_;
  std::vector<std::uint32_t> order_;
  std::vector<std::string> notes_;
  std::size_t described_ = 0;
};

}  // namespace

bool looks_like_xdf(std::string_view bytes) { return bytes.starts_with("XDF:"); }

XdfFile parse_xdf(std::string_view bytes, const std::string& path) { return Parser(bytes, path).parse(); }

motion::Recording read_xdf(const std::filesystem::path& path, const XdfReadOptions& options) {
  return to_recording(path.string(), parse_xdf(base::read_file(path), path.string()), options);
}

}  // namespace kinemyo::io
