// A person of tapered parts, moved by the 33 landmarks, with muscles that take the colour of their activity.
import { BufferAttribute, BufferGeometry, Color, Group, Matrix4, Mesh, MeshStandardMaterial, SphereGeometry, Vector3 } from "three";
import { at, type Point, type Points } from "./landmarks";
import { belliesOf, type Segment } from "./muscles";
import type { Side } from "./landmarks";

export interface Palette { skin: string; quiet: string; active: string; left: string; right: string }

/** A cut through a part: how far along, half width forward and sideways, and how far its middle lies forward (m). */
type Cut = readonly [along: number, forward: number, sideways: number, middle?: number];

const kAround = 20;

/** A closed skin through cuts along -Y, one unit long. */
function skin(cuts: readonly Cut[]): BufferGeometry {
  const places: number[] = [], triangles: number[] = [];
  const ring = ([along, forward, sideways, middle = 0]: Cut): void => {
    for (let i = 0; i < kAround; ++i) {
      const a = (2 * Math.PI * i) / kAround;
      places.push(middle + forward * Math.cos(a), -along, sideways * Math.sin(a));
    }
  };
  cuts.forEach(ring);
  for (let c = 0; c + 1 < cuts.length; ++c)
    for (let i = 0; i < kAround; ++i) {
      const a = c * kAround + i, b = c * kAround + ((i + 1) % kAround), d = a + kAround, e = b + kAround;
      triangles.push(a, b, d, b, e, d);
    }
  for (const [cut, start, flip] of [[cuts[0]!, 0, false], [cuts[cuts.length - 1]!, (cuts.length - 1) * kAround, true]] as const) {
    const middle = places.length / 3;
    places.push(cut[3] ?? 0, -cut[0], 0);
    for (let i = 0; i < kAround; ++i) {
      const a = start + i, b = start + ((i + 1) % kAround);
      triangles.push(...(flip ? [middle, a, b] : [middle, b, a]));
    }
  }
  const geometry = new BufferGeometry();
  geometry.setAttribute("position", new BufferAttribute(new Float32Array(places), 3));
  geometry.setIndex(triangles);
  geometry.computeVertexNormals();
  return geometry;
}

const cutsOf: Record<Exclude<Segment, "pelvis" | "trunk">, Cut[]> = {
  thigh: [[-0.16, 0.03, 0.03], [-0.12, 0.06, 0.058], [-0.04, 0.08, 0.078], [0.08, 0.086, 0.081], [0.3, 0.077, 0.073], [0.6, 0.064, 0.06], [0.85, 0.051, 0.05], [1, 0.048, 0.047], [1.06, 0.03, 0.03]],
  shank: [[-0.06, 0.03, 0.03], [0, 0.047, 0.046], [0.12, 0.049, 0.046, -0.006], [0.3, 0.053, 0.05, -0.012], [0.55, 0.042, 0.04, -0.008], [0.85, 0.031, 0.029], [1, 0.032, 0.029], [1.05, 0.02, 0.02]],
  upper_arm: [[-0.16, 0.012, 0.012], [-0.14, 0.03, 0.028], [-0.08, 0.047, 0.043], [0.03, 0.054, 0.05], [0.25, 0.047, 0.043], [0.6, 0.039, 0.036], [0.92, 0.036, 0.034], [1.05, 0.024, 0.024]],
  forearm: [[-0.06, 0.022, 0.022], [0.04, 0.036, 0.036], [0.25, 0.038, 0.036], [0.65, 0.028, 0.028], [0.97, 0.021, 0.025], [1.03, 0.012, 0.014]],
};
// Hips at 0, shoulders at 1; upwards.
const trunkCuts: Cut[] = [
  [-0.22, 0.03, 0.04, -0.01], [-0.18, 0.07, 0.11, -0.012], [-0.1, 0.098, 0.158, -0.014], [0.02, 0.108, 0.172, -0.016], [0.16, 0.098, 0.16, -0.006],
  [0.36, 0.082, 0.134, 0.006], [0.55, 0.094, 0.148, 0.006], [0.75, 0.108, 0.168, 0.002], [0.88, 0.1, 0.178, -0.004], [0.98, 0.078, 0.158, -0.008],
  [1.05, 0.056, 0.105, -0.006], [1.1, 0.048, 0.06, 0], [1.16, 0.047, 0.05, 0.008], [1.3, 0.047, 0.05, 0.016],
];

