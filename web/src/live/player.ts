// Plays a recording on a screen: time runs, or stands where somebody put it.
import type { Points } from "../body/landmarks";
import { el, number } from "../dom";
import type { Moment } from "./board";
import type { Output } from "./protocol";
import { headingOf, standing, type Take } from "./recording";
import type { Curve } from "./trace";

/** What a recording is played on: a board, or less. */
export interface Screen {
  begin(outputs: Output[], options: { seek: (seconds: number) => void }): void;
  /** `text`: numbers, too, which change too quickly to be read otherwise. */
  show(moment: Moment, text: boolean): void;
  draw(times: number[], curve: (output: number) => Omit<Curve, "side">): void;
  moveTo(seconds: number): void;
  /** Set by the player: draws the last moment once more. */
  again: (() => void) | undefined;
}

export class Player {
  readonly element: HTMLElement;
  private take: Take | undefined;
  private points: (Points | null)[] | null = null;
  private heading = 0;
  private t = 0;
  private playing = false;
  private last = 0;
  private lastText = 0;
  private speed = 1;
  private readonly playButton = el("button", { type: "button", class: "main", click: () => this.toggle() }, "Play");
  private readonly slider = el("input", { type: "range", min: 0, max: 1, step: 0.01, value: 0, "aria-label": "Time in the recording", input: () => this.seek(Number(this.slider.value)) });
  private readonly clock = el("output", { class: "clock" });

  constructor(private readonly screen: Screen) {
    const speeds = el("select", { "aria-label": "Speed", change: () => { this.speed = Number(speeds.value); } },
      ...[["0.1", "1/10 speed"], ["0.25", "1/4 speed"], ["0.5", "half speed"], ["1", "full speed"]].map(([value, word]) => el("option", { value: value!, selected: value === "1" }, word!)));
    this.element = el("div", { class: "player", role: "group", "aria-label": "Recording" }, this.playButton, this.slider, this.clock, speeds);
  }

  load(take: Take): void {
    this.take = take;
    this.playing = false;
    const heading = take.landmarks ? headingOf(take.landmarks) : 0;
    this.points = take.landmarks?.map((world) => standing(world, heading)) ?? null;
    this.heading = firstTurn(take);
    this.slider.max = String(this.end);
    this.screen.begin(take.outputs, { seek: (seconds) => this.seek(seconds) });
    this.screen.again = () => { this.traces(); this.show(true); };
    this.t = 0;
    this.screen.again();
    this.label();
  }

  stop(): void { this.playing = false; this.label(); }

  toggle(): void {
    this.playing = !this.playing;
    if (this.playing && this.t >= this.end - 1e-6) this.t = 0;
    this.label();
    this.last = performance.now();
    if (this.playing) requestAnimationFrame((now) => this.step(now));
  }

  seek(seconds: number): void {
    this.t = Math.min(this.end, Math.max(0, seconds));
    this.show(true);
  }

  private get end(): number { return this.take?.times.at(-1) ?? 0; }

  private label(): void { this.playButton.textContent = this.playing ? "Pause" : "Play"; }

  private step(now: number): void {
    if (!this.playing || !this.element.isConnected) return;
    this.t += (this.speed * (now - this.last)) / 1000;
    this.last = now;
    if (this.t >= this.end) { this.t = this.end; this.playing = false; this.label(); }
    const text = now - this.lastText > 150 || !this.playing;
    if (text) this.lastText = now;
    this.show(text);
    if (this.playing) requestAnimationFrame((next) => this.step(next));
  }

  private traces(): void {
    const take = this.take!;
    const nulls = (row: ArrayLike<number>): (number | null)[] => Array.from(row, (v) => (Number.isFinite(v) ? v : null));
    this.screen.draw(take.times, (output) => {
      const values = take.values[output]!, sd = take.sd[output] ?? null;
      return {
        values: nulls(values),
        low: sd && nulls(values.map((v, i) => v - 2 * sd[i]!)), high: sd && nulls(values.map((v, i) => v + 2 * sd[i]!)),
      };
    });
  }

  private show(text: boolean): void {
    const take = this.take;
    if (!take) return;
    const i = frameAt(take.times, this.t);
    const none = (v: number | undefined): number | null => (v !== undefined && Number.isFinite(v) ? v : null);
    this.screen.show({
      t: this.t, values: take.values.map((row) => none(row[i])), sd: take.sd.some((row) => row) ? take.sd.map((row) => none(row?.[i])) : null,
      points: this.points?.[i] ?? null, placing: (name) => take.placing.get(name)?.[i], heading: this.heading,
    }, text);
    this.screen.moveTo(this.t);
    this.slider.value = String(this.t);
    this.slider.setAttribute("aria-valuetext", `${number(this.t, 1)} of ${number(this.end, 1)} seconds`);
    this.clock.textContent = `${number(this.t, 1)} / ${number(this.end, 1)} s`;
  }
}

function frameAt(times: number[], t: number): number {
  let low = 0, high = times.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (times[middle]! <= t + 1e-9) low = middle; else high = middle - 1;
  }
  return low;
}

/** How the pelvis is turned in the first second, wherever the laboratory's axes point. Units: deg. */
function firstTurn(take: Take): number {
  const i = take.outputs.findIndex((output) => output.name === "pelvis_rotation");
  const turns = i < 0 ? take.placing.get("pelvis_rotation") : take.values[i];
  let x = 0, y = 0;
  turns?.forEach((turn, k) => {
    if (take.times[k]! > 1 || !Number.isFinite(turn)) return;
    x += Math.cos((turn * Math.PI) / 180);
    y += Math.sin((turn * Math.PI) / 180);
  });
  return (Math.atan2(y, x) * 180) / Math.PI;
}
