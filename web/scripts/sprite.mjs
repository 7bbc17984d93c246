/**
 * Writes the sprite of the styles, `styles/sprites/seuil(@2x).(json|png)`, from the drawings in
 * `src/pattern.mjs`. The same bytes each time.
 */

import { mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { crc32, deflateSync } from "node:zlib";

import { hatchedDisc, hatching } from "../src/pattern.mjs";

const target = fileURLToPath(new URL("../../styles/sprites/", import.meta.url));
mkdirSync(target, { recursive: true });
for (const [suffix, ratio] of [
  ["", 1],
  ["@2x", 2],
]) {
  const pictures = [
    ["secret", hatching(ratio)],
    ["secret-point", hatchedDisc(ratio)],
    ["secret-sombre", hatching(ratio, true)],
    ["secret-point-sombre", hatchedDisc(ratio, true)],
  ];
  const { sheet, index } = pack(pictures, ratio);
  writeFileSync(`${target}seuil${suffix}.png`, png(sheet));
  writeFileSync(`${target}seuil${suffix}.json`, `${JSON.stringify(index, null, 2)}\n`);
}

/** Lays pictures side by side. */
function pack(pictures, ratio) {
  const width = pictures.reduce((sum, [, picture]) => sum + picture.width, 0);
  const height = Math.max(...pictures.map(([, picture]) => picture.height));
  const data = new Uint8Array(width * height * 4);
  const index = {};
  let x = 0;
  for (const [name, picture] of pictures) {
    for (let row = 0; row < picture.height; row += 1) {
      const line = picture.data.subarray(row * picture.width * 4, (row + 1) * picture.width * 4);
      data.set(line, (row * width + x) * 4);
    }
    index[name] = { x, y: 0, width: picture.width, height: picture.height, pixelRatio: ratio };
    x += picture.width;
  }
  return { sheet: { width, height, data }, index };
}

/** An RGBA PNG (ISO/IEC 15948) with unfiltered lines. */
function png({ width, height, data }) {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 6, 0, 0, 0], 8);
  const lines = Buffer.alloc(height * (width * 4 + 1));
  for (let row = 0; row < height; row += 1) {
    lines.set(data.subarray(row * width * 4, (row + 1) * width * 4), row * (width * 4 + 1) + 1);
  }
  const signature = Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]);
  return Buffer.concat([
    signature,
    chunk("IHDR", header),
    chunk("IDAT", deflateSync(lines, { level: 9 })),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

function chunk(type, body) {
  const named = Buffer.concat([Buffer.from(type, "ascii"), body]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(body.length);
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(named));
  return Buffer.concat([length, named, sum]);
}
