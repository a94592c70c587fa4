// Opens the live pages in headless Chromium and holds them to what people need:
//   node tests/browser/check_live_pages.mjs PART [SCREENSHOT_PREFIX]
// PART: pages (look, keyboard, size, accessibility) | files (recordings without a server) | replay (landmarks of a file to the server, to a viewer, through
// a cut line) | camera (the photograph $KINEMYO_DATA/video/person.jpg as a moving picture in a fake camera) | walker (the pedestrians of Debian's
// opencv-doc as a video file). KINEMYO_LIVE: the address of a running `kinemyo serve` with its token, which camera and walker use instead of our own server.
// Exit 77: what the part needs is not there.
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildPages, load, outputs, startServer, walk, web, worldOf } from "./live_server.mjs";

const require = createRequire(join(web, "package.json"));
const { chromium } = require("playwright-core");
const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const { landmarkNames } = await load("body/landmarks.ts");
const { pointsOfAngles } = await load("body/skeleton.ts");

const [part, prefix] = process.argv.slice(2);
const faults = [];
const check = (right, text) => { if (!right) faults.push(text); };
const kPatience = 180_000;  // a busy machine without a graphics card draws a picture a second
const scratch = mkdtempSync(join(tmpdir(), "kinemyo-live-"));
const pages = buildPages();
let browser;

async function launch(...more) {
  browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--headless=new", "--no-sandbox", "--disable-quic", "--disable-background-networking", "--disable-component-update", "--no-first-run",
      "--use-angle=swiftshader", "--enable-unsafe-swiftshader", ...more],
  });
}

/** A page whose faults are ours: script errors, refused requests, addresses elsewhere. */
async function open(address, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, reducedMotion: "reduce", ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(kPatience);
  const home = new URL(address).host;
  page.on("pageerror", (error) => faults.push(`${address}: script error: ${error.message}`));
  // The pose library writes its log as warnings and, of the graphics driver, as errors.
  page.on("console", (message) => { if (message.type() === "error" && !/WebSocket|gl_context|GL Driver/.test(message.text())) faults.push(`${address}: console: ${message.text()}`); });
  page.on("request", (request) => { if (!/^(data|blob):/.test(request.url()) && new URL(request.url()).host !== home) faults.push(`${address}: asks for ${request.url()}`); });
  page.frames_ = { sent: [], received: [] };
  page.on("websocket", (socket) => {
    if (new URL(socket.url()).host !== home) faults.push(`${address}: connects to ${socket.url()}`);
    socket.on("framesent", ({ payload }) => page.frames_.sent.push(JSON.parse(payload)));
    socket.on("framereceived", ({ payload }) => page.frames_.received.push(JSON.parse(payload)));
  });
  await page.goto(address);
  return page;
}

async function until(what, condition) {
  const end = Date.now() + kPatience;
  for (;;) {
    const value = await condition();
    if (value) return value;
    if (Date.now() > end) { faults.push(`never came: ${what}`); return null; }
    await new Promise((done) => setTimeout(done, 100));
  }
}

/** Notes every text that the element ever shows, however shortly. */
const listen = (page, selector) => page.evaluate((which) => {
  const element = document.querySelector(which);
  const texts = [];
  (window.shown ??= {})[which] = texts;
  const note = () => { if (texts.at(-1) !== element.innerText) texts.push(element.innerText); };
  new MutationObserver(note).observe(element, { childList: true, characterData: true, subtree: true });
}, selector);
const showed = (page, selector, pattern) => page.evaluate(([which, source]) => window.shown[which].some((text) => new RegExp(source).test(text)), [selector, pattern.source]);

async function shoot(page, name) { if (prefix) await page.screenshot({ path: `${prefix}-${name}.png`, timeout: kPatience }); }

const axed = { states: 0, passed: 0, lesser: 0, serious: 0 };
async function accessible(page, name) {
  await page.evaluate(axe);
  const { violations, passes } = await page.evaluate(() => axe.run(document, { resultTypes: ["violations"] }));
  const grave = violations.filter((v) => v.impact === "serious" || v.impact === "critical").length;
  ++axed.states;
  axed.passed += passes.length;
  axed.serious += grave;
  axed.lesser += violations.length - grave;
  for (const v of violations) if (v.impact === "serious" || v.impact === "critical") faults.push(`${name}: axe: ${v.id}: ${v.help} (${v.nodes.length}: ${v.nodes[0].html.slice(0, 120)})`);
}

