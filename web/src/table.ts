/** The table that says what the map says: every zone of the drawn scale with the drawn indicator. */

import { lowered } from "./controls";
import { fill, h } from "./dom";
import { count, symbol } from "./format";
import { pageOf, sorted } from "./order";
import type { Order } from "./order";
import { read } from "./reading";
import { SORTED } from "./rows";
import type { Row } from "./rows";
import type { Catalogue, Indicator, ManifestScale, ZoneColumns } from "./types";
import { base, words } from "./words";

export interface TableView {
  /** Those that are there, by code. */
  rows: readonly Row[];
  /** How many there are; `undefined` until that is known. */
  total: number | undefined;
  /** Whether the table may put them in another order. */
  sortable: boolean;
  /** Whether all of them are there. */
  complete: boolean;
  loading: boolean;
  scale: ManifestScale;
  indicator: Indicator;
  catalogue: Catalogue;
  selected: string | undefined;
}

export interface TableEvents {
  choose(row: Row): void;
  /** The table is about to show rows up to this one. */
  reach(count: number): void;
}

/** The zones of a page. */
const PAGE = 100;

export class ZoneTable {
  readonly element: HTMLElement;
  readonly #events: TableEvents;
  readonly #body = h("div", { class: "body" });
  readonly #before: HTMLElement;
  readonly #after: HTMLElement;
  readonly #where = h("span", { role: "status" });
  readonly #pages: HTMLElement;
  #order: Order = "name";
  #page = 0;
  #view: TableView | undefined;
  /** The rows in the order of the table. */
  #rows: readonly Row[] = [];

