// The body, and the cards of the joints and muscles that somebody chose; fed by a stream or by a recording.
import { kLandmarks, type Points } from "../body/landmarks";
import { neededForBody, neededForWholeBody, pointsOfAngles, statureOfPoints } from "../body/skeleton";
import { Stage, directions } from "../body/stage";
import { el } from "../dom";
import { hasGraphics } from "../graphics";
import { onThemeChange } from "../theme";
import { Card } from "./card";
import type { Output } from "./protocol";
import { measuresOf, partSide, usualChoice, type Measure } from "./terms";
import type { Curve } from "./trace";

/** What is known at one moment. */
export interface Moment {
  t: number;
  values: ArrayLike<number | null>;
  sd: ArrayLike<number | null> | null;
  points: Points | null;
  /** Coordinates beside the outputs that move the body. */
  placing?: (coordinate: string) => number | undefined;
  /** The pelvis' rotation that counts as facing forward. Units: deg. */
  heading?: number;
}

export type BodyBy = "angles" | "points";
const kUsual = 1.72;

export class Board {
  readonly element: HTMLElement;
  readonly stageElement = el("div", { class: "stage" });
  readonly cardsElement = el("div", { class: "cards" });
  private stage: Stage | undefined;
  private outputs: Output[] = [];
  private measures: Measure[] = [];
  private place = new Map<string, number>();
  private chosen = new Set<string>();
  private cards: Card[] = [];
  private options: { windowS?: number; seek?: (seconds: number) => void } = {};
  private stature = kUsual;
  private bodyBy: BodyBy = "angles";
  private readonly sureNote = el("p", { class: "key", hidden: true }, "± and shading: where the true value mostly is, as far as the model knows");
  private readonly muscleNote = el("p", { class: "hint" });
  private readonly key: HTMLElement;
  private readonly bodyChoice: HTMLElement;

  constructor() {
    const look = (name: keyof typeof directions, word: string): HTMLElement =>
      el("button", { type: "button", click: () => this.stage?.lookFrom(directions[name]) }, word);
    this.bodyChoice = el("label", { class: "check", hidden: true }, el("input", { type: "checkbox", change: (event) => {
      this.bodyBy = (event.target as HTMLInputElement).checked ? "points" : "angles";
      this.again?.();
    } }), "Body from camera points");
    this.key = el("p", { class: "key", hidden: true }, "Muscle activity ", el("span", {}, "rest"), el("i", { "aria-hidden": "true" }), el("span", {}, "strong"));
    const sidesKey = el("p", { class: "key sides" }, el("b", { class: "left" }, "L left"), " ", el("b", { class: "right" }, "R right"));
    this.element = el("div", { class: "board" },
      el("section", { class: "body", "aria-label": "The body" },
        this.stageElement,
        el("div", { class: "looks", role: "group", "aria-label": "Look from" },
          look("front", "Front"), look("left", "Left"), look("back", "Back"), look("right", "Right")),
        el("div", { class: "keys" }, sidesKey, this.key, this.bodyChoice, this.sureNote), this.muscleNote),
      el("section", { class: "measures", tabindex: 0, "aria-label": "Joints and muscles" }, this.cardsElement));
    if (hasGraphics()) this.stage = new Stage(this.stageElement, "The moving body in 3-D. Arrow keys turn it, plus and minus bring it nearer.");
    else this.stageElement.append(el("p", { class: "hint" }, "This browser has no 3-D graphics (WebGL); the numbers work all the same."));
    onThemeChange(() => { for (const card of this.cards) card.trace.draw(); });
  }

  /** Draws the last moment once more; set by whoever feeds the board. */
  again: (() => void) | undefined;

  /** What will come: a stream's window of seconds, or what a click on a recording does. */
  begin(outputs: Output[], options: { windowS?: number; seek?: (seconds: number) => void }): void {
    this.outputs = outputs;
    this.options = options;
    this.stature = kUsual;
    this.sureNote.hidden = true;
    this.measures = measuresOf(outputs);
    this.place = new Map(outputs.map((output, i) => [output.name, i]));
    const kept = readChoice().filter((id) => this.measures.some((m) => m.id === id));
    this.chosen = new Set(kept.length ? kept : usualChoice(this.measures));
    const muscles = outputs.flatMap((output, i) => (output.kind === "muscle" ? [{ name: output.name, side: output.side, output: i }] : []));
    const unknown = this.stage?.setMuscles(muscles) ?? [];
    this.key.hidden = muscles.length === unknown.length;
    const both = muscles.filter((m) => m.side === "middle" && partSide(m.name).side === "middle").length;
    this.muscleNote.textContent = [
      unknown.length ? `Not drawn on the body, their place is unknown: ${unknown.join(", ")}.` : "",
      both && both > unknown.length ? "Muscles without a side are drawn on both." : "",
    ].join(" ").trim();
    this.build();
  }

  /** The person's height, when it becomes known; until then it is taken from the points. */
  setStature(metres: number): void { this.stature = metres; }