/** Share of the stage that is not of its background's colour, and the strongest red, from what is on the screen. */
async function painted(page) {
  const picture = (await page.locator(".stage").screenshot({ timeout: kPatience })).toString("base64");
  return page.evaluate(async (data) => {
    const image = new Image();
    image.src = `data:image/png;base64,${data}`;
    await image.decode();
    const canvas = document.createElement("canvas");
    canvas.width = image.width;
    canvas.height = image.height;
    const context = canvas.getContext("2d");
    context.drawImage(image, 0, 0);
    const { data: area } = context.getImageData(0, 0, canvas.width, canvas.height);
    const corner = [...area.slice(4 * (20 * canvas.width + 20), 4 * (20 * canvas.width + 20) + 3)];
    let body = 0, red = 0;
    for (let i = 0; i < area.length; i += 4) {
      if (Math.abs(area[i] - corner[0]) + Math.abs(area[i + 1] - corner[1]) + Math.abs(area[i + 2] - corner[2]) > 60) ++body;
      if (area[i] > area[i + 1] + 60 && area[i] > area[i + 2] + 60) ++red;
    }
    return { body: (4 * body) / area.length, red };
  }, picture);
}

/** Points of a side's colour in a card's plot. */
const plotted = (page, id) => page.evaluate((measure) => {
  const canvas = document.querySelector(`[data-measure="${measure}"] .trace canvas`);
  if (!canvas) return null;
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  let blue = 0, orange = 0;
  for (let i = 0; i < data.length; i += 4) {
    if (data[i + 3] < 200) continue;
    if (data[i + 2] > data[i] + 60) ++blue;
    if (data[i] > data[i + 2] + 60) ++orange;
  }
  return { blue, orange };
}, id);

const numberIn = (page, id, side) => page.locator(`[data-measure="${id}"] .row.${side} .value`).innerText().then((text) => Number(text.replace("−", "-")));

// --- recordings to open --------------------------------------------------------

const landmarkRows = (seconds) => Array.from({ length: 30 * seconds }, (_, i) => ({
  t: i / 30, world: worldOf(pointsOfAngles((name) => walk(i / 30)[name])).map((p) => p.map((v) => Math.round(1e5 * v) / 1e5)),
}));
const landmarksCsv = (rows) => [["Time", ...landmarkNames.flatMap((name) => [`${name}_X`, `${name}_Y`, `${name}_Z`, `${name}_VISIBILITY`])].join(","),
  ...rows.map(({ t, world }) => [t, ...world.flat()].join(","))].join("\n");
const angleNames = outputs.filter((o) => o.kind === "angle").map((o) => o.name), muscleNames = outputs.filter((o) => o.kind === "muscle").map((o) => o.name);
const predictionCsv = (seconds) => [["Time", ...angleNames, ...angleNames.map((n) => `${n}_sd`), ...muscleNames].join(","),
  ...Array.from({ length: 100 * seconds }, (_, i) => { const v = walk(i / 100); return [i / 100, ...angleNames.map((n) => v[n]), ...angleNames.map(() => 2.5), ...muscleNames.map((n) => v[n] / 1000)].join(","); })].join("\n");
const motText = (seconds) => ["walk", "version=1", `nRows=${100 * seconds}`, `nColumns=${angleNames.length + 1}`, "inDegrees=yes", "endheader", ["time", ...angleNames].join("\t"),
  ...Array.from({ length: 100 * seconds }, (_, i) => { const v = walk(i / 100); return [i / 100, ...angleNames.map((n) => v[n])].join("\t"); })].join("\n") + "\n";
const file = (name, text) => { const path = join(scratch, name); writeFileSync(path, text); return path; };

// --- parts -----------------------------------------------------------------------

