/** An invented territory for looking at the portal without the service. Nothing of it is bundled. */

import type { Feature, Polygon } from "geojson";

import type { Catalogue, Columns, Manifest, ScaleId } from "../src/types";

const WEST = 1.7;
const SOUTH = 48.95;
const STEP = 0.055;
const COLUMNS = 8;
const ROWS = 6;
const NAMES = [
  "Aigremont",
  "L’Étang-la-Ville",
  "Écouen",
  "Sainte-Foy",
  "Bézu",
  "Val-d’Orge",
  "Mériel",
  "Ormes-sur-Voie",
];

const all = ["public_mission", "bailleur"] as const;
const universe = (id: string, label: string, members: string, parents: string[]) => ({
  id,
  label,
  members,
  parents,
  audiences: [...all],
});
const share = (id: string, label: string, family: string, of: string, source = "OPS") => ({
  id,
  label,
  definition: `Part des ménages concernés parmi l’ensemble de la base (${label.toLowerCase()})`,
  source,
  family,
  universe: of,
  unit: "pourcent" as const,
  audiences: [...all],
});

export const catalogue: Catalogue = {
  families: [
    { id: "taille", label: "Enquête et réponse" },
    { id: "ressources", label: "Ressources" },
    { id: "composition", label: "Composition des ménages" },
    { id: "parc", label: "Parc" },
  ],
  universes: [
    universe("logements", "Logements du répertoire", "logements", []),
    universe("menages", "Ménages enquêtés", "ménages", ["logements"]),
    universe("repondants", "Ménages ayant répondu", "ménages", ["menages"]),
    universe("ressources", "Ressources connues", "ménages", ["repondants"]),
  ],
  indicators: [
    share("tx_reponse", "Taux de réponse", "taille", "menages"),
    share("res_inf20", "Ressources sous 20 % du plafond PLUS", "ressources", "ressources"),
    share("res_inf60", "Ressources sous 60 % du plafond PLUS", "ressources", "ressources"),
    share("men_seul", "Personnes seules", "composition", "repondants"),
    {
      ...share("taille_moy", "Taille moyenne des ménages", "composition", "repondants"),
      unit: "personnes",
    },
    share("log_coll", "Logements collectifs", "parc", "logements", "RPLS"),
    { ...share("loyer_m2", "Loyer au mètre carré", "parc", "logements", "RPLS"), unit: "euros_m2" },
  ],
};

const ZOOMS: [ScaleId, string, number, number][] = [
  ["adresse", "Adresse", 12, 14],
  ["iris", "Quartier IRIS", 10, 13],
  ["qpv", "Quartier prioritaire (QPV)", 10, 13],
  ["commune", "Commune", 8, 11],
  ["epci", "Intercommunalité (EPCI)", 6, 9],
  ["departement", "Département", 4, 7],
];

export const features: Record<string, Feature[]> = {
  adresse: addresses(),
  iris: cells("iris", 3),
  qpv: cells("iris", 3)
    .filter((_, index) => index % 17 === 3)
    .map((feature, index) => named(feature, `QN0950${index}M`, `Quartier ${index}`)),
  commune: cells("commune", 1),
  epci: blocks("epci", 4, 3),
  departement: blocks("departement", COLUMNS, ROWS),
};

const bounds: [number, number, number, number] = [
  WEST,
  SOUTH,
  WEST + COLUMNS * STEP * 1.4,
  SOUTH + ROWS * STEP,
];

export const manifest: Manifest & Record<string, unknown> = {
  id: "2024r1",
  vintage: 2024,
  revision: 1,
  threshold: 11,
  engine: "seuil 0.1.0",
  scales: ZOOMS.map(([id, label, minzoom, maxzoom]) => ({
    id,
    label,
    minzoom,
    maxzoom,
    zones: features[id]?.length ?? 0,
    bounds,
  })),
  universes: catalogue.universes.map(({ id }) => id),
  indicators: catalogue.indicators.map(({ id }) => id),
  classes: Object.fromEntries(
    catalogue.indicators.map(({ id, unit }) => [
      id,
      unit === "pourcent" ? [14.2, 21.5, 28.1, 36.4] : [4.1, 5.2, 6.3, 7.4],
    ]),
  ),
  attribution: "Territoire fictif",
  files: {},
};

export const bounded = bounds;

/** A fraction that a text always gives again. */
function chance(text: string): number {
  let hash = 2166136261;
  for (const character of text) hash = Math.imul(hash ^ character.charCodeAt(0), 16777619);
  hash = Math.imul(hash ^ (hash >>> 15), 2246822507);
  return ((hash ^ (hash >>> 13)) >>> 0) / 4294967296;
}

/** A grid point, moved a little: neighbours share it. */
function corner(x: number, y: number): [number, number] {
  const away = (axis: string) => (chance(`${axis}${x.toFixed(3)}/${y.toFixed(3)}`) - 0.5) * 0.42;
  const rim = x <= 0 || y <= 0 || x >= COLUMNS || y >= ROWS ? 0.3 : 1;
  return [WEST + (x + away("x") * rim) * STEP * 1.4, SOUTH + (y + away("y") * rim) * STEP];
}

