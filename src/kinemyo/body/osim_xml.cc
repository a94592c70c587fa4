#include "kinemyo/body/osim_xml.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "kinemyo/base/error.h"
#include "kinemyo/base/text.h"

namespace kinemyo::body {

namespace {

constexpr std::size_t kMaxBytes = std::size_t{256} << 20;
constexpr std::size_t kMaxNumbers = 10000;  ///< in one element
const std::set<std::string_view> kFunctions = {
    "Constant", "LinearFunction", "PolynomialFunction", "SimmSpline", "PiecewiseLinearFunction", "MultiplierFunction",
    "natCubicSpline", "NaturalCubicSpline", "GCVSpline", "Sine", "StepFunction", "PiecewiseConstantFunction",
    "MultivariatePolynomialFunction"};

std::vector<std::string> split_words(std::string_view text) {
  std::vector<std::string> out;
  std::size_t at = 0;
  while (at < text.size()) {
    const auto begin = text.find_first_not_of(" \t\r\n", at);
    if (begin == std::string_view::npos) break;
    at = std::min(text.find_first_of(" \t\r\n", begin), text.size());
    out.emplace_back(text.substr(begin, at - begin));
  }
  return out;
}

std::size_t line_of(std::string_view text, std::size_t offset) {
  const auto end = text.begin() + static_cast<std::ptrdiff_t>(std::min(offset, text.size()));
  return 1 + static_cast<std::size_t>(std::count(text.begin(), end, '\n'));
}

}  // namespace

OsimDocument::OsimDocument(std::string_view text, std::string path) : path_(std::move(path)), text_(text) {
  if (text.size() > kMaxBytes) {
    throw FormatError(path_, Place::byte(kMaxBytes), "file is too large", "at most 256 MB", std::to_string(text.size()) + " bytes");
  }
  const auto parsed = xml_.load_buffer(text.data(), text.size(), pugi::parse_default, pugi::encoding_utf8);
  if (!parsed) {
    const auto at = parsed.offset < 0 ? 0 : static_cast<std::size_t>(parsed.offset);
    throw FormatError(path_, Place::line(line_of(text_, at)), "not well-formed XML", "an OpenSim model", parsed.description());
  }
  const auto document = xml_.child("OpenSimDocument");
  if (!document) {
    const auto first = xml_.first_child();
    throw FormatError(path_, Place::line(1), "not an OpenSim document", "<OpenSimDocument>", "<" + std::string(first.name()) + ">");
  }
  model_ = document.child("Model");
  if (!model_) {
    fail(document, "document holds no model", "<Model>", "<" + std::string(document.first_child().name()) + ">");
  }
  defaults_ = model_.child("defaults");
  if (!defaults_) defaults_ = document.child("defaults");
}

void OsimDocument::fail(pugi::xml_node at, std::string what, std::string expected, std::string found) const {
  const auto offset = at.offset_debug();
  throw FormatError(path_, Place::line(line_of(text_, offset < 0 ? 0 : static_cast<std::size_t>(offset))), std::move(what),
                    std::move(expected), std::move(found));
}

pugi::xml_node OsimDocument::property(pugi::xml_node node, const char* name) const {
  if (const auto own = node.child(name)) return own;
  return defaults_.child(node.name()).child(name);
}

std::string OsimDocument::text(pugi::xml_node node, const char* name) const {
  const auto words = split_words(property(node, name).text().get());
  return base::join(words, " ");
}

std::vector<double> OsimDocument::numbers(pugi::xml_node node, const char* name) const {
  const auto element = property(node, name);
  std::vector<double> out;
  for (const auto& word : split_words(element.text().get())) {
    const auto value = base::to_number(word);
    if (!value || !std::isfinite(*value)) {
      fail(element, "<" + std::string(name) + "> of " + base::quoted(node.attribute("name").value()), "numbers", base::quoted(word));
    }
    if (out.size() == kMaxNumbers) fail(element, "<" + std::string(name) + "> is too long", "at most " + std::to_string(kMaxNumbers) + " numbers", "more");
    out.push_back(*value);
  }
  return out;
}

double OsimDocument::number(pugi::xml_node node, const char* name, double absent) const {
  const auto all = numbers(node, name);
  if (all.empty()) return absent;
  if (all.size() > 1) fail(property(node, name), "<" + std::string(name) + ">", "one number", std::to_string(all.size()));
  return all[0];
}

bool OsimDocument::flag(pugi::xml_node node, const char* name, bool absent) const {
  const auto word = base::lower(text(node, name));
  if (word.empty()) return absent;
  if (word == "true" || word == "1") return true;
  if (word != "false" && word != "0") fail(property(node, name), "<" + std::string(name) + ">", "true or false", base::quoted(word));
  return false;
}

Eigen::Vector3d OsimDocument::vector(pugi::xml_node node, const char* name, const Eigen::Vector3d& absent) const {
  const auto all = numbers(node, name);
  if (all.empty()) return absent;
  if (all.size() != 3) fail(property(node, name), "<" + std::string(name) + ">", "three numbers", std::to_string(all.size()));
  return {all[0], all[1], all[2]};
}

std::vector<std::string> OsimDocument::words(pugi::xml_node node, const char* name) const {
  auto out = split_words(property(node, name).text().get());
  std::erase(out, "Unassigned");
  return out;
}

Eigen::Isometry3d OsimDocument::frame(pugi::xml_node node, const char* translation, const char* orientation) const {
  Eigen::Isometry3d out = Eigen::Isometry3d::Identity();
  out.translation() = vector(node, translation, Eigen::Vector3d::Zero());
  const Eigen::Vector3d angles = vector(node, orientation, Eigen::Vector3d::Zero());
  out.linear() = (Eigen::AngleAxisd(angles.x(), Eigen::Vector3d::UnitX()) * Eigen::AngleAxisd(angles.y(), Eigen::Vector3d::UnitY()) *
                  Eigen::AngleAxisd(angles.z(), Eigen::Vector3d::UnitZ()))
                     .toRotationMatrix();
  return out;
}

std::optional<Function> OsimDocument::function(pugi::xml_node holder, const std::string& of) const {
  for (const auto child : holder.children()) {
    if (kFunctions.contains(child.name())) return function_of(child, of, 0);
  }
  // Before version 4 the function stands in an element of its own.
  for (const char* wrapper : {"function", "coupled_coordinates_function"}) {
    for (const auto child : holder.child(wrapper).children()) {
      if (child.type() == pugi::node_element) return function_of(child, of, 0);
    }
  }
  return std::nullopt;
}

Function OsimDocument::function_of(pugi::xml_node element, const std::string& of, int depth) const {
  const std::string kind = element.name();
  const std::string what = kind + " of " + of;
  try {
    if (kind == "Constant") return Function::constant(number(element, "value", 0));
    if (kind == "LinearFunction") {
      const auto c = numbers(element, "coefficients");
      if (c.empty()) return Function::line();
      if (c.size() != 2) fail(element, what, "2 coefficients, slope and offset", std::to_string(c.size()));
      return Function::line(c[0], c[1]);
    }
    if (kind == "PolynomialFunction") {
      auto c = numbers(element, "coefficients");
      if (c.empty()) fail(element, what, "coefficients from the highest power down", "none");
      if (c.size() > 32) fail(element, what, "at most 32 coefficients", std::to_string(c.size()));
      std::reverse(c.begin(), c.end());
      return Function::polynomial(std::move(c));
    }
    if (kind == "SimmSpline" || kind == "natCubicSpline" || kind == "NaturalCubicSpline" || kind == "PiecewiseLinearFunction") {
      const auto x = numbers(element, "x"), y = numbers(element, "y");
      if (x.size() > 200) fail(element, what, "at most 200 points", std::to_string(x.size()));
      return kind == "PiecewiseLinearFunction" ? Function::piecewise(x, y) : Function::spline(x, y);
    }
  } catch (const std::invalid_argument&) {
    fail(element, what, "two points at least, as many x as y, x increasing", "another curve");
  }
  if (kind == "MultiplierFunction") {
    if (depth > 8) fail(element, what, "at most 8 multipliers within each other", "more");
    for (const auto child : element.child("function").children()) {
      if (child.type() == pugi::node_element) return function_of(child, of, depth + 1).scaled(number(element, "scale", 1));
    }
    fail(element, what, "a <function>", "none");
  }
  fail(element, what + " is not supported",
       "Constant, LinearFunction, PolynomialFunction, SimmSpline, PiecewiseLinearFunction or MultiplierFunction", kind);
}

std::vector<pugi::xml_node> objects_of(pugi::xml_node set) {
  std::vector<pugi::xml_node> out;
  for (const auto child : set.child("objects").children()) {
    if (child.type() == pugi::node_element) out.push_back(child);
  }
  return out;
}

}  // namespace kinemyo::body
