// The room that the figure stands in: floor, light, a camera that people turn by hand, keys or buttons; drawn only when something changed.
import {
  Color, DirectionalLight, Fog, GridHelper, Group, HemisphereLight, InstancedMesh, LineBasicMaterial, Matrix4, MeshBasicMaterial,
  PerspectiveCamera, Scene, SphereGeometry, Vector3, WebGLRenderer, type Material,
} from "three";
import { drawnBySoftware } from "../graphics";
import { color, onThemeChange } from "../theme";
import { Figure } from "./figure";
import { kLandmarks, sideOf, type Points, type Side } from "./landmarks";
import { statureOfPoints } from "./skeleton";

/** Where one looks from: degrees about the vertical, 0 from the front, 90 from the person's left. */
export const directions = { front: 0, left: 90, back: 180, right: -90 } as const;

/** Landmarks that are marked where the camera saw them: joints and feet, not faces and fingers. */
const kShown = new Set([11, 12, 13, 14, 15, 16, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32]);
const kUsualStature = 1.72;
const still = matchMedia("(prefers-reduced-motion: reduce)");

export class Stage {
  readonly canvas = document.createElement("canvas");
  private readonly renderer: WebGLRenderer;
  private readonly scene = new Scene();
  private readonly camera = new PerspectiveCamera(30, 1, 0.1, 60);
  private readonly figure = new Figure();
  private readonly dots = new InstancedMesh(new SphereGeometry(0.014, 10, 8), new MeshBasicMaterial(), kLandmarks);
  private grid: GridHelper | undefined;
  private readonly sun = new DirectionalLight(0xffffff, 1.9);
  private readonly sky = new HemisphereLight(0xffffff, 0x8a8f98, 1.5);
  private turn = 30;
  private tilt = 8;
  private away = 4.3;
  private wantedTurn = 30;
  private readonly middle = new Vector3(0, 0.92, 0);
  private scale = 1;
  private waiting = 0;
  private sharpness = 1;
  private drawn: number[] = [];

  /** Only where hasGraphics(). */
  constructor(private readonly holder: HTMLElement, label: string) {
    this.renderer = new WebGLRenderer({ canvas: this.canvas, antialias: !drawnBySoftware(), alpha: true });
    this.canvas.tabIndex = 0;
    this.canvas.setAttribute("role", "application");
    this.canvas.setAttribute("aria-label", label);
    holder.prepend(this.canvas);
    this.sun.position.set(3, 5, 2.5);
    this.dots.frustumCulled = false;
    const world = new Group();
    world.add(this.figure.group, this.dots, this.sun, this.sky);
    this.scene.add(world);
    this.paint();
    onThemeChange(() => this.paint());
    this.listen();
    new ResizeObserver(() => this.resize()).observe(holder);
  }

  setMuscles(muscles: { name: string; side: Side; output: number }[]): string[] {
    const unknown = this.figure.setMuscles(muscles);
    this.redraw();
    return unknown;
  }

  tint(activity: (output: number) => number | null): void {
    this.figure.tint(activity);
    this.redraw();
  }

  /** Moves the body, and shows the landmarks where a camera saw them (or none). Units: m, Y up, facing +X. */
  move(body: Points, seen: Points | null): void {
    const stature = statureOfPoints(body);
    if (Number.isFinite(stature)) this.scale += 0.1 * (Math.min(1.4, Math.max(0.5, stature / kUsualStature)) - this.scale);
    this.figure.group.visible = body.some((p) => p);
    this.figure.move(body, this.scale);
    const none = new Matrix4().makeScale(0, 0, 0), one = new Matrix4();
    for (let i = 0; i < kLandmarks; ++i) {
      const p = kShown.has(i) ? seen?.[i] : null;
      this.dots.setMatrixAt(i, p ? one.makeTranslation(p[0], p[1], p[2]) : none);
    }
    this.dots.instanceMatrix.needsUpdate = true;
    const left = body[23], right = body[24];
    if (left && right) {
      // The camera goes along with the body over the floor, unhurried.
      const x = (left[0] + right[0]) / 2, z = (left[2] + right[2]) / 2, far = Math.hypot(x - this.middle.x, z - this.middle.z) > 1.5;
      const share = far ? 1 : 0.15;
      this.middle.x += share * (x - this.middle.x);
      this.middle.z += share * (z - this.middle.z);
      this.middle.y = 0.92 * this.scale;
    }
    this.redraw();
  }

  lookFrom(degrees: number): void {
    this.wantedTurn = this.turn + ((((degrees - this.turn + 180) % 360) + 360) % 360) - 180;
    if (still.matches) this.turn = this.wantedTurn;
    this.tilt = 6;
    this.redraw();
  }

  resize(): void {
    const { clientWidth: width, clientHeight: height } = this.holder;
    if (width === 0 || height === 0) return;
    this.renderer.setPixelRatio(Math.min(2, devicePixelRatio) * this.sharpness);
    this.renderer.setSize(width, height, false);
    this.camera.aspect = width / height;
    // A tall picture is narrow: a wider view, so that arms stay in it.
    this.camera.fov = 28 * Math.min(1.5, Math.max(1, (0.85 * height) / width));
    this.camera.updateProjectionMatrix();
    this.redraw();
  }

