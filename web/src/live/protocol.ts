// Version 1 of the live protocol: docs/protocol.md is its text. Frames of text, one JSON object each.
import type { Point, Side } from "../body/landmarks";

export const kVersion = 1;
export const kSubprotocol = "kinemyo.1";

export interface Output { name: string; unit: string; kind: "angle" | "muscle"; side: Side; low: number; high: number }
export interface Session { session: string; name: string; recording: boolean }

export interface Welcome {
  type: "welcome"; version: number; session?: string; landmarks: string[]; outputs: Output[];
  rate_hz: number; delay_s: number; sessions: Session[]; can_record: boolean;
}
export interface Frame {
  type: "frame"; session: string; seq: number; t: number; state: "calibrating" | "live" | "lost"; progress?: number;
  points: (Point | null)[] | null; values: (number | null)[] | null; sd: (number | null)[] | null;
  server_us: number; lost: number; skipped?: number; pose_ms?: number;
}
export interface Sessions { type: "sessions"; sessions: Session[] }
export interface Recording { type: "recording"; session: string; on: boolean; file?: string; frames?: number }
export interface Pong { type: "pong"; t: number; server_t: number }
export interface Failure { type: "error"; code: string; message: string; seq?: number }
export type ServerMessage = Welcome | Frame | Sessions | Recording | Pong | Failure;

/** x, y, z (m, MediaPipe's world) and visibility, of 33 landmarks; null: nobody is seen. */
export type World = (readonly [number, number, number, number])[] | null;
export interface Landmarks { type: "landmarks"; seq: number; t: number; mirrored: boolean; world: World; pose_ms?: number }
export type ClientMessage =
  | { type: "hello"; version: number; role: "camera" | "view"; token: string; name: string }
  | Landmarks
  | { type: "calibrate"; session: string }
  | { type: "record"; session: string; on: boolean }
  | { type: "ping"; t: number };

const closings: Record<number, string> = {
  4400: "The server refused what this page sent. Page and server may be of different versions: load the page again.",
  4401: "The address has no valid access token. Open the address that kinemyo serve printed, or scan its code again.",
  1009: "The server refused a message as too large.",
};

export type Link = { state: "connecting"; inSeconds: number } | { state: "open" } | { state: "refused"; why: string };

/** The access token in this page's address; behind the #, so that no request ever carries it. */
export function token(): string { return new URLSearchParams(location.hash.slice(1)).get("token") ?? ""; }

/** A link to another of our pages, with the token. */
export function withToken(page: string): string { return `${page}${location.hash}`; }

/** Keeps a connection to this page's server, again and again until the server refuses. */
export class Connection {
  private socket: WebSocket | undefined;
  private waits = 0;
  private timer = 0;
  private pings = 0;
  private refusal = "";
  /** Half of a ping's way there and back, in ms; NaN before the first. */
  wayMs = NaN;

  constructor(
    private readonly role: "camera" | "view",
    private readonly name: () => string,
    private readonly on: { message: (message: ServerMessage) => void; link: (link: Link) => void },
  ) {}

  open(): void {
    clearTimeout(this.timer);
    if (this.socket) return;
    this.on.link({ state: "connecting", inSeconds: 0 });
    const address = `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/live`;
    const socket = (this.socket = new WebSocket(address, kSubprotocol));
    socket.onopen = () => this.transmit({ type: "hello", version: kVersion, role: this.role, token: token(), name: this.name() });
    socket.onmessage = (event: MessageEvent<unknown>) => { if (typeof event.data === "string") this.take(JSON.parse(event.data) as ServerMessage); };
    socket.onclose = (event) => this.lost(event.code);
  }

  close(): void {
    clearTimeout(this.timer);
    clearInterval(this.pings);
    const socket = this.socket;
    this.socket = undefined;
    if (socket) { socket.onclose = null; socket.onmessage = null; socket.close(1000); }
  }

  /** Sends unless the way is closed or clogged; false: not sent. */
  send(message: ClientMessage): boolean {
    if (this.socket?.readyState !== WebSocket.OPEN || this.socket.bufferedAmount > 65536) return false;
    this.transmit(message);
    return true;
  }

  private transmit(message: ClientMessage): void { this.socket?.send(JSON.stringify(message)); }

  private take(message: ServerMessage): void {
    if (message.type === "welcome") {
      this.waits = 0;
      this.on.link({ state: "open" });
      clearInterval(this.pings);
      const ping = (): void => { this.send({ type: "ping", t: performance.now() / 1000 }); };
      this.pings = window.setInterval(ping, 2000);
      ping();
    } else if (message.type === "pong") {
      this.wayMs = (performance.now() - 1000 * message.t) / 2;
      return;
    } else if (message.type === "error") {
      this.refusal = message.message;
    }
    this.on.message(message);
  }

  private lost(code: number): void {
    clearInterval(this.pings);
    this.socket = undefined;
    const why = closings[code];
    if (why) { this.on.link({ state: "refused", why: this.refusal && code !== 4401 ? `${why} (${this.refusal})` : why }); return; }
    const wait = Math.min(8, 0.5 * 2 ** this.waits++);
    this.on.link({ state: "connecting", inSeconds: wait });
    this.timer = window.setTimeout(() => this.open(), 1000 * wait);
  }
}
