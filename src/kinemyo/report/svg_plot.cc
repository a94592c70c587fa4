#include "kinemyo/report/svg_plot.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>

#include "kinemyo/base/error.h"
#include "kinemyo/report/ticks.h"

namespace kinemyo::report {

namespace {

constexpr double kFont = 12;
constexpr double kTitleFont = 13;
constexpr double kLine = 17;  // from one line of text to the next
constexpr double kMargin = 12;
constexpr const char* kInk = "#24292f";
constexpr const char* kFaint = "#57606a";
constexpr const char* kGrid = "#e3e6ea";

std::string number(double v) {
  char buffer[32];
  std::snprintf(buffer, sizeof buffer, "%.2f", v);
  std::string text(buffer);
  text.erase(text.find_last_not_of('0') + 1);
  if (text.back() == '.') text.pop_back();
  return text == "-0" ? "0" : text;
}

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
    }
  }
  return out;
}

// Without a font at hand: letters of a sans-serif are about 0.56 em wide, narrow ones less.
double text_width(std::string_view text, double font = kFont) {
  double em = 0;
  for (const char c : text) {
    if ((static_cast<unsigned char>(c) & 0xc0) == 0x80) continue;
    em += std::string_view("iljtf.,:;|'!()[] ").find(c) != std::string_view::npos ? 0.31
          : std::string_view("mwMW%").find(c) != std::string_view::npos           ? 0.85
                                                                                  : 0.57;
  }
  return em * font;
}

struct Text {
  const char* anchor = "start";
  double size = kFont;
  const char* fill = kInk;
  bool bold = false;
  double turned = 0;  // degrees
};

std::string text_at(double x, double y, std::string_view text, const Text& style) {
  std::string out = "<text x=\"" + number(x) + "\" y=\"" + number(y) + "\" font-size=\"" +
                    number(style.size) + "\" fill=\"" + style.fill + "\" text-anchor=\"" +
                    style.anchor + "\"";
  if (style.bold) out += " font-weight=\"600\"";
  if (style.turned != 0) {
    out +=
        " transform=\"rotate(" + number(style.turned) + " " + number(x) + " " + number(y) + ")\"";
  }
  return out + ">" + escaped(text) + "</text>\n";
}

std::string line_at(double x1, double y1, double x2, double y2, const char* color,
                    double width = 1) {
  return "<line x1=\"" + number(x1) + "\" y1=\"" + number(y1) + "\" x2=\"" + number(x2) +
         "\" y2=\"" + number(y2) + "\" stroke=\"" + color + "\" stroke-width=\"" + number(width) +
         "\"/>\n";
}

std::string box_at(double x, double y, double width, double height, std::string_view color,
                   double opacity = 1) {
  return "<rect x=\"" + number(x) + "\" y=\"" + number(y) + "\" width=\"" + number(width) +
         "\" height=\"" + number(height) + "\" fill=\"" + std::string(color) + "\"" +
         (opacity < 1 ? " fill-opacity=\"" + number(opacity) + "\"" : "") + "/>\n";
}

struct Range {
  double low = std::numeric_limits<double>::infinity();
  double high = -std::numeric_limits<double>::infinity();
  void take(double v) {
    if (!std::isfinite(v)) return;
    low = std::min(low, v);
    high = std::max(high, v);
  }
  // An axis needs a width; nothing to show is 0 to 1.
  void settle(const std::optional<double>& least, const std::optional<double>& most) {
    if (low > high) *this = {0, 1};
    if (least) low = *least;
    if (most) high = *most;
    if (high <= low) {
      const double half = low == 0 ? 1 : std::abs(low) * 0.1;
      if (!least || most) low -= half;
      high += half;
    }
  }
};

// Maps data to pixels.
struct Axis {
  Range range;
  double from_px = 0;
  double to_px = 1;
  double operator()(double v) const {
    return from_px + (v - range.low) / (range.high - range.low) * (to_px - from_px);
  }
};

struct Named {
  std::string name;
  std::string color;
  bool line = true;
  bool dashed = false;
};

