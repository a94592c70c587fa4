// Line charts on uPlot, in the page's colours, drawn when they come into view.
import uPlot from "uplot";
import { color, onThemeChange } from "./theme";

export interface Line {
  label: string;
  values: ArrayLike<number>;
  color: string;  // name of a CSS variable
  width?: number;
  dash?: number[];
  fillTo?: number;  // index of the line down to which the area is filled
}

export interface ChartOptions {
  title: string;
  xLabel: string;
  yLabel: string;
  x: ArrayLike<number>;
  lines: Line[];
  height?: number;
  logY?: boolean;
  sync?: string;  // charts of one name share their cursor
  digits?: number;
}

const finite = (value: number): number | null => (Number.isFinite(value) ? value : null);

export class Chart {
  readonly element: HTMLElement;
  private plot: uPlot | undefined;
  private visible = false;

  constructor(private options: ChartOptions) {
    this.element = document.createElement("figure");
    this.element.className = "chart";
    const caption = document.createElement("figcaption");
    caption.textContent = options.title;
    this.element.append(caption);
    this.element.style.setProperty("--chart-height", `${(options.height ?? 180) + 4}px`);
    viewer.observe(this.element);
    charts.set(this.element, this);
  }

  show(): void {
    this.visible = true;
    this.draw();
  }

  draw(): void {
    if (!this.visible || this.element.clientWidth === 0) return;
    this.plot?.destroy();
    this.plot = new uPlot(this.settings(), this.data(), this.element);
    this.plot.root.setAttribute("role", "img");
    this.plot.root.setAttribute("aria-label",
      `${this.options.title}: ${this.options.lines.map((l) => l.label).join(", ")}, ${this.options.yLabel} over ${this.options.xLabel}`);
  }

  resize(): void {
    if (this.plot) this.plot.setSize({ width: this.element.clientWidth, height: this.options.height ?? 180 });
    else this.draw();
  }

  private data(): uPlot.AlignedData {
    const columns: (number | null)[][] = [Array.from(this.options.x)];
    for (const line of this.options.lines) columns.push(Array.from(line.values, finite));
    return columns as uPlot.AlignedData;
  }

  private settings(): uPlot.Options {
    const ink = color("ink-2"), rule = color("rule");
    const axis = {
      stroke: ink, grid: { stroke: rule, width: 1 }, ticks: { stroke: rule, width: 1, size: 4 },
      font: "11px system-ui, sans-serif", labelFont: "11px system-ui, sans-serif",
    };
    const digits = this.options.digits ?? 1;
    return {
      width: this.element.clientWidth,
      height: this.options.height ?? 180,
      scales: { x: { time: false }, y: this.options.logY ? { distr: 3 } : {} },
      legend: { live: true },
      cursor: this.options.sync ? { sync: { key: this.options.sync } } : {},
      axes: [
        { ...axis, label: this.options.xLabel, labelSize: 16, size: 28 },
        { ...axis, label: this.options.yLabel, labelSize: 16, size: 46 },
      ],
      series: [
        { label: this.options.xLabel, value: (_u, v) => (v == null ? "–" : v.toFixed(2)) },
        ...this.options.lines.map((line): uPlot.Series => ({
          label: line.label, stroke: color(line.color), width: line.width ?? 1.5, dash: line.dash,
          points: { show: false }, value: (_u, v) => (v == null ? "–" : v.toFixed(digits)),
        })),
      ],
      bands: this.options.lines.flatMap((line, i) =>
        line.fillTo === undefined ? [] : [{ series: [i + 1, line.fillTo + 1] as [number, number], fill: `${color(line.color)}55` }]),
    };
  }
}

const charts = new Map<Element, Chart>();
const viewer = new IntersectionObserver((entries) => {
  for (const entry of entries) {
    if (!entry.isIntersecting) continue;
    viewer.unobserve(entry.target);
    charts.get(entry.target)?.show();
  }
}, { rootMargin: "400px" });

export function clearCharts(inside: Element): void {
  for (const element of charts.keys()) {
    if (!inside.contains(element)) continue;
    viewer.unobserve(element);
    charts.delete(element);
  }
  inside.replaceChildren();
}

function live(): Chart[] { return [...charts.entries()].filter(([e]) => e.isConnected).map(([, c]) => c); }

onThemeChange(() => live().forEach((chart) => chart.draw()));
let resizing = 0;
addEventListener("resize", () => {
  cancelAnimationFrame(resizing);
  resizing = requestAnimationFrame(() => live().forEach((chart) => chart.resize()));
});
// What was never scrolled to is drawn before it is printed.
addEventListener("beforeprint", () => live().forEach((chart) => chart.show()));
