/** The follow-up committee: its members, and what it was consulted on. */

import * as api from "../api";
import { day, instant } from "../dates";
import { fill, h } from "../dom";
import { action, form, table } from "../form";
import type { Sight } from "./page";
import { folded } from "./signature";

interface Committee {
  members: {
    id: string;
    seat: string;
    organisation: string;
    representative: string | null;
    since: number;
    left_at: number | null;
  }[];
  consultations: {
    id: string;
    stage: string;
    subject: string;
    held_on: string;
    opinion: string;
  }[];
}

const SEATS: [string, string][] = [
  ["bailleur", "Bailleur présent sur le territoire"],
  ["association", "Association de bailleurs"],
  ["epci", "EPCI"],
  ["tiers", "Tiers mandaté"],
];

const STAGES: [string, string][] = [
  ["etape", "Étape des travaux"],
  ["analyse", "Analyse"],
  ["publication", "Publication"],
];

export async function committee({ held, manages }: Sight): Promise<Node[]> {
  const path = `/api/conventions/${held.id}/committee`;
  const members = h("div");
  const consultations = h("div");
  const draw = async () => {
    const found = await api.json<Committee>(path);
    const words = (list: [string, string][], id: string) =>
      list.find(([one]) => one === id)?.[1] ?? id;
    const rows = found.members.map((one) => [
      one.organisation,
      words(SEATS, one.seat),
      one.representative ?? "",
      one.left_at ? `jusqu’au ${instant(one.left_at)}` : `depuis le ${instant(one.since)}`,
      manages && !one.left_at
        ? action(
            "Enregistrer le départ",
            async () => {
              await api.ask("DELETE", `/api/committee/members/${one.id}`);
              await draw();
            },
            one.organisation,
          )
        : "",
    ]);
    const columns = ["Organisme", "Qualité", "Représentant", "Présence", ""];
    fill(members, table("Membres", columns, rows, "Aucun membre n’est enregistré."));
    const consulted = found.consultations.map((one) => [
      one.subject,
      words(STAGES, one.stage),
      one.held_on,
      one.opinion,
    ]);
    const heads = ["Sujet", "Objet", "Date", "Avis"];
    fill(
      consultations,
      table("Consultations", heads, consulted, "Aucune consultation n’est enregistrée."),
    );
  };
  await draw();
  const shown = [
    h("h3", {}, "Membres"),
    members,
    h("h3", {}, "Consultations sur les travaux et les publications"),
    consultations,
  ];
  if (!manages) return shown;
  const join = form(
    "comite-membre",
    [
      { id: "seat", label: "Qualité", choices: SEATS },
      { id: "organisation", label: "Organisme" },
      { id: "representative", label: "Représentant", optional: true },
    ],
    "Ajouter au comité",
    async ({ seat = "", organisation = "", representative = "" }) => {
      const body = { seat, organisation, ...(representative ? { representative } : {}) };
      await api.ask("POST", `${path}/members`, body);
      await draw();
      return "Membre ajouté.";
    },
  );
  const consult = form(
    "comite-consultation",
    [
      { id: "stage", label: "Objet", choices: STAGES },
      { id: "subject", label: "Analyse ou publication" },
      { id: "held_on", label: "Date", type: "date", value: day(new Date()) },
      { id: "opinion", label: "Avis du comité" },
    ],
    "Enregistrer la consultation",
    async (values) => {
      await api.ask("POST", `${path}/consultations`, values);
      await draw();
      return "Consultation enregistrée.";
    },
  );
  return [
    ...shown,
    folded("Ajouter un membre", join),
    folded("Enregistrer une consultation", consult),
  ];
}
