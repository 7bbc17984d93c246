import { expect, test } from "vitest";

import { letters } from "../src/search";

test("letters and digits of every script count, marks and spaces do not", () => {
  expect(letters("  é-1 ")).toBe(2);
  expect(letters("...")).toBe(0);
  expect(letters("95018")).toBe(5);
});
