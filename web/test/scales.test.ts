import { expect, test } from "vitest";

import {
  active,
  context,
  drawable,
  isScale,
  learn,
  listsCommunes,
  offers,
  rank,
  readable,
} from "../src/scales";
import type { Catalogue, Indicator, Manifest, ManifestScale, Me, ScaleId } from "../src/types";
import { offered } from "../src/words";

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
  scale("grappe", 12, 14),
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
    "grappe",
    "grappe",
  ]);
});

test("rights end at the finest scale", () => {
  const scales = readable(manifest, me("commune"));
  expect(scales.map((entry) => entry.id)).toEqual(["commune", "epci", "departement"]);
  expect(active("auto", 16, scales)?.id).toBe("commune");
  expect(active("adresse", 16, scales)?.id).toBe("commune");
});

test("a declared zoning takes the place of its grain", () => {
  const zoning = { ...scale("qpv2015", 10, 13), zoning: { grain: "qpv" } };
  const declared = { scales: [...SCALES, zoning] } as Manifest;
  expect(isScale("qpv2015")).toBe(false);
  learn(declared);
  expect(isScale("qpv2015") && listsCommunes("qpv2015")).toBe(true);
  expect(rank("qpv2015")).toBe(rank("qpv"));
  const seen = (finest: ScaleId) => readable(declared, me(finest)).map((entry) => entry.id);
  expect(seen("iris")).toContain("qpv2015");
  expect(seen("commune")).not.toContain("qpv2015");
});

test("a chosen scale stays at every zoom", () => {
  expect(active("carreau", 3, SCALES)?.id).toBe("carreau");
});

const catalogue = {
  universes: [
    { id: "menages", parents: [] as string[] },
    { id: "mobiles", parents: ["menages"], finest: "iris" },
  ],
} as unknown as Catalogue;
const everywhere = { universe: "menages" } as Indicator;
const fromIris = { universe: "mobiles" } as Indicator;

test("an indicator is offered from its finest scale upward", () => {
  const scales: ScaleId[] = ["adresse", "carreau", "iris", "qpv", "commune", "france"];
  expect(scales.filter((id) => offers(id, fromIris, catalogue))).toEqual(scales.slice(2));
  expect(scales.filter((id) => offers(id, everywhere, catalogue))).toEqual(scales);
});

test("where a scale does not offer the indicator the finest that does is drawn", () => {
  const at = (choice: "auto" | ScaleId, zoom: number, indicator: Indicator) =>
    drawable(choice, zoom, SCALES, indicator, catalogue)?.id;
  expect([9, 11, 13, 18].map((zoom) => at("auto", zoom, fromIris))).toEqual([
    "commune",
    "iris",
    "iris",
    "iris",
  ]);
  expect(at("adresse", 14, fromIris)).toBe("iris");
  expect(at("carreau", 12, fromIris)).toBe("iris");
  expect(at("epci", 14, fromIris)).toBe("epci");
  expect(at("auto", 13, everywhere)).toBe("grappe");
  expect(at("carreau", 12, everywhere)).toBe("carreau");
  const wide = SCALES.filter(({ id }) => id !== "iris");
  expect(drawable("auto", 14, wide, fromIris, catalogue)?.id).toBe("commune");
});

test("the reader is told from which scale of the edition an indicator is offered", () => {
  expect(offered("iris", SCALES)).toBe("proposé à partir de l’échelle «\u00a0iris\u00a0»");
  expect(offered("qpv", SCALES)).toContain("«\u00a0commune\u00a0»");
});

test("the context holds wider borders only", () => {
  expect(context("iris", SCALES)).toEqual(["commune", "epci", "departement"]);
  expect(context("commune", SCALES)).toEqual(["epci", "departement"]);
  expect(context("region", SCALES)).toEqual([]);
});
