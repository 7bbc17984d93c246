import { expect, test } from "vitest";

import { links } from "../src/text";

test("addresses of the web and of mail are links, and nothing else is", () => {
  expect(links("Écrire à dpo@agglo-essai.fr.")).toEqual([
    { text: "Écrire à " },
    { text: "dpo@agglo-essai.fr", href: "mailto:dpo@agglo-essai.fr" },
    { text: "." },
  ]);
  expect(links("voir https://www.cnil.fr/plaintes, puis")).toEqual([
    { text: "voir " },
    { text: "https://www.cnil.fr/plaintes", href: "https://www.cnil.fr/plaintes" },
    { text: ", puis" },
  ]);
  for (const text of [
    "javascript:alert(1)",
    "http://exemple.fr",
    "<a href='x'>x</a>",
    "data:text/html,x",
    "",
  ]) {
    expect(links(text).every(({ href }) => href === undefined)).toBe(true);
  }
});
