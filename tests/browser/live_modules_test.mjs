// What the live pages compute, without a browser: node --test tests/browser/live_modules_test.mjs
// KINEMYO: the program, for comparing with what it makes; without it those tests are skipped, by name.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import { load, walk, worldOf } from "./live_server.mjs";

const { landmarkNames, opposite } = await load("body/landmarks.ts");
const { pointsOfAngles, statureOfPoints } = await load("body/skeleton.ts");
const { belliesOf } = await load("body/muscles.ts");
const { SideKeeper } = await load("body/sides.ts");
const { readTakes, standing, headingOf, joined } = await load("live/recording.ts");
const { measuresOf, usualChoice, partSide } = await load("live/terms.ts");

const walkingPoints = (t) => { const values = walk(t); return pointsOfAngles((name) => values[name]); };
const near = (a, b, within, what) => assert.ok(Math.abs(a - b) <= within, `${what}: expected ${b}, found ${a}`);

test("every landmark but the nose has an opposite, and that one's opposite is itself", () => {
  assert.equal(landmarkNames.length, 33);
  landmarkNames.forEach((name, i) => assert.equal(opposite[opposite[i]], i, name));
  assert.equal(opposite[0], 0);
});

test("a bent knee is as bent as its angle says", () => {
  for (const degrees of [0, 30, 90, 120]) {
    const p = pointsOfAngles((name) => (name === "knee_angle_r" ? degrees : 0));
    const thigh = p[26].map((v, k) => v - p[24][k]), shank = p[28].map((v, k) => v - p[26][k]);
    const cosine = thigh.reduce((sum, v, k) => sum + v * shank[k], 0) / Math.hypot(...thigh) / Math.hypot(...shank);
    near((Math.acos(Math.min(1, cosine)) * 180) / Math.PI, degrees, 1e-6, "knee");
    assert.ok(degrees === 0 || p[28][0] < p[26][0], "the shank goes back");
  }
});

test("positive angles move where they say", () => {
  const rest = pointsOfAngles(() => 0), at = (name, value) => pointsOfAngles((n) => (n === name ? value : n === "pelvis_ty" ? 0.95 : 0));
  assert.ok(at("hip_flexion_l", 40)[25][0] > rest[25][0] + 0.1, "the left knee comes forward");
  assert.ok(at("hip_adduction_l", 20)[27][2] > rest[27][2] + 0.1, "the left foot comes to the middle");
  assert.ok(at("hip_adduction_r", 20)[28][2] < rest[28][2] - 0.1, "the right foot comes to the middle");
  assert.ok(at("ankle_angle_r", 20)[32][1] - at("ankle_angle_r", 0)[32][1] > 0.03, "the toes come up");
  assert.ok(at("lumbar_extension", 20)[0][0] < rest[0][0] - 0.1, "the head goes back");
  assert.ok(at("arm_flex_r", 90)[16][0] > 0.3, "the right hand comes forward");
});

test("height follows from the points, and feet stand on the floor", () => {
  const points = pointsOfAngles((name) => walk(0.3)[name], 1.6);
  near(statureOfPoints(points), 1.6, 1e-9, "stature");
  near(Math.min(...points.map((p) => p[1])), 0.2 * 0.039 * 1.6, 1e-9, "floor");
});

test("world landmarks of a body that stands askew are turned to face X", () => {
  const points = walkingPoints(0.1), world = worldOf(points);
  for (const degrees of [0, 50, -120]) {
    const c = Math.cos((degrees * Math.PI) / 180), s = Math.sin((degrees * Math.PI) / 180);
    const turned = world.map(([x, y, z, v]) => [c * x + s * z, y, -s * x + c * z, v]);
    const stood = standing(turned, headingOf([turned])), straight = standing(world, headingOf([world]));
    stood.forEach((p, i) => p.forEach((v, k) => near(v, straight[i][k], 1e-9, `${landmarkNames[i]} after ${degrees} degrees`)));
    assert.ok(stood[24][2] > stood[23][2], "the right hip is on the right");
    assert.ok(stood[0][0] > stood[7][0], "the nose is in front of the ears");
  }
  assert.equal(standing(null, 0), null);
  const hidden = world.map((p, i) => (i === 15 ? [0, 0, 0, 0] : p));
  assert.equal(standing(hidden, 0)[15], null);
});