std::string color_or(const std::string& color, std::size_t index) {
  return color.empty() ? palette()[index % palette().size()] : color;
}

std::vector<Named> legend_of(const Panel& panel) {
  std::vector<Named> out;
  for (std::size_t i = 0; i < panel.lines.size(); ++i) {
    const auto& one = panel.lines[i];
    if (!one.name.empty()) out.push_back({one.name, color_or(one.color, i), true, one.dashed});
  }
  for (std::size_t i = 0; i < panel.bars.size(); ++i) {
    if (!panel.bars[i].name.empty())
      out.push_back({panel.bars[i].name, color_or(panel.bars[i].color, i), false});
  }
  return out;
}

double legend_width(const Named& one) { return 22 + 6 + text_width(one.name) + 16; }

// The path of a line. Points that share a pixel column become the first, lowest, highest and last
// of them.
std::string path_of(const PlotLine& line, const Axis& x, const Axis& y) {
  std::string path;
  bool pen_down = false;
  struct Point {
    double x, y;
  };
  std::vector<Point> column;
  double column_px = 0;
  const auto draw = [&](const Point& p) {
    path += pen_down ? 'L' : 'M';
    path += number(p.x) + ' ' + number(p.y);
    pen_down = true;
  };
  const auto flush = [&] {
    if (column.size() <= 4) {
      for (const auto& p : column) draw(p);
    } else {
      const auto by_y = [](const Point& a, const Point& b) { return a.y < b.y; };
      const auto [low, high] = std::minmax_element(column.begin(), column.end(), by_y);
      draw(column.front());
      draw(*std::min(low, high));
      draw(*std::max(low, high));
      draw(column.back());
    }
    column.clear();
  };
  for (std::size_t i = 0; i < line.x.size(); ++i) {
    if (!std::isfinite(line.x[i]) || !std::isfinite(line.y[i])) {
      flush();
      pen_down = false;
      continue;
    }
    const Point p{x(line.x[i]), y(line.y[i])};
    if (!column.empty() && std::floor(p.x) != column_px) flush();
    column_px = std::floor(p.x);
    column.push_back(p);
  }
  flush();
  return path;
}

class PanelDrawing {
 public:
  PanelDrawing(const Panel& panel, double left, double top, double width, double height)
      : panel_(panel), left_(left), top_(top), right_(left + width), bottom_(top + height) {
    check();
    place();
  }

  // Room for labels left of the plot.
  double gutter() const { return gutter_; }

  // Panels that stand above each other share a gutter, so that their axes begin on one line.
  std::string draw(std::size_t index, double gutter) {
    x_.from_px = left_ + gutter;
    if (!has_bars()) {
      const double count = std::max(2.0, (x_.to_px - x_.from_px) / 80);
      x_ticks_ = nice_ticks(x_.range.low, x_.range.high, static_cast<std::size_t>(count));
    }
    std::string out = "<g>\n" + header() + shades() + grid();
    const std::string clip = "panel" + std::to_string(index);
    out += "<clipPath id=\"" + clip + "\"><rect x=\"" + number(x_.from_px) + "\" y=\"" +
           number(y_.to_px - 1) + "\" width=\"" + number(x_.to_px - x_.from_px) + "\" height=\"" +
           number(y_.from_px - y_.to_px + 2) + "\"/></clipPath>\n";
    out += "<g clip-path=\"url(#" + clip + ")\">\n" + bars() + lines() + "</g>\n";
    return out + frame() + "</g>\n";
  }

 private:
  void check() const {
    for (const auto& line : panel_.lines) {
      require(line.x.size() == line.y.size(),
              "format_svg: line '" + line.name + "' has x and y of different sizes");
    }
    for (const auto& one : panel_.bars) {
      require(one.values.size() == panel_.categories.size() &&
                  (one.spreads.empty() || one.spreads.size() == one.values.size()),
              "format_svg: bars '" + one.name + "' need one value a category");
    }
  }

  bool has_bars() const { return !panel_.categories.empty(); }

