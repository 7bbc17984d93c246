/**
 * Decodes tiles with `@mapbox/vector-tile` and prints what each holds, for comparison with other
 * decoders: one line per tile, one array per layer of `{ id, points, properties }`.
 *
 *     node e2e/decode.mjs TILE.mvt...
 *     node e2e/decode.mjs FOLDER      (its tiles, by name)
 */

import { readFileSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";

import { VectorTile } from "@mapbox/vector-tile";
import * as pbf from "pbf";

const given = process.argv.slice(2);
if (given.length === 0) {
  console.error("usage : node e2e/decode.mjs TUILE... | DOSSIER");
  process.exit(2);
}
const paths = given.flatMap((path) =>
  statSync(path).isDirectory()
    ? readdirSync(path)
        .sort()
        .map((name) => join(path, name))
    : [path],
);
for (const path of paths) console.log(JSON.stringify(decode(path)));

function decode(path) {
  const tile = new VectorTile(new (pbf.PbfReader ?? pbf.default)(readFileSync(path)));
  const layers = {};
  for (const [name, layer] of Object.entries(tile.layers)) {
    layers[name] = Array.from({ length: layer.length }, (_, at) => {
      const feature = layer.feature(at);
      const points = feature.loadGeometry().reduce((sum, ring) => sum + ring.length, 0);
      return { id: feature.id, points, properties: feature.properties };
    });
  }
  return layers;
}