test("frames whose left and right are exchanged are turned back, a body that has turned round is believed", () => {
  const keeper = new SideKeeper();
  const swapped = (world) => opposite.map((i) => world[i]);
  let wrong = 0;
  for (let i = 0; i < 90; ++i) {
    const world = worldOf(walkingPoints(i / 30)), given = i >= 40 && i < 50 ? swapped(world) : world;
    if (keeper.keep(given, i / 30).some((p, k) => p !== world[k])) ++wrong;
  }
  assert.equal(wrong, 0);
  assert.equal(keeper.turned, 10);
  keeper.forget();
  const first = worldOf(walkingPoints(0));
  keeper.keep(first, 10);
  let last;
  for (let i = 1; i < 60; ++i) last = keeper.keep(swapped(first), 10 + i / 30);
  assert.deepEqual(last, swapped(first));
});

test("a CSV of landmarks is read number for number, trial by trial, and 0 0 0 is missing", () => {
  const header = ["Activity", "Trial", "Frame", ...landmarkNames.flatMap((n) => [`${n}_X`, `${n}_Y`, `${n}_Z`, `${n}_VISIBILITY`])].join(",");
  const row = (trial, frame, x) => ["Squat", trial, frame, ...landmarkNames.flatMap((_, i) => (i === 5 ? [0, 0, 0, 0.9] : [x, 0.25, -0.125, 0.75]))].join(",");
  const takes = readTakes("a.csv", [header, row(1, 0, 0.1), row(1, 1, 0.2), row(2, 0, 0.3)].join("\r\n") + "\r\n");
  assert.deepEqual(takes.map((take) => [take.name, take.times.length]), [["Squat 1", 2], ["Squat 2", 1]]);
  near(takes[0].times[1], 1 / 30, 1e-12, "second frame");
  assert.deepEqual(takes[0].landmarks[1][0], [0.2, 0.25, -0.125, 0.75]);
  assert.deepEqual(takes[0].landmarks[1][5], [0, 0, 0, 0]);
});

test("JSON lines of landmarks are read; null is nobody", () => {
  const points = landmarkNames.map((_, i) => ({ x: i / 10, y: 0.5, z: -0.5, visibility: 1 }));
  const takes = readTakes("a.jsonl", [JSON.stringify({ time: 2, world_landmarks: points }), JSON.stringify({ time: 2.5, world_landmarks: null })].join("\n"));
  assert.deepEqual(takes[0].times, [0, 0.5]);
  assert.deepEqual(takes[0].landmarks[0][3], [0.3, 0.5, -0.5, 1]);
  assert.equal(takes[0].landmarks[1], null);
});

const mot = (inDegrees, rows) => `Coordinates\nversion=1\nnRows=${rows.length}\nnColumns=4\ninDegrees=${inDegrees}\nendheader\ntime\tpelvis_ty\tknee_angle_r\tknee_angle_r_beta\n${rows.map((r) => r.join("\t")).join("\n")}\n`;

test("MOT is read in degrees or radians; where the pelvis stands is kept, not shown", () => {
  const [take] = readTakes("a.mot", mot("no", [[1, 0.9, 0, 0], [1.5, 0.91, Math.PI / 2, 1.57]]));
  assert.deepEqual(take.times, [0, 0.5]);
  near(take.values[0][1], 90, 1e-9, "knee");
  near(take.placing.get("pelvis_ty")[1], 0.91, 0, "pelvis_ty");
  assert.deepEqual(measuresOf(take.outputs).map((m) => m.title), ["Knee flexion"]);
});

test("predictions in CSV: angles, muscles in % of their peak, standard deviations beside them", () => {
  const [take] = readTakes("p.csv", "Time,hip_flexion_r,hip_flexion_r_sd,Left Vastus Lateralis,Remark\n0,10,2,0.001,x\n0.1,20,3,0.004,y\n");
  assert.deepEqual(take.outputs.map((o) => [o.name, o.kind, o.side, o.unit]), [["hip_flexion_r", "angle", "right", "deg"], ["Left Vastus Lateralis", "muscle", "left", "%"]]);
  assert.deepEqual([...take.values[1]], [25, 100]);
  assert.deepEqual([...take.sd[0]], [2, 3]);
});

