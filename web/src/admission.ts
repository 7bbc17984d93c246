/** Pages without identity: asking for an account, proving an address, another password; and the
 * clauses, which are read before anything else. */

import * as api from "./api";
import { fill, h } from "./dom";
import { explain, form } from "./form";
import type { Field } from "./form";
import { legalLinks } from "./legal-links";
import { paragraphs } from "./text";

const NEW_PASSWORD: Field[] = [
  {
    id: "password",
    label: "Mot de passe",
    type: "password",
    autocomplete: "new-password",
    help: "12 caractères au moins : quelques mots sans rapport entre eux font un bon mot de passe. Si vous avez déjà un compte, donner son mot de passe.",
  },
  { id: "again", label: "Le même, encore", type: "password", autocomplete: "new-password" },
];

/** The page that an address asks for, if it asks for one: `#preuve=…`, `#demande`. Its secret
 * leaves the address bar at once. */
export function admission(root: HTMLElement, hash: string, home: () => void): boolean {
  const [name = "", secret = ""] = hash.replace(/^#/, "").split("=", 2);
  const pages: Record<string, () => void> = {
    demande: () => requestPage(root, home),
    oubli: () => forgottenPage(root, home),
    preuve: () => proofPage(root, secret, home),
    "mot-de-passe": () => passwordPage(root, secret, home),
  };
  const page = pages[name];
  if (!page) return false;
  history.replaceState(null, "", location.pathname);
  page();
  return true;
}

function requestPage(root: HTMLElement, home: () => void): void {
  const fields: Field[] = [
    {
      id: "email",
      label: "Adresse électronique professionnelle",
      type: "email",
      autocomplete: "email",
      help: "Une adresse nominative : les adresses de service et les messageries personnelles sont refusées.",
    },
    { id: "name", label: "Prénom et nom", autocomplete: "name" },
    {
      id: "organisation",
      label: "Organisme",
      help: "Le nom officiel de l’EPCI, de l’EPT ou de la commune, ou le code de la convention que l’on vous a donné.",
      suggest: organisations,
    },
    {
      id: "epci",
      label: "EPCI qui vous mandate",
      optional: true,
      help: "Pour un bureau d’étude ou une agence qui travaille pour plusieurs EPCI.",
      suggest: organisations,
    },
  ];
  card(
    root,
    "Demander un compte",
    home,
    h(
      "p",
      { class: "lead" },
      "Pour les personnes d’un organisme sous convention. L’administrateur local de votre territoire examine chaque demande.",
    ),
    form(
      "demande",
      fields,
      "Envoyer la demande",
      ({ email = "", name = "", organisation = "", epci = "" }) =>
        api
          .ask("POST", "/api/requests", { email, name, organisation, ...(epci ? { epci } : {}) })
          .then(said),
    ),
  );
}

/** Official names that begin so; the code where two territories share a name. */
async function organisations(text: string): Promise<string[]> {
  const query = new URLSearchParams({ q: text }).toString();
  const found = await api.json<{ organisations: { code: string; name: string }[] }>(
    `/api/requests/organisations?${query}`,
  );
  const shared = (name: string) =>
    found.organisations.filter((one) => one.name === name).length > 1;
  return found.organisations.map((one) => (shared(one.name) ? one.code : one.name));
}

function forgottenPage(root: HTMLElement, home: () => void): void {
  const fields: Field[] = [
    { id: "email", label: "Adresse électronique du compte", type: "email", autocomplete: "email" },
  ];
  card(
    root,
    "Mot de passe oublié",
    home,
    form("oubli", fields, "Recevoir un lien", ({ email = "" }) =>
      api.ask("POST", "/api/password/reset", { email }).then(said),
    ),
  );
}

function said(): string {
  return "Si cette adresse convient, un message vient de lui être envoyé : suivre le lien qu’il contient.";
}

function proofPage(root: HTMLElement, ticket: string, home: () => void): void {
  const done: Record<string, string> = {
    valide: "Votre compte est ouvert : vous pouvez vous connecter.",
    prouve:
      "Votre adresse est confirmée. L’administrateur local de votre territoire va examiner votre demande ; un message vous dira sa réponse.",
  };
  passwordCard(root, "Confirmer votre adresse", "Confirmer", home, async (password) => {
    const { state } = await api.answer<{ state: string }>("POST", "/api/requests/proof", {
      ticket,
      password,
    });
    return done[state] ?? "Votre adresse est confirmée.";
  });
}

function passwordPage(root: HTMLElement, ticket: string, home: () => void): void {
  passwordCard(root, "Choisir un nouveau mot de passe", "Enregistrer", home, async (password) => {
    await api.ask("POST", "/api/password/new", { ticket, password });
    return "Votre mot de passe est changé : vous pouvez vous connecter.";
  });
}

function passwordCard(
  root: HTMLElement,
  title: string,
  label: string,
  home: () => void,
  send: (password: string) => Promise<string>,
): void {
  card(
    root,
    title,
    home,
    form("choix", NEW_PASSWORD, label, ({ password = "", again = "" }) => {
      // Said without asking the service: nothing is wrong with the link.
      if (password !== again) return Promise.resolve("Les deux saisies diffèrent : recommencer.");
      return send(password);
    }),
  );
}

/** The clauses in force, to be accepted before anything is shown (convention, article 2). */
export async function clausesPage(
  root: HTMLElement,
  accepted: () => void,
  signOut: () => void,
): Promise<void> {
  const clauses = await api.json<{ version: number; body: string }>("/api/clauses");
  const message = h("p", { class: "error", role: "alert" });
  const agree = h(
    "button",
    { type: "button", class: "primary" },
    "J’ai lu et j’accepte ces clauses",
  );
  agree.addEventListener("click", () => {
    agree.disabled = true;
    api
      .ask("POST", "/api/clauses/acceptance", { version: clauses.version })
      .then(accepted)
      .catch((error: unknown) => {
        fill(message, explain(error));
        agree.disabled = false;
      });
  });
  fill(
    root,
    h(
      "main",
      { class: "page", id: "contenu" },
      h("h1", { tabindex: "-1" }, "Clauses de confidentialité"),
      h("p", { class: "notice" }, "Rien n’est montré avant qu’elles soient acceptées."),
      h("div", { class: "text" }, ...paragraphs(clauses.body)),
      message,
      h(
        "p",
        { class: "actions" },
        agree,
        h("button", { type: "button", class: "secondary", onclick: signOut }, "Se déconnecter"),
      ),
    ),
  );
  root.querySelector("h1")?.focus();
}

function card(root: HTMLElement, title: string, home: () => void, ...children: Node[]): void {
  fill(
    root,
    h(
      "main",
      { class: "sign-in", id: "contenu" },
      h(
        "section",
        { class: "card", "aria-labelledby": "titre" },
        h("p", { class: "brand" }, "Seuil"),
        h("h1", { id: "titre", tabindex: "-1" }, title),
        ...children,
        h("button", { type: "button", class: "secondary", onclick: home }, "Aller à la connexion"),
        legalLinks(),
      ),
    ),
  );
  root.querySelector("h1")?.focus();
}
