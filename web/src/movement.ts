// The body that a model predicts beside the one that was measured, moving together through a trial.
import { neededForBody, pointsOfAngles } from "./body/skeleton";
import { directions, Stage } from "./body/stage";
import { unpack, type TrialPlot } from "./document";
import { el } from "./dom";
import { hasGraphics } from "./graphics";
import type { Moment } from "./live/board";
import { Player, type Screen } from "./live/player";
import type { Take } from "./live/recording";

type Kind = "measured" | "predicted";

export class Movement implements Screen {
  readonly element: HTMLElement;
  again: (() => void) | undefined;
  private readonly player: Player = new Player(this);
  private readonly stages = new Map<Kind, Stage>();
  private place = new Map<string, number>();

  /** Only where shows() says so. */
  constructor() {
    const figure = (kind: Kind): HTMLElement => {
      const stage = el("div", { class: "stage" });
      this.stages.set(kind, new Stage(stage, `The ${kind} body in 3-D. Arrow keys turn it, plus and minus bring it nearer.`));
      return el("figure", {}, el("figcaption", {}, kind === "measured" ? "Measured" : "Predicted"), stage);
    };
    const look = (name: keyof typeof directions, word: string): HTMLElement =>
      el("button", { type: "button", click: () => this.stages.forEach((stage) => stage.lookFrom(directions[name])) }, word);
    this.element = el("div", { class: "movement" },
      el("div", { class: "pair" }, figure("measured"), figure("predicted")),
      el("div", { class: "looks", role: "group", "aria-label": "Look from" }, look("front", "Front"), look("left", "Left"), look("back", "Back"), look("right", "Right")),
      this.player.element);
  }

  /** Whether the trial's angles tell a posture, in degrees, and this browser can draw it. */
  static shows(plot: TrialPlot): boolean {
    return hasGraphics() && neededForBody.every((name) => plot.channels.some((channel) => channel.name === name && channel.unit === "deg"));
  }

  load(plot: TrialPlot): void {
    const channels = plot.channels.filter((channel) => channel.unit === "deg" || /^pelvis_t[xyz]$/.test(channel.name));
    const rows = channels.flatMap((channel) => [unpack(channel.truth), unpack(channel.predicted)]);
    const take: Take = {
      name: plot.key, times: Array.from({ length: plot.frames }, (_, i) => i / plot.rate_hz), landmarks: null, notes: [], placing: new Map(),
      outputs: channels.flatMap(({ name }) => (["measured", "predicted"] as const).map((kind) => ({ name: `${kind} ${name}`, kind: "angle" as const, unit: "deg", side: "middle" as const, low: 0, high: 1 }))),
      values: rows.map((row) => Float64Array.from(row)), sd: rows.map(() => null),
    };
    // Both are turned by what was measured at first, so that a wrongly predicted turn is seen.
    const turn = channels.findIndex((channel) => channel.name === "pelvis_rotation");
    if (turn >= 0) take.placing.set("pelvis_rotation", take.values[2 * turn]!);
    this.player.load(take);
  }

  begin(outputs: Take["outputs"]): void { this.place = new Map(outputs.map((output, i) => [output.name, i])); }

  show(moment: Moment): void {
    for (const [kind, stage] of this.stages) {
      stage.move(pointsOfAngles((name) => {
        const value = moment.values[this.place.get(`${kind} ${name}`) ?? -1];
        return name === "pelvis_rotation" && value != null ? value - (moment.heading ?? 0) : value;
      }), null);
    }
  }

  draw(): void { /* the plots beside it are the report's own */ }
  moveTo(): void { /* the slider says it */ }
}
