import { expect, test } from "vitest";

import { stateToday } from "../src/administration";

const conventions = [
  { id: "a", state: "ouverte" },
  { id: "b", state: "expiree" },
  { id: "c", state: "close" },
  { id: "d", state: "a_venir" },
];

test.each([
  ["actif", "a", "en service"],
  ["actif", "b", "convention expirée"],
  ["valide", "c", "convention close"],
  ["actif", "d", "convention à venir"],
  ["suspendu", "b", "suspendu"],
  ["actif", "inconnue", "en service"],
])("a list says what is true today: %s under %s", (state, convention, expected) => {
  expect(stateToday({ state, convention }, conventions)).toBe(expected);
});
