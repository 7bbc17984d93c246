/** Breaches of personal data: declared, their 24 hours, the file, the notification. */

import * as api from "../api";
import { day, instant } from "../dates";
import { fill, h } from "../dom";
import { action, form, table } from "../form";
import type { Sight } from "./page";
import { folded } from "./signature";

interface Breach {
  id: string;
  convention: string;
  known_at: number;
  due_at: number;
  declared_at: number;
  late: boolean;
  from: string;
  to: string;
  description: string;
  notified_at: number | null;
  notification: string | null;
}

interface Line {
  account: string;
  kind: string;
  edition: string;
  scale: string;
  communes: string[];
  first: number;
  last: number;
}

export async function breaches({ held, manages }: Sight): Promise<Node[]> {
  const shown = h("div");
  const file = h("div", { role: "status" });
  const notify = h("div");
  const draw = async () => {
    const { breaches: found } = await api.json<{ breaches: Breach[] }>("/api/breaches");
    const own = found.filter((one) => one.convention === held.id);
    const rows = own.map((one) => [
      one.description,
      `${one.from} à ${one.to}`,
      instant(one.known_at),
      `${instant(one.declared_at)}${one.late ? ", en retard" : ""}`,
      one.notified_at ? `${instant(one.notified_at)} : ${one.notification ?? ""}` : "à enregistrer",
      manages ? action("Voir le dossier", () => show(file, one), one.description) : "",
    ]);
    const columns = [
      "Violation",
      "Jours concernés",
      "Connue le",
      "Déclarée le",
      "Notification",
      "",
    ];
    fill(shown, table("Violations", columns, rows, "Aucune violation n’est déclarée."));
    const waiting = own.filter((one) => one.notified_at === null);
    fill(notify, manages && waiting.length > 0 ? notificationForm(waiting, draw) : null);
  };
  await draw();
  const today = day(new Date());
  const declare = form(
    "violation",
    [
      {
        id: "known_at",
        label: "Connue le (jour et heure)",
        type: "datetime-local",
        help: "L’EPCI en reçoit la lettre aussitôt ; il doit être averti dans les 24 heures.",
      },
      { id: "from", label: "Premier jour concerné", type: "date", value: today },
      { id: "to", label: "Dernier jour concerné", type: "date", value: today },
      { id: "description", label: "Ce qui s’est passé, sans donnée personnelle" },
    ],
    "Déclarer",
    async ({ known_at = "", ...rest }) => {
      // The field holds the local time of the browser.
      const instant = new Date(known_at).toISOString();
      await api.ask("POST", "/api/breaches", { convention: held.id, known_at: instant, ...rest });
      await draw();
      return "Violation déclarée : l’EPCI et ses administrateurs sont avertis.";
    },
  );
  return [shown, file, notify, folded("Déclarer une violation", declare)];
}

async function show(place: HTMLElement, breach: Breach): Promise<void> {
  const { lines } = await api.json<{ lines: Line[] }>(`/api/breaches/${breach.id}/file`);
  const rows = lines.map((line) => [
    line.account,
    line.kind,
    `${line.edition}, ${line.scale}`,
    line.communes.join(" "),
    `${instant(line.first)} – ${instant(line.last)}`,
  ]);
  const columns = ["Compte", "Événement", "Édition et échelle", "Communes", "Période"];
  const none = "Rien n’a été consulté ni exporté ces jours-là.";
  fill(
    place,
    h("h3", {}, `Dossier : ${breach.description}`),
    table("Dossier de la violation", columns, rows, none),
  );
}

function notificationForm(waiting: Breach[], draw: () => Promise<void>): HTMLElement {
  return form(
    "notification",
    [
      {
        id: "id",
        label: "Violation à notifier",
        choices: waiting.map((one) => [one.id, one.description]),
      },
      { id: "how", label: "Comment elle a été notifiée à la CNIL, ou pourquoi elle ne l’est pas" },
    ],
    "Enregistrer la notification",
    async ({ id = "", how = "" }) => {
      await api.ask("POST", `/api/breaches/${id}/notification`, { how });
      await draw();
      return "Notification enregistrée.";
    },
  );
}
