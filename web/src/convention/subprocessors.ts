/** Sub-processors of a third party: asked for, and authorised in writing by the EPCI. */

import * as api from "../api";
import { instant } from "../dates";
import { fill, h } from "../dom";
import { form, table } from "../form";
import type { Sight } from "./page";
import { folded } from "./signature";

interface Subprocessor {
  id: string;
  name: string;
  purpose: string;
  asked_at: number;
  authorised: boolean | null;
  reference: string | null;
}

export async function subprocessors({ held, operator, mandates }: Sight): Promise<Node[]> {
  const path = `/api/conventions/${held.id}/subprocessors`;
  const shown = h("div");
  const answers = h("div");
  const draw = async () => {
    const { subprocessors: found } = await api.json<{ subprocessors: Subprocessor[] }>(path);
    const rows = found.map((one) => [one.name, one.purpose, instant(one.asked_at), state(one)]);
    const columns = ["Nom", "Ce qu’il ferait", "Demandé le", "Réponse de l’EPCI"];
    fill(shown, table("Sous-traitants", columns, rows, "Aucun sous-traitant n’est demandé."));
    const waiting = found.filter((one) => one.authorised === null);
    // The operator records nothing here: the authorisation is the EPCI's.
    if (mandates && !operator && waiting.length > 0) fill(answers, answerForm(waiting, draw));
    else fill(answers);
  };
  await draw();
  const ask = form(
    "sous-traitant",
    [
      { id: "name", label: "Nom du sous-traitant" },
      { id: "purpose", label: "Ce qu’il ferait" },
    ],
    "Demander",
    async (values) => {
      await api.ask("POST", path, values);
      await draw();
      return "Demande enregistrée : l’EPCI y répond par écrit.";
    },
  );
  return [shown, answers, folded("Demander un sous-traitant", ask)];
}

function answerForm(waiting: Subprocessor[], draw: () => Promise<void>): HTMLElement {
  return form(
    "sous-traitant-reponse",
    [
      {
        id: "id",
        label: "Sous-traitant à autoriser",
        choices: waiting.map((one) => [one.id, one.name]),
      },
      {
        id: "authorised",
        label: "Réponse",
        choices: [
          ["oui", "Autorisé"],
          ["non", "Refusé"],
        ],
      },
      { id: "reference", label: "Référence de la lettre" },
    ],
    "Enregistrer la réponse",
    async ({ id = "", authorised = "", reference = "" }) => {
      const body = { authorised: authorised === "oui", reference };
      await api.ask("POST", `/api/subprocessors/${id}/answer`, body);
      await draw();
      return "Réponse enregistrée.";
    },
  );
}

function state(one: Subprocessor): string {
  if (one.authorised === null) return "en attente";
  return `${one.authorised ? "autorisé" : "refusé"} (${one.reference ?? ""})`;
}
