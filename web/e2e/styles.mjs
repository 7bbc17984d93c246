/**
 * Holds every style that a running service gives against the MapLibre style specification, and
 * checks that the sources and the sprite it names answer.
 *
 *     node e2e/styles.mjs http://127.0.0.1:3000 TOKEN
 */

import { validateStyleMin } from "@maplibre/maplibre-gl-style-spec";

const [base, token] = process.argv.slice(2);
if (!base || !token) {
  console.error("usage : node e2e/styles.mjs URL JETON");
  process.exit(2);
}

let failures = 0;
const check = (held, what) => {
  console.log(`${held ? "oui" : "NON"}  ${what}`);
  if (!held) failures += 1;
};
const get = (address) =>
  fetch(new URL(address, base), {
    headers: { Authorization: `Bearer ${token}` },
    signal: AbortSignal.timeout(20_000),
  });

const editions = await (await get("/editions")).json();
check(editions.length > 0, "une édition est active");
const { families, indicators } = await (await get("/editions/latest/indicators")).json();
const drawn = families.filter((family) => indicators.some(({ family: id }) => id === family.id));
const names = drawn
  .flatMap(({ id }) => [id, ...editions[0].scales.map((scale) => `${id}.${scale.id}`)])
  .flatMap((name) => [name, `${name}.sombre`]);
check(names.length > 0, "le catalogue a des familles");

const linked = new Set();
for (const name of names) {
  const response = await get(`/styles/${name}.json`);
  check(response.status === 200, `/styles/${name}.json répond`);
  if (response.status !== 200) continue;
  const style = await response.json();
  const errors = validateStyleMin(style);
  check(
    errors.length === 0,
    `/styles/${name}.json suit la spécification ${errors.map(({ message }) => message).join(" ; ")}`,
  );
  for (const source of Object.values(style.sources)) linked.add(source.url);
  for (const suffix of [".json", ".png", "@2x.json", "@2x.png"]) linked.add(style.sprite + suffix);
}
for (const address of linked)
  check((await get(address)).status === 200, `${new URL(address).pathname} répond`);
check((await get("/styles/inconnue.json")).status === 404, "un style inconnu est un 404");
process.exit(failures === 0 ? 0 : 1);