  // Room for title, legend and labels first; what remains is the plot.
  void place() {
    legend_ = legend_of(panel_);
    double legend_px = 0;
    for (const auto& one : legend_) legend_px += legend_width(one);
    const double title_px = text_width(panel_.title, kTitleFont);
    const bool beside = title_px + 24 + legend_px <= right_ - left_;
    header_lines_ = panel_.title.empty() ? 0 : 1;
    legend_first_line_ = beside ? 0 : header_lines_;
    if (!legend_.empty()) {
      // Entries flow from line to line where one does not hold them.
      std::size_t rows = 1;
      double used = beside ? right_ - left_ - legend_px : 0;
      for (const auto& one : legend_) {
        if (used > 0 && used + legend_width(one) > right_ - left_ + 16) {
          ++rows;
          used = 0;
        }
        legend_at_.push_back({used, rows - 1});
        used += legend_width(one);
      }
      header_lines_ = std::max<std::size_t>(header_lines_, legend_first_line_ + rows);
    }

    Range xs, ys;
    for (const auto& line : panel_.lines) {
      for (std::size_t i = 0; i < line.x.size(); ++i) {
        if (!std::isfinite(line.x[i]) || !std::isfinite(line.y[i])) continue;
        xs.take(line.x[i]);
        ys.take(line.y[i]);
      }
    }
    for (const auto& one : panel_.bars) {
      ys.take(0);
      for (std::size_t i = 0; i < one.values.size(); ++i) {
        const double spread =
            one.spreads.empty() || std::isnan(one.spreads[i]) ? 0 : one.spreads[i];
        ys.take(one.values[i] + spread);
        ys.take(one.values[i] - (one.values[i] < 0 ? spread : 0));
      }
    }
    xs.settle(panel_.x_min, panel_.x_max);
    ys.settle(panel_.y_min, panel_.y_max);

    const double plot_top =
        top_ + static_cast<double>(header_lines_) * kLine + (header_lines_ > 0 ? 8 : 4);
    double under = 8 + kLine;
    turned_ = false;
    if (has_bars()) {
      double widest = 0;
      for (const auto& name : panel_.categories) widest = std::max(widest, text_width(name));
      turned_ = widest + 8 > (right_ - left_ - 60) / static_cast<double>(panel_.categories.size());
      if (turned_) under = 14 + widest * 0.64;
    }
    if (!panel_.x_label.empty()) under += kLine;
    y_.from_px = std::max(bottom_ - under, plot_top + 20);
    y_.to_px = plot_top;
    y_ticks_ = ticks_within(ys, panel_.y_min, panel_.y_max, (y_.from_px - y_.to_px) / 42);
    y_.range = ys;
    y_labels_ = tick_labels(y_ticks_);
    double widest = 0;
    for (const auto& label : y_labels_) widest = std::max(widest, text_width(label));
    gutter_ = widest + 10 + (panel_.y_label.empty() ? 0 : kLine + 3);
    x_.to_px = right_ - 4;
    x_.range = xs;
  }

  // Stretches the range to round numbers at the ends that are free.
  static std::vector<double> ticks_within(Range& range, const std::optional<double>& least,
                                          const std::optional<double>& most, double count) {
    const double step = nice_step((range.high - range.low) / std::max(2.0, std::round(count)));
    if (!least) range.low = std::floor(range.low / step + 1e-9) * step;
    if (!most) range.high = std::ceil(range.high / step - 1e-9) * step;
    auto ticks = multiples(range.low, range.high, step);
    return ticks;
  }

  std::string header() const {
    std::string out;
    if (!panel_.title.empty()) {
      out += text_at(left_, top_ + 12, panel_.title, {.size = kTitleFont, .bold = true});
    }
    for (std::size_t i = 0; i < legend_.size(); ++i) {
      const double x = left_ + legend_at_[i].first;
      const double y =
          top_ + 12 + static_cast<double>(legend_first_line_ + legend_at_[i].second) * kLine;
      if (legend_[i].line) {
        out += "<line x1=\"" + number(x) + "\" y1=\"" + number(y - 4) + "\" x2=\"" +
               number(x + 22) + "\" y2=\"" + number(y - 4) + "\" stroke=\"" +
               escaped(legend_[i].color) + "\" stroke-width=\"2.5\"" +
               (legend_[i].dashed ? " stroke-dasharray=\"5 3\"" : "") + "/>\n";
      } else {
        out += box_at(x + 6, y - 10, 12, 12, escaped(legend_[i].color));
      }
      out += text_at(x + 28, y, legend_[i].name, {});
    }
    return out;
  }

