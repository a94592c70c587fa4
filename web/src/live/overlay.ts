// The skeleton over the picture: left blue, right orange; what is seen badly is faint.
import { connections, sideOf } from "../body/landmarks";
import { color } from "../theme";
import type { PicturePoint } from "./pose";
import type { World } from "./protocol";

const kSeen = 0.5;

/** Draws on a canvas as large as the picture. */
export function drawSkeleton(canvas: HTMLCanvasElement, points: PicturePoint[] | null, width: number, height: number): void {
  if (canvas.width !== width || canvas.height !== height) { canvas.width = width; canvas.height = height; }
  const context = canvas.getContext("2d");
  if (!context) return;
  context.clearRect(0, 0, width, height);
  if (!points) return;
  const colors = { left: color("left"), right: color("right"), middle: color("ink-2") };
  const thick = Math.max(2, Math.min(width, height) / 110);
  context.lineCap = "round";
  for (const [a, b] of connections) {
    const p = points[a]!, q = points[b]!;
    context.globalAlpha = Math.min(p.visibility, q.visibility) >= kSeen ? 1 : 0.25;
    const side = sideOf(a) === sideOf(b) ? sideOf(a) : "middle";
    for (const [style, more] of [["#0009", 2], [side === "middle" ? "#fff" : colors[side], 0]] as const) {
      context.strokeStyle = style;
      context.lineWidth = thick + more;
      context.beginPath();
      context.moveTo(p.x * width, p.y * height);
      context.lineTo(q.x * width, q.y * height);
      context.stroke();
    }
  }
  points.forEach((point, i) => {
    context.globalAlpha = point.visibility >= kSeen ? 1 : 0.25;
    context.fillStyle = i > 10 ? "#fff" : colors[sideOf(i)];
    context.beginPath();
    context.arc(point.x * width, point.y * height, i > 10 ? thick : thick * 0.6, 0, 2 * Math.PI);
    context.fill();
  });
  context.globalAlpha = 1;
}

/** A recording has no picture: its world seen from where the camera stood. */
export function pictureOf(world: World): PicturePoint[] | null {
  return world?.map(([x, y, , visibility]) => ({ x: 0.5 + x / 2.2, y: 0.5 + y / 2.2, visibility })) ?? null;
}

export interface Verdict { text: string; kind: "good" | "wait" | "bad" }

/** In words, what of the body is seen, and what would help. */
export function verdict(points: PicturePoint[] | null): Verdict {
  if (!points) return { text: "Nobody is seen", kind: "bad" };
  const seen = (...which: number[]): boolean => which.every((i) => points[i]!.visibility >= kSeen);
  const head = seen(0), feet = seen(27, 28), knees = seen(25, 26), hips = seen(23, 24), shoulders = seen(11, 12);
  if (!shoulders && !hips) return { text: "The trunk is not seen well", kind: "bad" };
  if (!knees && !feet) return { text: "Legs are not seen: step back", kind: "wait" };
  if (!feet) return { text: "Feet are not seen: step back, or tilt the camera down", kind: "wait" };
  if (!head) return { text: "The head is not seen: tilt the camera up", kind: "wait" };
  if (!seen(13, 14, 15, 16)) return { text: "Body is seen; one arm is hidden", kind: "good" };
  return { text: "The whole body is seen", kind: "good" };
}
