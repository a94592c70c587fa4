// From joint angles to the 33 landmarks, on the body that kinemyo carries: src/kinemyo/body/full_body.cc is its other side
// (39 coordinates named and signed as in Rajagopal 2016; X forward, Y up, Z right; lengths after Drillis and Contini 1966).
import { kLandmarks, landmarkNames, type Point, type Points } from "./landmarks";

type Vector = [number, number, number];

/** A place and three directions that joints turn and shift. */
class Frame {
  constructor(private readonly r: readonly number[] = [1, 0, 0, 0, 1, 0, 0, 0, 1], private readonly p: Vector = [0, 0, 0]) {}

  point(x: number, y: number, z: number): Vector {
    const { r, p } = this;
    return [
      p[0] + r[0]! * x + r[1]! * y + r[2]! * z,
      p[1] + r[3]! * x + r[4]! * y + r[5]! * z,
      p[2] + r[6]! * x + r[7]! * y + r[8]! * z,
    ];
  }

  shifted(x: number, y: number, z: number): Frame { return new Frame(this.r, this.point(x, y, z)); }

  /** Turned about an axis of unit length of its own (Rodrigues). */
  turned(axis: Vector, degrees: number): Frame {
    const c = Math.cos((degrees * Math.PI) / 180), s = Math.sin((degrees * Math.PI) / 180), [x, y, z] = axis, k = 1 - c;
    const m = [
      c + x * x * k, x * y * k - z * s, x * z * k + y * s,
      y * x * k + z * s, c + y * y * k, y * z * k - x * s,
      z * x * k - y * s, z * y * k + x * s, c + z * z * k,
    ];
    const r = this.r, out: number[] = [];
    for (let i = 0; i < 3; ++i)
      for (let j = 0; j < 3; ++j) out.push(r[3 * i]! * m[j]! + r[3 * i + 1]! * m[3 + j]! + r[3 * i + 2]! * m[6 + j]!);
    return new Frame(out, this.p);
  }
}

/** Angles in degrees and translations in m by coordinate; what is missing counts as 0, standing straight. */
export type Angles = (coordinate: string) => number | null | undefined;

/** What must be known before a body can be drawn from angles. */
export const neededForBody = ["hip_flexion_r", "knee_angle_r", "hip_flexion_l", "knee_angle_l"];

/**
 * Places of the 33 landmarks in m. Without a height of the pelvis (`pelvis_ty`) the lower foot stands on the floor.
 * Cost: some 2,000 multiplications.
 */
