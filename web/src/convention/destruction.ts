/** The end of a mission: the exports to destroy, and the attestations that they are. */

import * as api from "../api";
import { instant } from "../dates";
import { fill, h } from "../dom";
import { form, table } from "../form";
import type { Sight } from "./page";
import { folded } from "./signature";

interface Entry {
  at: number;
  actor: string;
  detail: string;
}

interface Attestation {
  id: string;
  attested_at: number;
  exports: number;
  reference: string;
}

/** Rows shown at once. */
const SHOWN = 200;

export async function destruction({ held }: Sight): Promise<Node[]> {
  const path = `/api/conventions/${held.id}`;
  const attested = h("div");
  const draw = async () => {
    const found = await api.json<{ destructions: Attestation[] }>(`${path}/destruction`);
    const rows = found.destructions.map((one) => [
      one.reference,
      instant(one.attested_at),
      one.exports.toLocaleString("fr-FR"),
    ]);
    const columns = ["Attestation", "Enregistrée le", "Exports"];
    fill(attested, table("Attestations", columns, rows, "Aucune destruction n’est attestée."));
  };
  const { entries } = await api.json<{ entries: Entry[] }>(`${path}/exports`);
  const rows = entries
    .slice(-SHOWN)
    .reverse()
    .map((entry) => [instant(entry.at), entry.actor, entry.detail]);
  await draw();
  const attest = form(
    "destruction",
    [
      {
        id: "reference",
        label: "Référence de l’attestation écrite",
        help: "L’attestation elle-même se joint aux documents de la convention.",
      },
    ],
    "Attester la destruction",
    async (values) => {
      await api.ask("POST", `${path}/destruction`, values);
      await draw();
      return "Destruction attestée : l’EPCI en reçoit la lettre.";
    },
  );
  const most = `Les ${SHOWN} derniers sur ${entries.length}.`;
  return [
    h("h3", {}, "Exports à détruire à la fin de la mission"),
    table("Exports", ["Instant", "Compte", "Ce qui a été exporté"], rows, "Aucun export."),
    ...(entries.length > SHOWN ? [h("p", { class: "small" }, most)] : []),
    h("h3", {}, "Attestations de destruction"),
    attested,
    folded("Attester la destruction", attest),
  ];
}
