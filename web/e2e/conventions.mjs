/**
 * Lives what a convention asks on the portal, in a real browser that draws no map, as the operator of a
 * running service, a local administrator and a third party.
 *
 *     node e2e/conventions.mjs http://127.0.0.1:3000 EMAIL PASSWORD OUTBOX [SCREENSHOT_DIR]
 *
 * OUTBOX is the folder where the service writes its letters. Exit codes: 0 every check held, 1 one
 * did not, 2 bad usage, 4 no browser. `CHROMIUM` names the browser; the default is Debian's.
 */

import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";

import { PATIENCE, check, inBrowser, screenshots } from "./browser.mjs";

const [base, email, password, outbox, folder] = process.argv.slice(2);
if (!base || !email || !password || !outbox) {
  console.error("usage : node e2e/conventions.mjs URL EMAIL MOT_DE_PASSE COURRIER [DOSSIER]");
  process.exit(2);
}
const shots = screenshots(folder, "seuil-conventions");
const SECRET = "une phrase assez longue";
const PDF = Buffer.from("%PDF-1.7\n1 0 obj\n<<>>\nendobj\nstartxref\n9\n%%EOF\n");

await inBrowser(shots, run);

async function run(browser) {
  const stranger = await open(browser);
  await stranger.goto(`${base}/mentions-legales`);
  await stranger.waitForSelector("h1:has-text('Mentions légales')");
  check(true, "les mentions légales se lisent sans compte");
  await shot(stranger, "1-mentions-legales");
  await stranger.click("nav >> text=Accessibilité");
  await stranger.waitForSelector("h1:has-text('Accessibilité')");
  await stranger.goto(`${base}/aide`);
  await stranger.waitForSelector("h3:has-text('Pourquoi une zone est hachurée')");
  check(
    (await stranger.locator("pre code").count()) > 5 &&
      (await stranger.locator("li code").count()) > 40,
    "l’aide se lit sans compte, avec ses commandes et ses clés",
  );
  await shot(stranger, "1-aide");

  // The operator opens two conventions and records who signed the first.
  const operator = await open(browser);
  await signIn(operator, email, password);
  await operator.goto(`${base}/aide`);
  await operator.waitForSelector("#chiffres code");
  check(
    (await operator.locator("#chiffres p").count()) > 20,
    "l’aide dit ce que dit chaque chiffre à qui est connecté",
  );
  await operator.goto(base);
  await operator.waitForSelector("text=Mon compte");
  const epci = await ask(operator, "POST", "/api/conventions", {
    kind: "epci",
    code: await firstEpci(operator),
    name: "Agglomération d’essai",
    purpose: "Diagnostic local de l’habitat",
    seats: 9,
    starts_on: "2020-01-01",
    ends_on: "2199-12-31",
    dpo: "dpo@agglo-essai.fr",
  });
  const tiers = await ask(operator, "POST", "/api/conventions", {
    kind: "tiers",
    code: "552100554",
    name: "Bureau d’étude",
    purpose: "Programme local de l’habitat",
    contract: "Marché 2026-14",
    parent: epci.id,
    seats: 2,
    starts_on: "2020-01-01",
    ends_on: "2199-12-31",
    dpo: "dpo@bureau.fr",
  });
  await ask(operator, "POST", `/api/conventions/${epci.id}/administrator`, {
    email: "nora.essai@agglo-essai.fr",
    name: "Nora Essai",
  });
  await ask(operator, "POST", `/api/conventions/${tiers.id}/invitations`, {
    email: "paul.etude@bureau-essai.fr",
    name: "Paul Étude",
  });
  await operator.click("text=Conventions");
  await operator.selectOption("#convention-choisie", epci.id);
  await operator.click("text=Enregistrer ou corriger la signature");
  await operator.fill("#signature-signed_on", "2026-01-05");
  await operator.fill("#signature-place", "Cergy");
  for (const party of ["operateur", "association", "organisme"]) {
    await operator.fill(`#signature-${party}-organisation`, `Organisme ${party}`);
    await operator.fill(`#signature-${party}-representative`, "Claire Chef, présidente");
    await operator.fill(`#signature-${party}-dpo`, `dpo@${party}.fr`);
  }
  await operator.click("#signature >> button");
  await operator.waitForSelector("text=Signée le 2026-01-05 à Cergy.");
  check(true, "l’opérateur enregistre la signature");
  await give(operator, "convention");
  check(true, "le document signé est joint");

  // The local administrator: annex 3, the committee, the third party's papers, the register.
  const claire = await begin(browser, "nora.essai@agglo-essai.fr");
  await claire.click("text=Conventions");
  await claire.selectOption("#convention-choisie", epci.id);
  await claire.waitForSelector("text=Signée le 2026-01-05");
  await claire.click("text=Ajouter un membre");
  await claire.fill("#comite-membre-organisation", "Val Habitat");
  await claire.click("#comite-membre >> button");
  await claire.waitForSelector("th:has-text('Val Habitat')");
  await claire.click("summary:has-text('Enregistrer une consultation')");
  await claire.fill("#comite-consultation-subject", "Portrait 2024");
  await claire.fill("#comite-consultation-held_on", "2026-03-03");
  await claire.fill("#comite-consultation-opinion", "Favorable");
  await claire.click("#comite-consultation >> button");
  await claire.waitForSelector("th:has-text('Portrait 2024')");
  check(true, "le comité de suivi et sa consultation sont enregistrés");
  await claire.click("text=Établir le registre");
  await claire.waitForSelector("pre.register");
  check(
    (await claire.textContent("pre.register")).includes("dpo@association.fr"),
    "le registre nomme les délégués des parties",
  );
  await shot(claire, "2-administratrice");
  const printed = await claire.context().newPage();
  await printed.goto(`${base}/api/conventions/${epci.id}/annexe-3`);
  check(
    (await printed.textContent("main")).includes("Nora Essai"),
    "l’annexe 3 s’imprime, remplie",
  );
  await shot(printed, "3-annexe-3");

  // The third party: a sub-processor, a breach, the destruction and its attestation.
  const paul = await begin(browser, "paul.etude@bureau-essai.fr");
  await paul.click("text=Conventions");
  await paul.click("text=Demander un sous-traitant");
  await paul.fill("#sous-traitant-name", "Atelier");
  await paul.fill("#sous-traitant-purpose", "Cartes");
  await paul.click("#sous-traitant >> button");
  await paul.waitForSelector("th:has-text('Atelier')");
  await paul.click("text=Déclarer une violation");
  await paul.fill("#violation-known_at", "2026-01-15T08:00");
  await paul.fill("#violation-description", "Un poste de travail volé");
  await paul.click("#violation >> button");
  await paul.waitForSelector("th:has-text('Un poste de travail volé')");
  await give(paul, "attestation");
  await paul.click("summary:has-text('Attester la destruction')");
  await paul.fill("#destruction-reference", "Attestation du 31 mars");
  await paul.click("#destruction >> button");
  await paul.waitForSelector("th:has-text('Attestation du 31 mars')");
  check(true, "le tiers demande un sous-traitant, déclare une violation, atteste la destruction");
  check(
    (await paul.locator("text=Registre des activités").count()) === 0,
    "le tiers ne voit pas le registre de l’EPCI",
  );
  await shot(paul, "4-tiers");

  await claire.reload();
  await claire.click("text=Conventions");
  await claire.selectOption("#convention-choisie", tiers.id);
  await claire.fill("#sous-traitant-reponse-reference", "Courrier 12");
  await claire.click("#sous-traitant-reponse >> button");
  await claire.waitForSelector("text=autorisé (Courrier 12)");
  await claire.click('button[aria-label="Voir le dossier : Un poste de travail volé"]');
  await claire.waitForSelector("h3:has-text('Dossier')");
  await claire.fill("#notification-how", "Téléservice de la CNIL");
  await claire.click("#notification >> button");
  await claire.waitForSelector("text=Téléservice de la CNIL");
  const saved = claire.waitForEvent("download");
  await claire.click("a:has-text('essai.pdf')");
  check(
    readFileSync(await (await saved).path()).equals(PDF),
    "l’EPCI enregistre l’attestation du tiers, telle qu’elle a été jointe",
  );
  check(true, "l’EPCI autorise le sous-traitant et notifie la violation");
  await shot(claire, "5-mandant");
}