const X = new Vector3(), Y = new Vector3(), Z = new Vector3();
const vector = (p: Point): Vector3 => new Vector3(p[0], p[1], p[2]);
const between = (a: Vector3, b: Vector3, share = 0.5): Vector3 => a.clone().lerp(b, share);

/** Places a group at `from`, its -Y along `along`, its Z as near to `outwards` as may be; length and width scale it. */
function place(group: Group, from: Vector3, along: Vector3, outwards: Vector3, length: number, width: number): void {
  Y.copy(along).normalize().negate();
  X.crossVectors(Y, outwards);
  if (X.lengthSq() < 1e-8) X.set(1, 0, 0);
  X.normalize();
  Z.crossVectors(X, Y);
  group.matrix.copy(new Matrix4().makeBasis(X.clone().multiplyScalar(width), Y.clone().multiplyScalar(length), Z.clone().multiplyScalar(width))).setPosition(from);
}

interface Part { group: Group; side: "left" | "right" | "middle" }

export class Figure {
  readonly group = new Group();
  private readonly parts = new Map<string, Part>();
  private readonly skinMaterial = new MeshStandardMaterial({ roughness: 0.75, metalness: 0 });
  private readonly sideMaterials = { left: new MeshStandardMaterial({ roughness: 0.6 }), right: new MeshStandardMaterial({ roughness: 0.6 }) };
  private readonly trunk = new Mesh(skin(trunkCuts), this.skinMaterial);
  private muscles: { output: number; material: MeshStandardMaterial }[] = [];
  private bellies: Mesh[] = [];
  private readonly quiet = new Color();
  private readonly active = new Color();

  constructor() {
    this.trunk.frustumCulled = false;
    this.group.add(this.trunk);
    for (const side of ["left", "right"] as const) {
      for (const segment of ["thigh", "shank", "upper_arm", "forearm"] as const) {
        const group = this.part(`${segment}:${side}`, side);
        group.add(new Mesh(skin(cutsOf[segment]), this.skinMaterial));
      }
      // Rings at the joints tell the sides apart, in the colours of the traces.
      for (const [segment, along, radius] of [["shank", 0, 0.05], ["forearm", 0, 0.039]] as const) {
        const ring = new Mesh(skin([[along - 0.02, radius, radius], [along + 0.02, radius, radius]]), this.sideMaterials[side]);
        this.parts.get(`${segment}:${side}`)!.group.add(ring);
      }
      this.part(`foot:${side}`, side).add(new Mesh(skin([[-0.02, 0.012, 0.02], [0.04, 0.03, 0.032, 0.012], [0.3, 0.034, 0.034, 0.02], [0.65, 0.02, 0.042, 0.004], [0.95, 0.012, 0.04], [1.03, 0.006, 0.02]]), this.skinMaterial));
      this.part(`hand:${side}`, side).add(new Mesh(skin([[-0.05, 0.015, 0.02], [0.15, 0.017, 0.03], [0.6, 0.016, 0.038], [1, 0.011, 0.026], [1.1, 0.004, 0.012]]), this.skinMaterial));
      this.part(`pelvis:${side}`, side);
      this.part(`trunk:${side}`, side);
    }
    const head = new Mesh(new SphereGeometry(1, 24, 18), this.skinMaterial);
    head.scale.set(0.098, 0.122, 0.078);
    this.part("head", "middle").add(head);
    const nose = new Mesh(new SphereGeometry(0.02, 12, 8), this.skinMaterial);
    nose.position.set(0.096, -0.015, 0);
    this.parts.get("head")!.group.add(nose);
  }

  private part(name: string, side: Part["side"]): Group {
    const group = new Group();
    group.matrixAutoUpdate = false;
    group.visible = false;
    this.parts.set(name, { group, side });
    this.group.add(group);
    return group;
  }

  /** What the colours are. */
  paint(palette: Palette): void {
    this.skinMaterial.color.set(palette.skin);
    this.sideMaterials.left.color.set(palette.left);
    this.sideMaterials.right.color.set(palette.right);
    this.quiet.set(palette.quiet);
    this.active.set(palette.active);
    for (const muscle of this.muscles) muscle.material.color.copy(this.quiet);
  }

