/**
 * Draws every style of a running service in a real browser, light and dark, without the portal:
 * a style must load in MapLibre GL JS without a word in the console.
 *
 *     node e2e/cartes.mjs URL TOKEN [SCREENSHOT_DIR]
 *
 * Exit codes: 0 every check held, 1 one did not, 2 bad usage, 4 no browser. `CHROMIUM` names the
 * browser; the default is Debian's.
 */

import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { chromium } from "playwright-core";

const [base, token, folder] = process.argv.slice(2);
if (!base || !token) {
  console.error("usage : node e2e/cartes.mjs URL JETON [DOSSIER]");
  process.exit(2);
}
const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
if (!existsSync(executablePath)) {
  console.error(`navigateur absent : ${executablePath} (variable CHROMIUM)`);
  process.exit(4);
}
if (folder) mkdirSync(folder, { recursive: true });

const PATIENCE = 60_000;
const LIBRARY = fileURLToPath(new URL("../node_modules/maplibre-gl/dist/", import.meta.url));
const PAGE = `<!doctype html><html lang="fr"><meta charset="utf-8"><title>Styles</title>
<style>html, body, #carte { margin: 0; width: 100%; height: 100%; }</style>
<div id="carte"></div>
<script type="module">
  import * as maplibregl from "/e2e/maplibre-gl.mjs";
  maplibregl.setWorkerUrl(location.origin + "/e2e/maplibre-gl-worker.mjs");
  window.maplibregl = maplibregl;
</script></html>`;

let failures = 0;
const check = (held, what) => {
  console.log(`${held ? "oui" : "NON"}  ${what}`);
  if (!held) failures += 1;
};
const headers = { Authorization: `Bearer ${token}` };
const get = async (address) =>
  (await fetch(new URL(address, base), { headers, signal: AbortSignal.timeout(20_000) })).json();

const { families, indicators } = await get("/editions/latest/indicators");
const { bounds } = await get("/tiles/latest/commune.json");
const drawn = families.filter((family) => indicators.some(({ family: id }) => id === family.id));
const names = drawn.flatMap(({ id }) => [id, `${id}.sombre`]);
check(names.length > 2, "le catalogue a des familles");

const browser = await chromium.launch({
  executablePath,
  args: ["--no-sandbox", "--disable-gpu", "--enable-unsafe-swiftshader", "--disable-quic"],
});
try {
  await run(await browser.newPage({ viewport: { width: 720, height: 520 } }));
} catch (error) {
  check(false, `le parcours va à son terme : ${error instanceof Error ? error.message : error}`);
} finally {
  await browser.close();
}
process.exit(failures === 0 ? 0 : 1);

async function run(page) {
  const { origin } = new URL(base);
  const said = [];
  const outside = [];
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type()) && !isOfTheDriver(message.text()))
      said.push(message.text());
  });
  page.on("pageerror", (error) => said.push(String(error)));
  page.on("request", (request) => {
    const url = new URL(request.url());
    if (/^https?:$/.test(url.protocol) && url.origin !== origin) outside.push(url.origin);
  });
  await page.route(`${origin}/e2e/*`, (route) => {
    const name = new URL(route.request().url()).pathname.slice("/e2e/".length);
    if (name === "page.html") return route.fulfill({ contentType: "text/html", body: PAGE });
    const body = readFileSync(join(LIBRARY, name.replace(/[^a-z.-]/g, "")));
    return route.fulfill({ contentType: "text/javascript", body });
  });
  await page.route(`${origin}/favicon.ico`, (route) => route.fulfill({ status: 204 }));
  await page.goto(`${origin}/e2e/page.html`);
  await page.waitForFunction(() => "maplibregl" in window);
  for (const name of names) {
    said.length = 0;
    const counts = await page.evaluate(draw, { name, token, bounds, PATIENCE });
    check(said.length === 0, `${name} : la console se tait ${said.join(" ; ")}`);
    check(counts.zones > 0, `${name} : des zones sont dessinées`);
    check(counts.credit, `${name} : les sources sont citées`);
    if (folder) await page.screenshot({ path: join(folder, `${name}.png`) });
  }
  check(outside.length === 0, `rien n’est demandé ailleurs ${outside.join(" ")}`);
}

/** What software rendering says of itself is no fault of the style. */
function isOfTheDriver(text) {
  return /GPU stall|GL Driver Message|SwiftShader/i.test(text);
}

/** Runs in the page: draws a style and says how many zones there are to see. */
async function draw({ name, token, bounds, PATIENCE }) {
  window.essai?.remove();
  const map = new window.maplibregl.Map({
    container: "carte",
    style: `${location.origin}/styles/${name}.json`,
    bounds,
    fadeDuration: 0,
    attributionControl: { compact: false },
    transformRequest: (url) => ({ url, headers: { Authorization: `Bearer ${token}` } }),
  });
  window.essai = map;
  map.on("error", ({ error }) => console.error(error.message));
  await new Promise((resolve, reject) => {
    map.once("idle", resolve);
    setTimeout(() => reject(new Error(`${name} ne se dessine pas`)), PATIENCE);
  });
  const credit = document.querySelector(".maplibregl-ctrl-attrib")?.textContent ?? "";
  return { zones: map.queryRenderedFeatures().length, credit: credit.includes("INSEE") };
}
