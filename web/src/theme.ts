// Light and dark: the system's wish until the person chooses.

const listeners: (() => void)[] = [];
const system = matchMedia("(prefers-color-scheme: dark)");

export function isDark(): boolean {
  const chosen = document.documentElement.dataset.theme;
  return chosen ? chosen === "dark" : system.matches;
}

export function color(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

export function onThemeChange(listener: () => void): void { listeners.push(listener); }

export function toggleTheme(): void {
  document.documentElement.dataset.theme = isDark() ? "light" : "dark";
  listeners.forEach((listener) => listener());
}

system.addEventListener("change", () => listeners.forEach((listener) => listener()));

// Ink on paper is dark on white, whatever the screen shows.
let before: string | undefined;
addEventListener("beforeprint", () => {
  before = document.documentElement.dataset.theme;
  document.documentElement.dataset.theme = "light";
  listeners.forEach((listener) => listener());
});
addEventListener("afterprint", () => {
  if (before) document.documentElement.dataset.theme = before;
  else delete document.documentElement.dataset.theme;
  listeners.forEach((listener) => listener());
});
