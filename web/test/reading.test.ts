import { createExpression, featureFilter, latest } from "@maplibre/maplibre-gl-style-spec";
import { expect, test } from "vitest";

import { color, secret } from "../src/expressions";
import { NOT_APPLICABLE } from "../src/classes";
import { lineage, read } from "../src/reading";
import { base, words } from "../src/words";
import type { Catalogue, Columns, Indicator, ScaleId } from "../src/types";

const universe = (id: string, parents: string[]) => ({
  id,
  label: id,
  members: "ménages",
  parents,
  audiences: [],
});

const indicator: Indicator = {
  id: "res_inf20",
  label: "",
  definition: "",
  source: "OPS",
  family: "ressources",
  universe: "ressources",
  unit: "pourcent",
  audiences: [],
};

const catalogue: Catalogue = {
  families: [],
  universes: [
    universe("logements", []),
    universe("repondants", ["logements"]),
    { ...universe("ressources", ["repondants"]), finest: "carreau" },
  ],
  indicators: [indicator],
};

const CASES: [name: string, scale: ScaleId, columns: Columns, kind: string][] = [
  ["a share", "commune", { communes: "95018", res_inf20: 12.5 }, "value"],
  ["a share of zero", "commune", { communes: "95018", res_inf20: 0 }, "value"],
  ["a secret figure", "commune", { communes: "95018", secret: true, n_logements: 40 }, "secret"],
  ["a mark", "carreau", { communes: "95018", n_ressources: 12, res_inf20_ext: "bas" }, "extreme"],
  ["nothing known but communes", "carreau", { communes: "95018" }, "secret"],
  ["a scale that does not offer it", "adresse", { communes: "95018", n_repondants: 9 }, "wider"],
  ["no dwelling at such a scale", "adresse", { communes: "" }, "empty"],
  [
    "an empty universe",
    "commune",
    { communes: "95018", n_logements: 40, n_ressources: 0 },
    "nobody",
  ],
  ["an empty parent", "commune", { communes: "95018", n_logements: 40, n_repondants: 0 }, "nobody"],
  ["no dwelling", "commune", { situe: "95018", secret: true }, "empty"],
  ["a wide zone, secret", "epci", { secret: true }, "secret"],
  ["a wide zone without dwellings", "epci", { n_logements: 0 }, "empty"],
];

test.each(CASES)("%s at %s", (_, scale, columns, kind) => {
  expect(read(columns, indicator, scale, catalogue).kind).toBe(kind);
});

test.each(CASES)(
  "the map hatches what the words call secret: %s at %s",
  (_, scale, columns, kind) => {
    const feature = { type: 3 as const, properties: columns, geometry: [] };
    const hatched = featureFilter(secret(indicator, scale, catalogue), "layers[0].filter").filter(
      { zoom: 10 },
      feature as never,
    );
    expect(hatched).toBe(kind === "secret");
  },
);

test("a mark is said in words, and its base is known", () => {
  const said = (mark: string) =>
    words(read({ res_inf20_ext: mark }, indicator, "epci", catalogue), indicator);
  expect(["bas", "haut", "nd"].map(said)).toEqual([
    "au plus 2",
    "tous sauf 2 au plus",
    "non détaillé",
  ]);
  const columns = { communes: "95018", n_ressources: 12, res_inf20_ext: "bas" };
  expect(base(columns, indicator, "carreau", catalogue)).toBe("12\u00a0ménages");
});

test("a base says of how many it is a part", () => {
  const columns = { communes: "95018", n_ressources: 10, n_repondants: 14, n_logements: 20 };
  expect(base(columns, indicator, "carreau", catalogue)).toBe("10\u00a0ménages sur 14");
  const [root, ...others] = catalogue.universes;
  const named = { ...catalogue, universes: [{ ...root!, members: "logements" }, ...others] };
  const all = { ...columns, n_ressources: 14 };
  const said = "14\u00a0ménages sur 20\u00a0logements";
  expect(base(all, indicator, "carreau", named)).toBe(said);
});

test("what a scale does not offer is not called secret", () => {
  const columns = { communes: "95018", n_repondants: 9 };
  const reading = read(columns, indicator, "adresse", catalogue);
  expect(words(reading, indicator)).toBe("proposé à partir de l’échelle «\u00a0carreau\u00a0»");
  expect(base(columns, indicator, "adresse", catalogue)).toBe("–");
});

test("the map colours a value by the class whose bound it does not pass", () => {
  const made = createExpression(
    color(indicator, [10, 20]),
    latest.paint_fill["fill-color"] as never,
  );
  if (made.result === "error") throw new Error("the colour is not an expression");
  const at = (columns: Columns) =>
    String(
      made.value.evaluate({ zoom: 10 }, { type: 3, properties: columns, geometry: [] } as never),
    );
  const [none, low, middle, high] = [0, 0.1, 15, 21].map((value) => at({ res_inf20: value }));
  expect(new Set([none, low, middle, high, at({})]).size).toBe(5);
  const others = [none, low, middle, high, at({})];
  expect(others).not.toContain(at({ res_inf20_ext: "bas" }));
  expect(at({ res_inf20: 10 })).toBe(low);
  expect(at({ res_inf20: 20 })).toBe(middle);
  expect(NOT_APPLICABLE).toMatch(/^#/);
});

test("a lineage ends even when universes contain each other", () => {
  const loop = [universe("a", ["b"]), universe("b", ["a"])];
  expect(lineage("a", loop)).toEqual(["a", "b"]);
});