const parts = {
  async pages() {
    const size = (name) => statSync(join(pages, name)).size;
    for (const page of ["start", "camera", "view"]) {
      const total = size(`${page === "start" ? "index" : page}.html`) + size("live.css") + size("icon.svg") + size(`${page}.js`);
      console.log(`${page} page: ${(total / 1e6).toFixed(2)} MB`);
      check(total < 3e6, `the ${page} page is ${total} bytes, more than 3 MB`);
    }
    const server = await startServer({ pages, walking: true });
    await launch();
    for (const [name, width, height, colorScheme] of [["desktop-light", 1440, 900, "light"], ["desktop-dark", 1440, 900, "dark"], ["phone-light", 390, 844, "light"], ["phone-dark", 390, 844, "dark"]]) {
      for (const which of ["", "camera", "view"]) {
        const page = await open(server.url(which), { viewport: { width, height }, colorScheme, hasTouch: width < 500 });
        const title = `${which || "start"}-${name}`;
        if (which === "view") {
          await until(`${title}: live`, () => page.locator(".state").innerText().then((text) => text === "Live"));
          await page.locator('[data-measure="angle:knee_angle"]').scrollIntoViewIfNeeded();  // what is not on the screen is not drawn
          await until(`${title}: a whole trace`, () => plotted(page, "angle:knee_angle").then((seen) => seen && seen.blue > 200 && seen.orange > 200));
          const knee = await numberIn(page, "angle:knee_angle", "left");
          check(knee >= 0 && knee <= 60, `${title}: left knee at ${knee} degrees, sent were 0 to 60`);
          const doubt = await page.locator('[data-measure="angle:knee_angle"] .row.left .doubt').innerText();
          check(/± [2-6]$/.test(doubt), `${title}: uncertainty reads '${doubt}'`);
          const delay = await until(`${title}: delay`, () => page.locator(".latency b").innerText().then((text) => /^(\d+) ms$/.exec(text)?.[1]));
          check(Number(delay) >= 84, `${title}: delay of ${delay} ms, less than what pose and smoothing take`);
          const seen = await until(`${title}: the body`, async () => { const one = await painted(page); return one.body > 0.02 && one.red > 10 ? one : null; });
          console.log(`${title}: body on ${(100 * (seen?.body ?? 0)).toFixed(1)} % of the stage, ${seen?.red} points of a red muscle, delay ${delay} ms`);
        }
        const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        check(wide <= 1, `${title}: ${wide} px wider than the screen`);
        const small = await page.evaluate(() => [...document.querySelectorAll("button, select")].filter((b) => b.checkVisibility() && b.getBoundingClientRect().height < 40).map((b) => b.textContent));
        check(small.length === 0, `${title}: too small for a finger: ${small}`);
        await accessible(page, title);
        await page.evaluate(() => scrollTo(0, 0));
        await shoot(page, title);
        if (which === "view" && name === "desktop-light") await keyboard(page, title);
        await page.context().close();
      }
    }
    check(server.log.missing.length === 0, `not found: ${server.log.missing}`);
    // Without the token nothing is shown, and the page says why.
    const page = await open(`${server.address}/view#token=wrong`);
    await until("refusal", () => page.locator(".overlay").innerText().then((text) => /no valid access token/.test(text)));
    check(page.frames_.received.every((message) => message.type === "error"), "a wrong token got data");
    const bare = await open(`${server.address}/camera`);
    await bare.getByText("Recorded landmarks").click();
    const [chooser] = await Promise.all([bare.waitForEvent("filechooser"), bare.getByRole("button", { name: "Start", exact: true }).click()]);
    await chooser.setFiles(file("landmarks.csv", landmarksCsv(landmarkRows(1))));
    await until("refusal of a camera", () => bare.locator(".notice").innerText().then((text) => /no valid access token/.test(text)));
    await server.close();
  },

  async files() {
    const server = await startServer({ pages });
    await launch();
    const page = await open(`${server.address}/view`);
    check(/Open a recording/.test(await page.locator(".overlay").innerText()), "the view without a token does not offer to open a recording");
    check(server.log.hellos.length === 0, "the view without a token connects");
    await accessible(page, "empty view");
    const input = page.locator("input[type=file]");
    const clock = page.locator(".clock");

    await input.setInputFiles(file("predicted.csv", predictionCsv(4)));
    await until("a prediction's trace", () => plotted(page, "angle:knee_angle").then((seen) => seen && seen.blue > 200 && seen.orange > 200));
    check((await clock.innerText()).endsWith("/ 4.0 s"), `a prediction of 4 s: ${await clock.innerText()}`);
    // By keys alone: to the slider, then to its end and into the middle; the numbers are the file's.
    await page.locator(".player input[type=range]").focus();
    await page.keyboard.press("End");
    const at = async () => Number((await page.locator(".player input[type=range]").inputValue()));
    check(Math.abs((await at()) - 3.99) < 0.02, `End goes to ${await at()} s, the file ends at 3.99`);
    check(/^Range L −1[0-9] to 3[0-9]°, R −1[0-9] to 3[0-9]°$/m.test(await page.locator('[data-measure="angle:hip_flexion"] .compare').innerText()), "the range of hip flexion is not that of the whole recording");
    for (let i = 0; i < 57; ++i) await page.keyboard.press("ArrowLeft");
    const t = await at(), truth = walk(Math.floor(100 * t + 1e-6) / 100);
    check(Math.abs((await numberIn(page, "angle:knee_angle", "right")) - truth.knee_angle_r) <= 0.6, `right knee at ${t} s: shown ${await numberIn(page, "angle:knee_angle", "right")}, in the file ${truth.knee_angle_r}`);
    check(/± 5$/.test(await page.locator('[data-measure="angle:hip_flexion"] .row.left .doubt').innerText()), "two standard deviations of 2.5 degrees are not shown as 5");
    const peak = Math.max(...Array.from({ length: 400 }, (_, i) => walk(i / 100)["Left Tibialis Anterior"]));
    const shown = await numberIn(page, "muscle:Tibialis Anterior", "left"), wanted = (100 * truth["Left Tibialis Anterior"]) / peak;
    check(Math.abs(shown - wanted) <= 0.6, `tibialis anterior in % of its peak: shown ${shown}, in the file ${wanted}`);
    const still = await until("the body", async () => { const one = await painted(page); return one.body > 0.02 && one.red > 10 ? one : null; });
    await page.keyboard.press("Home");
    await accessible(page, "prediction");
    await shoot(page, "file-prediction");
    // Space plays and stops.
    await page.locator(".stage canvas").focus();
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press(" ");
    await until("time runs", async () => (await at()) > 0.05);
    await page.keyboard.press(" ");
    check((await page.locator(".player button").innerText()) === "Play", "Space does not stop");
    console.log(`prediction: body on ${(100 * (still?.body ?? 0)).toFixed(1)} % of the stage`);

    await input.setInputFiles(file("walk.mot", motText(2)));
    await until("a MOT", () => clock.innerText().then((text) => text.endsWith("/ 2.0 s")));
    check(Math.abs((await numberIn(page, "angle:hip_flexion", "left")) - walk(0).hip_flexion_l) <= 0.6, "the MOT's first left hip flexion is not shown");

    await input.setInputFiles(file("landmarks.csv", landmarksCsv(landmarkRows(2))));
    await until("landmarks alone", () => page.locator(".cards").innerText().then((text) => /Only the body's points are known/.test(text)));
    await until("the body of points", async () => (await painted(page)).body > 0.02);
    await shoot(page, "file-landmarks");
    await input.setInputFiles([join(scratch, "landmarks.csv"), join(scratch, "predicted.csv")]);
    await until("both together", () => page.locator(".state").innerText().then((text) => text === "landmarks.csv with predicted.csv"));

    await input.setInputFiles(file("broken.csv", "Time,hip_flexion_r\n0,1\n0.1,2,3\n"));
    await until("an error that names the place", () => page.locator(".notes").innerText().then((text) => text === "broken.csv: line 3: expected 2 columns, found 3"));
    // What was open stays; and a file may be dropped.
    check((await page.locator(".state").innerText()) === "landmarks.csv with predicted.csv", "a broken file closes what was open");
    await page.evaluate((text) => {
      const data = new DataTransfer();
      data.items.add(new File([text], "dropped.mot"));
      for (const type of ["dragover", "drop"]) document.body.dispatchEvent(new DragEvent(type, { dataTransfer: data, bubbles: true, cancelable: true }));
    }, motText(3));
    await until("a dropped file", () => clock.innerText().then((text) => text.endsWith("/ 3.0 s")));
    await server.close();
  },

  async replay() {
    const server = await startServer({ pages });
    await launch();
    const rows = landmarkRows(6);
    const viewer = await open(server.url("view"));
    await until("waiting for a camera", () => viewer.locator(".overlay").innerText().then((text) => /No camera yet/.test(text)));
    const camera = await open(server.url("camera"), { viewport: { width: 390, height: 844 } });
    await camera.getByText("Recorded landmarks").click();
    await camera.getByLabel("Name of this device").fill("Phone 1");
    await listen(viewer, ".overlay");
    await listen(viewer, ".state");
    await listen(camera, ".seen");
    const play = async (shown = rows) => {
      const [chooser] = await Promise.all([camera.waitForEvent("filechooser"), camera.getByRole("button", { name: "Start", exact: true }).click()]);
      await chooser.setFiles(file("landmarks.csv", landmarksCsv(shown)));
    };
    await play();
    await until("calibration shown", () => showed(viewer, ".overlay", /stand still/));
    await until("live", () => showed(viewer, ".state", /^Live$/));
    await until("the whole body is seen", () => showed(camera, ".seen", /whole body/));
    await shoot(camera, "replay-camera");
    const session = server.sessions.get("phone-1");
    check(session !== undefined, `no session phone-1: ${[...server.sessions.keys()]}`);
    await viewer.getByRole("button", { name: "Record", exact: true }).click();
    await until("recording shown on both", async () => (await viewer.locator("button.record").getAttribute("aria-pressed")) === "true" && (await camera.locator("button.record").getAttribute("aria-pressed")) === "true");
    await until("the end of the recording", () => camera.locator(".seen").innerText().then((text) => /has ended/.test(text)));
    // Every frame came, in order, number for number, none made up.
    const got = session.got;
    check(got.length === rows.length, `${rows.length} frames recorded, ${got.length} came`);
    const different = got.filter((message, i) => message.seq !== i || Math.abs(message.t - rows[i].t) > 1e-9 || JSON.stringify(message.world) !== JSON.stringify(rows[i].world)).length;
    check(different === 0, `${different} frames differ from the recording`);
    // The last number on the view is what the server sent last.
    const last = server.sessions.get("phone-1");
    const arrived = () => viewer.frames_.received.find((m) => m.type === "frame" && m.seq === rows.length - 1);
    await until("the last frame at the viewer", arrived);
    const knee = arrived()?.values[outputs.findIndex((o) => o.name === "knee_angle_l")];
    await until("the last number", async () => Math.abs((await numberIn(viewer, "angle:knee_angle", "left")) - knee) <= 0.6);
    check(last.lost === 0, `${last.lost} frames lost`);
    await shoot(viewer, "replay-view");

    // The line is cut: both pages come back by themselves, and the camera's next frames arrive.
    await camera.getByRole("button", { name: "Stop", exact: true }).click();
    await play();
    await until("frames again", () => (server.sessions.get("phone-1")?.got.length ?? 0) > 3);
    const hellos = server.log.hellos.length;
    server.cut();
    await until("both come back", () => server.log.hellos.length >= hellos + 2);
    await until("frames after the cut", () => (server.sessions.get("phone-1")?.got.length ?? 0) > 3);
    await until("live after the cut", () => viewer.locator(".state").innerText().then((text) => /Live|Calibrating/.test(text)));
    await accessible(camera, "camera at work");

    // Who never stands still is asked to for a while; then the body is seen all the same.
    await camera.getByRole("button", { name: "Stop", exact: true }).click();
    await play(landmarkRows(24));
    const restless = await until("the restless one", () => server.sessions.get("phone-1"));
    restless.stands = false;
    await until("asked to stand still", () => viewer.locator(".overlay").innerText().then((text) => /stand still/.test(text)));
    await until("shown uncalibrated", async () => (await viewer.locator(".state").innerText()) === "Not calibrated" && (await viewer.locator(".overlay").isHidden()));
    await viewer.getByRole("button", { name: "Calibrate", exact: true }).click();
    await until("asked again", () => viewer.locator(".overlay").isVisible());
    await server.close();

    // A device that was too busy to say hello in time tries again by itself.
    const impatient = await startServer({ pages, walking: true, impatient: true });
    const late = await open(impatient.url("view"));
    await until("live at the second try", () => late.locator(".state").innerText().then((text) => text === "Live"));
    await impatient.close();
  },

  async camera() {
    const photo = join(process.env.KINEMYO_DATA ?? "", "video/person.jpg");
    if (!process.env.KINEMYO_DATA || !existsSync(photo)) return skip("the fake camera needs $KINEMYO_DATA/video/person.jpg");
    await launch();
    const video = join(scratch, "moving.mjpeg");
    writeFileSync(video, await movingPicture(photo));
    await browser.close();
    await launch("--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream", `--use-file-for-fake-video-capture=${video}`);
    await watch("camera", async (camera) => {
      await camera.getByText("Front camera").click();
      await camera.getByRole("button", { name: "Start", exact: true }).click();
    }, 30);
  },

  async walker() {
    const film = "/usr/share/doc/opencv-doc/examples/data/vtest.avi";
    if (!existsSync(process.env.KINEMYO_PEDESTRIANS ?? film)) return skip("the walker needs Debian's opencv-doc");
    const video = join(scratch, "walker.webm");
    try {
      // One of them from nearby: a cut that goes along with him, four times as large.
      execFileSync("ffmpeg", ["-v", "error", "-y", "-i", process.env.KINEMYO_PEDESTRIANS ?? film, "-an", "-c:v", "libvpx", "-b:v", "2M", "-vf",
        "trim=4.6:9,setpts=PTS-STARTPTS,crop=180:180:'min(588,max(0,706-36*t-90))':'322-26*t-90',scale=480:480:flags=lanczos", video]);
    } catch (error) {
      if (error.code === "ENOENT") return skip("the walker needs ffmpeg");
      throw error;
    }
    await launch();
    await watch("walker", async (camera) => {
      await camera.getByText("Video file").click();
      const [chooser] = await Promise.all([camera.waitForEvent("filechooser"), camera.getByRole("button", { name: "Start", exact: true }).click()]);
      await chooser.setFiles(video);
    }, 25);
  },
};

/** A camera page sends what it sees, a view shows what came back. */
async function watch(name, begin, wanted) {
  const server = process.env.KINEMYO_LIVE ? null : await startServer({ pages });
  const url = (page) => (server ? server.url(page) : process.env.KINEMYO_LIVE.replace("/#", `/${page}#`));
  const viewer = await open(url("view"));
  const camera = await open(url("camera"), { viewport: { width: 390, height: 844 } });
  await begin(camera);
  const sent = () => camera.frames_.sent.filter((message) => message.type === "landmarks");
  await until(`${wanted} frames with a body`, () => sent().filter((message) => message.world).length >= wanted);
  await shoot(camera, `${name}-phone`);
  const all = sent(), bodies = all.filter((message) => message.world);
  check(bodies.every((message) => message.world.length === 33 && message.world.every((p) => p.length === 4 && p.every(Number.isFinite))), "a frame does not hold 33 landmarks of 4 numbers");
  check(all.every((message, i) => i === 0 || (message.t > all[i - 1].t && message.seq > all[i - 1].seq)), "times or numbers of frames do not increase");
  check(bodies.length / all.length > 0.8, `a body in ${bodies.length} of ${all.length} pictures`);
  check(all.every((message) => Object.keys(message).every((key) => ["type", "seq", "t", "mirrored", "world", "pose_ms"].includes(key))), "more than landmarks is sent");
  // A person's size and shape: a leg between 0.5 and 1.2 m, the nose above the hips (y down).
  const length = (w, a, b) => Math.hypot(...[0, 1, 2].map((k) => w[a][k] - w[b][k]));
  const legs = bodies.map(({ world: w }) => length(w, 23, 25) + length(w, 25, 27)).sort((a, b) => a - b), leg = legs[legs.length >> 1];
  check(leg > 0.5 && leg < 1.2, `a leg of ${leg} m`);
  check(bodies.filter(({ world }) => world[0][1] < -0.2).length > 0.9 * bodies.length, "the nose is not above the hips");
  // Our own server calibrates whoever it sees; before `kinemyo serve` nobody here stands still, and what is known is told all the same.
  const answers = () => viewer.frames_.received.filter((message) => message.type === "frame" && (server ? message.state === "live" : message.values?.some((v) => v != null)));
  await until("predictions at the viewer", () => answers().length >= 5);
  const values = answers().at(-1)?.values ?? [];
  check(values.filter((v) => v != null).length >= 5, `only ${values.filter((v) => v != null).length} predictions`);
  await until("numbers on the view", () => viewer.locator(".card .value").allInnerTexts().then((texts) => texts.filter((text) => /\d/.test(text)).length >= 4));
  await until("the body on the view", async () => (await painted(viewer)).body > 0.02);
  await shoot(viewer, `${name}-view`);
  const pose = bodies.map((message) => message.pose_ms).sort((a, b) => a - b);
  console.log(`${name}: a body in ${bodies.length} of ${all.length} pictures, leg ${leg.toFixed(2)} m, pose in ${pose[pose.length >> 1]} ms here (median), ${answers().length} answers at the viewer`);
  await server?.close();
}

/** Everything that matters is reached and worked by keys. */
async function keyboard(page, title) {
  await page.evaluate(() => document.activeElement?.blur());
  const reached = new Set();
  for (let i = 0; i < 40; ++i) {
    await page.keyboard.press("Tab");
    const now = await page.evaluate(() => {
      const e = document.activeElement;
      if (!e || e === document.body) return null;
      const { outlineStyle, outlineWidth } = getComputedStyle(e);
      return { name: e.getAttribute("aria-label") ?? e.textContent.trim(), seen: outlineStyle !== "none" && parseFloat(outlineWidth) >= 2 };
    });
    if (!now) break;
    reached.add(now.name);
    check(now.seen, `${title}: no focus is seen on '${now.name}'`);
  }
  for (const name of ["Calibrate", "Record", "Choose…", "Restart ranges", "Big numbers", "Open a file…", "Front", "Left", "Back", "Right", "Switch between light and dark"]) check(reached.has(name), `${title}: '${name}' is not reached by Tab`);
  check([...reached].some((name) => /moving body in 3-D/.test(name)), `${title}: the body is not reached by Tab`);
  await page.getByRole("button", { name: "Choose…", exact: true }).focus();
  await page.keyboard.press("Enter");
  const box = page.locator('dialog input[value="angle:elbow_flex"]');
  await box.focus();
  await page.keyboard.press("Space");
  await accessible(page, `${title}, dialog`);
  await shoot(page, "choose");
  await page.keyboard.press("Enter");
  await until("the chosen card", () => page.locator('[data-measure="angle:elbow_flex"]').count());
  check((await page.locator("dialog").count()) === 0, `${title}: the dialog stays open`);
  await page.keyboard.press("Escape");
  await page.evaluate(() => document.activeElement?.blur());
  await page.keyboard.press("b");
  check(await page.evaluate(() => document.body.classList.contains("big")), `${title}: b does not make numbers big`);
  const height = await page.locator('[data-measure="angle:hip_flexion"] .row.left .value').evaluate((e) => parseFloat(getComputedStyle(e).fontSize));
  check(height >= 60, `${title}: big numbers are ${height} px high`);
  await shoot(page, "big");
}

/** The photograph as a film: shifted and scaled from picture to picture. Motion JPEG, which Chromium's fake camera plays. */
async function movingPicture(photo) {
  const page = await browser.newPage();
  const pictures = await page.evaluate(async (source) => {
    const image = new Image();
    image.src = `data:image/jpeg;base64,${source}`;
    await image.decode();
    const canvas = document.createElement("canvas");
    canvas.width = 640;
    canvas.height = 480;
    const context = canvas.getContext("2d");
    return Array.from({ length: 60 }, (_, i) => {
      const a = (2 * Math.PI * i) / 60, scale = 1.1 + 0.12 * Math.sin(a), w = image.width * scale, h = image.height * scale;
      context.fillStyle = "#345";
      context.fillRect(0, 0, 640, 480);
      context.drawImage(image, 320 - w / 2 + 30 * Math.cos(a), 240 - h / 2 + 12 * Math.sin(2 * a), w, h);
      return canvas.toDataURL("image/jpeg", 0.9).split(",")[1];
    });
  }, readFileSync(photo).toString("base64"));
  await page.close();
  return Buffer.concat(pictures.map((text) => Buffer.from(text, "base64")));
}

let skipped = "";
function skip(why) { skipped = why; }

if (!(part in parts)) { console.error(`usage: check_live_pages.mjs ${Object.keys(parts).join("|")} [SCREENSHOT_PREFIX]`); process.exit(2); }
try {
  await parts[part]();
} finally {
  await browser?.close();
  rmSync(scratch, { recursive: true });
  rmSync(pages, { recursive: true });
}
if (skipped) { console.log(`skipped: ${skipped}`); process.exit(77); }
if (axed.states) console.log(`axe: ${axed.states} states of pages, ${axed.passed} rules passed, ${axed.serious} serious or critical violations, ${axed.lesser} lesser`);
for (const text of faults) console.error(text);
console.log(`live pages, ${part}: ${faults.length} faults`);
process.exit(faults.length ? 1 : 0);