  /** Lays the muscles on the body; those whose place is not known are given back by name. */
  setMuscles(muscles: { name: string; side: Side; output: number }[]): string[] {
    for (const belly of this.bellies) { belly.removeFromParent(); belly.geometry.dispose(); }
    this.bellies = [];
    this.muscles.forEach((muscle) => muscle.material.dispose());
    this.muscles = [];
    const unknown: string[] = [];
    for (const { name, side, output } of muscles) {
      const bellies = belliesOf(name, side);
      if (bellies.length === 0) { unknown.push(name); continue; }
      const material = new MeshStandardMaterial({ roughness: 0.55 });
      material.color.copy(this.quiet);
      this.muscles.push({ output, material });
      for (const { segment, from, to, half, side: on } of bellies) {
        const out = on === "right" ? 1 : -1;
        const up = segment === "trunk" || segment === "pelvis" ? 1 : -1;
        const a = new Vector3(from[1], up * from[0], out * from[2]), b = new Vector3(to[1], up * to[0], out * to[2]);
        const belly = new Mesh(new SphereGeometry(1, 18, 14), material);
        // Parts are scaled to one unit of length; what shall be round is set against a usual one.
        const usual = { pelvis: 0.25, trunk: 0.5, thigh: 0.42, shank: 0.42, upper_arm: 0.3, forearm: 0.25 }[segment];
        const axis = b.clone().sub(a), lies = Math.abs(axis.z) > Math.abs(axis.y) * usual;
        const third = lies ? new Vector3(0, half / usual, 0) : new Vector3(0, 0, half);
        belly.matrixAutoUpdate = false;
        belly.matrix.makeBasis(new Vector3(half, 0, 0), axis.multiplyScalar(lies ? -Math.sign(axis.z) / 2 : Math.sign(axis.y) / 2), third).setPosition(between(a, b));
        this.parts.get(`${segment}:${on}`)!.group.add(belly);
        this.bellies.push(belly);
      }
    }
    return unknown;
  }

  /** Activity from 0 to 1 of the output; null where it is not known. */
  tint(activity: (output: number) => number | null): void {
    for (const { output, material } of this.muscles) {
      const share = activity(output);
      material.transparent = share == null;
      material.opacity = share == null ? 0.35 : 1;
      material.color.copy(this.quiet).lerp(this.active, Math.min(1, Math.max(0, share ?? 0)));
      material.emissive.copy(this.active).multiplyScalar(0.35 * Math.min(1, Math.max(0, share ?? 0)));
    }
  }

  /** Moves the body; parts whose landmarks are missing are not drawn. Units: m. */
  move(points: Points, scale: number): void {
    const get = (i: number): Vector3 | null => { const p = points[i]; return p ? vector(p) : null; };
    const both = (pair: readonly [number, number]): [Vector3 | null, Vector3 | null] => [get(pair[0]), get(pair[1])];
    const [leftHip, rightHip] = both(at.hip), [leftShoulder, rightShoulder] = both(at.shoulder);
    for (const { group } of this.parts.values()) group.visible = false;
    this.trunk.visible = false;
    const set = (name: string, from: Vector3 | null, to: Vector3 | null, outwards: Vector3, width = scale): void => {
      if (!from || !to) return;
      const { group } = this.parts.get(name)!;
      const along = to.clone().sub(from);
      place(group, from, along, outwards, along.length(), width);
      group.visible = true;
    };
    const hipsRight = leftHip && rightHip ? rightHip.clone().sub(leftHip).normalize() : new Vector3(0, 0, 1);
    const shouldersRight = leftShoulder && rightShoulder ? rightShoulder.clone().sub(leftShoulder).normalize() : hipsRight;
    if (leftHip && rightHip && leftShoulder && rightShoulder) {
      const hips = between(leftHip, rightHip), shoulders = between(leftShoulder, rightShoulder);
      this.bendTrunk(hips, shoulders, hipsRight, shouldersRight, scale);
      const above = hips.clone().multiplyScalar(2).sub(shoulders);
      for (const side of ["left", "right"] as const) {
        const { group } = this.parts.get(`trunk:${side}`)!;
        // Parts run along -Y; those of the trunk run upwards, so they are laid towards a point below the hips.
        place(group, hips, above.clone().sub(hips), between(hipsRight, shouldersRight), hips.distanceTo(shoulders), scale);
        group.visible = true;
        const pelvis = this.parts.get(`pelvis:${side}`)!.group;
        place(pelvis, hips, above.clone().sub(hips), hipsRight, 0.25 * scale, scale);
        pelvis.visible = true;
      }
      this.setHead(get(at.nose), both(at.ear), shoulders, shoulders.clone().sub(hips).normalize(), shouldersRight, scale);
    }
    for (const [k, side] of (["left", "right"] as const).entries()) {
      const hip = k ? rightHip : leftHip, knee = get(at.knee[k]!), ankle = get(at.ankle[k]!), heel = get(at.heel[k]!), toe = get(at.toe[k]!);
      const shoulder = k ? rightShoulder : leftShoulder, elbow = get(at.elbow[k]!), wrist = get(at.wrist[k]!);
      const leg = hinge(hip, knee, ankle, hipsRight, -1), arm = hinge(shoulder, elbow, wrist, shouldersRight, 1);
      set(`thigh:${side}`, hip, knee, leg);
      set(`shank:${side}`, knee, ankle, leg);
      set(`foot:${side}`, heel, toe, leg);
      set(`upper_arm:${side}`, shoulder, elbow, arm);
      set(`forearm:${side}`, elbow, wrist, arm);
      const index = get(at.index[k]!), pinky = get(at.pinky[k]!);
      if (wrist && index && pinky) set(`hand:${side}`, wrist, between(index, pinky), index.clone().sub(pinky));
    }
  }

