// Pose estimators take left for right now and then, for some frames: the body does not jump like that.
import { at, kLandmarks, opposite } from "./landmarks";

type Place = readonly [number, number, number, number];

const kLimbs = [...at.shoulder, ...at.elbow, ...at.wrist, ...at.hip, ...at.knee, ...at.ankle];
const kSeen = 0.5;
/** Longer than this nobody is turned round by mistake: what is seen then is believed. Units: s. */
const kPatience = 1;

/** Gives back frames whose left and right follow those of the frames before. */
export class SideKeeper {
  private before: readonly Place[] | null = null;
  private t = -Infinity;
  private turnedSince: number | null = null;
  /** Frames that were turned back. */
  turned = 0;

  keep(world: readonly Place[], t: number): readonly Place[] {
    const { before } = this;
    let kept = world;
    if (before && t - this.t < 0.3) {
      let same = 0, other = 0, count = 0;
      for (const i of kLimbs) {
        const j = opposite[i]!;
        if (world[i]![3] < kSeen || world[j]![3] < kSeen || before[i]![3] < kSeen) continue;
        same += distance2(world[i]!, before[i]!);
        other += distance2(world[j]!, before[i]!);
        ++count;
      }
      // Three times nearer the other way, and farther than a body moves in a frame (5 cm each).
      if (count >= 6 && 9 * other < same && same / count > 0.0025) {
        this.turnedSince ??= t;
        if (t - this.turnedSince < kPatience) {
          kept = Array.from({ length: kLandmarks }, (_, i) => world[opposite[i]!]!);
          ++this.turned;
        } else {
          this.turnedSince = null;
        }
      } else {
        this.turnedSince = null;
      }
    } else {
      this.turnedSince = null;
    }
    this.before = kept;
    this.t = t;
    return kept;
  }

  forget(): void { this.before = null; this.turnedSince = null; }
}

function distance2(a: Place, b: Place): number { return (a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2 + (a[2] - b[2]) ** 2; }
