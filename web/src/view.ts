// The view: the moving body and its numbers, live from `kinemyo serve`, or out of a file.
import { el, number } from "./dom";
import { Board } from "./live/board";
import { Player } from "./live/player";
import { Connection, token, withToken, type Link, type ServerMessage, type Session } from "./live/protocol";
import { joined, readTakes, type Take } from "./live/recording";
import { bar, deviceName } from "./live/shell";
import { Stream } from "./live/stream";

const board = new Board();
const stream = new Stream(board);
const player = new Player(board);

let sessions: Session[] = [];
let watched = "";
let mode: "live" | "file" = "live";
let linked = false;
let canRecord = false;

// --- the page ----------------------------------------------------------------

const state = el("p", { class: "state", role: "status" });
const latencyNumber = el("b", {}, "–");
const latencyParts = el("div", { class: "parts" });
const latency = el("details", { class: "latency", hidden: true }, el("summary", {}, "Delay ", latencyNumber), latencyParts);
const sessionChoice = el("select", { "aria-label": "Camera", hidden: true, change: () => watch(sessionChoice.value) });
const calibrateButton = el("button", { type: "button", click: () => { asked = 0; link.send({ type: "calibrate", session: watched }); } }, "Calibrate");
const recordButton = el("button", { type: "button", class: "record", "aria-pressed": "false", click: () => {
  const session = sessions.find((one) => one.session === watched);
  if (session) link.send({ type: "record", session: watched, on: !session.recording });
} }, "Record");
const restartButton = el("button", { type: "button", click: () => stream.clear() }, "Restart ranges");
const bigButton = el("button", { type: "button", "aria-pressed": "false", click: () => toggleBig() }, "Big numbers");
const fileInput = el("input", { type: "file", multiple: true, accept: ".csv,.mot,.sto,.json,.jsonl,.ndjson", class: "away", "aria-label": "Open a recording", tabindex: -1, change: () => void openFiles(fileInput.files) });
const openButton = el("button", { type: "button", click: () => fileInput.click() }, "Open a file…");
const liveButton = el("button", { type: "button", hidden: true, click: () => goLive() }, "Back to live");
const trialChoice = el("select", { "aria-label": "Trial", hidden: true, change: () => { const take = takes[Number(trialChoice.value)]; if (take) play(take); } });
const overlay = el("div", { class: "overlay" });
const meter = el("progress", { max: 1, value: 0, hidden: true, "aria-label": "Calibration" });
const notes = el("p", { class: "hint notes" });

const tools = el("div", { class: "tools", role: "toolbar", "aria-label": "Tools" },
  sessionChoice, calibrateButton, recordButton, trialChoice, liveButton,
  el("button", { type: "button", click: () => board.choose() }, "Choose…"),
  restartButton,
  bigButton, openButton, fileInput);

board.stageElement.append(overlay, meter);
document.body.append(bar("View", state, latency), el("main", { class: "view" }, tools, notes, board.element));
player.element.hidden = true;
board.element.querySelector(".body")!.append(player.element);

function toggleBig(): void {
  const big = document.body.classList.toggle("big");
  bigButton.setAttribute("aria-pressed", String(big));
}

function say(text: string, kind: "good" | "wait" | "bad"): void {
  if (state.textContent !== text) state.textContent = text;
  state.dataset.kind = kind;
}

function cover(...content: (Node | string)[]): void { overlay.replaceChildren(...content); overlay.hidden = content.length === 0; }

// --- live --------------------------------------------------------------------

const link = new Connection("view", deviceName, { message: take, link: linkChanged });

function watch(session: string): void {
  watched = session;
  asked = 0;
  stream.clear();
  list();
}

function list(): void {
  if (!sessions.some((one) => one.session === watched)) watched = sessions[0]?.session ?? "";
  sessionChoice.replaceChildren(...sessions.map((one) => el("option", { value: one.session, selected: one.session === watched }, sessions.some((other) => other !== one && other.name === one.name) ? `${one.name} (${one.session})` : one.name)));
  sessionChoice.hidden = mode !== "live" || sessions.length < 2;
  const session = sessions.find((one) => one.session === watched);
  for (const button of [calibrateButton, recordButton, restartButton]) { button.hidden = mode !== "live"; button.disabled = !session; }
  recordButton.hidden ||= !canRecord;
  recordButton.setAttribute("aria-pressed", String(session?.recording ?? false));
  recordButton.textContent = session?.recording ? "Stop recording" : "Record";
  if (mode === "live" && session?.silent) {
    say("The camera is silent", "bad");
    cover(el("p", { class: "call" }, `${session.name} sends nothing`));
  }
  if (mode === "live" && linked && !session) {
    say("Waiting for a camera", "wait");
    cover(el("p", { class: "call" }, "No camera yet"),
      el("p", {}, "Open the address that kinemyo serve printed on a phone (or scan its code), or ", el("a", { href: withToken("camera") }, "use this device's camera"), "."));
  }
}

function take(message: ServerMessage): void {
  if (message.type === "welcome") {
    sessions = message.sessions;
    canRecord = message.can_record;
    linked = true;
    welcome = message;
    if (mode === "live") { stream.begin(message); list(); }
  } else if (message.type === "sessions") {
    const before = watched;
    sessions = message.sessions;
    list();
    if (watched !== before) stream.clear();
  } else if (message.type === "recording") {
    const session = sessions.find((one) => one.session === message.session);
    if (session) session.recording = message.on;
    list();
    if (message.session === watched && !message.on && message.file) notes.textContent = `Recorded ${message.frames ?? 0} frames: ${message.file}`;
  } else if (message.type === "frame" && mode === "live" && message.session === watched) {
    stream.take(message);
    tell(message);
  } else if (message.type === "calibrated" && mode === "live" && message.session === watched) {
    if (message.stature_m) board.setStature(message.stature_m);
    notes.textContent = message.stature_m ? `Calibrated: ${number(message.stature_m, 2)} m tall.` : "Calibrated.";
  } else if (message.type === "error" && message.code !== "token") {
    notes.textContent = message.message;
  }
}