  private setHead(nose: Vector3 | null, ears: [Vector3 | null, Vector3 | null], shoulders: Vector3, up: Vector3, right: Vector3, scale: number): void {
    const { group } = this.parts.get("head")!;
    const [left, other] = ears;
    const middle = left && other ? between(left, other) : shoulders.clone().addScaledVector(up, 0.22 * scale);
    const sideways = left && other && left.distanceTo(other) > 0.02 ? other.clone().sub(left) : right.clone();
    const ahead = nose ? nose.clone().sub(middle) : new Vector3().crossVectors(up, right);
    // The nose lies a little below the ears.
    const down = new Vector3().crossVectors(sideways, ahead).normalize().negate();
    if (down.lengthSq() < 0.5) down.copy(up).negate();
    const along = down.addScaledVector(up, -0.35).normalize();
    place(group, middle.addScaledVector(along, -0.012 * scale), along, sideways, scale, scale);
    group.visible = true;
  }

  private bendTrunk(hips: Vector3, shoulders: Vector3, hipsRight: Vector3, shouldersRight: Vector3, scale: number): void {
    const position = this.trunk.geometry.getAttribute("position") as BufferAttribute;
    const up = shoulders.clone().sub(hips), unit = up.clone().normalize();
    const right = new Vector3(), forward = new Vector3(), middle = new Vector3(), place = new Vector3();
    const frame = ([along, , , shift = 0]: Cut): void => {
      right.copy(hipsRight).lerp(shouldersRight, Math.min(1, Math.max(0, along)));
      right.addScaledVector(unit, -right.dot(unit)).normalize();
      forward.crossVectors(unit, right);
      middle.copy(hips).addScaledVector(up, along).addScaledVector(forward, shift * scale);
    };
    trunkCuts.forEach((cut, c) => {
      frame(cut);
      for (let i = 0; i < kAround; ++i) {
        const a = (2 * Math.PI * i) / kAround;
        place.copy(middle).addScaledVector(forward, cut[1] * scale * Math.cos(a)).addScaledVector(right, cut[2] * scale * -Math.sin(a));
        position.setXYZ(c * kAround + i, place.x, place.y, place.z);
      }
    });
    for (const [k, cut] of [trunkCuts[0]!, trunkCuts[trunkCuts.length - 1]!].entries()) {
      frame(cut);
      position.setXYZ(trunkCuts.length * kAround + k, middle.x, middle.y, middle.z);
    }
    position.needsUpdate = true;
    this.trunk.geometry.computeVertexNormals();
    this.trunk.visible = true;
  }
}

/** The axis that a hinge joint turns about, pointing to the right: seen in a bent joint, else taken from the trunk. */
function hinge(a: Vector3 | null, b: Vector3 | null, c: Vector3 | null, usual: Vector3, sign: 1 | -1): Vector3 {
  if (!a || !b || !c) return usual;
  const bend = new Vector3().crossVectors(b.clone().sub(a).normalize(), c.clone().sub(b).normalize()).multiplyScalar(sign);
  const sure = Math.min(1, Math.max(0, (bend.length() - 0.15) / 0.3));
  // Noise can bend a joint the wrong way; the trunk has a say then.
  if (bend.dot(usual) < -0.2) return usual;
  return usual.clone().multiplyScalar(1 - sure).addScaledVector(bend.normalize(), sure);
}
