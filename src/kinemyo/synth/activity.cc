#include "kinemyo/synth/activity.h"

#include "kinemyo/base/error.h"
#include "kinemyo/base/text.h"

namespace kinemyo::synth {

namespace {

// The same movement on the other side: what is right becomes left, sideways and turns change sign.
Changes mirrored(const Changes& changes) {
  Changes out;
  for (const auto& [feature, value] : changes) {
    switch (feature) {
      case kHipsZ:
      case kPelvisList:
      case kPelvisTurn:
      case kLumbarBending:
      case kLumbarRotation:
        out.emplace_back(feature, -value);
        break;
      case kFootRX:
      case kFootRZ:
      case kFootRLift:
      case kFootRPitch:
      case kFootRTurn:
        out.emplace_back(Feature(feature + kFootLX - kFootRX), feature == kFootRZ ? -value : value);
        break;
      case kFootLX:
      case kFootLZ:
      case kFootLLift:
      case kFootLPitch:
      case kFootLTurn:
        out.emplace_back(Feature(feature - kFootLX + kFootRX), feature == kFootLZ ? -value : value);
        break;
      case kKneeOutR:
        out.emplace_back(kKneeOutL, value);
        break;
      case kKneeOutL:
        out.emplace_back(kKneeOutR, value);
        break;
      case kArmFlexR:
      case kArmAddR:
      case kArmRotR:
      case kElbowR:
      case kPronationR:
        out.emplace_back(Feature(feature + kArmFlexL - kArmFlexR), value);
        break;
      case kArmFlexL:
      case kArmAddL:
      case kArmRotL:
      case kElbowL:
      case kPronationL:
        out.emplace_back(Feature(feature - kArmFlexL + kArmFlexR), value);
        break;
      default:
        out.emplace_back(feature, value);
    }
  }
  return out;
}

Activity mirrored(const Activity& activity, const std::string& name) {
  Activity out{name, activity.cycle_s, {}};
  for (const auto& posture : activity.postures)
    out.postures.push_back({posture.phase, mirrored(posture.changes)});
  return out;
}

Changes both_arms(double flex, double add, double rot, double elbow) {
  return {{kArmFlexR, flex}, {kArmFlexL, flex}, {kArmAddR, add},  {kArmAddL, add},
          {kArmRotR, rot},   {kArmRotL, rot},   {kElbowR, elbow}, {kElbowL, elbow}};
}

Changes operator+(Changes a, const Changes& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

std::vector<Activity> make_activities() {
  std::vector<Activity> list;

  const Changes squat =
      both_arms(75, 0, 0, -5) +
      Changes{{kHipsDrop, 0.45}, {kHipsX, -0.20}, {kPelvisTilt, -32}, {kLumbarExtension, -10}};
  list.push_back({"NormalSquat",
                  3.2,
                  {{0, {}}, {0.10, {}}, {0.48, squat}, {0.54, squat}, {0.92, {}}, {1, {}}}});

  const Changes step_out = {
      {kFootRZ, 0.34}, {kFootRLift, 0.07}, {kHipsZ, 0.06}, {kHipsDrop, 0.04}, {kPelvisTilt, -6}};
  const Changes side =
      both_arms(55, 0, 0, 30) + Changes{{kFootRZ, 0.85},        {kFootRTurn, 8}, {kHipsZ, 0.66},
                                        {kHipsDrop, 0.34},      {kHipsX, -0.14}, {kPelvisTilt, -28},
                                        {kLumbarExtension, -10}};
  list.push_back({"SideLunge",
                  3.8,
                  {{0, {}},
                   {0.08, {}},
                   {0.22, step_out},
                   {0.48, side},
                   {0.54, side},
                   {0.80, step_out},
                   {0.94, {}},
                   {1, {}}}});

  const Changes stride = {
      {kFootRX, 0.45}, {kFootRLift, 0.10}, {kHipsX, 0.16}, {kHipsDrop, 0.04}, {kFootRPitch, 8}};
  const Changes lunge = {{kFootRX, 1.00},    {kHipsX, 0.55},    {kHipsDrop, 0.36},
                         {kFootLPitch, -48}, {kPelvisTilt, -6}, {kLumbarExtension, -4},
                         {kArmFlexL, 25},    {kArmFlexR, -12},  {kElbowL, 25}};
  const Activity lunge_right{"ForwardLungeRight",
                             3.8,
                             {{0, {}},
                              {0.08, {}},
                              {0.24, stride},
                              {0.48, lunge},
                              {0.54, lunge},
                              {0.78, stride},
                              {0.94, {}},
                              {1, {}}}};
  list.push_back(mirrored(lunge_right, "ForwardLungeLeft"));
  list.push_back(lunge_right);

  const Changes swing = {
      {kFootRX, 0.30}, {kFootRLift, 0.07}, {kHipsX, 0.12}, {kFootRPitch, 6}, {kArmFlexL, 12}};
  const Changes landed = {{kFootRX, 0.62},    {kHipsX, 0.34},  {kHipsDrop, 0.05},
                          {kFootLPitch, -22}, {kArmFlexL, 16}, {kArmFlexR, -10}};
  const Changes follow = {{kFootRX, 0.62}, {kFootLX, 0.34}, {kFootLLift, 0.07}, {kHipsX, 0.56}};
  const Changes there = {{kFootRX, 0.62}, {kFootLX, 0.62}, {kHipsX, 0.62}};
  const Activity step_right{"StepForwardRight",
                            4.4,
                            {{0, {}},
                             {0.06, {}},
                             {0.15, swing},
                             {0.26, landed},
                             {0.36, follow},
                             {0.46, there},
                             {0.54, there},
                             {0.64, follow},
                             {0.74, landed},
                             {0.85, swing},
                             {0.94, {}},
                             {1, {}}}};
  list.push_back(mirrored(step_right, "StepForwardLeft"));
  list.push_back(step_right);

  const Changes apart = {{kFootRZ, 0.55}, {kHipsZ, 0.30}, {kHipsDrop, 0.03}};
  const Changes joined = {{kFootRZ, 0.55}, {kFootLZ, 0.55}, {kHipsZ, 0.55}};
  list.push_back({"StepSideRight",
                  4.2,
                  {{0, {}},
                   {0.06, {}},
                   {0.16, {{kFootRZ, 0.30}, {kFootRLift, 0.06}, {kHipsZ, 0.05}}},
                   {0.27, apart},
                   {0.37, {{kFootRZ, 0.55}, {kFootLZ, 0.28}, {kFootLLift, 0.06}, {kHipsZ, 0.50}}},
                   {0.46, joined},
                   {0.55, joined},
                   {0.65, {{kFootRZ, 0.55}, {kFootLZ, 0.28}, {kFootLLift, 0.06}, {kHipsZ, 0.50}}},
                   {0.75, apart},
                   {0.86, {{kFootRZ, 0.30}, {kFootRLift, 0.06}, {kHipsZ, 0.05}}},
                   {0.95, {}},
                   {1, {}}}});

  const Changes mountain = both_arms(150, -12, 0, -8) + Changes{{kFootRPitch, -22},
                                                                {kFootLPitch, -22},
                                                                {kHipsDrop, -0.08},
                                                                {kHipsX, 0.09},
                                                                {kLumbarExtension, 5}};
  list.push_back({"Tadasana",
                  4.5,
                  {{0, {}}, {0.12, {}}, {0.45, mountain}, {0.65, mountain}, {0.92, {}}, {1, {}}}});

  const Changes wide = {
      {kFootRZ, 0.38}, {kFootLZ, -0.38}, {kFootRTurn, 32}, {kFootLTurn, 32}, {kHipsDrop, 0.08}};
  const Changes goddess =
      both_arms(0, -78, 60, 75) + Changes{{kFootRZ, 0.38},  {kFootLZ, -0.38},  {kFootRTurn, 32},
                                          {kFootLTurn, 32}, {kHipsDrop, 0.42}, {kHipsX, -0.05},
                                          {kPelvisTilt, -6}};
  list.push_back(
      {"Utkatakonasana",
       4.0,
       {{0, wide}, {0.12, wide}, {0.45, goddess}, {0.62, goddess}, {0.92, wide}, {1, wide}}});

  const Changes deep =
      both_arms(35, -5, 30, 95) +
      Changes{{kFootRZ, 0.12},   {kFootLZ, -0.12}, {kFootRTurn, 22},   {kFootLTurn, 22},
              {kHipsDrop, 0.66}, {kHipsX, -0.24},  {kPelvisTilt, -24}, {kLumbarExtension, -28}};
  const Changes ready = {
      {kFootRZ, 0.12}, {kFootLZ, -0.12}, {kFootRTurn, 22}, {kFootLTurn, 22}, {kHipsDrop, 0.01}};
  list.push_back(
      {"Malasana",
       5.0,
       {{0, ready}, {0.10, ready}, {0.44, deep}, {0.60, deep}, {0.92, ready}, {1, ready}}});

  const Changes open =
      both_arms(0, -80, 0, -8) +
      Changes{
          {kFootRZ, 0.50}, {kFootLZ, -0.50}, {kFootRTurn, 45}, {kFootLTurn, 0}, {kHipsDrop, 0.13}};
  const Changes triangle = open + Changes{{kPelvisList, 28}, {kLumbarBending, 38}, {kHipsZ, -0.08}};
  list.push_back(
      {"Trikonasana",
       5.0,
       {{0, open}, {0.12, open}, {0.45, triangle}, {0.62, triangle}, {0.92, open}, {1, open}}});

  const Changes warrior_ready = both_arms(0, -40, 0, -5) + Changes{{kFootRX, 0.55},
                                                                   {kFootLX, -0.55},
                                                                   {kFootLTurn, 35},
                                                                   {kHipsDrop, 0.16},
                                                                   {kFootLPitch, -6}};
  const Changes warrior =
      both_arms(0, -80, 0, -10) +
      Changes{{kFootRX, 0.55},   {kFootLX, -0.55},  {kFootLTurn, 35},   {kHipsX, 0.20},
              {kHipsDrop, 0.34}, {kFootLPitch, -8}, {kPelvisTurn, -12}, {kLumbarRotation, 12}};
  list.push_back({"Virabhadrasana",
                  4.8,
                  {{0, warrior_ready},
                   {0.12, warrior_ready},
                   {0.45, warrior},
                   {0.62, warrior},
                   {0.92, warrior_ready},
                   {1, warrior_ready}}});

  const Changes stoop = {
      {kHipsDrop, 0.30}, {kHipsX, -0.20}, {kPelvisTilt, -48}, {kLumbarExtension, -32},
      {kArmFlexR, 62},   {kArmFlexL, 15}, {kElbowR, 5},       {kPronationR, 30}};
  const Changes carry = {{kArmFlexR, 28}, {kElbowR, 72}, {kPronationR, 15}};
  list.push_back({"PickObject",
                  4.4,
                  {{0, {}},
                   {0.08, {}},
                   {0.34, stoop},
                   {0.42, stoop},
                   {0.66, carry},
                   {0.78, carry},
                   {0.95, {}},
                   {1, {}}}});

  const Changes reach = {{kArmFlexR, 62},        {kElbowR, 22},        {kPronationR, 35},
                         {kLumbarExtension, -8}, {kLumbarRotation, 8}, {kPelvisTilt, -4}};
  const Changes mouth = {
      {kArmFlexR, 48}, {kArmRotR, 28}, {kElbowR, 112}, {kPronationR, -35}, {kLumbarExtension, -3}};
  list.push_back({"ReachGraspEat",
                  4.0,
                  {{0, {}},
                   {0.06, {}},
                   {0.30, reach},
                   {0.38, reach},
                   {0.62, mouth},
                   {0.72, mouth},
                   {0.95, {}},
                   {1, {}}}});

  const auto wipe = [](double way) {
    return Changes{{kArmFlexR, 88},         {kArmAddR, -12 + 22 * way}, {kArmRotR, 12 * way},
                   {kElbowR, 28 - 8 * way}, {kPronationR, 30},          {kLumbarRotation, 7 * way}};
  };
  list.push_back({"Dusting",
                  2.0,
                  {{0, wipe(0)}, {0.25, wipe(1)}, {0.5, wipe(0)}, {0.75, wipe(-1)}, {1, wipe(0)}}});

  const Changes waist = both_arms(-18, -38, 42, 82);
  list.push_back({"HandsOnWaist",
                  3.6,
                  {{0, {}}, {0.10, {}}, {0.42, waist}, {0.62, waist}, {0.92, {}}, {1, {}}}});
  list.push_back({"NeutralStance", 4.0, {{0, {}}, {1, {}}}});

  const Changes wind = {{kArmFlexR, 40}, {kArmAddR, -75},        {kArmRotR, -60},
                        {kElbowR, 80},   {kLumbarRotation, -22}, {kPelvisTurn, -14},
                        {kHipsX, -0.08}, {kArmFlexL, 45}};
  const Changes release = {{kArmFlexR, 105},  {kArmAddR, -15},       {kElbowR, 8},
                           {kPronationR, 40}, {kLumbarRotation, 16}, {kLumbarExtension, -14},
                           {kPelvisTurn, 12}, {kFootLX, 0.42},       {kHipsX, 0.24},
                           {kHipsDrop, 0.05}, {kFootRPitch, -25}};
  const Changes stepped = {{kFootLX, 0.25}, {kFootLLift, 0.06},    {kHipsX, 0.04},
                           {kArmFlexR, 60}, {kArmAddR, -70},       {kArmRotR, -50},
                           {kElbowR, 85},   {kLumbarRotation, -14}};
  list.push_back({"ThrowBall",
                  3.4,
                  {{0, {}},
                   {0.08, {}},
                   {0.32, wind},
                   {0.44, stepped},
                   {0.56, release},
                   {0.64, release},
                   {0.80, {{kFootLX, 0.20}, {kFootLLift, 0.05}, {kHipsX, 0.04}}},
                   {0.95, {}},
                   {1, {}}}});

  list.push_back({"Walking", 1.12, {}});
  return list;
}

}  // namespace

const std::vector<Activity>& activities() {
  static const std::vector<Activity> list = make_activities();
  return list;
}

const Activity& find_activity(std::string_view name) {
  std::vector<std::string> names;
  for (const auto& activity : activities()) {
    if (activity.name == name) return activity;
    names.push_back(activity.name);
  }
  const auto meant = base::nearest(name, names);
  throw Error("no activity " + base::quoted(name) +
              (meant ? "; did you mean " + *meant + "?" : "") + " Known: " + base::join(names));
}

}  // namespace kinemyo::synth
