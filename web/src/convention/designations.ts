/** Annex 3: the local administrator and the deputy, and the form that names them. */

import * as api from "../api";
import { fill, h } from "../dom";
import { form, table } from "../form";
import type { Sight } from "./page";
import { folded } from "./signature";

interface Designation {
  account: string;
  role: string;
  name: string | null;
  email: string;
  telephone: string | null;
  signed_on: string | null;
  representative: string | null;
}

const ROLES: Record<string, string> = {
  administrateur: "Administrateur local",
  suppleant: "Suppléant",
};

export async function designations({ held, operator }: Sight): Promise<Node[]> {
  const shown = h("div");
  const draw = async (): Promise<Designation[]> => {
    const found = await api.json<{ designations: Designation[] }>(
      `/api/conventions/${held.id}/designations`,
    );
    const rows = found.designations.map((one) => [
      ROLES[one.role] ?? one.role,
      one.name ?? "",
      one.email,
      one.telephone ?? "",
      one.signed_on ? `${one.signed_on}, par ${one.representative ?? ""}` : "annexe à enregistrer",
    ]);
    const columns = ["Rôle", "Nom", "Adresse", "Téléphone", "Désigné le"];
    fill(shown, table("Administrateurs", columns, rows, "Personne n’est encore désigné."));
    return found.designations;
  };
  const found = await draw();
  const print = h(
    "p",
    {},
    h(
      "a",
      { href: `/api/conventions/${held.id}/annexe-3`, target: "_blank", rel: "noopener" },
      "Formulaire de l’annexe 3, à imprimer (nouvelle fenêtre)",
    ),
  );
  if (!operator || found.length === 0) return [shown, print];
  const choices = found.map((one): [string, string] => [one.account, one.name ?? one.email]);
  const record = form(
    "designation",
    [
      { id: "account", label: "Personne désignée", choices },
      { id: "telephone", label: "Téléphone", type: "tel" },
      { id: "signed_on", label: "Signée le", type: "date" },
      { id: "representative", label: "Par le représentant de l’organisme" },
    ],
    "Enregistrer l’annexe 3",
    async (values) => {
      await api.ask("PUT", "/api/designations", values);
      await draw();
      return "Annexe 3 enregistrée.";
    },
  );
  return [shown, print, folded("Enregistrer l’annexe 3 signée", record)];
}
