// Files that the pages open: landmarks (CSV, JSON lines), predictions (CSV as `kinemyo predict` writes, .mot, .sto).
// The program's own readers are src/kinemyo/io; these take what it writes, and say where a file is wrong.
import { kLandmarks, landmarkNames, type Points } from "../body/landmarks";
import { belliesOf } from "../body/muscles";
import type { Output, World } from "./protocol";
import { isJoint, partSide } from "./terms";

export interface LandmarkFrame { t: number; world: World }

/** One trial of a file: times in s from its start, and what was measured at them. */
export interface Take {
  name: string;
  times: number[];
  outputs: Output[];
  /** A row an output; NaN is missing. */
  values: Float64Array[];
  sd: (Float64Array | null)[];
  /** MediaPipe's world, where the file holds landmarks. */
  landmarks: World[] | null;
  /** Where the pelvis stood, and other coordinates that move the body but are not looked at. */
  placing: Map<string, Float64Array>;
  notes: string[];
}

class FileError extends Error {
  constructor(file: string, place: string, what: string) { super(`${file}: ${place}: ${what}`); }
}

interface Table { names: string[]; rows: Float64Array[]; lines: number[]; text: Map<string, string[]> }

const missingWords = new Set(["", "nan", "na", "n/a", "null", "none", "-nan"]);

function numberOf(cell: string): number | null {
  const text = cell.trim();
  if (missingWords.has(text.toLowerCase())) return NaN;
  const value = Number(text);
  return Number.isNaN(value) ? null : value;
}

function cellsOf(line: string): string[] {
  if (!line.includes('"')) return line.split(",");
  const cells: string[] = [];
  for (const [, quoted, plain] of line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)) cells.push(quoted?.replace(/""/g, '"') ?? plain ?? "");
  return cells;
}

function tableOf(file: string, names: string[], lines: { number: number; cells: string[] }[]): Table {
  const rows = names.map(() => new Float64Array(lines.length).fill(NaN));
  const text = new Map<string, string[]>();
  const isText = names.map((_, c) => lines.some(({ cells }) => numberOf(cells[c] ?? "") === null));
  names.forEach((name, c) => { if (isText[c]) text.set(name, lines.map(({ cells }) => cells[c] ?? "")); });
  lines.forEach(({ number, cells }, r) => {
    if (cells.length > names.length && cells.slice(names.length).some((cell) => cell.trim() !== "")) {
      throw new FileError(file, `line ${number}`, `expected ${names.length} columns, found ${cells.length}`);
    }
    names.forEach((_, c) => { if (!isText[c]) rows[c]![r] = numberOf(cells[c] ?? "") ?? NaN; });
  });
  return { names, rows, lines: lines.map((line) => line.number), text };
}

function csvTable(file: string, text: string): Table {
  const lines = text.replace(/^\uFEFF/, "").split(/\r\n|\n|\r/).map((line, i) => ({ number: i + 1, line })).filter(({ line }) => line.trim() !== "");
  const first = lines.shift();
  if (!first) throw new FileError(file, "line 1", "expected names of columns, found nothing");
  return tableOf(file, cellsOf(first.line).map((name) => name.trim()), lines.map(({ number, line }) => ({ number, cells: cellsOf(line) })));
}

interface Columns extends Table { degrees: boolean; emg: Set<number> }

function stoTable(file: string, text: string): Columns {
  const lines = text.split(/\r\n|\n|\r/);
  const end = lines.findIndex((line) => line.trim().toLowerCase() === "endheader");
  if (end < 0) throw new FileError(file, `line ${lines.length}`, "expected a line 'endheader', found the end of the file");
  const emg = new Set<number>();
  let degrees: boolean | undefined;
  for (const line of lines.slice(0, end)) {
    const unit = /^inDegrees\s*=\s*(yes|no)/i.exec(line);
    if (unit) degrees = unit[1]!.toLowerCase() === "yes";
    const run = /^channels_(\d+)=(\w+) (\d+)/.exec(line);
    if (run && run[2] === "emg") for (let i = 0; i < Number(run[3]); ++i) emg.add(Number(run[1]) - 1 + i);
  }
  let at = end + 1;
  while (at < lines.length && lines[at]!.trim() === "") ++at;
  const byTab = (lines[at] ?? "").includes("\t");
  const split = (line: string): string[] => (byTab ? line.replace(/\t+$/, "").split("\t") : line.trim().split(/\s+/));
  const columns = split(lines[at] ?? "").map((name) => name.trim());
  if (columns[0]?.toLowerCase() !== "time") throw new FileError(file, `line ${at + 1}`, `expected 'time' as the first name, found '${columns[0] ?? ""}'`);
  const rows = lines.slice(at + 1).map((line, i) => ({ number: at + 2 + i, cells: split(line), blank: line.trim() === "" })).filter((row) => !row.blank);
  for (const row of rows) if (row.cells.length !== columns.length) throw new FileError(file, `line ${row.number}`, `expected ${columns.length} columns, found ${row.cells.length}`);
  const table = tableOf(file, columns, rows);
  if (degrees === undefined && columns.some((name) => isJoint(name))) throw new FileError(file, `line ${end + 1}`, "expected 'inDegrees=yes' or 'inDegrees=no' above, found neither");
  return { ...table, degrees: degrees ?? true, emg };
}

