/**
 * Drives the portal in a real browser, against a running service.
 *
 *     node e2e/portal.mjs http://127.0.0.1:3000 EMAIL PASSWORD [SCREENSHOT_DIR] [SCALE]
 *
 * Exit codes: 0 every check held, 1 one did not, 2 bad usage, 4 no browser. `CHROMIUM` names the
 * browser; the default is Debian's.
 */

import { join } from "node:path";

import { PATIENCE, check, inBrowser, screenshots } from "./browser.mjs";

const [base, email, password, folder, wantedScale = "commune"] = process.argv.slice(2);
if (!base || !email || !password) {
  console.error("usage : node e2e/portal.mjs URL EMAIL MOT_DE_PASSE [DOSSIER] [ÉCHELLE]");
  process.exit(2);
}
const shots = screenshots(folder, "seuil-portal");

await inBrowser(shots, async (browser) => {
  const context = () =>
    browser.newContext({
      viewport: { width: 1360, height: 860 },
      locale: "fr-FR",
      reducedMotion: "reduce",
    });
  await run(await context());
  await withoutMap(await context());
});

async function run(context) {
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE);
  const origin = new URL(base).origin;
  const outside = [];
  const errors = [];
  const tiles = { withData: 0 };
  page.on("request", (request) => {
    const url = new URL(request.url());
    if (/^(https?|wss?):$/.test(url.protocol) && url.origin !== origin) outside.push(url.origin);
  });
  page.on("response", (response) => {
    if (response.url().includes("/tiles/") && response.status() === 200) tiles.withData += 1;
  });
  page.on("pageerror", (error) => errors.push(String(error)));
  page.on("console", (message) => {
    // The 401 that says "nobody is signed in yet" is written to the console by the browser itself.
    const expected =
      message.text().includes("401") && /\/(api\/(me|demo)|session)$/.test(message.location().url);
    const noDemo = message.location().url.endsWith("/api/demo");
    if (message.type() === "error" && !expected && !noDemo) errors.push(message.text());
  });
  const shot = (name) => page.screenshot({ path: join(shots, `${name}.png`) });
  const settled = async () => {
    await page.waitForTimeout(300);
    await page.waitForSelector('body[data-etat="pret"]', { timeout: PATIENCE });
  };

  await page.goto(base);
  await page.waitForSelector("#email");
  await page.waitForTimeout(500);
  await shot("1-connexion");
  await page.fill("#email", email);
  await page.fill("#password", `${password}-faux`);
  await page.click('button[type="submit"]');
  await page.waitForFunction(
    () => (document.querySelector("#sign-in-error")?.textContent ?? "") !== "",
  );
  check(
    (await page.textContent("#sign-in-error"))?.includes("inconnu"),
    "un mauvais mot de passe est refusé en français",
  );
  await page.fill("#password", password);
  await page.click('button[type="submit"]');

  await page.waitForSelector("#echelle");
  await settled();
  await shot("2-carte");
  check(tiles.withData > 0, "des tuiles arrivent");
  check((await page.locator(".legend li").count()) >= 3, "la légende a ses classes");

  const scales = await page
    .locator("#echelle option")
    .evaluateAll((options) => options.map((option) => option.value));
  const scale = scales.includes(wantedScale) ? wantedScale : scales.at(-1);
  await page.selectOption("#echelle", scale);
  const indicators = await page
    .locator("#indicateur option")
    .evaluateAll((options) => options.map((option) => option.value));
  const indicator = indicators.find((id) => id.startsWith("res_")) ?? indicators[0];
  await page.selectOption("#indicateur", indicator);
  const nearer = page.locator(".map-notice button");
  if (await nearer.isVisible()) await nearer.click();
  await settled();
  await shot("3-indicateur");
  const hash = new URL(page.url()).hash;
  check(
    hash.includes(`echelle=${scale}`) && hash.includes(`indicateur=${indicator}`),
    "l’adresse garde l’échelle et l’indicateur",
  );

  check(await clickAZone(page), "un clic choisit une zone");
  const text = (await page.textContent("#portrait")) ?? "";
  for (const word of ["Base", "Source", "millésime", "Édition"]) {
    check(text.includes(word), `le portrait dit « ${word} »`);
  }
  check(
    /\d,\d|secret|sans objet|aucun logement/.test(text),
    "le portrait dit une valeur, ou qu’elle est secrète",
  );
  await settled();
  await shot("4-portrait");

  await page.click('button[aria-controls="tableau"]');
  await page.waitForSelector("#tableau tbody tr");
  check((await page.locator("#tableau tbody tr").count()) > 0, "le tableau liste les zones");
  await page.click(".downloads summary");
  const [file] = await Promise.all([
    page.waitForEvent("download"),
    page.click(".downloads a[href$='.xlsx']"),
  ]);
  check(
    file.suggestedFilename().endsWith(`-${scale}.xlsx`),
    "le classeur de l’échelle se télécharge",
  );
  await shot("10-telecharger");
  await page.click(".downloads summary");
  const chosen = await table(page, scale, indicator, shot);
  check((await page.textContent("#portrait-title")) === chosen, "le tableau choisit une zone");
  check(
    await page.evaluate(() => document.activeElement?.id === "portrait-title"),
    "le clavier arrive sur le portrait",
  );
  await settled();
  await shot("5-tableau");

  await page.reload();
  await page.waitForSelector("#echelle");
  await page.waitForSelector("#portrait-title");
  await settled();
  check((await page.textContent("#portrait-title")) === chosen, "l’adresse rouvre la même zone");

  const commune = await search(page, chosen);
  check((await page.textContent("#portrait-title")) === commune, "la recherche ouvre un portrait");
  await settled();
  await shot("8-recherche");

  await offeredFromAWiderScale(page, scales, settled, shot);

  await page.setViewportSize({ width: 375, height: 812 });
  await settled();
  const wide = await page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  );
  check(wide <= 0, "rien ne déborde à 375 pixels");
  await page.screenshot({ path: join(shots, "6-mobile.png"), fullPage: true });

  await page.getByRole("button", { name: "Se déconnecter" }).click();
  await page.waitForSelector("#email");
  check(true, "la déconnexion ramène à la connexion");
  check(
    outside.length === 0,
    `aucune requête hors de l’origine ${[...new Set(outside)].join(" ")}`,
  );
  check(errors.length === 0, `aucune erreur dans la console ${errors.slice(0, 3).join(" | ")}`);
}

