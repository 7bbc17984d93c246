/** « Conventions » : what a convention asks of those who are under it and of those who administer it:
 * signatures, documents, annex 3, the committee, sub-processors, breaches, destruction, register.
 * What somebody may not do the service refuses; what it would always refuse is not offered. */

import * as api from "../api";
import { fill, h } from "../dom";
import { explain, part } from "../form";
import { administers } from "../frame";
import { pageFrame } from "../page";
import type { Me } from "../types";
import { breaches } from "./breaches";
import { committee } from "./committee";
import { designations } from "./designations";
import { destruction } from "./destruction";
import { documents } from "./documents";
import { register } from "./register";
import { signature } from "./signature";
import { subprocessors } from "./subprocessors";

/** A convention, as much of it as a part of the page needs. */
export interface Held {
  id: string;
  kind: string;
  name: string;
  code: string;
  parent: string | null;
}

/** Who looks at a convention, and as what. */
export interface Sight {
  held: Held;
  operator: boolean;
  /** Administers it, as the operator, its local administrator or that of the mandating EPCI. */
  manages: boolean;
  /** Administers the one that it depends on. */
  mandates: boolean;
}

/** Opens the page in `root`. */
export async function conventionPage(root: HTMLElement, me: Me, back: () => void): Promise<void> {
  const body = h("div", {});
  const held = await conventions(me);
  const choice = h(
    "select",
    { id: "convention-choisie" },
    ...held.map((one) => h("option", { value: one.id }, label(one))),
  );
  const current = me.mandates.find((one) => one.current)?.convention;
  if (held.some((one) => one.id === current)) choice.value = current ?? "";
  const draw = () => {
    const one = held.find(({ id }) => id === choice.value);
    fill(body, ...(one ? parts(sight(me, one, current)) : []));
  };
  choice.addEventListener("change", draw);
  fill(
    root,
    pageFrame(
      "Conventions",
      back,
      held.length > 0
        ? h(
            "div",
            { class: "field" },
            h("label", { for: "convention-choisie" }, "Convention"),
            choice,
          )
        : h("p", {}, "Aucune convention."),
      body,
      administers(me) ? part("Registre des activités de traitement", register()) : null,
    ),
  );
  root.querySelector("h1")?.focus();
  draw();
}

function sight(me: Me, held: Held, own: string | undefined): Sight {
  const operator = me.role === "operateur";
  const local = administers(me) && !operator;
  const mandates = operator ? held.parent !== null : local && held.parent === own;
  return { held, operator, mandates, manages: operator || mandates || (local && held.id === own) };
}

function parts(sight: Sight): HTMLElement[] {
  const { held, manages } = sight;
  return [
    titled("Signataires", signature(sight)),
    titled("Documents", documents(sight)),
    manages ? titled("Administrateur local (annexe 3)", designations(sight)) : null,
    held.parent === null && held.kind !== "tiers"
      ? titled("Comité de suivi", committee(sight))
      : null,
    held.parent !== null || held.kind === "tiers"
      ? titled("Sous-traitants ultérieurs", subprocessors(sight))
      : null,
    titled("Violations de données", breaches(sight)),
    titled("Exports et destruction", destruction(sight)),
  ].filter((one): one is HTMLElement => one !== null);
}

/** A part that fills itself, and says why where it cannot. */
function titled(title: string, content: Promise<Node[]>): HTMLElement {
  const place = h("div", { class: "filled" }, h("p", { class: "small" }, "Chargement…"));
  content
    .then((nodes) => fill(place, ...nodes))
    .catch((error: unknown) => fill(place, h("p", { class: "error" }, explain(error))));
  return part(title, place);
}

/** The conventions that somebody administers; otherwise their own. */
async function conventions(me: Me): Promise<Held[]> {
  if (administers(me)) {
    const found = await api.json<{ conventions: Held[] }>("/api/conventions");
    return found.conventions;
  }
  return me.mandates
    .filter((one) => one.current)
    .map(({ convention, organisation }) => ({
      id: convention,
      // Of its own people the service tells what they are, by their role.
      kind: me.role,
      name: organisation,
      code: "",
      parent: null,
    }));
}

function label({ name, code }: Held): string {
  return code ? `${name} (${code})` : name;
}
