// Bundles the pages into one script and one style sheet each, and lays the live pages beside them: web/build.mjs [OUT_DIR].
import { build } from "esbuild";
import { cp } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const out = process.argv[2] ?? join(here, "dist");

await build({
  absWorkingDir: here,
  entryPoints: ["report.ts", "report.css", "start.ts", "camera.ts", "view.ts", "live.css"].map((name) => `src/${name}`),
  outdir: out,
  bundle: true,
  minify: true,
  format: "iife",
  target: "es2022",
  charset: "utf8",
  legalComments: "eof",
  logLevel: "warning",
});
await cp(join(here, "pages"), out, { recursive: true });
