/** The papers of a convention: PDF that the service keeps encrypted, to be given in and saved. */

import * as api from "../api";
import { instant } from "../dates";
import { fill, h } from "../dom";
import { action, form, table } from "../form";
import type { Sight } from "./page";
import { folded } from "./signature";

interface Paper {
  id: string;
  kind: string;
  name: string;
  size: number;
  added_at: number;
}

const KINDS: Record<string, string> = {
  convention: "Convention signée",
  "annexe-3": "Annexe 3 signée",
  "demande-commune": "Demande écrite de la commune",
  "convention-tiers": "Convention avec le tiers",
  autorisation: "Autorisation d’un sous-traitant",
  prolongation: "Demande de prolongation",
  attestation: "Attestation de destruction",
};

/** Bytes of a document, at most. */
const MOST = 10 * 1024 * 1024;

/** What somebody may give in under a convention. */
function offered({ held, operator, manages, mandates }: Sight): string[] {
  const kinds = ["attestation"];
  if (manages) kinds.unshift("convention", "annexe-3", "prolongation");
  if (operator || mandates) {
    if (held.kind === "commune") kinds.unshift("demande-commune");
    if (held.kind === "tiers") kinds.unshift("convention-tiers", "autorisation");
  }
  return kinds;
}

export async function documents(sight: Sight): Promise<Node[]> {
  const path = `/api/conventions/${sight.held.id}/documents`;
  const shown = h("div");
  const draw = async () => {
    const { documents: found } = await api.json<{ documents: Paper[] }>(path);
    const rows = found.map((one) => [
      KINDS[one.kind] ?? one.kind,
      h("a", { href: `/api/documents/${one.id}`, download: one.name }, one.name),
      weight(one.size),
      instant(one.added_at),
      sight.operator
        ? action(
            "Effacer",
            async () => {
              await api.ask("DELETE", `/api/documents/${one.id}`);
              await draw();
            },
            one.name,
          )
        : "",
    ]);
    const columns = ["Document", "Fichier", "Taille", "Joint le", ""];
    fill(shown, table("Documents", columns, rows, "Aucun document."));
  };
  await draw();
  const choices = offered(sight).map((kind): [string, string] => [kind, KINDS[kind] ?? kind]);
  const upload = form(
    "document",
    [
      { id: "kind", label: "Document", choices },
      {
        id: "file",
        label: "Fichier PDF",
        type: "file",
        accept: "application/pdf",
        help: "10 Mio au plus. Il est gardé chiffré, et montré aux seules personnes concernées.",
      },
    ],
    "Joindre",
    async ({ kind = "" }, { file }) => {
      if (!file) return "Choisir un fichier.";
      if (file.size > MOST) return "Ce fichier dépasse 10 Mio.";
      const query = new URLSearchParams({ kind, name: file.name }).toString();
      await api.upload(`${path}?${query}`, file);
      await draw();
      return "Document joint.";
    },
  );
  return [shown, folded("Joindre un document", upload)];
}

function weight(bytes: number): string {
  return bytes < 1024 * 1024
    ? `${Math.ceil(bytes / 1024).toLocaleString("fr-FR")} Kio`
    : `${(bytes / 1024 / 1024).toLocaleString("fr-FR", { maximumFractionDigits: 1 })} Mio`;
}
