import { expect, test } from "vitest";

import { NOT_APPLICABLE, bounds, legend, ramp, zero } from "../src/classes";

const labels = (given: number[] | undefined) =>
  legend(given, "pourcent", "ressources").map((line) => line.label.replace(/[\u00a0\u202f]/g, " "));

test("four bounds make five classes beside zero, and a bound belongs below", () => {
  expect(labels([10, 20, 30, 40.5])).toEqual([
    "0 %",
    "Jusqu’à 10,0 %",
    "Plus de 10,0 à 20,0 %",
    "Plus de 20,0 à 30,0 %",
    "Plus de 30,0 à 40,5 %",
    "Plus de 40,5 %",
  ]);
});

test("fewer bounds make fewer classes, no bound makes one, whole bounds have no decimals", () => {
  expect(labels([12])).toEqual(["0 %", "Jusqu’à 12 %", "Plus de 12 %"]);
  expect(labels(undefined)).toEqual(["0 %", "Valeur publiée"]);
});

test("bounds that do not rise are dropped", () => {
  expect(bounds([5, 5, 3, Number.NaN, 9])).toEqual([5, 9]);
});

test("every class has a colour of its own, and zero another", () => {
  for (const family of ["ressources", "loyer", "inconnue"]) {
    for (let classes = 1; classes <= 5; classes += 1) {
      const colors = [NOT_APPLICABLE, zero(family), ...ramp(classes, family)];
      expect(new Set(colors).size).toBe(classes + 2);
    }
  }
});
