#include <algorithm>
#include <cmath>
#include <optional>

#include "kinemyo/base/bytes.h"
#include "kinemyo/base/text.h"
#include "kinemyo/io/c3d.h"
#include "kinemyo/io/c3d_numbers.h"
#include "kinemyo/io/c3d_parameters.h"

namespace kinemyo::io {

namespace {

constexpr std::size_t kBlock = 512;
constexpr std::size_t kMostFramesOfHeader = 65535;
constexpr std::uint16_t kFourCharacterLabels = 12345;
constexpr std::size_t kMostHeaderEvents = 18;

struct Header {
  std::size_t parameter_block = 0;
  std::size_t points = 0;
  std::size_t analogs = 0;  // numbers a frame: channels times samples
  std::size_t first = 0;
  std::size_t last = 0;
  std::uint16_t gap = 0;
  double scale = 0;
  std::size_t data_block = 0;
  std::size_t samples_per_frame = 0;
  double rate_hz = 0;
  std::vector<C3dHeaderEvent> events;
};

C3dProcessor parse_processor(base::ByteCursor& cursor, std::size_t section) {
  cursor.seek(section, "the parameter section");
  cursor.skip(3, "the parameter section");
  const int number = cursor.u8("the processor");
  if (number < 84 || number > 86) {
    cursor.fail(section + 3, "the processor is unknown", "84 (Intel), 85 (DEC) or 86 (MIPS)",
                std::to_string(number));
  }
  return static_cast<C3dProcessor>(number);
}

Header parse_header(base::ByteCursor& cursor, C3dProcessor processor) {
  const auto word = [&](std::string_view what) {
    return c3d::decode_word(processor, cursor.take(2, what).data());
  };
  const auto real = [&](std::string_view what) {
    return c3d::decode_float(processor, cursor.take(4, what).data());
  };
  Header header;
  cursor.seek(0, "the header");
  header.parameter_block = cursor.u8("the header");            // 0x000
  cursor.skip(1, "the key byte");                              // 0x001: 0x50
  header.points = word("the number of points");                // 0x002
  header.analogs = word("the number of analog samples");       // 0x004
  header.first = word("the first frame");                      // 0x006
  header.last = word("the last frame");                        // 0x008
  header.gap = word("the largest gap");                        // 0x00a
  header.scale = static_cast<double>(real("the scale"));       // 0x00c
  header.data_block = word("the block of the data");           // 0x010
  header.samples_per_frame = word("analog samples per frame");  // 0x012
  header.rate_hz = static_cast<double>(real("the frame rate"));  // 0x014
  cursor.seek(0x12a, "the event key");
  const bool four = word("the event key") == kFourCharacterLabels;         // 0x12a
  const std::size_t count = word("the number of events");                  // 0x12c
  if (!four || count > kMostHeaderEvents) return header;
  for (std::size_t i = 0; i < count; ++i) {
    C3dHeaderEvent event;
    cursor.seek(0x130 + 4 * i, "an event");
    event.time_s = real("the time of an event");
    cursor.seek(0x178 + i, "an event");
    event.shown = cursor.u8("the flag of an event") == 0;
    cursor.seek(0x18c + 4 * i, "an event");
    const auto label = cursor.take(4, "the label of an event");
    event.label = base::trim(label.substr(0, label.find('\0')));
    header.events.push_back(std::move(event));
  }
  return header;
}

void add_once(std::vector<std::size_t>& values, std::optional<std::size_t> value) {
  if (value && std::find(values.begin(), values.end(), *value) == values.end()) values.push_back(*value);
}

// TRIAL:ACTUAL_START_FIELD and ACTUAL_END_FIELD: two words, the low one first.
std::optional<std::size_t> field(const std::vector<C3dGroup>& groups, std::string_view name) {
  const auto words = c3d::numbers(groups, "TRIAL", name);
  if (words.empty() || words.size() > 2) return std::nullopt;
  std::size_t out = 0;
  for (std::size_t i = words.size(); i-- > 0;) {
    const double word = words[i] < 0 ? words[i] + 65536 : words[i];
    if (!(word >= 0 && word <= 65535)) return std::nullopt;
    out = out * 65536 + static_cast<std::size_t>(word);
  }
  return out;
}

// What a file says of its layout; where its parts disagree, each list holds several.
struct Claims {
  std::vector<std::size_t> points, analogs, data_blocks, frames;
  std::size_t trial_start = 0, trial_frames = 0;
};

Claims collect_claims(const Header& header, const std::vector<C3dGroup>& groups) {
  Claims out;
  add_once(out.points, header.points);
  add_once(out.points, c3d::count(groups, "POINT", "USED"));
  add_once(out.analogs, header.analogs);
  if (const auto used = c3d::count(groups, "ANALOG", "USED")) {
    add_once(out.analogs, *used * std::max<std::size_t>(header.samples_per_frame, *used == 0 ? 0 : 1));
  }
  if (header.data_block > 0) add_once(out.data_blocks, header.data_block);
  if (const auto block = c3d::count(groups, "POINT", "DATA_START"); block && *block > 0) {
    add_once(out.data_blocks, block);
  }
  const auto start = field(groups, "ACTUAL_START_FIELD");
  const auto end = field(groups, "ACTUAL_END_FIELD");
  if (start && end && *end >= *start && *end > 0) {
    out.trial_start = *start;
    out.trial_frames = *end - *start + 1;
  }
  const auto long_frames = c3d::count(groups, "POINT", "LONG_FRAMES");
  if (header.last >= header.first) add_once(out.frames, header.last - header.first + 1);
  if (const auto frames = c3d::count(groups, "POINT", "FRAMES"); frames && *frames > 0) {
    add_once(out.frames, frames);
  }
  if (long_frames && *long_frames > 0) add_once(out.frames, long_frames);
  if (out.trial_frames > 0) add_once(out.frames, out.trial_frames);
  // Words end at 65535: a header that stands there is full, and where a longer count stands, the
  // short ones are known to be wrong.
  if (header.last == kMostFramesOfHeader && out.frames.size() > 1) out.frames.erase(out.frames.begin());
  if (std::any_of(out.frames.begin(), out.frames.end(),
                  [](std::size_t n) { return n > kMostFramesOfHeader; })) {
    std::erase_if(out.frames, [](std::size_t n) { return n <= kMostFramesOfHeader; });
  }
  return out;
}

struct Layout {
  std::size_t points = 0, analogs = 0, data_start = 0, frames = 0;
  std::size_t bytes_per_frame = 0;
};

std::string numbers_text(const std::vector<std::size_t>& values) {
  std::vector<std::string> out;
  for (const auto value : values) out.push_back(std::to_string(value));
  return base::join(out, " or ");
}

// The size of the file decides between contradicting claims; without its word the file is refused.
Layout choose_layout(const base::ByteCursor& cursor, const Claims& claims, std::size_t number_bytes,
                     std::optional<std::size_t> rotation_start, std::vector<std::string>& notes) {
  if (claims.frames.empty()) {
    cursor.fail(6, "the file does not say how many frames it has", "a last frame at or after the first",
                "neither in the header nor in POINT or TRIAL");
  }
  if (claims.data_blocks.empty()) {
    cursor.fail(0x10, "the file does not say where its data start", "a block above 0", "0");
  }
  const bool certain = claims.points.size() == 1 && claims.analogs.size() == 1 &&
                       claims.data_blocks.size() == 1 && claims.frames.size() == 1;
  std::optional<Layout> chosen;
  for (const auto block : claims.data_blocks) {
    for (const auto points : claims.points) {
      for (const auto analogs : claims.analogs) {
        for (const auto frames : claims.frames) {
          Layout layout{points, analogs, (block - 1) * kBlock, frames, 0};
          layout.bytes_per_frame = (4 * points + analogs) * number_bytes;
          const std::size_t end = rotation_start.value_or(cursor.size());
          const std::size_t room = end > layout.data_start ? end - layout.data_start : 0;
          const bool fits = layout.bytes_per_frame == 0 || frames <= room / layout.bytes_per_frame;
          const bool exact = fits && room - frames * layout.bytes_per_frame < kBlock;
          if (!chosen && (certain || exact)) chosen = layout;
        }
      }
    }
  }
  if (!chosen) {
    cursor.fail(2, "header and parameters disagree, and the size of the file fits neither",
                "one layout",
                numbers_text(claims.points) + " points, " + numbers_text(claims.analogs) +
                    " analog samples, " + numbers_text(claims.frames) + " frames, data at block " +
                    numbers_text(claims.data_blocks));
  }
  if (!certain) {
    notes.push_back("header and parameters disagree about the layout; the size of the file fits " +
                    std::to_string(chosen->points) + " points, " + std::to_string(chosen->analogs) +
                    " analog samples a frame and " + std::to_string(chosen->frames) + " frames");
  }
  return *chosen;
}

void check_room(const base::ByteCursor& cursor, std::size_t start, std::size_t frames,
                std::size_t bytes_per_frame) {
  const std::size_t room = cursor.size() > start ? cursor.size() - start : 0;
  if (bytes_per_frame == 0 || frames <= room / bytes_per_frame) return;
  cursor.fail(cursor.size(), "the file ends before its last frame",
              std::to_string(frames) + " frames of " + std::to_string(bytes_per_frame) +
                  " bytes from byte " + std::to_string(start),
              std::to_string(room / bytes_per_frame) + " whole frames");
}

// Each frame: its points, then samples_per_frame samples of all channels.
void parse_frames(const char* data, const Layout& layout, bool is_unsigned, C3dFile& file) {
  const std::size_t point_numbers = 4 * layout.points;
  const bool real = file.storage == C3dStorage::real;
  const std::size_t width = real ? 4 : 2;
  for (std::size_t f = 0; f < layout.frames; ++f) {
    const char* frame = data + f * layout.bytes_per_frame;
    float* points = file.points.data() + f * point_numbers;
    float* analogs = file.analogs.data() + f * layout.analogs;
    const char* behind = frame + point_numbers * width;
    if (real) {
      c3d::decode_floats(file.processor, frame, point_numbers, points);
      c3d::decode_floats(file.processor, behind, layout.analogs, analogs);
    } else {
      c3d::decode_integers(file.processor, frame, point_numbers, false, points);
      c3d::decode_integers(file.processor, behind, layout.analogs, is_unsigned, analogs);
    }
  }
}

void parse_rotations(const base::ByteCursor& cursor, std::string_view bytes, std::size_t start,
                     C3dFile& file) {
  const std::size_t count = c3d::count(file.groups, "ROTATION", "USED").value_or(0);
  if (count == 0) return;
  file.rotations_per_frame = std::max<std::size_t>(c3d::count(file.groups, "ROTATION", "RATIO").value_or(1), 1);
  // Each rotation: a 4 x 4 matrix by columns, then its reliability; floats always.
  const std::size_t numbers = file.rotations_per_frame * count * 17;
  check_room(cursor, start, file.frames(), numbers * 4);
  file.rotations = base::Matrix<float>(file.frames() * file.rotations_per_frame, count * 17);
  c3d::decode_floats(file.processor, bytes.data() + start, file.frames() * numbers,
                     file.rotations.data());
}

// A frame in 20 minutes to a million a second; beyond is damage.
bool usable_rate(double rate_hz) { return rate_hz >= 1e-3 && rate_hz <= 1e6; }

double choose_rate(const base::ByteCursor& cursor, const Header& header, const C3dFile& file) {
  const double stated = c3d::number(file.groups, "POINT", "RATE").value_or(0);
  const double analog = c3d::number(file.groups, "ANALOG", "RATE").value_or(0);
  const double rotation = c3d::number(file.groups, "ROTATION", "RATE").value_or(0);
  if (usable_rate(stated)) return stated;
  if (usable_rate(header.rate_hz)) return header.rate_hz;
  if (usable_rate(analog) && file.samples_per_frame > 0) {
    return analog / static_cast<double>(file.samples_per_frame);
  }
  if (usable_rate(rotation)) return rotation / static_cast<double>(file.rotations_per_frame);
  cursor.fail(0x14, "the file has no frame rate", "POINT:RATE or the header's rate between 0.001 and 1000000 Hz",
              base::to_text(stated) + " and " + base::to_text(header.rate_hz));
}

}  // namespace

// The first byte is a block number near the beginning, no printable character.
bool looks_like_c3d(std::string_view bytes) {
  return bytes.size() >= 2 && bytes[0] > 1 && bytes[0] < 0x20 && bytes[1] == 0x50;
}

C3dFile parse_c3d(const std::string& path, std::string_view bytes) {
  base::ByteCursor cursor(path, bytes);
  cursor.expect(1, kBlock, "the header");
  if (bytes[1] != 0x50) {
    cursor.fail(1, "not a C3D file: its second byte is another", "80",
                std::to_string(static_cast<unsigned char>(bytes[1])));
  }
  const std::size_t block = static_cast<unsigned char>(bytes[0]);
  if (block < 2) {
    cursor.fail(0, "the parameter section would lie inside the header", "a block from 2",
                std::to_string(block));
  }
  C3dFile file;
  const std::size_t section = (block - 1) * kBlock;
  file.processor = parse_processor(cursor, section);
  const Header header = parse_header(cursor, file.processor);
  cursor.seek(section + 4, "the parameters");
  file.groups = c3d::parse_groups(cursor, file.processor);

  const double scale = c3d::number(file.groups, "POINT", "SCALE").value_or(header.scale);
  file.scale = std::fabs(scale);
  file.storage = scale < 0 ? C3dStorage::real : C3dStorage::integer;
  file.largest_gap = header.gap;
  file.events = header.events;
  const std::size_t number_bytes = file.storage == C3dStorage::real ? 4 : 2;

  std::optional<std::size_t> rotation_start;
  if (const auto start = c3d::count(file.groups, "ROTATION", "DATA_START");
      start && *start > 0 && c3d::count(file.groups, "ROTATION", "USED").value_or(0) > 0) {
    rotation_start = (*start - 1) * kBlock;
  }
  const Claims claims = collect_claims(header, file.groups);
  const Layout layout = choose_layout(cursor, claims, number_bytes, rotation_start, file.notes);
  if (layout.points > 0 && !(std::isfinite(scale) && scale != 0)) {
    cursor.fail(0x0c, "the scale of the points is not usable", "a number that is not 0",
                base::to_text(scale));
  }
  if (!std::isfinite(file.scale) || file.scale == 0) file.scale = 1;
  check_room(cursor, layout.data_start, layout.frames, layout.bytes_per_frame);

  file.samples_per_frame = header.samples_per_frame;
  std::size_t channels = 0;
  if (layout.analogs > 0) {
    const std::size_t used = c3d::count(file.groups, "ANALOG", "USED").value_or(0);
    if (file.samples_per_frame == 0 && used > 0) file.samples_per_frame = layout.analogs / used;
    if (file.samples_per_frame == 0 || layout.analogs % file.samples_per_frame != 0) {
      cursor.fail(0x12, "analog samples do not divide into whole channels",
                  "a divisor of " + std::to_string(layout.analogs) + " analog samples a frame",
                  std::to_string(header.samples_per_frame) + " samples a channel");
    }
    channels = layout.analogs / file.samples_per_frame;
  }
  file.first_frame = claims.trial_frames == layout.frames ? claims.trial_start : header.first;
  file.points = base::Matrix<float>(layout.frames, 4 * layout.points);
  file.analogs = base::Matrix<float>(channels == 0 ? 0 : layout.frames * file.samples_per_frame, channels);
  const bool is_unsigned = base::lower(c3d::text(file.groups, "ANALOG", "FORMAT")) == "unsigned";
  if (layout.bytes_per_frame > 0) parse_frames(bytes.data() + layout.data_start, layout, is_unsigned, file);
  if (rotation_start) parse_rotations(cursor, bytes, *rotation_start, file);
  file.rate_hz = choose_rate(cursor, header, file);

  const std::size_t end = layout.data_start + layout.frames * layout.bytes_per_frame;
  if (!rotation_start && layout.bytes_per_frame > 0 && bytes.size() - end >= kBlock) {
    const std::size_t room = (bytes.size() - end) / layout.bytes_per_frame;
    file.notes.push_back(std::to_string(bytes.size() - end) + " bytes behind the last frame (room for " +
                         std::to_string(room) + " more) are not read");
  }
  return file;
}

namespace {

void require_shapes(const C3dFile& file) {
  require(file.points.columns() % 4 == 0, "C3dFile: points have 4 numbers each");
  require(file.rotations.columns() % 17 == 0, "C3dFile: rotations have 17 numbers each");
  require(file.rate_hz > 0 && std::isfinite(file.rate_hz), "C3dFile: rate_hz is not above 0");
  require(file.scale > 0 && std::isfinite(file.scale), "C3dFile: scale is not above 0");
  require(file.first_frame >= 1, "C3dFile: frames count from 1");
  require(file.analogs.columns() == 0 ||
              file.analogs.rows() == file.frames() * file.samples_per_frame,
          "C3dFile: analogs are not samples_per_frame a frame");
  require(file.rotations.columns() == 0 ||
              file.rotations.rows() == file.frames() * file.rotations_per_frame,
          "C3dFile: rotations are not rotations_per_frame a frame");
}

std::vector<std::int16_t> two_words(std::size_t value) {
  return {static_cast<std::int16_t>(value & 0xffff), static_cast<std::int16_t>(value >> 16)};
}

// What the data are, said in the parameters; data starts are still 0.
std::vector<C3dGroup> stated_groups(const C3dFile& file) {
  auto groups = file.groups;
  const std::size_t last = file.first_frame + file.frames() - 1;
  const double sign = file.storage == C3dStorage::real ? -1.0 : 1.0;
  c3d::set(groups, "POINT", c3d::make_integer("USED", file.point_count()));
  c3d::set(groups, "POINT", c3d::make_integer("FRAMES", file.frames()));
  c3d::set(groups, "POINT", c3d::make_real("SCALE", sign * file.scale));
  c3d::set(groups, "POINT", c3d::make_real("RATE", file.rate_hz));
  c3d::set(groups, "POINT", c3d::make_integer("DATA_START", 0));
  if (last > kMostFramesOfHeader) {
    c3d::set(groups, "POINT", c3d::make_real("LONG_FRAMES", static_cast<double>(file.frames())));
  }
  if (last > kMostFramesOfHeader || c3d::find(groups, "TRIAL", "ACTUAL_START_FIELD") != nullptr) {
    c3d::set(groups, "TRIAL", c3d::make_integers("ACTUAL_START_FIELD", two_words(file.first_frame)));
    c3d::set(groups, "TRIAL", c3d::make_integers("ACTUAL_END_FIELD", two_words(last)));
  }
  c3d::set(groups, "ANALOG", c3d::make_integer("USED", file.channel_count()));
  c3d::set(groups, "ANALOG",
           c3d::make_real("RATE", file.rate_hz * static_cast<double>(file.samples_per_frame)));
  if (file.rotation_count() > 0) {
    c3d::set(groups, "ROTATION", c3d::make_integer("USED", file.rotation_count()));
    c3d::set(groups, "ROTATION", c3d::make_integer("RATIO", file.rotations_per_frame));
    c3d::set(groups, "ROTATION",
             c3d::make_real("RATE", file.rate_hz * static_cast<double>(file.rotations_per_frame)));
    c3d::set(groups, "ROTATION", c3d::make_integer("DATA_START", 0));
  }
  return groups;
}

std::string format_header(const C3dFile& file, std::size_t data_block) {
  std::string out;
  const auto word = [&](std::size_t value) {
    c3d::append_word(file.processor,
                     static_cast<std::uint16_t>(std::min<std::size_t>(value, kMostFramesOfHeader)), out);
  };
  const auto real = [&](double value) { c3d::append_float(file.processor, static_cast<float>(value), out); };
  out += '\x02';                                                        // 0x000
  out += '\x50';                                                        // 0x001
  word(file.point_count());                                             // 0x002
  word(file.channel_count() * file.samples_per_frame);                  // 0x004
  word(file.first_frame);                                               // 0x006
  word(file.first_frame + file.frames() - 1);                           // 0x008
  word(file.largest_gap);                                               // 0x00a
  real(file.storage == C3dStorage::real ? -file.scale : file.scale);    // 0x00c
  word(data_block);                                                     // 0x010
  word(file.samples_per_frame);                                         // 0x012
  real(file.rate_hz);                                                   // 0x014
  out.resize(0x12a, '\0');
  word(kFourCharacterLabels);                                           // 0x12a
  word(file.events.size());                                             // 0x12c
  out.resize(0x130, '\0');
  for (const auto& event : file.events) real(static_cast<double>(event.time_s));  // 0x130
  out.resize(0x178, '\0');
  for (const auto& event : file.events) out += event.shown ? '\0' : '\1';  // 0x178
  out.resize(0x18c, '\0');
  for (const auto& event : file.events) {                               // 0x18c
    std::string label = event.label.substr(0, 4);
    label.resize(4, ' ');
    out += label;
  }
  out.resize(kBlock, '\0');
  return out;
}

void append_numbers(const C3dFile& file, std::span<const float> values, std::string& out) {
  if (file.storage == C3dStorage::real) {
    for (const float value : values) c3d::append_float(file.processor, value, out);
    return;
  }
  for (const float value : values) {
    require(value >= -32768 && value <= 65535, "C3dFile: an integer does not fit 16 bits");
    c3d::append_word(file.processor,
                     static_cast<std::uint16_t>(static_cast<std::int32_t>(value)), out);
  }
}

void fill_block(std::string& out) { out.resize((out.size() + kBlock - 1) / kBlock * kBlock, '\0'); }

}  // namespace

std::string format_c3d(const C3dFile& file) {
  require_shapes(file);
  if (file.frames() == 0) throw Error("a C3D file holds at least one frame");
  if (file.point_count() > 65535 || file.channel_count() * file.samples_per_frame > 65535) {
    throw Error("C3D counts points, and analog samples of a frame, up to 65535; here are " +
                std::to_string(file.point_count()) + " and " +
                std::to_string(file.channel_count() * file.samples_per_frame));
  }
  if (file.events.size() > kMostHeaderEvents) throw Error("a C3D header holds 18 events");

  auto groups = stated_groups(file);
  const std::size_t parameter_bytes = c3d::format_groups(groups, file.processor).size();
  const std::size_t data_block = 2 + parameter_bytes / kBlock;
  const std::size_t number_bytes = file.storage == C3dStorage::real ? 4 : 2;
  const std::size_t samples = file.channel_count() * file.samples_per_frame;
  const std::size_t data_bytes = file.frames() * (file.points.columns() + samples) * number_bytes;
  const std::size_t rotation_block = data_block + (data_bytes + kBlock - 1) / kBlock;
  c3d::set(groups, "POINT", c3d::make_integer("DATA_START", data_block));
  if (file.rotation_count() > 0) {
    if (rotation_block > 65535) throw Error("rotations would start behind C3D's last block of 512 bytes");
    c3d::set(groups, "ROTATION", c3d::make_integer("DATA_START", rotation_block));
  }

  std::string out = format_header(file, data_block);
  out.reserve(rotation_block * kBlock + file.rotations.flat().size() * 4);
  out += c3d::format_groups(groups, file.processor);
  for (std::size_t f = 0; f < file.frames(); ++f) {
    append_numbers(file, file.points.row(f), out);
    if (samples > 0) append_numbers(file, file.analogs.flat().subspan(f * samples, samples), out);
  }
  fill_block(out);
  for (const float value : file.rotations.flat()) c3d::append_float(file.processor, value, out);
  fill_block(out);
  return out;
}

}  // namespace kinemyo::io
