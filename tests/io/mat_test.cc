#include "kinemyo/io/mat.h"

#include <gmock/gmock.h>
#include <zlib.h>

#include <cmath>
#include <fstream>

#include "damage.h"
#include "kinemyo/base/file.h"
#include "kinemyo/base/random.h"
#include "kinemyo/base/text.h"
#include "kinemyo/io/any.h"
#include "kinemyo/io/hdf5_variables.h"

namespace kinemyo::io {
namespace {

using motion::Quantity;
using testing::HasSubstr;

std::string golden(const std::string& name) { return std::string(KINEMYO_GOLDEN_DIR) + "/io/" + name; }

motion::Recording parse(const std::string& bytes) {
  std::vector<std::string> notes;
  return to_recording("x.mat", "MATLAB 5", parse_mat(bytes, "x.mat", notes));
}

motion::Recording parse_h5(const std::string& bytes) {
  std::vector<std::string> notes;
  return to_recording("x.h5", "HDF5", parse_hdf5(bytes, "x.h5", notes));
}

// What SciPy, h5py and hdf5storage wrote; the values are those that were put in.
TEST(Mat, ValuesAreThoseThatOtherProgramsWrote) {
  std::ifstream lines(golden("mat.txt"));
  std::size_t count = 0;
  for (std::string line; std::getline(lines, line); ++count) {
    const auto fields = base::split(line, '|');
    SCOPED_TRACE(std::string(fields[0]) + " " + std::string(fields[1]));
    const auto got = read_recording(golden(std::string(fields[0])));
    const motion::Series* series = nullptr;
    for (const auto& one : got.series) {
      if (motion::to_string(one.quantity()) == fields[1]) series = &one;
    }
    ASSERT_NE(series, nullptr);
    EXPECT_EQ(base::join(series->names(), ","), fields[2]);
    const double rate_hz = *base::to_number(fields[3]);
    EXPECT_NEAR(series->clock().rate_hz(), rate_hz > 0 ? rate_hz : 100, 1e-9);
    EXPECT_NEAR(series->clock().start_s(), *base::to_number(fields[4]), 1e-12);
    const auto cells = base::split_blank(fields[5]);
    ASSERT_EQ(cells.size(), series->values().flat().size());
    for (std::size_t i = 0; i < cells.size(); ++i) {
      const double expected = *base::to_number(cells[i]);
      if (std::isnan(expected)) {
        EXPECT_TRUE(std::isnan(series->values().flat()[i])) << i;
      } else {
        ASSERT_NEAR(series->values().flat()[i], expected, 1e-12 * std::abs(expected) + 1e-15) << i;
      }
    }
  }
  EXPECT_EQ(count, 25u);
}

TEST(Mat, StampsOfItsOwnAreKept) {
  const auto got = read_recording(golden("mat_three.mat"));
  EXPECT_FALSE(got.series[0].clock().is_uniform());
  EXPECT_DOUBLE_EQ(got.series[0].clock().time_s(4), 0.05);
}

TEST(Mat, EventsOfZooAreTimesOfTheirFrames) {
  const auto got = read_recording(golden("mat_walk.zoo"));
  ASSERT_EQ(got.events.size(), 2u);
  EXPECT_EQ(got.events[0], (motion::Event{"Foot Strike", "Right", 0.02}));
  EXPECT_EQ(got.events[1], (motion::Event{"Foot Off", "Left", 0.04}));
}

TEST(Mat, OnePartOfAFileCanBeChosen) {
  const auto got = read_recording(golden("mat_struct.mat"), {.part = "trial.emg"});
  ASSERT_EQ(got.series.size(), 1u);
  EXPECT_EQ(got.series[0].quantity(), Quantity::emg);
  EXPECT_THAT(refusal_of([](const std::string& bytes) {
                std::vector<std::string> notes;
                return to_recording("x.mat", "MATLAB 5", parse_mat(bytes, "x.mat", notes), {.part = "trial.amg"});
              }, base::read_file(golden("mat_struct.mat"))),
              HasSubstr("x.mat:trial.amg: the file has no such variable; expected trial.markers.LASI (7 x 3), trial.markers.RASI (7 x 3)"));
}

// Elements as MATLAB lays them, by hand: no other program writes its objects.
std::string word(std::uint32_t value) { return {reinterpret_cast<const char*>(&value), 4}; }
std::string element(std::uint32_t type, std::string data) {
  std::string out = word(type) + word(static_cast<std::uint32_t>(data.size())) + data;
  out.resize((out.size() + 7) / 8 * 8);
  return out;
}
std::string flags(std::uint32_t kind) { return element(6, word(kind) + word(0)); }
std::string matrix(std::uint32_t kind, std::uint32_t rows, std::uint32_t columns, const std::string& name, const std::string& content) {
  return element(14, flags(kind) + element(5, word(rows) + word(columns)) + element(1, name) + content);
}
std::string numbers(const std::string& name, std::uint32_t rows, std::uint32_t columns) {
  std::vector<double> values(rows * columns);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<double>(i);
  return matrix(6, rows, columns, name, element(9, {reinterpret_cast<const char*>(values.data()), values.size() * 8}));
}
std::string characters(const std::string& text) { return matrix(4, 1, static_cast<std::uint32_t>(text.size()), "", element(16, text)); }
std::string mat_file(const std::string& elements) {
  std::string head = "MATLAB 5.0 MAT-file";
  head.resize(124, ' ');
  return head + std::string("\x00\x01IM", 4) + elements;
}

// Layout: SciPy's scipy.io.matlab reads it so.
TEST(Mat, ObjectsAreLeftOutAndNamed) {
  const auto content = matrix(13, 6, 1, "", element(6, std::string(24, '\1')));
  const auto table = element(14, flags(17) + element(1, "T") + element(1, "MCOS") + element(1, "table") + content);
  const auto beside = matrix(9, 1, 8, "", element(2, std::string(8, '\0')));
  const auto bytes = mat_file(table + numbers("emg", 20, 2) + matrix(1, 1, 2, "emg_names", characters("TA") + table) + numbers("rate", 1, 1) + beside);
  std::vector<std::string> notes;
  const auto got = parse_mat(bytes, "x.mat", notes);
  ASSERT_EQ(got.size(), 3u);
  EXPECT_EQ(got[0].name, "emg");
  EXPECT_EQ(got[1].texts, (std::vector<std::string>{"TA", ""}));
  EXPECT_THAT(notes, testing::ElementsAre(HasSubstr("T is an object of MATLAB's (table;"), HasSubstr("T is an object of MATLAB's (table;"), HasSubstr("a part without a name")));
  const auto read_back = [](const std::string& file) {
    std::vector<std::string> said;
    return to_recording("x.mat", "MATLAB 5", parse_mat(file, "x.mat", said), {.position_unit = "", .emg_unit = "V", .rate_hz = 100, .part = "emg"});
  };
  const auto sound = mat_file(table + numbers("emg", 20, 2) + beside);
  EXPECT_EQ(read_back(sound).series.at(0).frames(), 20u);
  expect_prefixes_survived(read_back, sound);
  expect_flips_survived(read_back, sound);
}

TEST(Mat, AnEmptyCellKeepsItsPlace) {
  std::vector<std::string> notes;
  const auto got = parse_mat(mat_file(matrix(1, 1, 3, "names", characters("TA") + element(14, "") + characters("GM"))), "x.mat", notes);
  EXPECT_EQ(got.at(0).texts, (std::vector<std::string>{"TA", "", "GM"}));
}

// Of the second trial: its own repetitions, not those of the first. make_mat73_nested.py says what is in them.
TEST(Mat, ArraysOfStructsInArraysOfStructsStayWithTheirTrial) {
  std::vector<std::string> notes;
  const auto got = parse_hdf5(base::read_file(golden("mat73_nested.mat")), "x.mat", notes);
  ASSERT_EQ(got.size(), 2u);
  EXPECT_EQ(got[1].name, "trials(2)");
  const auto names_in = [](const Variable& one) {
    std::vector<std::string> out;
    for (const auto& field : one.fields) out.push_back(field.name);
    return out;
  };
  EXPECT_EQ(names_in(got[0]), (std::vector<std::string>{"fs", "reps", "reps(2)"}));
  EXPECT_EQ(names_in(got[1]), (std::vector<std::string>{"fs", "reps", "reps(2)", "reps(3)"}));
  for (std::size_t t = 0; t < 2; ++t) {
    EXPECT_EQ(got[t].find("fs")->numbers, std::vector<double>{100.0 * static_cast<double>(t + 1)});
    for (std::size_t r = 1; r < got[t].fields.size(); ++r) EXPECT_EQ(got[t].fields[r].find("emg")->numbers.at(0), 10.0 * static_cast<double>(t + 1) + static_cast<double>(r)) << t << " " << r;
  }
}

TEST(Mat, OfSeveralTrialsOneIsChosen) {
  for (const char* name : {"mat_trials.mat", "mat73_trials.mat"}) {
    const auto all = [&](const std::string&) { return read_recording(golden(name)); };
    EXPECT_THAT(refusal_of(all, ""), HasSubstr("trials(2): several trials stand in one file; expected one trial a file, or one of them chosen (--part \"trials(2)\")"));
    const auto first = read_recording(golden(name), {.part = "trials"}), second = read_recording(golden(name), {.part = "trials(2)"});
    EXPECT_EQ(second.series.at(0).names(), (std::vector<std::string>{"TA", "GM"}));
    for (std::size_t f = 0; f < 24; ++f) EXPECT_DOUBLE_EQ(second.series[0].at(f, 1), 2 * first.series.at(0).at(f, 1)) << name;
  }
}

TEST(Mat, AnInflatedBombIsRefused) {
  // 300 MB of zeros in 300 kB, as an array of bytes that its header makes plausible.
  const std::size_t zeros = std::size_t{300} << 20;
  std::string plain;
  const auto word = [&plain](std::uint32_t value) { plain.append(reinterpret_cast<const char*>(&value), 4); };
  for (const std::uint32_t value : {14u, static_cast<std::uint32_t>(zeros + 48), 6u, 8u, 9u, 0u, 5u, 8u, static_cast<std::uint32_t>(zeros), 1u, 0x00010001u, 'x' + 0u, 2u, static_cast<std::uint32_t>(zeros)}) word(value);
  std::string packed(2 << 20, '\0');
  z_stream stream{};
  ASSERT_EQ(deflateInit(&stream, 9), Z_OK);
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  stream.next_in = reinterpret_cast<Bytef*>(plain.data());
  stream.avail_in = static_cast<uInt>(plain.size());
  deflate(&stream, Z_NO_FLUSH);
  std::string block(1 << 20, '\0');
  for (std::size_t done = 0; done < zeros; done += block.size()) {
    stream.next_in = reinterpret_cast<Bytef*>(block.data());
    stream.avail_in = static_cast<uInt>(block.size());
    deflate(&stream, Z_NO_FLUSH);
  }
  ASSERT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  packed.resize(packed.size() - stream.avail_out);
  deflateEnd(&stream);
  std::string file = "MATLAB 5.0 MAT-file";
  file.resize(124, ' ');
  file += std::string("\x00\x01IM", 4);
  const std::uint32_t tag[2] = {15, static_cast<std::uint32_t>(packed.size())};
  file.append(reinterpret_cast<const char*>(tag), 8);
  file += packed;
  EXPECT_THAT(refusal_of(parse, file), HasSubstr("a compressed variable cannot be inflated; expected a whole zlib stream, found more than 50 times the file"));
}

TEST(Mat, MessagesSayWhatIsWrongAndWhere) {
  EXPECT_THAT(refusal_of(parse, "MATLAB 4, perhaps"), HasSubstr("x.mat:byte 0x0: this is no MATLAB 5 file"));
  const auto bytes = base::read_file(golden("mat_named.mat"));
  EXPECT_THAT(refusal_of(parse, bytes.substr(0, bytes.size() - 9)), HasSubstr("an element runs past the end of the file"));
}

TEST(Mat, DamageIsSurvived) {
  for (const char* name : {"mat_packed.mat", "mat_qtm.mat", "mat_walk.zoo", "mat_delsys.mat", "mat_labchart.mat", "mat_three.mat"}) {
    SCOPED_TRACE(name);
    const auto bytes = base::read_file(golden(name));
    expect_prefixes_survived(parse, bytes);
    expect_flips_survived(parse, bytes);
  }
}

// The library of others runs in a child: whatever happens there, here it is an error of the file.
TEST(Hdf5, DamageIsSurvived) {
  base::Random random(5);
  for (const char* name : {"hdf5_named.h5", "mat73_named.mat"}) {
    SCOPED_TRACE(name);
    const auto bytes = base::read_file(golden(name));
    std::size_t refused = 0;
    for (std::size_t n = 0; n < bytes.size(); n += 1024) {
      const auto part = bytes.substr(0, n);
      EXPECT_NE(refusal_of(parse_h5, part), "nothing was thrown") << n;
    }
    for (int i = 0; i < 60; ++i) {
      auto damaged = bytes;
      for (int k = 0; k < 3; ++k) damaged[random.below(damaged.size())] = static_cast<char>(random.below(256));
      refused += refusal_of(parse_h5, damaged) == "nothing was thrown" ? 0 : 1;
    }
    EXPECT_GT(refused, 5u);
  }
}

TEST(Hdf5, FilesThatMeanHarmAreRefusedByName) {
  const auto refusal = [](const std::string& name) { return refusal_of(parse_h5, base::read_file(golden("hostile_" + name + ".h5"))); };
  EXPECT_THAT(refusal("circle"), HasSubstr("x.h5:/a/b/a/b"));
  EXPECT_THAT(refusal("circle"), HasSubstr("groups lie too deeply in each other; expected 24 levels, found more"));
  EXPECT_THAT(refusal("deep"), HasSubstr("groups lie too deeply in each other"));
  EXPECT_THAT(refusal("huge"), HasSubstr("x.h5:/emg: the arrays of the file are larger than a file of its size can fill; expected up to 8426048 more numbers, found 549755813888"));
}

TEST(Hdf5, WhatLiesInOtherFilesIsLeftOut) {
  const auto got = read_recording(golden("hostile_links.h5"));
  EXPECT_EQ(got.series.size(), 1u);
  EXPECT_THAT(got.notes, testing::IsSupersetOf({"/emg lies in other files, and is left out", "/passwords is a link to elsewhere, and left out", "/soft is a link to elsewhere, and left out"}));
}

TEST(Hdf5, MessagesSayWhatIsWrongAndWhere) {
  EXPECT_EQ(refusal_of(parse_h5, base::read_file(golden("hdf5_named.h5")).substr(0, 600)),
            "x.h5:file: HDF5 cannot open it; expected a sound and whole file, found damage, or an end that is missing");
}

}  // namespace
}  // namespace kinemyo::io