const timeNames: Record<string, number> = { time: 1, time_s: 1, "time (s)": 1, "time [s]": 1, timestamp: 1e-3 };

function clockOf(file: string, table: Table, rate: number): { times: number[]; note: string | null } {
  const column = table.names.findIndex((name) => name.toLowerCase() in timeNames);
  if (column >= 0) {
    const factor = timeNames[table.names[column]!.toLowerCase()]!;
    const times = Array.from(table.rows[column]!, (value) => value * factor);
    const bad = times.findIndex((t) => !Number.isFinite(t));
    if (bad >= 0) throw new FileError(file, `line ${table.lines[bad]}`, `expected a time in column '${table.names[column]}', found none`);
    return { times, note: null };
  }
  const frame = table.names.findIndex((name) => /^frame(no)?$/i.test(name));
  const times = frame >= 0 ? Array.from(table.rows[frame]!, (value) => value / rate) : table.lines.map((_, i) => i / rate);
  return { times, note: `no column of time: frames taken ${rate} times a second` };
}

/** Where another trial begins: time goes back, or the names of activity and trial change. */
function startsOf(times: number[], table: Table): number[] {
  const label = labelsOf(table), starts = [0];
  for (let i = 1; i < times.length; ++i) if (times[i]! < times[i - 1]! || label(i) !== label(i - 1)) starts.push(i);
  return starts;
}

function labelsOf(table: Table): (row: number) => string {
  const columns = ["subject", "activity", "trial"].map((wanted) => table.names.findIndex((name) => name.toLowerCase() === wanted)).filter((c) => c >= 0);
  return (row) => columns.map((c) => table.text.get(table.names[c]!)?.[row] ?? String(table.rows[c]![row])).join(" ");
}

/** The world's frames of a table with columns LEFT_HIP_X ...; null if it has none. */
function worldOf(file: string, table: Table): World[] | null {
  const column = new Map(table.names.map((name, i) => [name.toUpperCase(), i]));
  const places = landmarkNames.map((name) => ["X", "Y", "Z"].map((axis) => column.get(`${name}_${axis}`)));
  const present = places.filter((place) => place.every((c) => c !== undefined)).length;
  if (present === 0) return null;
  if (present < kLandmarks) {
    const lacks = landmarkNames.filter((_, i) => places[i]!.some((c) => c === undefined));
    throw new FileError(file, "line 1", `expected ${kLandmarks} landmarks, found ${present}; lacks ${lacks.slice(0, 4).join(", ")}${lacks.length > 4 ? " ..." : ""}`);
  }
  const seen = landmarkNames.map((name) => column.get(`${name}_VISIBILITY`) ?? column.get(`${name}_V`));
  return table.lines.map((_, r) => {
    let any = false;
    const points = places.map((place, i): readonly [number, number, number, number] => {
      const [x, y, z] = place.map((c) => table.rows[c!]![r]!) as [number, number, number];
      const there = Number.isFinite(x + y + z) && (x !== 0 || y !== 0 || z !== 0);
      if (!there) return [0, 0, 0, 0];
      any = true;
      const c = seen[i];
      const visibility = c === undefined ? 1 : table.rows[c]![r]!;
      return [x, y, z, Number.isFinite(visibility) ? visibility : 1];
    });
    return any ? points : null;
  });
}

interface JsonPoint { x?: unknown; y?: unknown; z?: unknown; visibility?: unknown }

