import { expect, test } from "vitest";

import { clip, inside, labelPoints } from "../src/labels";
import type { Bounds } from "../src/types";

const WORLD: Bounds = [-180, -90, 180, 90];

const square = (west: number, south: number, side: number) => [
  [
    [west, south],
    [west + side, south],
    [west + side, south + side],
    [west, south + side],
    [west, south],
  ],
];

const piece = (code: string, coordinates: number[][][]) => ({
  geometry: { type: "Polygon", coordinates },
  properties: { code, nom: `Zone ${code}` },
});

test("a zone in pieces has one name, on its largest piece", () => {
  const made = labelPoints(
    [piece("a", square(0, 0, 1)), piece("a", square(10, 10, 4)), piece("b", square(5, 0, 2))],
    WORLD,
  );
  expect(made.features.map((feature) => feature.geometry.coordinates)).toEqual([
    [12, 12],
    [6, 1],
  ]);
});

test("the name of a horseshoe stands on the horseshoe", () => {
  const horseshoe = [
    [0, 0],
    [9, 0],
    [9, 9],
    [6, 9],
    [6, 1],
    [3, 1],
    [3, 9],
    [0, 9],
    [0, 0],
  ];
  const [x = 0] = inside(horseshoe);
  expect((x > 0 && x < 3) || (x > 6 && x < 9)).toBe(true);
});

test("degenerate rings do not stop the map", () => {
  const flat = [
    [
      [0, 0],
      [1, 1],
      [2, 2],
      [0, 0],
    ],
  ];
  expect(labelPoints([piece("a", flat), piece("b", [[]])], WORLD).features).toHaveLength(1);
});

test("a zone wider than the view has its name in the view", () => {
  const made = labelPoints([piece("a", square(0, 0, 10))], [8, 8, 12, 12]);
  expect(made.features[0]?.geometry.coordinates).toEqual([9, 9]);
  expect(labelPoints([piece("a", square(0, 0, 1))], [8, 8, 12, 12]).features).toEqual([]);
});

test("a ring inside the rectangle is the same ring, and stays closed", () => {
  const [ring = []] = square(1, 1, 2);
  const kept = clip(ring, [0, 0, 9, 9]);
  expect(kept[0]).toEqual(kept.at(-1));
  expect(new Set(kept.map(String))).toEqual(new Set(ring.map(String)));
});
