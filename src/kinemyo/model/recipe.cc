#include "kinemyo/model/recipe.h"

#include <algorithm>

#include "kinemyo/base/file.h"
#include "kinemyo/base/text.h"
#include "kinemyo/model/toml.h"

namespace kinemyo::model {

/// The recipes/*.toml of this build, by name; written by src/kinemyo/model/CMakeLists.txt.
const std::vector<std::pair<std::string, std::string>>& embedded_recipes();

namespace {

const std::vector<std::string> kMarkerSets = {"common", "original-42", "plug-in-gait-20",
                                              "opencap-51", "mediapipe-33"};
const std::vector<std::string> kAngleSets = {"common", "original-angles"};
const std::vector<std::string> kCoordinateSets = {"common", "rajagopal-39"};
const std::vector<std::string> kEmgSets = {"common", "original-emg"};
const std::vector<std::string> kKeypointSets = {"original-25", "mediapipe-33", "body-16"};

/// One table of the file. A key that nobody asked for by the end is an error that names the nearest
/// one.
class Section {
 public:
  Section(std::string path, std::string name, const toml::table& table)
      : path_(std::move(path)), name_(std::move(name)), table_(table) {}

  [[noreturn]] void fail(const toml::source_region& where, std::string what, std::string expected,
                         std::string found) const {
    throw FormatError(path_, Place::line(where.begin.line), std::move(what), std::move(expected),
                      std::move(found));
  }
  const toml::node* find(const char* key) {
    known_.emplace_back(key);
    return table_.get(key);
  }
  std::string name(std::string_view key) const {
    return name_.empty() ? std::string(key) : name_ + "." + std::string(key);
  }

  void read(const char* key, bool& out) {
    if (const auto* node = find(key)) out = value<bool>(key, *node, "true or false");
  }
  void read(const char* key, std::string& out) {
    if (const auto* node = find(key)) out = value<std::string>(key, *node, "a text");
  }
  void read(const char* key, std::string& out, const std::vector<std::string>& words) {
    const auto* node = find(key);
    if (node == nullptr) return;
    out = value<std::string>(key, *node, "one of " + base::join(words));
    if (std::find(words.begin(), words.end(), out) == words.end()) {
      fail(node->source(), name(key), "one of " + base::join(words), base::quoted(out));
    }
  }
  void read(const char* key, int& out, int low, int high) {
    const auto* node = find(key);
    if (node == nullptr) return;
    const std::string expected =
        "a whole number from " + std::to_string(low) + " to " + std::to_string(high);
    const auto number = value<std::int64_t>(key, *node, expected);
    if (number < low || number > high)
      fail(node->source(), name(key), expected, std::to_string(number));
    out = static_cast<int>(number);
  }
  void read(const char* key, double& out, double low, double high) {
    const auto* node = find(key);
    if (node == nullptr) return;
    const std::string expected =
        "a number from " + base::to_text(low) + " to " + base::to_text(high);
    const auto number = node->is_integer()
                            ? static_cast<double>(value<std::int64_t>(key, *node, expected))
                            : value<double>(key, *node, expected);
    if (!(number >= low && number <= high))
      fail(node->source(), name(key), expected, base::to_text(number));
    out = number;
  }
  void read(const char* key, std::uint64_t& out) {
    const auto* node = find(key);
    if (node == nullptr) return;
    const auto number = value<std::int64_t>(key, *node, "a whole number, 0 or more");
    if (number < 0)
      fail(node->source(), name(key), "a whole number, 0 or more", std::to_string(number));
    out = static_cast<std::uint64_t>(number);
  }
  void read(const char* key, std::vector<std::string>& out) {
    const auto* node = find(key);
    if (node == nullptr) return;
    const auto* array = node->as_array();
    if (array == nullptr) fail(node->source(), name(key), "a list of texts", type(*node));
    out.clear();
    for (const auto& item : *array) {
      out.push_back(value<std::string>(key, item, "a list of texts"));
      if (out.back().empty() || std::count(out.begin(), out.end(), out.back()) > 1) {
        fail(item.source(), name(key), "names, each once", base::quoted(out.back()));
      }
    }
  }
  void read(const char* key, std::vector<int>& out, int low, int high) {
    const auto* node = find(key);
    if (node == nullptr) return;
    const std::string expected = "a list of whole numbers from " + std::to_string(low) + " to " +
                                 std::to_string(high);
    const auto* array = node->as_array();
    if (array == nullptr) fail(node->source(), name(key), expected, type(*node));
    out.clear();
    for (const auto& item : *array) {
      const auto number = value<std::int64_t>(key, item, expected);
      if (number < low || number > high)
        fail(item.source(), name(key), expected, std::to_string(number));
      out.push_back(static_cast<int>(number));
    }
  }
  void read(const char* key, ChannelChoice& out, const std::vector<std::string>& sets) {
    const auto* node = table_.get(key);
    if (node != nullptr && !node->is_string() && !node->is_array()) {
      known_.emplace_back(key);
      fail(node->source(), name(key), "a list of names, or one of " + base::join(sets),
           type(*node));
    }
    if (node != nullptr && node->is_array()) {
      read(key, out.names);
    } else {
      read(key, out.set, sets);
    }
  }
  Section section(const char* key) {
    const auto* node = find(key);
    static const toml::table kEmpty;
    if (node == nullptr) return Section(path_, key, kEmpty);
    const auto* table = node->as_table();
    if (table == nullptr)
      fail(node->source(), name(key), "a table, [" + std::string(key) + "]", type(*node));
    return Section(path_, key, *table);
  }
  void finish() const {
    for (const auto& [key, node] : table_) {
      const std::string text(key.str());
      if (std::find(known_.begin(), known_.end(), text) != known_.end()) continue;
      const auto meant = base::nearest(text, known_);
      const std::string where = name_.empty() ? "" : " in [" + name_ + "]";
      fail(key.source(), "unknown key " + base::quoted(text) + where,
           meant ? *meant : "one of " + base::join(known_), base::quoted(text));
    }
  }

