// MediaPipe Pose in this browser: a picture in, 33 landmarks out. Its files come from our own server (/pose/).
import { drawnBySoftware, hasGraphics } from "../graphics";
import type { World } from "./protocol";

interface Landmark { x: number; y: number; z: number; visibility?: number }
interface Results { poseLandmarks?: Landmark[]; poseWorldLandmarks?: Landmark[] }
interface Solution {
  setOptions(options: { modelComplexity: 0 | 1; smoothLandmarks: boolean; enableSegmentation: boolean; minDetectionConfidence: number; minTrackingConfidence: number; useCpuInference?: boolean }): void;
  onResults(listener: (results: Results) => void): void;
  initialize(): Promise<void>;
  send(input: { image: HTMLCanvasElement }): Promise<void>;
  reset(): void;
  close(): Promise<void>;
}
declare global {
  interface Window { Pose?: new (config: { locateFile: (file: string) => string }) => Solution }
}

/** A place in the picture (0 to 1 in both directions) and how well it is seen. */
export interface PicturePoint { x: number; y: number; visibility: number }
export interface Seen { picture: PicturePoint[]; world: NonNullable<World> }

/** Finer takes about twice as long. */
export type Fineness = "fast" | "fine";

const kFolder = "pose/";
let script: Promise<void> | undefined;

function load(): Promise<void> {
  script ??= new Promise((done, failed) => {
    const element = document.createElement("script");
    element.src = `${kFolder}pose.js`;
    element.onload = () => done();
    element.onerror = () => { script = undefined; failed(new Error("The pose model cannot be loaded from the server.")); };
    document.head.append(element);
  });
  return script;
}

export class PoseFinder {
  private latest: Results = {};

  private constructor(private readonly solution: Solution) {
    solution.onResults((results) => { this.latest = results; });
  }

  /** Throws Error where the model does not load or the browser cannot run it. */
  static async start(fineness: Fineness): Promise<PoseFinder> {
    if (!hasGraphics()) throw new Error("This browser has no WebGL, which finding the body in a picture needs.");
    await load();
    const solution = new window.Pose!({ locateFile: (file) => `${kFolder}${file}` });
    // Smoothing is the server's, where its delay is known and stated.
    solution.setOptions({
      modelComplexity: fineness === "fine" ? 1 : 0, smoothLandmarks: false, enableSegmentation: false, minDetectionConfidence: 0.5, minTrackingConfidence: 0.5,
      // Without a graphics card the browser draws by software; the network by itself runs ten times faster on the processor then. Elsewhere the library decides.
      ...(drawnBySoftware() ? { useCpuInference: true } : {}),
    });
    await solution.initialize();
    return new PoseFinder(solution);
  }

  /** The body in the picture; null: nobody is seen. */
  async find(image: HTMLCanvasElement): Promise<Seen | null> {
    this.latest = {};
    await this.solution.send({ image });
    const { poseLandmarks, poseWorldLandmarks } = this.latest;
    if (!poseLandmarks || !poseWorldLandmarks) return null;
    const picture = poseLandmarks.map(({ x, y, visibility = 0 }) => ({ x, y, visibility }));
    const world = poseWorldLandmarks.map(({ x, y, z, visibility = 0 }, i): readonly [number, number, number, number] => {
      // What lies outside the picture was not seen, however sure the model is of it.
      const { x: u, y: v } = picture[i]!;
      const outside = u < -0.02 || u > 1.02 || v < -0.02 || v > 1.02;
      return [round(x), round(y), round(z), outside ? 0 : round(visibility)];
    });
    for (const [i, point] of world.entries()) picture[i]!.visibility = point[3];
    return { picture, world };
  }

  /** The next picture has nothing to do with the last one. */
  forget(): void { this.solution.reset(); }

  close(): void { void this.solution.close(); }
}

/** To a tenth of a millimetre: what is more is noise, and takes the way's width. */
function round(value: number): number { return Math.round(1e4 * value) / 1e4; }
