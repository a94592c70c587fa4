// Whether pictures are drawn by software here, for want of a graphics card: then less is asked of it.

let known: boolean | undefined;

export function drawnBySoftware(): boolean {
  if (known === undefined) {
    const canvas = document.createElement("canvas");
    const context = canvas.getContext("webgl2") ?? canvas.getContext("webgl");
    const info = context?.getExtension("WEBGL_debug_renderer_info");
    const renderer = context ? String(context.getParameter(info ? info.UNMASKED_RENDERER_WEBGL : context.RENDERER)) : "";
    context?.getExtension("WEBGL_lose_context")?.loseContext();
    known = /swiftshader|llvmpipe|softpipe|software|basic render/i.test(renderer);
  }
  return known;
}
