// What the live pages have in common: a bar on top, and the switch between light and dark.
import { el } from "../dom";
import { toggleTheme } from "../theme";
import { withToken } from "./protocol";

export function bar(title: string, ...inside: (Node | null)[]): HTMLElement {
  return el("header", { class: "bar" },
    el("a", { href: withToken("./"), class: "brand" }, "kinemyo"),
    el("h1", {}, title),
    ...inside,
    el("button", { type: "button", class: "theme", click: toggleTheme, "aria-label": "Switch between light and dark" }, "◐"));
}

/** A name for this device that people recognise; it may be changed. */
export function deviceName(): string {
  const agent = navigator.userAgent;
  return /iPad/.test(agent) ? "iPad" : /iPhone/.test(agent) ? "iPhone" : /Android/.test(agent) ? (/Mobile/.test(agent) ? "Phone" : "Tablet") : "Computer";
}