for (const [what, name, text, message] of [
  ["landmarks that lack one", "a.csv", landmarkNames.slice(1).flatMap((n) => [`${n}_X`, `${n}_Y`, `${n}_Z`]).join(",") + "\n1\n", /a\.csv: line 1: expected 33 landmarks, found 32; lacks NOSE/],
  ["a table of something else", "b.csv", "Time,Force\n0,1\n", /b\.csv: line 1: expected joint angles, muscles or 33 landmarks, found Time, Force/],
  ["a row that is too long", "c.csv", "Time,hip_flexion_r\n0,1,7\n", /c\.csv: line 2: expected 2 columns, found 3/],
  ["a time that is missing", "d.csv", "Time,hip_flexion_r\n0,1\n,2\n", /d\.csv: line 3: expected a time in column 'Time', found none/],
  ["a MOT cut in its header", "e.mot", "Coordinates\nnRows=2\n", /e\.mot: line 3: expected a line 'endheader'/],
  ["a MOT cut in a row", "f.mot", mot("yes", [[0, 1, 2, 3], [1, 2]]), /f\.mot: line 9: expected 4 columns, found 2/],
  ["a MOT without its unit", "g.mot", mot("yes", [[0, 1, 2, 3]]).replace("inDegrees=yes\n", ""), /g\.mot: line 5: expected 'inDegrees=yes'/],
  ["JSON cut in a line", "h.jsonl", '{"time": 0, "world_landmarks": null}\n{"time": 1, "wor', /h\.jsonl: line 2: expected a JSON object/],
  ["places in the picture", "i.jsonl", '{"time": 0, "pose_landmarks": []}', /i\.jsonl: line 1: expected world_landmarks of 33 points, found none/],
  ["an empty file", "j.csv", "", /j\.csv: line 1: expected names of columns, found nothing/],
]) test(`refused with file and place: ${what}`, () => assert.throws(() => readTakes(name, text), { message }));

test("a file cut anywhere is read or refused, never a crash", () => {
  const whole = mot("yes", [[0, 0.9, 1, 0.1], [0.5, 0.9, 2, 0.2]]);
  for (let i = 0; i < whole.length; ++i) {
    try { readTakes("cut.mot", whole.slice(0, i)); } catch (error) { assert.match(error.message, /^cut\.mot: /); }
  }
});

test("landmarks, angles and muscles of one trial go together by their clocks", () => {
  const world = worldOf(walkingPoints(0)), empty = { outputs: [], values: [], sd: [], landmarks: null, placing: new Map(), notes: [] };
  const seen = { ...empty, name: "seen", times: [0, 0.1, 0.2], landmarks: [world, null, world] };
  const angles = { ...empty, name: "angles", times: [0, 0.04, 0.11, 0.9], outputs: [{ name: "knee_angle_r" }], values: [Float64Array.of(1, 2, 3, 4)], sd: [null] };
  const muscles = { ...empty, name: "muscles", times: [0.05, 0.1], outputs: [{ name: "Soleus" }], values: [Float64Array.of(50, 60)], sd: [null] };
  const all = joined([seen, angles, muscles]);
  assert.deepEqual(all.times, angles.times);
  assert.deepEqual(all.landmarks, [world, world, null, null]);
  assert.deepEqual(all.values.map((row) => [...row]), [[1, 2, 3, 4], [50, 50, 60, NaN]]);
});

test("muscles in shares of the person's peak are shown as such where the file says so", () => {
  const [take] = readTakes("emg.sto", "Recording\nversion=1\nnRows=2\nnColumns=2\ninDegrees=yes\nchannels_2=analog 1 1\nendheader\ntime\tGlutei\n0\t0.25\n1\t0.5\n");
  assert.deepEqual([...take.values[0]], [25, 50]);
  assert.deepEqual(take.notes, []);
});

