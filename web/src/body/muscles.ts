// Where muscles lie on the drawn body, by words of their names.
import type { Side } from "./landmarks";

export type Segment = "pelvis" | "thigh" | "shank" | "upper_arm" | "forearm" | "trunk";

/** A belly along a segment: its two ends and its half width. x forward, z outwards in m; along as a share of the length. */
export interface Belly {
  segment: Segment;
  from: readonly [along: number, x: number, z: number];
  to: readonly [along: number, x: number, z: number];
  half: number;
}

// The first row whose words the name holds is taken; names of laboratories differ, words hardly.
const rows: [RegExp, Belly[]][] = [
  [/tib(ialis)?\W*ant|dorsiflex/i, [{ segment: "shank", from: [0.1, 0.03, 0.022], to: [0.62, 0.022, 0.008], half: 0.021 }]],
  [/gast\w*.*med|med\w*.*gast/i, [{ segment: "shank", from: [0.0, -0.03, -0.02], to: [0.48, -0.034, -0.016], half: 0.03 }]],
  [/gast\w*.*lat|lat\w*.*gast/i, [{ segment: "shank", from: [0.0, -0.03, 0.022], to: [0.44, -0.032, 0.018], half: 0.028 }]],
  [/gast|plantarflex|calf/i, [{ segment: "shank", from: [0.0, -0.034, 0], to: [0.5, -0.036, 0], half: 0.04 }]],
  [/soleus/i, [{ segment: "shank", from: [0.35, -0.03, 0.004], to: [0.75, -0.02, 0.002], half: 0.027 }]],
  [/peron|fibular/i, [{ segment: "shank", from: [0.15, 0.002, 0.036], to: [0.6, -0.002, 0.028], half: 0.018 }]],
  [/ham\w*.*lat|biceps\W*fem|lat\w*.*ham/i, [{ segment: "thigh", from: [0.2, -0.055, 0.022], to: [0.9, -0.036, 0.03], half: 0.032 }]],
  [/ham\w*.*med|semi(ten|mem)|med\w*.*ham/i, [{ segment: "thigh", from: [0.2, -0.055, -0.022], to: [0.9, -0.036, -0.026], half: 0.032 }]],
  [/ham|knee\W*flex/i, [{ segment: "thigh", from: [0.18, -0.055, 0], to: [0.92, -0.036, 0], half: 0.046 }]],
  [/vast\w*.*lat|lat\w*.*vast/i, [{ segment: "thigh", from: [0.22, 0.034, 0.05], to: [0.9, 0.032, 0.03], half: 0.032 }]],
  [/vast\w*.*med|med\w*.*vast/i, [{ segment: "thigh", from: [0.5, 0.036, -0.026], to: [0.95, 0.032, -0.026], half: 0.03 }]],
  [/rect\w*.*fem|^rect|quad|vast|knee\W*ext/i, [{ segment: "thigh", from: [0.06, 0.062, 0.008], to: [0.86, 0.046, 0.004], half: 0.031 }]],
  [/adduct|gracilis/i, [{ segment: "thigh", from: [0.08, 0.0, -0.06], to: [0.7, 0.0, -0.04], half: 0.03 }]],
  [/tens\w*.*fasc|tfl/i, [{ segment: "thigh", from: [-0.12, 0.045, 0.062], to: [0.2, 0.03, 0.07], half: 0.024 }]],
  [/glut\w*.*med/i, [{ segment: "pelvis", from: [0.32, -0.02, 0.085], to: [-0.05, -0.02, 0.1], half: 0.045 }]],
  [/glut/i, [{ segment: "pelvis", from: [0.25, -0.075, 0.045], to: [-0.25, -0.075, 0.085], half: 0.06 }]],
  [/lumb|erect|spin|multif|longiss|iliocost/i, [{ segment: "trunk", from: [0.1, -0.085, 0.032], to: [0.55, -0.085, 0.034], half: 0.028 }]],
  [/abdom|obliq/i, [{ segment: "trunk", from: [0.1, 0.09, 0.04], to: [0.55, 0.09, 0.045], half: 0.035 }]],
  [/trap/i, [{ segment: "trunk", from: [0.98, -0.05, 0.06], to: [0.62, -0.088, 0.04], half: 0.035 }]],
  [/latis|dorsi\b/i, [{ segment: "trunk", from: [0.35, -0.075, 0.075], to: [0.8, -0.06, 0.13], half: 0.035 }]],
  [/pector/i, [{ segment: "trunk", from: [0.82, 0.09, 0.04], to: [0.86, 0.06, 0.14], half: 0.04 }]],
  [/delt\w*.*(ant|front)|(ant|front)\w*.*delt|shoulder\W*flex/i, [{ segment: "upper_arm", from: [-0.06, 0.03, 0.0], to: [0.4, 0.02, 0.018], half: 0.029 }]],
  [/delt\w*.*(post|rear)|(post|rear)\w*.*delt/i, [{ segment: "upper_arm", from: [-0.06, -0.03, 0.0], to: [0.4, -0.02, 0.018], half: 0.029 }]],
  [/delt/i, [{ segment: "upper_arm", from: [-0.08, 0.0, 0.022], to: [0.42, 0.0, 0.03], half: 0.032 }]],
  [/tric/i, [{ segment: "upper_arm", from: [0.15, -0.028, 0.0], to: [0.9, -0.022, 0.0], half: 0.029 }]],
  [/bic|brach/i, [{ segment: "upper_arm", from: [0.2, 0.026, -0.004], to: [0.92, 0.022, 0.0], half: 0.027 }]],
  [/forearm|carpi|digit|wrist/i, [{ segment: "forearm", from: [0.02, 0.01, 0.016], to: [0.55, 0.008, 0.008], half: 0.026 }]],
];

export interface PlacedBelly extends Belly { side: "left" | "right" }

/** The bellies of a muscle; one without a side is drawn on both. Empty where the name says nothing that is known. */
export function belliesOf(name: string, side: Side): PlacedBelly[] {
  const bellies = rows.find(([words]) => words.test(name))?.[1] ?? [];
  const sides = side === "middle" ? (["left", "right"] as const) : ([side] as const);
  return bellies.flatMap((belly) => sides.map((one) => ({ ...belly, side: one })));
}