let welcome: Extract<ServerMessage, { type: "welcome" }> | undefined;
let told = 0;
let asked = 0;  // since when the person is asked to stand still; 0: is not
const kAskFor = 15_000;  // ms; whoever is filmed walking never does, and his body is to be seen all the same

function tell(frame: Extract<ServerMessage, { type: "frame" }>): void {
  const calibrating = frame.state === "calibrating";
  if (!calibrating) asked = 0;
  if (meter.hidden === calibrating) meter.hidden = !calibrating;
  if (calibrating) {
    meter.value = frame.progress ?? 0;
    asked ||= performance.now();
    if (performance.now() - asked < kAskFor) {
      say("Calibrating", "wait");
      cover(el("p", { class: "call" }, "Please stand still"), el("p", {}, "Upright, arms hanging, facing the camera, for two seconds"));
    } else {
      say("Not calibrated", "wait");
      cover();
      notes.textContent = "Not calibrated: the numbers get truer after two seconds of standing still, upright, arms hanging, facing the camera.";
    }
  } else if (frame.state === "lost") {
    say("Nobody is seen", "bad");
    cover(el("p", { class: "call" }, "Nobody is seen"));
  } else {
    say("Live", "good");
    cover();
  }
  const now = performance.now();
  if (now - told < 500) return;
  told = now;
  const late = stream.latency(link.wayMs);
  if (!late) return;
  latency.hidden = false;
  latencyNumber.textContent = `${Math.round(late.totalMs)} ms`;
  latencyParts.replaceChildren(el("dl", {},
    ...late.parts.flatMap(([name, ms]) => [el("dt", {}, name), el("dd", {}, `${number(ms, ms < 10 ? 1 : 0)} ms`)]),
    el("dt", {}, "frames"), el("dd", {}, `${number(stream.ratesHz, 0)} a second`),
    el("dt", {}, "lost on the way"), el("dd", {}, String(frame.lost)),
    el("dt", {}, "left out here"), el("dd", {}, String(frame.skipped ?? 0))));
}

function linkChanged(now: Link): void {
  linked = now.state === "open";
  if (mode !== "live") return;
  if (now.state === "refused") {
    say("Not connected", "bad");
    cover(el("p", { class: "call" }, "Not connected"), el("p", {}, now.why));
  } else if (now.state === "connecting") {
    say(now.inSeconds ? "Connection lost, trying again" : "Connecting", now.inSeconds ? "bad" : "wait");
    latency.hidden = true;
  }
}

function goLive(): void {
  mode = "live";
  player.stop();
  player.element.hidden = liveButton.hidden = trialChoice.hidden = true;
  notes.textContent = "";
  cover();
  if (welcome) stream.begin(welcome);
  list();
}

// --- files -------------------------------------------------------------------

let takes: Take[] = [];

async function openFiles(files: FileList | null | undefined): Promise<void> {
  if (!files?.length) return;
  try {
    const read = await Promise.all([...files].map(async (file) => readTakes(file.name, await file.text())));
    takes = read.length > 1 && read.every((one) => one.length === 1) ? [joined(read.flat())] : read.flat();
  } catch (error) {
    notes.textContent = (error as Error).message;
    notes.setAttribute("role", "alert");
    return;
  } finally {
    fileInput.value = "";
  }
  mode = "file";
  trialChoice.replaceChildren(...takes.map((one, i) => el("option", { value: i }, one.name)));
  trialChoice.hidden = takes.length < 2;
  liveButton.hidden = !token();
  player.element.hidden = false;
  latency.hidden = meter.hidden = true;
  list();
  play(takes[0]!);
}

function play(take: Take): void {
  cover();
  say(take.name, "good");
  notes.removeAttribute("role");
  notes.textContent = take.notes.map((note) => `${note[0]!.toUpperCase()}${note.slice(1)}.`).join(" ");
  player.load(take);
}

addEventListener("dragover", (event) => { event.preventDefault(); document.body.classList.add("drop"); });
addEventListener("dragleave", (event) => { if (!event.relatedTarget) document.body.classList.remove("drop"); });
addEventListener("drop", (event) => {
  event.preventDefault();
  document.body.classList.remove("drop");
  void openFiles(event.dataTransfer?.files);
});
addEventListener("keydown", (event) => {
  const target = event.target as HTMLElement;
  if (event.ctrlKey || event.metaKey || event.altKey || target.closest("input, select, button, summary, dialog, a")) return;
  if (event.key === " " && mode === "file") { player.toggle(); event.preventDefault(); }
  else if (event.key === "b") toggleBig();
});

// From `kinemyo serve` with its token: live. Else a page for files.
if (location.protocol.startsWith("http") && token()) {
  list();
  link.open();
} else {
  mode = "file";
  list();
  say("No recording open", "wait");
  cover(el("p", { class: "call" }, "Open a recording"),
    el("p", {}, "Choose or drop here what kinemyo predict wrote (CSV, MOT, STO), landmarks (CSV, JSON lines), or several files of one trial together. Nothing leaves this device."),
    el("p", {}, el("button", { type: "button", class: "main", click: () => fileInput.click() }, "Open a file…")),
    location.protocol.startsWith("http") ? el("p", { class: "small" }, "For the live view open the address that kinemyo serve printed: it holds the access token.") : "");
}
