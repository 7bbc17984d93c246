import { expect, test } from "vitest";

import { pageOf, sorted } from "../src/order";

const zones = [
  { code: "1", name: "12 RUE A", value: 5 },
  { code: "2", name: "2 RUE A", value: undefined },
  { code: "3", name: "Écouen", value: 0 },
  { code: "4", name: "Domont", value: 5 },
  { code: "5", name: "Domont", value: undefined },
];
const codes = (order: "name" | "rising" | "falling") =>
  sorted(zones, order, (zone) => zone.value)
    .map(({ code }) => code)
    .join("");

test("names are ordered as French dictionaries do, numbers by what they count", () => {
  expect(codes("name")).toBe("21453");
});

test("zones without a value come last whichever way values go", () => {
  expect(codes("rising")).toBe("31425");
  expect(codes("falling")).toBe("14325");
});

test("a zone is on one page, or on none", () => {
  expect([pageOf(zones, "1", 2), pageOf(zones, "3", 2), pageOf(zones, "5", 2)]).toEqual([0, 1, 2]);
  expect(pageOf(zones, "6", 2)).toBe(undefined);
});
