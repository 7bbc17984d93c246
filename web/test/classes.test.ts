import { expect, test } from "vitest";

import { bounds, legend, ramp } from "../src/classes";

const labels = (given: number[] | undefined) =>
  legend(given, "pourcent").map((line) => line.label.replace(/[\u00a0\u202f]/g, " "));

test("four bounds make five classes, and a bound belongs below", () => {
  expect(labels([10, 20, 30, 40.5])).toEqual([
    "Jusqu’à 10,0 %",
    "Plus de 10,0 à 20,0 %",
    "Plus de 20,0 à 30,0 %",
    "Plus de 30,0 à 40,5 %",
    "Plus de 40,5 %",
  ]);
});

test("fewer bounds make fewer classes, no bound makes one", () => {
  expect(labels([12])).toEqual(["Jusqu’à 12,0 %", "Plus de 12,0 %"]);
  expect(labels(undefined)).toEqual(["Valeur publiée"]);
});

test("bounds that do not rise are dropped", () => {
  expect(bounds([5, 5, 3, Number.NaN, 9])).toEqual([5, 9]);
});

test("every class has a colour of its own", () => {
  for (let classes = 1; classes <= 5; classes += 1) {
    expect(new Set(ramp(classes)).size).toBe(classes);
  }
});
