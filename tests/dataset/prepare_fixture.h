#pragma once

#include <gmock/gmock.h>

#include <cmath>
#include <functional>
#include <limits>
#include <numbers>
#include <string>
#include <vector>

#include "kinemyo/base/file.h"
#include "kinemyo/base/text.h"
#include "kinemyo/dataset/prepare.h"

namespace kinemyo::dataset {

namespace fs = std::filesystem;

// Files of trials as laboratories export them, and a folder to prepare them in.

inline constexpr double kTurn = 2 * std::numbers::pi;
inline constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();

struct Column {
  std::string name;
  std::function<double(double)> at;  // of time in s
};

// A trial's CSV as laboratories export it; NaN is an empty cell.
inline std::string csv(const std::string& time, double unit, double rate_hz, double start_s, std::size_t rows,
                const std::vector<Column>& columns) {
  std::string out = time;
  for (const auto& column : columns) out += "," + column.name;
  for (std::size_t r = 0; r < rows; ++r) {
    const double t = start_s + static_cast<double>(r) / rate_hz;
    out += "\n" + base::to_text(std::round(t * unit * 1e6) / 1e6);
    for (const auto& column : columns) {
      const double value = column.at(t);
      out += ",";
      if (!std::isnan(value)) out += base::to_text(value);
    }
  }
  return out + "\n";
}

inline std::function<double(double)> constant(double value) {
  return [value](double) { return value; };
}

// A person of three markers who stands along Y, in mm.
inline std::vector<Column> standing(std::function<double(double)> head_x = constant(0)) {
  return {{"Head_Top_X", head_x},          {"Head_Top_Y", constant(1700)},      {"Head_Top_Z", constant(10)},
          {"L.AnkleLateral_X", constant(5)}, {"L.AnkleLateral_Y", constant(80)}, {"L.AnkleLateral_Z", constant(-90)}};
}

class PrepareTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::path(testing::TempDir()) /
              ("kinemyo_prepare_" + std::string(testing::UnitTest::GetInstance()->current_test_info()->name()));
    fs::remove_all(folder_);
    fs::create_directories(folder_ / "data");
    store_ = folder_ / "x.h5";
  }
  void TearDown() override { fs::remove_all(folder_); }

  fs::path put(const std::string& name, const std::string& text) {
    const auto path = folder_ / "data" / name;
    fs::create_directories(path.parent_path());
    base::write_file(path, text);
    return path;
  }
  fs::path put_raw(const std::string& trial, std::vector<Column> columns, double rate_hz = 1000, std::size_t rows = 2000,
                   double start_s = 0, const std::string& activity = "Squat") {
    return put("S1/Activity_Trials/S1_" + activity + "_Trial" + trial + ".csv", csv("Time", 1, rate_hz, start_s, rows, columns));
  }
  PrepareReport run(const PrepareSettings& settings = {}) {
    return prepare(find_trials({folder_ / "data"}).trials, store_, settings, {});
  }
  PreparedTrial only() {
    const Store store(store_);
    return store.read(store.keys().front());
  }
  std::string problem(const PrepareSettings& settings = {}) {
    try {
      run(settings);
    } catch (const Error& error) {
      return error.what();
    }
    return "none";
  }
  bool folder_holds_only_data() const {
    return std::distance(fs::directory_iterator(folder_), fs::directory_iterator()) == 1;
  }
  fs::path folder_, store_;
};

}  // namespace kinemyo::dataset
