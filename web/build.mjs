// Bundles the pages into one script and one style sheet each: web/build.mjs [OUT_DIR].
import { build } from "esbuild";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));

await build({
  absWorkingDir: here,
  entryPoints: ["src/report.ts", "src/report.css"],
  outdir: process.argv[2] ?? join(here, "dist"),
  bundle: true,
  minify: true,
  format: "iife",
  target: "es2021",
  charset: "utf8",
  legalComments: "eof",
  logLevel: "warning",
});
