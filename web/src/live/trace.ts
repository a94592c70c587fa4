// One plot of a joint or muscle over time: a line a side, with a band of two standard deviations around it.
import uPlot from "uplot";
import type { Side } from "../body/landmarks";
import { color } from "../theme";

export const sides = ["left", "right", "middle"] as const satisfies readonly Side[];

export interface Curve { side: Side; values: (number | null)[]; low: (number | null)[] | null; high: (number | null)[] | null }

export interface TraceOptions {
  label: string;
  unit: string;
  sides: Side[];
  /** Seconds that are shown of a stream; undefined: a whole recording. */
  windowS?: number;
  /** What a click on a recording's time does. */
  seek?: (seconds: number) => void;
}

export class Trace {
  readonly element = document.createElement("div");
  private plot: uPlot | undefined;
  private data: uPlot.AlignedData = [[]];
  private range: [number, number] = [0, 1];
  private playhead: number | null = null;

  constructor(private readonly options: TraceOptions) {
    this.element.className = "trace";
    new ResizeObserver(() => this.resize()).observe(this.element);
  }

  /** Times in s (before now in a stream), and a curve a side. */
  set(times: number[], curves: Curve[], range: [number, number]): void {
    const columns: (number | null)[][] = [times];
    for (const side of this.options.sides) {
      const curve = curves.find((c) => c.side === side);
      const none = (): null[] => new Array<null>(times.length).fill(null);
      columns.push(curve?.values ?? none(), curve?.low ?? none(), curve?.high ?? none());
    }
    this.data = columns as uPlot.AlignedData;
    this.range = range;
    if (this.plot) this.plot.setData(this.data);
    else this.draw();
  }

  moveTo(seconds: number): void {
    this.playhead = seconds;
    this.plot?.redraw(false, false);
  }

  /** Once more, in the colours of now. */
  draw(): void {
    this.plot?.destroy();
    this.plot = undefined;
    if (this.element.clientWidth === 0) return;
    this.plot = new uPlot(this.settings(), this.data, this.element);
    this.plot.root.setAttribute("aria-hidden", "true");  // the numbers beside it say the same
  }

  private resize(): void {
    const { clientWidth: width, clientHeight: height } = this.element;
    if (width === 0 || height === 0) return;
    if (!this.plot) this.draw();
    else if (this.plot.width !== width || this.plot.height !== height) this.plot.setSize({ width, height });
  }

  private settings(): uPlot.Options {
    const ink = color("ink-2"), rule = color("rule");
    const axis = { stroke: ink, grid: { stroke: rule, width: 1 }, ticks: { show: false }, font: "12px system-ui, sans-serif" };
    const { windowS, seek } = this.options;
    return {
      width: this.element.clientWidth,
      height: Math.max(60, this.element.clientHeight),
      legend: { show: false },
      cursor: { show: false },
      scales: { x: { time: false, ...(windowS ? { range: [-windowS, 0] as [number, number] } : {}) }, y: { range: () => this.range } },
      axes: [
        { ...axis, size: 22, space: 60, values: (_u, ticks) => ticks.map((t) => (windowS && t === 0 ? "now" : `${String(t).replace("-", "−")} s`)) },
        { ...axis, size: 42, space: 28, values: (_u, ticks) => ticks.map((t) => String(t).replace("-", "−")) },
      ],
      series: [
        {},
        ...this.options.sides.flatMap((side): uPlot.Series[] => [
          { stroke: color(side), width: 2, points: { show: false }, dash: side === "right" ? [8, 3] : undefined },
          { stroke: "transparent", points: { show: false } }, { stroke: "transparent", points: { show: false } },
        ]),
      ],
      bands: this.options.sides.map((side, i) => ({ series: [3 * i + 3, 3 * i + 2] as [number, number], fill: `${color(side)}38` })),
      hooks: {
        draw: [(u) => {
          if (this.playhead == null) return;
          const x = u.valToPos(this.playhead, "x", true), { ctx, bbox } = u;
          ctx.save();
          ctx.fillStyle = color("ink");
          ctx.fillRect(Math.round(x) - 1, bbox.top, 2, bbox.height);
          ctx.restore();
        }],
        ready: seek ? [(u) => {
          const at = (event: PointerEvent): void => seek(u.posToVal(event.clientX - u.over.getBoundingClientRect().left, "x"));
          u.over.addEventListener("pointerdown", (event) => { u.over.setPointerCapture(event.pointerId); at(event); });
          u.over.addEventListener("pointermove", (event) => { if (event.buttons) at(event); });
        }] : [],
      },
    };
  }
}