function jsonFrames(file: string, text: string): LandmarkFrame[] {
  const lines = text.split(/\r\n|\n/).map((line, i) => ({ line, place: `line ${i + 1}` })).filter(({ line }) => line.trim() !== "");
  let items: { item: Record<string, unknown>; place: string }[];
  try {
    if (text.trim().startsWith("[")) {
      items = (JSON.parse(text) as Record<string, unknown>[]).map((item, i) => ({ item, place: `frame ${i}` }));
    } else {
      items = lines.map(({ line, place }) => {
        try { return { item: JSON.parse(line) as Record<string, unknown>, place }; } catch { throw new FileError(file, place, "expected a JSON object, found something else"); }
      });
    }
  } catch (error) {
    if (error instanceof FileError) throw error;
    throw new FileError(file, "whole file", `expected JSON, found something else (${(error as Error).message})`);
  }
  return items.map(({ item, place }, i) => {
    const time = item.time ?? item.t ?? item.time_s;
    const t = typeof time === "number" ? time : i / 30;
    const list = item.world_landmarks ?? item.pose_world_landmarks ?? item.poseWorldLandmarks ?? item.world;
    if (list === null) return { t, world: null };
    if (!Array.isArray(list) || list.length !== kLandmarks) {
      throw new FileError(file, place, `expected world_landmarks of ${kLandmarks} points, found ${Array.isArray(list) ? list.length : "none"}`);
    }
    const world = (list as (JsonPoint | number[])[]).map((point, k): readonly [number, number, number, number] => {
      const numbers = Array.isArray(point) ? point : [point.x, point.y, point.z, point.visibility ?? 1];
      const [x, y, z, visibility = 1] = numbers as number[];
      if (![x, y, z, visibility].every((v) => typeof v === "number" && Number.isFinite(v))) throw new FileError(file, place, `expected numbers for ${landmarkNames[k]}, found something else`);
      return [x!, y!, z!, visibility];
    });
    return { t, world };
  });
}

function outputsOf(table: Table, emg: Set<number>, degrees: boolean): Omit<Take, "name" | "times" | "landmarks"> {
  const outputs: Output[] = [], values: Float64Array[] = [], sd: (Float64Array | null)[] = [], placing = new Map<string, Float64Array>(), left: string[] = [];
  const column = new Map(table.names.map((name, i) => [name, i]));
  const toDegrees = (row: Float64Array): Float64Array => (degrees ? row : row.map((v) => (v * 180) / Math.PI));
  let muscles = 0;
  table.names.forEach((name, c) => {
    if (table.text.has(name) || name.toLowerCase() in timeNames || /^(frame(no)?|subject|activity|trial)$/i.test(name)) return;
    if (/_sd$/.test(name) && column.has(name.slice(0, -3))) return;
    const row = table.rows[c]!, spread = column.get(`${name}_sd`);
    if (/^pelvis_t[xyz]$/.test(name)) { placing.set(name, row); return; }
    const { side } = partSide(name);
    const known = isJoint(name) && !emg.has(c);
    const muscle = !known && (emg.has(c) || /emg/i.test(name) || (!/_[XYZ]$/.test(name) && belliesOf(name, side).length > 0));
    if (!known && !muscle) { if (!/_(X|Y|Z|V|VISIBILITY)$/i.test(name)) left.push(name); return; }
    let low = Infinity, high = -Infinity;
    for (const v of row) if (Number.isFinite(v)) { low = Math.min(low, v); high = Math.max(high, v); }
    if (!(high > low)) { if (known) placing.set(name, toDegrees(row)); return; }  // constant or empty: nothing to look at
    if (known) {
      const turned = toDegrees(row), factor = degrees ? 1 : 180 / Math.PI;
      values.push(turned);
      sd.push(spread === undefined ? null : toDegrees(table.rows[spread]!));
      outputs.push({ name, kind: "angle", side, unit: "deg", low: Math.floor((low * factor) / 10) * 10, high: Math.ceil((high * factor) / 10) * 10 });
    } else {
      ++muscles;
      const factor = 100 / high;
      values.push(row.map((v) => v * factor));
      sd.push(spread === undefined ? null : table.rows[spread]!.map((v) => v * factor));
      outputs.push({ name, kind: "muscle", side, unit: "%", low: 0, high: 100 });
    }
  });
  const notes: string[] = [];
  if (muscles) notes.push("muscles in % of each one's largest value in this trial");
  if (left.length) notes.push(`not shown: ${left.slice(0, 6).join(", ")}${left.length > 6 ? ` and ${left.length - 6} more` : ""}`);
  return { outputs, values, sd, placing, notes };
}