/** A square of the grid, with two points on each side. */
function square(x: number, y: number, width: number, height: number, step: number): Polygon {
  const ring: [number, number][] = [];
  for (let i = 0; i < width; i += step) ring.push(corner(x + i, y));
  for (let i = 0; i < height; i += step) ring.push(corner(x + width, y + i));
  for (let i = 0; i < width; i += step) ring.push(corner(x + width - i, y + height));
  for (let i = 0; i < height; i += step) ring.push(corner(x, y + height - i));
  ring.push(ring[0] ?? [0, 0]);
  return { type: "Polygon", coordinates: [ring] };
}

function cells(kind: string, parts: number): Feature[] {
  const made: Feature[] = [];
  for (let y = 0; y < ROWS; y += 1) {
    for (let x = 0; x < COLUMNS; x += 1) {
      const commune = `95${String(100 + y * COLUMNS + x)}`;
      for (let part = 0; part < parts * parts; part += 1) {
        const size = 1 / parts;
        const geometry = square(
          x + (part % parts) * size,
          y + Math.floor(part / parts) * size,
          size,
          size,
          size / (parts === 1 ? 3 : 1),
        );
        const code = kind === "commune" ? commune : `${commune}${String(101 + part)}0`.slice(0, 9);
        const nom = kind === "commune" ? name(x, y) : `${name(x, y)} – quartier ${part + 1}`;
        made.push({
          type: "Feature",
          geometry,
          properties: figures(code, nom, commune, kind === "commune" ? 0.1 : 0.22),
        });
      }
    }
  }
  return made;
}

function name(x: number, y: number): string {
  return `${NAMES[(x + y * 3) % NAMES.length] ?? ""}${y > 0 ? ` ${["", "Nord", "Est", "le Vieux", "Bourg", "Plage"][y] ?? ""}` : ""}`;
}

function blocks(kind: ScaleId, width: number, height: number): Feature[] {
  const made: Feature[] = [];
  for (let y = 0; y < ROWS; y += height) {
    for (let x = 0; x < COLUMNS; x += width) {
      const code = kind === "epci" ? `2000${x}${y}519` : "95";
      const nom = kind === "epci" ? `CC ${NAMES[x + y] ?? ""}` : "Département fictif";
      made.push({
        type: "Feature",
        geometry: square(x, y, width, height, 1 / 3),
        properties: figures(code, nom, "", 0),
      });
    }
  }
  return made;
}

function addresses(): Feature[] {
  return Array.from({ length: 1500 }, (_, index) => {
    const [x, y] = [chance(`ax${index}`) * COLUMNS, chance(`ay${index}`) * ROWS];
    const commune = `95${String(100 + Math.floor(y) * COLUMNS + Math.floor(x))}`;
    const coordinates = corner(x, y);
    return {
      type: "Feature",
      geometry: { type: "Point", coordinates },
      properties: figures(`A${index}`, `${1 + (index % 90)} rue des Lilas`, commune, 0.5),
    };
  });
}

function named(feature: Feature, code: string, nom: string): Feature {
  return { ...feature, properties: { ...feature.properties, code, nom } };
}

function figures(code: string, nom: string, communes: string, hidden: number): Columns {
  if (communes !== "" && chance(`empty${code}`) < 0.06)
    return { code, nom, communes: "", situe: communes, secret: true };
  const dwellings = 20 + Math.round(chance(`n${code}`) ** 3 * 4000);
  const known = { code, nom, communes, situe: "", n_logements: dwellings };
  const register = {
    log_coll: tenth(60 + chance(`c${code}`) * 40),
    loyer_m2: Math.round(550 + chance(`l${code}`) * 250) / 100,
  };
  if (chance(`secret${code}`) < hidden) return { ...known, ...register, secret: true };
  const households = Math.round(dwellings * 0.97);
  const answers =
    chance(`zero${code}`) < 0.03 ? 0 : Math.round(households * (0.75 + chance(`r${code}`) * 0.2));
  const counts = {
    ...known,
    ...register,
    secret: false,
    n_menages: households,
    n_repondants: answers,
    tx_reponse: tenth((100 * answers) / households),
  };
  if (answers === 0) return counts;
  return {
    ...counts,
    n_ressources: Math.round(answers * 0.94),
    res_inf20: chance(`none${code}`) < 0.05 ? 0 : tenth(8 + chance(`p${code}`) * 38),
    res_inf60: tenth(45 + chance(`q${code}`) * 40),
    men_seul: tenth(30 + chance(`s${code}`) * 25),
    taille_moy: tenth(1.8 + chance(`t${code}`) * 1.4),
  };
}

function tenth(value: number): number {
  return Math.round(value * 10) / 10;
}
