/** What the journal holds of an account between two days. */

import * as api from "./api";
import { day, instant } from "./dates";
import { fill, h } from "./dom";
import { form, table } from "./form";
import type { Field } from "./form";

interface Entry {
  seq: number;
  at: number;
  kind: string;
  detail: string;
}

/** Rows shown at once; the file holds all of them. */
const SHOWN = 500;

/** A question to the journal: about oneself, or about the address that is asked for. */
export function journal(others = false): HTMLElement {
  const found = h("div", { role: "status" });
  const today = day(new Date());
  const fields: Field[] = [
    { id: "from", label: "Du", type: "date", value: `${today.slice(0, 8)}01` },
    { id: "to", label: "Au", type: "date", value: today },
  ];
  if (others) fields.unshift({ id: "account", label: "Adresse du compte", type: "email" });
  const name = others ? "journal-compte" : "journal";
  const ask = form(name, fields, "Consulter", async ({ account = "", from = "", to = "" }) => {
    const query = new URLSearchParams({ ...(account ? { account } : {}), from, to });
    const { entries } = await api.json<{ entries: Entry[] }>(`/api/journal?${query.toString()}`);
    query.set("format", "csv");
    const rows = entries
      .slice(-SHOWN)
      .reverse()
      .map((entry) => [instant(entry.at), entry.kind, entry.detail]);
    fill(
      found,
      table("Journal", ["Instant", "Événement", "Détail"], rows, "Rien entre ces deux jours."),
      entries.length > 0
        ? h(
            "a",
            { href: `/api/journal?${query.toString()}`, download: "journal.csv" },
            "Tout enregistrer (CSV)",
          )
        : null,
    );
    return entries.length > SHOWN ? `Les ${SHOWN} dernières entrées sur ${entries.length}.` : "";
  });
  return h("div", {}, ask, found);
}
