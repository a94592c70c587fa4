// Where one chooses what this device shall be.
import { el } from "./dom";
import { token, withToken } from "./live/protocol";
import { bar } from "./live/shell";

const choice = (href: string, title: string, text: string): HTMLElement =>
  el("a", { class: "choice", href }, el("h2", {}, title), el("p", {}, text));

document.body.append(
  bar("Live"),
  el("main", { class: "start" },
    el("p", { class: "headline" }, "Joint angles and muscle activity of a moving body, seen by a camera and computed on your own machine."),
    token() ? null : el("p", { class: "notice" }, "This address has no access token, so neither page will connect. Open the address that kinemyo serve printed, or scan its code."),
    el("div", { class: "choices" },
      choice(withToken("camera"), "Camera", "This device watches somebody move: a phone on a stand, or a computer with a camera. Pictures stay on it; only 33 points of the body are sent."),
      choice(withToken("view"), "View", "This device shows the moving body, its joint angles and its muscles. It opens recordings, too."))));