  constructor(events: TableEvents) {
    this.#events = events;
    this.#before = this.#step("Page précédente", -1);
    this.#after = this.#step("Page suivante", 1);
    this.#pages = h(
      "nav",
      { class: "turns", "aria-label": "Pages du tableau", hidden: true },
      this.#before,
      this.#where,
      this.#after,
    );
    this.element = h(
      "section",
      { class: "table", id: "tableau", "aria-labelledby": "table-title", tabindex: "-1" },
      h("h2", { id: "table-title" }, "Tableau des zones"),
      this.#body,
      this.#pages,
    );
  }

  /** Writes the table, where it says something else than before. */
  show(view: TableView): void {
    const last = this.#view;
    if (last && Object.keys(view).every((key) => same(view, last, key as keyof TableView))) return;
    this.#view = view;
    if (last?.scale.id !== view.scale.id) this.#page = 0;
    this.#sort();
    if (view.selected !== undefined && view.selected !== last?.selected)
      this.#turnTo(view.selected);
    this.#write();
  }

  #sort(): void {
    const view = this.#view;
    if (!view) return;
    const { rows, sortable, complete, indicator, catalogue } = view;
    const value = (zone: ZoneColumns) => {
      const reading = read(zone.columns, indicator, zone.scale, catalogue);
      return reading.kind === "value" ? reading.value : undefined;
    };
    this.#rows = sortable && complete ? sorted(rows, this.#order, value) : rows;
  }

  /** The page that a zone is on, where it is here. */
  #turnTo(code: string): void {
    const page = pageOf(this.#rows, code, PAGE);
    if (page !== undefined) this.#page = page;
  }

  /** Focus stays on the same zone or column when it was in the table. */
  #write(): void {
    const view = this.#view;
    if (!view) return;
    const active = document.activeElement;
    const held =
      active instanceof HTMLElement && this.#body.contains(active)
        ? active.dataset["key"]
        : undefined;
    fill(this.#body, ...this.#content(view));
    if (held !== undefined)
      this.#body.querySelector<HTMLElement>(`[data-key="${CSS.escape(held)}"]`)?.focus();
    const pages = Math.max(1, Math.ceil((view.total ?? 0) / PAGE));
    this.#pages.hidden = pages === 1;
    const where = `Page ${count(this.#page + 1)} sur ${count(pages)}`;
    if (this.#where.textContent !== where) fill(this.#where, where);
    this.#before.setAttribute("aria-disabled", String(this.#page === 0));
    this.#after.setAttribute("aria-disabled", String(this.#page + 1 >= pages));
  }

  #content(view: TableView): (HTMLElement | null)[] {
    const { total, sortable, complete, loading, scale, indicator } = view;
    const called = lowered(scale.label);
    if (total === 0)
      return [h("p", {}, `Aucune zone de l’échelle «\u00a0${called}\u00a0» de votre territoire.`)];
    const first = this.#page * PAGE;
    const page = this.#rows.slice(first, first + PAGE);
    // Zones in another order than they come in are shown once the last is here.
    if (total === undefined || page.length === 0 || (sortable && !complete)) {
      const here = total === undefined ? "" : ` ${count(view.rows.length)} sur ${count(total)}`;
      const said = `Chargement des zones…${here}`;
      const late = "Le service ne répond pas : le tableau n’est pas complet.";
      return [h("p", { role: "status" }, loading ? said : late)];
    }
    const about = `${indicator.label} (${symbol(indicator.unit)}), ${called}`;
    const extent = total > PAGE ? `, de ${count(first + 1)} à ${count(first + page.length)}` : "";
    const zones = `${count(total)} ${total > 1 ? "zones" : "zone"} de votre territoire`;
    return [
      sortable
        ? null
        : h(
            "p",
            { class: "small" },
            `Au-delà de ${count(SORTED)} zones le tableau suit les codes ; un fichier les donne toutes (Télécharger).`,
          ),
      h(
        "div",
        { class: "scroll", role: "region", "aria-labelledby": "table-title", tabindex: "0" },
        h(
          "table",
          {},
          h("caption", {}, `${about} : ${zones}${extent}`),
          this.#head(sortable),
          h("tbody", {}, ...page.map((row) => this.#row(row, view))),
        ),
      ),
    ];
  }

  #step(label: string, by: number): HTMLElement {
    const onclick = () => {
      const pages = Math.ceil((this.#view?.total ?? 0) / PAGE);
      const next = this.#page + by;
      if (next < 0 || next >= pages) return;
      this.#page = next;
      this.#events.reach((next + 1) * PAGE);
      this.#write();
    };
    return h("button", { type: "button", class: "secondary", onclick }, label);
  }

  #head(sortable: boolean): HTMLElement {
    const byValue =
      this.#order === "name" ? "none" : this.#order === "rising" ? "ascending" : "descending";
    const sort = (key: string, label: string, next: Order) =>
      sortable
        ? h(
            "button",
            {
              type: "button",
              "data-key": `:${key}`,
              onclick: () => {
                this.#order = next;
                this.#page = 0;
                this.#sort();
                this.#write();
              },
            },
            label,
          )
        : label;
    const by = (order: string) => (sortable ? { "aria-sort": order } : {});
    return h(
      "thead",
      {},
      h(
        "tr",
        {},
        h(
          "th",
          { scope: "col", ...by(this.#order === "name" ? "ascending" : "none") },
          sort("nom", "Zone", "name"),
        ),
        h("th", { scope: "col" }, "Code"),
        h(
          "th",
          { scope: "col", class: "number", ...by(byValue) },
          sort("valeur", "Valeur", this.#order === "falling" ? "rising" : "falling"),
        ),
        h("th", { scope: "col", class: "number" }, "Base"),
      ),
    );
  }

  #row(row: Row, { indicator, catalogue, selected }: TableView): HTMLElement {
    const reading = read(row.columns, indicator, row.scale, catalogue);
    const name = h(
      "button",
      {
        type: "button",
        class: "link",
        "data-key": row.code,
        "aria-pressed": String(row.code === selected),
        onclick: () => this.#events.choose(row),
      },
      row.name,
    );
    return h(
      "tr",
      row.code === selected ? { class: "selected" } : {},
      h("th", { scope: "row" }, name),
      h("td", { class: "code" }, row.code),
      h("td", { class: `number ${reading.kind}` }, words(reading, indicator)),
      h("td", { class: "number base" }, base(row.columns, indicator, row.scale, catalogue)),
    );
  }
}

function same(one: TableView, other: TableView, key: keyof TableView): boolean {
  return one[key] === other[key];
}
