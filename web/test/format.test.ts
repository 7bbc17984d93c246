import { expect, test } from "vitest";

import { bare, count, withUnit } from "../src/format";

const plain = (text: string) => text.replace(/[\u00a0\u202f]/g, " ");

test("numbers have a decimal comma and the decimals of their unit", () => {
  expect(plain(withUnit(12.34, "pourcent"))).toBe("12,3 %");
  expect(plain(withUnit(0, "pourcent"))).toBe("0,0 %");
  expect(plain(withUnit(6.3, "euros_m2"))).toBe("6,30 €/m²");
  expect(plain(withUnit(2.5, "personnes"))).toBe("2,5 personnes");
  expect(bare(100, "pourcent")).toBe("100,0");
});

test("counts group their thousands", () => {
  expect(plain(count(109086))).toBe("109 086");
});

test("a unit never leaves its number at a line end", () => {
  expect(withUnit(8.1, "annees")).toBe("8,1\u00a0ans");
});
