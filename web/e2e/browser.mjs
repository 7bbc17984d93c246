/** The real browser of the end-to-end checks, and what they say. */

import { existsSync, mkdirSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { chromium } from "playwright-core";

/** Software rendering is slow: waits are long, and end as soon as they can. */
export const PATIENCE = 90_000;

const failures = [];

/** Says whether a check held. */
export function check(held, what) {
  console.log(`${held ? "oui" : "NON"}  ${what}`);
  if (!held) failures.push(what);
}

/** The folder of the screenshots: the one that was asked for, or a new one of that name. */
export function screenshots(folder, name) {
  const shots = folder ?? mkdtempSync(join(tmpdir(), `${name}-`));
  mkdirSync(shots, { recursive: true });
  return shots;
}

/** Runs the checks in a browser, then ends the program: 0 all held, 1 one did not, 4 no browser. */
export async function inBrowser(shots, run) {
  const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
  if (!existsSync(executablePath)) {
    console.error(`navigateur absent : ${executablePath} (variable CHROMIUM)`);
    process.exit(4);
  }
  const browser = await chromium.launch({
    executablePath,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--enable-unsafe-swiftshader",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
  try {
    await run(browser);
  } catch (error) {
    const why = error instanceof Error ? error.message.split("\n")[0] : error;
    check(false, `le parcours va à son terme : ${why}`);
  } finally {
    await browser.close();
  }
  console.log(`captures : ${shots}`);
  process.exit(failures.length === 0 ? 0 : 1);
}
