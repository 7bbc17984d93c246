/** A page of text, forms and tables, instead of the map. */

import { h } from "./dom";
import { legalLinks } from "./legal-links";

/** The page with its title and the way back to the map. */
export function pageFrame(
  title: string,
  back: () => void,
  ...children: (Node | null)[]
): HTMLElement {
  return h(
    "div",
    { class: "pages" },
    h(
      "header",
      { class: "top" },
      h("p", { class: "brand" }, "Seuil"),
      h("p", { class: "title" }, "Occupation du parc social"),
      h(
        "div",
        { class: "who" },
        h("button", { type: "button", class: "secondary", onclick: back }, "Revenir à la carte"),
      ),
    ),
    h("main", { class: "page", id: "contenu" }, h("h1", { tabindex: "-1" }, title), ...children),
    h("footer", { class: "foot" }, legalLinks()),
  );
}
