/** Where the figures of the drawn scale can be had as files. */

import { lowered } from "./controls";
import { fill, h } from "./dom";
import type { ManifestScale } from "./types";

/** Endings of `/export`, and what they are for. */
const FORMATS: [file: string, label: string][] = [
  ["xlsx", "Classeur (.xlsx)"],
  ["csv", "CSV pour tableur français"],
  ["csv?dialect=rfc4180", "CSV pour programmes"],
  ["gpkg", "GeoPackage"],
  ["geojson", "GeoJSON"],
  ["fgb", "FlatGeobuf"],
  ["parquet", "GeoParquet"],
  ["zip", "CSV avec dictionnaire (.zip)"],
];

export class Downloads {
  readonly element = h("details", { class: "downloads" });
  readonly #edition: string;

  constructor(edition: string) {
    this.#edition = encodeURIComponent(edition);
  }

  /** Offers the files of a scale. */
  show(scale: ManifestScale): void {
    const file = (ending: string) =>
      `/export/${this.#edition}/${encodeURIComponent(scale.id)}.${ending}`;
    fill(
      this.element,
      h("summary", {}, `Télécharger : ${lowered(scale.label)}`),
      h(
        "div",
        { class: "files" },
        h(
          "p",
          { class: "small" },
          "Toutes les zones de votre territoire à cette échelle. Chaque export est noté au journal, avec les finalités de votre convention.",
        ),
        h(
          "ul",
          {},
          ...FORMATS.map(([ending, label]) =>
            h("li", {}, h("a", { href: file(ending), download: true }, label)),
          ),
        ),
      ),
    );
  }
}
