#include <gmock/gmock.h>

#include <cmath>
#include <limits>

#include "kinemyo/report/document.h"

namespace kinemyo::report {
namespace {

using testing::HasSubstr;
using testing::Not;

Document small_document() {
  Document document;
  document.title = "Walk & </title><script>alert(1)</script>";
  document.version = "test";
  Document::TrialPlot plot;
  plot.key = "S1/Walk/1</script>";
  plot.rate_hz = 100;
  plot.frames = 2;
  plot.channels.push_back({"knee_angle_r", "Knee", "deg", {1.0f, NAN}, {1.5f, 2.5f}});
  document.plots.push_back(plot);
  Document::ScoreTable table;
  table.title = "Joint angles";
  table.unit = "deg";
  table.methods = {"network"};
  Score score;
  score.mae = 1.25;
  score.r = std::numeric_limits<double>::quiet_NaN();
  table.channels.push_back({"knee_angle_r", "Knee", {score}});
  table.mean.push_back(score);
  document.scores.push_back(table);
  return document;
}

TEST(FormatHtml, NamesCannotEndTheScriptOrTheTitle) {
  const std::string page = format_html(small_document());
  EXPECT_THAT(page, HasSubstr("<title>Walk &amp; &lt;/title&gt;&lt;script&gt;"));
  EXPECT_THAT(page, HasSubstr("S1/Walk/1\\u003c/script>"));
  EXPECT_THAT(page, Not(HasSubstr("alert(1)</script>\",")));
}

TEST(FormatHtml, LoadsNothingFromElsewhere) {
  const std::string page = format_html(small_document());
  for (const char* way : {"src=\"http", "href=\"http", "url(http", "@import", "fetch(", "XMLHttpRequest"}) {
    EXPECT_THAT(page, Not(HasSubstr(way))) << way;
  }
}

TEST(FormatHtml, TellsTheQualityOfEveryMuscleThatIsUsed) {
  auto document = small_document();
  Document::TrialIn trial;
  trial.key = "S1/Walk/1";
  trial.excluded = {{"Rect", "dead: std 0.0001 V"}};
  trial.emg_scores = {{"Gast", 0.75}, {"Hams", 1}};
  trial.emg_edge_s = 0.0625;
  document.trials_in.push_back(trial);
  const std::string page = format_html(document);
  EXPECT_THAT(page, HasSubstr("\"channel\":\"Gast\",\"score\":0.75"));
  EXPECT_THAT(page, HasSubstr("\"emg_edge_s\":0.0625"));
  EXPECT_THAT(page, HasSubstr("Least EMG quality"));
}

TEST(FormatHtml, MissingNumbersAreNullAndSamplesKeepTheirBits) {
  const std::string page = format_html(small_document());
  EXPECT_THAT(page, HasSubstr("\"mae\":1.25"));
  EXPECT_THAT(page, HasSubstr("\"r\":null"));
  // 1.5f and 2.5f, little endian, base64 as Python's base64.b64encode(struct.pack('<2f', 1.5, 2.5)).
  EXPECT_THAT(page, HasSubstr("\"predicted\":\"AADAPwAAIEA=\""));
}

}  // namespace
}  // namespace kinemyo::report
