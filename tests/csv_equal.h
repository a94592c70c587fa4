#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "kinemyo/base/text.h"

namespace kinemyo::testing_csv {

/// Cell by cell: numbers within 1e-9 relative and both whole or both with a point, everything else
/// to the letter.
inline void expect_equal_csv(const std::string& found, const std::string& expected) {
  const auto found_lines = base::split(found, '\n');
  const auto expected_lines = base::split(expected, '\n');
  ASSERT_EQ(found_lines.size(), expected_lines.size());
  for (std::size_t r = 0; r < found_lines.size(); ++r) {
    const auto a = base::split(found_lines[r], ',');
    const auto b = base::split(expected_lines[r], ',');
    ASSERT_EQ(a.size(), b.size()) << "line " << r + 1 << "\n"
                                  << found_lines[r] << "\n"
                                  << expected_lines[r];
    for (std::size_t c = 0; c < a.size(); ++c) {
      if (a[c] == b[c]) continue;
      const auto x = base::to_number(a[c]), y = base::to_number(b[c]);
      ASSERT_TRUE(x && y) << "line " << r + 1 << ", cell " << c + 1 << ": '" << a[c]
                          << "', expected '" << b[c] << "'";
      ASSERT_LE(std::abs(*x - *y), 1e-9 * std::abs(*y))
          << "line " << r + 1 << ", cell " << c + 1 << ": " << a[c] << ", expected " << b[c];
      ASSERT_EQ(a[c].find_first_of(".e") == a[c].npos, b[c].find_first_of(".e") == b[c].npos)
          << a[c] << " " << b[c];
    }
  }
}

}  // namespace kinemyo::testing_csv
