// The camera page: finds the body in pictures on this device and sends its 33 points, nothing else.
import { opposite } from "./body/landmarks";
import { SideKeeper } from "./body/sides";
import { el, number } from "./dom";
import { drawSkeleton, pictureOf, verdict } from "./live/overlay";
import { PoseFinder, type Fineness, type Seen } from "./live/pose";
import { Connection, withToken, type Landmarks, type Link, type ServerMessage } from "./live/protocol";
import { bar, deviceName } from "./live/shell";
import { CameraSource, FileSource, ReplaySource, type Sight, type Source } from "./live/sources";

type Kind = "user" | "environment" | "video" | "replay";

// --- the page ----------------------------------------------------------------

const state = el("p", { class: "state", role: "status" });
const host = el("b", {}, location.host);
const nameInput = el("input", { type: "text", value: deviceName(), maxlength: 40, autocomplete: "off" });
const kinds: [Kind, string, string][] = [
  ["environment", "Back camera", "the one that points away from the screen"],
  ["user", "Front camera", "the one beside the screen; a computer's own"],
  ["video", "Video file", "a film of somebody moving"],
  ["replay", "Recorded landmarks", "a file that this program or another wrote (CSV, JSON lines)"],
];
const phone = matchMedia("(pointer: coarse)").matches;
const kindInputs = kinds.map(([kind, title, text]) => el("label", { class: "option" },
  el("input", { type: "radio", name: "kind", value: kind, checked: kind === (phone ? "environment" : "user") }), el("span", {}, el("b", {}, title), " ", el("small", {}, text))));
const finenessInput = el("select", { id: "fineness" }, el("option", { value: "auto" }, "as this device can"), el("option", { value: "fine" }, "finer, slower"), el("option", { value: "fast" }, "faster, coarser"));
const mirroredInput = el("input", { type: "checkbox" });
const fileInput = el("input", { type: "file", class: "away", tabindex: -1, "aria-label": "File", change: () => { const file = fileInput.files?.[0]; fileInput.value = ""; if (file) void start(file); } });
const startButton = el("button", { type: "submit", class: "main wide" }, "Start");
const trouble = el("p", { class: "notice", role: "alert", hidden: true });

const intro = el("form", { class: "intro", submit: (event) => { event.preventDefault(); begin(); } },
  el("p", { class: "headline" }, "This device watches somebody move."),
  el("p", { class: "privacy" }, "The picture stays here: this page finds 33 points of the body in it and sends only those points, as numbers, to ", host, ". No picture and no sound is sent or kept."),
  el("fieldset", {}, el("legend", {}, "From"), ...kindInputs),
  el("label", { class: "field" }, "Name of this device ", nameInput),
  el("details", {}, el("summary", {}, "More"),
    el("label", { class: "field" }, "Finding the body ", finenessInput),
    el("label", { class: "check" }, mirroredInput, "The picture is mirrored (writing in it reads backwards)")),
  trouble, startButton, fileInput);

const overlay = el("canvas", { class: "skeleton", "aria-hidden": "true" });
const pictureBox = el("div", { class: "picture" }, overlay);
const seenText = el("p", { class: "seen", role: "status" });
const countdown = el("p", { class: "countdown", hidden: true });
const sentText = el("p", { class: "sent" });
const meter = el("progress", { max: 1, value: 0, hidden: true, "aria-label": "Calibration" });
const calibrateButton = el("button", { type: "button", click: () => { if (session) link.send({ type: "calibrate", session }); } }, "Calibrate");
const recordButton = el("button", { type: "button", class: "record", "aria-pressed": "false", click: () => { if (session) link.send({ type: "record", session, on: !recording }); } }, "Record");
const flipButton = el("button", { type: "button", click: () => { if (kind === "user" || kind === "environment") { kind = kind === "user" ? "environment" : "user"; void start(null); } } }, "Other camera");
const stopButton = el("button", { type: "button", click: () => stop() }, "Stop");
const running = el("section", { class: "running", hidden: true, "aria-label": "Camera" },
  pictureBox, seenText, meter, countdown,
  el("div", { class: "tools", role: "toolbar", "aria-label": "Tools" }, calibrateButton, recordButton, flipButton, stopButton),
  sentText,
  el("p", { class: "sides" }, el("b", { class: "left" }, "Blue is left"), ", ", el("b", { class: "right" }, "orange is right"), " of the person. If it is the wrong way round, the picture is mirrored: stop, and say so under More."),
  el("p", {}, el("a", { href: withToken("view"), target: "_blank", rel: "noopener" }, "Open the view on this device")));

document.body.append(bar("Camera", state), el("main", { class: "camera" }, intro, running));

