/** The legend of the drawn indicator. */

import { EXTREME, NOT_APPLICABLE, legend } from "./classes";
import { fill, h, swatch } from "./dom";
import { symbol } from "./format";
import { finest } from "./scales";
import type { Catalogue, Indicator, Manifest } from "./types";
import { offered } from "./words";

/** Writes the legend into `root`. */
export function drawLegend(
  root: HTMLElement,
  indicator: Indicator,
  catalogue: Catalogue,
  manifest: Manifest,
): void {
  const from = finest(indicator, catalogue);
  const lines = legend(manifest.classes[indicator.id], indicator.unit, indicator.family);
  const family = catalogue.families.find(({ id }) => id === indicator.family);
  const kept = family?.extremes !== undefined;
  fill(
    root,
    h("h2", { id: "legend-title" }, "Légende"),
    h("p", { class: "legend-name" }, `${indicator.label} (${symbol(indicator.unit)})`),
    h(
      "ul",
      { class: "legend", "aria-labelledby": "legend-title" },
      ...lines.map((line) => h("li", {}, swatch(line.color), line.label)),
      kept && h("li", {}, swatch(EXTREME), "Au plus 2, tous sauf 2 au plus, ou non détaillé"),
      h("li", {}, h("span", { class: "swatch hatched", "aria-hidden": "true" }), "Secret"),
      h("li", {}, swatch(NOT_APPLICABLE), "Sans logement ou sans objet"),
    ),
    from === undefined
      ? null
      : h("p", { class: "small", id: "offre" }, `Indicateur ${offered(from, manifest.scales)}.`),
    h(
      "p",
      { class: "small" },
      `Un chiffre secret n’est pas nul : il n’est pas montré. Aucun chiffre de l’enquête ne décrit moins de ${manifest.threshold} ménages.`,
    ),
  );
}
