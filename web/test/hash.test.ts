import { expect, test } from "vitest";

import { parse, write } from "../src/hash";

test("a state reads back as it was written", () => {
  const state = {
    position: { zoom: 10.25, lat: 49.05, lng: 2.1 },
    scale: "iris" as const,
    indicator: "res_inf20",
    zone: { scale: "commune" as const, code: "95018" },
  };
  expect(parse(write(state))).toEqual(state);
});

test("what is malformed is as if absent", () => {
  expect(parse("")).toEqual({});
  expect(parse("#carte=1/2&echelle=quartier&indicateur=<b>&zone=commune")).toEqual({});
  expect(parse("#carte=99/0/0")).toEqual({});
  expect(parse("#carte=//")).toEqual({});
  expect(parse("#zone=commune:95 018")).toEqual({});
});
