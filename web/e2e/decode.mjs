/**
 * Decodes a tile with `@mapbox/vector-tile` and prints what it holds, for comparison with other
 * decoders: one array per layer of `{ id, points, properties }`.
 *
 *     node e2e/decode.mjs TILE.mvt
 */

import { readFileSync } from "node:fs";

import { VectorTile } from "@mapbox/vector-tile";
import * as pbf from "pbf";

const [path] = process.argv.slice(2);
if (!path) {
  console.error("usage : node e2e/decode.mjs TUILE");
  process.exit(2);
}
const tile = new VectorTile(new (pbf.PbfReader ?? pbf.default)(readFileSync(path)));
const layers = {};
for (const [name, layer] of Object.entries(tile.layers)) {
  layers[name] = Array.from({ length: layer.length }, (_, at) => {
    const feature = layer.feature(at);
    const points = feature.loadGeometry().reduce((sum, ring) => sum + ring.length, 0);
    return { id: feature.id, points, properties: feature.properties };
  });
}
console.log(JSON.stringify(layers));
