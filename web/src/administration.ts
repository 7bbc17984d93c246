/** « Administration » : the people and the conventions of a local administrator, or of everybody
 * for the operator. What somebody may not do the service refuses; what it would always refuse is
 * not offered. */

import * as api from "./api";
import { fill, h } from "./dom";
import { action, form, part, table } from "./form";
import { journal } from "./journal";
import { pageFrame } from "./page";
import type { Me } from "./types";

interface Account {
  id: string;
  email: string;
  name: string | null;
  role: string;
  state: string;
  convention: string;
  /** What may be decided about it, as the service says. */
  steps: string[];
}

interface Extension {
  id: string;
  reference: string;
  new_end: string;
  granted: boolean;
  refused: boolean;
}

interface Convention {
  id: string;
  kind: string;
  code: string;
  name: string;
  parent: string | null;
  seats: number;
  seats_taken: number;
  starts_on: string;
  ends_on: string;
  closed: boolean;
  state: string;
  reference: string;
  extensions: Extension[];
}

/** The steps that the service offers, in words. */
const STEPS: Record<string, string> = {
  validation: "Approuver",
  rejet: "Rejeter",
  suspension: "Suspendre",
  reprise: "Rétablir",
  fermeture: "Fermer",
};

const CONVENTION_STATES: Record<string, string> = {
  a_venir: "à venir",
  ouverte: "ouverte",
  expiree: "expirée",
  close: "close",
};

const STATES: Record<string, string> = {
  invite: "adresse à confirmer",
  prouve: "à examiner",
  valide: "clauses à accepter",
  actif: "en service",
  suspendu: "suspendu",
  rejete: "rejeté",
  ferme: "fermé",
};

/** Opens the page in `root`. */
export async function administrationPage(
  root: HTMLElement,
  me: Me,
  back: () => void,
): Promise<void> {
  const people = h("div");
  const conventions = h("div");
  const forms = h("div");
  const operator = me.role === "operateur";
  const draw = async (): Promise<Convention[]> => {
    const [{ accounts }, found] = await Promise.all([
      api.json<{ accounts: Account[] }>("/api/accounts"),
      api.json<{ conventions: Convention[] }>("/api/conventions"),
    ]);
    drawPeople(people, accounts, found.conventions, draw);
    drawConventions(conventions, operator, found.conventions, draw);
    return found.conventions;
  };
  // A form stays as it is while the tables change: it says what became of what it sent.
  const drawAll = async (): Promise<void> => {
    const open = (await draw()).filter((one) => !one.closed);
    const epci = open.filter((one) => one.kind === "epci" || one.kind === "ept");
    const parents: [string, string][] = [["", "aucune"], ...choices(epci)];
    const parent = root.querySelector("#convention-parent");
    if (parent) fill(parent, ...parents.map(([value, label]) => h("option", { value }, label)));
    fill(
      forms,
      open.length > 0 ? part("Inviter une personne", invitationForm(operator, open, draw)) : null,
      open.length > 0 && !operator
        ? part("Prolonger une convention", extensionForm(open, draw))
        : null,
    );
  };
  fill(
    root,
    pageFrame(
      "Administration",
      back,
      part("Comptes", people),
      part("Conventions", conventions),
      forms,
      operator ? part("Ouvrir une convention", conventionForm(drawAll)) : null,
      operator ? part("Libérer une adresse", releaseForm(drawAll)) : null,
      part("Journal d’un compte", journal(true)),
    ),
  );
  root.querySelector("h1")?.focus();
  await drawAll();
}

function drawPeople(
  place: HTMLElement,
  accounts: Account[],
  conventions: Convention[],
  draw: () => Promise<unknown>,
): void {
  const name = (id: string) => conventions.find((one) => one.id === id)?.name ?? "";
  // What waits for a decision comes first.
  const sorted = [...accounts].sort(
    (one, other) => Number(other.state === "prouve") - Number(one.state === "prouve"),
  );
  const rows = sorted.map((account) => {
    const buttons = account.steps.map((step) =>
      action(
        STEPS[step] ?? step,
        async () => {
          await api.ask("POST", `/api/accounts/${account.id}/${step}`, {});
          await draw();
        },
        account.email,
      ),
    );
    return [
      account.email,
      account.name ?? "",
      account.role,
      name(account.convention),
      stateToday(account, conventions),
      h("span", { class: "actions" }, ...buttons),
    ];
  });
  const columns = ["Adresse", "Nom", "Rôle", "Convention", "État", ""];
  fill(place, table("Comptes", columns, rows, "Aucun compte."));
}

/** What is true today: an account lets nobody in where its convention does not. */
export function stateToday(
  account: Pick<Account, "state" | "convention">,
  conventions: Pick<Convention, "id" | "state">[],
): string {
  const held = conventions.find((one) => one.id === account.convention);
  const lives = account.state === "actif" || account.state === "valide";
  if (lives && held && held.state !== "ouverte") {
    return `convention ${CONVENTION_STATES[held.state] ?? held.state}`;
  }
  return STATES[account.state] ?? account.state;
}

