import { expect, test } from "vitest";

import { active, context, readable } from "../src/scales";
import type { Manifest, ManifestScale, Me, ScaleId } from "../src/types";

const scale = (id: ScaleId, minzoom: number, maxzoom: number): ManifestScale => ({
  id,
  label: id,
  minzoom,
  maxzoom,
  zones: 1,
  bounds: [0, 0, 1, 1],
});

const SCALES = [
  scale("departement", 4, 7),
  scale("adresse", 12, 14),
  scale("iris", 10, 13),
  scale("commune", 8, 11),
  scale("epci", 6, 9),
  scale("carreau", 11, 14),
];

const manifest = { scales: SCALES } as Manifest;
const me = (finest: ScaleId | null) => ({ finest }) as Me;

test("an automatic scale follows the zoom", () => {
  const scales = readable(manifest, me("adresse"));
  const at = (zoom: number) => active("auto", zoom, scales)?.id;
  expect([2, 5, 7.2, 9, 11, 13, 18].map(at)).toEqual([
    "departement",
    "departement",
    "epci",
    "commune",
    "iris",
    "adresse",
    "adresse",
  ]);
});

test("rights end at the finest scale", () => {
  const scales = readable(manifest, me("commune"));
  expect(scales.map((entry) => entry.id)).toEqual(["commune", "epci", "departement"]);
  expect(active("auto", 16, scales)?.id).toBe("commune");
  expect(active("adresse", 16, scales)?.id).toBe("commune");
});

test("a chosen scale stays at every zoom", () => {
  expect(active("carreau", 3, SCALES)?.id).toBe("carreau");
});

test("the context holds wider borders only", () => {
  expect(context("iris", SCALES)).toEqual(["commune", "epci", "departement"]);
  expect(context("commune", SCALES)).toEqual(["epci", "departement"]);
  expect(context("region", SCALES)).toEqual([]);
});