function say(text: string, mood: "good" | "wait" | "bad"): void {
  if (state.textContent !== text) state.textContent = text;
  state.dataset.kind = mood;
}

function complain(text: string): void {
  trouble.textContent = text;
  trouble.hidden = text === "";
}

// --- connection --------------------------------------------------------------

const kStandStill = "Calibrating: please stand still, upright, arms hanging, for two seconds";
let session: string | undefined;
let recording = false;
let reply: { ms: number; state: string; lost: number } | undefined;
const sentAt = new Map<number, number>();
const link = new Connection("camera", () => nameInput.value.trim() || deviceName(), { message: take, link: linkChanged });

function take(message: ServerMessage): void {
  if (message.type === "welcome") {
    session = message.session;
    recordButton.hidden = !message.can_record;
    sentAt.clear();
  } else if (message.type === "frame") {
    const sent = sentAt.get(message.seq);
    for (const seq of sentAt.keys()) if (seq <= message.seq) sentAt.delete(seq);
    reply = { ms: sent === undefined ? NaN : performance.now() - sent, state: message.state, lost: message.lost };
    meter.hidden = message.state !== "calibrating";
    meter.value = message.progress ?? 0;
    if (message.state === "calibrating") {
      countdown.hidden = false;
      countdown.textContent = kStandStill;
    } else if (countdown.textContent === kStandStill) {
      countdown.hidden = true;
    }
  } else if (message.type === "recording" && message.session === session) {
    recording = message.on;
    recordButton.setAttribute("aria-pressed", String(recording));
    recordButton.textContent = recording ? "Stop recording" : "Record";
  } else if (message.type === "calibrated") {
    countdown.hidden = false;
    countdown.textContent = message.stature_m ? `Calibrated: ${number(message.stature_m, 2)} m tall` : "Calibrated";
  } else if (message.type === "error") {
    complain(message.message);
    seenText.textContent = message.message;
    seenText.dataset.kind = "bad";
  }
}

let connected: (() => void) | undefined;
let refused: ((why: Error) => void) | undefined;

/** Nothing is looked at before somebody listens: the first pictures of a file would be lost. */
function connect(): Promise<void> {
  if (session) return Promise.resolve();
  return new Promise((done, failed) => {
    connected = done;
    refused = failed;
    link.open();
  });
}

function linkChanged(now: Link): void {
  if (now.state === "open") { say("Connected", "good"); complain(""); connected?.(); }
  else if (now.state === "refused") {
    say("Not connected", "bad");
    if (refused) refused(new Error(now.why));
    stop();
    complain(now.why);
  }
  else {
    say(now.inSeconds ? "Connection lost, trying again" : "Connecting", now.inSeconds ? "bad" : "wait");
    session = undefined;
    recording = false;
    recordButton.setAttribute("aria-pressed", "false");
    recordButton.textContent = "Record";
  }
  for (const button of [calibrateButton, recordButton]) button.disabled = now.state !== "open";
}

// --- from pictures to landmarks ------------------------------------------------

let kind: Kind = "user";
let source: Source | undefined;
let finder: PoseFinder | undefined;
let fineness: Fineness = "fine";
let seq = 0;
let lastFromFile = false;
let held = 0;
let bytes = 0;
let moments: number[] = [];
let poseMs: number[] = [];
const keeper = new SideKeeper();

function begin(): void {
  kind = (new FormData(intro).get("kind") ?? "user") as Kind;
  if (kind === "video" || kind === "replay") {
    fileInput.accept = kind === "video" ? "video/*" : ".csv,.json,.jsonl,.ndjson";
    fileInput.click();
  } else {
    void start(null);
  }
}

async function find(image: HTMLCanvasElement): Promise<Seen | null> {
  const began = performance.now();
  const seen = await finder!.find(image);
  poseMs.push(performance.now() - began);
  // The first pictures are slow for everybody; after that a device that cannot follow takes the smaller model.
  if (finenessInput.value === "auto" && fineness === "fine" && poseMs.length >= 20 && median(poseMs.slice(-10)) > 50) await sharpen("fast");
  if (poseMs.length > 60) poseMs = poseMs.slice(-30);
  return seen;
}

async function sharpen(to: Fineness): Promise<void> {
  const before = finder;
  finder = await PoseFinder.start(to);
  fineness = to;
  poseMs = [];
  before?.close();
}