test("outputs are told by joint and side, in the words of the clinic", () => {
  assert.deepEqual(partSide("Right Lumbars"), { base: "Lumbars", side: "right" });
  assert.deepEqual(partSide("Biceps Brachii"), { base: "Biceps Brachii", side: "middle" });
  const outputs = ["hip_flexion_r", "hip_flexion_l", "knee_angle_r_beta", "mtp_angle_r"].map((name) => ({ name, kind: "angle", unit: "deg", side: partSide(name).side, low: 0, high: 9 }));
  const measures = measuresOf(outputs);
  assert.deepEqual(measures.map((m) => [m.title, m.index]), [["Hip flexion", { right: 0, left: 1 }], ["Toe extension", { right: 3 }]]);
  assert.deepEqual(usualChoice(measures), ["angle:hip_flexion"]);
});

test("the original's muscles all have a place on the body", () => {
  for (const name of ["Tibialis Anterior / Dorsiflexors", "Gastrocnemius Medial", "Gastrocnemius Lateral", "Hamstrings Lateral", "Left Lumbars", "Hamstrings Medial", "Vastus Lateralis", "Vastus Medialis",
    "Triceps Brachii", "Biceps Brachii", "Forearm M", "Middle/Lateral Deltoid", "Shoulder Flexors", "Glutei", "Right Lumbars", "Rectus Femoris", "L Tib Ant", "R Gast", "L Hams", "R Rect"]) {
    assert.ok(belliesOf(name, "middle").length === 2, name);
  }
  assert.equal(belliesOf("Biceps Brachii", "left")[0].segment, "upper_arm");
  assert.equal(belliesOf("Biceps Femoris", "left")[0].segment, "thigh");
  assert.deepEqual(belliesOf("Channel 7", "left"), []);
});

// The program's own skeleton and ours are two; the made-up people's landmarks come from the first, their angles feed the second.
const program = process.env.KINEMYO;
test("the body of angles stands as the program's does", { skip: !program || !existsSync(program) ? "KINEMYO does not name the program" : false }, () => {
  const folder = mkdtempSync(join(tmpdir(), "kinemyo-people-"));
  try {
    execFileSync(program, ["synth", folder, "--subjects", "1", "--trials", "1", "--seconds", "6"], { stdio: "ignore" });
    const seen = readTakes("S1_keypoints.csv", readFileSync(join(folder, "video/S1_keypoints.csv"), "utf8"));
    assert.ok(seen.length >= 4);
    for (const take of seen) {
      const activity = take.name.split(" ")[0];
      const [truth] = readTakes("angles.mot", readFileSync(join(folder, `truth/S1/${activity}/1_angles.mot`), "utf8"));
      const column = new Map(truth.outputs.map((o, i) => [o.name, truth.values[i]]));
      const limbs = [[23, 25], [24, 26], [25, 27], [26, 28], [11, 13], [12, 14], [13, 15], [14, 16], [27, 31], [28, 32], [15, 21], [16, 22]];
      // The landmarks' own errors: 20 mm in depth, 8 mm across, in each of a limb's two ends (src/kinemyo/synth/trial.cc).
      const noise = [0.020, 0.008, 0.008].map((sd) => sd * Math.SQRT2);
      const squares = limbs.map(() => [0, 0, 0]);
      let count = 0;
      take.landmarks.forEach((world, f) => {
        const i = truth.times.findIndex((t) => t >= take.times[f] - 1e-9);
        if (i < 0 || !world) return;
        const seen = world.map(([x, y, z]) => [-z, -y, -x]);  // the camera stands in front of the person
        const body = pointsOfAngles((name) => column.get(name)?.[i] ?? truth.placing.get(name)?.[i], statureOfPoints(seen));
        ++count;
        limbs.forEach(([a, b], l) => {
          const mine = body[b].map((v, k) => v - body[a][k]), theirs = seen[b].map((v, k) => v - seen[a][k]);
          const length = Math.hypot(...theirs) / Math.hypot(...mine);
          for (let k = 0; k < 3; ++k) squares[l][k] += (mine[k] * length - theirs[k]) ** 2;
        });
      });
      assert.ok(count >= 170, `${take.name}: ${count} frames compared`);
      const worst = Math.max(...squares.flatMap((one) => one.map((sum, k) => Math.sqrt(sum / count) / noise[k])));
      console.log(`${take.name}: limbs lie beside the program's by at most ${worst.toFixed(2)} times the noise of its landmarks`);
      assert.ok(worst < 2, `${take.name}: ${worst} times the noise`);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});
