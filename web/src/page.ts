/** A page of text, forms and tables, instead of the map. */

import { fill, h } from "./dom";
import { legalLinks } from "./legal-links";

/** The page with its title and the way back to the map. */
export function pageFrame(
  title: string,
  back: () => void,
  ...children: (Node | null)[]
): HTMLElement {
  const way = h(
    "button",
    { type: "button", class: "secondary", onclick: back },
    "Revenir à la carte",
  );
  return framed(title, way, children);
}

/** Shows a page that anybody may read, without an account. */
export function publicPage(root: HTMLElement, title: string, ...children: Node[]): void {
  document.title = `${title} – Seuil`;
  fill(root, framed(title, h("a", { href: "/" }, "Aller à la carte"), children));
}

function framed(title: string, way: HTMLElement, children: (Node | null)[]): HTMLElement {
  return h(
    "div",
    { class: "pages" },
    h(
      "header",
      { class: "top" },
      h("p", { class: "brand" }, "Seuil"),
      h("p", { class: "title" }, "Occupation du parc social"),
      h("div", { class: "who" }, way),
    ),
    h("main", { class: "page", id: "contenu" }, h("h1", { tabindex: "-1" }, title), ...children),
    h("footer", { class: "foot" }, legalLinks()),
  );
}
