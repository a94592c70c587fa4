#pragma once

#include <gtest/gtest.h>

#include <string>

namespace kinemyo::io {

/// The text with the first `from` made `to`; the test fails where there is none.
inline std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const auto at = text.find(from);
  if (at == text.npos) {
    ADD_FAILURE() << "no " << from << " in the text";
    return text;
  }
  return text.replace(at, from.size(), to);
}

}  // namespace kinemyo::io
