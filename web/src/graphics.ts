// Whether pictures in 3-D are drawn here at all, and by software for want of a graphics card: then less is asked of it.

let known: { any: boolean; software: boolean } | undefined;

function graphics(): { any: boolean; software: boolean } {
  if (known === undefined) {
    const canvas = document.createElement("canvas");
    const context = canvas.getContext("webgl2") ?? canvas.getContext("webgl");
    const info = context?.getExtension("WEBGL_debug_renderer_info");
    const renderer = context ? String(context.getParameter(info ? info.UNMASKED_RENDERER_WEBGL : context.RENDERER)) : "";
    context?.getExtension("WEBGL_lose_context")?.loseContext();
    const software = /swiftshader|llvmpipe|softpipe|software|basic render/i.test(renderer);
    known = { any: context != null, software };
  }
  return known;
}

export function hasGraphics(): boolean { return graphics().any; }
export function drawnBySoftware(): boolean { return graphics().software; }
