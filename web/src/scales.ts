/** Which scale is drawn at which zoom. */

import TABLE from "./scale-table.json";
import type { Catalogue, Indicator, Manifest, ManifestScale, Me, ScaleId } from "./types";

/** A scale that the reader chose, or the one that suits the zoom. */
export type ScaleChoice = ScaleId | "auto";

/** The nested scales that an automatic choice goes through, the finest first. */
const NESTED = TABLE.filter((row) => row.turns).map((row) => row.id);

/** The built-in scale whose place each declared zoning takes, as manifests say. */
const GRAINS = new Map<ScaleId, ScaleId>();

/** Learns the zonings of an edition. */
export function learn(manifest: Manifest): void {
  for (const { id, zoning } of manifest.scales) if (zoning) GRAINS.set(id, zoning.grain);
}

/** Whether an edition that was read has the scale. */
export function isScale(text: string | null | undefined): text is ScaleId {
  return text != null && (GRAINS.has(text) || TABLE.some((row) => row.id === text));
}

/**
 * The place of a scale, the finest first; a zoning has that of its grain, and the parts of a zone in
 * and outside QPV that of the zone, with which they are shown.
 */
export function rank(scale: ScaleId): number {
  const own = TABLE.find((row) => row.id === scale);
  const id = GRAINS.get(scale) ?? own?.grain ?? scale;
  return TABLE.findIndex((row) => row.id === id);
}

/** The place of a scale for what is offered from a scale upward: parts are finer than their zone. */
function width(scale: ScaleId): number {
  const id = GRAINS.get(scale) ?? scale;
  return TABLE.findIndex((row) => row.id === id);
}

/** Whether the zones of a scale are points. */
export function isPoint(scale: ScaleId): boolean {
  return TABLE.some((row) => row.id === scale && row.point);
}

/**
 * Whether the tiles of a scale list the communes where each zone has dwellings. Wider scales are
 * references that everybody sees whole, and list none.
 */
export function listsCommunes(scale: ScaleId): boolean {
  return !TABLE.some((row) => row.id === scale && row.reference);
}

/** The scales of an edition that the reader's rights reach, the finest first. */
export function readable(manifest: Manifest, me: Me): ManifestScale[] {
  const finest = me.finest === null ? -1 : rank(me.finest);
  return manifest.scales
    .filter((scale) => rank(scale.id) >= finest)
    .sort((a, b) => rank(a.id) - rank(b.id));
}

/** The finest scale at which an indicator is offered, when not every scale offers it. */
export function finest(indicator: Indicator, catalogue: Catalogue): ScaleId | undefined {
  return catalogue.universes.find(({ id }) => id === indicator.universe)?.finest;
}

/** Whether the zones of a scale have figures of an indicator. */
export function offers(scale: ScaleId, indicator: Indicator, catalogue: Catalogue): boolean {
  const first = finest(indicator, catalogue);
  return first === undefined || width(scale) >= width(first);
}

/**
 * The scale to draw for an indicator: the one that suits the choice and the zoom, if it offers the
 * indicator, else the finest that does. A few coloured zones among hatched ones are no map.
 */
export function drawable(
  choice: ScaleChoice,
  zoom: number,
  scales: ManifestScale[],
  indicator: Indicator,
  catalogue: Catalogue,
): ManifestScale | undefined {
  const suited = active(choice, zoom, scales);
  if (suited === undefined || offers(suited.id, indicator, catalogue)) return suited;
  const wider = scales.filter((scale) => offers(scale.id, indicator, catalogue));
  const nested = NESTED.flatMap((id) => wider.filter((scale) => scale.id === id));
  return nested[0] ?? wider[0];
}

/** The scale that suits. An automatic choice leaves one zoom level to the wider scale. */
export function active(
  choice: ScaleChoice,
  zoom: number,
  scales: ManifestScale[],
): ManifestScale | undefined {
  if (choice !== "auto") {
    const chosen = scales.find((scale) => scale.id === choice);
    if (chosen) return chosen;
  }
  const nested = NESTED.flatMap((id) => scales.filter((scale) => scale.id === id));
  const suited = nested.find((scale) => zoom >= scale.minzoom + 1);
  const within = nested.find((scale) => zoom >= scale.minzoom);
  return suited ?? within ?? nested.at(-1) ?? scales.at(-1);
}

/** The wider scales whose borders help the reader to find the way, the finest first. */
export function context(scale: ScaleId, scales: ManifestScale[]): ScaleId[] {
  const wider: ScaleId[] = ["commune", "epci", "departement"];
  return wider.filter((id) => rank(id) > rank(scale) && scales.some((other) => other.id === id));
}
