#include "cli/frame_lines.h"

#include <limits>
#include <numbers>

#include "kinemyo/base/text.h"
#include "kinemyo/dataset/prepare_axes.h"
#include "kinemyo/features/channels.h"
#include "kinemyo/features/features.h"
#include "kinemyo/io/coordinate_names.h"
#include "kinemyo/io/csv.h"
#include "kinemyo/io/trial_csv.h"

namespace kinemyo::cli {

namespace {

constexpr const char* kSource = "<stdin>";
constexpr std::size_t kNone = static_cast<std::size_t>(-1);
constexpr double kDegPerRad = 180.0 / std::numbers::pi;
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

bool is_time(std::string_view name) {
  const auto word = base::lower(base::trim(name));
  return word == "time" || word == "timestamp" || word.starts_with("time ") ||
         word.starts_with("timestamp ");
}

motion::Series one_frame(motion::Quantity quantity, std::vector<motion::Channel> channels) {
  const std::size_t columns = channels.size() * motion::components(quantity);
  return {quantity, std::move(channels), motion::Clock::uniform(1, 0, 1),
          base::Matrix<double>(1, columns, kNan)};
}

}  // namespace

FrameLines::FrameLines(std::string_view header, const model::InputSpec& spec,
                       double units_per_metre, motion::UpAxis up)
    : spec_(spec), up_(up), time_column_(kNone) {
  const auto table = io::parse_csv(std::string(header) + "\n", kSource);
  for (const auto& column : table.columns) names_.push_back(column.name);
  targets_.resize(names_.size());

  std::vector<motion::Channel> markers;
  for (const auto& marker : io::find_markers(table)) {
    std::size_t component = 0;
    for (const auto column : {marker.x, marker.y, marker.z}) {
      targets_[column] = {0, 3 * markers.size() + component++, units_per_metre, true, true};
    }
    markers.push_back({marker.name, "m"});
  }
  std::vector<motion::Channel> scalars;
  for (std::size_t c = 0; c < names_.size(); ++c) {
    if (targets_[c].used) continue;
    if (time_column_ == kNone && is_time(names_[c])) {
      time_column_ = c;
      time_name_ = names_[c];
      continue;
    }
    const bool angle = io::is_coordinate_name(names_[c]) && !io::is_translation_name(names_[c]);
    const bool wanted = angle || features::find_scalar(spec.scalars, names_[c]).has_value();
    targets_[c] = {1, scalars.size(), angle ? kDegPerRad : 1.0, true, wanted};
    scalars.push_back({names_[c], angle ? "rad" : ""});
  }
  frame_.source = kSource;
  frame_.series.push_back(one_frame(motion::Quantity::position, std::move(markers)));
  frame_.series.push_back(one_frame(motion::Quantity::coordinate, std::move(scalars)));
  features::raw_frames(frame_, spec_);  // says now what is missing
}

std::span<const double> FrameLines::parse(std::string_view line, std::size_t number) {
  const auto cells = base::split(line, ',');
  if (cells.size() != targets_.size()) {
    throw FormatError(kSource, Place::line(number), "a frame",
                      std::to_string(targets_.size()) + " cells, as in the header",
                      std::to_string(cells.size()));
  }
  for (std::size_t c = 0; c < cells.size(); ++c) {
    if (c == time_column_) {
      time_ = base::trim(cells[c]);
      continue;
    }
    double value = kNan;
    if (!io::is_missing_word(base::trim(cells[c]))) {
      const auto read = base::to_number(cells[c]);
      if (!read && targets_[c].numbers) {
        throw FormatError(kSource, Place::line_column(number, c + 1), names_[c], "a number",
                          base::quoted(cells[c]));
      }
      value = read ? *read / targets_[c].divisor : kNan;
    }
    frame_.series[targets_[c].series].values()(0, targets_[c].column) = value;
  }
  auto& markers = frame_.series.front();
  for (std::size_t m = 0; m < markers.channels().size(); ++m) {
    if (markers.at(0, m, 0) != 0 || markers.at(0, m, 1) != 0 || markers.at(0, m, 2) != 0) continue;
    for (std::size_t k = 0; k < 3; ++k) markers.at(0, m, k) = kNan;
  }
  if (up_ == motion::UpAxis::unknown) {
    up_ = dataset::recognise_up(markers);
    if (up_ == motion::UpAxis::unknown) up_ = motion::UpAxis::y;
  }
  dataset::turn_y_up(markers, up_);
  raw_ = features::raw_frames(frame_, spec_);
  return raw_.row(0);
}

}  // namespace kinemyo::cli