  std::string shades() const {
    std::string out;
    for (const auto& [from, to] : panel_.shaded) {
      const double a = std::clamp(x_(from), x_.from_px, x_.to_px);
      const double b = std::clamp(x_(to), x_.from_px, x_.to_px);
      out += box_at(a, y_.to_px, std::max(b - a, 1.0), y_.from_px - y_.to_px, "#8c959f", 0.18);
    }
    return out;
  }

  std::string grid() const {
    std::string out;
    for (std::size_t i = 0; i < y_ticks_.size(); ++i) {
      const double y = y_(y_ticks_[i]);
      out += line_at(x_.from_px, y, x_.to_px, y, kGrid);
      out += text_at(x_.from_px - 7, y + 4, y_labels_[i], {.anchor = "end", .fill = kFaint});
    }
    const auto labels = tick_labels(x_ticks_);
    for (std::size_t i = 0; i < x_ticks_.size(); ++i) {
      const double x = x_(x_ticks_[i]);
      out += line_at(x, y_.from_px, x, y_.from_px + 4, kFaint);
      out +=
          text_at(x, y_.from_px + 4 + kLine - 3, labels[i], {.anchor = "middle", .fill = kFaint});
    }
    return out;
  }

  double slot_px() const {
    return (x_.to_px - x_.from_px) /
           static_cast<double>(std::max<std::size_t>(panel_.categories.size(), 1));
  }

  std::string bars() const {
    std::string out;
    if (panel_.bars.empty()) return out;
    const double each = std::min(slot_px() * 0.76 / static_cast<double>(panel_.bars.size()), 46.0);
    const double group = each * static_cast<double>(panel_.bars.size());
    for (std::size_t b = 0; b < panel_.bars.size(); ++b) {
      const auto& one = panel_.bars[b];
      for (std::size_t c = 0; c < one.values.size(); ++c) {
        if (!std::isfinite(one.values[c])) continue;
        const double x = x_.from_px + (static_cast<double>(c) + 0.5) * slot_px() - group / 2 +
                         static_cast<double>(b) * each;
        const double zero = y_(std::clamp(0.0, y_.range.low, y_.range.high));
        const double y = y_(one.values[c]);
        out += box_at(x + 0.5, std::min(y, zero), each - 1, std::abs(y - zero),
                      escaped(color_or(one.color, b)));
        if (one.spreads.empty() || !std::isfinite(one.spreads[c])) continue;
        const double high = y_(one.values[c] + one.spreads[c]),
                     low = y_(one.values[c] - one.spreads[c]);
        const double middle = x + each / 2;
        out += line_at(middle, low, middle, high, kInk);
        out += line_at(middle - 3, high, middle + 3, high, kInk) +
               line_at(middle - 3, low, middle + 3, low, kInk);
      }
    }
    return out;
  }

  std::string lines() const {
    std::string out;
    for (std::size_t i = 0; i < panel_.lines.size(); ++i) {
      const auto& line = panel_.lines[i];
      const std::string path = path_of(line, x_, y_);
      if (path.empty()) continue;
      out += "<path d=\"" + path + "\" fill=\"none\" stroke=\"" + escaped(color_or(line.color, i)) +
             "\" stroke-width=\"" + number(line.width_px) + "\" stroke-linejoin=\"round\"" +
             (line.opacity < 1 ? " stroke-opacity=\"" + number(line.opacity) + "\"" : "") +
             (line.dashed ? " stroke-dasharray=\"5 3\"" : "") + "/>\n";
    }
    return out;
  }