 private:
  static std::string type(const toml::node& node) {
    switch (node.type()) {
      case toml::node_type::string:
        return "a text";
      case toml::node_type::integer:
        return "a whole number";
      case toml::node_type::floating_point:
        return "a number";
      case toml::node_type::boolean:
        return "true or false";
      case toml::node_type::array:
        return "a list";
      case toml::node_type::table:
        return "a table";
      default:
        return "a date or time";
    }
  }
  template <typename T>
  T value(const char* key, const toml::node& node, const std::string& expected) const {
    const auto found = node.value_exact<T>();
    if (!found) fail(node.source(), name(key), expected, type(node));
    return *found;
  }

  std::string path_;
  std::string name_;
  const toml::table& table_;
  std::vector<std::string> known_;
};

template <typename Enum>
void read_choice(Section& section, const char* key, Enum& out,
                 const std::vector<std::string>& words) {
  std::string word = words[static_cast<std::size_t>(out)];
  section.read(key, word, words);
  out = static_cast<Enum>(std::find(words.begin(), words.end(), word) - words.begin());
}

void read_inputs(Section section, Recipe::Inputs& inputs) {
  section.read("markers", inputs.markers, kMarkerSets);
  section.read("angles", inputs.angles, kAngleSets);
  section.read("keypoints", inputs.keypoints, kKeypointSets);
  read_choice(section, "frame", inputs.frame, {"laboratory", "canonical"});
  read_choice(section, "scale", inputs.scale, {"none", "segments"});
  section.read("derivatives", inputs.derivatives, 0, 2);
  section.read("masks", inputs.masks);
  section.read("positions", inputs.positions);
  section.read("geometry", inputs.geometry);
  section.read("around_s", inputs.around_s, 0, 10);
  section.read("low_pass_hz", inputs.low_pass_hz, 0, 1000);
  section.read("learn_gaps", inputs.learn_gaps);
  section.read("noise_mm", inputs.noise_mm, 0, 1000);
  section.read("offset_mm", inputs.offset_mm, 0, 1000);
  section.read("moments", inputs.moments);
  section.read("gait_phase", inputs.gait_phase, 0, 20);
  section.read("mirror", inputs.mirror);
  section.read("turn", inputs.turn);
  section.finish();
}

void read_targets(Section section, Recipe::Targets& targets) {
  section.read("angles", targets.angles, kAngleSets);
  section.read("coordinates", targets.coordinates, kCoordinateSets);
  section.read("emg", targets.emg, kEmgSets);
  section.read("normalise", targets.normalise, {"none", "subject_peak"});
  section.read("root", targets.root);
  section.read("drop_constant", targets.drop_constant);
  section.finish();
}

void read_copies(Section section, Recipe::Copies& copies) {
  section.read("count", copies.count, 0, 1000);
  section.read("white_mm", copies.white_mm, 0, 1000);
  section.read("smooth_mm", copies.smooth_mm, 0, 1000);
  section.read("placement_mm", copies.placement_mm, 0, 1000);
  section.read("hidden", copies.hidden, 0, 0.9);
  section.read("pace", copies.pace, 0, 0.5);
  section.finish();
}

void read_network(Section section, Recipe& recipe) {
  auto& network = recipe.network;
  section.read("kind", network.kind, network_kinds());
  section.read("layers", network.layers, 1, 16);
  section.read("hidden", network.hidden, 1, 8192);
  section.read("dropout", network.dropout, 0, 0.99);
  section.read("bidirectional", network.bidirectional);
  section.read("linear", network.linear);
  section.read("linear_sees", recipe.linear_sees, {"all", "joint", "best"});
  section.read("kernel", network.kernel, 1, 1024);
  section.read("dilations", network.dilations, 1, 32'768);
  section.read("heads", network.heads, 1, 8192);
  section.read("feedforward", network.feedforward, 1, 32'768);
  section.read("look_back_frames", network.look_back_frames, 0, 100'000);
  section.read("look_back_s", recipe.look_back_s, 0, 10);
  section.read("look_ahead_s", recipe.look_ahead_s, 0, 10);
  section.read("step_s", recipe.step_s, 0.001, 10);
  section.read("near_frames", recipe.near_frames, 0, 8192);
  section.finish();
}

void read_training(Section section, Recipe::Training& training) {
  section.read("window_frames", training.window_frames, 1, 1'000'000);
  section.read("stride_frames", training.stride_frames, 1, 1'000'000);
  section.read("batch", training.batch, 1, 65'536);
  section.read("epochs", training.epochs, 1, 1'000'000);
  section.read("learning_rate", training.learning_rate, 1e-9, 10);
  section.read("schedule", training.schedule, {"step", "cosine", "plateau"});
  section.read("warmup_epochs", training.warmup_epochs, 0, 1'000'000);
  section.read("plateau_epochs", training.plateau_epochs, 0, 1'000'000);
  section.read("weight_decay", training.weight_decay, 0, 100);
  section.read("step_every_epochs", training.step_every_epochs, 0, 1'000'000);
  section.read("step_factor", training.step_factor, 1e-6, 1);
  section.read("patience_epochs", training.patience_epochs, 0, 1'000'000);
  section.read("clip_norm", training.clip_norm, 0, 1e6);
  section.read("seed", training.seed);
  section.read("members", training.members, 1, 64);
  section.finish();
}

void read_split(Section section, Recipe::Split& split) {
  section.read("by", split.by, {"subject", "activity", "trial", "none"});
  section.read("validation", split.validation, 0, 0.9);
  section.read("test", split.test);
  section.finish();
}

void read_original(Section section, Recipe::Original& original) {
  section.read("windows", original.windows);
  section.read("cut_to_shortest", original.cut_to_shortest);
  section.read("smooth_targets", original.smooth_targets, 0, 1001);
  section.read("savgol_window", original.savgol_window, 0, 1001);
  section.read("savgol_order", original.savgol_order, 0, 20);
  section.read("concatenate", original.concatenate);
  section.read("scale_all", original.scale_all);
  section.finish();
}

/// What each key allows alone, but not together.
void check_together(const std::string& path, const Recipe& recipe) {
  const auto fail = [&](const char* place, const char* what, std::string expected,
                        std::string found) {
    throw FormatError(path, Place::named(place), what, std::move(expected), std::move(found));
  };
  const auto& inputs = recipe.inputs;
  const auto& targets = recipe.targets;
  if (inputs.markers.empty() && inputs.angles.empty() && inputs.keypoints.empty()) {
    fail("[inputs]", "the recipe has no inputs", "markers, keypoints or angles", "none of them");
  }
  if (targets.angles.empty() && targets.coordinates.empty() && targets.emg.empty()) {
    fail("[targets]", "the recipe has no targets", "angles, coordinates or emg", "none of them");
  }
  if (!inputs.angles.empty() && (!targets.angles.empty() || !targets.coordinates.empty())) {
    fail("[inputs]", "angles cannot be inputs of a network that predicts angles",
         "markers or keypoints", "angles");
  }
  if (!targets.angles.empty() && !targets.coordinates.empty()) {
    fail("[targets]", "angles are among the coordinates", "one of angles and coordinates", "both");
  }
  if (!inputs.positions && !inputs.geometry && inputs.angles.empty()) {
    fail("[inputs]", "nothing of the markers is an input", "positions, geometry or both", "neither");
  }
  if (!inputs.positions && (inputs.noise_mm > 0 || inputs.offset_mm > 0)) {
    fail("[inputs]", "noise_mm and offset_mm are added to positions, which are no inputs here", "[copies], or positions = true", "noise");
  }
  if (inputs.around_s > 0 && !inputs.geometry) {
    fail("[inputs]", "around_s is of geometry", "inputs.geometry = true", "false");
  }
  if (inputs.learn_gaps && inputs.low_pass_hz <= 0) {
    fail("[inputs]", "learn_gaps fills gaps for the filter", "low_pass_hz above 0", "0");
  }
  if (inputs.moments && inputs.angles.empty()) {
    fail("[inputs]", "moments are of joints whose angles are inputs", "inputs.angles", "none");
  }
  if (inputs.gait_phase > 0 && inputs.around_s > 0) {
    fail("[inputs]", "gait_phase stands last among a frame's inputs", "no around_s beside it", base::to_text(inputs.around_s));
  }
  if (recipe.linear_sees != "all" && !inputs.geometry) {
    fail("[network]", ("linear_sees = \"" + recipe.linear_sees + "\" sees the geometry of joints").c_str(), "inputs.geometry = true", "false");
  }
  if (recipe.linear_sees == "best" && inputs.around_s > 0) {
    fail("[network]", "linear_sees = \"best\" compares what single frames tell", "around_s = 0, or \"joint\" or \"all\"", base::to_text(inputs.around_s));
  }
  const auto& network = recipe.network;
  if (recipe.training.members > 1 && !network.recurrent()) {
    fail("[training]", "members stand side by side in one recurrent network", "1 for a " + network.kind,
         std::to_string(recipe.training.members));
  }
  if (network.hidden * recipe.training.members > 8192) {
    fail("[training]", "members stand side by side in one network", "hidden times members at most 8192",
         std::to_string(network.hidden) + " times " + std::to_string(recipe.training.members));
  }
  if (network.bidirectional && !network.recurrent()) {
    fail("[network]", "bidirectional", "false for a " + network.kind, "true");
  }
  if (network.kind == "tcn" && !network.dilations.empty() &&
      network.dilations.size() != static_cast<std::size_t>(network.layers)) {
    fail("[network]", "dilations", "one a layer, " + std::to_string(network.layers),
         std::to_string(network.dilations.size()));
  }
  if (network.kind != "linear" && recipe.look_ahead_s > 0) {
    fail("[network]", "look_ahead_s", "0 for a " + network.kind + ": only linear looks ahead", base::to_text(recipe.look_ahead_s));
  }
  if (targets.root && (targets.emg.empty() || !targets.angles.empty() || !targets.coordinates.empty())) {
    fail("[targets]", "root is for what is never negative", "emg as only target", "other targets, or none of emg");
  }
  if (network.kind == "transformer" && network.hidden % network.heads != 0) {
    fail("[network]", "hidden", "a multiple of heads, " + std::to_string(network.heads),
         std::to_string(network.hidden));
  }
  const auto& original = recipe.original;
  if (original.savgol_window > 0 &&
      (original.savgol_window % 2 == 0 || original.savgol_order >= original.savgol_window)) {
    fail("[original]", "Savitzky-Golay", "an odd savgol_window above savgol_order",
         "window " + std::to_string(original.savgol_window) + ", order " +
             std::to_string(original.savgol_order));
  }
}

}  // namespace

Recipe parse_recipe(const std::string& path, std::string_view text) {
  const auto table = parse_toml(path, text, "TOML");
  Recipe recipe;
  recipe.text = text;
  recipe.name = std::filesystem::path(path).stem().string();
  Section root(path, "", table);
  root.read("name", recipe.name);
  read_inputs(root.section("inputs"), recipe.inputs);
  read_targets(root.section("targets"), recipe.targets);
  read_network(root.section("network"), recipe);
  read_copies(root.section("copies"), recipe.copies);
  read_training(root.section("training"), recipe.training);
  read_split(root.section("split"), recipe.split);
  read_original(root.section("original"), recipe.original);
  root.finish();
  check_together(path, recipe);
  return recipe;
}

Recipe with_setting(const Recipe& recipe, const std::string& section, const std::string& key,
                    const std::string& value) {
  const std::string line = key + " = " + value;
  std::string text;
  bool inside = false, done = false;
  // Lines as they stand, comments too; a key that is not there comes right after the section's head.
  for (const auto each : base::split(recipe.text, '\n')) {
    const auto trimmed = base::trim(each);
    const std::string_view name = base::trim(trimmed.substr(0, trimmed.find('=')));
    if (inside && !done && trimmed.find('=') != std::string_view::npos && name == key) {
      const auto comment = each.find('#');
      text += line + (comment == std::string_view::npos
                          ? ""
                          : "  " + std::string(base::trim(each.substr(comment)))) +
              "\n";
      done = true;
      continue;
    }
    if (trimmed.starts_with('[')) inside = base::trim(trimmed.substr(0, trimmed.find('#'))) == "[" + section + "]";
    text += std::string(each) + "\n";
  }
  text.pop_back();
  if (!done) {
    const std::string head = "[" + section + "]";
    std::size_t at = text.starts_with(head) ? 0 : text.find("\n" + head);
    if (at == std::string::npos) {
      if (!text.empty() && text.back() != '\n') text += "\n";
      text += "\n" + head + "\n" + line + "\n";
    } else {
      at = text.find('\n', at + 1);
      if (at == std::string::npos) {
        text += "\n" + line + "\n";
      } else {
        text.insert(at + 1, line + "\n");
      }
    }
  }
  try {
    Recipe out = parse_recipe(recipe.name + ".toml", text);
    out.name = recipe.name;
    return out;
  } catch (const FormatError& problem) {
    throw Error("recipe " + base::quoted(recipe.name) + ": " + section + "." + key +
                " cannot be set to " + value + " in its text (" + problem.what() +
                "); write it there yourself");
  }
}

Recipe read_recipe(const std::string& path_or_name) {
  for (const auto& [name, text] : embedded_recipes()) {
    if (name == path_or_name) return parse_recipe(name + ".toml", text);
  }
  const bool looks_like_path =
      path_or_name.ends_with(".toml") || path_or_name.find('/') != std::string::npos;
  if (!looks_like_path && !std::filesystem::exists(path_or_name)) {
    const auto names = recipe_names();
    const auto meant = base::nearest(path_or_name, names);
    throw Error("no recipe named " + base::quoted(path_or_name) +
                (meant ? "; did you mean " + *meant + "?" : "") + " There are " +
                base::join(names) + ", and files");
  }
  return parse_recipe(path_or_name, base::read_file(path_or_name));
}

std::vector<std::string> recipe_names() {
  std::vector<std::string> names;
  for (const auto& [name, text] : embedded_recipes()) names.push_back(name);
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace kinemyo::model
