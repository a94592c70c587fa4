// Elements without a framework.

type Child = Node | string | null | undefined;
type Attributes = Record<string, string | number | boolean | ((event: Event) => void) | undefined>;

export function el<K extends keyof HTMLElementTagNameMap>(
  tag: K, attributes: Attributes = {}, ...children: Child[]
): HTMLElementTagNameMap[K] {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") node.addEventListener(name, value);
    else if (value === true) node.setAttribute(name, "");
    else if (value !== false && value !== undefined) node.setAttribute(name, String(value));
  }
  for (const child of children) if (child != null) node.append(child);
  return node;
}

export function number(value: number | null | undefined, digits: number): string {
  return value == null || Number.isNaN(value) ? "–" : value.toFixed(digits).replace(/^-(0\.?0*)$/, "$1").replace("-", "−");
}

/** "hip_flexion_r" reads "Hip flexion, right"; what has no such form stays as it is. */
export function readable(name: string): string {
  const side = /^(.*)_([rl])(_beta)?$/.exec(name);
  const words = (side ? side[1] + (side[3] ?? "") : name).replace(/_/g, " ");
  const text = /^[a-z]/.test(words) ? words[0]!.toUpperCase() + words.slice(1) : words;
  return side ? `${text}, ${side[2] === "r" ? "right" : "left"}` : text;
}
