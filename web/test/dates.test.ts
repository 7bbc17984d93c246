import { expect, test } from "vitest";

import { day, instant } from "../src/dates";

test("a day begins at midnight in Paris, in winter and in summer", () => {
  expect(day(new Date("2026-11-26T22:59:59Z"))).toBe("2026-11-26");
  expect(day(new Date("2026-11-26T23:00:00Z"))).toBe("2026-11-27");
  expect(day(new Date("2026-06-30T21:59:59Z"))).toBe("2026-06-30");
  expect(day(new Date("2026-06-30T22:00:00Z"))).toBe("2026-07-01");
});

test("an instant is told at the hour of Paris", () => {
  expect(instant(Date.parse("2026-12-31T23:30:00Z") / 1000)).toContain("1 janv. 2027");
});
