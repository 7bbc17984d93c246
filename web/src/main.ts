/** Signs in, then opens the portal; and back again when the session ends. */

import "./style/base.css";
import "./style/sign-in.css";
import "./style/workspace.css";
import "./style/figures.css";
import "./style/pages.css";
import "./style/narrow.css";

import * as api from "./api";
import { ApiError } from "./api";
import { accountPage } from "./account";
import { administrationPage } from "./administration";
import { admission, clausesPage } from "./admission";
import { conventionPage } from "./convention/page";
import { fill, h } from "./dom";
import { administers } from "./frame";
import { legalPage } from "./legal";
import { signInPage } from "./signin";
import type { Portal, PortalEvents } from "./portal";
import type { Me } from "./types";

const root = document.querySelector<HTMLElement>("#app") ?? document.body;
let portal: Portal | undefined;
/** Whoever is signed in: the pages without a map are theirs where no map can be drawn. */
let reader: Me | undefined;

async function start(notice = "", edition?: string): Promise<void> {
  portal?.close();
  portal = undefined;
  reader = undefined;
  if (admission(root, location.hash, () => void start())) return;
  try {
    if (await legalPage(root, location.pathname)) return;
    if (location.pathname === "/aide") {
      // A long text, which who draws maps does not wait for.
      const { helpPage } = await import("./aide");
      return await helpPage(root);
    }
    const me = await api.me();
    if (!me.clauses_accepted) {
      await clausesPage(
        root,
        () => void start(),
        () => void leave(),
      );
      return;
    }
    reader = me;
    const editions = await api.editions();
    // The map library is the larger part: who only signs in does not wait for it.
    const { Portal } = await import("./portal");
    const events: PortalEvents = {
      signOut: () => void leave(),
      expired: () => void start("La session a expiré. Se connecter de nouveau."),
      edition: (id) => void start("", id),
      account: () => void show((back) => accountPage(root, me, back)),
      conventions: () => void show((back) => conventionPage(root, me, back)),
      administration: () => void show((back) => administrationPage(root, me, back)),
    };
    portal = await Portal.open(root, me, editions, events, edition);
  } catch (error) {
    if (error instanceof ApiError && error.signedOut) {
      await signInPage(root, notice, () => void start());
    } else {
      failure(error);
    }
  }
}

/** Shows a page instead of the map, until somebody goes back to it. */
async function show(page: (back: () => void) => Promise<void>): Promise<void> {
  portal?.close();
  portal = undefined;
  try {
    await page(() => void start());
  } catch (error) {
    if (error instanceof ApiError && error.signedOut) {
      await start("La session a expiré. Se connecter de nouveau.");
    } else {
      failure(error);
    }
  }
}

async function leave(): Promise<void> {
  try {
    await api.signOut();
  } catch (error) {
    if (!(error instanceof ApiError && error.signedOut)) return failure(error);
  }
  history.replaceState(null, "", location.pathname);
  await start("Vous êtes déconnecté.");
}

function failure(error: unknown): void {
  const silent = error instanceof ApiError;
  // What is no answer of the service is the browser's.
  if (!silent) console.error(error);
  const title = silent ? "Le service ne répond pas" : "La carte ne peut pas s’ouvrir";
  const wait =
    silent && error.retryAfter
      ? `Réessayer dans ${error.retryAfter} secondes.`
      : "La carte s’ouvrira dès son retour.";
  const reason = silent
    ? wait
    : "Le navigateur n’a pas pu l’ouvrir ; recharger la page, ou en essayer un autre.";
  const again = h(
    "button",
    { type: "button", class: "primary", onclick: () => void start() },
    "Réessayer",
  );
  const card = h(
    "section",
    { class: "card", role: "alert" },
    h("h1", {}, title),
    h("p", {}, reason),
    again,
    reader && !silent ? ways(reader) : null,
  );
  fill(root, h("main", { class: "sign-in" }, card));
}

/** What needs no map. */
function ways(me: Me): HTMLElement {
  const way = (label: string, page: (back: () => void) => Promise<void>) =>
    h("button", { type: "button", class: "secondary", onclick: () => void show(page) }, label);
  return h(
    "p",
    { class: "actions" },
    way("Mon compte", (back) => accountPage(root, me, back)),
    way("Conventions", (back) => conventionPage(root, me, back)),
    administers(me) ? way("Administration", (back) => administrationPage(root, me, back)) : null,
  );
}

// A link of a letter that is opened in a window where the portal is already open.
window.addEventListener("hashchange", () => {
  if (/^#(preuve|mot-de-passe|demande|oubli)(=|$)/.test(location.hash)) void start();
});

void start();
