/** The sign-in page, with the accounts of a demonstration when there are some. */

import * as api from "./api";
import { ApiError } from "./api";
import { fill, h } from "./dom";
import { legalLinks } from "./legal-links";
import type { DemoAccount } from "./types";

/** Shows the page in `root` and calls `done` once a session is open. */
export async function signInPage(
  root: HTMLElement,
  notice: string,
  done: () => void,
): Promise<void> {
  const message = h("p", { class: "error", role: "alert", id: "sign-in-error" });
  const email = h("input", {
    id: "email",
    type: "email",
    autocomplete: "username",
    required: true,
    "aria-describedby": "sign-in-error",
  });
  const password = h("input", {
    id: "password",
    type: "password",
    autocomplete: "current-password",
    required: true,
    "aria-describedby": "sign-in-error",
  });
  const submit = h("button", { type: "submit", class: "primary" }, "Se connecter");

  const attempt = async (address: string, secret: string) => {
    fill(message);
    submit.disabled = true;
    try {
      await api.signIn(address, secret);
      done();
    } catch (error) {
      fill(message, explain(error));
      password.value = "";
      password.focus();
    } finally {
      submit.disabled = false;
    }
  };

  const form = h(
    "form",
    {
      class: "sign-in-form",
      onsubmit: (event) => {
        event.preventDefault();
        void attempt(email.value.trim(), password.value);
      },
    },
    h(
      "div",
      { class: "field" },
      h("label", { for: "email" }, "Adresse électronique professionnelle"),
      email,
    ),
    h("div", { class: "field" }, h("label", { for: "password" }, "Mot de passe"), password),
    message,
    submit,
  );

  const demo = h("div");
  fill(
    root,
    h(
      "main",
      { class: "sign-in", id: "contenu" },
      h(
        "section",
        { class: "card", "aria-labelledby": "sign-in-title" },
        h("p", { class: "brand" }, "Seuil"),
        h("h1", { id: "sign-in-title" }, "Occupation du parc social"),
        h(
          "p",
          { class: "lead" },
          "Une carte réservée aux professionnels sous convention. Aucun chiffre n’y décrit moins de onze ménages.",
        ),
        notice ? h("p", { class: "notice", role: "status" }, notice) : null,
        form,
        h(
          "p",
          { class: "links" },
          h("a", { href: "#oubli" }, "Mot de passe oublié"),
          h("a", { href: "#demande" }, "Demander un compte"),
        ),
        demo,
        legalLinks(),
      ),
    ),
  );
  email.focus();
  const accounts = await api.demoAccounts();
  if (accounts.length > 0) fill(demo, demoPanel(accounts, attempt));
}

function demoPanel(
  accounts: DemoAccount[],
  attempt: (email: string, password: string) => Promise<void>,
): HTMLElement {
  return h(
    "section",
    { class: "demo", "aria-labelledby": "demo-title" },
    h("h2", { id: "demo-title" }, "Démonstration"),
    h("p", {}, "Territoire et occupants sont fictifs. Choisir un compte :"),
    h(
      "ul",
      {},
      ...accounts.slice(0, 12).map((account) =>
        h(
          "li",
          {},
          h(
            "button",
            {
              type: "button",
              class: "account",
              onclick: () => void attempt(account.email, account.password),
            },
            h("strong", {}, account.label),
            h("span", {}, account.email),
          ),
        ),
      ),
    ),
  );
}

function explain(error: unknown): string {
  if (!(error instanceof ApiError) || error.status === 0) {
    return "Le service ne répond pas. Vérifier la connexion au réseau, puis réessayer.";
  }
  if (error.status === 401) return "Adresse ou mot de passe inconnu.";
  if (error.status === 429) {
    return `Trop d’essais. Réessayer dans ${error.retryAfter ?? 60} secondes.`;
  }
  if (error.status === 400) return "Écrire une adresse électronique et un mot de passe.";
  return "Le service est indisponible. Réessayer dans un instant.";
}
