#include "kinemyo/report/svg_plot.h"
#include "kinemyo/report/ticks.h"

#include <gmock/gmock.h>

#include <cmath>
#include <limits>
#include <sstream>

namespace kinemyo::report {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (auto at = text.find(part); at != text.npos; at = text.find(part, at + 1)) ++found;
  return found;
}

// The numbers of the first path: x, y, x, y ...
std::vector<double> path_points(const std::string& svg) {
  const auto begin = svg.find("<path d=\"") + 9;
  std::string path = svg.substr(begin, svg.find('"', begin) - begin);
  for (char& c : path) {
    if (c == 'M' || c == 'L') c = ' ';
  }
  std::istringstream numbers(path);
  std::vector<double> out;
  for (double v = 0; numbers >> v;) out.push_back(v);
  return out;
}

PlotLine line(std::size_t points) {
  PlotLine out{.name = "raw"};
  for (std::size_t i = 0; i < points; ++i) {
    out.x.push_back(static_cast<double>(i));
    out.y.push_back(std::sin(static_cast<double>(i) * 0.37));
  }
  return out;
}

TEST(NiceTicks, AreRoundAndInside) {
  EXPECT_THAT(nice_ticks(0, 10, 5), ElementsAre(0, 2, 4, 6, 8, 10));
  EXPECT_THAT(nice_ticks(-0.3, 0.31, 3),
              ElementsAre(testing::DoubleNear(-0.2, 1e-12), 0, testing::DoubleNear(0.2, 1e-12)));
  EXPECT_THAT(nice_ticks(1234, 1236, 2), ElementsAre(1234, 1235, 1236));
  EXPECT_THROW(nice_ticks(1, 1, 3), std::invalid_argument);
  EXPECT_THROW(nice_ticks(0, kNan, 3), std::invalid_argument);
}

TEST(TickLabels, HaveTheDigitsThatTellThemApart) {
  EXPECT_THAT(tick_labels({0, 0.5, 1}), ElementsAre("0.0", "0.5", "1.0"));
  EXPECT_THAT(tick_labels({-20, 0, 20}), ElementsAre("\u221220", "0", "20"));
  EXPECT_THAT(tick_labels({0, 2e-7, 4e-7}), ElementsAre("0", "2e-07", "4e-07"));
  EXPECT_THAT(tick_labels({0.01, 0.02}), ElementsAre("0.01", "0.02"));
}

TEST(FormatSvg, IsOneDocumentWithTitleAxesAndLegend) {
  Figure figure{.title = "A & B",
                .panels = {{.title = "EMG", .x_label = "Time (s)", .y_label = "EMG (mV)"}}};
  figure.panels[0].lines = {line(50), {.name = "<envelope>", .x = {0, 49}, .y = {0, 1}}};
  const auto svg = format_svg(figure);
  EXPECT_TRUE(svg.starts_with("<svg xmlns=\"http://www.w3.org/2000/svg\""));
  EXPECT_TRUE(svg.ends_with("</svg>\n"));
  EXPECT_THAT(svg, HasSubstr("<title>A &amp; B</title>"));
  EXPECT_THAT(svg, HasSubstr(">Time (s)</text>"));
  EXPECT_THAT(svg, HasSubstr(">EMG (mV)</text>"));
  EXPECT_THAT(svg, HasSubstr(">&lt;envelope&gt;</text>"));
  EXPECT_EQ(count(svg, "<path "), 2u);
  EXPECT_THAT(svg, Not(HasSubstr("nan")));
  EXPECT_THAT(svg, Not(HasSubstr("inf")));
}

TEST(FormatSvg, DrawsPointsWhereTheyBelong) {
  Panel panel{.x_min = 0, .x_max = 10, .y_min = -1, .y_max = 1};
  panel.lines = {{.x = {0, 5, 10}, .y = {-1, 0, 1}}};
  const auto p = path_points(format_svg({.panels = {panel}}));
  ASSERT_EQ(p.size(), 6u);
  EXPECT_NEAR(p[2], (p[0] + p[4]) / 2, 0.011);
  EXPECT_NEAR(p[3], (p[1] + p[5]) / 2, 0.011);
  EXPECT_LT(p[0], p[4]);
  EXPECT_GT(p[1], p[5]);  // up is less
}

TEST(FormatSvg, BreaksALineWhereNumbersAreMissing) {
  Panel panel;
  panel.lines = {line(40)};
  panel.lines[0].y[20] = kNan;
  const auto svg = format_svg({.panels = {panel}});
  const auto begin = svg.find("<path d=\"") + 9;
  EXPECT_EQ(count(svg.substr(begin, svg.find('"', begin) - begin), "M"), 2u);
}

TEST(FormatSvg, ThinsLongLinesAndKeepsTheirExtremes) {
  Panel panel{.y_min = -2, .y_max = 8};
  panel.lines = {line(200000)};
  panel.lines[0].y[123456] = 7;  // one spike
  panel.lines[0].y[54321] = -1.75;
  const auto svg = format_svg({.panels = {panel}});
  EXPECT_LT(svg.size(), 80000u);
  const auto p = path_points(svg);
  EXPECT_LE(p.size() / 2, 4 * 722u);
  double highest = 1e9, lowest = -1e9;
  for (std::size_t i = 1; i < p.size(); i += 2) {
    highest = std::min(highest, p[i]);
    lowest = std::max(lowest, p[i]);
  }
  // 8.75 units of data between the two, on a scale of 10 units over the plot's height.
  Panel scale{.y_min = -2, .y_max = 8};
  scale.lines = {line(2)};
  scale.lines[0].y = {-2, 8};
  scale.lines[0].name = "raw";
  const auto whole = path_points(format_svg({.panels = {scale}}));
  EXPECT_NEAR((lowest - highest) / (whole[1] - whole[3]), 0.875, 0.001);
}

TEST(FormatSvg, DrawsBarsWithWhiskersAndLeavesMissingOnesOut) {
  Panel panel{.y_label = "RMSE (deg)", .categories = {"hip", "knee"}};
  panel.bars = {{.name = "network", .values = {3, kNan}, .spreads = {1, 1}},
                {.name = "mean", .values = {5, 6}}};
  const auto svg = format_svg({.panels = {panel}});
  EXPECT_EQ(count(svg, "fill=\"" + palette()[0] + "\""), 2u);  // a bar and its legend
  EXPECT_EQ(count(svg, "fill=\"" + palette()[1] + "\""), 3u);
  EXPECT_THAT(svg, HasSubstr(">knee</text>"));
}

TEST(FormatSvg, ShowsAnEmptyPanelAndAConstantOne) {
  Panel constant;
  constant.lines = {{.x = {0, 1}, .y = {5, 5}}};
  Panel missing;
  missing.lines = {{.x = {0, 1}, .y = {kNan, kNan}}};
  const auto svg = format_svg({.panels = {{.title = "empty"}, constant, missing}, .columns = 2});
  EXPECT_THAT(svg, Not(HasSubstr("nan")));
  EXPECT_EQ(count(svg, "<path "), 1u);
}

TEST(FormatSvg, RefusesShapesThatDisagree) {
  Panel lines, bars{.categories = {"a"}};
  lines.lines = {{.name = "x", .x = {1}, .y = {}}};
  bars.bars = {{.values = {1, 2}}};
  EXPECT_THROW(format_svg({.panels = {lines}}), std::invalid_argument);
  EXPECT_THROW(format_svg({.panels = {bars}}), std::invalid_argument);
  EXPECT_THROW(format_svg({.columns = 0}), std::invalid_argument);
}

}  // namespace
}  // namespace kinemyo::report