async function start(file: File | null): Promise<void> {
  source?.stop();
  // The times of a file begin anew, and so has the session to.
  if (file || lastFromFile) { link.close(); session = undefined; seq = 0; }
  lastFromFile = file !== null;
  complain("");
  startButton.disabled = true;
  try {
    if (kind === "replay") {
      source = new ReplaySource(file!);
    } else {
      startButton.textContent = "Loading the pose model…";
      const wanted: Fineness = finenessInput.value === "fast" ? "fast" : "fine";
      if (!finder || fineness !== wanted && finenessInput.value !== "auto") await sharpen(wanted);
      finder!.forget();
      source = kind === "video" ? new FileSource(find, file!) : new CameraSource(find, kind);
    }
    poseMs = [];
    moments = [];
    held = 0;
    keeper.forget();
    source.ended = () => finish();
    startButton.textContent = "Connecting…";
    await connect();
    running.hidden = false;
    intro.hidden = true;
    pictureBox.querySelector("video")?.remove();
    if (source.video) pictureBox.prepend(source.video);
    // One's own picture is expected as in a mirror; what is sent is not turned.
    pictureBox.classList.toggle("selfie", kind === "user" && !mirroredInput.checked);
    pictureBox.classList.toggle("blank", !source.video);
    flipButton.hidden = kind === "video" || kind === "replay";
    await source.start(sight);
    void keepAwake();
    stopButton.focus();
  } catch (error) {
    stop();
    complain((error as Error).message);
  } finally {
    connected = refused = undefined;
    startButton.disabled = false;
    startButton.textContent = "Start";
  }
}

function stop(): void {
  source?.stop();
  source = undefined;
  link.close();
  session = undefined;
  seq = 0;
  countdown.hidden = true;
  running.hidden = true;
  if (intro.hidden) { intro.hidden = false; startButton.focus(); }
  if (state.dataset.kind === "good") say("Stopped", "wait");
}

function finish(): void {
  source?.stop();
  seenText.textContent = kind === "video" ? "The video has ended" : kind === "replay" ? "The recording has ended" : "The camera stopped";
  seenText.dataset.kind = "wait";
}

function sight({ t, world, points: found, picture, poseMs: ms }: Sight): boolean {
  let kept = world;
  let points = found ?? pictureOf(world);
  if (world && kind !== "replay") {
    const turned = keeper.turned;
    kept = [...keeper.keep(world, t)];
    if (keeper.turned !== turned) points = opposite.map((i) => points![i]!);
  }
  const message: Landmarks = { type: "landmarks", seq, t, mirrored: mirroredInput.checked, world: kept };
  if (ms != null) message.pose_ms = ms;
  // A camera goes on, and so does the number where the way is closed: the server counts what never came. A recording waits.
  const sent = session !== undefined && link.send(message);
  if (!sent && kind === "replay") return false;
  if (sent) sentAt.set(seq, performance.now()); else ++held;
  ++seq;
  bytes = 0.9 * bytes + 0.1 * JSON.stringify(message).length;
  if (sentAt.size > 300) sentAt.delete(sentAt.keys().next().value!);
  const now = performance.now();
  moments.push(now);
  while (moments.length > 2 && now - moments[0]! > 2000) moments.shift();

  drawSkeleton(overlay, points, picture);
  pictureBox.style.aspectRatio = `${overlay.width} / ${overlay.height}`;
  const { text, kind: mood } = verdict(points);
  if (seenText.textContent !== text) seenText.textContent = text;
  seenText.dataset.kind = mood;
  tell(now);
  return sent;
}

let told = 0;

function tell(now: number): void {
  if (now - told < 500) return;
  told = now;
  const rate = moments.length < 2 ? 0 : (1000 * (moments.length - 1)) / (moments.at(-1)! - moments[0]!);
  const parts = [`Sent: ${number(rate, 0)} times a second 33 points, ${number((rate * bytes) / 1000, 0)} kB/s, no picture`];
  if (poseMs.length) parts.push(`finding the body ${number(median(poseMs.slice(-15)), 0)} ms${fineness === "fast" ? " (smaller model)" : ""}`);
  if (reply && Number.isFinite(reply.ms)) parts.push(`answer after ${number(reply.ms, 0)} ms`);
  if (keeper.turned) parts.push(`left and right put right ${keeper.turned} times`);
  if (held) parts.push(`${held} not sent`);
  if (reply?.lost) parts.push(`${reply.lost} lost`);
  sentText.textContent = parts.join(" · ");
}

function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted.length ? sorted[sorted.length >> 1]! : NaN;
}

// A phone on a stand must not go dark.
async function keepAwake(): Promise<void> {
  try { await navigator.wakeLock?.request("screen"); } catch { /* its owner's settings decide */ }
}
document.addEventListener("visibilitychange", () => { if (source && !document.hidden) void keepAwake(); });

say("Not connected", "wait");
