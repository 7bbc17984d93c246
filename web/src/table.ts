/** The table that says what the map says: the zones in view with the drawn indicator. */

import { lowered } from "./controls";
import { fill, h } from "./dom";
import { count, symbol } from "./format";
import { read } from "./reading";
import type { Catalogue, Indicator, ManifestScale, ZoneColumns } from "./types";
import { base, words } from "./words";

export interface TableView {
  zones: ZoneColumns[];
  complete: boolean;
  /** Where these zones are, as a sentence ends. */
  place: string;
  scale: ManifestScale;
  indicator: Indicator;
  catalogue: Catalogue;
  selected: string | undefined;
}

type Order = "name" | "rising" | "falling";

export class ZoneTable {
  readonly element = h("section", {
    class: "table",
    id: "tableau",
    "aria-labelledby": "table-title",
    tabindex: "-1",
  });
  readonly #choose: (zone: ZoneColumns) => void;
  #order: Order = "name";
  #view: TableView | undefined;

  constructor(choose: (zone: ZoneColumns) => void) {
    this.#choose = choose;
  }

  /** Writes the table. Focus stays on the same zone or column when it was in the table. */
  show(view: TableView): void {
    this.#view = view;
    const held =
      document.activeElement instanceof HTMLElement && this.element.contains(document.activeElement)
        ? document.activeElement.dataset["key"]
        : undefined;
    const { zones, scale, indicator, place } = view;
    const shown = view.complete ? count(zones.length) : `${count(zones.length)} premières`;
    fill(
      this.element,
      h("h2", { id: "table-title" }, "Tableau des zones affichées"),
      zones.length === 0
        ? h("p", {}, `Aucune zone de cette échelle ${place}.`)
        : h(
            "div",
            { class: "scroll", role: "region", "aria-labelledby": "table-title", tabindex: "0" },
            h(
              "table",
              {},
              h(
                "caption",
                {},
                `${indicator.label} (${symbol(indicator.unit)}), ${lowered(scale.label)} : ${shown} zones ${place}`,
              ),
              this.#head(),
              h("tbody", {}, ...this.#sorted(view).map((zone) => this.#row(zone, view))),
            ),
          ),
    );
    if (held !== undefined)
      this.element.querySelector<HTMLElement>(`[data-key="${CSS.escape(held)}"]`)?.focus();
  }

  #head(): HTMLElement {
    const byValue =
      this.#order === "name" ? "none" : this.#order === "rising" ? "ascending" : "descending";
    const sort = (key: string, label: string, next: Order) =>
      h(
        "button",
        {
          type: "button",
          "data-key": `:${key}`,
          onclick: () => {
            this.#order = next;
            if (this.#view) this.show(this.#view);
          },
        },
        label,
      );
    return h(
      "thead",
      {},
      h(
        "tr",
        {},
        h(
          "th",
          { scope: "col", "aria-sort": this.#order === "name" ? "ascending" : "none" },
          sort("nom", "Zone", "name"),
        ),
        h("th", { scope: "col" }, "Code"),
        h(
          "th",
          { scope: "col", class: "number", "aria-sort": byValue },
          sort("valeur", "Valeur", this.#order === "falling" ? "rising" : "falling"),
        ),
        h("th", { scope: "col", class: "number" }, "Base"),
      ),
    );
  }

  #row(zone: ZoneColumns, { indicator, catalogue, selected }: TableView): HTMLElement {
    const reading = read(zone.columns, indicator, zone.scale, catalogue);
    const name = h(
      "button",
      {
        type: "button",
        class: "link",
        "data-key": zone.code,
        "aria-pressed": String(zone.code === selected),
        onclick: () => this.#choose(zone),
      },
      zone.name,
    );
    return h(
      "tr",
      zone.code === selected ? { class: "selected" } : {},
      h("th", { scope: "row" }, name),
      h("td", { class: "code" }, zone.code),
      h("td", { class: `number ${reading.kind}` }, words(reading, indicator)),
      h("td", { class: "number base" }, base(zone.columns, indicator, zone.scale, catalogue)),
    );
  }

  #sorted({ zones, indicator, catalogue }: TableView): ZoneColumns[] {
    if (this.#order === "name") return zones;
    const sign = this.#order === "rising" ? 1 : -1;
    // Zones without a value come last in both orders.
    const rank = (zone: ZoneColumns) => {
      const reading = read(zone.columns, indicator, zone.scale, catalogue);
      return reading.kind === "value" ? sign * reading.value : Number.POSITIVE_INFINITY;
    };
    return zones
      .map((zone) => ({ zone, key: rank(zone) }))
      .sort((a, b) => (a.key === b.key ? 0 : a.key - b.key))
      .map(({ zone }) => zone);
  }
}
