/** The portrait of a chosen zone: every figure, with its base and its source. */

import { lowered } from "./controls";
import { fill, h } from "./dom";
import { read } from "./reading";
import type { Reading } from "./reading";
import type { Catalogue, Indicator, Manifest, ManifestScale, ZoneColumns } from "./types";
import { base, offered, responseRate, words } from "./words";

export class Panel {
  readonly element = h("aside", {
    class: "panel",
    id: "portrait",
    "aria-labelledby": "portrait-title",
    hidden: true,
  });
  readonly #close: () => void;

  constructor(close: () => void) {
    this.#close = close;
    this.element.addEventListener("keydown", (event) => {
      if (event.key === "Escape") close();
    });
  }

  /** Shows a zone; moves the focus to its name when it was chosen with the keyboard. */
  show(
    zone: ZoneColumns,
    scale: ManifestScale,
    chosen: Indicator,
    indicators: Indicator[],
    catalogue: Catalogue,
    manifest: Manifest,
    focus: boolean,
  ): void {
    const title = h("h2", { id: "portrait-title", tabindex: "-1" }, zone.name);
    const families = catalogue.families.flatMap((family) => {
      const members = indicators.filter((indicator) => indicator.family === family.id);
      return members.length > 0 ? [table(family.label, members, zone, catalogue, manifest)] : [];
    });
    fill(
      this.element,
      h(
        "header",
        {},
        h("p", { class: "eyebrow" }, `${scale.label} · ${zone.code}`),
        title,
        h(
          "button",
          {
            type: "button",
            class: "close",
            "aria-label": "Fermer le portrait",
            onclick: this.#close,
          },
          "×",
        ),
      ),
      headline(zone, chosen, catalogue, manifest),
      h("div", { class: "families" }, ...families),
      h(
        "p",
        { class: "small" },
        `Édition ${manifest.id} (millésime ${manifest.vintage}, révision ${manifest.revision}). ${manifest.attribution}`,
      ),
    );
    this.element.hidden = false;
    if (focus) title.focus();
    // On a narrow screen the portrait stands below the map.
    if (matchMedia("(max-width: 760px)").matches) this.element.scrollIntoView({ block: "start" });
  }

  /** Shows nothing. */
  hide(): void {
    this.element.hidden = true;
    fill(this.element);
  }
}

function headline(
  zone: ZoneColumns,
  indicator: Indicator,
  catalogue: Catalogue,
  manifest: Manifest,
): HTMLElement {
  const reading = read(zone.columns, indicator, zone.scale, catalogue);
  const rate = responseRate(zone.columns, zone.scale, catalogue);
  const line = (name: string, value: string) => [h("dt", {}, name), h("dd", {}, value)];
  return h(
    "section",
    { class: "headline", "aria-label": indicator.label },
    h("p", { class: `figure ${reading.kind}` }, words(reading, indicator, manifest.scales)),
    h("p", { class: "figure-name" }, indicator.label),
    h("p", { class: "small" }, `${indicator.definition}.`.replace(/\.\.$/, ".")),
    h(
      "dl",
      {},
      ...line("Base", base(zone.columns, indicator, zone.scale, catalogue)),
      ...(rate === undefined ? [] : line("Taux de réponse", rate)),
      ...line("Source", `${indicator.source}, millésime ${manifest.vintage}`),
      ...line("Édition", manifest.id),
    ),
  );
}

function table(
  label: string,
  indicators: Indicator[],
  zone: ZoneColumns,
  catalogue: Catalogue,
  manifest: Manifest,
): HTMLElement {
  const readings = indicators.map((indicator) =>
    read(zone.columns, indicator, zone.scale, catalogue),
  );
  const first = readings[0];
  // A family that this scale does not offer says so once.
  if (first?.kind === "wider" && readings.every(({ kind }) => kind === "wider"))
    return h(
      "table",
      {},
      h("caption", {}, label),
      h(
        "tbody",
        {},
        h("tr", {}, h("td", { class: "wider" }, offered(first.from, manifest.scales))),
      ),
    );
  return h(
    "table",
    {},
    h("caption", {}, label),
    h(
      "thead",
      {},
      h(
        "tr",
        {},
        h("th", { scope: "col" }, "Indicateur"),
        h("th", { scope: "col", class: "number" }, "Valeur"),
        h("th", { scope: "col", class: "number" }, "Base"),
      ),
    ),
    h(
      "tbody",
      {},
      ...indicators.map((indicator, index) =>
        h(
          "tr",
          {},
          h(
            "th",
            { scope: "row" },
            indicator.label,
            h("span", { class: "source" }, ` ${indicator.source}`),
          ),
          ...cells(readings[index] ?? { kind: "secret" }, indicator, zone, catalogue, manifest),
        ),
      ),
    ),
  );
}

/** The value of an indicator and its base, or from which scale on there is one. */
function cells(
  reading: Reading,
  indicator: Indicator,
  zone: ZoneColumns,
  catalogue: Catalogue,
  manifest: Manifest,
): HTMLElement[] {
  const text = words(reading, indicator, manifest.scales);
  if (reading.kind === "wider") return [h("td", { class: "wider", colspan: "2" }, text)];
  return [
    h("td", { class: `number ${reading.kind}` }, text),
    h("td", { class: "number base" }, base(zone.columns, indicator, zone.scale, catalogue)),
  ];
}

/** What a screen reader hears when a zone is chosen. */
export function announcement(
  zone: ZoneColumns,
  scale: ManifestScale,
  indicator: Indicator,
  catalogue: Catalogue,
): string {
  const reading = read(zone.columns, indicator, zone.scale, catalogue);
  return `${zone.name}, ${lowered(scale.label)} : ${indicator.label}, ${words(reading, indicator)}.`;
}