/** Every zone of the territory, in order, page by page; returns the name of the zone that was chosen. */
async function table(page, scale, indicator, shot) {
  const due = await page.evaluate(async (wanted) => {
    const zones = [];
    for (let after = ""; after !== null;) {
      const path = `/editions/latest/zones?scale=${wanted}&limit=2000&after=${after}`;
      const found = await (await fetch(path)).json();
      zones.push(...found.zones);
      after = found.next;
    }
    return zones;
  }, scale);
  const rows = page.locator("#tableau tbody tr");
  const total = new Intl.NumberFormat("fr-FR").format(due.length);
  const caption = (await page.textContent("#tableau caption")) ?? "";
  check(
    caption.includes(`${total} zone`) && caption.includes("de votre territoire"),
    "le tableau dit combien de zones a le territoire",
  );
  const value = page.locator("#tableau thead button").nth(1);
  await value.focus();
  await page.keyboard.press("Enter");
  const figures = due.map((zone) => zone[indicator]).filter((own) => typeof own === "number");
  const first = () => rows.first().locator("td").nth(1).textContent();
  const shown = (figure) => figure.toFixed(1).replace(".", ",");
  if (figures.length > 0) {
    check(
      (await first())?.includes(shown(Math.max(...figures))),
      "au clavier, la plus grande valeur vient en tête",
    );
    await page.keyboard.press("Enter");
    check((await first())?.includes(shown(Math.min(...figures))), "puis la plus petite");
  }
  const codes = new Set();
  const pages = Math.ceil(due.length / 100);
  for (let turn = 0; turn < pages; turn += 1) {
    const all = page.locator("#tableau tbody .code");
    for (const code of await all.allTextContents()) codes.add(code);
    if (turn === 1) await shot("11-page-2");
    if (turn + 1 < pages) await page.getByRole("button", { name: "Page suivante" }).click();
  }
  check(
    codes.size === due.length && due.every(({ code }) => codes.has(code)),
    "le tableau a toutes les zones du territoire",
  );
  const row = page.locator("#tableau tbody button").first();
  const name = await row.textContent();
  await row.click();
  await page.waitForFunction(
    (wanted) => document.querySelector("#portrait-title")?.textContent === wanted,
    name,
  );
  return name;
}

