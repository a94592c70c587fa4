#include "kinemyo/model/recipe.h"

#include <gmock/gmock.h>

#include <filesystem>

#include "kinemyo/base/file.h"

namespace kinemyo::model {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const std::string kLeast = "[inputs]\nmarkers = \"common\"\n[targets]\nangles = \"common\"\n";

std::string message(const std::string& toml) {
  try {
    parse_recipe("my.toml", toml);
  } catch (const Error& problem) {
    return problem.what();
  }
  return "no error";
}

TEST(Recipe, TheProgramCarriesThemByName) {
  EXPECT_THAT(recipe_names(),
              ElementsAre("angles", "angles-noisy", "emg", "emg-live", "keypoints", "keypoints-live", "keypoints-noisy", "original-angles", "original-emg",
                          "original-mediapipe", "original-mediapipe99", "original-multitask"));
  for (const auto& name : recipe_names()) {
    const auto recipe = read_recipe(name);
    EXPECT_EQ(recipe.name, name);
    EXPECT_EQ(recipe.text,
              base::read_file(std::string(KINEMYO_SOURCE_DIR) + "/recipes/" + name + ".toml"));
    EXPECT_EQ(recipe.original.windows, name.starts_with("original-")) << name;
    const bool whole = name.ends_with("-noisy");  // look at what comes
    EXPECT_EQ(recipe.network.causal(), !whole) << name;
  }
}

// The table of the original system: input, output, network, window, extras.
TEST(Recipe, OriginalAnglesAsItWasTrained) {
  const auto r = read_recipe("original-angles");
  EXPECT_EQ(r.inputs.markers.set, "original-42");
  EXPECT_EQ(r.inputs.frame, Frame::laboratory);
  EXPECT_EQ(r.inputs.scale, BodyScale::none);
  EXPECT_EQ(r.targets.angles.set, "original-angles");
  EXPECT_FALSE(r.targets.drop_constant);
  EXPECT_EQ(r.network.kind, "lstm");
  EXPECT_EQ(r.network.layers, 2);
  EXPECT_EQ(r.network.hidden, 256);
  EXPECT_EQ(r.network.dropout, 0.3);
  EXPECT_EQ(r.training.window_frames, 500);
  EXPECT_EQ(r.training.stride_frames, 500);
  EXPECT_EQ(r.training.batch, 8);
  EXPECT_EQ(r.training.epochs, 30);
  EXPECT_EQ(r.training.learning_rate, 1e-3);
  EXPECT_EQ(r.training.step_every_epochs, 0);
  EXPECT_EQ(r.training.patience_epochs, 0);
  EXPECT_EQ(r.training.clip_norm, 0);
  EXPECT_EQ(r.split.by, "none");
  EXPECT_EQ(r.split.validation, 0);
  EXPECT_TRUE(r.original.scale_all);
  EXPECT_FALSE(r.original.concatenate);
}

TEST(Recipe, OriginalEmgAsItWasTrained) {
  const auto r = read_recipe("original-emg");
  EXPECT_EQ(r.targets.emg.set, "original-emg");
  EXPECT_TRUE(r.targets.angles.empty());
  EXPECT_EQ(r.training.window_frames, 200);
  EXPECT_EQ(r.training.step_every_epochs, 10);
  EXPECT_EQ(r.training.step_factor, 0.5);
  EXPECT_TRUE(r.original.cut_to_shortest);
  EXPECT_EQ(r.original.smooth_targets, 5);
}

TEST(Recipe, OriginalMediapipeAsItWasTrained) {
  for (const auto& [name, keypoints] : {std::pair("original-mediapipe", "original-25"),
                                        std::pair("original-mediapipe99", "mediapipe-33")}) {
    const auto r = read_recipe(name);
    EXPECT_EQ(r.inputs.keypoints, keypoints);
    EXPECT_TRUE(r.inputs.markers.empty());
    EXPECT_EQ(r.network.layers, 3);
    EXPECT_EQ(r.network.hidden, 256);
    EXPECT_EQ(r.network.dropout, 0.1);
    EXPECT_EQ(r.training.window_frames, 500);
    EXPECT_TRUE(r.original.concatenate);
    EXPECT_EQ(r.original.savgol_window, 11);
    EXPECT_EQ(r.original.savgol_order, 3);
  }
}

TEST(Recipe, OriginalMultitaskAsItsWeightsSay) {
  const auto r = read_recipe("original-multitask");
  EXPECT_EQ(r.targets.coordinates.set, "rajagopal-39");
  EXPECT_EQ(r.targets.emg.set, "original-emg");
  EXPECT_EQ(r.network.layers, 1);
  EXPECT_EQ(r.network.hidden, 128);
  EXPECT_EQ(r.network.dropout, 0);
}

TEST(Recipe, ListsAndSets) {
  const auto r = parse_recipe(
      "my.toml", "[inputs]\nmarkers = [\"C7\", \"CLAV\"]\n[targets]\nemg = \"common\"\n");
  EXPECT_THAT(r.inputs.markers.names, ElementsAre("C7", "CLAV"));
  EXPECT_EQ(r.inputs.markers.set, "");
  EXPECT_EQ(r.targets.emg.set, "common");
  EXPECT_EQ(r.name, "my");
}

TEST(Recipe, UnknownKeyNamesTheNearestAndTheLine) {
  EXPECT_EQ(
      message(kLeast + "[training]\nbatch = 4\nlerning_rate = 0.1\n"),
      "my.toml:line 7: unknown key \"lerning_rate\" in [training]; expected learning_rate, found "
      "\"lerning_rate\"");
  EXPECT_EQ(message(kLeast + "[trainng]\n"),
            "my.toml:line 5: unknown key \"trainng\"; expected training, found \"trainng\"");
  EXPECT_THAT(
      message(kLeast + "[split]\nquux = 1\n"),
      HasSubstr(
          "line 6: unknown key \"quux\" in [split]; expected one of by, validation, test, found"));
}

TEST(Recipe, WrongTypeNamesTheLineAndWhatIsExpected) {
  EXPECT_EQ(message(kLeast + "[network]\nhidden = \"big\"\n"),
            "my.toml:line 6: network.hidden; expected a whole number from 1 to 8192, found a text");
  EXPECT_EQ(
      message(kLeast + "[network]\nhidden = 12.5\n"),
      "my.toml:line 6: network.hidden; expected a whole number from 1 to 8192, found a number");
  EXPECT_EQ(message(kLeast + "[split]\ntest = \"S1\"\n"),
            "my.toml:line 6: split.test; expected a list of texts, found a text");
  EXPECT_EQ(message(kLeast + "[split]\ntest = [\"S1\", 2]\n"),
            "my.toml:line 6: split.test; expected a list of texts, found a whole number");
  EXPECT_EQ(message("training = 3\n" + kLeast),
            "my.toml:line 1: training; expected a table, [training], found a whole number");
  EXPECT_EQ(
      message("[inputs]\nmarkers = 42\n"),
      "my.toml:line 2: inputs.markers; expected a list of names, or one of common, original-42, "
      "plug-in-gait-20, opencap-51, mediapipe-33, found a whole number");
}

TEST(Recipe, OutOfRangeNamesTheLineAndTheRange) {
  EXPECT_EQ(message(kLeast + "[training]\nbatch = 0\n"),
            "my.toml:line 6: training.batch; expected a whole number from 1 to 65536, found 0");
  EXPECT_EQ(message(kLeast + "[network]\ndropout = 1.0\n"),
            "my.toml:line 6: network.dropout; expected a number from 0 to 0.99, found 1");
  EXPECT_EQ(message(kLeast + "[network]\ndropout = nan\n"),
            "my.toml:line 6: network.dropout; expected a number from 0 to 0.99, found nan");
  EXPECT_EQ(message(kLeast + "[training]\nseed = -1\n"),
            "my.toml:line 6: training.seed; expected a whole number, 0 or more, found -1");
  EXPECT_EQ(message("[inputs]\nmarkers = \"orginal-42\"\n"),
            "my.toml:line 2: inputs.markers; expected one of common, original-42, plug-in-gait-20, "
            "opencap-51, "
            "mediapipe-33, found \"orginal-42\"");
}

TEST(Recipe, WhatCannotStandTogether) {
  EXPECT_EQ(
      message(""),
      "my.toml:[inputs]: the recipe has no inputs; expected markers, keypoints or angles, found "
      "none of them");
  EXPECT_THAT(message("[inputs]\nmarkers = \"common\"\n"), HasSubstr("the recipe has no targets"));
  EXPECT_THAT(message("[inputs]\nangles = \"common\"\n[targets]\nangles = \"common\"\n"),
              HasSubstr("angles cannot be inputs of a network that predicts angles"));
  EXPECT_THAT(message(kLeast + "[original]\nsavgol_window = 4\n"),
              HasSubstr("an odd savgol_window"));
  const std::string targets = "[targets]\nangles = \"common\"\n";
  EXPECT_THAT(message("[inputs]\nmarkers = \"common\"\nlearn_gaps = true\n" + targets), HasSubstr("low_pass_hz above 0"));
  EXPECT_THAT(message("[inputs]\nmarkers = \"common\"\n" + targets + "[network]\nlinear_sees = \"best\"\n"), HasSubstr("inputs.geometry = true"));
  EXPECT_THAT(message("[inputs]\nmarkers = \"common\"\ngeometry = true\naround_s = 0.5\n" + targets + "[network]\nlinear_sees = \"best\"\n"),
              HasSubstr("compares what single frames tell"));
}

TEST(Recipe, BrokenTomlNamesTheLine) {
  EXPECT_THAT(message(kLeast + "[network\n"), HasSubstr("my.toml:line 5: not valid TOML"));
  EXPECT_THAT(message(kLeast + "[!]\n"), HasSubstr("not valid TOML"));
  EXPECT_THAT(message(kLeast + "a = [}\n"), HasSubstr("not valid TOML"));
  EXPECT_THAT(
      message("\xd1\xa3"),
      HasSubstr(
          "my.toml:line 1: not valid TOML; expected letters beyond ASCII in double quotes only"));
  EXPECT_EQ(parse_recipe("my.toml",
                         kLeast + "[split] # \xc3\xa9\ntest = [\"Ren\xc3\xa9 \xf0\x9f\x98\x80\"]\n")
                .split.test[0],
            "Ren\xc3\xa9 \xf0\x9f\x98\x80");
  EXPECT_THAT(message("\xff\xfe"), HasSubstr("not valid TOML"));
}

TEST(Recipe, AMissingNameIsSuggested) {
  try {
    read_recipe("orginal-emg");
    FAIL();
  } catch (const Error& problem) {
    EXPECT_THAT(problem.what(),
                HasSubstr("no recipe named \"orginal-emg\"; did you mean original-emg?"));
  }
  EXPECT_THROW(read_recipe("nowhere.toml"), IoError);
}

// Truncated anywhere, or with any byte changed, a recipe is read or refused; nothing else happens.
TEST(Recipe, DamagedTextIsReadOrRefused) {
  const std::string text = read_recipe("original-emg").text;
  std::size_t refused = 0;
  const auto attempt = [&](const std::string& damaged) {
    try {
      parse_recipe("x.toml", damaged);
    } catch (const Error&) {
      ++refused;
    }
  };
  for (std::size_t i = 0; i < text.size(); ++i) {
    attempt(text.substr(0, i));
    for (const int flip : {0x01, 0x20, 0x80}) {
      auto damaged = text;
      damaged[i] = static_cast<char>(damaged[i] ^ flip);
      attempt(damaged);
    }
  }
  EXPECT_GT(refused, text.size());
}

TEST(Recipe, KindsOfNetwork) {
  const auto tcn = parse_recipe("my.toml", kLeast + "[network]\nkind = \"tcn\"\nlayers = 3\nkernel = 5\ndilations = [1, 3, 9]\n");
  EXPECT_EQ(tcn.network.kernel, 5);
  EXPECT_THAT(tcn.network.dilations, ElementsAre(1, 3, 9));
  const auto transformer = parse_recipe("my.toml", kLeast + "[network]\nkind = \"transformer\"\nheads = 8\nfeedforward = 64\n"
                                                           "look_back_frames = 100\n");
  EXPECT_EQ(transformer.network.heads, 8);
  EXPECT_EQ(transformer.network.feedforward, 64);
  EXPECT_TRUE(transformer.network.causal());
  EXPECT_FALSE(parse_recipe("my.toml", kLeast + "[network]\nkind = \"transformer\"\n").network.causal());
  const auto linear = parse_recipe("my.toml", "[inputs]\nangles = \"common\"\ngait_phase = 4\n[targets]\nemg = \"common\"\nroot = true\n"
                                              "[network]\nkind = \"linear\"\nlook_back_s = 0.1\nlook_ahead_s = 0.3\nstep_s = 0.05\nnear_frames = 300\n");
  EXPECT_EQ(linear.inputs.gait_phase, 4);
  EXPECT_TRUE(linear.targets.root);
  EXPECT_EQ(linear.look_back_s, 0.1);
  EXPECT_EQ(linear.look_ahead_s, 0.3);
  EXPECT_EQ(linear.step_s, 0.05);
  EXPECT_EQ(linear.near_frames, 300);
  EXPECT_EQ(message(kLeast + "[network]\nlook_ahead_s = 0.2\n"),
            "my.toml:[network]: look_ahead_s; expected 0 for a lstm: only linear looks ahead, found 0.2");
  EXPECT_EQ(message("[inputs]\nmarkers = \"common\"\n[targets]\nangles = \"common\"\nroot = true\n"),
            "my.toml:[targets]: root is for what is never negative; expected emg as only target, found other targets, or none of emg");
  EXPECT_EQ(message(kLeast + "[network]\nkind = \"tcn\"\ndilations = [1]\n"),
            "my.toml:[network]: dilations; expected one a layer, 2, found 1");
  EXPECT_EQ(message(kLeast + "[network]\nkind = \"tcn\"\nbidirectional = true\n"),
            "my.toml:[network]: bidirectional; expected false for a tcn, found true");
  EXPECT_EQ(message(kLeast + "[network]\nkind = \"transformer\"\nheads = 3\n"),
            "my.toml:[network]: hidden; expected a multiple of heads, 3, found 256");
  EXPECT_EQ(message(kLeast + "[network]\ndilations = [1, 0]\n"),
            "my.toml:line 6: network.dilations; expected a list of whole numbers from 1 to 32768, found 0");
}

TEST(Recipe, SeveralNetworksAreRecurrentAndFitIntoOne) {
  const auto three = parse_recipe("my.toml", kLeast + "[network]\nkind = \"gru\"\nhidden = 2000\n[training]\nepochs = 7\nmembers = 3\n");
  EXPECT_EQ(three.training.members, 3);
  EXPECT_EQ(three.training.epochs_in_all(), 21);
  EXPECT_THAT(message(kLeast + "[network]\nkind = \"tcn\"\n[training]\nmembers = 2\n"), HasSubstr("expected 1 for a tcn, found 2"));
  EXPECT_THAT(message(kLeast + "[network]\nhidden = 2000\n[training]\nmembers = 5\n"), HasSubstr("at most 8192, found 2000 times 5"));
}

TEST(Recipe, MomentsNeedAngles) {
  EXPECT_TRUE(parse_recipe("my.toml", "[inputs]\nangles = \"common\"\nmoments = true\n[targets]\nemg = \"common\"\n").inputs.moments);
  EXPECT_THAT(message("[inputs]\nmarkers = \"common\"\nmoments = true\n[targets]\nemg = \"common\"\n"), HasSubstr("moments are of joints whose angles are inputs"));
}

TEST(Recipe, Schedules) {
  const auto r = parse_recipe("my.toml", kLeast + "[training]\nschedule = \"cosine\"\nwarmup_epochs = 3\n"
                                                  "plateau_epochs = 2\nweight_decay = 0.01\n");
  EXPECT_EQ(r.training.schedule, "cosine");
  EXPECT_EQ(r.training.warmup_epochs, 3);
  EXPECT_EQ(r.training.plateau_epochs, 2);
  EXPECT_EQ(r.training.weight_decay, 0.01);
  EXPECT_EQ(message(kLeast + "[training]\nschedule = \"cosin\"\n"),
            "my.toml:line 6: training.schedule; expected one of step, cosine, plateau, found \"cosin\"");
}

TEST(Recipe, ASettingIsChangedInItsTextWithoutTouchingTheRest) {
  const auto r = parse_recipe("my.toml", "name = \"mine\"\n" + kLeast + "[training]  # how\nepochs = 5  # few\nseed = 3\n[split]\n");
  const auto changed = with_setting(r, "training", "epochs", "7");
  EXPECT_EQ(changed.training.epochs, 7);
  EXPECT_EQ(changed.training.seed, 3u);
  EXPECT_EQ(changed.name, "mine");
  EXPECT_EQ(changed.text, "name = \"mine\"\n" + kLeast + "[training]  # how\nepochs = 7  # few\nseed = 3\n[split]\n");
  const auto added = with_setting(r, "split", "test", "[\"S1\"]");
  EXPECT_EQ(added.text, r.text + "test = [\"S1\"]\n");
  EXPECT_THAT(added.split.test, ElementsAre("S1"));
  const auto section = with_setting(r, "original", "windows", "true");
  EXPECT_EQ(section.text, r.text + "\n[original]\nwindows = true\n");
}

TEST(Recipe, ASettingOfEveryRecipeOfTheProgramCanBeChanged) {
  for (const auto& name : recipe_names()) {
    const auto changed = with_setting(with_setting(read_recipe(name), "training", "seed", "77"), "split", "test", "[\"A\", \"B\"]");
    EXPECT_EQ(changed.training.seed, 77u) << name;
    EXPECT_THAT(changed.split.test, ElementsAre("A", "B")) << name;
  }
}

TEST(Recipe, ASettingThatItsTextDoesNotLetChangeIsAnError) {
  const auto r = parse_recipe("my.toml", "split = {by = \"none\"}\n" + kLeast);
  EXPECT_THAT([&] { with_setting(r, "split", "test", "[]"); },
              testing::ThrowsMessage<Error>(HasSubstr("split.test cannot be set to [] in its text")));
}

}  // namespace
}  // namespace kinemyo::model
