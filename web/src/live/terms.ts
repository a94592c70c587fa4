// What outputs are called where people look: a joint's name, what its numbers mean at either end, and which are a pair.
import type { Side } from "../body/landmarks";
import { readable } from "../dom";
import type { Output } from "./protocol";

export interface Term { title: string; low: string; high: string }

const joints: Record<string, Term> = {
  pelvis_tilt: { title: "Pelvis tilt", low: "forward", high: "backward" },
  pelvis_list: { title: "Pelvis list", low: "right side up", high: "right side down" },
  pelvis_rotation: { title: "Pelvis rotation", low: "to the right", high: "to the left" },
  hip_flexion: { title: "Hip flexion", low: "extended", high: "flexed" },
  hip_adduction: { title: "Hip adduction", low: "abducted", high: "adducted" },
  hip_rotation: { title: "Hip rotation", low: "external", high: "internal" },
  knee_angle: { title: "Knee flexion", low: "extended", high: "flexed" },
  ankle_angle: { title: "Ankle dorsiflexion", low: "plantarflexed", high: "dorsiflexed" },
  subtalar_angle: { title: "Foot inversion", low: "everted", high: "inverted" },
  mtp_angle: { title: "Toe extension", low: "flexed", high: "extended" },
  lumbar_extension: { title: "Trunk extension", low: "bent forward", high: "bent backward" },
  lumbar_bending: { title: "Trunk side bending", low: "to the left", high: "to the right" },
  lumbar_rotation: { title: "Trunk rotation", low: "to the right", high: "to the left" },
  arm_flex: { title: "Shoulder flexion", low: "extended", high: "flexed" },
  arm_add: { title: "Shoulder adduction", low: "abducted", high: "adducted" },
  arm_rot: { title: "Shoulder rotation", low: "external", high: "internal" },
  elbow_flex: { title: "Elbow flexion", low: "extended", high: "flexed" },
  pro_sup: { title: "Forearm pronation", low: "supinated", high: "pronated" },
  wrist_flex: { title: "Wrist flexion", low: "extended", high: "flexed" },
  wrist_dev: { title: "Wrist deviation", low: "radial", high: "ulnar" },
};

/** Coordinates that only repeat another, or say where the body stands: nothing to look at. */
const hidden = /_beta$|^pelvis_t[xyz]$/;

/** The name without its side, and the side that it tells. */
export function partSide(name: string): { base: string; side: Side } {
  const end = /^(.*)_([lr])$/i.exec(name);
  if (end) return { base: end[1]!, side: end[2]!.toLowerCase() === "l" ? "left" : "right" };
  const front = /^(left|right|l|r)[ ._](.*)$/i.exec(name);
  if (front) return { base: front[2]!, side: /^l/i.test(front[1]!) ? "left" : "right" };
  return { base: name, side: "middle" };
}

/** Whether a name is one of the body's coordinates, and an angle. */
export function isJoint(name: string): boolean { return partSide(name.replace(/_beta$/, "")).base in joints; }

/** A joint or muscle: one number of the middle, or one of each side. */
export interface Measure {
  id: string; title: string; kind: "angle" | "muscle"; unit: string; low: number; high: number;
  lowWord: string; highWord: string;
  /** Places in the list of outputs. */
  index: Partial<Record<Side, number>>;
}

const locked = /^(mtp_angle|wrist_flex|wrist_dev)$/;

export function measuresOf(outputs: Output[]): Measure[] {
  const found = new Map<string, Measure>();
  outputs.forEach((output, i) => {
    if (hidden.test(output.name)) return;
    const { base, side } = partSide(output.name);
    const id = `${output.kind}:${base}`;
    let measure = found.get(id);
    if (!measure) {
      const term = output.kind === "angle" ? joints[base] : undefined;
      measure = {
        id, kind: output.kind, unit: output.unit, low: output.low, high: output.high, index: {},
        title: term?.title ?? readable(base), lowWord: term?.low ?? "", highWord: term?.high ?? "",
      };
      found.set(id, measure);
    }
    measure.low = Math.min(measure.low, output.low);
    measure.high = Math.max(measure.high, output.high);
    measure.index[output.side === "middle" ? side : output.side] = i;
  });
  return [...found.values()];
}

const first = ["angle:hip_flexion", "angle:knee_angle", "angle:ankle_angle", "angle:lumbar_extension"];

/** What is shown until somebody chooses: the legs in the plane of walking, the trunk, and four muscles. */
export function usualChoice(measures: Measure[]): string[] {
  const angles = measures.filter((m) => m.kind === "angle" && !locked.test(m.id.slice(6)));
  const known = first.filter((id) => angles.some((m) => m.id === id));
  const muscles = measures.filter((m) => m.kind === "muscle").slice(0, 4).map((m) => m.id);
  return [...(known.length ? known : angles.slice(0, 4).map((m) => m.id)), ...muscles];
}

export function unitMark(unit: string): string { return unit === "deg" ? "°" : unit === "%" ? " %" : ` ${unit}`; }
