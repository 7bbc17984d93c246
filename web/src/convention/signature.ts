/** Who signed a convention, where and when, and each party's delegate for the protection of data. */

import * as api from "../api";
import { fill, h } from "../dom";
import { form, table } from "../form";
import type { Field } from "../form";
import type { Sight } from "./page";

interface Signature {
  signed_on: string;
  place: string;
  parties: Party[];
}

interface Party {
  party: string;
  organisation: string;
  representative: string;
  dpo: string;
}

const PARTIES: Record<string, string> = {
  operateur: "Opérateur",
  association: "Association de bailleurs",
  mandant: "EPCI mandant",
  organisme: "Organisme",
};

/** Those who sign a convention of a kind. */
function needed(kind: string): string[] {
  if (kind === "epci" || kind === "ept") return ["operateur", "association", "organisme"];
  return kind === "tiers" || kind === "commune"
    ? ["mandant", "organisme"]
    : ["operateur", "organisme"];
}

export async function signature({ held, operator, mandates }: Sight): Promise<Node[]> {
  const path = `/api/conventions/${held.id}/signature`;
  const shown = h("div");
  const draw = async () => {
    const { signature: found } = await api.json<{ signature: Signature | null }>(path);
    fill(shown, ...told(found));
  };
  await draw();
  if (!operator && !mandates) return [shown];
  const parties = needed(held.kind);
  const fields: Field[] = [
    { id: "signed_on", label: "Date de signature", type: "date" },
    { id: "place", label: "Lieu" },
    ...parties.flatMap((party): Field[] => [
      { id: `${party}-organisation`, label: `${PARTIES[party]} : nom` },
      { id: `${party}-representative`, label: `${PARTIES[party]} : représentant et qualité` },
      { id: `${party}-dpo`, label: `${PARTIES[party]} : délégué à la protection des données` },
    ]),
  ];
  const record = form("signature", fields, "Enregistrer la signature", async (values) => {
    const of = (party: string, what: string) => values[`${party}-${what}`] ?? "";
    await api.ask("PUT", path, {
      signed_on: values["signed_on"],
      place: values["place"],
      parties: parties.map((party) => ({
        party,
        organisation: of(party, "organisation"),
        representative: of(party, "representative"),
        dpo: of(party, "dpo"),
      })),
    });
    await draw();
    return "Signature enregistrée.";
  });
  return [shown, folded("Enregistrer ou corriger la signature", record)];
}

function told(found: Signature | null): Node[] {
  if (!found) return [h("p", { class: "small" }, "La signature n’est pas enregistrée.")];
  const rows = found.parties.map((one) => [
    PARTIES[one.party] ?? one.party,
    one.organisation,
    one.representative,
    one.dpo,
  ]);
  const columns = ["Partie", "Nom", "Représentant", "Délégué à la protection des données"];
  return [
    h("p", {}, `Signée le ${found.signed_on} à ${found.place}.`),
    table("Signataires", columns, rows, ""),
  ];
}

/** A form that is opened when it is needed. */
export function folded(title: string, ...children: Node[]): HTMLElement {
  return h("details", {}, h("summary", {}, title), ...children);
}
