// A card for a joint or muscle: big numbers of both sides, where they stand in their range, how the sides compare, and their traces.
import type { Side } from "../body/landmarks";
import { el, number } from "../dom";
import { unitMark, type Measure } from "./terms";
import { sides, Trace, type Curve } from "./trace";

const names: Record<Side, [letter: string, word: string]> = { left: ["L", "left"], right: ["R", "right"], middle: ["", ""] };

interface Row { side: Side; value: HTMLElement; doubt: HTMLElement; swept: HTMLElement; mark: HTMLElement; low: number; high: number }

const percent = (value: number): string => `${Math.min(100, Math.max(0, value)).toFixed(2)}%`;

export class Card {
  readonly element: HTMLElement;
  readonly trace: Trace;
  /** Whether it is on the screen: what is not need not be drawn. */
  visible = true;
  private readonly rows: Row[];
  private readonly compare = el("p", { class: "compare" });
  private readonly shown: [number, number];

  constructor(readonly measure: Measure, options: { windowS?: number; seek?: (seconds: number) => void }) {
    const on = sides.filter((side) => measure.index[side] !== undefined);
    this.trace = new Trace({ label: measure.title, unit: measure.unit, sides: on, ...options });
    // A trace shows what was reached, and never less than a tenth of what is usual, so that noise does not look like movement.
    this.shown = measure.kind === "muscle" ? [0, 100] : [NaN, NaN];
    this.rows = on.map((side) => ({
      side, value: el("span", { class: "value" }, "–"), doubt: el("span", { class: "doubt" }),
      swept: el("i", { class: "swept" }), mark: el("i", { class: "mark" }), low: Infinity, high: -Infinity,
    }));
    this.element = el("article", { class: `card ${measure.kind}`, "data-measure": measure.id },
      el("h3", {}, measure.title),
      el("div", { class: "rows" }, ...this.rows.map((row) =>
        el("div", { class: `row ${row.side}` },
          names[row.side][0] ? el("abbr", { class: "letter", title: names[row.side][1] }, names[row.side][0]) : null,
          el("span", { class: "number" }, row.value, el("small", {}, unitMark(measure.unit)), row.doubt),
          el("span", { class: "gauge", "aria-hidden": "true" }, row.swept, row.mark)))),
      measure.lowWord ? el("p", { class: "ends", "aria-hidden": "true" }, el("span", {}, `← ${measure.lowWord}`), el("span", {}, `${measure.highWord} →`)) : null,
      this.trace.element,
      this.compare);
    observer.observe(this.element);
    cards.set(this.element, this);
  }

  /** Moves the marks; with `text` the numbers too, which change too quickly to be read otherwise. */
  show(values: ArrayLike<number | null>, sd: ArrayLike<number | null> | null, text: boolean): void {
    const { low, high, index } = this.measure;
    for (const row of this.rows) {
      const i = index[row.side]!, value = values[i] ?? null;
      const there = value != null && Number.isFinite(value);
      if (there) { row.low = Math.min(row.low, value); row.high = Math.max(row.high, value); }
      row.mark.hidden = !there;
      if (there) row.mark.style.left = percent((100 * (value - low)) / (high - low));
      if (row.high >= row.low) {
        const from = (100 * (row.low - low)) / (high - low), to = (100 * (row.high - low)) / (high - low);
        row.swept.style.left = percent(from);
        row.swept.style.width = percent(Math.min(100, to) - Math.max(0, from));
      }
      if (text) {
        row.value.textContent = there ? number(value, 0) : "–";
        const spread = sd?.[i];
        row.doubt.textContent = there && spread != null && Number.isFinite(spread) ? ` ± ${Math.max(1, Math.round(2 * spread))}` : "";
      }
    }
    if (text) this.tell();
  }

  draw(times: number[], curves: Curve[]): void {
    if (this.measure.kind === "angle") {
      for (const { values } of curves) for (const v of values) if (v != null && Number.isFinite(v)) {
        if (!(v >= this.shown[0])) this.shown[0] = v;
        if (!(v <= this.shown[1])) this.shown[1] = v;
      }
    }
    const [low, high] = Number.isFinite(this.shown[0] + this.shown[1]) ? this.shown : [0, 1];
    const least = this.measure.kind === "angle" ? 20 : 0, more = Math.max(0, least - (high - low)) / 2 + (this.measure.kind === "angle" ? 0.06 * (high - low) : 0);
    this.trace.set(times, curves, [low - more, high + more]);
  }

  /** Ranges begin anew. */
  restart(): void {
    for (const row of this.rows) { row.low = Infinity; row.high = -Infinity; row.swept.style.width = "0"; }
    if (this.measure.kind === "angle") this.shown.fill(NaN);
    this.tell();
  }

  private tell(): void {
    const mark = unitMark(this.measure.unit);
    const reached = this.rows.filter((row) => row.high >= row.low);
    const range = (row: Row): string => `${names[row.side][0]} ${number(row.low, 0)} to ${number(row.high, 0)}${mark}`.trim();
    const parts = reached.length ? [`Range ${reached.map(range).join(", ")}`] : [];
    if (reached.length === 2) {
      const [a, b] = reached as [Row, Row];
      const difference = Math.round((a.high - a.low) - (b.high - b.low));
      parts.push(difference === 0 ? "Both sides move alike" : `${difference > 0 ? "Left" : "Right"} moves ${Math.abs(difference)}${mark} more`);
    }
    this.compare.textContent = parts.join("\n");
  }
}

const cards = new WeakMap<Element, Card>();
const observer = new IntersectionObserver((entries) => {
  for (const entry of entries) { const card = cards.get(entry.target); if (card) card.visible = entry.isIntersecting; }
}, { rootMargin: "100px" });
