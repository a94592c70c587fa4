// The live protocol's server side for tests of the pages: serves them as `kinemyo serve` does, plays a walking body of its own, and answers
// landmarks of a camera with angles that it measures between them. What it sends is made up or plain geometry; no model is behind it.
//   node tests/browser/live_server.mjs [PORT]      to look at the pages by hand
import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { createReadStream, existsSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

export const web = fileURLToPath(new URL("../../web/", import.meta.url));
const require = createRequire(join(web, "package.json"));
const { WebSocketServer } = require("ws");

/** A module of the pages' source, for Node. */
export async function load(source) {
  const folder = mkdtempSync(join(tmpdir(), "kinemyo-module-")), file = join(folder, "module.mjs");
  await require("esbuild").build({ entryPoints: [join(web, "src", source)], bundle: true, format: "esm", platform: "neutral", outfile: file });
  try { return await import(pathToFileURL(file).href); } finally { rmSync(folder, { recursive: true }); }
}

const { landmarkNames } = await load("body/landmarks.ts");
const { pointsOfAngles } = await load("body/skeleton.ts");
const { standing, headingOf } = await load("live/recording.ts");

const pair = (name, low, high) => ["r", "l"].map((s) => ({ name: `${name}_${s}`, unit: "deg", kind: "angle", side: s === "r" ? "right" : "left", low, high }));
const muscle = (name) => ["left", "right"].map((side) => ({ name: `${side === "left" ? "Left" : "Right"} ${name}`, unit: "%", kind: "muscle", side, low: 0, high: 100 }));
export const outputs = [
  ...pair("hip_flexion", -30, 120), ...pair("hip_adduction", -40, 30), ...pair("knee_angle", 0, 140), ...pair("ankle_angle", -40, 30),
  { name: "lumbar_extension", unit: "deg", kind: "angle", side: "middle", low: -90, high: 40 },
  ...pair("arm_flex", -60, 180), ...pair("arm_add", -150, 60), ...pair("elbow_flex", 0, 150),
  ...["Tibialis Anterior", "Gastrocnemius Medial", "Vastus Lateralis", "Hamstrings Lateral", "Rectus Femoris", "Gluteus Maximus"].flatMap(muscle),
];

const wave = (phase, center, ...parts) => parts.reduce((sum, [size, times, shift]) => sum + size * Math.cos(2 * Math.PI * (times * phase - shift)), center);
const pulse = (phase, at, width) => Math.exp(-(((((phase - at + 1.5) % 1) - 0.5) / width) ** 2));

/** Angles (deg) and activities (%) of a made-up walk, one step of a leg a second. */
export function walk(t) {
  const values = {};
  for (const [side, shift] of [["r", 0], ["l", 0.5]]) {
    const phase = (t * 0.9 + shift) % 1;
    values[`hip_flexion_${side}`] = wave(phase, 9, [21, 1, 0.95], [2, 2, 0.1]);
    values[`hip_adduction_${side}`] = wave(phase, -1, [5, 1, 0.25]);
    values[`arm_add_${side}`] = wave(phase, -9, [2, 1, 0.45]);
    values[`knee_angle_${side}`] = Math.max(0, wave(phase, 24, [22, 1, 0.68], [14, 2, 0.22]));
    values[`ankle_angle_${side}`] = wave(phase, 1, [9, 1, 0.4], [7, 2, 0.42]);
    values[`arm_flex_${side}`] = wave(phase, 4, [19, 1, 0.45]);
    values[`elbow_flex_${side}`] = wave(phase, 28, [10, 1, 0.5]);
    const long = side === "r" ? "Right" : "Left";
    values[`${long} Tibialis Anterior`] = 8 + 55 * pulse(phase, 0.03, 0.09) + 30 * pulse(phase, 0.66, 0.1);
    values[`${long} Gastrocnemius Medial`] = 5 + 80 * pulse(phase, 0.42, 0.1);
    values[`${long} Vastus Lateralis`] = 5 + 70 * pulse(phase, 0.1, 0.08);
    values[`${long} Hamstrings Lateral`] = 5 + 60 * pulse(phase, 0.92, 0.09);
    values[`${long} Rectus Femoris`] = 5 + 35 * pulse(phase, 0.12, 0.08) + 25 * pulse(phase, 0.6, 0.07);
    values[`${long} Gluteus Maximus`] = 5 + 50 * pulse(phase, 0.05, 0.09);
  }
  values.lumbar_extension = wave(t * 1.8, -4, [2, 1, 0]);
  return values;
}

const minus = (a, b) => a.map((v, k) => v - b[k]);
const angleBetween = (a, b) => (Math.acos(a.reduce((s, v, k) => s + v * b[k], 0) / Math.hypot(...a) / Math.hypot(...b)) * 180) / Math.PI;
const degrees = (y, x) => (Math.atan2(y, x) * 180) / Math.PI;

/** Angles as the points show them; null where a point is missing. */
export function measure(points) {
  const values = {};
  const of = (...which) => { const some = which.map((i) => points[i]); return some.every(Boolean) ? some : null; };
  const put = (name, some, angle) => { values[name] = some ? angle(...some) : null; };
  for (const [side, k] of [["l", 0], ["r", 1]]) {
    put(`hip_flexion_${side}`, of(23 + k, 25 + k), (hip, knee) => degrees(knee[0] - hip[0], hip[1] - knee[1]));
    put(`knee_angle_${side}`, of(23 + k, 25 + k, 27 + k), (hip, knee, ankle) => angleBetween(minus(knee, hip), minus(ankle, knee)));
    put(`ankle_angle_${side}`, of(25 + k, 27 + k, 29 + k, 31 + k), (knee, ankle, heel, toe) => 90 - angleBetween(minus(knee, ankle), minus(toe, heel)));
    put(`arm_flex_${side}`, of(11 + k, 13 + k), (shoulder, elbow) => degrees(elbow[0] - shoulder[0], shoulder[1] - elbow[1]));
    put(`elbow_flex_${side}`, of(11 + k, 13 + k, 15 + k), (shoulder, elbow, wrist) => angleBetween(minus(elbow, shoulder), minus(wrist, elbow)));
  }
  put("lumbar_extension", of(11, 12, 23, 24), (a, b, c, d) => -degrees(a[0] + b[0] - c[0] - d[0], a[1] + b[1] - c[1] - d[1]));
  return values;
}

/** MediaPipe's world of a body in our own frame: origin between the hips, y down, z away from the camera. */
export function worldOf(points, visibility = 1) {
  const middle = points[23].map((v, k) => (v + points[24][k]) / 2);
  return points.map((p) => [-(p[2] - middle[2]), -(p[1] - middle[1]), -(p[0] - middle[0]), visibility]);
}

const types = { ".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8", ".svg": "image/svg+xml", ".wasm": "application/wasm" };
const headers = {
  "Content-Security-Policy": "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' blob: data:; media-src 'self' blob:; connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  "Permissions-Policy": "camera=(self), microphone=(), geolocation=()", "Referrer-Policy": "no-referrer", "X-Content-Type-Options": "nosniff", "Cache-Control": "no-cache",
};

/** What a camera is answered with: calibration for two seconds of its time, then angles. */
class Session {
  constructor(id, name) { this.id = id; this.name = name; this.recording = false; this.got = []; this.begin(); this.heading = null; this.received = 0; this.lastSeq = -1; this.lost = 0; this.stands = true; }
  begin() { this.since = null; }
  answer(message) {
    this.got.push(message);
    this.lost += message.seq - this.lastSeq - 1;
    this.lastSeq = message.seq;
    const frame = { type: "frame", session: this.id, seq: message.seq, t: message.t, lost: this.lost, skipped: 0, server_us: 300, ...(message.pose_ms == null ? {} : { pose_ms: message.pose_ms }) };
    const none = outputs.map(() => null);
    if (!message.world) return { ...frame, state: "lost", points: null, values: none, sd: none };
    this.since ??= message.t;
    this.heading ??= headingOf([message.world]);
    const points = standing(message.world, this.heading), progress = this.stands ? Math.min(1, (message.t - this.since) / 2) : 0;
    const measured = measure(points);
    return { ...frame, state: progress < 1 ? "calibrating" : "live", progress, points, values: outputs.map((o) => measured[o.name] ?? null), sd: outputs.map((o) => (measured[o.name] == null ? null : 3)) };
  }
}

/** `walking`: a session that plays the made-up walk. `impatient`: whoever comes first is too slow to say hello. Returns address, token and what happened; `close` ends all. */
export async function startServer({ port = 0, pages, walking = false, impatient = false } = {}) {
  const token = randomBytes(12).toString("hex");
  const log = { requests: [], missing: [], hellos: [] };
  const sessions = new Map(), sockets = new Map();
  const http = createServer((request, response) => {
    const path = new URL(request.url, "http://x").pathname;
    log.requests.push(path);
    const name = { "/": "index.html", "/camera": "camera.html", "/view": "view.html" }[path] ?? path.slice(1);
    const file = name.startsWith("pose/") ? join(web, "node_modules/@mediapipe", name) : join(pages, name);
    for (const [key, value] of Object.entries(headers)) response.setHeader(key, value);
    if (name.includes("..") || !existsSync(file)) { log.missing.push(path); response.writeHead(404).end(); return; }
    response.setHeader("Content-Type", types[extname(file)] ?? "application/octet-stream");
    createReadStream(file).pipe(response);
  });
  const server = new WebSocketServer({ server: http, path: "/live", maxPayload: 65536, handleProtocols: (offered) => (offered.has("kinemyo.1") ? "kinemyo.1" : false) });
  const send = (socket, message) => socket.readyState === 1 && socket.send(JSON.stringify(message));
  const toViews = (message) => { for (const [socket, client] of sockets) if (client.role === "view") send(socket, message); };
  const list = () => [...sessions.values()].map(({ id, name, recording }) => ({ session: id, name, recording }));
  const announce = () => toViews({ type: "sessions", sessions: list() });

  server.on("connection", (socket) => {
    if (impatient) { impatient = false; socket.close(4408, "no hello came"); return; }
    let client;
    socket.on("message", (data) => {
      const message = JSON.parse(String(data));
      if (!client) {
        log.hellos.push(message);
        if (message.token !== token) { send(socket, { type: "error", code: "token", message: "wrong token" }); socket.close(4401); return; }
        client = { role: message.role };
        sockets.set(socket, client);
        if (message.role === "camera") {
          const base = message.name.toLowerCase().replace(/\W+/g, "-");
          let id = base;
          for (let k = 2; sessions.has(id); ++k) id = `${base}-${k}`;
          client.session = new Session(id, message.name);
          sessions.set(id, client.session);
        }
        send(socket, { type: "welcome", version: 1, ...(client.session ? { session: client.session.id } : {}), landmarks: landmarkNames, outputs, rate_hz: 30, delay_s: 0.06, sessions: list(), can_record: true });
        if (client.session) announce();
      } else if (message.type === "landmarks") {
        const frame = client.session.answer(message);
        send(socket, frame);
        toViews(frame);
      } else if (message.type === "calibrate") {
        sessions.get(message.session)?.begin();
      } else if (message.type === "record") {
        const session = sessions.get(message.session);
        if (!session) return;
        session.recording = message.on;
        const told = { type: "recording", session: session.id, on: message.on, file: `${session.id}.csv`, frames: session.got.length };
        for (const each of sockets.keys()) send(each, told);
      } else if (message.type === "ping") {
        send(socket, { type: "pong", t: message.t, server_t: performance.now() / 1000 });
      }
    });
    socket.on("close", () => {
      sockets.delete(socket);
      if (client?.session) { sessions.delete(client.session.id); announce(); }
    });
  });

  let timer;
  if (walking) {
    sessions.set("walker", { id: "walker", name: "Made-up walk", recording: false, got: [], begin() {} });
    let seq = 0;
    timer = setInterval(() => {
      const t = seq / 30, values = walk(t);
      const points = pointsOfAngles((name) => values[name], 1.72).map((p) => p.map((v) => Math.round(1e4 * v) / 1e4));
      toViews({ type: "frame", session: "walker", seq: seq++, t, state: "live", points, values: outputs.map((o) => values[o.name]), sd: outputs.map((o) => (o.kind === "angle" ? 2.2 + Math.sin(t) : 6)), server_us: 310, lost: 0, skipped: 0, pose_ms: 24 });
    }, 1000 / 30);
  }
  await new Promise((done) => http.listen(port, "127.0.0.1", done));
  const address = `http://127.0.0.1:${http.address().port}`;
  return {
    address, token, log, sessions, url: (page = "") => `${address}/${page}#token=${token}`,
    /** Every connection is cut, as when the network goes. */
    cut: () => { for (const socket of server.clients) socket.terminate(); },
    close: async () => { clearInterval(timer); for (const socket of server.clients) socket.terminate(); await new Promise((done) => { http.closeAllConnections(); http.close(done); }); },
  };
}

export function buildPages() {
  const pages = mkdtempSync(join(tmpdir(), "kinemyo-pages-"));
  execFileSync(process.execPath, [join(web, "build.mjs"), pages], { stdio: "inherit" });
  return pages;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const server = await startServer({ port: Number(process.argv[2] ?? 8080), pages: buildPages(), walking: true });
  for (const page of ["", "camera", "view"]) console.log(server.url(page));
}
