// The document that the program writes into the page: src/kinemyo/report/document.h is its other side.
// Units are those that people read (deg, mm, mV, %), named beside the numbers.

/** Numbers as base64 of little-endian float32; NaN is missing. */
export type Packed = string;

export interface Score { mae: number | null; rmse: number | null; r2: number | null; r: number | null }

export interface ScoreTable {
  title: string;
  unit: string;
  methods: string[];
  channels: { name: string; group: string; scores: Score[] }[];
  mean: Score[];
  left_out: string[];
  subjects: { name: string; mae: (number | null)[] }[];
  activities: { name: string; mae: (number | null)[] }[];
  people: string[];
}

export interface TrialIn {
  key: string; subject: string; activity: string; role: string;
  seconds: number; rate_hz: number; markers: number; angles: number; muscles: number;
  filled: number; missing: number; longest_gap_s: number;
  excluded: { channel: string; reason: string }[];
  emg_scores: { channel: string; score: number | null }[]; emg_edge_s: number;
  history: string[];
}

export interface TrialPlot {
  key: string; start_s: number; rate_hz: number; frames: number;
  channels: { name: string; group: string; unit: string; truth: Packed; predicted: Packed; low: Packed; high: Packed }[];
  emg: { name: string; unit: string; bin_s: number; low: Packed; high: Packed; envelope: Packed }[];
}

export interface WorstWindow {
  key: string; name: string; unit: string; start_s: number; rate_hz: number; rmse: number | null; truth: Packed; predicted: Packed;
}

export interface Epoch { number: number; training: number; validation: number | null; learning_rate: number; best: boolean }

export interface ReportDocument {
  title: string; version: string; synthetic: boolean; headline: string; split: string;
  cautions: string[];
  model: { name: string; value: string }[];
  recipe: string;
  methods_text: string[];
  trials_in: TrialIn[];
  epochs: Epoch[];
  scores: ScoreTable[];
  plots: TrialPlot[];
  worst: WorstWindow[];
}

export function unpack(packed: Packed): Float32Array {
  const text = atob(packed);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; ++i) bytes[i] = text.charCodeAt(i);
  return new Float32Array(bytes.buffer);
}

export function readDocument(): ReportDocument {
  const holder = document.getElementById("kinemyo-document");
  if (!holder?.textContent) throw new Error("the page holds no document");
  return JSON.parse(holder.textContent) as ReportDocument;
}
