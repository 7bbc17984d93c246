/**
 * Finishes `dist`: writes the licences of the bundled packages, and replaces each large text asset
 * `name.ext` by `name.ext.gz`, which the service sends as it is. The same bytes each time.
 */

import { readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

/** Smaller files are not worth a second name. */
const LARGE = 16 * 1024;

const web = fileURLToPath(new URL("..", import.meta.url));
const dist = join(web, "dist");
writeFileSync(join(dist, "LICENSES.txt"), licences());
for (const file of files(dist)) {
  if (!/\.(m?js|css|svg)$/.test(file) || statSync(file).size < LARGE) continue;
  const packed = gzipSync(readFileSync(file), { level: 9 });
  // Byte 9 names the operating system that compressed: 255 is "unknown" (RFC 1952).
  packed[9] = 255;
  writeFileSync(`${file}.gz`, packed);
  rmSync(file);
}
for (const file of files(dist)) {
  if (statSync(file).size > 1024 * 1024) throw new Error(`${file} passes 1 MiB`);
}

function files(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

/** The licence texts of what `dependencies` installs, their own dependencies included. */
function licences() {
  const lock = JSON.parse(readFileSync(join(web, "package-lock.json"), "utf8"));
  const bundled = Object.entries(lock.packages)
    .filter(
      ([path, entry]) => path !== "" && !entry.dev && !entry.optional && !path.includes("@types/"),
    )
    .sort(([a], [b]) => (a < b ? -1 : 1));
  const parts = bundled.map(([path, entry]) => {
    const folder = join(web, path);
    const text = readdirSync(folder)
      .filter((name) => /^(licen[cs]e|copying|notice)/i.test(name))
      .sort();
    const name = path.replace(/^.*node_modules\//, "");
    const body = text.map((file) => readFileSync(join(folder, file), "utf8").trim()).join("\n\n");
    return `${name} ${entry.version} (${entry.license ?? "?"})\n\n${body || declared(folder)}\n`;
  });
  return parts.join(`\n${"-".repeat(78)}\n\n`);
}

/** For a package that ships no licence file: what its `package.json` says. */
function declared(folder) {
  const { license, author, homepage } = JSON.parse(
    readFileSync(join(folder, "package.json"), "utf8"),
  );
  const who = typeof author === "string" ? author : author?.name;
  return [`Licence: ${license}`, who && `Author: ${who}`, homepage].filter(Boolean).join("\n");
}