/** Gives a document in on the page that is open. */
async function give(page, kind) {
  await page.click("summary:has-text('Joindre un document')");
  await page.selectOption("#document-kind", kind);
  await page.setInputFiles("#document-file", {
    name: "essai.pdf",
    mimeType: "application/pdf",
    buffer: PDF,
  });
  await page.click("#document >> button");
  await page.waitForSelector("a:has-text('essai.pdf')");
}

/** A browser without WebGL: what is here needs no map. */
async function open(browser) {
  const context = await browser.newContext({
    viewport: { width: 1280, height: 900 },
    locale: "fr-FR",
    timezoneId: "Europe/Paris",
    reducedMotion: "reduce",
  });
  await context.addInitScript(() => {
    HTMLCanvasElement.prototype.getContext = () => null;
  });
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE);
  return page;
}

async function signIn(page, address, secret) {
  await page.goto(base);
  await page.fill("#email", address);
  await page.fill("#password", secret);
  await page.click("text=Se connecter");
  await page.waitForSelector("text=Conventions");
}

/** Follows the link of a letter, signs in and accepts the clauses. */
async function begin(browser, address) {
  const page = await open(browser);
  await page.goto(`${base}/#preuve=${await ticket(address)}`);
  await page.fill("#choix-password", SECRET);
  await page.fill("#choix-again", SECRET);
  await page.click("#choix >> button");
  await page.waitForSelector("text=Votre compte est ouvert");
  await page.click("text=Aller à la connexion");
  await page.fill("#email", address);
  await page.fill("#password", SECRET);
  await page.click("text=Se connecter");
  await page.click("text=J’ai lu et j’accepte ces clauses");
  await page.waitForSelector("text=Conventions");
  return page;
}

function ask(page, method, path, body) {
  return page.evaluate(
    async ([how, where, what]) => {
      const answer = await fetch(where, {
        method: how,
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify(what),
      });
      if (!answer.ok) throw new Error(`${where} : ${answer.status} ${await answer.text()}`);
      return answer.json();
    },
    [method, path, body],
  );
}

/** An EPCI of the territory that is served. */
async function firstEpci(page) {
  const found = await page.evaluate(() =>
    fetch("/api/requests/organisations?q=a").then((answer) => answer.json()),
  );
  const epci = found.organisations.find(({ code }) => code.startsWith("epci:"));
  return epci?.code ?? "epci:200000001";
}

/** The secret of the link of the letter to an address, once it is there. */
async function ticket(address) {
  for (let tries = 0; tries < 300; tries += 1) {
    for (const name of existsSync(outbox) ? readdirSync(outbox) : []) {
      if (!name.endsWith(".eml")) continue;
      const letter = readFileSync(join(outbox, name), "utf8");
      const found = /seuilt_[\w-]{43}/.exec(letter.replaceAll("=\r\n", ""));
      if (found && letter.includes(`To: ${address}`)) return found[0];
    }
    await new Promise((again) => setTimeout(again, 100));
  }
  throw new Error("aucun message n’est arrivé");
}

async function shot(page, name) {
  await page.screenshot({ path: join(shots, `${name}.png`), fullPage: true });
}