  std::string frame() const {
    std::string out = line_at(x_.from_px, y_.from_px, x_.to_px, y_.from_px, kFaint);
    if (y_.range.low < 0 && y_.range.high > 0) {
      out += line_at(x_.from_px, y_(0), x_.to_px, y_(0), kFaint, 0.75);
    }
    for (std::size_t c = 0; has_bars() && c < panel_.categories.size(); ++c) {
      const double x = x_.from_px + (static_cast<double>(c) + 0.5) * slot_px();
      out += turned_ ? text_at(x + 5, y_.from_px + 14, panel_.categories[c],
                               {.anchor = "end", .fill = kInk, .turned = -40})
                     : text_at(x, y_.from_px + kLine, panel_.categories[c], {.anchor = "middle"});
    }
    if (!panel_.x_label.empty()) {
      out +=
          text_at((x_.from_px + x_.to_px) / 2, bottom_ - 4, panel_.x_label, {.anchor = "middle"});
    }
    if (!panel_.y_label.empty()) {
      out += text_at(left_ + kFont - 2, (y_.from_px + y_.to_px) / 2, panel_.y_label,
                     {.anchor = "middle", .turned = -90});
    }
    return out;
  }

  const Panel& panel_;
  double left_, top_, right_, bottom_;
  double gutter_ = 0;
  Axis x_, y_;
  std::vector<double> x_ticks_, y_ticks_;
  std::vector<std::string> y_labels_;
  std::vector<Named> legend_;
  std::vector<std::pair<double, std::size_t>> legend_at_;  // px from the left, line
  std::size_t legend_first_line_ = 0;
  std::size_t header_lines_ = 0;
  bool turned_ = false;
};

}  // namespace

const std::vector<std::string>& palette() {
  static const std::vector<std::string> colors = {"#0072b2", "#d55e00", "#009e73", "#cc79a7",
                                                  "#e69f00", "#56b4e9", "#4d4d4d"};
  return colors;
}

std::string format_svg(const Figure& figure) {
  require(figure.columns > 0, "format_svg: a figure needs a column");
  const std::size_t rows = (figure.panels.size() + figure.columns - 1) / figure.columns;
  const double gap = 22;
  const double head = figure.title.empty() ? 0 : 26;
  const auto across =
      static_cast<double>(std::min(figure.columns, std::max<std::size_t>(figure.panels.size(), 1)));
  const auto down = static_cast<double>(rows);
  const double width = 2 * kMargin + across * figure.panel_width_px + (across - 1) * gap;
  const double height =
      2 * kMargin + head + down * figure.panel_height_px + std::max(down - 1, 0.0) * gap;
  std::string out =
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"" + number(width) + "\" height=\"" +
      number(height) + "\" viewBox=\"0 0 " + number(width) + " " + number(height) +
      "\" role=\"img\" font-family=\"Helvetica, Arial, 'Liberation Sans', sans-serif\">\n";
  if (!figure.title.empty()) out += "<title>" + escaped(figure.title) + "</title>\n";
  if (!figure.background.empty()) out += box_at(0, 0, width, height, escaped(figure.background));
  if (!figure.title.empty()) {
    out += text_at(kMargin, kMargin + 13, figure.title, {.size = 15, .bold = true});
  }
  std::vector<PanelDrawing> drawings;
  std::vector<double> gutters(figure.columns, 0.0);
  for (std::size_t i = 0; i < figure.panels.size(); ++i) {
    const std::size_t row = i / figure.columns, column = i % figure.columns;
    const double left = kMargin + static_cast<double>(column) * (figure.panel_width_px + gap);
    const double top = kMargin + head + static_cast<double>(row) * (figure.panel_height_px + gap);
    drawings.emplace_back(figure.panels[i], left, top, figure.panel_width_px,
                          figure.panel_height_px);
    gutters[column] = std::max(gutters[column], drawings.back().gutter());
  }
  for (std::size_t i = 0; i < drawings.size(); ++i) {
    out += drawings[i].draw(i, gutters[i % figure.columns]);
  }
  return out + "</svg>\n";
}

}  // namespace kinemyo::report
