// Horizontal bars, one group a row: for errors by joint, by activity, by person.
import { el, number } from "./dom";

const colors = ["series-1", "series-2", "series-3", "series-4", "series-5", "series-6"];

export function legend(methods: string[]): HTMLElement {
  return el("p", { class: "legend" },
    ...methods.map((name, i) => el("span", {}, el("i", { style: `background:var(--${colors[i % colors.length]})` }), name)));
}

export function bars(rows: { name: string; values: (number | null)[] }[], methods: string[], unit: string): HTMLElement {
  const top = Math.max(1e-12, ...rows.flatMap((row) => row.values.map((v) => v ?? 0)));
  return el("div", { class: "bars" },
    ...rows.map((row) =>
      el("div", { class: "bar-row" },
        el("span", { class: "bar-name" }, row.name),
        el("div", { class: "bar-set" },
          ...row.values.map((value, i) =>
            el("div", { class: "bar", title: `${row.name}, ${methods[i]}: ${number(value, 2)} ${unit}` },
              el("i", { style: `width:${(100 * (value ?? 0)) / top}%;background:var(--${colors[i % colors.length]})` }),
              el("b", {}, number(value, 1))))))));
}