  show(moment: Moment, text: boolean): void {
    const { values, points } = moment;
    const angle = (name: string): number | null | undefined => {
      const i = this.place.get(name), value = i === undefined ? moment.placing?.(name) : values[i];
      return name === "pelvis_rotation" && value != null ? value - (moment.heading ?? 0) : value;
    };
    const known = (names: string[]): boolean => names.every((name) => angle(name) != null);
    const whole = known(neededForWholeBody);
    if (moment.sd && this.sureNote.hidden) this.sureNote.hidden = false;
    this.bodyChoice.hidden = !(whole && points);
    if (points) {
      const seen = statureOfPoints(points);
      if (Number.isFinite(seen)) this.stature += 0.05 * (Math.min(2.2, Math.max(0.8, seen)) - this.stature);
    }
    if (points ? whole && this.bodyBy === "angles" : known(neededForBody)) {
      const body = pointsOfAngles(angle, this.stature);
      this.stage?.move(points ? shifted(body, points) : body, points);
    } else {
      // With muscles alone they are shown on a body that stands still.
      this.stage?.move(points ?? (this.key.hidden || this.options.windowS ? none : standingStill), null);
    }
    this.stage?.tint((output) => {
      const value = values[output], { low, high } = this.outputs[output]!;
      return value == null || !Number.isFinite(value) ? null : (value - low) / (high - low);
    });
    for (const card of this.cards) if (card.visible || text) card.show(values, moment.sd, text);
  }

  /** Traces: `curve` gives an output's numbers at the times. */
  draw(times: number[], curve: (output: number) => Omit<Curve, "side">): void {
    for (const card of this.cards) {
      if (!card.visible && this.options.windowS) continue;
      card.draw(times, Object.entries(card.measure.index).map(([side, output]) => ({ side: side as Curve["side"], ...curve(output) })));
    }
  }

  moveTo(seconds: number): void { for (const card of this.cards) if (card.visible) card.trace.moveTo(seconds); }

  restart(): void { for (const card of this.cards) card.restart(); }

  private build(): void {
    this.cards = this.measures.filter((m) => this.chosen.has(m.id)).map((measure) => new Card(measure, this.options));
    this.cardsElement.replaceChildren(...this.cards.map((card) => card.element));
    if (this.cards.length === 0) {
      this.cardsElement.append(el("p", { class: "hint" }, this.measures.length ? "Nothing is chosen." : "Only the body's points are known here; joint angles and muscles come from a model (kinemyo predict)."));
    }
  }

  /** A dialog to choose joints and muscles in. */
  choose(): void {
    const list = (kind: Measure["kind"], title: string): HTMLElement | null => {
      const some = this.measures.filter((m) => m.kind === kind);
      return some.length === 0 ? null : el("fieldset", {}, el("legend", {}, title), ...some.map((m) =>
        el("label", { class: "check" }, el("input", { type: "checkbox", value: m.id, checked: this.chosen.has(m.id) }), m.title)));
    };
    const dialog = el("dialog", { class: "choose", "aria-labelledby": "choose-title" },
      el("form", { method: "dialog" },
        el("h2", { id: "choose-title" }, "What to show"),
        el("div", { class: "columns" }, list("angle", "Joints"), list("muscle", "Muscles")),
        el("p", { class: "actions" },
          el("button", { type: "button", click: () => dialog.querySelectorAll("input").forEach((input) => { input.checked = usualChoice(this.measures).includes(input.value); }) }, "The usual"),
          el("button", { class: "main" }, "Show these"))));
    dialog.addEventListener("close", () => {
      const wanted = [...dialog.querySelectorAll("input")].filter((input) => input.checked).map((input) => input.value);
      dialog.remove();
      this.chosen = new Set(wanted);
      keepChoice(wanted);
      this.build();
      this.again?.();
    });
    document.body.append(dialog);
    dialog.showModal();
  }
}

const none: Points = new Array<null>(kLandmarks).fill(null);

const standingStill = pointsOfAngles(() => 0);

/** The body of the angles where the points stand: over the same place of the floor. */
function shifted(body: Points, points: Points): Points {
  const left = points[23], right = points[24], bodyLeft = body[23], bodyRight = body[24];
  if (!left || !right || !bodyLeft || !bodyRight) return body;
  const dx = (left[0] + right[0] - bodyLeft[0] - bodyRight[0]) / 2, dz = (left[2] + right[2] - bodyLeft[2] - bodyRight[2]) / 2;
  return body.map((p) => p && ([p[0] + dx, p[1], p[2] + dz] as const));
}

const kKept = "kinemyo-shown";

// A page opened from a folder, or inside a report, may have no storage.
function readChoice(): string[] {
  try { return JSON.parse(localStorage.getItem(kKept) ?? "[]") as string[]; } catch { return []; }
}
function keepChoice(ids: string[]): void {
  try { localStorage.setItem(kKept, JSON.stringify(ids)); } catch { /* nothing is kept */ }
}