function drawConventions(
  place: HTMLElement,
  operator: boolean,
  conventions: Convention[],
  draw: () => Promise<unknown>,
): void {
  const rows = conventions.map((one) => {
    const asked = one.extensions.filter((extension) => !extension.granted && !extension.refused);
    const answer = (extension: Extension, label: string, verb: string) =>
      action(
        label,
        async () => {
          await api.ask("POST", `/api/extensions/${extension.id}/${verb}`);
          await draw();
        },
        `${one.name}, ${extension.reference}`,
      );
    const grants = asked.flatMap((extension) =>
      operator
        ? [
            answer(extension, `Reporter au ${extension.new_end}`, "grant"),
            answer(extension, "Refuser le report", "refusal"),
          ]
        : [h("span", {}, `report au ${extension.new_end} demandé`)],
    );
    return [
      `${one.name} (${one.code})`,
      one.kind,
      `${one.seats_taken} / ${one.seats}`,
      `${one.starts_on} à ${one.ends_on}`,
      one.reference,
      CONVENTION_STATES[one.state] ?? one.state,
      one.closed ? "" : h("span", { class: "actions" }, ...grants),
    ];
  });
  const columns = ["Organisme", "Type", "Comptes", "Durée", "Code de demande", "État", ""];
  fill(place, table("Conventions", columns, rows, "Aucune convention."));
}

function extensionForm(conventions: Convention[], draw: () => Promise<unknown>): HTMLElement {
  return form(
    "prolongation",
    [
      { id: "convention", label: "Convention à prolonger", choices: choices(conventions) },
      { id: "ends_on", label: "Nouveau dernier jour", type: "date" },
      { id: "reference", label: "Lettre ou délibération" },
    ],
    "Demander la prolongation",
    async ({ convention = "", ends_on = "", reference = "" }) => {
      await api.ask("POST", `/api/conventions/${convention}/extensions`, { ends_on, reference });
      await draw();
      return "Demande enregistrée : l’opérateur l’accordera.";
    },
  );
}

function invitationForm(
  operator: boolean,
  conventions: Convention[],
  draw: () => Promise<unknown>,
): HTMLElement {
  const roles: [string, string][] = [["invitations", "Agent ou personne mandatée"]];
  if (operator) {
    roles.push(
      ["administrator", "Administrateur local"],
      ["deputy", "Suppléant de l’administrateur"],
    );
  }
  return form(
    "invitation",
    [
      { id: "convention", label: "Convention", choices: choices(conventions) },
      { id: "role", label: "Pour", choices: roles },
      { id: "email", label: "Adresse professionnelle nominative", type: "email" },
      { id: "name", label: "Prénom et nom" },
    ],
    "Inviter",
    async ({ convention = "", role = "", email = "", name = "" }) => {
      const deputy = role === "deputy";
      const route = deputy ? "administrator" : role;
      const body = { email, name, ...(deputy ? { deputy } : {}) };
      await api.ask("POST", `/api/conventions/${convention}/${route}`, body);
      await draw();
      return "Un message vient de lui être envoyé.";
    },
  );
}

function releaseForm(draw: () => Promise<unknown>): HTMLElement {
  return form(
    "liberation",
    [
      {
        id: "email",
        label: "Adresse électronique",
        type: "email",
        help: "Ses comptes sont fermés et ce qui est connu de la personne est effacé.",
      },
    ],
    "Libérer",
    async ({ email = "" }) => {
      await api.ask("POST", "/api/addresses/release", { email });
      await draw();
      return "Adresse libérée.";
    },
  );
}

function conventionForm(draw: () => Promise<unknown>): HTMLElement {
  const kinds: [string, string][] = [
    ["epci", "EPCI"],
    ["ept", "EPT"],
    ["commune", "Commune, annexée à un EPCI"],
    ["tiers", "Tiers mandaté par un EPCI"],
    ["etat", "Service de l’État"],
    ["bailleur", "Bailleur"],
    ["union", "Union de bailleurs"],
    ["departement", "Département"],
    ["adil", "ANIL ou ADIL"],
    ["reservataire", "Réservataire"],
  ];
  return form(
    "convention",
    [
      { id: "kind", label: "Type", choices: kinds },
      {
        id: "code",
        label: "Code",
        help: "epci:SIREN, ept:SIREN, commune:code INSEE, departement:code, ou un SIREN.",
      },
      { id: "name", label: "Organisme" },
      {
        id: "parent",
        label: "Convention de l’EPCI",
        choices: [],
        help: "Pour une commune annexée ou un tiers mandaté.",
      },
      { id: "purpose", label: "Objet" },
      {
        id: "purposes",
        label: "Finalités de l’article 1",
        optional: true,
        help: "politique, programmation, observation, attribution, séparées par des espaces ; les quatre si rien n’est écrit.",
      },
      {
        id: "contract",
        label: "Marché de l’EPCI",
        optional: true,
        help: "Pour un tiers mandaté : la référence du marché qui commande les analyses.",
      },
      { id: "seats", label: "Comptes nominatifs", type: "number", value: "5" },
      { id: "starts_on", label: "Premier jour", type: "date" },
      { id: "ends_on", label: "Dernier jour", type: "date" },
      { id: "dpo", label: "Délégué à la protection des données" },
      {
        id: "rights",
        label: "Droits",
        optional: true,
        help: "territoire@échelle, séparés par des espaces ; ceux du code ou de l’EPCI si rien n’est écrit.",
      },
    ],
    "Ouvrir",
    async ({ parent = "", seats = "", rights = "", purposes = "", contract = "", ...rest }) => {
      await api.ask("POST", "/api/conventions", {
        ...rest,
        ...(parent ? { parent } : {}),
        ...(purposes ? { purposes: purposes.split(/[\s,]+/).filter(Boolean) } : {}),
        ...(contract ? { contract } : {}),
        seats: Number(seats),
        rights: rights.split(/\s+/).filter(Boolean),
      });
      await draw();
      return "Convention ouverte.";
    },
  );
}

function choices(conventions: Convention[]): [string, string][] {
  return conventions.map((one) => [one.id, `${one.name} (${one.code})`]);
}
