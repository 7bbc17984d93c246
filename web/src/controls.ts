/** The choices of the reader: scale, indicator, edition. */

import { fill, h } from "./dom";
import type { ScaleChoice } from "./scales";
import type { Catalogue, Indicator, Manifest, ManifestScale, ScaleId } from "./types";

export interface ControlEvents {
  scale(choice: ScaleChoice): void;
  indicator(id: string): void;
  edition(id: string): void;
}

export class Controls {
  readonly element: HTMLElement;
  readonly #scale: HTMLSelectElement;
  readonly #indicator: HTMLSelectElement;
  readonly #definition = h("p", { class: "small", id: "definition" });
  readonly #auto = h("option", { value: "auto" }, "Automatique, selon le zoom");

  constructor(
    manifest: Manifest,
    editions: Manifest[],
    scales: ManifestScale[],
    catalogue: Catalogue,
    indicators: Indicator[],
    events: ControlEvents,
  ) {
    this.#scale = h(
      "select",
      { id: "echelle", onchange: () => events.scale(this.#scale.value as ScaleChoice) },
      this.#auto,
      ...scales.map((scale) => h("option", { value: scale.id }, scale.label)),
    );
    this.#indicator = h(
      "select",
      {
        id: "indicateur",
        "aria-describedby": "definition",
        onchange: () => events.indicator(this.#indicator.value),
      },
      ...catalogue.families.map((family) => {
        const options = indicators
          .filter((indicator) => indicator.family === family.id)
          .map((indicator) => h("option", { value: indicator.id }, indicator.label));
        return options.length > 0 ? h("optgroup", { label: family.label }, ...options) : null;
      }),
    );
    this.element = h(
      "form",
      {
        class: "controls",
        "aria-label": "Choix de la carte",
        onsubmit: (event) => event.preventDefault(),
      },
      h(
        "div",
        { class: "field" },
        h("label", { for: "indicateur" }, "Indicateur"),
        this.#indicator,
        this.#definition,
      ),
      h("div", { class: "field" }, h("label", { for: "echelle" }, "Échelle"), this.#scale),
      editions.length > 1 ? this.#editions(manifest, editions, events) : null,
    );
  }

  /** Shows the choices in force. */
  set(choice: ScaleChoice, drawn: ManifestScale, indicator: Indicator): void {
    this.#scale.value = choice;
    this.#indicator.value = indicator.id;
    const automatic =
      choice === "auto" ? `Automatique : ${lowered(drawn.label)}` : "Automatique, selon le zoom";
    if (this.#auto.textContent !== automatic) this.#auto.textContent = automatic;
    fill(this.#definition, indicator.definition);
  }

  #editions(manifest: Manifest, editions: Manifest[], events: ControlEvents): HTMLElement {
    const select = h(
      "select",
      { id: "edition", onchange: () => events.edition(select.value) },
      ...editions.map((edition) =>
        h(
          "option",
          { value: edition.id, selected: edition.id === manifest.id },
          editionName(edition),
        ),
      ),
    );
    return h("div", { class: "field" }, h("label", { for: "edition" }, "Édition"), select);
  }
}

/** How an edition is called. */
export function editionName(edition: Manifest): string {
  return `Millésime ${edition.vintage}, révision ${edition.revision}`;
}

/** The label of a scale within a sentence. */
export function lowered(label: string): string {
  return label.charAt(0).toLocaleLowerCase("fr") + label.slice(1);
}

/** The label of a scale. */
export function scaleLabel(scales: ManifestScale[], id: ScaleId): string {
  return scales.find((scale) => scale.id === id)?.label ?? id;
}
