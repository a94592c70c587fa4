// Where landmarks come from: a camera or a video file through the pose model, or a recording of landmarks.
import type { Seen } from "./pose";
import type { World } from "./protocol";
import { readTakes } from "./recording";

export interface Sight {
  t: number;
  world: World;
  /** Where the landmarks are in the picture, and the picture that they were found in. */
  points: Seen["picture"] | null;
  picture: HTMLCanvasElement | null;
  poseMs: number | null;
}

/** What becomes of a sight; false: the way is clogged or closed, and it was not sent. */
export type Take = (sight: Sight) => boolean;

/** Gives sights frame after frame until it ends or is stopped. */
export interface Source {
  /** Has to be in the page to play; null: there is none. */
  readonly video: HTMLVideoElement | null;
  start(sight: Take): Promise<void>;
  stop(): void;
  /** Called when there is nothing more. */
  ended: () => void;
}

export type Find = (image: HTMLCanvasElement) => Promise<Seen | null>;

const cameraFaults: Record<string, string> = {
  NotAllowedError: "The camera was not allowed. Allow it for this page in the browser's settings, then start again.",
  NotFoundError: "This device has no camera that the browser can find.",
  NotReadableError: "The camera is in use by another program, or cannot be read.",
  OverconstrainedError: "This device has no camera on that side.",
};

function videoElement(): HTMLVideoElement {
  const video = document.createElement("video");
  video.muted = true;
  video.playsInline = true;
  return video;
}

/** When the picture was taken, in s of this page's clock. */
function captureTime(now: number, metadata: VideoFrameCallbackMetadata): number { return (metadata.captureTime ?? now) / 1000; }

abstract class VideoSource implements Source {
  readonly video = videoElement();
  ended: () => void = () => undefined;
  protected running = false;
  protected t = -Infinity;
  private readonly picture = document.createElement("canvas");

  constructor(private readonly find: Find) {}

  abstract start(sight: Take): Promise<void>;

  /** Looks at the picture of now. Times always increase. */
  protected async look(t: number, sight: Take): Promise<void> {
    const begin = performance.now();
    const { video, picture } = this;
    // A copy: by the time the body is found, the video has gone on.
    if (picture.width !== video.videoWidth || picture.height !== video.videoHeight) { picture.width = video.videoWidth; picture.height = video.videoHeight; }
    picture.getContext("2d")!.drawImage(video, 0, 0);
    const seen = await this.find(picture);
    if (!this.running || t <= this.t) return;
    this.t = t;
    sight({ t, world: seen?.world ?? null, points: seen?.picture ?? null, picture, poseMs: Math.round(10 * (performance.now() - begin)) / 10 });
  }

  stop(): void {
    this.running = false;
    this.video.pause();
  }
}

export class CameraSource extends VideoSource {
  private stream: MediaStream | undefined;

  constructor(find: Find, private readonly facing: "user" | "environment") { super(find); }

  async start(sight: Take): Promise<void> {
    if (!isSecureContext || !navigator.mediaDevices) {
      throw new Error("A browser gives its camera only to a secure page: an address with https, or localhost.");
    }
    try {
      this.stream = await navigator.mediaDevices.getUserMedia({
        audio: false, video: { facingMode: this.facing, width: { ideal: 640 }, height: { ideal: 480 }, frameRate: { ideal: 30 } },
      });
    } catch (error) {
      throw new Error(cameraFaults[(error as Error).name] ?? `The camera does not start: ${(error as Error).message}`);
    }
    this.video.srcObject = this.stream;
    for (const track of this.stream.getVideoTracks()) track.addEventListener("ended", () => { if (this.running) this.ended(); });
    await this.video.play();
    this.running = true;
    const next = (): void => {
      if (!this.running) return;
      this.video.requestVideoFrameCallback((now, metadata) => void this.look(captureTime(now, metadata), sight).then(next, () => { if (this.running) this.ended(); }));
    };
    next();
  }

  override stop(): void {
    super.stop();
    this.stream?.getTracks().forEach((track) => track.stop());
    this.video.srcObject = null;
  }
}

/** Stands still while a picture is looked at, so that a slow device misses none. */
export class FileSource extends VideoSource {
  private address = "";

  constructor(find: Find, private readonly file: File) { super(find); }

  async start(sight: Take): Promise<void> {
    this.address = URL.createObjectURL(this.file);
    await new Promise<void>((done, failed) => {
      this.video.addEventListener("loadeddata", () => done(), { once: true });
      this.video.addEventListener("error", () => failed(new Error(`${this.file.name}: this browser cannot play it as a video.`)), { once: true });
      this.video.src = this.address;
    });
    this.running = true;
    this.video.addEventListener("ended", () => { if (this.running) this.ended(); });
    const next = (): void => {
      if (!this.running || this.video.ended) return;
      this.video.requestVideoFrameCallback((_now, metadata) => {
        this.video.pause();
        void this.look(metadata.mediaTime, sight).then(next, () => { if (this.running) this.ended(); });
      });
      void this.video.play().catch(() => undefined);
    };
    next();
  }

  override stop(): void {
    super.stop();
    URL.revokeObjectURL(this.address);
  }
}

/** Landmarks as they were recorded, number for number, in their own time. */
export class ReplaySource implements Source {
  readonly video = null;
  ended: () => void = () => undefined;
  private timer = 0;

  constructor(private readonly file: File) {}

  async start(sight: Take): Promise<void> {
    const take = readTakes(this.file.name, await this.file.text())[0]!;
    const frames = take.landmarks;
    if (!frames) throw new Error(`${this.file.name}: expected landmarks (LEFT_HIP_X ...), found none.`);
    const begin = performance.now();
    let i = 0;
    const play = (): void => {
      const now = (performance.now() - begin) / 1000;
      // A page in the background is woken late, and a line may be slow or cut: what is due is sent when it can be, none is left out.
      while (i < frames.length && take.times[i]! <= now) {
        if (!sight({ t: take.times[i]!, world: frames[i]!, points: null, picture: null, poseMs: null })) break;
        ++i;
      }
      if (i === frames.length) this.ended();
      else this.timer = window.setTimeout(play, Math.max(20, 1000 * (take.times[i]! - now)));
    };
    play();
  }

  stop(): void { clearTimeout(this.timer); }
}
