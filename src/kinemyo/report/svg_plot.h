#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace kinemyo::report {

/// A curve. Missing: a NaN in x or y breaks it. Shape: x and y of equal size, x in rising order.
struct PlotLine {
  std::string name;  ///< for the legend; empty: not in it
  std::vector<double> x;
  std::vector<double> y;
  std::string color;  ///< "#0072b2"; empty: the next of the palette
  double width_px = 1.5;
  double opacity = 1;
  bool dashed = false;
};

/// One bar a category, side by side with those of other PlotBars. Missing: no bar for NaN.
struct PlotBars {
  std::string name;
  std::vector<double> values;
  std::vector<double> spreads;  ///< half the length of a whisker; empty, or one a category
  std::string color;
};

/// One pair of axes: lines, or bars over categories.
struct Panel {
  std::string title;
  std::string x_label;  ///< with the unit: "Time (s)"
  std::string y_label;
  std::vector<PlotLine> lines;
  std::vector<std::string> categories;
  std::vector<PlotBars> bars;
  std::vector<std::pair<double, double>>
      shaded;  ///< stretches of x in light grey: gaps, filter edges
  std::optional<double> x_min, x_max, y_min, y_max;  ///< else from the data, at round numbers
};

/// Panels in rows, on one sheet, for screens and papers. Units: px at 96 to the inch.
struct Figure {
  std::string title;
  std::vector<Panel> panels;
  std::size_t columns = 1;
  double panel_width_px = 720;
  double panel_height_px = 260;
  std::string background = "#ffffff";  ///< empty: transparent
};

/// The colours that lines and bars take in turn; told apart by colour-blind readers.
/// Source: Okabe and Ito 2008, "Color Universal Design".
const std::vector<std::string>& palette();

/// A figure as one SVG document, without scripts, styles or fonts from elsewhere. Lines of more
/// points than the plot has pixels are thinned so that the lowest and the highest point of every
/// pixel column stay. Throws std::invalid_argument where shapes disagree.
std::string format_svg(const Figure& figure);

}  // namespace kinemyo::report