/** All trials of a file. Throws Error that names file, place, what was expected and what was found. */
export function readTakes(file: string, text: string, rate = 30): Take[] {
  if (/\.(jsonl|ndjson|json)$/i.test(file)) {
    const frames = jsonFrames(file, text);
    if (frames.length === 0) throw new FileError(file, "line 1", "expected frames, found none");
    const start = frames[0]!.t;
    return [{ name: file, times: frames.map((f) => f.t - start), outputs: [], values: [], sd: [], landmarks: frames.map((f) => f.world), placing: new Map(), notes: [] }];
  }
  const sto = /\.(mot|sto)$/i.test(file);
  const table: Table & Partial<Columns> = sto ? stoTable(file, text) : csvTable(file, text);
  if (table.lines.length === 0) throw new FileError(file, "line 2", "expected rows of numbers, found none");
  const { times, note } = clockOf(file, table, rate);
  const world = sto ? null : worldOf(file, table);
  const starts = startsOf(times, table), label = labelsOf(table);
  return starts.map((start, k) => {
    const end = starts[k + 1] ?? times.length;
    const part: Table = { names: table.names, text: new Map([...table.text].map(([name, cells]) => [name, cells.slice(start, end)])), rows: table.rows.map((row) => row.slice(start, end)), lines: table.lines.slice(start, end) };
    const found = outputsOf(part, table.emg ?? new Set(), table.degrees ?? true);
    if (found.outputs.length === 0 && !world) {
      throw new FileError(file, "line 1", `expected joint angles, muscles or ${kLandmarks} landmarks, found ${table.names.slice(0, 5).join(", ")} ...`);
    }
    const name = label(start).trim();
    return {
      ...found, name: name || (starts.length > 1 ? `${file}, trial ${k + 1}` : file),
      times: times.slice(start, end).map((t) => t - times[start]!), landmarks: world?.slice(start, end) ?? null,
      notes: note ? [note, ...found.notes] : found.notes,
    };
  });
}

/** Two files of one trial, as landmarks and what was predicted from them, as one: the second's channels on the first's clock. */
export function joined(a: Take, b: Take): Take {
  const [seen, predicted] = a.landmarks && !b.landmarks ? [a, b] : b.landmarks && !a.landmarks ? [b, a] : [null, a];
  if (!seen) return b;
  let from = 0;
  const landmarks = predicted.times.map((t) => {
    while (from + 1 < seen.times.length && Math.abs(seen.times[from + 1]! - t) <= Math.abs(seen.times[from]! - t)) ++from;
    return Math.abs(seen.times[from]! - t) < 0.1 ? seen.landmarks![from]! : null;
  });
  return { ...predicted, name: `${seen.name} with ${predicted.name}`, landmarks, notes: [...seen.notes, ...predicted.notes] };
}

const kVisible = 0.3;

/** World landmarks (y down, origin between the hips) as a body that stands on the floor, X forward, Y up, Z right. */
export function standing(world: World, headingDeg: number): Points | null {
  if (!world) return null;
  const c = Math.cos((headingDeg * Math.PI) / 180), s = Math.sin((headingDeg * Math.PI) / 180);
  const placed = world.map(([x, y, z]): [number, number, number] => [c * -z - s * -x, -y, s * -z + c * -x]);
  const floor = Math.min(...[27, 28, 29, 30, 31, 32].map((i) => placed[i]![1])) - 0.01;
  return placed.map((p, i) => (world[i]![3] < kVisible ? null : [p[0], p[1] - floor, p[2]] as const));
}

/** The turn about the vertical that lets hips and shoulders of the first second face X. Units: deg. */
export function headingOf(frames: World[]): number {
  let x = 0, z = 0;
  for (const world of frames.filter((w) => w).slice(0, 30)) {
    for (const [left, right] of [[23, 24], [11, 12]] as const) {
      x += -(world![right]![2] - world![left]![2]);
      z += -(world![right]![0] - world![left]![0]);
    }
  }
  return x === 0 && z === 0 ? 0 : (Math.atan2(x, z) * 180) / Math.PI;
}