export function pointsOfAngles(angle: Angles, stature = 1.72): Points {
  const h = stature, q = (name: string): number => { const v = angle(name); return v != null && Number.isFinite(v) ? v : 0; };
  const width = 0.135 * h, thigh = 0.245 * h, shank = 0.246 * h, footHeight = 0.039 * h, footLength = 0.152 * h;
  const upperArm = 0.186 * h, forearm = 0.146 * h, hand = 0.108 * h, shoulderHalf = 0.129 * 0.85 * h;
  const pelvisHeight = footHeight + shank + thigh + 0.3 * width;
  const trunk = 0.818 * h - (pelvisHeight + 0.04 * h), top = trunk + 0.182 * h;

  const height = angle("pelvis_ty");
  const pelvis = new Frame()
    .shifted(q("pelvis_tx"), height != null && Number.isFinite(height) ? height : pelvisHeight, q("pelvis_tz"))
    .turned([0, 0, 1], q("pelvis_tilt")).turned([1, 0, 0], q("pelvis_list")).turned([0, 1, 0], q("pelvis_rotation"));
  const torso = pelvis.shifted(-0.052 * h, 0.04 * h, 0)
    .turned([0, 0, 1], q("lumbar_extension")).turned([1, 0, 0], q("lumbar_bending")).turned([0, 1, 0], q("lumbar_rotation"));

  const places = new Map<string, Vector>();
  const face = (name: string, x: number, down: number, out: number): void => { places.set(name, torso.point(x * h, top - down * h, out * h)); };
  face("NOSE", 0.09, 0.085, 0);
  for (const [side, s] of [["LEFT", -1], ["RIGHT", 1]] as const) {
    face(`${side}_EYE_INNER`, 0.077, 0.065, 0.01 * s);
    face(`${side}_EYE`, 0.076, 0.064, 0.018 * s);
    face(`${side}_EYE_OUTER`, 0.073, 0.064, 0.026 * s);
    face(`${side}_EAR`, 0.03, 0.075, 0.043 * s);
    face(`MOUTH_${side}`, 0.08, 0.104, 0.014 * s);
  }
  for (const [side, end, s] of [["LEFT", "_l", -1], ["RIGHT", "_r", 1]] as const) {
    const put = (name: string, place: Vector): void => { places.set(`${side}_${name}`, place); };
    // On the left what turns about X or Y turns the other way.
    const femur = pelvis.shifted(-0.19 * width, -0.3 * width, 0.36 * width * s)
      .turned([0, 0, 1], q(`hip_flexion${end}`)).turned([s, 0, 0], q(`hip_adduction${end}`)).turned([0, s, 0], q(`hip_rotation${end}`));
    const tibia = femur.shifted(0, -thigh, 0).turned([0, 0, -1], q(`knee_angle${end}`));
    const talus = tibia.shifted(0, -shank, 0).turned([0, 0, 1], q(`ankle_angle${end}`));
    const up = (41 * Math.PI) / 180, inwards = (23 * Math.PI) / 180;
    const calcn = talus.turned(
      [s * Math.cos(up) * Math.cos(inwards), s * Math.sin(up), -Math.cos(up) * Math.sin(inwards)], q(`subtalar_angle${end}`));
    put("HIP", femur.point(0, 0, 0));
    put("KNEE", tibia.point(0, 0, 0));
    put("ANKLE", talus.point(0, 0, 0));
    put("HEEL", calcn.point(-0.22 * footLength, -0.75 * footHeight, 0));
    put("FOOT_INDEX", calcn.point(0.66 * footLength, -0.8 * footHeight, 0));

    const humerus = torso.shifted(0.02 * h, trunk, shoulderHalf * s)
      .turned([0, 0, 1], q(`arm_flex${end}`)).turned([s, 0, 0], q(`arm_add${end}`)).turned([0, s, 0], q(`arm_rot${end}`));
    const ulna = humerus.shifted(0, -upperArm, 0).turned([0, 0, 1], q(`elbow_flex${end}`));
    const radius = ulna.turned([0, s, 0], q(`pro_sup${end}`));
    const palm = radius.shifted(0, -forearm, 0).turned([s, 0, 0], q(`wrist_flex${end}`)).turned([0, 0, 1], q(`wrist_dev${end}`));
    put("SHOULDER", humerus.point(0, 0, 0));
    put("ELBOW", ulna.point(0, 0, 0));
    put("WRIST", radius.point(0, -forearm, 0));
    put("PINKY", palm.point(0.004 * h, -0.8 * hand, -0.02 * h * s));
    put("INDEX", palm.point(0.004 * h, -0.9 * hand, 0.014 * h * s));
    put("THUMB", palm.point(0.012 * h, -0.55 * hand, 0.03 * h * s));
  }
  const points: Vector[] = landmarkNames.map((name) => places.get(name)!);
  if (height == null || !Number.isFinite(height)) {
    const floor = Math.min(...points.map((p) => p[1])) - 0.2 * footHeight;
    for (const p of points) p[1] -= floor;
  }
  return points as Points;
}

const distance = (a: Point | null | undefined, b: Point | null | undefined): number =>
  a && b ? Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]) : NaN;

/** A stature whose legs have the length that the points show, or NaN where neither leg is whole. */
export function statureOfPoints(points: Points): number {
  if (points.length !== kLandmarks) return NaN;
  const legs = [[23, 25, 27], [24, 26, 28]].map(([hip, knee, ankle]) =>
    distance(points[hip!], points[knee!]) + distance(points[knee!], points[ankle!])).filter(Number.isFinite);
  return legs.length ? legs.reduce((a, b) => a + b, 0) / legs.length / (0.245 + 0.246) : NaN;
}