  private paint(): void {
    const background = color("stage");
    this.scene.fog = new Fog(new Color(background), 7, 16);
    this.figure.paint({ skin: color("skin"), quiet: color("quiet"), active: color("active"), left: color("left"), right: color("right") });
    const colors = { left: new Color(color("left")), right: new Color(color("right")), middle: new Color(color("ink-2")) };
    for (let i = 0; i < kLandmarks; ++i) this.dots.setColorAt(i, colors[sideOf(i)]);
    if (this.dots.instanceColor) this.dots.instanceColor.needsUpdate = true;
    if (this.grid) { this.grid.removeFromParent(); this.grid.dispose(); }
    this.grid = new GridHelper(24, 48, color("rule"), color("rule"));
    (this.grid.material as Material & Partial<LineBasicMaterial>).transparent = true;
    (this.grid.material as Material).opacity = 0.9;
    this.scene.add(this.grid);
    this.redraw();
  }

  private redraw(): void {
    if (!this.waiting) this.waiting = requestAnimationFrame((now) => this.draw(now));
  }

  private draw(now: number): void {
    this.waiting = 0;
    if (this.holder.clientWidth === 0) return;
    this.keepUp(now);
    const left = this.wantedTurn - this.turn;
    if (Math.abs(left) > 0.2) { this.turn += 0.2 * left; this.redraw(); } else this.turn = this.wantedTurn;
    const turn = (this.turn * Math.PI) / 180, tilt = (this.tilt * Math.PI) / 180, away = this.away * this.scale;
    // The person faces +X, left is -Z.
    this.camera.position.set(
      this.middle.x + away * Math.cos(tilt) * Math.cos(turn), this.middle.y + away * Math.sin(tilt), this.middle.z - away * Math.cos(tilt) * Math.sin(turn));
    this.camera.lookAt(this.middle);
    this.renderer.render(this.scene, this.camera);
    if (!this.canvas.dataset.drawn) this.canvas.dataset.drawn = "yes";
  }

  /** Where pictures come slower than 15 a second, as without a graphics card, they become coarser. */
  private keepUp(now: number): void {
    this.drawn.push(now);
    if (this.drawn.length < 12) return;
    const steps = this.drawn.slice(1).map((t, i) => t - this.drawn[i]!).sort((a, b) => a - b);
    this.drawn = [];
    const usual = steps[steps.length >> 1]!;
    if (usual > 66 && usual < 2000 && this.sharpness > 0.6) {
      this.sharpness *= 0.7;
      this.resize();
    }
  }

  private rotate(turn: number, tilt: number): void {
    this.turn += turn;
    this.wantedTurn = this.turn;
    this.tilt = Math.min(80, Math.max(-5, this.tilt + tilt));
    this.redraw();
  }

  private zoom(factor: number): void {
    this.away = Math.min(9, Math.max(1.6, this.away * factor));
    this.redraw();
  }

  private listen(): void {
    const fingers = new Map<number, { x: number; y: number }>();
    const spread = (): number => { const [a, b] = [...fingers.values()]; return a && b ? Math.hypot(a.x - b.x, a.y - b.y) : 0; };
    this.canvas.addEventListener("pointerdown", (event) => {
      this.canvas.setPointerCapture(event.pointerId);
      fingers.set(event.pointerId, { x: event.clientX, y: event.clientY });
    });
    this.canvas.addEventListener("pointermove", (event) => {
      const finger = fingers.get(event.pointerId);
      if (!finger) return;
      const before = spread(), dx = event.clientX - finger.x, dy = event.clientY - finger.y;
      fingers.set(event.pointerId, { x: event.clientX, y: event.clientY });
      if (fingers.size === 1) this.rotate(-0.5 * dx, 0.3 * dy);
      else if (before > 0) this.zoom(before / Math.max(1, spread()));
    });
    for (const end of ["pointerup", "pointercancel"] as const) this.canvas.addEventListener(end, (event) => fingers.delete(event.pointerId));
    this.canvas.addEventListener("wheel", (event) => { event.preventDefault(); this.zoom(Math.exp(0.001 * event.deltaY)); }, { passive: false });
    const keys: Record<string, () => void> = {
      ArrowLeft: () => this.rotate(-10, 0), ArrowRight: () => this.rotate(10, 0), ArrowUp: () => this.rotate(0, 5), ArrowDown: () => this.rotate(0, -5),
      "+": () => this.zoom(0.9), "=": () => this.zoom(0.9), "-": () => this.zoom(1.1),
    };
    this.canvas.addEventListener("keydown", (event) => {
      const act = keys[event.key];
      if (act && !event.ctrlKey && !event.metaKey) { act(); event.preventDefault(); }
    });
  }
}
