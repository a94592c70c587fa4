#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <functional>
#include <string>

#include "kinemyo/base/error.h"
#include "kinemyo/motion/recording.h"

namespace kinemyo::io {

using ParseRecording = std::function<motion::Recording(const std::string& bytes)>;

/// The message with which `parse` refuses the bytes.
inline std::string refusal_of(const ParseRecording& parse, const std::string& bytes) {
  try {
    (void)parse(bytes);
  } catch (const FormatError& problem) {
    return problem.what();
  }
  return "nothing was thrown";
}

/// Every prefix is refused with an error of ours, or read without more frames than the whole has.
inline void expect_prefixes_survived(const ParseRecording& parse, const std::string& bytes) {
  const auto whole = parse(bytes);
  std::size_t most = 0;
  for (const auto& series : whole.series) most = std::max(most, series.frames());
  std::size_t refused = 0;
  for (std::size_t n = 0; n < bytes.size(); ++n) {
    try {
      const auto part = parse(bytes.substr(0, n));
      for (const auto& series : part.series) EXPECT_LE(series.frames(), most) << n;
    } catch (const Error&) {
      ++refused;
    }
  }
  EXPECT_GT(refused, 0u);
}

/// Every byte, flipped in three ways, is survived.
inline void expect_flips_survived(const ParseRecording& parse, const std::string& bytes) {
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    for (const unsigned char flip : {0x01, 0x80, 0xff}) {
      std::string damaged = bytes;
      damaged[at] = static_cast<char>(damaged[at] ^ flip);
      try {
        for (const auto& series : parse(damaged).series) EXPECT_EQ(series.frames(), series.values().rows()) << at;
      } catch (const Error&) {
      }
    }
  }
}

/// A file of the fuzz corpus: small samples of every format.
inline std::filesystem::path corpus(const std::string& name) { return std::filesystem::path(KINEMYO_SOURCE_DIR) / "fuzz/corpus" / name; }

}  // namespace kinemyo::io
