/** Signs in, then opens the portal; and back again when the session ends. */

import "./style.css";

import * as api from "./api";
import { ApiError } from "./api";
import { fill, h } from "./dom";
import { signInPage } from "./signin";
import type { Portal } from "./portal";

const root = document.querySelector<HTMLElement>("#app") ?? document.body;
let portal: Portal | undefined;

async function start(notice = ""): Promise<void> {
  portal?.close();
  portal = undefined;
  try {
    const me = await api.me();
    const editions = await api.editions();
    // The map library is the larger part: who only signs in does not wait for it.
    const { Portal } = await import("./portal");
    portal = await Portal.open(root, me, editions, {
      signOut: () => void leave(),
      expired: () => void start("La session a expiré. Se connecter de nouveau."),
    });
  } catch (error) {
    if (error instanceof ApiError && error.signedOut) {
      await signInPage(root, notice, () => void start());
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
  if (!(error instanceof ApiError)) console.error(error);
  const wait = error instanceof ApiError ? error.retryAfter : undefined;
  fill(
    root,
    h(
      "main",
      { class: "sign-in" },
      h(
        "section",
        { class: "card", role: "alert" },
        h("h1", {}, "Le service ne répond pas"),
        h("p", {}, wait ? `Réessayer dans ${wait} secondes.` : "La carte s’ouvrira dès son retour."),
        h("button", { type: "button", class: "primary", onclick: () => void start() }, "Réessayer"),
      ),
    ),
  );
}

void start();
