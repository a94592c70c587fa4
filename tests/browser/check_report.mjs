// Opens a report in headless Chromium and holds it to what a reader needs:
//   node tests/browser/check_report.mjs PAGE.html [SCREENSHOT_PREFIX]
// no script error, no request to anywhere, no empty plot, nothing wider than the screen, nothing that axe calls serious,
// every trial can be chosen; on a desktop in light and dark, on a phone, and on paper.
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const require = createRequire(new URL("../../web/", import.meta.url));
const { chromium } = require("playwright-core");
const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

const [path, prefix] = process.argv.slice(2);
const address = pathToFileURL(path).href;
const faults = [];
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"],
});

// Shares of a canvas that are painted at all; a plot with axes alone has less than one with lines.
const plots = () => [...document.querySelectorAll("figure.chart")].map((figure) => {
  const canvas = figure.querySelector("canvas");
  const title = figure.querySelector("figcaption").textContent;
  if (!canvas || canvas.width < 100 || canvas.height < 80) return { title, colours: 0, painted: 0 };
  const area = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
  let painted = 0, coloured = 0;
  for (let i = 0; i < area.length; i += 4) {
    if (area[i + 3] < 40) continue;
    ++painted;
    const [r, g, b] = [area[i], area[i + 1], area[i + 2]];
    if (Math.max(r, g, b) - Math.min(r, g, b) > 50) ++coloured;
  }
  return { title, painted, colours: coloured };
});

async function scroll(page, height) {
  const total = await page.evaluate(() => document.documentElement.scrollHeight);
  for (let y = 0; y <= total; y += height / 2) {
    await page.evaluate((top) => scrollTo({ top, behavior: "instant" }), y);
    await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
  }
}

let count = 0;
for (const [name, width, height, scheme] of [["desktop-light", 1280, 900, "light"], ["desktop-dark", 1280, 900, "dark"], ["phone-light", 390, 844, "light"]]) {
  const context = await browser.newContext({ viewport: { width, height }, colorScheme: scheme, reducedMotion: "reduce" });
  const page = await context.newPage();
  page.setDefaultTimeout(180_000);  // without a graphics card the two bodies take their time
  const fault = (text) => faults.push(`${name}: ${text}`);
  page.on("pageerror", (error) => fault(`script error: ${error.message}`));
  page.on("console", (message) => { if (message.type() === "error") fault(`console: ${message.text()}`); });
  page.on("request", (request) => { if (request.url() !== address && !request.url().startsWith("data:")) fault(`asks for ${request.url()}`); });
  await page.goto(address);
  await scroll(page, height);
  const seen = await page.evaluate(plots);
  count = Math.max(count, seen.length);
  for (const plot of seen) if (plot.colours < 60) fault(`empty plot: ${plot.title} (${plot.painted} points painted, ${plot.colours} in colour)`);
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  if (wide > 1) fault(`the page is ${wide} px wider than the screen`);
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => axe.run(document, { resultTypes: ["violations"] }));
  for (const v of violations) {
    if (v.impact === "serious" || v.impact === "critical") fault(`axe: ${v.id}: ${v.help} (${v.nodes.length}: ${v.nodes[0].html.slice(0, 120)})`);
  }
  // A report of joint angles shows the two bodies, and a key moves them through the trial.
  if (await page.$$eval("figcaption", (titles) => titles.some((title) => title.textContent === "Hip flexion, right"))) {
    const bodies = await page.$$eval(".movement canvas", (all) => all.map((canvas) => canvas.dataset.drawn));
    if (bodies.length !== 2 || bodies.some((drawn) => drawn !== "yes")) fault(`bodies drawn: ${JSON.stringify(bodies)}, expected two`);
    await page.focus(".player input[type=range]");
    await page.keyboard.press("End");
    const clock = await page.locator(".player .clock").innerText();
    if (!/^(\S+) \/ \1 s$/.test(clock)) fault(`the End key does not go to the end of the trial: ${clock}`);
  }
  const choosers = await page.$$(".chooser select");
  for (const chooser of choosers) {
    const options = await chooser.$$("option");
    await chooser.selectOption({ index: options.length - 1 });
    await scroll(page, height);
    for (const plot of await page.evaluate(plots)) if (plot.colours < 60) fault(`empty plot in the last trial: ${plot.title}`);
    await chooser.selectOption({ index: 0 });
  }
  if (prefix) {
    await scroll(page, height);
    await page.evaluate(() => scrollTo({ top: 0, behavior: "instant" }));
    await page.screenshot({ path: `${prefix}-${name}.png`, fullPage: true });
  }
  if (name === "desktop-light") {
    const paper = await page.pdf({ format: "A4", path: prefix ? `${prefix}.pdf` : undefined });
    if (paper.length < 20000) fault(`the printed page is nearly empty (${paper.length} bytes)`);
  }
  await context.close();
}
await browser.close();
if (count === 0) faults.push("the report has no plots");
for (const text of faults) console.error(text);
console.log(`${count} plots in ${path}, ${faults.length} faults`);
process.exit(faults.length ? 1 : 0);
