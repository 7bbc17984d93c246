/** The links to the public pages, at the foot of every page. */

import { h } from "./dom";

/** The addresses of the pages, and their titles. */
export const LEGAL: readonly [string, string][] = [
  ["mentions-legales", "Mentions légales"],
  ["donnees-personnelles", "Données personnelles"],
  ["accessibilite", "Accessibilité"],
];

/** The foot of a page. */
export function legalLinks(): HTMLElement {
  return h(
    "nav",
    { class: "links legal", "aria-label": "Informations légales" },
    h("a", { href: "/aide" }, "Aide"),
    ...LEGAL.map(([name, title]) => h("a", { href: `/${name}` }, title)),
  );
}
