// What came from a camera in the last seconds, and how late it is.
import type { Board } from "./board";
import type { Frame, Output, Welcome } from "./protocol";

const kWindowS = 10;
const still = matchMedia("(prefers-reduced-motion: reduce)");

export class Stream {
  private outputs: Output[] = [];
  private delayMs = 0;
  private times: number[] = [];
  private values: (number | null)[][] = [];
  private sd: (number | null)[][] = [];
  private arrivals: number[] = [];
  private drawn = 0;
  private lastText = 0;
  private waiting = 0;
  private later = 0;
  private frame: Frame | undefined;

  constructor(private readonly board: Board) {}

  begin(welcome: Welcome): void {
    this.outputs = welcome.outputs;
    this.delayMs = 1000 * welcome.delay_s;
    this.board.begin(welcome.outputs, { windowS: kWindowS });
    this.board.again = () => { this.drawn = 0; this.lastText = 0; this.wake(); };
    this.clear();
  }

  /** Another session, or the same again from its start. */
  clear(): void {
    this.times = [];
    this.values = this.outputs.map(() => []);
    this.sd = this.outputs.map(() => []);
    this.arrivals = [];
    this.frame = undefined;
    this.board.restart();
  }

  take(frame: Frame): void {
    const before = this.times.at(-1);
    if (before !== undefined && frame.t <= before) this.clear();  // the camera began again
    this.frame = frame;
    this.arrivals.push(performance.now());
    while (this.arrivals.length > 2 && this.arrivals.at(-1)! - this.arrivals[0]! > 2000) this.arrivals.shift();
    this.times.push(frame.t);
    this.outputs.forEach((_, i) => {
      this.values[i]!.push(frame.values?.[i] ?? null);
      this.sd[i]!.push(frame.sd?.[i] ?? null);
    });
    while (this.times.length > 2 && frame.t - this.times[0]! > kWindowS) {
      this.times.shift();
      for (const row of this.values) row.shift();
      for (const row of this.sd) row.shift();
    }
    this.wake();
  }

  get ratesHz(): number {
    const n = this.arrivals.length;
    return n < 2 ? 0 : (1000 * (n - 1)) / (this.arrivals[n - 1]! - this.arrivals[0]!);
  }

  /** From the picture to this screen, in ms, and what it is made of. `wayMs`: half of there and back between this page and the server. */
  latency(wayMs: number): { totalMs: number; parts: [name: string, ms: number][] } | null {
    if (!this.frame) return null;
    const parts: [string, number][] = [];
    if (this.frame.pose_ms != null) parts.push(["finding the body in the picture", this.frame.pose_ms]);
    parts.push(["smoothing", this.delayMs], ["computing", this.frame.server_us / 1000]);
    if (Number.isFinite(wayMs)) parts.push(["network, to the server and from it", 2 * wayMs]);
    return { totalMs: parts.reduce((sum, [, ms]) => sum + ms, 0), parts };
  }

  private wake(): void { this.waiting ||= requestAnimationFrame((now) => this.draw(now)); }

  private draw(now: number): void {
    this.waiting = 0;
    const { frame } = this;
    if (!frame) return;
    const text = now - this.lastText > 200;
    if (text) this.lastText = now;
    this.board.show({ t: frame.t, values: frame.values ?? [], sd: frame.sd, points: frame.points }, text);
    const pause = still.matches ? 1000 : 60, soon = now - this.drawn < pause;
    // Where nothing more comes, numbers and traces still get to the last frame.
    clearTimeout(this.later);
    if (!text || soon) this.later = window.setTimeout(() => this.wake(), Math.max(210, pause));
    if (soon) return;
    this.drawn = now;
    const times = this.times.map((t) => t - frame.t);
    this.board.draw(times, (output) => {
      const values = this.values[output]!, sd = this.sd[output]!;
      const known = sd.some((v) => v != null);
      const edge = (sign: 1 | -1): (number | null)[] => values.map((v, i) => (v == null || sd[i] == null ? null : v + sign * 2 * sd[i]));
      return { values, low: known ? edge(-1) : null, high: known ? edge(1) : null };
    });
  }
}
