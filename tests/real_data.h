#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>

namespace kinemyo::testing_data {

/// The folder of real recordings: $KINEMYO_DATA, or build/data of the checkout where `make test` unpacks them.
/// Nothing where it is absent or lacks `part`.
inline std::optional<std::filesystem::path> real_data(const std::string& part) {
  namespace fs = std::filesystem;
  const char* named = std::getenv("KINEMYO_DATA");
  const fs::path root = named != nullptr ? fs::path(named) : fs::path(KINEMYO_SOURCE_DIR) / "build/data";
  if (!fs::exists(root / part)) return std::nullopt;
  return root / part;
}

}  // namespace kinemyo::testing_data

/// Skips the test, by name, where the recordings are absent; else `folder` is the path.
#define KINEMYO_REAL_DATA(folder, part)                                                        \
  const auto folder##_found = kinemyo::testing_data::real_data(part);                           \
  if (!folder##_found) GTEST_SKIP() << "real recordings '" << (part) << "' are not at $KINEMYO_DATA"; \
  const std::filesystem::path folder = *folder##_found
