/**
 * Lives the life of accounts on the portal, in a real browser, as the operator of a running service
 * and as a person whom they invite.
 *
 *     node e2e/accounts.mjs http://127.0.0.1:3000 EMAIL PASSWORD OUTBOX [SCREENSHOT_DIR]
 *
 * OUTBOX is the folder where the service writes its letters. Exit codes: 0 every check held, 1 one
 * did not, 2 bad usage, 4 no browser. `CHROMIUM` names the browser; the default is Debian's.
 */

import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";

import { PATIENCE, check, inBrowser, screenshots } from "./browser.mjs";

const [base, email, password, outbox, folder] = process.argv.slice(2);
if (!base || !email || !password || !outbox) {
  console.error("usage : node e2e/accounts.mjs URL EMAIL MOT_DE_PASSE COURRIER [DOSSIER]");
  process.exit(2);
}
const shots = screenshots(folder, "seuil-comptes");

const PERSON = { email: "claire.essai@agglo-essai.fr", password: "une phrase assez longue" };

await inBrowser(shots, run);

async function run(browser) {
  const stranger = await open(browser);
  await stranger.goto(base);
  await stranger.click("text=Demander un compte");
  await stranger.fill("#demande-email", "contact@agglo-essai.fr");
  await stranger.fill("#demande-name", "Personne");
  await stranger.fill("#demande-organisation", "epci:200000001");
  await stranger.click("text=Envoyer la demande");
  await stranger.waitForSelector("#demande-message:not(:empty)");
  const refusal = await stranger.textContent("#demande-message");
  check(refusal.includes("nominatif"), "une adresse de service est refusée, avec la raison");
  await shot(stranger, "1-demande");

  const operator = await open(browser);
  await signIn(operator, email, password);
  await operator.click("text=Administration");
  await operator.waitForSelector("text=operateur");
  await operator.fill("#convention-code", "epci:200000001");
  await operator.fill("#convention-name", "Agglomération d’essai");
  await operator.fill("#convention-purpose", "Diagnostic local de l’habitat");
  await operator.fill("#convention-starts_on", "2020-01-01");
  await operator.fill("#convention-ends_on", "2199-12-31");
  await operator.fill("#convention-dpo", "dpo@agglo-essai.fr");
  await operator.click("#convention >> text=Ouvrir");
  await operator.waitForSelector("text=Convention ouverte.");
  check(true, "l’opérateur ouvre une convention");
  await operator.selectOption("#invitation-role", "administrator");
  await operator.fill("#invitation-email", PERSON.email);
  await operator.fill("#invitation-name", "Claire Essai");
  await operator.click("#invitation >> text=Inviter");
  await operator.waitForSelector("text=Un message vient de lui être envoyé.");
  await operator.waitForSelector(`th:has-text("${PERSON.email}")`);
  check(true, "l’opérateur nomme l’administratrice locale");
  await shot(operator, "2-administration");

  const person = await open(browser);
  await person.goto(`${base}/#preuve=${await ticket(PERSON.email)}`);
  await person.waitForSelector("#choix-password");
  check((await person.evaluate(() => location.hash)) === "", "le lien quitte la barre d’adresse");
  await person.fill("#choix-password", PERSON.password);
  await person.fill("#choix-again", PERSON.password);
  await person.click("text=Confirmer >> nth=-1");
  await person.waitForSelector("text=Votre compte est ouvert");
  check(true, "l’adresse est prouvée et le mot de passe choisi");
  await person.click("text=Aller à la connexion");
  await person.fill("#email", PERSON.email);
  await person.fill("#password", PERSON.password);
  await person.click("text=Se connecter");
  await person.waitForSelector("text=J’ai lu et j’accepte ces clauses");
  check(
    (await person.locator("ol.list li").count()) > 3,
    "les clauses se lisent avant toute donnée",
  );
  await shot(person, "3-clauses");
  await person.click("text=J’ai lu et j’accepte ces clauses");
  await person.waitForSelector("text=Mon compte");
  await person.click("text=Mon compte");
  await person.waitForSelector("#jeton");
  await person.fill("#jeton-name", "QGIS du bureau");
  await person.click("text=Créer un jeton");
  await person.waitForSelector("code");
  const token = await person.textContent("code >> nth=0");
  const asked = await person.evaluate(
    (secret) =>
      fetch("/editions", { headers: { Authorization: `Bearer ${secret}` } }).then(
        (answer) => answer.status,
      ),
    token,
  );
  check(asked === 200, "le jeton montré ouvre les données");
  await person.click('button[aria-label="Révoquer : QGIS du bureau"]');
  await person.waitForSelector("text=Aucun jeton.");
  check(true, "le jeton se révoque");
  await person.click("#journal >> text=Consulter");
  await person.waitForSelector("text=Tout enregistrer (CSV)");
  const told = await person.textContent("main");
  check(told.includes("jeton.revoque"), "le journal du compte le dit");
  await shot(person, "4-compte");
  await person.click("text=Revenir à la carte");
  await person.click("text=Administration");
  await person.waitForSelector("#prolongation");
  check(
    (await person.locator("#convention").count()) === 0,
    "l’administratrice locale n’ouvre pas de convention",
  );
  await shot(person, "5-administration-locale");

  await operator.reload();
  await operator.click("text=Administration");
  await operator.click(`button[aria-label="Suspendre : ${PERSON.email}"]`);
  await operator.waitForSelector(`button[aria-label="Rétablir : ${PERSON.email}"]`);
  await person.reload();
  await person.waitForSelector("#email");
  check(true, "la suspension ferme la session à la requête suivante");
}

async function open(browser) {
  const context = await browser.newContext({
    viewport: { width: 1280, height: 900 },
    locale: "fr-FR",
    reducedMotion: "reduce",
  });
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE);
  page.on("pageerror", (error) => check(false, `la page ne se trompe pas : ${error.message}`));
  return page;
}

async function signIn(page, address, secret) {
  await page.goto(base);
  await page.fill("#email", address);
  await page.fill("#password", secret);
  await page.click("text=Se connecter");
  await page.waitForSelector("text=Mon compte");
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