/** An indicator that points do not offer is drawn at the first scale that does, and says so. */
async function offeredFromAWiderScale(page, scales, settled, shot) {
  const wider = await page.evaluate(async () => {
    const { universes, indicators } = await (await fetch("/editions/latest/indicators")).json();
    const finest = (of) => universes.find(({ id }) => id === of)?.finest ?? "adresse";
    return indicators.find(({ universe }) => finest(universe) !== "adresse")?.id;
  });
  if (wider === undefined || !scales.includes("adresse")) return;
  await page.selectOption("#echelle", "auto");
  await page.selectOption("#echelle", "adresse");
  const nearer = page.locator(".map-notice button");
  if (await nearer.isVisible()) await nearer.click();
  await settled();
  await page.selectOption("#indicateur", wider);
  await settled();
  const from = "proposé à partir de l’échelle";
  check((await page.textContent(".map-notice"))?.includes(from), `la carte dit « ${from} »`);
  check((await page.textContent(".legend-box"))?.includes(from), `la légende dit « ${from} »`);
  await shot("7-echelle");
}

/** Looks for a zone by its name, with the keyboard; returns the name that was taken. */
async function search(page, name) {
  await page.fill("#recherche", "");
  await page.locator("#recherche").pressSequentially(name.slice(0, 40));
  await page.waitForSelector("#trouvees li");
  const first = (await page.locator("#trouvees li span").first().textContent()) ?? "";
  await page.keyboard.press("ArrowDown");
  const active = await page.getAttribute("#recherche", "aria-activedescendant");
  check(active === "trouvee-0", "le clavier parcourt les zones trouvées");
  await page.keyboard.press("Enter");
  await page.waitForFunction(
    (wanted) => document.querySelector("#portrait-title")?.textContent === wanted,
    first,
  );
  return first;
}

/** A browser without WebGL reads the same figures: table, search, portrait. */
async function withoutMap(context) {
  await context.addInitScript(() => {
    HTMLCanvasElement.prototype.getContext = () => null;
  });
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE);
  await page.goto(base);
  await page.fill("#email", email);
  await page.fill("#password", password);
  await page.click('button[type="submit"]');
  await page.waitForSelector("#tableau tbody tr");
  check((await page.textContent(".no-map"))?.includes("WebGL"), "sans WebGL, la page dit pourquoi");
  const told = (await page.textContent("#tableau caption")) ?? "";
  check(told.includes("de votre territoire"), "sans WebGL, le tableau dit de quelles zones il est");
  const row = page.locator("#tableau tbody button").first();
  const name = (await row.textContent()) ?? "";
  await row.click();
  check((await page.textContent("#portrait-title")) === name, "sans WebGL, un portrait s’ouvre");
  check((await search(page, name)) !== "", "sans WebGL, la recherche trouve");
  await page.screenshot({ path: join(shots, "9-sans-webgl.png") });
  await page.selectOption("#echelle", "carreau");
  await page.waitForFunction(() =>
    /carreau/.test(document.querySelector("#tableau caption")?.textContent ?? ""),
  );
  const indicator = await page.inputValue("#indicateur");
  const shot = (name) => page.screenshot({ path: join(shots, `${name}.png`) });
  const chosen = await table(page, "carreau", indicator, shot);
  check((await page.textContent("#portrait-title")) === chosen, "sans WebGL, page à page");
}

/** Clicks outwards from the centre of the map until a zone answers. */
async function clickAZone(page) {
  const box = await page.locator("#carte").boundingBox();
  if (!box) return false;
  for (let step = 0; step < 60; step += 1) {
    // A sunflower spiral: every part of the map is tried, the centre first.
    const radius = 0.46 * Math.sqrt(step / 60);
    const angle = step * 2.399963;
    const x = box.x + box.width * (0.5 + radius * Math.cos(angle));
    const y = box.y + box.height * (0.5 + radius * Math.sin(angle));
    await page.mouse.click(x, y);
    await page.waitForTimeout(250);
    if (await page.locator("#portrait-title").isVisible()) return true;
  }
  return false;
}
